"""Functions of numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import (
    MATHS,
    same_as_first,
    scalar,
    widest,
)
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast


@scalar("GREATEST(T...) -> T", category=MATHS, nulls=True, rule=widest)
def greatest(*values: Any) -> Any:
    """The largest argument that is not null."""
    return max((value for value in values if value is not None), default=None)


@scalar("LEAST(T...) -> T", category=MATHS, nulls=True, rule=widest)
def least(*values: Any) -> Any:
    """The smallest argument that is not null."""
    return min((value for value in values if value is not None), default=None)


@scalar("ABS(INTEGER) -> INTEGER", "ABS(BIGINT) -> BIGINT", "ABS(DOUBLE) -> DOUBLE", category=MATHS)
def absolute(value: Any) -> Any:
    """The absolute value."""
    return abs(value)


scalar("ABS(DECIMAL) -> DECIMAL", category=MATHS, rule=same_as_first)(absolute)


def _integral_decimal(kinds: list[SqlType], _: Sequence[ast.Expression]) -> SqlType:
    kind = kinds[0]
    return SqlType("DECIMAL", kind.precision, kind.scale)


@scalar("FLOOR(INTEGER) -> INTEGER", "FLOOR(BIGINT) -> BIGINT", "FLOOR(DOUBLE) -> DOUBLE", category=MATHS)
def floor(value: Any) -> Any:
    """The largest whole number not above."""
    return float(math.floor(value)) if isinstance(value, float) and math.isfinite(value) else value


@scalar("CEIL(INTEGER) -> INTEGER", "CEIL(BIGINT) -> BIGINT", "CEIL(DOUBLE) -> DOUBLE", category=MATHS)
def ceil(value: Any) -> Any:
    """The smallest whole number not below."""
    return float(math.ceil(value)) if isinstance(value, float) and math.isfinite(value) else value


@scalar("FLOOR(DECIMAL) -> DECIMAL", category=MATHS, rule=_integral_decimal)
def floor_decimal(value: Decimal) -> Decimal:
    """The largest whole number not above."""
    return value.quantize(Decimal(1), ROUND_FLOOR).quantize(value)


@scalar("CEIL(DECIMAL) -> DECIMAL", category=MATHS, rule=_integral_decimal)
def ceil_decimal(value: Decimal) -> Decimal:
    """The smallest whole number not below."""
    return value.quantize(Decimal(1), ROUND_CEILING).quantize(value)


@scalar("ROUND(INTEGER) -> BIGINT", "ROUND(BIGINT) -> BIGINT", category=MATHS)
def round_whole(value: int) -> int:
    """A whole number is its own rounding."""
    return value


@scalar("ROUND(DOUBLE) -> BIGINT", category=MATHS)
def round_double(value: float) -> int:
    """To the nearest whole number, halves up."""
    return math.floor(value + 0.5)


@scalar("ROUND(DOUBLE, INTEGER) -> DOUBLE", category=MATHS)
def round_places(value: float, places: int) -> float:
    """To a number of decimal places, halves up."""
    mode = "ROUND_HALF_DOWN" if value < 0 else ROUND_HALF_UP
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), mode))


def _rounded(kinds: list[SqlType], written: Sequence[ast.Expression]) -> SqlType:
    kind = kinds[0]
    return (
        SqlType("DECIMAL", kind.precision, kind.scale)
        if len(written) > 1
        else SqlType("DECIMAL", kind.precision - kind.scale + 1, 0)
    )


@scalar("ROUND(DECIMAL) -> DECIMAL", "ROUND(DECIMAL, INTEGER) -> DECIMAL", category=MATHS, rule=_rounded)
def round_decimal(value: Decimal, places: int | None = None) -> Decimal:
    """To a number of decimal places, halves up."""
    mode = "ROUND_HALF_DOWN" if value < 0 else ROUND_HALF_UP
    rounded = value.quantize(Decimal(1).scaleb(-(places or 0)), mode)
    return rounded if places is None else rounded.quantize(value)


@scalar("SIGN(INTEGER) -> INTEGER", "SIGN(BIGINT) -> INTEGER", "SIGN(DOUBLE) -> INTEGER", category=MATHS)
def sign(value: Any) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def _maths(name: str, function: Any, description: str) -> None:
    scalar(f"{name}(DOUBLE) -> DOUBLE", category=MATHS, description=description)(function)


def _guarded(function: Any, otherwise: float = math.nan) -> Any:
    def safe(value: float) -> float:
        try:
            return function(value)
        except (ValueError, OverflowError):
            return otherwise

    return safe


def _logarithm(value: float) -> float:
    return -math.inf if value == 0 else math.nan if value < 0 else math.log(value)


_maths("SQRT", _guarded(math.sqrt), "The square root.")
_maths("CBRT", lambda x: math.copysign(round(abs(x) ** (1 / 3), 15), x), "The cube root.")
_maths("EXP", _guarded(math.exp, math.inf), "e to a power.")
_maths("LN", _logarithm, "The natural logarithm.")
for _name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"):
    _maths(_name.upper(), _guarded(getattr(math, _name)), f"The {_name} of a value.")
_maths("COT", lambda x: math.inf if x == 0 else 1 / math.tan(x), "The cotangent of a value.")
_maths("DEGREES", math.degrees, "Radians to degrees.")
_maths("RADIANS", math.radians, "Degrees to radians.")


@scalar("LOG(DOUBLE) -> DOUBLE", "LOG(DOUBLE, DOUBLE) -> DOUBLE", category=MATHS)
def logarithm(value: float, argument: float | None = None) -> float:
    """The logarithm, with the base first where two arguments are given."""
    if argument is None:
        return _logarithm(value)
    base = _logarithm(value)
    if not math.isfinite(base) or base == 0:
        return math.nan
    return _logarithm(argument) / base


@scalar("POWER(DOUBLE, DOUBLE) -> DOUBLE", category=MATHS)
def power(base: float, exponent: float) -> float:
    """A value to a power."""
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        return math.nan if base < 0 else math.inf


@scalar("ATAN2(DOUBLE, DOUBLE) -> DOUBLE", category=MATHS)
def atan2(y: float, x: float) -> float:
    """The angle of a point."""
    return math.atan2(y, x)


@scalar("PI() -> DOUBLE", category=MATHS)
def pi() -> float:
    """The number pi."""
    return math.pi


@scalar("RANDOM() -> DOUBLE", category=MATHS)
def random_number() -> float:
    """A random number from 0 to 1."""
    return random.random()


@scalar("TRUNC(DOUBLE) -> BIGINT", category=MATHS)
def trunc(value: float) -> int:
    """Without the decimal places."""
    return math.trunc(value)


@scalar("TRUNC(DOUBLE, INTEGER) -> DOUBLE", category=MATHS)
def trunc_places(value: float, places: int) -> float:
    """Cut to a number of decimal places."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), "ROUND_DOWN"))


@scalar(
    "GEO_DISTANCE(DOUBLE, DOUBLE, DOUBLE, DOUBLE) -> DOUBLE",
    "GEO_DISTANCE(DOUBLE, DOUBLE, DOUBLE, DOUBLE, STRING) -> DOUBLE",
    category=MATHS,
    nulls=True,
)
def geo_distance(
    lat1: float | None, lon1: float | None, lat2: float | None, lon2: float | None, unit: str | None = "KM"
) -> float | None:
    """The great-circle distance in km (also where no unit is given), or in miles."""
    if lat1 is None or lon1 is None or lat2 is None or lon2 is None:
        return None
    unit = unit or "KM"
    radius = 3959.0 if unit.upper().startswith("MI") else 6371.0
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * radius * math.asin(math.sqrt(h))
