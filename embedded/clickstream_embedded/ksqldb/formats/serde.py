"""Chooses formats and adds the window to windowed keys."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Protocol

from clickstream_embedded.ksqldb.errors import KsqlError, NoRegistry, SerializationError
from clickstream_embedded.ksqldb.formats.json_format import JsonFormat
from clickstream_embedded.ksqldb.formats.rows import Row
from clickstream_embedded.ksqldb.formats.text_formats import DelimitedFormat, KafkaFormat, NoneFormat
from clickstream_embedded.ksqldb.metastore import SchemaRef
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_embedded.schemas.client import Registered

Window = tuple[int, int]
_LONG = struct.Struct(">q")
_SUPPORTED = ("JSON", "KAFKA", "DELIMITED", "NONE", "PROTOBUF_NOSR")
IN_REGISTRY = ("AVRO", "PROTOBUF", "JSON_SR")  # their schemas are in a Schema Registry
_DELIMITERS = {"SPACE": " ", "TAB": "\t"}


class Format(Protocol):
    """Bytes to a row and back."""

    def decode(self, data: bytes) -> Row | None: ...

    def decode_all(self, values: Sequence[bytes], *behind: Sequence[Any]) -> list[Row]:
        """The row of each value, and what each of `behind` holds for it. Raises SerializationError where one of them
        cannot be read or is no row."""
        ...

    def encode(self, row: Row) -> bytes | None: ...

    def encode_all(self, rows: Sequence[Row]) -> Sequence[bytes | None]: ...


def check_format(name: str, registry: str = "") -> str:
    """The format's name in upper case.

    Args:
        name: as written.
        registry: the address of the Schema Registry, "" where there is none.

    Raises:
        NoRegistry: its schemas are in a registry, and there is none.
        KsqlError: there is no such format.
    """
    upper = name.upper()
    if upper in IN_REGISTRY and not registry:
        raise NoRegistry(f"with format {upper} without configuring 'ksql.schema.registry.url'")
    if upper not in (*_SUPPORTED, *IN_REGISTRY):
        raise KsqlError(f"Unknown format: {upper}")
    return upper


def value_format(
    name: str,
    columns: tuple[Column, ...],
    *,
    wrap_single: bool,
    delimiter: str | None = None,
    schema: SchemaRef | None = None,
    wanted: frozenset[str] | None = None,
) -> Format:
    """The format of values.

    Args:
        name: Of the format.
        columns: Of the values, without headers.
        wrap_single: Whether a single column has an object around it.
        delimiter: Between columns, where the format has one.
        schema: In the registry.
        wanted: The names of the columns that a row has to hold; None where it is all of them.
    """
    if name in IN_REGISTRY or name == "PROTOBUF_NOSR":
        return _with_schema(name, columns, schema, wrapped=wrap_single or len(columns) != 1)
    if name == "JSON":
        return JsonFormat(columns, wrapped=wrap_single or len(columns) != 1, wanted=wanted)
    if name == "KAFKA":
        return KafkaFormat(columns)
    if name == "DELIMITED":
        return DelimitedFormat(columns, _DELIMITERS.get(delimiter or "", delimiter or ","))
    if columns:
        shown = ", ".join(f"`{column.name}` {column.type}" for column in columns)
        raise KsqlError(f"The 'NONE' format can only be used when no columns are defined. Got: [{shown}]")
    return NoneFormat()


def _with_schema(name: str, columns: tuple[Column, ...], schema: SchemaRef | None, *, wrapped: bool) -> Format:
    """Each format's libraries are loaded with the first source that has it: they are large, and most servers use none."""
    if name == "PROTOBUF_NOSR":
        from clickstream_embedded.ksqldb.formats.protobuf_format import BareProtobufFormat

        return BareProtobufFormat(columns, "" if schema is None else schema.nullable)
    if schema is None:
        raise NoRegistry(f"with format {name} without configuring 'ksql.schema.registry.url'")
    if name == "AVRO":
        from clickstream_embedded.ksqldb.formats.avro_format import AvroFormat

        return AvroFormat(columns, schema, wrapped=wrapped)
    if name == "JSON_SR":
        from clickstream_embedded.ksqldb.formats.json_sr_format import JsonSrFormat

        return JsonSrFormat(columns, schema, wrapped=wrapped)
    from clickstream_embedded.ksqldb.formats.protobuf_format import ProtobufFormat

    return ProtobufFormat(columns, schema)


def registered_as(name: str, columns: tuple[Column, ...], ref: SchemaRef, *, wrapped: bool) -> str:
    """The schema of columns, as it is registered for a format. Raises KsqlError for columns that it cannot have."""
    found: Any = _with_schema(name, columns, ref, wrapped=wrapped)
    return found.schema


def type_of(name: str, schema: Registered, message: str = "") -> SqlType:
    """The type that a schema is in ksqlDB.

    Args:
        name: the format.
        schema: of the registry.
        message: the full name of a Protobuf message, "" for the first of its file.

    Raises:
        KsqlError, Unsupported: it is none.
    """
    if name == "AVRO":
        from clickstream_embedded.ksqldb.formats.avro_format import found_in, parsed

        return found_in(parsed(schema.text, schema.references)).type
    if name == "JSON_SR":
        from clickstream_embedded.ksqldb.formats import json_schemas

        return json_schemas.found(schema.text)
    from clickstream_embedded.ksqldb.formats.protobuf_format import type_of_message

    return type_of_message(schema.text, schema.references, message)


def check_maps(columns: tuple[Column, ...], name: str) -> None:
    """Raises KsqlError for maps that JSON cannot hold: only texts can be names there."""
    for column in columns:
        _check_map(column.type, name)


def _check_map(kind: SqlType, name: str) -> None:
    if name in ("JSON", "JSON_SR") and kind.name == "MAP" and kind.key is not None and kind.key.name != "STRING":
        raise KsqlError(f"{name} only supports MAP types with STRING keys")
    for inner in (kind.element, *(field for _, field in kind.fields)):
        if inner is not None:
            _check_map(inner, name)


def _has_map(kind: SqlType) -> bool:
    inner = [kind.element, *(field for _, field in kind.fields)]
    return kind.name == "MAP" or any(_has_map(each) for each in inner if each is not None)


class KeySerde:
    """Keys of records: the key columns, with the window's bounds for windowed sources.

    Kafka Streams' `TimeWindowedSerializer` appends the start, `SessionWindow` keys the end and then the start, each
    as 8 bytes.
    """

    def __init__(
        self,
        name: str,
        columns: tuple[Column, ...],
        window: str | None = None,
        window_size: int | None = None,
        delimiter: str | None = None,
        schema: SchemaRef | None = None,
    ) -> None:
        for column in columns:
            if _has_map(column.type):
                raise KsqlError(
                    "Map keys, including types that contain maps, are not supported as they may lead to unexpected "
                    "behavior due to inconsistent serialization. Key column name: "
                    f"`{column.name}`. Column type: {column.type}. See "
                    "https://github.com/confluentinc/ksql/issues/6621 for more."
                )
        if name == "NONE" and columns:
            shown = ", ".join(f"`{column.name}` {column.type} KEY" for column in columns)
            raise KsqlError(f"The 'NONE' format can only be used when no columns are defined. Got: [{shown}]")
        self._empty = not columns or name == "NONE"
        form = "NONE" if not columns and name in (*IN_REGISTRY, "PROTOBUF_NOSR") else name
        self._format = value_format(form, columns, wrap_single=False, delimiter=delimiter, schema=schema)
        self._window = window
        self._size = window_size or 0

    def decode(self, data: bytes | None) -> tuple[Row | None, Window | None]:
        """(key, window); raises SerializationError."""
        window: Window | None = None
        if data is not None and self._window is not None:
            width = 16 if self._window == "SESSION" else 8
            if len(data) < width:
                raise SerializationError("the key is too short for a windowed key")
            data, bounds = data[:-width], data[-width:]
            if self._window == "SESSION":
                end, start = _LONG.unpack(bounds[:8])[0], _LONG.unpack(bounds[8:])[0]
            else:
                start = _LONG.unpack(bounds)[0]
                end = start + self._size
            window = (start, end)
        if data is None or self._empty:
            return None, window
        return self._format.decode(data), window

    def encode(self, key: Row | None, window: Window | None) -> bytes | None:
        return self.with_window(None if key is None or self._empty else self._format.encode(key), window)

    def with_window(self, data: bytes | None, window: Window | None) -> bytes | None:
        """The bytes of a key with those of its window behind them."""
        if window is None or self._window is None:
            return data
        data = data or b""
        if self._window == "SESSION":
            return data + _LONG.pack(window[1]) + _LONG.pack(window[0])
        return data + _LONG.pack(window[0])
