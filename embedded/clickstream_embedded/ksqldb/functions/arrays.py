"""Functions of arrays."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.registry import (
    ARRAYS,
    scalar,
)
from clickstream_embedded.ksqldb.types.casts import to_string
from clickstream_embedded.ksqldb.types.java_bytes import order_bytes
from clickstream_embedded.ksqldb.types.java_numbers import order_double
from clickstream_embedded.ksqldb.types.java_text import order
from clickstream_embedded.ksqldb.types.sql_types import SqlType


@scalar("ARRAY_LENGTH(ARRAY<T>) -> INTEGER", category=ARRAYS)
def array_length(items: list[Any]) -> int:
    """How many elements."""
    return len(items)


@scalar("ARRAY_CONTAINS(ARRAY<T>, T) -> BOOLEAN", category=ARRAYS, nulls=True)
def array_contains(items: list[Any] | None, value: Any) -> bool:
    """Whether an element is there."""
    return items is not None and value in items


@scalar("ARRAY_DISTINCT(ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_distinct(items: list[Any]) -> list[Any]:
    """Each element once, in the order of their first places."""
    seen: list[Any] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


@scalar("ARRAY_UNION(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_union(a: list[Any], b: list[Any]) -> list[Any]:
    """The elements of both, each once."""
    return array_distinct(a + b)


@scalar("ARRAY_INTERSECT(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_intersect(a: list[Any], b: list[Any]) -> list[Any]:
    """The elements that stand in both."""
    return [item for item in array_distinct(a) if item in b]


@scalar("ARRAY_EXCEPT(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_except(a: list[Any], b: list[Any]) -> list[Any]:
    """The elements of the first that are not in the second."""
    return [item for item in array_distinct(a) if item not in b]


@scalar("ARRAY_CONCAT(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS, nulls=True)
def array_concat(a: list[Any] | None, b: list[Any] | None) -> list[Any] | None:
    """Both, one behind the other."""
    return None if a is None and b is None else (a or []) + (b or [])


_LONGEST = 10_000_000
_KEYS: dict[str, Any] = {"STRING": order, "DOUBLE": order_double, "BYTES": order_bytes}


def _comparable(kinds: list[SqlType]) -> Any:
    """The key by which elements are compared, as Java's `compareTo`. Raises KsqlError for those that have no order."""
    element = kinds[0].element
    if element is not None and element.name in ("ARRAY", "MAP", "STRUCT"):
        raise KsqlError(f"The elements of {kinds[0]} have no order")
    return _KEYS.get(element.name if element else "")


@scalar("ARRAY_MAX(ARRAY<T>) -> T", category=ARRAYS, typed=True)
def array_max(_: SqlType, kinds: list[SqlType]) -> Any:
    """The largest element."""
    key = _comparable(kinds)
    return lambda items: max((item for item in items if item is not None), default=None, key=key)


@scalar("ARRAY_MIN(ARRAY<T>) -> T", category=ARRAYS, typed=True)
def array_min(_: SqlType, kinds: list[SqlType]) -> Any:
    """The smallest element."""
    key = _comparable(kinds)
    return lambda items: min((item for item in items if item is not None), default=None, key=key)


@scalar("ARRAY_REMOVE(ARRAY<T>, T) -> ARRAY<T>", category=ARRAYS, nulls=True)
def array_remove(items: list[Any] | None, value: Any) -> list[Any] | None:
    """Without an element."""
    return None if items is None else [item for item in items if item != value]


_DIRECTIONS = {"ASC": False, "ASCENDING": False, "DESC": True, "DESCENDING": True}


@scalar("ARRAY_SORT(ARRAY<T>) -> ARRAY<T>", "ARRAY_SORT(ARRAY<T>, STRING) -> ARRAY<T>", category=ARRAYS, typed=True)
def array_sort(_: SqlType, kinds: list[SqlType]) -> Any:
    """Sorted, nulls last; null for a direction that is none."""
    key = _comparable(kinds)

    def sort(items: list[Any], direction: str = "ASC") -> list[Any] | None:
        reverse = _DIRECTIONS.get(direction.upper())
        if reverse is None:
            return None
        known = sorted((item for item in items if item is not None), key=key, reverse=reverse)
        return known + [None] * (len(items) - len(known))

    return sort


_JOINABLE = ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "STRING")


@scalar(
    "ARRAY_JOIN(ARRAY<T>) -> STRING", "ARRAY_JOIN(ARRAY<T>, STRING) -> STRING", category=ARRAYS, typed=True, nulls=True
)
def array_join(_: SqlType, kinds: list[SqlType]) -> Any:
    """The elements as one text, without anything between where the delimiter is null."""
    element = kinds[0].element
    plain = element is None or element.name in _JOINABLE
    # BigDecimal.toString, not its plain form
    text = str if element is None or element.name == "DECIMAL" else to_string(element)

    def join(items: list[Any] | None, delimiter: str | None = ",") -> str | None:
        if items is None:
            return None
        if not plain and any(item is not None for item in items):
            raise ValueError(f"error: hit element of type {element} which is currently not supported")
        return (delimiter or "").join("null" if item is None else text(item) for item in items)

    return join


@scalar("SLICE(ARRAY<T>, INTEGER, INTEGER) -> ARRAY<T>", category=ARRAYS, nulls=True)
def slice_array(items: list[Any] | None, start: int | None, end: int | None) -> list[Any] | None:
    """Elements from one place to another, counted from 1; null for places that are not there."""
    if items is None:
        return None
    first, last = 0 if start is None else start - 1, len(items) if end is None else end
    if first < 0 or last > len(items):
        return None
    if first > last:
        raise ValueError(f"fromIndex({first}) > toIndex({last})")
    return items[first:last]


@scalar("GENERATE_SERIES(INTEGER, INTEGER) -> ARRAY<INTEGER>", "GENERATE_SERIES(BIGINT, BIGINT) -> ARRAY<BIGINT>",
        "GENERATE_SERIES(INTEGER, INTEGER, INTEGER) -> ARRAY<INTEGER>",
        "GENERATE_SERIES(BIGINT, BIGINT, INTEGER) -> ARRAY<BIGINT>", category=ARRAYS)  # fmt: skip
def generate_series(start: int, end: int, step: int | None = None) -> list[int]:
    """Numbers from one to another."""
    stride = step if step is not None else (1 if end > start else -1)
    if stride == 0 or (end > start) == (stride < 0):
        raise ValueError("GENERATE_SERIES step has wrong sign" if stride else "GENERATE_SERIES step cannot be zero")
    series = range(start, end + (1 if stride > 0 else -1), stride)
    if len(series) > _LONGEST:  # Java runs out of memory there
        raise ValueError(f"GENERATE_SERIES of {len(series)} elements")
    return list(series)
