"""What compiled expressions call: arithmetic as Java does it, comparisons, LIKE, subscripts."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation
from typing import Any

from clickstream_embedded.ksqldb.types.java_bytes import order_bytes
from clickstream_embedded.ksqldb.types.java_numbers import EXACT, without_negative_zero
from clickstream_embedded.ksqldb.types.java_regex.matching import like as like_pattern
from clickstream_embedded.ksqldb.types.java_text import units

# -- nulls -----------------------------------------------------------------------------------------------------


def needed(value: Any) -> Any:
    """Raises TypeError for a null, as taking a value out of its object does in Java."""
    if value is None:
        raise TypeError("a null where a value is needed")
    return value


def or_none(compute: Callable[[], Any]) -> Any:
    try:
        return compute()
    except Exception:  # noqa: BLE001 - an expression may fail on any record
        return None


# -- numbers ---------------------------------------------------------------------------------------------------


def divide(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def remainder(a: int, b: int) -> int:
    return a - b * divide(a, b)


def float_divide(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def float_remainder(a: float, b: float) -> float:
    return math.nan if b == 0 or b != b or a - a != 0 else math.fmod(a, b)


_UNROUNDED = [Inexact, InvalidOperation, DivisionByZero]


def decimal_operation(operator: str, precision: int, scale: int) -> Callable[[Any, Any], Decimal]:
    """An operation whose exact result has at most `precision` digits and `scale` decimal places; else it raises."""
    step = Decimal(1).scaleb(-scale)
    within = Context(prec=max(precision, 1), traps=_UNROUNDED)
    exact = Context(prec=1000, traps=_UNROUNDED)
    compute: Callable[[Decimal, Decimal], Decimal] = {
        "+": within.add, "-": within.subtract, "*": within.multiply, "/": within.divide,
        "%": lambda a, b: _decimal_remainder(a, b, precision),
    }[operator]  # fmt: skip

    def apply(a: Any, b: Any) -> Decimal:
        return without_negative_zero(compute(Decimal(a), Decimal(b)).quantize(step, None, exact))

    return apply


def negated(value: Decimal) -> Decimal:
    return without_negative_zero(value.copy_negate())


def _decimal_remainder(a: Decimal, b: Decimal, precision: int) -> Decimal:
    """As `BigDecimal.remainder` with a precision: it raises where the quotient has more digits."""
    quotient = Context(prec=max(precision, 1), rounding=ROUND_DOWN, traps=[DivisionByZero, InvalidOperation]).divide(
        a, b
    )
    whole = quotient.to_integral_value(ROUND_DOWN)
    left = EXACT.subtract(a, EXACT.multiply(whole, b))
    if abs(left) >= abs(b):
        raise ArithmeticError("Division impossible")
    return left


# -- texts -----------------------------------------------------------------------------------------------------


def joined(a: str | None, b: str | None) -> str:
    """`+` of strings: a null is the word, as in Java."""
    return ("null" if a is None else a) + ("null" if b is None else b)


def like(value: str, pattern: str, escape: str | None) -> bool:
    return like_pattern(pattern, escape).fullmatch(value) is not None


# -- comparisons -----------------------------------------------------------------------------------------------


def text_order(a: str, b: str) -> int:
    """As `String.compareTo`: by UTF-16 code units."""
    if not (a.isascii() and b.isascii()):
        a, b = units(a), units(b)
    return (a > b) - (a < b)


def bytes_order(a: bytes, b: bytes) -> int:
    """As `ByteBuffer.compareTo`: bytes are signed."""
    x, y = order_bytes(a), order_bytes(b)
    return (x > y) - (x < y)


def exact_double(value: float) -> Decimal:
    """As `BigDecimal.valueOf`. Raises InvalidOperation for NaN and Infinity."""
    if value - value != 0:
        raise InvalidOperation("Infinite or NaN")
    return without_negative_zero(Decimal(repr(float(value))))


def double_distinct(a: float, b: float) -> bool:
    """`<>` of doubles: NaN is neither below nor above."""
    return a < b or a > b


# -- containers ------------------------------------------------------------------------------------------------


def item(base: Any, index: Any) -> Any:
    if isinstance(base, dict):
        return base.get(index)
    position = index - 1 if index > 0 else index
    return base[position] if -len(base) <= position < len(base) and index != 0 else None
