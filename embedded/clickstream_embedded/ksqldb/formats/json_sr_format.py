"""Format JSON_SR: JSON behind the id of its schema. It is read as JSON is, whatever the schema says, as in ksqlDB."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.formats import json_schemas
from clickstream_embedded.ksqldb.formats.json_format import JsonFormat
from clickstream_embedded.ksqldb.formats.rows import Row, extended
from clickstream_embedded.ksqldb.metastore import SchemaRef
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType, struct
from clickstream_embedded.schemas.client import RegistryRefused, client_of
from clickstream_embedded.schemas.framing import framed, split

_encode = msgspec.json.Encoder(decimal_format="number").encode


def _has_map(kind: SqlType) -> bool:
    inner = [kind.element, *(field for _, field in kind.fields)]
    return kind.name == "MAP" or any(_has_map(each) for each in inner if each is not None)


def _turned(value: Any, kind: SqlType, *, to_entries: bool) -> Any:
    """Decoded JSON with its maps as lists of entries, or such lists as objects."""
    if isinstance(value, list) and kind.name == "ARRAY" and kind.element:
        return [_turned(item, kind.element, to_entries=to_entries) for item in value]
    if kind.name == "MAP" and kind.element and isinstance(value, dict | list):
        pairs = (
            value.items()
            if isinstance(value, dict)
            else [(e.get("key"), e.get("value")) for e in value if isinstance(e, dict)]
        )
        inner = [(key, _turned(item, kind.element, to_entries=to_entries)) for key, item in pairs]
        return [{"key": key, "value": item} for key, item in inner] if to_entries else dict(inner)
    if isinstance(value, dict) and kind.name == "STRUCT":
        fields = {name.upper(): field for name, field in kind.fields} | dict(kind.fields)
        known = {name: fields.get(name) or fields.get(name.upper()) for name in value}
        return {
            name: item if (field := known[name]) is None else _turned(item, field, to_entries=to_entries)
            for name, item in value.items()
        }
    return value


class JsonSrFormat:
    """Rows of `columns` from and to JSON with the id of a schema before it."""

    def __init__(self, columns: tuple[Column, ...], ref: SchemaRef, *, wrapped: bool) -> None:
        self._json = JsonFormat(columns, wrapped=wrapped)
        self._type = struct(tuple((c.name, c.type) for c in columns)) if wrapped else columns[0].type
        self._has_maps = _has_map(self._type)
        self._ref = ref
        self._wrapped = wrapped
        self.schema = json_schemas.of_columns(columns, wrapped=wrapped)
        self._head: bytes | None = None

    def _body(self, data: bytes) -> bytes:
        body = split(data)[1]
        if not self._has_maps:
            return body
        try:
            tree = json.loads(body, parse_float=Decimal)
        except ValueError as error:
            raise SerializationError(f"Failed to deserialize value: not JSON ({error})") from None
        return _encode(_turned(tree, self._type, to_entries=False))

    def decode(self, data: bytes) -> Row | None:
        """Raises SerializationError."""
        return self._json.decode(self._body(data))

    def decode_all(self, values: Sequence[bytes], *behind: Sequence[Any]) -> list[Row]:
        if self._has_maps:
            return extended(map(self.decode, values), behind)
        return self._json.decode_all([self._body(data) for data in values], *behind)

    def encode(self, row: Row) -> bytes | None:
        """Raises SerializationError, RegistryAway."""
        return None if not self._wrapped and row[0] is None else self._with_head([self._json.encode(row)])[0]

    def encode_all(self, rows: Sequence[Row]) -> list[bytes | None]:
        if not self._wrapped:
            return [self.encode(row) for row in rows]
        return [*self._with_head(self._json.encode_all(rows))]

    def _with_head(self, bodies: Sequence[bytes]) -> list[bytes]:
        if self._head is None:
            schema_id = self._ref.schema_id
            try:
                registry = client_of(self._ref.url)
                self._head = framed(
                    registry.register(self._ref.subject, "JSON", self.schema) if schema_id is None else schema_id
                )
            except RegistryRefused as error:
                raise SerializationError(
                    f"Failed to access JSON Schema data from topic {self._ref.topic} : {error}"
                ) from None
        head = self._head
        if not self._has_maps:
            return [head + body for body in bodies]
        trees = [json.loads(body, parse_float=Decimal) for body in bodies]
        return [head + _encode(_turned(tree, self._type, to_entries=True)) for tree in trees]
