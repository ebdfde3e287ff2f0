"""Connect's values as Avro's, and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clickstream_embedded.connect.converters.registry.avro_names import UNION
from clickstream_embedded.connect.data import (
    DATE,
    DECIMAL,
    INTEGERS,
    TIME,
    TIMESTAMP,
    Float32,
    JavaDate,
    Schema,
    Struct,
    decimal_bytes,
    decimal_of,
    java_class,
    type_of,
    wrapped,
)  # fmt: skip
from clickstream_embedded.connect.java_errors import DataError

_DAY = 86_400_000  # milliseconds
_ANYTHING = {"string": "string", "int64": "long", "float64": "double", "float32": "float", "boolean": "boolean",
             "bytes": "bytes"}  # fmt: skip
_PYTHON = {"boolean": bool, "string": str, "bytes": bytes, "array": list, "map": dict, "struct": Struct}


def to_avro(schema: Schema | None, value: Any, *, inside: bool = False) -> Any:
    """A value as fastavro writes it. Raises DataError where value and schema do not fit."""
    if schema is None:
        return _anything(value) if value is not None or inside else None
    if value is None:
        if not schema.optional:
            raise DataError("Found null value for non-optional schema")
        return None
    value = logical_out(schema, value)
    _check(schema, value)
    match schema.type:
        case "array":
            return [to_avro(schema.values, each, inside=True) for each in value]
        case "map":
            return _map(schema, value)
        case "struct":
            return _struct(schema, value)
        case _:
            return value


def _check(schema: Schema, value: Any) -> None:
    kind = schema.type
    if kind in _PYTHON:
        fits = isinstance(value, _PYTHON[kind])
    elif kind in INTEGERS:
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, float)
    if not fits:
        raise DataError(f"Invalid type for {kind.upper()}: class {java_class(value)}")


def _map(schema: Schema, value: dict[Any, Any]) -> Any:
    keys = schema.keys
    if keys is not None and keys.type == "string" and not keys.optional:
        return {key: to_avro(schema.values, each, inside=True) for key, each in value.items()}
    return [
        {"key": to_avro(keys, key, inside=True), "value": to_avro(schema.values, each, inside=True)}
        for key, each in value.items()
    ]


def _struct(schema: Schema, value: Struct) -> Any:
    if value.schema is not schema and value.schema.made(optional=False) != schema.made(optional=False):
        raise DataError("Mismatching struct schema")
    if schema.name != UNION:
        return {each.name: to_avro(each.schema, value.get(each.name), inside=True) for each in schema.fields}
    for each in schema.fields:
        found = value.values.get(each.name)
        if found is not None:
            made = to_avro(each.schema, found, inside=True)
            return (each.schema.name or each.name, made) if each.schema.type == "struct" else made
    return None


def _anything(value: Any) -> dict[str, Any]:
    """A value without a schema: a record with the one field set that its type has."""
    if value is None:
        return {}
    kind = type_of(value)
    if kind == "array":
        return {"array": [_anything(each) for each in value]}
    if kind == "map":
        return {"map": [{"key": _anything(key), "value": _anything(each)} for key, each in value.items()]}
    if kind not in _ANYTHING:
        raise DataError(f"Unknown Java type for schemaless data: class {java_class(value)}")
    return {_ANYTHING[kind]: value}


def of_anything(value: dict[str, Any]) -> Any:
    """The value that a record of `Anything` holds."""
    for name, found in value.items():
        if found is None:
            continue
        if name == "array":
            return [of_anything(each) for each in found]
        if name == "map":
            return {of_anything(each["key"]): of_anything(each["value"]) for each in found}
        return Float32(found) if name == "float" else found
    return None


def logical_out(schema: Schema, value: Any) -> Any:
    """A value of a logical type as what is stored for it. Raises DataError."""
    if schema.name == DECIMAL:
        if not isinstance(value, Decimal):
            raise DataError(f"Invalid type for Decimal, expected BigDecimal but was class {java_class(value)}")
        if -int(value.as_tuple().exponent) != int((schema.parameters or {}).get("scale", "0")):
            raise DataError("Decimal value has mismatching scale for given Decimal schema")
        return decimal_bytes(value)
    if schema.name in (DATE, TIME, TIMESTAMP):
        if not isinstance(value, JavaDate):
            kind = str(schema.name).rsplit(".", 1)[1]
            raise DataError(f"Invalid type for {kind}, expected Date but was class {java_class(value)}")
        return value.ms // _DAY if schema.name == DATE else value.ms
    return value


def logical_in(schema: Schema, value: Any) -> Any:
    """What is stored for a logical type as its value."""
    if schema.name == DECIMAL:
        return decimal_of(value, int((schema.parameters or {}).get("scale", "0")))
    if schema.name in (DATE, TIME, TIMESTAMP):
        return JavaDate(value * _DAY if schema.name == DATE else value)
    return value


def of_avro(schema: Schema | None, value: Any) -> Any:
    """A value that fastavro read. Raises DataError."""
    if schema is None:
        return of_anything(value)
    if value is None:
        if not schema.optional:
            raise DataError("Found null value for non-optional schema")
        return None
    match schema.type:
        case "array":
            return [of_avro(schema.values, each) for each in value]
        case "map" if isinstance(value, dict):
            return {key: of_avro(schema.values, each) for key, each in value.items()}
        case "map":
            return {of_avro(schema.keys, e["key"]): of_avro(schema.values, e["value"]) for e in value}
        case "struct" if schema.name == UNION:
            return _of_union(schema, value)
        case "struct":
            return Struct(schema, {each.name: of_avro(each.schema, value.get(each.name)) for each in schema.fields})
        case "float32":
            return Float32(value)
        case "int8" | "int16":
            return wrapped(value, INTEGERS[schema.type])
        case _:
            return logical_in(schema, value)


def _of_union(schema: Schema, value: Any) -> Struct:
    for each in schema.fields:
        if isinstance(value, tuple) and each.schema.type == "struct":
            name, inner = value
            if name in (each.schema.name, each.name):
                return Struct(schema, {each.name: of_avro(each.schema, inner)})
        elif _is_of(each.schema, value):
            return Struct(schema, {each.name: of_avro(each.schema, value)})
    raise DataError("Did not find matching union field for data")


def _is_of(schema: Schema, value: Any) -> bool:
    match schema.type:
        case "boolean" | "string" | "bytes" | "array":
            return isinstance(value, _PYTHON[schema.type])
        case "map" | "struct":
            return isinstance(value, dict | list)
        case "float32" | "float64":
            return isinstance(value, float)
        case kind:
            edge = 1 << (INTEGERS[kind] - 1)
            return isinstance(value, int) and not isinstance(value, bool) and -edge <= value < edge


def default_json(schema: Schema, value: Any) -> Any:
    """A default as Avro's schemas write it: bytes are text, a character each."""
    found = to_avro(schema, value)
    return found.decode("latin-1") if isinstance(found, bytes) else found
