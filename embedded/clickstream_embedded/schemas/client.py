"""A Schema Registry, asked through confluent-kafka's client."""

from __future__ import annotations

import functools
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

_TIMEOUT = 5.0  # seconds
_T = TypeVar("_T")


class RegistryAway(OSError):
    """The registry does not answer: whoever needs it tries again, and nothing is passed over meanwhile."""


class RegistryRefused(Exception):
    """The registry refused; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Registered:
    """A schema with its id and the texts of what it refers to, by name."""

    id: int
    type: str
    text: str
    references: dict[str, str] = field(default_factory=dict[str, str])


class SchemaClient:
    """One registry. What never changes, a schema by its id, is asked for once."""

    def __init__(self, url: str) -> None:
        # imported with the first registry: most servers have none, and the client takes 40 MB
        from confluent_kafka.schema_registry import SchemaRegistryClient

        logging.getLogger("httpx2").setLevel(logging.WARNING)
        self._url = shown_address(url)
        self._client = SchemaRegistryClient({"url": url, "timeout": _TIMEOUT, "max.retries": 1})
        self._lock = threading.Lock()
        self._known: dict[int, Registered] = {}

    def _ask(self, call: Callable[[], _T]) -> _T:
        """Raises RegistryAway, RegistryRefused."""
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            return call()
        except SchemaRegistryError as error:
            if error.http_status_code >= 500:
                raise RegistryAway(f"the Schema Registry at {self._url} failed: {error.error_message}") from None
            code = f"; error code: {error.error_code}"
            raise RegistryRefused(error.http_status_code, f"{error.error_message}{code}") from None
        except Exception as error:  # its HTTP client has exceptions of its own for a server that is away
            raise RegistryAway(f"the Schema Registry at {self._url} does not answer: {error}") from error

    def by_id(self, schema_id: int) -> Registered:
        """Raises RegistryAway, RegistryRefused."""
        with self._lock:
            if schema_id not in self._known:
                self._known[schema_id] = self._registered(schema_id, self._text(schema_id))
            return self._known[schema_id]

    def _text(self, schema_id: int) -> dict[str, Any]:
        # the client's own `get_schema` has Protobuf come as a descriptor, which loses what is only in the text
        return self._ask(lambda: self._client._rest_client.get(f"schemas/ids/{schema_id}"))  # pyright: ignore[reportPrivateUsage]

    def _registered(self, schema_id: int, body: dict[str, Any]) -> Registered:
        references: dict[str, str] = {}
        self._resolve(body.get("references") or [], references)
        return Registered(schema_id, str(body.get("schemaType") or "AVRO"), str(body["schema"]), references)

    def _resolve(self, wanted: list[dict[str, Any]], into: dict[str, str]) -> None:
        for each in wanted:
            if each["name"] in into:
                continue
            found = self._ask(lambda each=each: self._client.get_version(each["subject"], each["version"]))
            body = self._text(int(found.schema_id or 0))
            self._resolve(body.get("references") or [], into)
            into[each["name"]] = str(body["schema"])

    def latest(self, subject: str) -> Registered:
        """The schema of the latest version. Raises RegistryAway, RegistryRefused."""
        self._client.clear_latest_caches()
        found = self._ask(lambda: self._client.get_latest_version(subject))
        return self.by_id(int(found.schema_id or 0))

    def delete(self, subject: str) -> None:
        """Deletes a subject softly; one that is not there is no failure. Raises RegistryAway, RegistryRefused."""
        try:
            self._ask(lambda: self._client.delete_subject(subject))
        except RegistryRefused as error:
            if error.status != 404:
                raise

    def subjects_of(self, schema_id: int) -> list[str]:
        """The subjects that have a schema, none where there is no such schema. Raises RegistryAway, RegistryRefused."""
        try:
            return list(self._ask(lambda: self._client._rest_client.get(f"schemas/ids/{schema_id}/subjects")))  # pyright: ignore[reportPrivateUsage]
        except RegistryRefused as error:
            if error.status == 404:
                return []
            raise

    def exists(self, subject: str) -> bool:
        """Whether the subject has a version. Raises RegistryAway, RegistryRefused."""
        try:
            return bool(self._ask(lambda: self._client.get_versions(subject)))
        except RegistryRefused as error:
            if error.status == 404:
                return False
            raise

    def register(self, subject: str, kind: str, text: str) -> int:
        """The id of a schema under a subject. Raises RegistryAway, RegistryRefused."""
        from confluent_kafka.schema_registry import Schema

        self._client.clear_caches()  # the subject may have been deleted since it was registered
        return self._ask(lambda: self._client.register_schema(subject, Schema(text, kind)))


def shown_address(url: str) -> str:
    """The address without user and password."""
    return re.sub(r"//[^@/]*@", "//", url)


@functools.lru_cache(maxsize=4)
def client_of(url: str) -> SchemaClient:
    """The client of a registry, one a process."""
    return SchemaClient(url)
