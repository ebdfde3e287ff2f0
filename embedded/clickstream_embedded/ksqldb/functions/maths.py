"""Functions of numbers, as Java's Math and BigDecimal compute them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import MATHS, same_as_first, scalar, widest_decimal
from clickstream_embedded.ksqldb.types.java_bytes import order_bytes
from clickstream_embedded.ksqldb.types.java_numbers import EXACT, order_double, to_long, without_negative_zero
from clickstream_embedded.ksqldb.types.java_text import order
from clickstream_embedded.ksqldb.types.sql_types import SqlType, decimal

_MOST_PLACES = 900  # of a decimal; what Java does beyond is to run out of memory
_COMPARABLE = ("INTEGER", "BIGINT", "DOUBLE", "STRING", "DECIMAL", "DATE", "TIME", "TIMESTAMP", "BYTES")
_KEYS: dict[str, Callable[[Any], Any]] = {"STRING": order, "DOUBLE": order_double, "BYTES": order_bytes}


def _extremes(name: str, pick: Callable[..., Any], word: str) -> None:
    for kind in _COMPARABLE:
        scalar(f"{name}({kind}, {kind}...) -> {kind}", category=MATHS, nulls=True,
               description=f"The {word} argument that is not null.",
               rule=widest_decimal if kind == "DECIMAL" else None)(_extreme(pick, _KEYS.get(kind)))  # fmt: skip


def _extreme(pick: Callable[..., Any], key: Callable[[Any], Any] | None) -> Callable[..., Any]:
    return lambda *values: pick((value for value in values if value is not None), default=None, key=key)


_extremes("GREATEST", max, "largest")
_extremes("LEAST", min, "smallest")


def _absolute_whole(bits: int) -> Callable[[int], int]:
    smallest = -(1 << (bits - 1))
    return lambda value: value if value == smallest else abs(value)  # the smallest one has no opposite


scalar("ABS(INTEGER) -> INTEGER", category=MATHS, description="The absolute value.")(_absolute_whole(32))
scalar("ABS(BIGINT) -> BIGINT", category=MATHS)(_absolute_whole(64))
scalar("ABS(DOUBLE) -> DOUBLE", category=MATHS)(abs)
scalar("ABS(DECIMAL) -> DECIMAL", category=MATHS, rule=same_as_first)(lambda value: value.copy_abs())


def _unchanged(value: Any) -> Any:
    return value


def _whole_double(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: math.copysign(float(function(value)), value) if math.isfinite(value) else value


def _integral(mode: str) -> Callable[[Decimal], Decimal]:
    """To a whole number, with the scale that the value had."""
    return lambda value: scaled(scaled(value, 0, mode), -int(value.as_tuple().exponent), ROUND_DOWN)


for _name, _double, _mode, _word in (
    ("FLOOR", math.floor, ROUND_FLOOR, "largest whole number not above"),
    ("CEIL", math.ceil, ROUND_CEILING, "smallest whole number not below"),
):
    scalar(f"{_name}(INTEGER) -> INTEGER", f"{_name}(BIGINT) -> BIGINT", category=MATHS,
           description=f"The {_word}.")(_unchanged)  # fmt: skip
    scalar(f"{_name}(DOUBLE) -> DOUBLE", category=MATHS)(_whole_double(_double))
    scalar(f"{_name}(DECIMAL) -> DECIMAL", category=MATHS, rule=same_as_first)(_integral(_mode))


def scaled(value: Decimal, places: int, mode: str) -> Decimal:
    """`BigDecimal.setScale`. Raises ArithmeticError where there would be too many digits."""
    if places > _MOST_PLACES:
        raise ArithmeticError(f"a scale of {places} is too large")
    return without_negative_zero(value.quantize(Decimal(1).scaleb(-places), mode, EXACT))


def _integer_part(kinds: list[SqlType]) -> SqlType:
    return decimal(kinds[0].precision - kinds[0].scale, 0)


scalar("ROUND(INTEGER) -> BIGINT", "ROUND(BIGINT) -> BIGINT", category=MATHS,
       description="To a number of decimal places, halves up.")(_unchanged)  # fmt: skip
scalar("TRUNC(INTEGER) -> BIGINT", "TRUNC(BIGINT) -> BIGINT", category=MATHS,
       description="Cut to a number of decimal places.")(_unchanged)  # fmt: skip


@scalar("ROUND(DOUBLE) -> BIGINT", category=MATHS)
def round_double(value: float) -> int:
    """As `Math.round`: to the nearest whole number, halves up."""
    if not math.isfinite(value):
        return to_long(value)
    return to_long(math.floor(Decimal(value) + Decimal("0.5")))


scalar("TRUNC(DOUBLE) -> BIGINT", category=MATHS)(to_long)


def _round(value: Decimal, places: int) -> Decimal:
    return scaled(value, places, ROUND_HALF_UP if value > 0 else ROUND_HALF_DOWN)


def _cut(value: Decimal, places: int) -> Decimal:
    return scaled(value, places, ROUND_DOWN)


def _of_double(function: Callable[[Decimal, int], Decimal]) -> Callable[[float, int], float]:
    return lambda value, places: float(function(Decimal(repr(value)), places))


def _same_scale(function: Callable[[Decimal, int], Decimal]) -> Callable[[Decimal, int], Decimal]:
    """The result keeps the scale of the argument."""
    return lambda value, places: scaled(function(value, places), -int(value.as_tuple().exponent), ROUND_DOWN)


for _name, _function in (("ROUND", _round), ("TRUNC", _cut)):
    scalar(f"{_name}(DOUBLE, INTEGER) -> DOUBLE", category=MATHS)(_of_double(_function))
    scalar(f"{_name}(DECIMAL) -> DECIMAL", category=MATHS, rule=_integer_part)(
        lambda value, function=_function: function(value, 0)
    )
    scalar(f"{_name}(DECIMAL, INTEGER) -> DECIMAL", category=MATHS, rule=same_as_first)(_same_scale(_function))


@scalar("SIGN(INTEGER) -> INTEGER", "SIGN(BIGINT) -> INTEGER", "SIGN(DOUBLE) -> INTEGER", category=MATHS)
def sign(value: Any) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def _maths(name: str, function: Callable[[float], float], description: str) -> None:
    """A function of one number; whole ones have signatures of their own, so that a null is ambiguous."""
    kinds = ("INTEGER", "BIGINT", "DOUBLE")
    scalar(*(f"{name}({kind}) -> DOUBLE" for kind in kinds), category=MATHS, description=description)(
        lambda value: function(float(value))
    )


def _guarded(function: Callable[[float], float], overflow: Callable[[float], float]) -> Callable[[float], float]:
    def safe(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            return overflow(value)

    return safe


def _up(_: float) -> float:
    return math.inf


def _same_side(value: float) -> float:
    return math.copysign(math.inf, value)


def _logarithm(value: float) -> float:
    return -math.inf if value == 0 else math.nan if value < 0 or value != value else math.log(value)


def _cube_root(value: float) -> float:
    found = math.cbrt(value)
    whole = float(round(found)) if abs(found) < 2**17 else found
    return whole if whole**3 == value else found


def _cotangent(value: float) -> float:
    if not math.isfinite(value):
        return math.nan
    below = math.sin(value)
    return math.copysign(math.inf, below) if below == 0 else math.cos(value) / below


_maths("SQRT", _guarded(math.sqrt, _up), "The square root.")
_maths("CBRT", _cube_root, "The cube root.")
_maths("EXP", _guarded(math.exp, _up), "e to a power.")
_maths("LN", _logarithm, "The natural logarithm.")
for _name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"):
    _overflow = _up if _name == "cosh" else _same_side
    _maths(_name.upper(), _guarded(getattr(math, _name), _overflow), f"The {_name} of a value.")
_maths("COT", _cotangent, "The cotangent of a value.")
_maths("DEGREES", math.degrees, "Radians to degrees.")
_maths("RADIANS", math.radians, "Degrees to radians.")
_maths("LOG", _logarithm, "The natural logarithm, or with two arguments that of the second to the base of the first.")


def _pairs(name: str, function: Callable[[float, float], float], description: str) -> None:
    kinds = ("INTEGER", "BIGINT", "DOUBLE")
    scalar(*(f"{name}({kind}, {kind}) -> DOUBLE" for kind in kinds), category=MATHS, description=description)(
        lambda a, b: function(float(a), float(b))
    )


def _log_to_base(base: float, value: float) -> float:
    if base <= 0 or base == 1:
        return math.nan
    below = _logarithm(base)
    above = _logarithm(value)
    return above / below if math.isfinite(below) else math.nan if not math.isfinite(above) else 0.0 * above


def _power(base: float, exponent: float) -> float:
    """As `Math.pow`."""
    if exponent != exponent or (abs(base) == 1 and math.isinf(exponent)):
        return math.nan
    odd = exponent % 2 == 1 if math.isfinite(exponent) else False
    try:
        return math.pow(base, exponent)
    except ValueError:
        if base == 0:
            return math.copysign(math.inf, base) if odd else math.inf
        return math.nan
    except OverflowError:
        return -math.inf if base < 0 and odd else math.inf


_pairs("LOG", _log_to_base, "The logarithm of the second argument to the base of the first.")
_pairs("POWER", _power, "A value to a power.")
_pairs("ATAN2", math.atan2, "The angle of a point.")


@scalar("PI() -> DOUBLE", category=MATHS)
def pi() -> float:
    """The number pi."""
    return math.pi


@scalar("RANDOM() -> DOUBLE", category=MATHS)
def random_number() -> float:
    """A random number from 0 to 1."""
    return random.random()


_KILOMETRES = ("km", "kilometer", "kilometers", "kilometre", "kilometres")
_RADII: dict[str, float] = {
    **dict.fromkeys(("mi", "mile", "miles"), 3959.0),
    **dict.fromkeys(_KILOMETRES, 6371.0),
}


@scalar(
    "GEO_DISTANCE(DOUBLE, DOUBLE, DOUBLE, DOUBLE) -> DOUBLE",
    "GEO_DISTANCE(DOUBLE, DOUBLE, DOUBLE, DOUBLE, STRING) -> DOUBLE",
    category=MATHS,
    nulls=True,
)
def geo_distance(
    lat1: float | None, lon1: float | None, lat2: float | None, lon2: float | None, unit: str | None = "km"
) -> float | None:
    """The great-circle distance in km (also where no unit is given), or in miles."""
    if lat1 is None or lon1 is None or lat2 is None or lon2 is None:
        return None
    if abs(lat1) > 90 or abs(lat2) > 90 or abs(lon1) > 180 or abs(lon2) > 180:
        raise ValueError("valid values for GeoDistance are -90 to 90 degrees of latitude, -180 to +180 of longitude")
    name = (unit or "").strip().lower()
    if name and name not in _RADII:
        raise ValueError(f"GeoDistance function units parameter must be one of {', '.join(_RADII)}")
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * _RADII.get(name, 6371.0) * math.asin(math.sqrt(h))
