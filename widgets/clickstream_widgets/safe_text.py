"""Text from outside, made harmless: control characters and escapes are shown, never obeyed."""

from __future__ import annotations

import json
from typing import Any

from rich.text import Text

_NAME_ROOM = 8  # cells below which two halves of a name tell less than its beginning
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


def shortened(text: Text, room: int) -> Text:
    """A text of one line made to fit: a name loses its middle, as names often differ at their ends only, other text its end.

    Args:
        text: what is to be shown.
        room: cells that there are.

    Returns:
        The text itself where it fits.
    """
    if text.cell_len <= room:
        return text
    cut = text.copy()
    if room < _NAME_ROOM or " " in text.plain.strip():
        cut.truncate(room, overflow="ellipsis")
        return cut
    first = (room - 1) // 3  # the ends differ more often
    cut.truncate(first, overflow="crop")
    last = text[-(room - 1 - first) :]
    while last.cell_len > room - 1 - cut.cell_len:
        last = last[1:]
    return Text.assemble(cut, "…", last, no_wrap=True, overflow="ellipsis")
