"""Values of ksqlDB's types as fastavro writes them by a schema, which may be the columns' own or one that was chosen."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.formats.found_types import applied
from clickstream_embedded.ksqldb.types.sql_types import SqlBaseType, SqlType

Write = Callable[[Any], Any]


def writing(schema: Any, kind: SqlType, names: dict[str, Any]) -> Write | None:
    """A function from a value that is not null to what fastavro writes; None where it is the same.

    Raises SerializationError where the schema cannot take the type.

    Args:
        schema: as fastavro parses it.
        kind: of the values.
        names: the schema's named types.
    """
    if isinstance(schema, str) and schema in names:
        return writing(names[schema], kind, names)
    if isinstance(schema, list):
        branches = [branch for branch in schema if branch != "null"]
        if len(branches) != 1:
            raise SerializationError(f"A union of several types cannot be written from {kind}")
        return writing(branches[0], kind, names)
    if isinstance(schema, dict) and isinstance(schema["type"], dict | list):
        return writing(schema["type"], kind, names)
    if not isinstance(schema, dict):
        return _of_primitive(str(schema), kind, {})
    name = str(schema["type"])
    if kind.name == SqlBaseType.STRUCT and name == "record":
        return record_writing(schema, kind.fields, names)
    if kind.name == SqlBaseType.ARRAY and kind.element and name == "array":
        items = writing(schema["items"], kind.element, names)
        return None if items is None else lambda value: [applied(items, item) for item in value]
    if kind.name == SqlBaseType.MAP and kind.key and kind.element and name in ("array", "map"):
        return _map(schema, kind, names)
    return _of_primitive(name, kind, schema)


def _of_primitive(name: str, kind: SqlType, schema: dict[str, Any]) -> Write | None:
    if kind.name == SqlBaseType.DECIMAL and name in ("bytes", "fixed"):
        scale = int(schema.get("scale", kind.scale))
        return lambda value: _bytes_of(value, scale)
    if kind.name not in _TAKES.get(name, ()):
        raise SerializationError(f"A value of type {kind} cannot be written as Avro's {name}")
    return None


_TAKES = {
    "boolean": ("BOOLEAN",), "int": ("INTEGER", "DATE", "TIME"), "long": ("INTEGER", "BIGINT", "TIMESTAMP"),
    "float": ("DOUBLE",), "double": ("DOUBLE",), "string": ("STRING",), "bytes": ("BYTES",), "enum": ("STRING",),
    "fixed": ("BYTES",),
}  # fmt: skip


def record_writing(schema: dict[str, Any], fields: tuple[tuple[str, SqlType], ...], names: dict[str, Any]) -> Write:
    """A function from a struct's values by name to a record; fields that are only in the schema get their default."""
    known = {name.replace(".", "_"): (name, kind) for name, kind in fields}
    parts: list[tuple[str, str, Write | None]] = []
    defaults: dict[str, Any] = {}
    for field in schema["fields"]:
        if field["name"] in known:
            name, kind = known[field["name"]]
            parts.append((field["name"], name, writing(field["type"], kind, names)))
        elif "default" in field or (isinstance(field["type"], list) and "null" in field["type"]):
            defaults[field["name"]] = field.get("default")
        else:
            raise SerializationError(f"Missing default value for required Avro field: [{field['name']}]. This field "
                                     "appears in Avro schema in Schema Registry")  # fmt: skip
    return lambda value: {**defaults, **{place: applied(to, value.get(name)) for place, name, to in parts}}


def _map(schema: dict[str, Any], kind: SqlType, names: dict[str, Any]) -> Write:
    assert kind.key is not None
    assert kind.element is not None
    if schema["type"] == "map":
        values = writing(schema["values"], kind.element, names)
        return lambda value: {key: applied(values, item) for key, item in value.items()}
    entry = names.get(schema["items"], schema["items"]) if isinstance(schema["items"], str) else schema["items"]
    parts = {field["name"]: field["type"] for field in entry["fields"]}
    keys, values = writing(parts["key"], kind.key, names), writing(parts["value"], kind.element, names)
    return lambda value: [{"key": applied(keys, key), "value": applied(values, v)} for key, v in value.items()]


def _bytes_of(value: Decimal, scale: int) -> bytes:
    """The unscaled value in the fewest bytes, as Java's BigInteger writes it."""
    number = int(value.scaleb(scale))
    width = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return number.to_bytes(width, "big", signed=True)
