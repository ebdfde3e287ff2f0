"""Splits a text into statements: quotes, comments and backquotes hide semicolons."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<quoted>'(?:[^']|'')*(?:'|\Z)|`(?:[^`]|``)*(?:`|\Z)"""
    r"""|"(?:[^"]|"")*(?:"|\Z))|(?P<end>;)|(?P<space>\s+)|(?P<other>[^;'"`\s/-]+|.)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a text; `line` and `column` (from 1) are where it starts, `end` where it ends."""

    text: str
    line: int
    column: int
    start: int
    stop: int
    end: tuple[int, int]
    terminated: bool


def _place(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - (text.rfind("\n", 0, position) + 1) + 1


def split(text: str) -> list[Piece]:
    """The statements of `text`, without the comments and blanks between them.

    The last one may lack its semicolon (`terminated` is False); a quote that is never closed runs to the end.
    """
    pieces: list[Piece] = []
    start: int | None = None
    last = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "end":
            # a semicolon alone is no statement: the parser says so
            pieces.append(_piece(text, token.start() if start is None else start, token.end(), terminated=True))
            start = None
        elif kind not in ("space", "comment"):
            if start is None:
                start = token.start()
            last = token.end()
    if start is not None:
        pieces.append(_piece(text, start, last, terminated=False))
    return pieces


def _piece(text: str, start: int, stop: int, *, terminated: bool) -> Piece:
    line, column = _place(text, start)
    return Piece(text[start:stop], line, column, start, stop, _place(text, stop), terminated)


def statement_at(text: str, position: int) -> Piece | None:
    """The statement that holds `position`, or the one before it where it stands between two."""
    found: Piece | None = None
    for piece in split(text):
        if piece.start <= position or found is None:
            found = piece
    return found
