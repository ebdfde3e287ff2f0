"""Connect's schemas as JSON Schema, and back, by the rules of Confluent's JsonSchemaData."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickstream_embedded.connect.data import DECIMAL, STRING, Field, Schema
from clickstream_embedded.connect.java_errors import DataError

ONE_OF = "io.confluent.connect.json.OneOf"
_ENUM = "io.confluent.connect.json.Enum"
_TYPES = {
    "int8": "integer", "int16": "integer", "int32": "integer", "int64": "integer", "float32": "number",
    "float64": "number", "boolean": "boolean", "string": "string", "bytes": "string",
}  # fmt: skip
_MARKED = {"int8", "int16", "int32", "int64", "float32", "float64", "bytes"}  # their type is told beside JSON's
_NULL = {"type": "null"}
_DEPTH = 64  # levels of a schema that has itself within it


# -- of Connect's ---------------------------------------------------------------------------------------------------


def of_connect(schema: Schema, index: int | None = None, *, required: bool = False) -> dict[str, Any]:
    """A schema as JSON Schema.

    Args:
        schema: Connect's.
        index: place among the fields that it is one of.
        required: as if it were not optional.
    """
    place = {} if index is None else {"connect.index": index}
    if schema.name == ONE_OF:
        members = [of_connect(each.schema, number, required=True) for number, each in enumerate(schema.fields)]
        return {"oneOf": [*([_NULL] if schema.optional else []), *members]} | place
    if schema.optional and not required:
        return {"oneOf": [_NULL, of_connect(schema, required=True)]} | place
    made = _base(schema)
    for name, value in (("title", schema.name), ("description", schema.doc), ("default", schema.default)):
        if value is not None:
            made[name] = value
    if schema.version is not None:
        made["connect.version"] = schema.version
    told = {
        key: value for key, value in (schema.parameters or {}).items() if not key.startswith(_ENUM.rpartition(".")[0])
    }
    if told:
        made["connect.parameters"] = told
    return made | place


def _base(schema: Schema) -> dict[str, Any]:
    match schema.type:
        case "array" if schema.values is not None:
            return {"type": "array", "items": of_connect(schema.values)}
        case "map" if schema.keys is not None and schema.values is not None:
            if schema.keys.type == "string" and not schema.keys.optional:
                return {"type": "object", "connect.type": "map", "additionalProperties": of_connect(schema.values)}
            parts = {"key": of_connect(schema.keys, 0), "value": of_connect(schema.values, 1)}
            return {"type": "array", "connect.type": "map", "items": {"type": "object", "properties": parts}}
        case "struct":
            fields = {each.name: of_connect(each.schema, number) for number, each in enumerate(schema.fields)}
            return {"type": "object", "properties": fields} if fields else {"type": "object"}
        case "string" if _ENUM in (schema.parameters or {}):
            listed = [value for key, value in (schema.parameters or {}).items() if key.startswith(f"{_ENUM}.")]
            return {"enum": listed}
        case kind:
            made: dict[str, Any] = {"type": "number" if schema.name == DECIMAL else _TYPES[kind]}
            return made | ({"connect.type": kind} if kind in _MARKED else {})


# -- as Connect's ---------------------------------------------------------------------------------------------------


class ConnectSchemas:
    """One document's way to Connect.

    Args:
        root: the whole document, in which `$ref` points.
        references: other documents by the names that they are referred to by.
    """

    def __init__(self, root: Any, references: Mapping[str, Any]) -> None:
        self._root, self._references = root, references

    def of(self, found: Any, *, optional: bool = False, depth: int = 0) -> Schema:
        """Raises DataError for what Connect cannot have."""
        if depth > _DEPTH:
            raise DataError("The schema has itself as a field: this worker has no such schemas")
        if not isinstance(found, dict):
            raise DataError("Unsupported schema type org.everit.json.schema.EmptySchema")
        if "$ref" in found:
            return self.of(self._referred(str(found["$ref"])), optional=optional, depth=depth + 1)
        members = found.get("oneOf") or found.get("anyOf")
        if members is None and isinstance(found.get("type"), list):
            members = [{**found, "type": each} for each in found["type"]]
        if members is not None:
            return self._one_of(members, depth)
        made = self._base(found, depth)
        parameters = dict(made.parameters or {}) | {
            k: str(v) for k, v in (found.get("connect.parameters") or {}).items()
        }
        return made.made(
            optional=optional, name=found.get("title"), version=found.get("connect.version"), doc=found.get("description"),
            parameters=parameters or None, default=found.get("default"),
        )  # fmt: skip

    def _one_of(self, members: list[Any], depth: int) -> Schema:
        others = [
            each for each in members if each != _NULL and not (isinstance(each, dict) and each.get("type") == "null")
        ]
        nullable = len(others) < len(members)
        if len(others) == 1:
            return self.of(others[0], optional=nullable, depth=depth + 1)
        fields = tuple(
            Field(f"{ONE_OF}.field.{number}", self.of(each, optional=True, depth=depth + 1))
            for number, each in enumerate(others)
        )
        return Schema("struct", nullable, ONE_OF, fields=fields)

    def _base(self, found: dict[str, Any], depth: int) -> Schema:
        told = found.get("connect.type")
        match found.get("type"):
            case "boolean":
                return Schema("boolean")
            case "integer" | "number" as kind:
                return Schema(told if told in _MARKED else "int64" if kind == "integer" else "float64")
            case "string" if "enum" not in found:
                return Schema("bytes" if told == "bytes" else "string")
            case "array":
                return self._array(found, told, depth)
            case _ if "enum" in found:
                listed = {f"{_ENUM}.{each}": str(each) for each in found["enum"]}
                return Schema("string", parameters={_ENUM: "", **listed})
            case "object":
                return self._object(found, told, depth)
            case None if "properties" in found:
                return self._object(found, told, depth)
            case _:
                raise DataError("Unsupported schema type org.everit.json.schema.EmptySchema")

    def _array(self, found: dict[str, Any], told: Any, depth: int) -> Schema:
        items = found.get("items")
        if not isinstance(items, dict):
            raise DataError("Array schema did not specify the items type")
        if told == "map" and "properties" in items:
            parts = (self.of(items["properties"][name], depth=depth + 1) for name in ("key", "value"))
            keys, values = parts
            return Schema("map", keys=keys, values=values)
        return Schema("array", values=self.of(items, depth=depth + 1))

    def _object(self, found: dict[str, Any], told: Any, depth: int) -> Schema:
        if told == "map":
            return Schema("map", keys=STRING, values=self.of(found.get("additionalProperties"), depth=depth + 1))
        placed: dict[int, Field] = {}
        for name, each in (found.get("properties") or {}).items():
            index = each.get("connect.index") if isinstance(each, dict) else None
            placed[len(placed) if index is None else index] = Field(name, self.of(each, depth=depth + 1))
        return Schema("struct", fields=tuple(placed[index] for index in sorted(placed)))

    def _referred(self, pointer: str) -> Any:
        file, _, path = pointer.partition("#")
        at = self._root if not file else self._references.get(file)
        for part in path.strip("/").split("/") if path.strip("/") else ():
            at = at.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(at, dict) else None
        if at is None:
            raise DataError(f"Could not resolve the reference {pointer}")
        return at
