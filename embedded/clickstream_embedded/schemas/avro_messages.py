"""Bytes of Avro by a schema of a registry."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro

from clickstream_embedded.schemas.errors import SerializationError
from clickstream_embedded.schemas.parsed import InvalidSchema

INVALID = (ValueError, TypeError, KeyError, IndexError, EOFError, AttributeError, OverflowError)


def _bare(schema: Any) -> Any:
    """A schema without logical types: their values are read and written by those who have the types."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if isinstance(schema, dict):
        return {key: item if key in ("default", "symbols", "aliases") else _bare(item)
                for key, item in schema.items() if key != "logicalType"}  # fmt: skip
    return schema


def named_types(schema: Any, into: dict[str, Any]) -> dict[str, Any]:
    """The named types within a parsed schema by their full names."""
    if isinstance(schema, list):
        for branch in schema:
            named_types(branch, into)
    elif isinstance(schema, dict):
        if "name" in schema and schema.get("type") in ("record", "error", "enum", "fixed"):
            into[schema["name"]] = schema
        for part in (schema.get("type"), schema.get("items"), schema.get("values")):
            named_types(part, into)
        for field in schema.get("fields", ()):
            named_types(field["type"], into)
    return into


class ParsedAvro:
    """A schema for reading and writing. Raises InvalidSchema for what is none.

    Args:
        text: of the schema.
        references: the texts of those that it names, by their names.
    """

    def __init__(self, text: str, references: dict[str, str]) -> None:
        named: dict[str, Any] = {}
        bare: dict[str, Any] = {}
        self.names: dict[str, Any] = {}
        try:
            for each in references.values():
                written = json.loads(each)
                named_types(fastavro.parse_schema(written, named, expand=False), self.names)
                fastavro.parse_schema(_bare(written), bare, expand=False)
            written = json.loads(text)
            self.tree: Any = fastavro.parse_schema(written, named, expand=False)
            self.bare = fastavro.parse_schema(_bare(written), bare, expand=False)
        except INVALID as error:
            raise InvalidSchema(str(error)) from None
        named_types(self.tree, self.names)


def decoded(schema: ParsedAvro, data: bytes) -> Any:
    """A value as fastavro reads it, without logical types. Raises SerializationError."""
    try:
        return fastavro.schemaless_reader(
            io.BytesIO(data), schema.bare, None, return_record_name=True, return_record_name_override=True
        )
    except INVALID as error:
        raise SerializationError(f"Error deserializing Avro message: {error}") from None
