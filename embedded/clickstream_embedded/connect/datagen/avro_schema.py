"""Avro schemas as Connect's, by the rules of Confluent's AvroData."""

from __future__ import annotations

import json
from typing import Any

from clickstream_embedded.connect.data import DATE, STRING, TIME, TIMESTAMP, Field, JavaDate, Schema, Struct

_PRIMITIVES = {
    "int": "int32", "long": "int64", "float": "float32", "double": "float64", "boolean": "boolean",
    "string": "string", "bytes": "bytes",
}  # fmt: skip
_LOGICAL = {"date": DATE, "time-millis": TIME, "timestamp-millis": TIMESTAMP}
_NAMED = ("record", "enum", "fixed")


class SchemaError(ValueError):
    """The schema cannot be generated from."""


def parsed(text: str) -> dict[str, Any]:
    """The schema of a text. Raises SchemaError where it is none of a record."""
    try:
        schema = json.loads(text)
        connect_schema(schema, {})
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SchemaError("Unable to parse the provided schema") from None
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise SchemaError("The schema must be a record")
    return schema


def full_name(schema: dict[str, Any], space: str = "") -> str:
    space = schema.get("namespace") or space
    return f"{space}.{schema['name']}" if space and "." not in schema["name"] else str(schema["name"])


def connect_schema(schema: Any, known: dict[str, Schema], space: str = "") -> Schema:
    """The Connect schema of an Avro schema.

    Args:
        schema: as parsed from JSON.
        known: named types that were met before; grows.
        space: namespace around it.

    Raises:
        SchemaError: a type that Avro does not have.
    """
    if isinstance(schema, list):
        return _union(schema, known, space)
    if isinstance(schema, str):
        schema = {"type": schema}
    kind = schema["type"]
    if isinstance(kind, dict | list):
        return connect_schema(kind, known, space)
    if kind in _PRIMITIVES:
        logical = _LOGICAL.get(schema.get("logicalType", ""))
        return Schema(_PRIMITIVES[kind], name=logical, version=1 if logical else None)
    if kind in _NAMED:
        space = schema.get("namespace") or space
        made = _named(schema, kind, known, space)
        known[schema["name"]] = known[full_name(schema, space)] = made
        return made
    match kind:
        case "array":
            return Schema("array", values=connect_schema(schema["items"], known, space))
        case "map":
            return Schema("map", keys=STRING, values=connect_schema(schema["values"], known, space))
        case "null":
            return Schema("string", optional=True)
        case _ if kind in known:
            return known[kind]
        case _:
            raise SchemaError(f"The schema has a type '{kind}', which is not one of Avro's")


def _named(schema: dict[str, Any], kind: str, known: dict[str, Schema], space: str) -> Schema:
    name = full_name(schema, space)
    if kind == "record":
        fields = tuple(Field(each["name"], connect_schema(each["type"], known, space)) for each in schema["fields"])
        return Schema("struct", name=name, doc=schema.get("doc"), fields=fields)
    if kind == "enum":
        symbols = {f"io.confluent.connect.avro.Enum.{each}": each for each in schema["symbols"]}
        return Schema("string", name=name, parameters={"io.confluent.connect.avro.Enum": name, **symbols})
    return Schema("bytes", name=name, parameters={"connect.fixed.size": str(int(schema["size"]))})


def _union(schemas: list[Any], known: dict[str, Schema], space: str) -> Schema:
    """One type or none as an optional; more as a struct of a field each, as AvroData does."""
    inner = [each for each in schemas if each != "null"]
    if len(inner) == 1:
        return connect_schema(inner[0], known, space).made(optional=len(schemas) > 1)
    fields = []
    for each in inner:
        made = connect_schema(each, known, space).made(optional=True)
        kind = each if isinstance(each, str) else each["name"] if each.get("type") in _NAMED else each["type"]
        fields.append(Field(kind, made))
    return Schema("struct", "null" in schemas, "io.confluent.connect.avro.Union", fields=tuple(fields))


def connect_value(schema: Schema, value: Any) -> Any:
    """A generated value as Connect holds it."""
    if value is None:
        return None
    if schema.name in (DATE, TIME, TIMESTAMP):
        return JavaDate(value * 86_400_000 if schema.name == DATE else value)
    match schema.type:
        case "struct" if schema.name == "io.confluent.connect.avro.Union":
            chosen = next((f for f in schema.fields if _is(f.schema, value)), schema.fields[0])
            return Struct(schema, {chosen.name: connect_value(chosen.schema, value)})
        case "struct":
            return Struct(schema, {f.name: connect_value(f.schema, value.get(f.name)) for f in schema.fields})
        case "array" if schema.values is not None:
            inner = schema.values
            return [connect_value(inner, each) for each in value]
        case "map" if schema.values is not None:
            inner = schema.values
            return {key: connect_value(inner, each) for key, each in value.items()}
        case "bytes" if isinstance(value, str):
            return value.encode("latin-1", "replace")
        case _:
            return value


def _is(schema: Schema, value: Any) -> bool:
    kinds = {
        "string": str, "boolean": bool, "int32": int, "int64": int, "float32": float, "float64": float,
        "array": list, "map": dict, "struct": dict, "bytes": bytes,
    }  # fmt: skip
    return isinstance(value, kinds[schema.type]) and isinstance(value, bool) == (schema.type == "boolean")
