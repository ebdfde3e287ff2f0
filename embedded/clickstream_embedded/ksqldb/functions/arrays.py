"""Functions of arrays."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.functions.registry import (
    ARRAYS,
    scalar,
)
from clickstream_embedded.ksqldb.types.casts import to_string
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


@scalar("ARRAY_MAX(ARRAY<T>) -> T", category=ARRAYS)
def array_max(items: list[Any]) -> Any:
    """The largest element."""
    return max((item for item in items if item is not None), default=None)


@scalar("ARRAY_MIN(ARRAY<T>) -> T", category=ARRAYS)
def array_min(items: list[Any]) -> Any:
    """The smallest element."""
    return min((item for item in items if item is not None), default=None)


@scalar("ARRAY_REMOVE(ARRAY<T>, T) -> ARRAY<T>", category=ARRAYS, nulls=True)
def array_remove(items: list[Any] | None, value: Any) -> list[Any] | None:
    """Without an element."""
    return None if items is None else [item for item in items if item != value]


@scalar("ARRAY_SORT(ARRAY<T>) -> ARRAY<T>", "ARRAY_SORT(ARRAY<T>, STRING) -> ARRAY<T>", category=ARRAYS)
def array_sort(items: list[Any], order: str = "ASC") -> list[Any]:
    """Sorted, nulls last."""
    known = sorted((item for item in items if item is not None), reverse=order.upper().startswith("DESC"))
    return known + [None] * (len(items) - len(known))


@scalar("ARRAY_JOIN(ARRAY<T>) -> STRING", "ARRAY_JOIN(ARRAY<T>, STRING) -> STRING", category=ARRAYS, typed=True)
def array_join(_: SqlType, kinds: list[SqlType]) -> Any:
    """The elements as one text."""
    assert kinds[0].element is not None
    text = to_string(kinds[0].element)
    return lambda items, delimiter=",": delimiter.join("null" if i is None else text(i) for i in items)


@scalar("SLICE(ARRAY<T>, INTEGER, INTEGER) -> ARRAY<T>", category=ARRAYS, nulls=True)
def slice_array(items: list[Any] | None, start: int | None, end: int | None) -> list[Any] | None:
    """Elements from one place to another, counted from 1."""
    return None if items is None else items[(start or 1) - 1 : len(items) if end is None else end]


@scalar("GENERATE_SERIES(INTEGER, INTEGER) -> ARRAY<INTEGER>", "GENERATE_SERIES(BIGINT, BIGINT) -> ARRAY<BIGINT>",
        "GENERATE_SERIES(INTEGER, INTEGER, INTEGER) -> ARRAY<INTEGER>",
        "GENERATE_SERIES(BIGINT, BIGINT, INTEGER) -> ARRAY<BIGINT>", category=ARRAYS)  # fmt: skip
def generate_series(start: int, end: int, step: int | None = None) -> list[int]:
    """Numbers from one to another."""
    stride = step if step is not None else (1 if end >= start else -1)
    if stride == 0 or (end > start) == (stride < 0):
        raise ValueError("GENERATE_SERIES step has wrong sign" if stride else "GENERATE_SERIES step cannot be zero")
    return list(range(start, end + (1 if stride > 0 else -1), stride))
