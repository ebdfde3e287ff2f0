"""The names by which Confluent's AvroData keeps in Avro's schemas what only Connect has."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.connect.data import DATE, TIME, TIMESTAMP

NAMESPACE = "io.confluent.connect.avro"
DEFAULT_NAME = f"{NAMESPACE}.ConnectDefault"
ENTRY = "MapEntry"
UNION = f"{NAMESPACE}.Union"
ENUM = f"{NAMESPACE}.Enum"
RECORD_DOC = f"{NAMESPACE}.record.doc"
FIELD_DOC = f"{NAMESPACE}.field.doc."
FIELD_DEFAULT = f"{NAMESPACE}.field.default"
FIXED_SIZE = "connect.fixed.size"
DATE_KINDS = {DATE: "date", TIME: "time-millis", TIMESTAMP: "timestamp-millis"}
_FULL = f"{NAMESPACE}.Anything"
SCALARS = ("boolean", "bytes", "double", "float", "int", "long", "string")


def _optional(name: str, kind: Any) -> dict[str, Any]:
    return {"name": name, "type": ["null", kind], "default": None}


# the schema of values that have none: one field for each type that a value can be of
ANYTHING: dict[str, Any] = {
    "type": "record", "name": "Anything", "namespace": NAMESPACE,
    "fields": [
        *(_optional(name, name) for name in SCALARS),
        _optional("array", {"type": "array", "items": "Anything"}),
        _optional("map", {"type": "array", "items": {
            "type": "record", "name": ENTRY,
            "fields": [{"name": "key", "type": "Anything"}, {"name": "value", "type": "Anything"}],
        }}),
    ],
}  # fmt: skip
ANYTHING_NAME = _FULL
