"""Values with a schema as the index wants them: decimals as numbers, maps as objects or as lists of keys and values."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.connect.data import DATE, DECIMAL, TIME, TIMESTAMP, Field, Schema, Struct
from clickstream_embedded.connect.java_errors import DataError

_KEY, _VALUE = "key", "value"
_KEPT = (DATE, TIME, TIMESTAMP)


def prepared(schema: Schema | None, value: Any, *, compact: bool) -> tuple[Schema | None, Any]:
    """Schema and value for the JSON of a document.

    Args:
        schema: of the value; None leaves it as it is.
        value: of a record.
        compact: whether maps with texts as keys become objects.

    Raises:
        DataError: a null where there may be none.
    """
    if schema is None:
        return None, value
    made = _schema(schema, compact)
    return made, _value(value, schema, made, compact)


def _is_object(schema: Schema, compact: bool) -> bool:
    return compact and schema.keys is not None and schema.keys.type == "string"


def _schema(schema: Schema, compact: bool) -> Schema:
    if schema.name in _KEPT:
        return schema
    if schema.name == DECIMAL:
        return _like(schema, Schema("float64"), compact)
    if schema.type == "struct":
        fields = tuple(Field(each.name, _schema(each.schema, compact)) for each in schema.fields)
        return Schema("struct", schema.optional, schema.name, fields=fields)
    if schema.values is None:
        return schema
    values = _schema(schema.values, compact)
    if schema.type == "array" or schema.keys is None:
        return _like(schema, Schema("array", values=values), compact)
    keys = _schema(schema.keys, compact)
    if _is_object(schema, compact):
        return _like(schema, Schema("map", keys=keys, values=values), compact)
    name = "-".join(each.name or each.type.upper() for each in (schema.keys, schema.values))
    entry = Schema("struct", name=name, fields=(Field(_KEY, keys), Field(_VALUE, values)))
    return _like(schema, Schema("array", values=entry), compact)


def _like(schema: Schema, made: Schema, compact: bool) -> Schema:
    default = None if schema.default is None else _value(schema.default, schema, made, compact)
    return made.made(optional=schema.optional, default=default)


def _value(value: Any, schema: Schema, made: Schema, compact: bool) -> Any:
    if value is None:
        if schema.default is not None or schema.optional:
            return made.default
        raise DataError("null value for field that is required and has no default value")
    if schema.name == DECIMAL:
        return float(value)
    if schema.name in _KEPT:
        return value
    if schema.type == "struct":
        return Struct(made, {each.name: _value(value.get(each.name), each.schema, of.schema, compact)
                             for each, of in zip(schema.fields, made.fields, strict=True)})  # fmt: skip
    if schema.values is None or made.values is None:
        return value
    if schema.type == "array" or schema.keys is None:
        return [_value(each, schema.values, made.values, compact) for each in value]
    if _is_object(schema, compact):
        return {key: _value(each, schema.values, made.values, compact) for key, each in value.items()}
    key, of = made.values.fields
    return [
        Struct(made.values, {_KEY: _value(name, schema.keys, key.schema, compact),
                             _VALUE: _value(each, schema.values, of.schema, compact)})
        for name, each in value.items()
    ]  # fmt: skip
