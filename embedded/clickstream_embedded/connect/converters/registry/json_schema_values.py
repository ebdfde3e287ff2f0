"""Connect's values as JSON under a JSON Schema, and back."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal
from typing import Any

from clickstream_embedded.connect.converters.registry.avro_values import logical_in, logical_out
from clickstream_embedded.connect.converters.registry.json_schema_schemas import ONE_OF
from clickstream_embedded.connect.data import (
    DATE,
    DECIMAL,
    INTEGERS,
    TIME,
    TIMESTAMP,
    Float32,
    Schema,
    Struct,
    java_class,
    type_of,
    wrapped,
)  # fmt: skip
from clickstream_embedded.connect.java_errors import DataError

_LOGICAL = (DATE, TIME, TIMESTAMP, DECIMAL)


def to_json(schema: Schema | None, value: Any, *, numeric: bool) -> Any:
    """A value as JSON's own types; `numeric`: decimals as numbers. Raises DataError."""
    if value is None:
        return _null(schema, numeric)
    if schema is not None and schema.name in _LOGICAL:
        found = logical_out(schema, value)
        return value if numeric and schema.name == DECIMAL else _bytes(found) if schema.name == DECIMAL else found
    kind = type_of(value) if schema is None else schema.type
    if kind is None:
        raise DataError(f"Java class class {java_class(value)} does not have corresponding schema type.")
    match kind:
        case "bytes":
            return _bytes(value)
        case "array":
            inner = None if schema is None else schema.values
            return [to_json(inner, each, numeric=numeric) for each in value]
        case "map":
            return _map(schema, value, numeric)
        case "struct":
            return _struct(schema, value, numeric)
        case _:
            return value


def _bytes(value: Any) -> str:
    if not isinstance(value, bytes):
        raise DataError(f"Invalid type for bytes type: class {java_class(value)}")
    return base64.b64encode(value).decode()


def _null(schema: Schema | None, numeric: bool) -> Any:
    if schema is None:
        return None
    if schema.default is not None:
        return to_json(schema, schema.default, numeric=numeric)
    if schema.optional:
        return None
    raise DataError("Conversion error: null value for field that is required and has no default value")


def _map(schema: Schema | None, value: dict[Any, Any], numeric: bool) -> Any:
    keys, values = (None, None) if schema is None else (schema.keys, schema.values)
    if all(isinstance(each, str) for each in value) if keys is None else keys.type == "string" and not keys.optional:
        return {key: to_json(values, each, numeric=numeric) for key, each in value.items()}
    return [
        {"key": to_json(keys, key, numeric=numeric), "value": to_json(values, each, numeric=numeric)}
        for key, each in value.items()
    ]


def _struct(schema: Schema | None, value: Any, numeric: bool) -> Any:
    if not isinstance(value, Struct) or (schema is not None and value.schema is not schema and value.schema != schema):
        raise DataError("Mismatching schema.")
    if value.schema.name != ONE_OF:
        return {each.name: to_json(each.schema, value.get(each.name), numeric=numeric) for each in value.schema.fields}
    for each in value.schema.fields:
        found = value.get(each.name)
        if found is not None:
            return to_json(each.schema, found, numeric=numeric)
    return _null(value.schema, numeric)


def of_json(schema: Schema | None, value: Any) -> Any:
    """A value of JSON by its schema. Raises DataError."""
    if schema is None:
        return value
    if value is None:
        if schema.default is not None or schema.optional:
            return schema.default
        raise DataError(f"Invalid null value for required {schema.type.upper()} field")
    if schema.name in _LOGICAL:
        return _logical(schema, value)
    match schema.type:
        case "array":
            return [of_json(schema.values, each) for each in _wanted(value, list, "array")]
        case "map" if isinstance(value, dict):
            return {key: of_json(schema.values, each) for key, each in value.items()}
        case "map":
            return {of_json(schema.keys, e.get("key")): of_json(schema.values, e.get("value"))
                    for e in _wanted(value, list, "map")}  # fmt: skip
        case "struct":
            return _struct_of(schema, value)
        case "bytes":
            return _binary(value)
        case kind:
            return _scalar(kind, value)


def _wanted(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        raise DataError(f"Invalid type for {name}, expected {name} but was {_node(value)}")
    return value


def _node(value: Any) -> str:
    kinds = {dict: "OBJECT", list: "ARRAY", str: "STRING", bool: "BOOLEAN", int: "NUMBER", float: "NUMBER"}
    return kinds.get(type(value), "NULL")


def _struct_of(schema: Schema, value: Any) -> Struct:
    if schema.name == ONE_OF:
        for each in schema.fields:
            try:
                return Struct(schema, {each.name: of_json(each.schema, value)})
            except DataError:
                continue
        raise DataError(f"Did not find matching oneof field for data: {value}")
    if not isinstance(value, dict):
        raise DataError(f"Structs should be encoded as JSON objects, but found {_node(value)}")
    return Struct(schema, {each.name: of_json(each.schema, value.get(each.name)) for each in schema.fields})


def _binary(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise DataError("Invalid bytes field") from None


def _logical(schema: Schema, value: Any) -> Any:
    if schema.name == DECIMAL:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return Decimal(str(value)).quantize(Decimal(1).scaleb(-int((schema.parameters or {}).get("scale", "0"))))
        return logical_in(schema, _binary(value))
    if not isinstance(value, int) or isinstance(value, bool):
        kind = str(schema.name).rsplit(".", 1)[1]
        raise DataError(f"Invalid type for {kind}, underlying representation should be integer but was {_node(value)}")
    return logical_in(schema, value)


def _scalar(kind: str, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if number and kind in INTEGERS:
        return wrapped(int(value), INTEGERS[kind])
    if number and kind.startswith("float"):
        return Float32(value) if kind == "float32" else float(value)
    raise DataError(f"Invalid type for {kind.upper()}: {_node(value)}")
