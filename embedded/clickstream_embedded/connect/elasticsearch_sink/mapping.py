"""The mapping that a record's schema gives its index, where `schema.ignore` is false."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.connect.data import DATE, DECIMAL, TIME, TIMESTAMP, Schema
from clickstream_embedded.connect.java_errors import DataError

_TYPES = {
    "int8": "byte", "int16": "short", "int32": "integer", "int64": "long", "float32": "float", "float64": "double",
    "boolean": "boolean", "bytes": "binary",
}  # fmt: skip


def mapping_of(schema: Schema | None) -> dict[str, Any]:
    """The mapping of a value's schema. Raises DataError where there is none."""
    if schema is None:
        raise DataError("Cannot infer mapping without schema.")
    if schema.name in (DATE, TIME, TIMESTAMP):
        return {"type": "date"}
    if schema.name == DECIMAL:
        return {"type": "double"}
    match schema.type:
        case "array":
            return mapping_of(schema.values)
        case "map":
            return {"properties": {"key": mapping_of(schema.keys), "value": mapping_of(schema.values)}}
        case "struct":
            return {"properties": {each.name: mapping_of(each.schema) for each in schema.fields}}
        case "string":
            return {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
        case _:
            return {"type": _TYPES[schema.type]}
