"""Numbers as Java writes them."""

from __future__ import annotations

from decimal import Decimal


def java_double(value: float) -> str:
    """A double as Java's `Double.toString` writes it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return format(Decimal(text), "f") if "e" in text else text
    if abs(value) == 5e-324:
        return "4.9E-324" if value > 0 else "-4.9E-324"
    digits, _, exponent = f"{Decimal(repr(value)):E}".partition("E")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"
