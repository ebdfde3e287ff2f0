"""Functions of strings that hold JSON."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from clickstream_embedded.ksqldb.functions.registry import (
    JSON,
    scalar,
)
from clickstream_embedded.ksqldb.types.sql_types import SqlType


@scalar("JSON_ARRAY_CONTAINS(STRING, T) -> BOOLEAN", category=JSON, nulls=True)
def json_array_contains(text: str | None, value: Any) -> bool:
    """Whether the JSON array holds a value."""
    items = _loads(text or "")
    return isinstance(items, list) and any(type(i) is type(value) and i == value for i in items)


@scalar("JSON_ITEMS(STRING) -> ARRAY<STRING>", category=JSON)
def json_items(text: str) -> list[str] | None:
    """The elements of a JSON array as texts."""
    items = _loads(text)
    return [orjson.dumps(item).decode() for item in items] if isinstance(items, list) else None


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) else orjson.dumps(value).decode()


@scalar("EXTRACTJSONFIELD(STRING, STRING) -> STRING", category=JSON)
def extract_json_field(text: str, path: str) -> str | None:
    """What stands at a JSON path such as `$.a.b[0]`; a number keeps the digits it is written with."""
    value = _loads(text)
    steps = re.findall(r"\.([^.\[\]]+)|\[['\"]?([^\]'\"]+)['\"]?\]", path)
    for name, index in steps:
        if name or not index.lstrip("-").isdigit():
            value = value.get(name or index) if isinstance(value, dict) else None
        else:
            value = value[int(index)] if isinstance(value, list) and 0 <= int(index) < len(value) else None
    if type(value) is not float:
        return _json_text(value)
    found = json.loads(text, parse_float=Decimal)
    for name, index in steps:
        found = found[name or index] if isinstance(found, dict) else found[int(index)]
    return str(found)


@scalar("IS_JSON_STRING(STRING) -> BOOLEAN", category=JSON, nulls=True)
def is_json(text: str | None) -> bool:
    """Whether the text is JSON."""
    try:
        orjson.loads(text or "")
    except orjson.JSONDecodeError:
        return False
    return True


@scalar("JSON_ARRAY_LENGTH(STRING) -> INTEGER", category=JSON)
def json_array_length(text: str) -> int | None:
    """How many elements the JSON array has."""
    value = _loads(text)
    return len(value) if isinstance(value, list) else None


@scalar("JSON_KEYS(STRING) -> ARRAY<STRING>", category=JSON)
def json_keys(text: str) -> list[str] | None:
    """The names in the JSON object."""
    value = _loads(text)
    return list(value) if isinstance(value, dict) else None


@scalar("JSON_RECORDS(STRING) -> MAP<STRING, STRING>", category=JSON)
def json_records(text: str) -> dict[str, Any] | None:
    """The JSON object as a map of texts."""
    value = _loads(text)
    return {k: orjson.dumps(v).decode() for k, v in value.items()} if isinstance(value, dict) else None


@scalar("JSON_CONCAT(STRING...) -> STRING", category=JSON)
def json_concat(*texts: str) -> str | None:
    """Several JSON values merged."""
    try:
        values: list[Any] = [orjson.loads(text) for text in texts]
    except orjson.JSONDecodeError:
        return None
    if all(isinstance(value, dict) for value in values):
        merged: dict[str, Any] = {}
        for value in values:
            merged |= value
        return orjson.dumps(merged).decode()
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return orjson.dumps(items).decode()


@scalar("TO_JSON_STRING(ANY) -> STRING", category=JSON, nulls=True, typed=True)
def to_json_string(_: SqlType, kinds: list[SqlType]) -> Any:
    """Any value as JSON."""
    from clickstream_embedded.ksqldb.formats.coercion import encoder
    from clickstream_embedded.ksqldb.types.casts import format_date, format_time, format_timestamp

    times = {"DATE": format_date, "TIME": format_time, "TIMESTAMP": format_timestamp}
    kind = kinds[0]
    convert = times.get(kind.name) or encoder(kind) or (lambda value: value)
    return lambda value: "null" if value is None else msgspec.json.encode(convert(value)).decode()
