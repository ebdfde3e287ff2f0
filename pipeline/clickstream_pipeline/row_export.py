"""Rows of a result as files: CSV as RFC 4180 has it, and a JSON object a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A header and a line a row; null is empty, true and false in lower case, arrays and structs as JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def as_jsonl(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An object a row; where two columns have one name, the later keeps its place as name_2."""
    names: list[str] = []
    for column in columns:
        names.append(column if column not in names else f"{column}_{names.count(column) + 1}")
    return "".join(
        json.dumps(dict(zip(names, row, strict=False)), ensure_ascii=False, default=str) + "\n" for row in rows
    )


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value
