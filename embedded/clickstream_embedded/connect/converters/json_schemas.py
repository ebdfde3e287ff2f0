"""Connect schemas as the JSON converter writes and reads them."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.connect.data import Field, Schema
from clickstream_embedded.connect.java_errors import DataError

_NAMES = {"float32": "float", "float64": "double"}
_TYPES = {"float": "float32", "double": "float64"}
_SCALARS = {"boolean", "int8", "int16", "int32", "int64", "float", "double", "bytes", "string"}


def json_of_schema(schema: Schema) -> dict[str, Any]:
    """A schema as JSON, its keys in the order that the real converter writes them."""
    made: dict[str, Any] = {"type": _NAMES.get(schema.type, schema.type)}
    match schema.type:
        case "array" if schema.values is not None:
            made["items"] = json_of_schema(schema.values)
        case "map" if schema.keys is not None and schema.values is not None:
            made |= {"keys": json_of_schema(schema.keys), "values": json_of_schema(schema.values)}
        case "struct":
            made["fields"] = [json_of_schema(each.schema) | {"field": each.name} for each in schema.fields]
        case _:
            pass
    made["optional"] = schema.optional
    for name in ("name", "version", "doc"):
        if getattr(schema, name) is not None:
            made[name] = getattr(schema, name)
    if schema.parameters:
        made["parameters"] = dict(schema.parameters)
    if schema.default is not None:
        made["default"] = schema.default
    return made


def schema_of_json(found: Any) -> Schema:
    """The schema that JSON describes. Raises DataError."""
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise DataError("Schema must contain 'type' field")
    kind = str(found["type"])
    values = keys = None
    fields: tuple[Field, ...] = ()
    match kind:
        case "array":
            if found.get("items") is None:
                raise DataError("Array schema did not specify the element type")
            values = schema_of_json(found["items"])
        case "map":
            if found.get("keys") is None:
                raise DataError("Map schema did not specify the key type")
            if found.get("values") is None:
                raise DataError("Map schema did not specify the value type")
            keys, values = schema_of_json(found["keys"]), schema_of_json(found["values"])
        case "struct":
            if not isinstance(found.get("fields"), list):
                raise DataError('Struct schema\'s "fields" argument is not an array.')
            fields = tuple(_field(each) for each in found["fields"])
        case _ if kind not in _SCALARS:
            raise DataError(f"Unknown schema type: {kind}")
        case _:
            pass
    return Schema(
        _TYPES.get(kind, kind), found.get("optional") is True, found.get("name"), found.get("version"),
        found.get("doc"), found.get("default"), found.get("parameters"), fields, keys, values,
    )  # fmt: skip


def _field(found: Any) -> Field:
    if not isinstance(found, dict) or not isinstance(found.get("field"), str):
        raise DataError("Struct schema's field name not specified properly")
    return Field(found["field"], schema_of_json(found))
