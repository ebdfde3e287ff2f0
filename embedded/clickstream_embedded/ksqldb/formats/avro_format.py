"""Format AVRO: what Confluent's serializers write, the schema's id before Avro's bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import fastavro

from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.formats import avro_schemas, avro_writing
from clickstream_embedded.ksqldb.formats.found_types import Found, Unsupported, applied, row_reader
from clickstream_embedded.ksqldb.formats.lookups import Lookup
from clickstream_embedded.ksqldb.formats.registered import fetched
from clickstream_embedded.ksqldb.formats.rows import Row, extended
from clickstream_embedded.ksqldb.metastore import SchemaRef
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.schemas.avro_messages import INVALID, ParsedAvro
from clickstream_embedded.schemas.client import Registered, RegistryRefused, client_of
from clickstream_embedded.schemas.framing import framed, split
from clickstream_embedded.schemas.parsed import InvalidSchema

_SCHEMAS = 100  # schemas of one topic that are remembered


def parsed(text: str, references: dict[str, str]) -> ParsedAvro:
    """A schema for reading and writing. Raises KsqlError for what is none."""
    try:
        return ParsedAvro(text, references)
    except InvalidSchema as error:
        raise KsqlError(f"Schema is not compatible with Avro: {error}") from None


def found_in(schema: ParsedAvro) -> Found:
    """Its type in ksqlDB. Raises Unsupported."""
    return avro_schemas.found(schema.tree, schema.names)


class AvroFormat:
    """Rows of `columns` from and to Avro. `wrapped` is False for a single column without a record around it."""

    def __init__(self, columns: tuple[Column, ...], ref: SchemaRef, *, wrapped: bool) -> None:
        self._columns = [(column.name, column.type) for column in columns]
        self._ref = ref
        self._wrapped = wrapped
        # what is written where no id was chosen; made now, as columns that Avro cannot have are refused with the statement
        self.schema = json.dumps(
            avro_schemas.of_columns(columns, wrapped=wrapped, name=ref.name), separators=(",", ":")
        )
        self._readers: Lookup = Lookup(self._reader, _SCHEMAS)
        self._encoder: Callable[[Row], bytes] | None = None

    def decode(self, data: bytes) -> Row | None:
        """Raises SerializationError, RegistryAway."""
        schema_id, rest = split(data)
        return self._readers[schema_id](rest)

    def decode_all(self, values: Sequence[bytes], *behind: Sequence[Any]) -> list[Row]:
        return extended(map(self.decode, values), behind)

    def _reader(self, schema_id: int) -> Callable[[bytes], Row | None]:
        schema = _parsed(fetched(self._ref.url, schema_id, "AVRO"))
        try:
            to_row = row_reader(found_in(schema), self._columns, wrapped=self._wrapped)
        except Unsupported as error:
            raise SerializationError(str(error)) from None
        bare = schema.bare

        def read(data: bytes) -> Row | None:
            try:
                value = fastavro.schemaless_reader(io.BytesIO(data), bare, None, return_record_name=True,
                                                   return_record_name_override=True)  # fmt: skip
            except INVALID as error:
                raise SerializationError(f"Error deserializing Avro message for id {schema_id}: {error}") from None
            return None if value is None else to_row(value)

        return read

    def encode(self, row: Row) -> bytes | None:
        """Raises SerializationError, RegistryAway."""
        if not self._wrapped and row[0] is None:
            return None
        if self._encoder is None:
            self._encoder = self._make_encoder()
        return self._encoder(row)

    def encode_all(self, rows: Sequence[Row]) -> list[bytes | None]:
        return [self.encode(row) for row in rows]

    def _make_encoder(self) -> Callable[[Row], bytes]:
        """Registers the schema, as Confluent's serializers do when they first write."""
        schema_id = self._ref.schema_id
        if schema_id is None:
            schema = parsed(self.schema, {})
            try:
                schema_id = client_of(self._ref.url).register(self._ref.subject, "AVRO", self.schema)
            except RegistryRefused as error:
                raise SerializationError(f"Failed to access Avro data from topic {self._ref.topic} : {error}") from None
        else:
            schema = _parsed(fetched(self._ref.url, schema_id, "AVRO"))
        head, bare = framed(schema_id), schema.bare
        to_value = self._to_value(schema)

        def encode(row: Row) -> bytes:
            out = io.BytesIO()
            out.write(head)
            try:
                fastavro.schemaless_writer(out, bare, to_value(row))
            except INVALID as error:
                raise SerializationError(f"Error serializing Avro message: {error}") from None
            return out.getvalue()

        return encode

    def _to_value(self, schema: ParsedAvro) -> Callable[[Row], Any]:
        tree = schema.names.get(schema.tree, schema.tree) if isinstance(schema.tree, str) else schema.tree
        if not self._wrapped:
            write = avro_writing.writing(tree, self._columns[0][1], schema.names)
            return lambda row: applied(write, row[0])
        if not isinstance(tree, dict) or tree["type"] != "record":
            raise SerializationError("The schema is no record, but there are columns to be written")
        names = [name for name, _ in self._columns]
        write = avro_writing.record_writing(tree, tuple(self._columns), schema.names)
        return lambda row: write(dict(zip(names, row, strict=True)))


def _parsed(schema: Registered) -> ParsedAvro:
    return parsed(schema.text, schema.references)
