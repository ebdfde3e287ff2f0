"""ksqlDB's types as JSON Schemas and back, by the rules of Connect's JsonSchemaData, through which ksqlDB goes."""

from __future__ import annotations

import json
from typing import Any

from clickstream_embedded.ksqldb.formats.found_types import Unsupported
from clickstream_embedded.ksqldb.types import sql_types
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlBaseType, SqlType

_CONNECT = "org.apache.kafka.connect.data"
_PLAIN: dict[str, dict[str, Any]] = {
    SqlBaseType.BOOLEAN: {"type": "boolean"},
    SqlBaseType.INTEGER: {"type": "integer", "connect.type": "int32"},
    SqlBaseType.BIGINT: {"type": "integer", "connect.type": "int64"},
    SqlBaseType.DOUBLE: {"type": "number", "connect.type": "float64"},
    SqlBaseType.STRING: {"type": "string"},
    SqlBaseType.BYTES: {"type": "string", "connect.type": "bytes"},
}
_MOMENTS = {
    SqlBaseType.DATE: ("Date", "int32"),
    SqlBaseType.TIME: ("Time", "int32"),
    SqlBaseType.TIMESTAMP: ("Timestamp", "int64"),
}
_LOGICAL = {f"{_CONNECT}.{name}": getattr(sql_types, kind) for kind, (name, _) in _MOMENTS.items()}
_DECIMAL = f"{_CONNECT}.Decimal"


def of_columns(columns: tuple[Column, ...], *, wrapped: bool) -> str:
    """The schema of keys or values."""
    tree = _object(tuple((c.name, c.type) for c in columns)) if wrapped else _inner(columns[0].type)
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


def _object(fields: tuple[tuple[str, SqlType], ...]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: _nullable(kind, n) for n, (name, kind) in enumerate(fields)}}


def _nullable(kind: SqlType, index: int | None = None) -> dict[str, Any]:
    place = {} if index is None else {"connect.index": index}
    return {**place, "oneOf": [{"type": "null"}, _inner(kind)]}


def _inner(kind: SqlType) -> dict[str, Any]:
    if kind.name in _PLAIN:
        return dict(_PLAIN[kind.name])
    if kind.name in _MOMENTS:
        name, primitive = _MOMENTS[kind.name]
        return {"type": "integer", "title": f"{_CONNECT}.{name}", "connect.version": 1, "connect.type": primitive}
    if kind.name == SqlBaseType.DECIMAL:
        parameters = {"scale": str(kind.scale), "connect.decimal.precision": str(kind.precision)}
        return {"type": "number", "title": _DECIMAL, "connect.version": 1, "connect.parameters": parameters,
                "connect.type": "bytes"}  # fmt: skip
    if kind.name == SqlBaseType.ARRAY and kind.element:
        return {"type": "array", "items": _nullable(kind.element)}
    if kind.name == SqlBaseType.MAP and kind.key and kind.element:
        # keys may be null in Connect's schema, and a name in JSON may not: so it is a list of entries
        entry = {"type": "object", "properties": {"key": _nullable(kind.key, 0), "value": _nullable(kind.element, 1)}}
        return {"type": "array", "connect.type": "map", "items": entry}
    return _object(kind.fields)


def found(text: str) -> SqlType:
    """The type that a schema is in ksqlDB. Raises Unsupported."""
    root = json.loads(text)
    return _found(root, root, ())


def _found(schema: Any, root: Any, inside: tuple[str, ...]) -> SqlType:
    if not isinstance(schema, dict):
        raise Unsupported("Unsupported type: a schema of anything")
    if "$ref" in schema:
        return _referred(str(schema["$ref"]), root, inside)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            branches = [b for b in schema[word] if not (isinstance(b, dict) and b.get("type") == "null")]
            if len(branches) == 1:
                return _found(branches[0], root, inside)
            raise Unsupported(f"Unsupported type: {word} of several types")
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [each for each in kind if each != "null"]
        kind = kinds[0] if len(kinds) == 1 else None
    connect, title = str(schema.get("connect.type", "")), str(schema.get("title", ""))
    if title == _DECIMAL:
        given = schema.get("connect.parameters", {})
        return sql_types.decimal(int(given.get("connect.decimal.precision", 64)), int(given.get("scale", 0)))
    if title in _LOGICAL:
        return _LOGICAL[title]
    if "enum" in schema or "const" in schema:
        return sql_types.STRING
    return _of_kind(schema, str(kind or ("object" if "properties" in schema else "")), connect, root, inside)


def _referred(reference: str, root: Any, inside: tuple[str, ...]) -> SqlType:
    if reference in inside or not reference.startswith("#"):
        raise Unsupported(f"Unsupported type: the reference {reference}")
    place = root
    for part in reference.lstrip("#").split("/"):
        if part:
            name = part.replace("~1", "/").replace("~0", "~")
            place = place.get(name) if isinstance(place, dict) else None
    return _found(place, root, (*inside, reference))


def _of_kind(schema: dict[str, Any], kind: str, connect: str, root: Any, inside: tuple[str, ...]) -> SqlType:
    match kind:
        case "boolean":
            return sql_types.BOOLEAN
        case "integer":
            return sql_types.INTEGER if connect in ("int8", "int16", "int32") else sql_types.BIGINT
        case "number":
            return sql_types.DOUBLE
        case "string":
            return sql_types.BYTES if connect == "bytes" else sql_types.STRING
        case "array" if connect == "map":
            entry = schema["items"]["properties"]
            return sql_types.map_of(_found(entry["key"], root, inside), _found(entry["value"], root, inside))
        case "array":
            return sql_types.array(_found(schema.get("items"), root, inside))
        case "object" if connect == "map":
            return sql_types.map_of(sql_types.STRING, _found(schema.get("additionalProperties"), root, inside))
        case "object":
            return _of_object(schema, root, inside)
        case _:
            raise Unsupported(f"Unsupported type: {kind or 'a schema of anything'}")


def _of_object(schema: dict[str, Any], root: Any, inside: tuple[str, ...]) -> SqlType:
    given = schema.get("properties", {})
    ordered = sorted(
        given.items(), key=lambda item: item[1].get("connect.index", 1 << 30) if isinstance(item[1], dict) else 0
    )
    fields: list[tuple[str, SqlType]] = []
    for name, each in ordered:
        try:
            fields.append((name, _found(each, root, inside)))
        except Unsupported:
            continue  # as ksqlDB does, which says so in its log only
    return sql_types.struct(tuple(fields))
