"""Counts as bars beside their numbers: which is larger is seen before it is read."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
WIDTH = 20


def bars(values: Sequence[object], width: int = WIDTH) -> list[str]:
    """A bar of each number, from 0 to the largest; none at all where something is no number, or there is nothing to compare.

    Args:
        values: of a column, in its order.
        width: characters of the longest bar.
    """
    numbers = [float(each) for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    most = max(numbers, default=0.0)
    if len(numbers) != len(values) or len(values) < 2 or most <= 0 or min(numbers) < 0:
        return ["" for _ in values]
    return [bar(number, most, width) for number in numbers]


def bar(value: float, most: float, width: int = WIDTH) -> str:
    """One bar, `width` characters long for `most`."""
    eighths = round(min(max(value / most, 0.0), 1.0) * width * 8)
    if value > 0:
        eighths = max(eighths, 1)  # a little is not nothing
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]
