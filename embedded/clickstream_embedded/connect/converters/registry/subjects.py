"""The ids and texts of schemas: what is registered under which subject, and what a message names."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.connect.converters.registry.settings import RegistrySettings
from clickstream_embedded.connect.java_errors import (
    SERIALIZATION_EXCEPTION,
    ConfigError,
    DataError,
    JavaError,
    TransientError,
)
from clickstream_embedded.schemas import schema_types
from clickstream_embedded.schemas.client import Registered, RegistryAway, RegistryRefused, SchemaClient
from clickstream_embedded.schemas.parsed import InvalidSchema

_REST = "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException"


class _Client(SchemaClient):
    """The registry, with the question whether it has a schema already."""

    def known(self, subject: str, kind: str, text: str) -> int:
        """The id of a schema that a subject has. Raises RegistryAway, RegistryRefused."""
        from confluent_kafka.schema_registry import Schema

        return int(self._ask(lambda: self._client.lookup_schema(subject, Schema(text, kind))).schema_id or 0)


class Words:
    """How a kind of converter tells its failures."""

    def __init__(self, kind: str, title: str, reading: str, writing: str) -> None:
        self.kind, self.title, self._reading, self._writing = kind, title, reading, writing

    def unread(self, topic: str, cause: JavaError) -> JavaError:
        return DataError(self._reading.format(topic), cause)

    def unwritten(self, topic: str, cause: JavaError) -> JavaError:
        return DataError(self._writing.format(topic), cause)

    def refused(self, topic: str, error: RegistryRefused, doing: str) -> JavaError:
        """A refusal of the registry: a status is told as a wrong configuration, a code of its own as a failure."""
        if "; error code: 4" in str(error) and len(str(error).rsplit(": ", 1)[1]) == 3:
            return ConfigError(f"Failed to access {self.title} data from topic {topic} : {error}")
        return JavaError(doing, SERIALIZATION_EXCEPTION, JavaError(str(error), _REST))

    def away(self, topic: str, error: RegistryAway, *, writing: bool, doing: str) -> JavaError:
        """A registry that does not answer in time may do so later; one that cannot be reached is told otherwise."""
        if any(each.__name__ == "TimeoutException" for each in type(error.__cause__).__mro__):
            slow = JavaError("Read timed out", "java.net.SocketTimeoutException")
            cause = JavaError(doing, "org.apache.kafka.common.errors.TimeoutException", slow)
            return TransientError((self._writing if writing else self._reading).format(topic), cause)
        verb = "serializing" if writing else "deserializing"
        return JavaError(
            f"Network connection error while {verb} {self.title} data for topic {topic}: {error}",
            "org.apache.kafka.common.errors.NetworkException",
        )


class Subjects:
    """One converter's way to the registry.

    Args:
        settings: which registry, and how.
        words: how failures are told.
        is_key: whether the converter is that of keys.
    """

    def __init__(self, settings: RegistrySettings, words: Words, *, is_key: bool) -> None:
        self._settings, self._words, self._is_key = settings, words, is_key
        self._client = _Client(settings.url)

    def _subject(self, topic: str, record: str | None) -> str:
        if self._settings.strategy == "TopicNameStrategy":
            return f"{topic}-{'key' if self._is_key else 'value'}"
        if record is None:
            part = "key" if self._is_key else "value"
            why = f"In configuration {part}.subject.name.strategy = {self._settings.strategy}, the message {part} must only be a record schema"
            raise JavaError(why, SERIALIZATION_EXCEPTION)
        return record if self._settings.strategy == "RecordNameStrategy" else f"{topic}-{record}"

    def written(self, topic: str, text: str, record: str | None) -> Registered:
        """The registered schema that a value is written with. Raises JavaError."""
        words, settings = self._words, self._settings
        doing = f"Error {'registering' if settings.auto_register else 'retrieving'} {words.title} schema{text}"
        try:
            subject = self._subject(topic, record)
            if settings.auto_register:
                return Registered(self._client.register(subject, words.kind, text), words.kind, text)
            if settings.use_latest:
                doing = f"Error retrieving latest version of {words.title} schema{text}"
                return self._fitting(self._client.latest(subject), text)
            return Registered(self._client.known(subject, words.kind, text), words.kind, text)
        except RegistryRefused as error:
            found = words.refused(topic, error, doing)
            raise found if isinstance(found, ConfigError) else words.unwritten(topic, found) from None
        except RegistryAway as error:
            raise words.away(topic, error, writing=True, doing=doing) from None
        except JavaError as error:
            raise words.unwritten(topic, error) from None

    def _fitting(self, latest: Registered, text: str) -> Registered:
        if not self._settings.latest_strict:
            return latest
        try:
            reader = schema_types.parse(latest.type, latest.text, latest.references)
            fits = not schema_types.unreadable(reader, schema_types.parse(self._words.kind, text, {}))
        except InvalidSchema:
            fits = False
        if fits:
            return latest
        why = (f"Incompatible schema {latest.text} with refs [] of type {latest.type} for schema {text}. "
               "Set latest.compatibility.strict=false to disable this check")  # fmt: skip
        raise JavaError(f"Error serializing {self._words.title} message", SERIALIZATION_EXCEPTION,
                        JavaError(why, "java.io.IOException"))  # fmt: skip

    def read(self, topic: str, schema_id: int) -> Registered:
        """The schema that a message names. Raises JavaError."""
        words = self._words
        doing = f"Error retrieving {words.title} {_unknown(words.kind)}schema for id {schema_id}"
        try:
            found = self._client.by_id(schema_id)
        except RegistryRefused as error:
            told = words.refused(topic, error, doing)
            raise told if isinstance(told, ConfigError) else words.unread(topic, told) from None
        except RegistryAway as error:
            raise words.away(topic, error, writing=False, doing=doing) from None
        if found.type != words.kind:
            why: Any = f"Error deserializing {words.title} message for id {schema_id}"
            raise words.unread(topic, JavaError(why, SERIALIZATION_EXCEPTION))
        return found


def _unknown(kind: str) -> str:
    return "unknown " if kind == "AVRO" else ""
