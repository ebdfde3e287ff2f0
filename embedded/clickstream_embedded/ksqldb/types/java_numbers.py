"""Numbers as Java reads and writes them."""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, DivisionByZero, InvalidOperation

from clickstream_embedded.ksqldb.types.java_text import trim

_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DOUBLE = re.compile(rf"{_DECIMAL.pattern}[fFdD]?|[+-]?(NaN|Infinity)")


# BigDecimal has no bound of its own; this one is beyond what any DECIMAL holds
EXACT = Context(prec=1000, Emax=999_999, Emin=-999_999, traps=[InvalidOperation, DivisionByZero])
_INT_BITS, _LONG_BITS = 32, 64


def without_negative_zero(value: Decimal) -> Decimal:
    """As `BigDecimal` has it: a zero has a scale, but no sign."""
    return value or value.copy_abs()


def wrap(value: int, bits: int) -> int:
    """The low bits of a whole number, as Java's arithmetic keeps them."""
    return (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))


def _narrowed(value: float, bits: int) -> int:
    """As a double is cast to a whole number: NaN is 0, what is beyond the range its end."""
    if value != value:
        return 0
    largest = (1 << (bits - 1)) - 1
    if value >= largest:
        return largest
    return -largest - 1 if value <= -largest - 1 else int(value)


def to_int(value: float) -> int:
    return _narrowed(value, _INT_BITS)


def to_long(value: float) -> int:
    return _narrowed(value, _LONG_BITS)


def order_double(value: float) -> tuple[bool, float, float]:
    """A key by which doubles sort as `Double.compareTo` has it: -0.0 below 0.0, NaN above all."""
    return (value != value, 0.0 if value != value else value, math.copysign(1.0, value) if value == 0 else 0.0)


def whole(text: str, bits: int) -> int:
    """As `Integer.parseInt` (32 bits) or `Long.parseLong` (64 bits) reads it. Raises ValueError."""
    if not _WHOLE.fullmatch(text) or not -(1 << (bits - 1)) <= (number := int(text)) < 1 << (bits - 1):
        raise ValueError(f'For input string: "{text}"')
    return number


def json_decimal(text: str) -> Decimal:
    """A number of JSON that has a point or an exponent, as Jackson reads it with USE_BIG_DECIMAL_FOR_FLOATS."""
    return without_negative_zero(Decimal(text))


def decimal(text: str) -> Decimal:
    """As `new BigDecimal` reads it. Raises ValueError."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"not a decimal number: {text!r}")
    return without_negative_zero(Decimal(text))


def double(text: str) -> float:
    """As `Double.parseDouble` reads it, but for hexadecimal ones. Raises ValueError."""
    text = trim(text)
    if not _DOUBLE.fullmatch(text):
        raise ValueError(f"not a number: {text!r}")
    return float(text.rstrip("fFdD"))


def finite_double(text: str) -> float:
    """A number of SQL: as `double`, but none of NaN and Infinity. Raises ValueError."""
    number = double(text)
    if number - number != 0:
        raise ValueError(f"not a finite number: {text!r}")
    return number


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
    digits, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"
