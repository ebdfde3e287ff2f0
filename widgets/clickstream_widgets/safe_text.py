"""Text from outside, made harmless: control characters and escapes are shown, never obeyed."""

from __future__ import annotations

import json
from typing import Any

_CELL_LIMIT = 4_000  # characters of one value that a list ever looks at


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
    except RecursionError:
        return f"a {type(value).__name__} that is nested too deep to be shown"


def one_line(value: Any, limit: int = _CELL_LIMIT) -> str:
    """A value as one line of printable text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _as_json(value)
    if len(text) > limit:
        text = text[:limit] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def printable(text: str) -> str:
    """Text of several lines with all that is not printable shown as escapes; tabs become spaces."""
    return "\n".join(one_line(line.expandtabs(4), len(line) * 4 + 1) for line in text.splitlines())
