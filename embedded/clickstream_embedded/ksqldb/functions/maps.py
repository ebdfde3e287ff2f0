"""Functions of maps."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.functions.registry import (
    MAPS,
    scalar,
)
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType


def entries(value: dict[str, Any], in_order: bool) -> list[dict[str, Any]]:
    """The entries of a map as structs of K and V."""
    items = sorted(value.items()) if in_order else list(value.items())
    return [{"K": k, "V": v} for k, v in items]


def _entries_of(kind: SqlType) -> SqlType:
    return t.array(t.struct((("K", t.STRING), ("V", kind))))


for _kind in (t.INTEGER, t.BIGINT, t.DOUBLE, t.BOOLEAN, t.STRING):
    scalar(f"ENTRIES(MAP<STRING, {_kind}>, BOOLEAN) -> ARRAY<{_kind}>", category=MAPS,
           rule=lambda _, kind=_kind: _entries_of(kind))(entries)  # fmt: skip


@scalar("MAP_KEYS(MAP<STRING, V>) -> ARRAY<STRING>", category=MAPS)
def map_keys(value: dict[Any, Any]) -> list[Any]:
    """The keys."""
    return list(value)


@scalar("MAP_VALUES(MAP<STRING, V>) -> ARRAY<V>", category=MAPS)
def map_values(value: dict[Any, Any]) -> list[Any]:
    """The values."""
    return list(value.values())


@scalar("MAP_UNION(MAP<STRING, V>, MAP<STRING, V>) -> MAP<STRING, V>", category=MAPS, nulls=True)
def map_union(a: dict[Any, Any] | None, b: dict[Any, Any] | None) -> dict[Any, Any] | None:
    """Both together; the second wins."""
    return None if a is None and b is None else {**(a or {}), **(b or {})}


@scalar("AS_MAP(ARRAY<STRING>, ARRAY<V>) -> MAP<STRING, V>", category=MAPS)
def as_map(keys: list[str], values: list[Any]) -> dict[str, Any]:
    """A map from keys and values."""
    return {key: values[place] if place < len(values) else None for place, key in enumerate(keys)}
