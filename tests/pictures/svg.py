"""A terminal's screen as SVG, and several as one that moves: rows that are the same are written once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 8.4, 18  # pixels of a cell
PAPER, INK = "121212", "e0e0e0"  # of what has no colour of its own
_NAMED = {
    "black": "#000000", "red": "#cd3131", "green": "#0dbc79", "brown": "#e5e510", "blue": "#2472c8", "magenta": "#bc3fbc",
    "cyan": "#11a8cd", "white": "#e5e5e5", "brightblack": "#666666", "brightred": "#f14c4c", "brightgreen": "#23d18b",
    "brightbrown": "#f5f543", "brightblue": "#3b8eea", "brightmagenta": "#d670d6", "brightcyan": "#29b8db",
    "brightwhite": "#ffffff",
}  # fmt: skip


class Cell(NamedTuple):
    """One character of a screen and how it looks; colours are names of a terminal, or six hexadecimal digits."""

    text: str
    ink: str
    paper: str
    bold: bool


Row = tuple[Cell, ...]
Frame = tuple[Row, ...]


def _colour(name: str, otherwise: str) -> str:
    return _NAMED.get(name, f"#{name if len(name) == 6 else otherwise}")


def _row(row: Row) -> str:
    """One row at the top left: what lies behind, then the text, a stretch of one look at a time."""
    behind: list[str] = []
    texts: list[str] = []
    place = 0
    for (ink, paper, bold), cells in groupby(row, key=lambda cell: (cell.ink, cell.paper, cell.bold)):
        text = "".join(cell.text for cell in cells)
        x, width = place * WIDTH, len(text) * WIDTH
        if _colour(paper, PAPER) != f"#{PAPER}":
            behind.append(
                f'<rect x="{x:.1f}" width="{width + 0.3:.1f}" height="{HEIGHT}" fill="{_colour(paper, PAPER)}"/>'
            )
        if text.strip():
            weight = ' font-weight="bold"' if bold else ""
            # each stretch begins at its own place, and is as wide as its cells whatever font there is
            texts.append(f'<text x="{x:.1f}" y="14" textLength="{width:.1f}" fill="{_colour(ink, INK)}"{weight}>'
                         f"{escape(text)}</text>")  # fmt: skip
        place += len(text)
    return "".join(behind + texts)


def drawing(frames: Sequence[Frame], seconds: float = 2.0) -> str:
    """One SVG: a still picture of one frame, or all of them one after the other, again and again.

    Args:
        frames: screens of one size.
        seconds: that each is shown.
    """
    columns, lines = len(frames[0][0]), len(frames[0])
    names: dict[Row, str] = {}
    shown: list[str] = []
    for number, frame in enumerate(frames):
        rows = [
            f'<use href="#{names.setdefault(row, f"r{len(names)}")}" y="{y * HEIGHT}"/>' for y, row in enumerate(frame)
        ]
        shown.append(f'<g class="f f{number}">{"".join(rows)}</g>')
    rules = "" if len(frames) == 1 else _rules(len(frames), seconds)
    kept = "".join(f'<g id="{name}">{_row(row)}</g>' for row, name in names.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns * WIDTH:.0f} {lines * HEIGHT}" xml:space="preserve" '
        f'font-family="ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="14"><style>text{{white-space:pre}}'
        f'{rules}</style><rect width="100%" height="100%" fill="#{PAPER}"/><defs>{kept}</defs>{"".join(shown)}</svg>\n'
    )


def _rules(count: int, seconds: float) -> str:
    """Each frame is seen in its own part of the whole time."""
    rules = [f".f{{visibility:hidden;animation:{count * seconds:g}s step-end infinite}}"]
    for number in range(count):
        begin, end = 100 * number / count, 100 * (number + 1) / count
        hidden = "0%{visibility:hidden}" if number else ""
        last = f"{end:.2f}%{{visibility:hidden}}" if end < 100 else ""
        rules.append(f".f{number}{{animation-name:k{number}}}")
        rules.append(f"@keyframes k{number}{{{hidden}{begin:.2f}%{{visibility:visible}}{last}}}")
    return "".join(rules)
