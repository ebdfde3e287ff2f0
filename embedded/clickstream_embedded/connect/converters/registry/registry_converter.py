"""What the converters of a registry share: a zero, a schema's id, and the bytes of the value behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from clickstream_embedded.connect.converters.registry.settings import RegistrySettings
from clickstream_embedded.connect.converters.registry.subjects import Subjects, Words
from clickstream_embedded.connect.data import Schema
from clickstream_embedded.connect.java_errors import SERIALIZATION_EXCEPTION, JavaError
from clickstream_embedded.schemas.client import Registered
from clickstream_embedded.schemas.errors import SerializationError
from clickstream_embedded.schemas.framing import framed, split

_KEPT = 100  # schemas that a converter remembers
Read = Callable[[bytes], tuple[Schema | None, Any]]
Write = Callable[[Any], bytes | None]


@dataclass(frozen=True, slots=True)
class Described:
    """A Connect schema in another language.

    Args:
        text: what is registered.
        record: full name of its record, for subjects that are named by it; None where it is none.
    """

    text: str
    record: str | None


class Language(Protocol):
    """A kind of schema, and how values are written by it.

    Args of its methods: `schema` is Connect's, `registered` what is in the registry.
    """

    words: Words

    def described(self, schema: Schema | None) -> Described:
        """Raises JavaError for a schema that it cannot have."""
        ...

    def writer(self, schema: Schema | None, registered: Registered) -> Write:
        """Raises JavaError."""
        ...

    def reader(self, registered: Registered) -> Read:
        """Raises JavaError."""
        ...

    def cut(self, cause: JavaError, schema_id: int) -> JavaError:
        """The failure of a message that cannot be read, as this kind's deserializer tells it."""
        ...


class RegistryConverter:
    """A converter of a registry's schemas. It waits for the registry: its users call it in a thread.

    Args:
        language: Avro, JSON Schema or Protobuf.
        settings: of the registry and the schemas in it.
        is_key: whether it is that of keys.
    """

    asks = True

    def __init__(self, language: Language, settings: RegistrySettings, *, is_key: bool) -> None:
        self._language = language
        self._subjects = Subjects(settings, language.words, is_key=is_key)
        self._reader = lru_cache(maxsize=_KEPT)(self._make_reader)
        self._writers: list[tuple[str, Schema | None, Write]] = []

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if value is None and (schema is None or schema.optional):
            return None
        return self._writer(topic, schema)(value)

    def _writer(self, topic: str, schema: Schema | None) -> Write:
        for known, of, write in self._writers:
            if known == topic and (of is schema or of == schema):
                return write
        described = self._language.described(schema)
        registered = self._subjects.written(topic, described.text, described.record)
        body = self._language.writer(schema, registered)
        head = framed(registered.id)

        def write(value: Any, /) -> bytes | None:
            found = body(value)
            return None if found is None else head + found

        self._writers = [*self._writers[-_KEPT:], (topic, schema, write)]
        return write

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        if data is None:
            return None, None
        words = self._language.words
        try:
            schema_id, body = split(data)
        except SerializationError as error:
            wrong = JavaError(str(error), SERIALIZATION_EXCEPTION)
            raise words.unread(topic, self._language.cut(wrong, -1)) from None
        read = self._reader(topic, schema_id)
        try:
            return read(body)
        except Unreadable as error:
            why = f"Error deserializing {words.title} message for id {schema_id}"
            raise words.unread(topic, JavaError(why, SERIALIZATION_EXCEPTION, error.cause)) from None

    def _make_reader(self, topic: str, schema_id: int) -> Read:
        return self._language.reader(self._subjects.read(topic, schema_id))


class Unreadable(Exception):
    """Bytes that their schema does not fit; `cause` says why."""

    def __init__(self, cause: JavaError) -> None:
        super().__init__(str(cause))
        self.cause = cause
