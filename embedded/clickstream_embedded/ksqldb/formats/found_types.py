"""Types that schemas say, and values of one as values of another: the rules of ksqlDB's ConnectDataTranslator."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.formats.coercion import quantize
from clickstream_embedded.ksqldb.types.java_numbers import java_double
from clickstream_embedded.ksqldb.types.sql_types import STRING, SqlBaseType, SqlType, array, map_of, struct

Read = Callable[[Any], Any]


class Unsupported(ValueError):
    """A type that ksqlDB has none for: a field of it is left out."""


class SeveralMessages(Exception):
    """A file of Protobuf has more than one message and no name says which is meant."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__("several messages")
        self.names = list(names)


@dataclass(frozen=True, slots=True)
class Found:
    """A type of a schema.

    Args:
        type: ksqlDB's type for it.
        read: makes ksqlDB's value of a decoded one that is not null; None where it is the same.
    """

    type: SqlType
    read: Read | None = None


def each_of(items: Read | None) -> Read | None:
    """The items of a list."""
    if items is None:
        return None
    return lambda value: [None if item is None else items(item) for item in value]


def applied(read: Read | None, value: Any) -> Any:
    return value if read is None or value is None else read(value)


_MAP_KEYS = ("BOOLEAN", "INTEGER", "BIGINT", "STRING")


def inferred(kind: SqlType, *, capitals: bool) -> SqlType:
    """The type that a column gets by inference: keys of maps are texts, whatever they are in the schema.

    Args:
        kind: of the schema.
        capitals: whether names of fields are put in capitals, as they are where no schema id was given.

    Raises:
        Unsupported: a map has keys that ksqlDB takes for none.
    """
    if kind.element is not None and kind.key is not None:
        if kind.key.name not in _MAP_KEYS:
            raise Unsupported(f"Unsupported type for map key: {kind.key}")
        return map_of(STRING, inferred(kind.element, capitals=capitals))
    if kind.element is not None:
        return array(inferred(kind.element, capitals=capitals))
    fields: list[tuple[str, SqlType]] = []
    for name, field in kind.fields:
        with contextlib.suppress(Unsupported):  # a field of such a type is left out
            fields.append((name.upper() if capitals else name, inferred(field, capitals=capitals)))
    return struct(tuple(fields)) if kind.name == SqlBaseType.STRUCT else kind


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return java_double(value) if isinstance(value, float) else str(value)


def conversion(found: SqlType, wanted: SqlType) -> Read | None:
    """A function from a value that is not null of one type to one of another, None where it is the same.

    Raises SerializationError where there is none: ksqlDB widens whole numbers, and takes any scalar as a text.
    """
    if found == wanted:
        return None
    if found.name == wanted.name == SqlBaseType.ARRAY and found.element and wanted.element:
        return each_of(conversion(found.element, wanted.element))
    if found.name == wanted.name == SqlBaseType.MAP and found.key and found.element and wanted.key and wanted.element:
        keys, values = conversion(found.key, wanted.key), conversion(found.element, wanted.element)
        return lambda value: {applied(keys, key): applied(values, item) for key, item in value.items()}
    if found.name == wanted.name == SqlBaseType.STRUCT:
        parts = [(name, *_field(found, name, kind)) for name, kind in wanted.fields]
        return lambda value: {name: applied(to, value.get(source)) for name, source, to in parts}
    if found.name == wanted.name == SqlBaseType.DECIMAL:
        return lambda value: quantize(value, wanted)
    if found.name == SqlBaseType.INTEGER and wanted.name == SqlBaseType.BIGINT:
        return None
    if wanted == STRING and found.name in ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL"):
        return _text
    raise SerializationError(f"Cannot deserialize type {found} as type {wanted}")


def _field(found: SqlType, name: str, wanted: SqlType) -> tuple[str | None, Read | None]:
    """(the field that a name stands for, whatever its case; the way to its type): none for one that is not there."""
    source = next((field for field, _ in found.fields if field == name), None)
    source = source or next((field for field, _ in found.fields if field.upper() == name.upper()), None)
    kind = None if source is None else found.field(source)
    return (source, None if kind is None else conversion(kind, wanted))


def row_reader(found: Found, columns: list[tuple[str, SqlType]], *, wrapped: bool) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a decoded value that is not null to a row. Raises SerializationError."""
    if not wrapped:
        (_, wanted), read = columns[0], found.read
        to = conversion(found.type, wanted)
        return lambda value: (applied(to, applied(read, value)),)
    if found.type.name != SqlBaseType.STRUCT:
        raise SerializationError(f"Cannot deserialize type {found.type} as type {struct(tuple(columns))}")
    parts = [_field(found.type, name, wanted) for name, wanted in columns]
    read = found.read

    def row(value: Any) -> tuple[Any, ...]:
        fields = value if read is None else read(value)
        return tuple(applied(to, fields.get(source)) for source, to in parts)

    return row
