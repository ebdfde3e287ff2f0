"""A row of blocks for the latest values of a number: how it moves, at a glance."""

from __future__ import annotations

from collections.abc import Iterable

_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Iterable[float | None], width: int) -> str:
    """The latest `width` values as blocks, from 0 up to the largest of them; a value that is not known is a gap.

    Args:
        values: the oldest first; numbers of 0 or more, None for a gap.
        width: characters at most.
    """
    shown = [*values][-width:] if width > 0 else []
    most = max((value for value in shown if value is not None), default=0.0)
    return "".join(
        " " if value is None else _BLOCKS[0] if most <= 0 else _BLOCKS[min(int(value / most * 7 + 0.5), 7)]
        for value in shown
    )
