"""Connect's schemas as Avro's, by the rules of Confluent's AvroData."""

from __future__ import annotations

import re
from typing import Any

from clickstream_embedded.connect.converters.registry.avro_names import (
    ANYTHING,
    DATE_KINDS,
    DEFAULT_NAME,
    ENTRY,
    FIELD_DEFAULT,
    FIELD_DOC,
    NAMESPACE,
    RECORD_DOC,
    UNION,
)
from clickstream_embedded.connect.converters.registry.avro_values import default_json
from clickstream_embedded.connect.data import DECIMAL, Field, Schema
from clickstream_embedded.connect.java_errors import JavaError

_TYPES = {
    "int8": "int", "int16": "int", "int32": "int", "int64": "long", "float32": "float", "float64": "double",
    "boolean": "boolean", "string": "string", "bytes": "bytes",
}  # fmt: skip
_PRECISION = "connect.decimal.precision"


class AvroSchemas:
    """One schema's way to Avro.

    Args:
        meta: whether names, versions, parameters and defaults of Connect are kept in properties.
    """

    def __init__(self, *, meta: bool) -> None:
        self._meta = meta
        self._unnamed = 0
        self._made: list[tuple[Schema, str]] = []  # records that were written before, by their full names

    def of(self, schema: Schema | None, space: str = "") -> Any:
        """The schema as JSON. Raises JavaError for names that Avro cannot have."""
        if schema is None:
            return ANYTHING
        if schema.type == "struct" and schema.name == UNION:
            members = [self.of(each.schema.made(optional=False), space) for each in schema.fields]
            return ["null", *members] if schema.optional else members
        required = schema.made(optional=False)
        base = self._known(required) or self._base(required, space)
        if not schema.optional:
            return base
        return [base, "null"] if schema.default is not None and schema.type != "struct" else ["null", base]

    def _known(self, schema: Schema) -> str | None:
        if schema.type != "struct":
            return None
        return next((name for known, name in self._made if known == schema), None)

    def _base(self, schema: Schema, space: str) -> Any:
        match schema.type:
            case "array":
                made: Any = {"type": "array", "items": self.of(schema.values, space)}
            case "map":
                made = self._map(schema, space)
            case "struct":
                made = self._record(schema, space)
            case _:
                made = {"type": _TYPES[schema.type]}
        if schema.name == DECIMAL:
            parameters = schema.parameters or {}
            made |= {"scale": int(parameters.get("scale", "0")), "precision": int(parameters.get(_PRECISION, "64"))}
        made |= self._properties(schema)
        logical = "decimal" if schema.name == DECIMAL else DATE_KINDS.get(schema.name or "")
        if logical is not None:
            made["logicalType"] = logical
        return made["type"] if list(made) == ["type"] else made

    def _properties(self, schema: Schema) -> dict[str, Any]:
        made: dict[str, Any] = {}
        parameters = dict(schema.parameters or {})
        if self._meta:
            if schema.doc is not None:
                made["connect.doc"] = schema.doc
            if schema.version is not None:
                made["connect.version"] = schema.version
            told = {key: value for key, value in parameters.items() if key != FIELD_DEFAULT}
            if told:
                made["connect.parameters"] = told
            if schema.default is not None and FIELD_DEFAULT not in parameters:
                made["connect.default"] = default_json(schema, schema.default)
            if schema.name is not None:
                made["connect.name"] = schema.name
            if schema.type in ("int8", "int16"):
                made["connect.type"] = schema.type
        own = {key: value for key, value in parameters.items() if key.startswith(NAMESPACE)}
        return made | own

    def _map(self, schema: Schema, space: str) -> dict[str, Any]:
        if schema.keys is not None and schema.keys.type == "string" and not schema.keys.optional:
            return {"type": "map", "values": self.of(schema.values, space)}
        full = schema.name or f"{NAMESPACE}.{ENTRY}"
        entry = self._named(full, space)
        if schema.name is not None:
            entry["connect.internal.type"] = ENTRY
        parts = (("key", schema.keys), ("value", schema.values))
        inner = full.rpartition(".")[0]
        entry["fields"] = [self._field(Field(name, part), None, inner) for name, part in parts if part is not None]
        return {"type": "array", "items": entry}

    def _record(self, schema: Schema, space: str) -> dict[str, Any]:
        if schema.name is None:
            self._unnamed += 1
        full = schema.name or f"{DEFAULT_NAME}{self._unnamed if self._unnamed > 1 else ''}"
        made = self._named(full, space)
        parameters = schema.parameters or {}
        if RECORD_DOC in parameters:
            made["doc"] = parameters[RECORD_DOC]
        inner = full.rpartition(".")[0]
        made["fields"] = [self._field(each, parameters.get(FIELD_DOC + each.name), inner) for each in schema.fields]
        self._made.append((schema, full))
        return made

    def _named(self, full: str, space: str) -> dict[str, Any]:
        own, _, simple = full.rpartition(".")
        made: dict[str, Any] = {"type": "record", "name": _checked(simple)}
        return made | ({"namespace": own} if own != space else {})

    def _field(self, field: Field, doc: str | None, space: str) -> dict[str, Any]:
        made: dict[str, Any] = {"name": _checked(field.name), "type": self.of(field.schema, space)}
        if doc is not None:
            made["doc"] = doc
        if field.schema.default is not None:
            made["default"] = default_json(field.schema, field.schema.default)
        elif field.schema.optional:
            made["default"] = None
        return made


def _checked(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        what = "Illegal character in" if re.match(r"[A-Za-z_]", name) else "Illegal initial character"
        raise JavaError(f"{what}: {name}" if name else "Empty name", "org.apache.avro.SchemaParseException")
    return name
