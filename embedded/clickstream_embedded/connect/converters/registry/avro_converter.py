"""AvroConverter."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro

from clickstream_embedded.connect.converters.registry.avro_names import ANYTHING_NAME
from clickstream_embedded.connect.converters.registry.avro_reading import ConnectSchemas
from clickstream_embedded.connect.converters.registry.avro_schemas import AvroSchemas
from clickstream_embedded.connect.converters.registry.avro_values import of_avro, to_avro
from clickstream_embedded.connect.converters.registry.registry_converter import Described, Read, Unreadable, Write
from clickstream_embedded.connect.converters.registry.subjects import Words
from clickstream_embedded.connect.data import Schema
from clickstream_embedded.connect.java_errors import SERIALIZATION_EXCEPTION, JavaError
from clickstream_embedded.schemas.avro_messages import ParsedAvro, decoded
from clickstream_embedded.schemas.client import Registered
from clickstream_embedded.schemas.errors import SerializationError
from clickstream_embedded.schemas.parsed import InvalidSchema

_INVALID = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class Avro:
    """Confluent's AvroConverter.

    Args:
        meta: whether Connect's names, versions and parameters are kept in the schemas.
    """

    words = Words("AVRO", "Avro", "Failed to deserialize data for topic {} to Avro: ",
                  "Failed to serialize Avro data from topic {} :")  # fmt: skip

    def __init__(self, *, meta: bool) -> None:
        self._meta = meta

    def described(self, schema: Schema | None) -> Described:
        tree = AvroSchemas(meta=self._meta).of(schema)
        record = None
        if isinstance(tree, dict) and tree.get("type") == "record":
            record = ".".join(part for part in (tree.get("namespace"), tree["name"]) if part)
        return Described(json.dumps(tree, separators=(",", ":"), ensure_ascii=False), record)

    def writer(self, schema: Schema | None, registered: Registered) -> Write:
        parsed = self._parsed(registered)

        def write(value: Any) -> bytes | None:
            made = to_avro(schema, value)
            if made is None:
                return None
            out = io.BytesIO()
            try:
                fastavro.schemaless_writer(out, parsed.bare, made)
            except _INVALID as error:
                raise JavaError("Error serializing Avro message", SERIALIZATION_EXCEPTION,
                                JavaError(str(error), "org.apache.avro.AvroTypeException")) from None  # fmt: skip
            return out.getvalue()

        return write

    def reader(self, registered: Registered) -> Read:
        parsed = self._parsed(registered)
        tree: Any = parsed.names.get(parsed.tree, parsed.tree) if isinstance(parsed.tree, str) else parsed.tree
        schema = ConnectSchemas(parsed.names, meta=self._meta).of(tree)
        bare = isinstance(tree, dict) and tree.get("name") == ANYTHING_NAME

        def read(data: bytes) -> tuple[Schema | None, Any]:
            try:
                found = decoded(parsed, data)
            except SerializationError as error:
                why = str(error).removeprefix("Error deserializing Avro message: ")
                cause = JavaError(None, "java.io.EOFException") if not why or "EOF" in why else JavaError(
                    why, "org.apache.avro.AvroRuntimeException")  # fmt: skip
                raise Unreadable(cause) from None
            if found is None:
                return None, None
            return (None if bare else schema), of_avro(None if bare else schema, found)

        return read

    def _parsed(self, registered: Registered) -> ParsedAvro:
        try:
            return ParsedAvro(registered.text, registered.references)
        except InvalidSchema as error:
            raise JavaError(str(error), "org.apache.avro.SchemaParseException") from None

    def cut(self, cause: JavaError, schema_id: int) -> JavaError:
        return cause  # its deserializer looks at the first bytes before it begins
