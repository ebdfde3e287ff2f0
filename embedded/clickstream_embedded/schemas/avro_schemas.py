"""Avro schemas: parsed by fastavro's rules, written as Java's `Schema.toString` does."""

from __future__ import annotations

import json
from typing import Any

import fastavro
from fastavro.schema import SchemaParseException
from fastavro.validation import validate

from clickstream_embedded.schemas.parsed import InvalidSchema, Parsed, Resolved

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_OWN = {"type", "name", "namespace", "doc", "fields", "symbols", "items", "values", "size", "aliases"}
_OF_FIELD = {"name", "type", "doc", "default", "order", "aliases"}


def parse(text: str, references: Resolved) -> Parsed:
    """An Avro schema. Raises InvalidSchema."""
    named: dict[str, Any] = {}
    try:
        for each in references.values():
            fastavro.parse_schema(json.loads(each), named, expand=False)
        written = json.loads(text)
        tree = fastavro.parse_schema(written, dict(named), expand=False)
        _check_defaults(tree, {})
    except json.JSONDecodeError as error:
        raise InvalidSchema(str(error)) from None
    except (SchemaParseException, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidSchema(_why(error)) from None
    return Parsed("AVRO", canonical(written), tree)


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"No {error.args[0]} in the schema"
    return str(error) or type(error).__name__


def _check_defaults(tree: Any, named: dict[str, Any]) -> None:
    """Raises ValueError for a default that its field cannot hold: of a union it is one of the first branch."""
    if isinstance(tree, list):
        for branch in tree:
            _check_defaults(branch, named)
    if not isinstance(tree, dict):
        return
    if "name" in tree:
        named[tree["name"]] = tree
    for part in ("items", "values"):
        _check_defaults(tree.get(part), named)
    if isinstance(tree.get("type"), dict | list):
        _check_defaults(tree["type"], named)
    for field in tree.get("fields", ()):
        _check_defaults(field["type"], named)
        if "default" in field:
            kind = field["type"]
            first = kind[0] if isinstance(kind, list) else kind
            if not _holds(first, field["default"], named):
                shown = json.dumps(field["default"], separators=(",", ":"))
                raise ValueError(f"Invalid default for field {field['name']}: {shown} not a {json.dumps(first)}")


def _holds(kind: Any, value: Any, named: dict[str, Any]) -> bool:
    name = kind.get("type") if isinstance(kind, dict) else kind
    if name in ("bytes", "fixed"):
        return isinstance(value, str)
    if name in ("float", "double"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(kind, dict) and name in ("record", "error"):
        return isinstance(value, dict)
    plain = {key: item for key, item in kind.items() if key != "logicalType"} if isinstance(kind, dict) else kind
    try:
        return validate(value, fastavro.parse_schema(plain, dict(named), expand=False), raise_errors=False)
    except (SchemaParseException, KeyError, TypeError, ValueError):
        return True


def canonical(schema: Any) -> str:
    """The text that Java's Avro prints of a schema: attributes in its order, a namespace only where it changes."""
    return json.dumps(_printed(schema, ""), separators=(",", ":"), ensure_ascii=False)


def _printed(schema: Any, space: str) -> Any:
    if isinstance(schema, list):
        return [_printed(branch, space) for branch in schema]
    if isinstance(schema, str):
        inside, _, simple = schema.rpartition(".")
        return simple if inside and inside == space else schema
    kind = schema["type"]
    if isinstance(kind, dict | list):
        return _printed(kind, space)
    more = {key: value for key, value in schema.items() if key not in _OWN and key != "default"}
    aliases = {"aliases": schema["aliases"]} if schema.get("aliases") else {}
    if kind in ("record", "error", "enum", "fixed"):
        return _named(schema, kind, space, more, aliases)
    if kind == "array":
        return {"type": "array", "items": _printed(schema["items"], space), **more}
    if kind == "map":
        return {"type": "map", "values": _printed(schema["values"], space), **more}
    return {"type": kind, **more} if more else _printed(kind, space)


def _named(
    schema: dict[str, Any], kind: str, space: str, more: dict[str, Any], aliases: dict[str, Any]
) -> dict[str, Any]:
    inside, _, simple = schema["name"].rpartition(".")
    own = inside or schema.get("namespace", space) or ""
    body: dict[str, Any] = {"type": kind, "name": simple}
    if own and own != space:
        body["namespace"] = own
    if schema.get("doc") is not None:
        body["doc"] = schema["doc"]
    if kind == "enum":
        body["symbols"] = schema["symbols"]
        if "default" in schema:
            body["default"] = schema["default"]
    elif kind == "fixed":
        body["size"] = schema["size"]
    else:
        body["fields"] = [_field(each, own) for each in schema["fields"]]
    return body | more | aliases


def _field(field: dict[str, Any], space: str) -> dict[str, Any]:
    body: dict[str, Any] = {"name": field["name"], "type": _printed(field["type"], space)}
    if field.get("doc") is not None:
        body["doc"] = field["doc"]
    if "default" in field:
        body["default"] = field["default"]
    if field.get("order", "ascending") != "ascending":
        body["order"] = field["order"]
    if field.get("aliases"):
        body["aliases"] = field["aliases"]
    return body | {key: value for key, value in field.items() if key not in _OF_FIELD}
