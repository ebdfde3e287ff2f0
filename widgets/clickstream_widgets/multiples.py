"""Several courses below each other on one scale: where lines in one chart would cover each other, none hides another."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_DOTTED = str.maketrans(_EIGHTHS[1:], "····░░░░")


def _spacing(times: Sequence[float]) -> float:
    """Seconds for which a value holds: the usual distance to the next one."""
    steps = sorted(after - before for before, after in itertools.pairwise(times))
    return steps[len(steps) // 2] if steps else 0.0


def resampled(
    times: Sequence[float], values: Sequence[float | None], first: float, last: float, width: int
) -> list[float | None]:
    """A value for each of `width` columns between two moments; of several the largest, None for a gap.

    Args:
        times: in rising order.
        values: one a time; None, or what is no number, is a gap.
        first: the moment of the first column.
        last: that of the last.
        width: how many columns.
    """
    step = (last - first) / (width - 1) if width > 1 and last > first else 1.0
    holds = max(_spacing(times) * 1.5, step)
    found: list[float | None] = []
    for column in range(width):
        moment = first + column * step
        begin, end = bisect_right(times, moment - step / 2), bisect_right(times, moment + step / 2)
        if begin == end and end and moment - times[end - 1] < holds:
            begin = end - 1
        known = [value for value in values[begin:end] if value is not None and not math.isnan(value)]
        found.append(max(known) if known else None)
    return found


def bars(values: Sequence[float | None], top: float, height: int) -> list[str]:
    """Columns of blocks from 0 to `top`, as lines from the top one down; a gap is empty, a 0 is not."""
    lines = [""] * height
    for value in values:
        eighths = 0 if value is None or top <= 0 else round(max(value, 0.0) / top * height * 8)
        if value is not None:
            eighths = min(max(eighths, 1), height * 8)
        for row in range(height):
            above = eighths - (height - 1 - row) * 8
            lines[row] += _EIGHTHS[min(max(above, 0), 8)]
    return lines


def column_of(moment: float, first: float, last: float, width: int) -> int:
    """The column at which a moment begins, `width` for one after the last."""
    if moment > last:
        return width
    return max(round((moment - first) / (last - first) * (width - 1)), 0) if last > first else 0


def dotted(blocks: str) -> str:
    """Blocks as what is not complete yet is drawn with."""
    return blocks.translate(_DOTTED)


def axis(moments: Sequence[float], labels: Sequence[str], first: float, last: float, width: int) -> str:
    """A line of labels, each around the column of its moment; one that would touch the one before is left out."""
    line = ""
    for moment, label in zip(moments, labels, strict=True):
        column = round((moment - first) / (last - first) * (width - 1)) if last > first else 0
        begin = min(max(column - len(label) // 2, 0), max(width - len(label), 0))
        if not line or begin > len(line):
            line = line.ljust(begin) + label
    return line[:width]
