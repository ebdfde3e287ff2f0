"""Prints rows as a table, JSON, JSON lines or CSV; everything from outside is made harmless first."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from enum import Enum
from typing import Any


class Format(str, Enum):
    """How a verb prints."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def harmless(value: Any) -> str:
    """A value as one line of text without control characters."""
    text = (
        "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    )
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class Printer:
    """Prints rows of the same columns, as they come."""

    def __init__(self, form: Format, columns: Sequence[str]) -> None:
        self._form = form
        self._columns = list(columns)
        self._rows: list[list[Any]] = []
        self._csv = csv.writer(sys.stdout) if form is Format.csv else None
        if self._csv is not None:
            self._csv.writerow(self._columns)

    def row(self, values: Sequence[Any]) -> None:
        if self._form is Format.jsonl:
            print(
                json.dumps(dict(zip(self._columns, values, strict=False)), ensure_ascii=False, default=str), flush=True
            )
        elif self._csv is not None:
            self._csv.writerow([v if isinstance(v, str | int | float | None) else harmless(v) for v in values])
            sys.stdout.flush()
        else:
            self._rows.append(list(values))

    def end(self) -> None:
        """Prints what had to wait for the last row."""
        if self._form is Format.json:
            rows = [dict(zip(self._columns, row, strict=False)) for row in self._rows]
            print(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        elif self._form is Format.table:
            print_table(self._columns, self._rows)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A plain table, wide enough for its values."""
    cells = [[harmless(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]
    for line in ([name.upper() for name in columns], *cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
