"""How servers are reached that ask who one is: addresses, credentials and certificates. Secrets never show."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clickstream_pipeline.errors import PipelineError


class Secret:
    """A text that no repr, log or traceback gives away; `reveal` is for the wire only."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret('********')" if self._text else "Secret('')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @classmethod
    def from_environment(cls, name: str) -> Secret:
        """Raises PipelineError where the variable is not set."""
        text = os.environ.get(name)
        if text is None:
            raise PipelineError(
                f"The environment variable {name} is not set", hint="The settings take a secret from it"
            )
        return cls(text)

    @classmethod
    def from_file(cls, path: str) -> Secret:
        """The first line of a file. Raises PipelineError where it cannot be read."""
        try:
            return cls(Path(path).expanduser().read_text("utf-8").splitlines()[0])
        except (OSError, IndexError, UnicodeDecodeError) as error:
            raise PipelineError(f"The secret in the file {path} cannot be read ({error})") from error


@dataclass(frozen=True, slots=True)
class Credentials:
    """One server. `url` is the bootstrap list for Kafka; paths name PEM files."""

    url: str
    username: str = ""
    password: Secret = field(default_factory=Secret)
    token: Secret = field(default_factory=Secret)
    ca: str = ""
    certificate: str = ""
    key: str = ""
    mechanism: str = ""  # Kafka: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER
    token_url: str = ""  # Kafka, OAUTHBEARER: where tokens are given (OIDC)
    tls: bool = False  # Kafka: whether the connection is encrypted

    def http_options(self) -> dict[str, Any]:
        """Arguments of httpx.AsyncClient. Raises PipelineError for files that cannot be used."""
        options: dict[str, Any] = {}
        if self.token:
            options["headers"] = {"Authorization": f"Bearer {self.token.reveal()}"}
        elif self.username:
            options["auth"] = (self.username, self.password.reveal())
        if self.ca or self.certificate:
            options["verify"] = self.tls_context()
        return options

    def tls_context(self) -> ssl.SSLContext:
        """What a connection is encrypted with. Raises PipelineError for files that cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key or None)
        except (OSError, ssl.SSLError) as error:
            raise PipelineError(f"The certificate files for {self.url} cannot be used ({error})",
                                hint="Check ca, certificate and key in the settings") from error  # fmt: skip
        return context

    def kafka_options(self) -> dict[str, Any]:
        """Settings of librdkafka."""
        options: dict[str, Any] = {}
        protocol = "SASL" if self.mechanism else ""
        protocol += ("_" if protocol else "") + ("SSL" if self.tls else "PLAINTEXT")
        if protocol != "PLAINTEXT":
            options["security.protocol"] = protocol
        if self.mechanism:
            options["sasl.mechanisms"] = self.mechanism
        if self.mechanism == "OAUTHBEARER":
            options |= {"sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.client.id": self.username,
                        "sasl.oauthbearer.client.secret": self.password.reveal(),
                        "sasl.oauthbearer.token.endpoint.url": self.token_url}  # fmt: skip
        elif self.mechanism:
            options |= {"sasl.username": self.username, "sasl.password": self.password.reveal()}
        for name, value in (("ca", self.ca), ("certificate", self.certificate), ("key", self.key)):
            if value:
                options[f"ssl.{name}.location"] = str(Path(value).expanduser())
        return options
