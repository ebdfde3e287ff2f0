"""Functions of strings that hold JSON."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import JSON, scalar
from clickstream_embedded.ksqldb.types import json_nodes as nodes
from clickstream_embedded.ksqldb.types.java_numbers import java_double
from clickstream_embedded.ksqldb.types.java_time.sql import format_date, format_time, format_timestamp
from clickstream_embedded.ksqldb.types.sql_types import SqlType

_path = functools.lru_cache(1000)(nodes.path)


@scalar("JSON_ARRAY_CONTAINS(STRING, T) -> BOOLEAN", category=JSON, nulls=True, typed=True)
def json_array_contains(_: SqlType, kinds: list[SqlType]) -> Callable[[str | None, Any], bool | None]:
    """Whether the JSON array holds a value."""
    exact = kinds[1].name != "DECIMAL"

    def contains(text: str | None, value: Any) -> bool | None:
        if text is None:
            return None
        try:
            items = nodes.read(text)
        except ValueError:
            return False
        return exact and isinstance(items, list) and any(_equal(item, value) for item in items)

    return contains


def _equal(item: Any, value: Any) -> bool:
    if isinstance(item, Decimal):
        return isinstance(value, float) and float(item) == value
    return type(item) is type(value) and item == value


@scalar("JSON_ITEMS(STRING) -> ARRAY<STRING>", category=JSON)
def json_items(text: str) -> list[str]:
    """The elements of a JSON array as texts."""
    items = nodes.read(text)
    if not isinstance(items, list):
        raise ValueError(f"Invalid JSON format:{text}")
    return [nodes.write(item) for item in items]


@scalar("EXTRACTJSONFIELD(STRING, STRING) -> STRING", category=JSON)
def extract_json_field(text: str, path: str) -> str | None:
    """What stands at a JSON path such as `$.a.b[0]`; a number keeps the digits it is written with."""
    steps = _path(path)
    found = nodes.follow(nodes.read(text), steps)
    return None if found is nodes.MISSING and steps else nodes.text_of(found)


@scalar("IS_JSON_STRING(STRING) -> BOOLEAN", category=JSON, nulls=True)
def is_json(text: str | None) -> bool:
    """Whether the text is JSON."""
    try:
        return text is not None and nodes.read(text) is not nodes.MISSING
    except ValueError:
        return False


@scalar("JSON_ARRAY_LENGTH(STRING) -> INTEGER", category=JSON)
def json_array_length(text: str) -> int | None:
    """How many elements the JSON array has."""
    value = nodes.read(text)
    return len(value) if isinstance(value, list) else None


@scalar("JSON_KEYS(STRING) -> ARRAY<STRING>", category=JSON)
def json_keys(text: str) -> list[str] | None:
    """The names in the JSON object."""
    value = nodes.read(text)
    return list(value) if isinstance(value, dict) else None


@scalar("JSON_RECORDS(STRING) -> MAP<STRING, STRING>", category=JSON)
def json_records(text: str) -> dict[str, Any] | None:
    """The JSON object as a map of texts."""
    value = nodes.read(text)
    return {k: nodes.text_of(v) for k, v in value.items()} if isinstance(value, dict) else None


@scalar("JSON_CONCAT(STRING...) -> STRING", category=JSON)
def json_concat(*texts: str) -> str | None:
    """Several JSON values merged."""
    values: list[Any] = [nodes.read(text) for text in texts]
    if any(value is nodes.MISSING for value in values):
        return None
    if all(isinstance(value, dict) for value in values):
        merged: dict[str, Any] = {}
        for value in values:
            merged |= value
        return nodes.write(merged, plain=True)
    if len(values) == 1:
        return nodes.write(values[0], plain=True)
    return nodes.write([i for value in values for i in (value if isinstance(value, list) else [value])], plain=True)


@scalar("TO_JSON_STRING(T) -> STRING", category=JSON, nulls=True, typed=True)
def to_json_string(_: SqlType, kinds: list[SqlType]) -> Any:
    """Any value as JSON; names of structs and keys of maps in order."""
    write = _json_writer(kinds[0])
    return lambda value: "null" if value is None else write(value)


def _json_writer(kind: SqlType) -> Callable[[Any], str]:
    simple: dict[str, Callable[[Any], str]] = {
        "DATE": lambda v: f'"{format_date(v)}"',
        "TIME": lambda v: f'"{format_time(v)}"',
        "TIMESTAMP": lambda v: f'"{format_timestamp(v)}"',
        "BYTES": lambda v: f'"{base64.b64encode(v).decode()}"',
        "DOUBLE": lambda v: java_double(v) if v - v == 0 else f'"{java_double(v)}"',
    }
    if kind.name == "ARRAY" and kind.element:
        item = _json_writer(kind.element)
        return lambda v: "[" + ",".join("null" if each is None else item(each) for each in v) + "]"
    if kind.name == "MAP" and kind.element:
        inner = _json_writer(kind.element)
        return lambda v: _object({str(k): "null" if each is None else inner(each) for k, each in v.items()})
    if kind.name == "STRUCT":
        fields = {name: _json_writer(field) for name, field in kind.fields}
        return lambda v: _object({n: "null" if v.get(n) is None else w(v[n]) for n, w in fields.items()})
    return simple.get(kind.name, lambda v: nodes.write(v, plain=True))


def _object(values: dict[str, str]) -> str:
    return "{" + ",".join(f"{nodes.write(name)}:{values[name]}" for name in sorted(values)) + "}"
