"""Formats KAFKA (one scalar, Kafka's own serializers), DELIMITED and NONE."""

from __future__ import annotations

import base64
import csv
import functools
import io
import struct
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.formats.coercion import coercion
from clickstream_embedded.ksqldb.formats.rows import Row, extended
from clickstream_embedded.ksqldb.types.java_numbers import decimal, java_double, whole
from clickstream_embedded.ksqldb.types.schema import Column

csv.field_size_limit(1 << 30)  # characters; a record's own limit is the broker's


class _OneByOne:
    """What formats share that gain nothing from reading or writing many rows at once."""

    def decode(self, data: bytes) -> Row | None:
        raise NotImplementedError

    def decode_all(self, values: Sequence[bytes], *behind: Sequence[Any]) -> list[Row]:
        return extended(map(self.decode, values), behind)

    def encode(self, row: Row) -> bytes | None:
        raise NotImplementedError

    def encode_all(self, rows: Sequence[Row]) -> Sequence[bytes | None]:
        return [self.encode(row) for row in rows]


class KafkaFormat(_OneByOne):
    """One column as Kafka's Integer, Long, Double, String or Bytes serializer writes it."""

    _STRUCTS = {"INTEGER": ">i", "BIGINT": ">q", "DOUBLE": ">d"}

    def __init__(self, columns: tuple[Column, ...]) -> None:
        if len(columns) > 1:
            raise KsqlError("The 'KAFKA' format only supports a single field. Got: "
                             "["
                + ", ".join(f"`{c.name}` {c.type}" for c in columns)
                + "]")  # fmt: skip
        self._type = columns[0].type.name if columns else None
        if self._type not in (*self._STRUCTS, "STRING", "BYTES", None):
            raise KsqlError(f"The 'KAFKA' format does not support type '{self._type}'")
        self._struct = struct.Struct(self._STRUCTS[self._type]) if self._type in self._STRUCTS else None

    def decode(self, data: bytes) -> Row | None:
        if self._type is None:
            return ()
        if self._struct is not None:
            if len(data) != self._struct.size:
                raise SerializationError(f"Size of data received by deserializer is not {self._struct.size}")
            return self._struct.unpack(data)
        if self._type == "BYTES":
            return (data,)
        try:
            return (data.decode(),)
        except UnicodeDecodeError:
            return (data.decode("utf-8", "replace"),)

    def encode(self, row: Row) -> bytes | None:
        if self._type is None or row[0] is None:
            return None
        if self._struct is not None:
            return self._struct.pack(row[0])
        return row[0] if self._type == "BYTES" else row[0].encode()


class DelimitedFormat(_OneByOne):
    """Comma-separated values, one record a line."""

    def __init__(self, columns: tuple[Column, ...], delimiter: str = ",") -> None:
        for column in columns:
            if column.type.name in ("ARRAY", "MAP", "STRUCT"):
                raise KsqlError(f"The 'DELIMITED' format does not support type '{column.type.name}', column: "
                                f"`{column.name}`")  # fmt: skip
        self._columns = columns
        self._delimiter = delimiter
        self._coercions = [self._reader(column) for column in columns]

    @staticmethod
    def _reader(column: Column) -> Any:
        kind = column.type
        if kind.name == "BOOLEAN":
            return lambda text: text.lower() == "true"
        if kind.name in ("DATE", "TIMESTAMP"):
            return functools.partial(whole, bits=32 if kind.name == "DATE" else 64)
        if kind.name == "STRING":
            return str
        convert = coercion(kind)
        if kind.name == "DECIMAL":
            return lambda text: convert(decimal(text))
        return convert

    def decode(self, data: bytes) -> Row | None:
        # as Apache Commons CSV reads it: the first line that is not empty
        lines = csv.reader(
            io.StringIO(data.decode("utf-8", "replace"), newline=""), delimiter=self._delimiter, strict=True
        )
        try:
            cells = next((cells for cells in lines if cells), [])
        except csv.Error as error:
            raise SerializationError(f"Exception deserializing row: {error}") from None
        if len(cells) != len(self._columns):
            raise SerializationError(
                f"Unexpected field count, csvFields:{len(cells)} schemaFields:{len(self._columns)}"
            )
        try:
            return tuple(None if cell == "" else read(cell) for cell, read in zip(cells, self._coercions, strict=True))
        except (ValueError, InvalidOperation) as error:
            raise SerializationError(f"Exception deserializing row: {error}") from None

    @staticmethod
    def _text(value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, float):
            return java_double(value)
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return str(value)

    def encode(self, row: Row) -> bytes:
        cells = ("" if value is None else self._quoted(self._text(value), first=n == 0) for n, value in enumerate(row))
        return self._delimiter.join(cells).encode()

    def _quoted(self, text: str, *, first: bool) -> str:
        """A cell by the rules of Apache Commons CSV's QuoteMode.MINIMAL, which ksqlDB writes with."""
        if not text:
            return '""' if first else text
        odd = first and not (text[0].isascii() and text[0].isalnum())
        if odd or text[0] <= "#" or text[-1] <= " " or any(c in text for c in ('"', "\r", "\n", self._delimiter)):
            return '"' + text.replace('"', '""') + '"'
        return text


class NoneFormat(_OneByOne):
    """No bytes at all: for keys that are not there."""

    def decode(self, data: bytes) -> Row | None:
        return ()

    def encode(self, row: Row) -> bytes | None:
        return None
