"""Percentiles as HdrHistogram has them: values are kept with so many significant digits."""

from __future__ import annotations

import bisect
import math
from typing import Any


class Hdr:
    """Sorted values, none below zero, as the histogram tells them apart."""

    def __init__(self, values: list[float], digits: int) -> None:
        self._values = values
        self._half = 2 ** (math.ceil(math.log2(2 * 10**digits)) - 1)  # cells of a power of two
        low = next((each for each in values if each > 0), 1.0)
        self._unit = 2.0 ** math.floor(math.log2(low)) / self._half

    def _cell(self, value: float) -> tuple[float, float]:
        """(the least value that is the same, how wide the cell is)."""
        width = max(2.0 ** math.floor(math.log2(value)) / self._half, self._unit) if value > 0 else self._unit
        return math.floor(value / width) * width, width

    def percentile(self, percent: float) -> float:
        place = max(int(percent / 100 * len(self._values) + 0.5), 1)
        low, width = self._cell(self._values[min(place, len(self._values)) - 1])
        return low if percent == 0 else low + width - self._unit

    def rank(self, value: float) -> float:
        low, width = self._cell(value)
        return 100.0 * bisect.bisect_left(self._values, low + width) / len(self._values)


def digits_of(spec: dict[str, Any]) -> int:
    return int((spec.get("hdr") or {}).get("number_of_significant_value_digits", 3))
