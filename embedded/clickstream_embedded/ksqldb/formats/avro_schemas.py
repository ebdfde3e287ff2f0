"""ksqlDB's types as Avro schemas and back, by the rules of Connect's AvroData, through which ksqlDB goes.

A column is a union with null; a map is a list of entries, as its keys may be null there; DECIMAL, DATE, TIME and
TIMESTAMP are Avro's logical types with the names that Connect gives them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.formats.found_types import Found, Unsupported, applied, each_of
from clickstream_embedded.ksqldb.types import sql_types
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlBaseType, SqlType

NAMESPACE = "io.confluent.ksql.avro_schemas"
DEFAULT_NAME = f"{NAMESPACE}.KsqlDataSourceSchema"
_CONNECT = "org.apache.kafka.connect.data"
_ENTRY = "connect.internal.type"
_PRIMITIVES = {
    SqlBaseType.BOOLEAN: "boolean", SqlBaseType.INTEGER: "int", SqlBaseType.BIGINT: "long", SqlBaseType.DOUBLE: "double",
    SqlBaseType.STRING: "string", SqlBaseType.BYTES: "bytes",
}  # fmt: skip
_MOMENTS = {
    SqlBaseType.DATE: ("int", "Date", "date"), SqlBaseType.TIME: ("int", "Time", "time-millis"),
    SqlBaseType.TIMESTAMP: ("long", "Timestamp", "timestamp-millis"),
}  # fmt: skip
_FOUND = {
    "boolean": sql_types.BOOLEAN, "int": sql_types.INTEGER, "long": sql_types.BIGINT, "float": sql_types.DOUBLE,
    "double": sql_types.DOUBLE, "string": sql_types.STRING, "bytes": sql_types.BYTES, "enum": sql_types.STRING,
    "fixed": sql_types.BYTES,
}  # fmt: skip
_LOGICAL = {
    ("int", "date"): sql_types.DATE, ("int", "time-millis"): sql_types.TIME,
    ("long", "timestamp-millis"): sql_types.TIMESTAMP,
}  # fmt: skip


# -- of columns ----------------------------------------------------------------------------------------------------


def of_columns(columns: tuple[Column, ...], *, wrapped: bool, name: str = "") -> Any:
    """The schema of keys or values. Raises KsqlError for names that Avro cannot have."""
    full = name or DEFAULT_NAME
    if not wrapped:
        return _inner(columns[0].type, full)
    return _record(full, tuple((column.name, column.type) for column in columns))


def key_name(source: str) -> str:
    """The full name of the record of a source's key columns: UPPER_CASE is UpperCase, and Key behind it."""
    return f"{NAMESPACE}.{''.join(part[:1].upper() + part[1:].lower() for part in source.split('_'))}Key"


def _checked(name: str) -> str:
    name = name.replace(".", "_")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        what = "Illegal character in" if re.match(r"[A-Za-z_]", name) else "Illegal initial character"
        raise KsqlError(f"Schema is not compatible with Avro: {what}: {name}")
    return name


def _record(full: str, fields: tuple[tuple[str, SqlType], ...], *, root: bool = True) -> dict[str, Any]:
    space, _, simple = full.rpartition(".")
    body: dict[str, Any] = {"type": "record", "name": _checked(simple)}
    if root and space:
        body["namespace"] = space
    body["fields"] = [
        {"name": _checked(name), "type": _nullable(kind, f"{full}_{name}"), "default": None} for name, kind in fields
    ]
    return body | {"connect.name": full}


def _nullable(kind: SqlType, full: str) -> list[Any]:
    return ["null", _inner(kind, full, root=False)]


def _inner(kind: SqlType, full: str, *, root: bool = True) -> Any:
    if kind.name in _PRIMITIVES:
        return _PRIMITIVES[kind.name]
    if kind.name in _MOMENTS:
        primitive, connect, logical = _MOMENTS[kind.name]
        return {
            "type": primitive,
            "connect.version": 1,
            "connect.name": f"{_CONNECT}.{connect}",
            "logicalType": logical,
        }
    if kind.name == SqlBaseType.DECIMAL:
        parameters = {"scale": str(kind.scale), "connect.decimal.precision": str(kind.precision)}
        return {"type": "bytes", "scale": kind.scale, "precision": kind.precision, "connect.version": 1,
                "connect.parameters": parameters, "connect.name": f"{_CONNECT}.Decimal", "logicalType": "decimal"}  # fmt: skip
    if kind.name == SqlBaseType.MAP and kind.key and kind.element:
        entry = _record(full, (), root=root)
        parts = (("key", kind.key, "MapKey"), ("value", kind.element, "MapValue"))
        entry["fields"] = [
            {"name": name, "type": _nullable(part, f"{full}_{suffix}"), "default": None} for name, part, suffix in parts
        ]
        del entry["connect.name"]
        return {"type": "array", "items": entry | {_ENTRY: "MapEntry"}, "connect.name": full}
    if kind.name == SqlBaseType.ARRAY and kind.element:
        return {"type": "array", "items": _nullable(kind.element, full)}
    return _record(full, kind.fields, root=root)


# -- as ksqlDB's types ---------------------------------------------------------------------------------------------


def found(schema: Any, names: dict[str, Any], inside: tuple[str, ...] = ()) -> Found:
    """The type that a parsed schema is in ksqlDB. Raises Unsupported.

    Args:
        schema: as fastavro parses it: named types by their full names.
        names: what they stand for.
        inside: the records that it is within, as one that has itself has no type in ksqlDB.
    """
    if isinstance(schema, list):
        return _of_union(schema, names, inside)
    if isinstance(schema, str):
        return found(names[schema], names, inside) if schema in names else Found(_primitive(schema))
    kind = schema["type"]
    if isinstance(kind, dict | list):
        return found(kind, names, inside)
    logical = str(schema.get("logicalType", ""))
    if logical == "decimal" and kind in ("bytes", "fixed"):
        scale = int(schema.get("scale", 0))
        precision = int(schema.get("precision", 64))
        return Found(sql_types.decimal(precision, scale), lambda data: unscaled(data, scale))
    if kind == "array":
        return _of_array(schema, names, inside)
    if kind == "map":
        values = found(schema["values"], names, inside)
        read = values.read
        to = None if read is None else lambda value: {key: applied(read, item) for key, item in value.items()}
        return Found(sql_types.map_of(sql_types.STRING, values.type), to)
    if kind in ("record", "error"):
        return _of_record(schema, names, inside)
    return Found(_LOGICAL.get((kind, logical)) or _primitive(kind))


def _primitive(name: str) -> SqlType:
    if name not in _FOUND:
        raise Unsupported(f"Unsupported type: {name}")
    return _FOUND[name]


def unscaled(data: bytes, scale: int) -> Decimal:
    """A decimal from the bytes of Java's BigInteger and its scale."""
    return Decimal(int.from_bytes(data, "big", signed=True)).scaleb(-scale)


def _of_array(schema: dict[str, Any], names: dict[str, Any], inside: tuple[str, ...]) -> Found:
    items = schema["items"]
    entry = names.get(items, items) if isinstance(items, str) else items
    if isinstance(entry, dict) and entry.get(_ENTRY) == "MapEntry":
        key, value = (found(field["type"], names, inside) for field in entry["fields"])
        to_key, to_value = key.read, value.read
        return Found(
            sql_types.map_of(key.type, value.type),
            lambda entries: {applied(to_key, e["key"]): applied(to_value, e["value"]) for e in entries},
        )
    of = found(items, names, inside)
    return Found(sql_types.array(of.type), each_of(of.read))


def _of_record(schema: dict[str, Any], names: dict[str, Any], inside: tuple[str, ...]) -> Found:
    full = schema["name"]
    if full in inside:
        raise Unsupported(f"Unsupported type: {full} has itself as a field")
    parts: list[tuple[str, Found]] = []
    for field in schema["fields"]:
        try:
            parts.append((field["name"], found(field["type"], names, (*inside, full))))
        except Unsupported:
            continue  # as ksqlDB does, which says so in its log only
    kind = sql_types.struct(tuple((name, part.type) for name, part in parts))
    reads = [(name, part.read) for name, part in parts]
    if all(read is None for _, read in reads):
        return Found(kind)
    return Found(kind, lambda value: {name: applied(read, value[name]) for name, read in reads})


def _of_union(schema: list[Any], names: dict[str, Any], inside: tuple[str, ...]) -> Found:
    branches = [branch for branch in schema if branch != "null"]
    if len(branches) == 1:
        return found(branches[0], names, inside)
    if not branches:
        raise Unsupported("Unsupported type: null")
    parts = [(_branch_name(branch, names), found(branch, names, inside)) for branch in branches]
    tests = [(name, _test(branch, names), part.read) for (name, part), branch in zip(parts, branches, strict=True)]

    def read(value: Any) -> dict[str, Any]:
        made: dict[str, Any] = dict.fromkeys(name for name, _ in parts)
        taken = next((each for each in tests if each[1](value)), None)
        if taken is not None:
            made[taken[0]] = applied(taken[2], value[1] if isinstance(value, tuple) else value)
        return made

    return Found(sql_types.struct(tuple((name, part.type) for name, part in parts)), read)


def _branch_name(branch: Any, names: dict[str, Any]) -> str:
    """What Connect calls the field of a union for a branch: a type's name, without its namespace."""
    known = names.get(branch, branch) if isinstance(branch, str) else branch
    if isinstance(known, dict):
        return str(known["name"]).rpartition(".")[2] if "name" in known else str(known["type"])
    return str(known)


_PYTHON = {"boolean": bool, "int": int, "long": int, "float": float, "double": float, "string": str, "bytes": bytes,
           "array": list, "map": dict, "enum": str, "fixed": bytes}  # fmt: skip


def _test(branch: Any, names: dict[str, Any]) -> Any:
    """Whether a value was written as that branch."""
    known = names.get(branch, branch) if isinstance(branch, str) else branch
    kind = known["type"] if isinstance(known, dict) else known
    if kind in ("record", "error"):
        full = known["name"]
        return lambda value: isinstance(value, dict) or (isinstance(value, tuple) and value[0] == full)
    wanted = _PYTHON[kind]
    return lambda value: type(value) is wanted
