"""Prints rows as a table, JSON, JSON lines or CSV; everything from outside is made harmless first."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from collections.abc import Sequence
from enum import Enum
from typing import Any

from rich.cells import cell_len

_MARGIN = 2  # cells between two columns


class Format(str, Enum):
    """How a verb prints."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


class OutputClosed(Exception):
    """Who read our output has gone, as `head` does."""


class GuardedOutput:
    """Standard output that tells of a closed pipe by an exception of its own: click takes the other one for a failure."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes a text. Raises OutputClosed."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            raise OutputClosed from None

    def flush(self) -> None:
        """Sends what was written. Raises OutputClosed."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise OutputClosed from None

    def discard(self) -> None:
        """What is still to be written goes nowhere, so that the end of the process has nothing to complain of."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def plain(value: Any) -> str:
    """A value as text: booleans as `true`, nothing as "", lists joined, objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, list | tuple) and not any(isinstance(each, list | tuple | dict) for each in value):
        return ", ".join(plain(each) for each in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def harmless(value: Any) -> str:
    """A value as one line of text without control characters."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in plain(value))


class Printer:
    """Prints rows of the same columns, as they come."""

    def __init__(self, form: Format, columns: Sequence[str]) -> None:
        self._form = form
        self._columns = list(columns)
        self._rows: list[list[Any]] = []
        self._csv = csv.writer(sys.stdout, lineterminator="\n") if form is Format.csv else None
        if self._csv is not None:
            self._csv.writerow(self._columns)

    def row(self, values: Sequence[Any]) -> None:
        """Prints a row, or keeps it where a table or one JSON array is printed at the end."""
        if self._form is Format.jsonl:
            print(
                json.dumps(dict(zip(self._columns, values, strict=False)), ensure_ascii=False, default=str), flush=True
            )
        elif self._csv is not None:
            tidy = harmless if sys.stdout.isatty() else plain
            self._csv.writerow([tidy(value) for value in values])
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


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, upper: bool = True) -> None:
    """A plain table, wide enough for its values; on a terminal that is narrower, cells are wrapped.

    `upper` puts its head into capitals; without, the names stand as they are.
    """
    columns = [name.upper() if upper else name for name in columns]
    cells = [[harmless(value) for value in row] for row in rows]
    widths = [max([cell_len(name), *(cell_len(row[i]) for row in cells)]) for i, name in enumerate(columns)]
    if sys.stdout.isatty() and sum(widths) + _MARGIN * (len(widths) - 1) > shutil.get_terminal_size().columns:
        _print_wrapped(columns, cells)
        return
    for line in (columns, *cells):
        print("".join(_padded(cell, width + _MARGIN) for cell, width in zip(line, widths, strict=True)).rstrip())


def _padded(cell: str, width: int) -> str:
    return cell + " " * max(0, width - cell_len(cell))


def _print_wrapped(columns: Sequence[str], cells: list[list[str]]) -> None:
    from rich.console import Console  # most verbs print into a pipe or have room, and start without it
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="", padding=(0, _MARGIN, 0, 0))
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, markup=False, width=shutil.get_terminal_size().columns).print(table)
