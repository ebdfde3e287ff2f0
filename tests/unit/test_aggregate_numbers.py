"""Aggregates of numbers and orders: overflow, rounding, undo and joins as the Java of ksqlDB's functions has them."""

from __future__ import annotations

import functools
import math
from decimal import Decimal
from typing import Any

import pytest

from clickstream_embedded.ksqldb import functions
from clickstream_embedded.ksqldb.functions.aggregates import AGGREGATES, Aggregate
from clickstream_embedded.ksqldb.types import sql_types as t

assert functions.maths  # the registry is filled by the import


def made(name: str, *kinds: t.SqlType, constants: tuple[Any, ...] = ()) -> Aggregate:
    return AGGREGATES[name][1](list(kinds), list(constants))


def result(function: Aggregate, state: Any) -> Any:
    return state if function.result is None else function.result(state)


def over(function: Aggregate, rows: list[Any]) -> Any:
    state = functools.reduce(
        lambda s, row: function.add(s, *(row if isinstance(row, tuple) else (row,))), rows, function.start()
    )
    return result(function, state)


@pytest.mark.parametrize(
    ("name", "kind", "rows", "wanted"),
    [
        ("SUM", t.INTEGER, [2147483647, 1], -2147483648),
        ("SUM", t.BIGINT, [9223372036854775807, None, 2], -9223372036854775807),
        ("SUM", t.decimal(4, 2), [Decimal("99.99"), Decimal("0.02")], Decimal("100.0")),
        ("SUM", t.decimal(4, 2), [None], Decimal(0)),
        ("SUM_LIST", t.array(t.INTEGER), [[2147483647, None], None, [1]], -2147483648),
        ("AVG", t.INTEGER, [2147483647, 2147483647], -1.0),
        ("AVG", t.DOUBLE, [1.0, None, 2.0], 1.5),
        ("AVG", t.BIGINT, [None], 0.0),
        ("STDDEV_SAMP", t.INTEGER, [1, 2, 4], 7 / 3),
        ("STDDEV_SAMPLE", t.INTEGER, [1, 2, 4], math.sqrt(7 / 3)),
        ("STDDEV_SAMP", t.DOUBLE, [5.0], 0.0),
        ("MAX", t.BYTES, [b"\x01", b"\xff"], b"\x01"),
        ("MIN", t.BYTES, [b"\x01", b"\xff"], b"\xff"),
        ("MAX", t.STRING, ["\uffff", "\U0001f600"], "\uffff"),
    ],
)
def test_a_column_comes_to(name: str, kind: t.SqlType, rows: list[Any], wanted: Any) -> None:
    found = over(made(name, kind), rows)
    assert found == pytest.approx(wanted) if isinstance(wanted, float) else found == wanted
    if isinstance(wanted, Decimal):
        assert found.as_tuple() == wanted.as_tuple()  # the scale, too


def test_correlation_divides_by_zero_as_java_does() -> None:
    function = made("CORRELATION", t.DOUBLE, t.DOUBLE)
    assert math.isnan(over(function, [(1.0, 2.0)]))
    assert over(function, [(1.0, 2.0), (2.0, 4.0), (None, 1.0)]) == pytest.approx(1.0)


def test_undo_takes_back_what_add_did() -> None:
    for name in ("STDDEV_SAMP", "STDDEV_SAMPLE", "AVG", "SUM"):
        function = made(name, t.INTEGER)
        assert function.undo is not None
        state = functools.reduce(function.add, [3, 5], function.start())
        assert result(function, function.undo(state, 5)) == pytest.approx(over(function, [3]))


def test_means_of_halves_are_whole_numbers_in_the_older_function() -> None:
    for name, wanted in (("STDDEV_SAMP", 3.25), ("STDDEV_SAMPLE", math.sqrt(7 / 3))):
        function = made(name, t.INTEGER)
        halves = [functools.reduce(function.add, rows, function.start()) for rows in ([1, 2], [4])]
        merged = function.merge(*halves)
        # 0.5 of the first half; then 2 * 1 * (mean of it, cut to 1 in the older one, less 4) squared / 3
        assert result(function, merged) == pytest.approx(wanted)


def test_a_list_loses_the_last_of_equal_values() -> None:
    function = made("COLLECT_LIST", t.INTEGER)
    assert function.undo is not None
    assert function.undo([1, 2, 1, 3], 1) == [1, 2, 3]
    assert function.undo([1, 2], 9) == [1, 2]
    assert len(over(function, [7] * 1500)) == 1500  # no limit unless one is set
    assert made("TOPK", t.BYTES, constants=(2,)).merge([b"\x01"], [b"\xff"]) == [b"\x01", b"\xff"]


@pytest.mark.parametrize(("name", "wanted"), [("EARLIEST_BY_OFFSET", "first"), ("LATEST_BY_OFFSET", "second")])
def test_sessions_that_merge_are_told_apart_by_when_their_values_came(name: str, wanted: str) -> None:
    function = made(name, t.STRING)
    later_window = function.add(function.start(), "first")
    earlier_window = function.add(function.start(), "second")
    merged = functools.reduce(function.merge, [function.start(), earlier_window, later_window])

    assert result(function, merged) == wanted
    assert result(function, function.merge(("kept before arrivals",), function.start())) == "kept before arrivals"


def test_lists_of_the_latest_merge_as_those_of_the_earliest_do() -> None:
    function = made("LATEST_BY_OFFSET", t.INTEGER, constants=(2,))

    assert function.merge([1, 2], [3, 4]) == [1, 2]
    assert function.add([1, 2], 5) == [2, 5]
