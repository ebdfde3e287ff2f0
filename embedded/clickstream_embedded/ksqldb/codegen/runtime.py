"""What compiled expressions call: arithmetic as Java does it, LIKE, subscripts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType


def decimal_type(operator: str, left: SqlType, right: SqlType) -> SqlType:
    a, b = t.as_decimal(left), t.as_decimal(right)
    if operator in "+-":
        scale = max(a.scale, b.scale)
        return SqlType("DECIMAL", scale + max(a.precision - a.scale, b.precision - b.scale) + 1, scale)
    if operator == "*":
        return SqlType("DECIMAL", a.precision + b.precision + 1, a.scale + b.scale)
    if operator == "/":
        scale = max(6, a.scale + b.precision + 1)
        return SqlType("DECIMAL", a.precision - a.scale + b.scale + scale, scale)
    scale = max(a.scale, b.scale)
    return SqlType("DECIMAL", min(a.precision - a.scale, b.precision - b.scale) + scale, scale)


def wrap(value: int, bits: int) -> int:
    return (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))


def divide(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def float_divide(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def decimal_operation(operator: str, scale: int) -> Callable[[Any, Any], Decimal]:
    step = Decimal(1).scaleb(-scale)

    def apply(a: Any, b: Any) -> Decimal:
        left, right = Decimal(a), Decimal(b)
        result = {
            "+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
            "/": lambda: left / right, "%": lambda: left % right,
        }[operator]()  # fmt: skip
        return result.quantize(step, "ROUND_HALF_UP")

    return apply


def like_pattern(pattern: str, escape: str | None) -> re.Pattern[str]:
    """The regular expression of a LIKE pattern."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if escape is not None and character == escape:
            parts.append(re.escape(next(characters, "")))
        elif character == "%":
            parts.append(".*")
        elif character == "_":
            parts.append(".")
        else:
            parts.append(re.escape(character))
    return re.compile("".join(parts), re.DOTALL)


def like(value: str | None, pattern: str | None, escape: str | None) -> bool:
    return value is not None and pattern is not None and bool(like_pattern(pattern, escape).fullmatch(value))


def or_none(compute: Callable[[], Any]) -> Any:
    try:
        return compute()
    except Exception:  # noqa: BLE001 - an expression may fail on any record
        return None


def item(base: Any, index: Any) -> Any:
    if isinstance(base, dict):
        return base.get(index)
    position = index - 1 if index > 0 else index
    return base[position] if -len(base) <= position < len(base) and index != 0 else None
