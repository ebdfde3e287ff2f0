"""Numbers as Java reads and writes them."""

from __future__ import annotations

import re
from decimal import Decimal

_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DOUBLE = re.compile(rf"{_DECIMAL.pattern}[fFdD]?|[+-]?(NaN|Infinity)")


def whole(text: str, bits: int) -> int:
    """As `Integer.parseInt` (32 bits) or `Long.parseLong` (64 bits) reads it. Raises ValueError."""
    if not _WHOLE.fullmatch(text) or not -(1 << (bits - 1)) <= (number := int(text)) < 1 << (bits - 1):
        raise ValueError(f"not a whole number of {bits} bits: {text!r}")
    return number


def decimal(text: str) -> Decimal:
    """As `new BigDecimal` reads it. Raises ValueError."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"not a decimal number: {text!r}")
    return Decimal(text)


def double(text: str) -> float:
    """As `Double.parseDouble` reads it, but for hexadecimal ones. Raises ValueError."""
    text = text.strip()
    if not _DOUBLE.fullmatch(text):
        raise ValueError(f"not a number: {text!r}")
    return float(text.rstrip("fFdD"))


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
