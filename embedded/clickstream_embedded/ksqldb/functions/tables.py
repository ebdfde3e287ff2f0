"""Table functions: one row in, any number of rows out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType


def explode(kinds: list[SqlType]) -> tuple[SqlType, Callable[..., list[Any]]]:
    """EXPLODE: a row an element."""
    kind = kinds[0]
    if kind.name == "ARRAY" and kind.element:
        return kind.element, lambda items: [] if items is None else list(items)
    if kind.name == "MAP" and kind.key and kind.element:
        shape = t.struct((("KEY", kind.key), ("VALUE", kind.element)))
        return shape, lambda value: [] if value is None else [{"KEY": k, "VALUE": v} for k, v in value.items()]
    raise KsqlError(f"Function 'explode' does not accept parameters ({kind}).")


def cube(kinds: list[SqlType]) -> tuple[SqlType, Callable[..., list[Any]]]:
    """CUBE_EXPLODE: every combination of an array's elements and nulls."""
    kind = kinds[0]
    if kind.name != "ARRAY":
        raise KsqlError(f"Function 'cube_explode' does not accept parameters ({kind}).")

    def combine(items: list[Any] | None) -> list[Any]:
        rows: list[list[Any]] = [[]]
        for item in items or ():
            rows = [[*row, choice] for row in rows for choice in ((None,) if item is None else (None, item))]
        return [] if items is None else rows

    return kind, combine


TABLE_FUNCTIONS: dict[str, Callable[[list[SqlType]], tuple[SqlType, Callable[..., list[Any]]]]] = {
    "EXPLODE": explode,
    "CUBE_EXPLODE": cube,
}
