"""The sink's TLS: `elastic.security.protocol` and `elastic.https.ssl.*`.

Stores are PEM, as files or in the configuration itself (KIP-651), or PKCS12. What only a virtual machine for Java has, such as JKS
files and security providers, is refused in its words.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from clickstream_embedded.connect.config.catalog import ELASTICSEARCH
from clickstream_embedded.connect.config.definition import definitions
from clickstream_embedded.connect.java_errors import JavaError

Text = Callable[[str], str]  # a setting's value by its name
_PREFIX = "elastic.https."
_KAFKA = "org.apache.kafka.common.KafkaException"
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
# with what a virtual machine says of another value than its own
_OF_JAVA = {
    "ssl.provider": "no such provider: {}", "ssl.cipher.suites": "Unsupported CipherSuite: {}",
    "ssl.keymanager.algorithm": "{} KeyManagerFactory not available",
    "ssl.trustmanager.algorithm": "{} TrustManagerFactory not available",
    "ssl.secure.random.implementation": "{} SecureRandom not available",
    "ssl.engine.factory.class": "Could not find a public no-argument constructor for {}",
}  # fmt: skip


def tls(config: Mapping[str, str]) -> ssl.SSLContext | bool:
    """How servers are verified, and how they know the sink; True for the usual way. Raises JavaError."""
    defaults = {key.name: key.default for key in definitions()[ELASTICSEARCH]}

    def text(name: str) -> str:
        return config.get(f"{_PREFIX}{name}", defaults[f"{_PREFIX}{name}"] or "").strip()

    if config.get("elastic.security.protocol", "").strip() != "SSL":
        return True
    for name, words in _OF_JAVA.items():
        if text(name) not in ("", defaults[f"{_PREFIX}{name}"], "PKIX"):
            raise JavaError(words.format(text(name)), _KAFKA)
    context = ssl.create_default_context()
    _trust(context, text)
    _identify(context, text)
    versions = sorted(
        _VERSIONS[each.strip()] for each in text("ssl.enabled.protocols").split(",") if each.strip() in _VERSIONS
    )
    if not versions or text("ssl.protocol") not in ("TLS", *_VERSIONS):
        raise JavaError("No appropriate protocol (protocol is disabled or cipher suites are inappropriate)", _KAFKA)
    context.minimum_version, context.maximum_version = versions[0], versions[-1]
    context.check_hostname = bool(text("ssl.endpoint.identification.algorithm"))
    return context


def _trust(context: ssl.SSLContext, text: Text) -> None:
    kind, location, given = (
        text("ssl.truststore.type"),
        text("ssl.truststore.location"),
        text("ssl.truststore.certificates"),
    )
    if not location and not given:
        return
    if kind == "PEM":
        pem = given or _read(location, kind)
    else:
        pem = _unpacked(location, kind, text("ssl.truststore.password"), keys=False)
    try:
        context.load_verify_locations(cadata=pem)
    except ssl.SSLError:
        raise _unloadable(location, kind) from None


def _identify(context: ssl.SSLContext, text: Text) -> None:
    kind, location = text("ssl.keystore.type"), text("ssl.keystore.location")
    given = text("ssl.keystore.certificate.chain"), text("ssl.keystore.key")
    password = text("ssl.key.password")
    if not location and not all(given):
        return
    if kind == "PEM":
        pem = "\n".join(given) if all(given) else _read(location, kind)
    else:
        pem, password = _unpacked(location, kind, text("ssl.keystore.password"), keys=True), ""
    descriptor, name = tempfile.mkstemp(suffix=".pem")  # Python's own library takes files only
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(pem)
        context.load_cert_chain(name, password=password or "")
    except (ssl.SSLError, ValueError):
        raise _unloadable(location, kind) from None
    finally:
        Path(name).unlink()


def _unloadable(location: str, kind: str) -> JavaError:
    return JavaError(f"Failed to load SSL keystore {location} of type {kind}", _KAFKA)


def _read(location: str, kind: str) -> str:
    try:
        return Path(location).read_text("utf-8")
    except (OSError, ValueError):
        raise _unloadable(location, kind) from None


def _unpacked(location: str, kind: str, password: str, *, keys: bool) -> str:
    """What a PKCS12 file holds, as PEM: its certificates, and its key where that is wanted."""
    from cryptography.hazmat.primitives import serialization as serial  # large, and few sinks need it
    from cryptography.hazmat.primitives.serialization import pkcs12

    if kind != "PKCS12":
        raise _unloadable(location, kind)
    try:
        store = pkcs12.load_pkcs12(Path(location).read_bytes(), password.encode() or None)
    except (OSError, ValueError):
        raise _unloadable(location, kind) from None
    found = [each.certificate for each in (store.cert, *store.additional_certs) if each is not None]
    parts = [each.public_bytes(serial.Encoding.PEM) for each in found]
    if keys and store.key is not None:
        pem = serial.Encoding.PEM, serial.PrivateFormat.PKCS8, serial.NoEncryption()
        parts.append(store.key.private_bytes(*pem))
    return b"".join(parts).decode()
