"""Aggregate functions of numbers, which overflow and round as the Java of ksqlDB's does."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from clickstream_embedded.ksqldb.functions.aggregates import Aggregate, Factory, aggregate, does_not_accept
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.java_numbers import wrap
from clickstream_embedded.ksqldb.types.sql_types import SqlType

_BITS = {"INTEGER": 32, "BIGINT": 64}
_Moments = tuple[int, Any, float]  # how many, their sum, the sum of the squared distances from their mean


def _operations(kind: SqlType) -> tuple[Any, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """(zero, addition, subtraction) of a type's numbers."""
    bits = _BITS.get(kind.name)
    if bits is not None:
        return 0, lambda a, b: wrap(a + b, bits), lambda a, b: wrap(a - b, bits)
    if kind.name == "DECIMAL":  # `DecimalSumKudaf`: as many digits as the type has, halves up
        digits = Context(prec=kind.precision, rounding=ROUND_HALF_UP)
        return Decimal(0), digits.add, digits.subtract
    return 0.0, lambda a, b: a + b, lambda a, b: a - b


@aggregate("SUM", "Computes the sum for a key.")
def sum_of(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    kind = kinds[0]
    if not kind.is_number:
        raise does_not_accept("SUM", kinds)
    zero, plus, minus = _operations(kind)
    return Aggregate(
        kind,
        lambda: zero,
        lambda s, v: s if v is None else plus(s, v),
        plus,
        lambda s, v: s if v is None else minus(s, v),
        exact=kind.name in _BITS,
    )


@aggregate("SUM_LIST", "Computes the sum of the elements of lists for a key.")
def sum_list(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    kind = kinds[0].element
    if kinds[0].name != "ARRAY" or kind is None or not kind.is_number:
        raise does_not_accept("SUM_LIST", kinds)
    zero, plus, minus = _operations(kind)

    def total(items: list[Any]) -> Any:
        result = zero
        for item in items:
            result = result if item is None else plus(result, item)
        return result

    return Aggregate(
        kind,
        lambda: zero,
        lambda s, v: s if v is None else plus(s, total(v)),
        plus,
        lambda s, v: s if v is None else minus(s, total(v)),
    )


@aggregate("AVG", "Computes the average for a key.")
def average(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    if not kinds[0].is_number:
        raise does_not_accept("AVG", kinds)
    zero, plus, minus = _operations(t.DOUBLE if kinds[0].name == "DECIMAL" else kinds[0])
    cast = float if kinds[0].name == "DECIMAL" else lambda value: value  # AVG has no decimals of its own
    return Aggregate(
        t.DOUBLE,
        lambda: (zero, 0),
        lambda s, v: s if v is None else (plus(s[0], cast(v)), s[1] + 1),
        lambda a, b: (plus(a[0], b[0]), a[1] + b[1]),
        lambda s, v: s if v is None else (minus(s[0], cast(v)), s[1] - 1),
        lambda s: float(s[0]) / s[1] if s[1] else 0.0,
    )


def _deviation(name: str, *, sample: bool) -> Factory:
    """The algorithm of Youngs and Cramer. STDDEV_SAMP, the older one, gives the variance, and halves of windows are
    joined by means that are whole numbers, as its Java has them."""

    def factory(kinds: list[SqlType], _: list[Any]) -> Aggregate:
        if not kinds[0].is_number:
            raise does_not_accept(name, kinds)
        whole = kinds[0].name in _BITS
        zero, plus, minus = _operations(kinds[0] if whole else t.DOUBLE)
        cast = (lambda value: value) if whole else float

        def distance(state: _Moments, value: Any) -> float:
            return float(value * (state[0] + 1) - (state[1] + value))

        def add(state: _Moments, value: Any) -> _Moments:
            if value is None:
                return state
            number, before = cast(value), state[0]
            grown = distance(state, number) ** 2 / ((before + 1) * before) if before else 0.0
            return before + 1, plus(state[1], number), state[2] + grown

        def undo(state: _Moments, value: Any) -> _Moments:
            if value is None:
                return state
            number, after = cast(value), state[0] - 1
            shrunk = distance(state, number) ** 2 / (after * (after + 1)) if after > 0 else 0.0
            return after, minus(state[1], number), state[2] - shrunk

        def mean(state: _Moments) -> float:
            if whole and not sample:
                return float(int(Decimal(state[1]) / state[0]))
            return state[1] / state[0]

        def merge(a: _Moments, b: _Moments) -> _Moments:
            squares = a[2] + b[2]
            if a[0] and b[0]:
                squares += a[0] * b[0] * (mean(a) - mean(b)) ** 2 / (a[0] + b[0])
            return a[0] + b[0], plus(a[1], b[1]), squares

        def result(state: _Moments) -> float:
            if state[0] < 2:
                return 0.0
            variance = state[2] / (state[0] - 1)
            return (math.sqrt(variance) if variance >= 0 else math.nan) if sample else variance

        return Aggregate(t.DOUBLE, lambda: (0, zero, 0.0), add, merge, undo, result)

    return factory


aggregate("STDDEV_SAMP", "Computes the sample variance.")(_deviation("STDDEV_SAMP", sample=False))
aggregate("STDDEV_SAMPLE", "Computes the sample standard deviation.")(_deviation("STDDEV_SAMPLE", sample=True))


@aggregate("CORRELATION", "Computes the correlation of two columns.")
def correlation(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    def change(step: int) -> Callable[..., tuple[float, ...]]:
        def apply(s: tuple[float, ...], x: Any, y: Any) -> tuple[float, ...]:
            if x is None or y is None:
                return s
            a, b = float(x), float(y)
            n, sx, sy, sxx, syy, sxy = s
            return (n + step, sx + step * a, sy + step * b, sxx + step * a * a, syy + step * b * b, sxy + step * a * b)

        return apply

    def result(s: tuple[float, ...]) -> float:
        n, sx, sy, sxx, syy, sxy = s
        above, spread = n * sxy - sx * sy, (n * sxx - sx * sx) * (n * syy - sy * sy)
        if spread > 0:
            return above / math.sqrt(spread)
        return math.copysign(math.inf, above) if spread == 0 and above else math.nan  # as Java divides by zero

    merge = lambda a, b: tuple(x + y for x, y in zip(a, b, strict=True))  # noqa: E731
    return Aggregate(t.DOUBLE, lambda: (0.0,) * 6, change(1), merge, change(-1), result, arguments=2)
