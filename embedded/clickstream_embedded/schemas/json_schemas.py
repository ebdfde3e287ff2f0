"""JSON Schemas: checked against their own draft, and compared by the rules of Confluent's documentation.

Compared are types, properties under open and closed content models, required ones, enumerations, limits, items and
combined schemas. What changes a schema in another place (`pattern`, `if`, `dependencies`, …) is taken to be incompatible
where both have it and it differs: refused rather than let through unseen.
"""

from __future__ import annotations

import json
from typing import Any

from jsonschema import SchemaError
from jsonschema.validators import validator_for

from clickstream_embedded.schemas.parsed import InvalidSchema, Parsed, Resolved

Schema = dict[str, Any]
_SAID = {"title", "description", "default", "examples", "$id", "id", "$schema", "$comment", "readOnly", "writeOnly",
         "format", "definitions", "$defs"}  # fmt: skip
_COMPARED = {"type", "properties", "additionalProperties", "required", "enum", "const", "items", "oneOf", "anyOf", "allOf",
             "$ref"}  # fmt: skip
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


def parse(text: str, references: Resolved) -> Parsed:
    """A JSON Schema. Raises InvalidSchema."""
    try:
        tree = json.loads(text)
        if not isinstance(tree, dict | bool):
            raise InvalidSchema("A JSON Schema is an object or a boolean")
        if isinstance(tree, dict):
            validator_for(tree).check_schema(tree)
    except json.JSONDecodeError as error:
        raise InvalidSchema(str(error)) from None
    except SchemaError as error:
        raise InvalidSchema(error.message) from None
    return Parsed("JSON", json.dumps(tree, separators=(",", ":"), ensure_ascii=False), tree)


def differences(reader: Any, writer: Any) -> list[str]:
    """Why a document that fits `writer` may not fit `reader`."""
    return _Comparison(reader, writer).found


class _Comparison:
    """One pair of schemas, with what their references stand for."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self._roots = (reader, writer)
        self._met: set[tuple[str, str]] = set()
        self.found = self._check(reader, writer, "#")

    def _resolved(self, schema: Any, side: int) -> Any:
        if not isinstance(schema, dict) or not str(schema.get("$ref", "")).startswith("#"):
            return schema
        found: Any = self._roots[side]
        for part in str(schema["$ref"]).lstrip("#").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name, {}) if name and isinstance(found, dict) else found
        return found

    def _check(self, reader: Any, writer: Any, path: str) -> list[str]:
        pair = tuple(str(each.get("$ref", "")) if isinstance(each, dict) else "" for each in (reader, writer))
        if any(pair) and pair in self._met:
            return []
        self._met.add((pair[0], pair[1]))
        reader, writer = self._resolved(reader, 0), self._resolved(writer, 1)
        if reader == writer or reader is True or reader == {}:
            return []
        if writer is False:
            return []
        if writer is True or writer == {}:
            return [_told("TYPE_NARROWED", path)]
        if reader is False:
            return [_told("SCHEMA_REMOVED", path)]
        return self._objects(reader, writer, path)

    def _objects(self, reader: Schema, writer: Schema, path: str) -> list[str]:
        combined = ("oneOf", "anyOf", "allOf")
        if any(word in each for each in (reader, writer) for word in combined):
            return self._combined(reader, writer, path)
        ours, theirs = _types(reader), _types(writer)
        if ours and not (theirs and all(_within(each, ours) for each in theirs)):
            return [_told("TYPE_NARROWED" if theirs and ours & theirs else "TYPE_CHANGED", path)]
        found = self._limits(reader, writer, path)
        if "object" in theirs:
            found += self._properties(reader, writer, path)
        if "array" in theirs and isinstance(reader.get("items"), dict | bool):
            found += self._check(reader["items"], writer.get("items", True), f"{path}/items")
        for word in sorted(set(reader) - _SAID - _COMPARED - {*_UPPER, *_LOWER}):
            if not word.startswith("connect.") and reader[word] != writer.get(word):
                found.append(_told("COMBINED_TYPE_CHANGED" if word == "not" else "TYPE_NARROWED", f"{path}/{word}"))
        return found

    def _combined(self, reader: Schema, writer: Schema, path: str) -> list[str]:
        ours, theirs = _branches(reader), _branches(writer)
        if "allOf" in reader or "allOf" in writer:
            lost = [each for each in ours if not any(not self._check(each, other, path) for other in theirs)]
            return [_told("COMBINED_TYPE_SUBSCHEMAS_CHANGED", path)] if lost else []
        lost = [each for each in theirs if not any(not self._check(other, each, path) for other in ours)]
        return [_told("SUM_TYPE_NARROWED", path)] if lost else []

    @staticmethod
    def _limits(reader: Schema, writer: Schema, path: str) -> list[str]:
        found: list[str] = []
        for words, sign in ((_UPPER, 1), (_LOWER, -1)):
            narrower = [w for w in words if w in reader and (w not in writer or sign * (writer[w] - reader[w]) > 0)]
            changed = "LIMIT_DECREASED" if sign > 0 else "LIMIT_INCREASED"
            found += [_told(changed if word in writer else "LIMIT_ADDED", f"{path}/{word}") for word in narrower]
        ours, theirs = _values(reader), _values(writer)
        if ours is not None and (theirs is None or any(each not in ours for each in theirs)):
            found.append(_told("ENUM_ARRAY_NARROWED" if theirs is not None else "ENUM_ARRAY_CHANGED", f"{path}/enum"))
        return found

    def _properties(self, reader: Schema, writer: Schema, path: str) -> list[str]:
        found: list[str] = []
        ours, theirs = reader.get("properties", {}), writer.get("properties", {})
        rest_of_ours, rest_of_theirs = (
            reader.get("additionalProperties", True),
            writer.get("additionalProperties", True),
        )
        for name, schema in theirs.items():
            where = f"{path}/properties/{name}"
            if name in ours:
                found += self._check(ours[name], schema, where)
            elif rest_of_ours is False:
                found.append(_told("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", where))
            elif rest_of_ours is not True and self._check(rest_of_ours, schema, where):
                found.append(_told("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", where))
        for name, schema in ours.items():
            where = f"{path}/properties/{name}"
            if name in theirs:
                continue
            if rest_of_theirs is not False and schema not in (True, {}) and self._check(schema, rest_of_theirs, where):
                kind = "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL" if rest_of_theirs is True else (
                    "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
                )  # fmt: skip
                found.append(_told(kind, where))
            elif name in reader.get("required", ()) and not (isinstance(schema, dict) and "default" in schema):
                found.append(_told("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", where))
        for name in sorted(set(reader.get("required", ())) - set(writer.get("required", ()))):
            if name in theirs and "default" not in (ours.get(name) or {}):
                found.append(_told("REQUIRED_ATTRIBUTE_ADDED", f"{path}/required/{name}"))
        if rest_of_ours is False and rest_of_theirs is not False:
            found.append(_told("ADDITIONAL_PROPERTIES_REMOVED", path))
        return found


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type")
    if kind is None:
        return {"object"} if "properties" in schema else set()
    return set(kind) if isinstance(kind, list) else {str(kind)}


def _within(kind: str, wanted: set[str]) -> bool:
    return kind in wanted or (kind == "integer" and "number" in wanted)


def _branches(schema: Schema) -> list[Any]:
    return next((list(schema[word]) for word in ("oneOf", "anyOf", "allOf") if word in schema), [schema])


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _told(kind: str, path: str) -> str:
    words = kind.lower().replace("_", " ")
    return (
        f'{{errorType:"{kind}", description:"The new schema differs from the old schema at path \'{path}\': {words}"}}'
    )
