"""Rows as they leave a format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from clickstream_embedded.ksqldb.errors import SerializationError

Row = tuple[Any, ...]


def extended(rows: Iterable[Row | None], behind: Sequence[Sequence[Any]]) -> list[Row]:
    """Each row with what each of `behind` holds for it. Raises SerializationError for a row that is none."""
    whole: list[Row] = []
    for row, *more in zip(rows, *behind, strict=True):
        if row is None:
            raise SerializationError("a value is null")
        whole.append((*row, *more))
    return whole
