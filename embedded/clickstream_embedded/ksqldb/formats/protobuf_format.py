"""Formats PROTOBUF, with the schema's id and the message's place before the bytes, and PROTOBUF_NOSR, the bytes alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf import text_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.formats import protobuf_schemas
from clickstream_embedded.ksqldb.formats.found_types import SeveralMessages, Unsupported, row_reader
from clickstream_embedded.ksqldb.formats.lookups import Lookup
from clickstream_embedded.ksqldb.formats.registered import fetched
from clickstream_embedded.ksqldb.formats.rows import Row, extended
from clickstream_embedded.ksqldb.metastore import SchemaRef
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_embedded.schemas.client import Registered, RegistryRefused, client_of
from clickstream_embedded.schemas.framing import framed, split
from clickstream_embedded.schemas.proto_files import BadProto, file_of
from clickstream_embedded.schemas.protobuf_messages import indexes_of, message_at, place_before
from clickstream_embedded.schemas.protobuf_values import put

_SCHEMAS = 100  # schemas of one topic that are remembered


class _Messages:
    """Rows of `columns` from and to bytes of one message. Raises KsqlError for columns that it cannot have."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = [(column.name, column.type) for column in columns]

    def reader(self, message: Descriptor) -> Callable[[bytes], Row]:
        """Raises SerializationError."""
        made: type[Message] = GetMessageClass(message)
        try:
            to_row = row_reader(protobuf_schemas.found(message), self.columns, wrapped=True)
        except Unsupported as error:
            raise SerializationError(str(error)) from None

        def read(data: bytes) -> Row:
            try:
                return to_row(made.FromString(data))
            except (DecodeError, ValueError, OverflowError) as error:
                raise SerializationError(f"Error deserializing Protobuf message: {error}") from None

        return read

    def writer(self, message: Descriptor) -> Callable[[Row], bytes]:
        made: type[Message] = GetMessageClass(message)
        fields = [message.fields_by_name.get(name) for name, _ in self.columns]

        def write(row: Row) -> bytes:
            body = made()
            try:
                for field, value in zip(fields, row, strict=True):
                    if field is not None and value is not None:
                        put(body, field, value)
                return body.SerializeToString()
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
                raise SerializationError(f"Error serializing Protobuf message: {error}") from None

        return write


def _text_of(columns: tuple[Column, ...], name: str = "", nullable: str = "") -> str:
    try:
        text = protobuf_schemas.of_columns(columns, name, nullable)
        file_of(text)
    except (BadProto, Unsupported) as error:
        raise KsqlError(f"Schema is not compatible with Protobuf: {error}") from None
    return text


class BareProtobufFormat:
    """PROTOBUF_NOSR: no schema is registered, so reader and writer must have the same columns in the same order."""

    def __init__(self, columns: tuple[Column, ...], nullable: str = "") -> None:
        message = message_at(file_of(_text_of(columns, nullable=nullable)), (0,))
        self._read, self._write = _Messages(columns).reader(message), _Messages(columns).writer(message)

    def decode(self, data: bytes) -> Row | None:
        """Raises SerializationError."""
        return self._read(data)

    def decode_all(self, values: Sequence[bytes], *behind: Sequence[Any]) -> list[Row]:
        return extended(map(self._read, values), behind)

    def encode(self, row: Row) -> bytes | None:
        """Raises SerializationError."""
        return self._write(row)

    def encode_all(self, rows: Sequence[Row]) -> Sequence[bytes | None]:
        return list(map(self._write, rows))


class ProtobufFormat:
    """PROTOBUF. A single column is a message as well: Protobuf has no values without one."""

    def __init__(self, columns: tuple[Column, ...], ref: SchemaRef) -> None:
        self._messages = _Messages(columns)
        self._ref = ref
        self.schema = _text_of(columns, ref.name, ref.nullable)
        self._files: Lookup = Lookup(
            lambda number: file_of(*_parts(fetched(self._ref.url, number, "PROTOBUF"))), _SCHEMAS
        )
        self._readers: Lookup = Lookup(
            lambda key: self._messages.reader(message_at(self._files[key[0]], key[1])), _SCHEMAS
        )
        self._encoder: Callable[[Row], bytes] | None = None

    def decode(self, data: bytes) -> Row | None:
        """Raises SerializationError, RegistryAway."""
        schema_id, rest = split(data)
        indexes, place = indexes_of(rest)
        return self._readers[schema_id, indexes](rest[place:])

    def decode_all(self, values: Sequence[bytes], *behind: Sequence[Any]) -> list[Row]:
        return extended(map(self.decode, values), behind)

    def encode(self, row: Row) -> bytes | None:
        """Raises SerializationError, RegistryAway."""
        if self._encoder is None:
            self._encoder = self._make_encoder()
        return self._encoder(row)

    def encode_all(self, rows: Sequence[Row]) -> Sequence[bytes | None]:
        return [self.encode(row) for row in rows]

    def _make_encoder(self) -> Callable[[Row], bytes]:
        schema_id, text, references = self._ref.schema_id, self.schema, {}
        if schema_id is None:
            try:
                schema_id = client_of(self._ref.url).register(self._ref.subject, "PROTOBUF", text)
            except RegistryRefused as error:
                raise SerializationError(
                    f"Failed to access Protobuf data from topic {self._ref.topic} : {error}"
                ) from None
        else:
            text, references = _parts(fetched(self._ref.url, schema_id, "PROTOBUF"))
        file = file_of(text, references)
        names = [message.full_name for message in file.message_types_by_name.values()]
        place = names.index(self._ref.name) if self._ref.name in names else 0
        write = self._messages.writer(message_at(file, (place,)))
        head = framed(schema_id) + place_before(place)
        return lambda row: head + write(row)


def _parts(schema: Registered) -> tuple[str, dict[str, str]]:
    return schema.text, schema.references


def type_of_message(text: str, references: dict[str, str], name: str = "") -> SqlType:
    """The type that a message of a schema is in ksqlDB: the first, or the one of a name. Raises KsqlError, Unsupported, SeveralMessages."""
    try:
        file = file_of(text, references)
    except BadProto as error:
        raise KsqlError(str(error)) from None
    messages = {message.full_name: message for message in file.message_types_by_name.values()}
    if name and name not in messages:
        raise KsqlError(f"Schema does not have message {name}")
    if not messages:
        raise KsqlError("Schema has no message")
    if len(messages) > 1 and not name:
        raise SeveralMessages(messages)
    return protobuf_schemas.found(messages[name] if name else next(iter(messages.values()))).type


def printed(text: str, references: dict[str, str], data: bytes) -> str:
    """A message, with its indexes before it, in Protobuf's text form. Raises SerializationError, KsqlError."""
    indexes, place = indexes_of(data)
    try:
        made: type[Message] = GetMessageClass(message_at(file_of(text, references), indexes))
        return text_format.MessageToString(made.FromString(data[place:]), as_one_line=True, as_utf8=True)
    except (BadProto, DecodeError) as error:
        raise SerializationError(f"Error deserializing Protobuf message: {error}") from None
