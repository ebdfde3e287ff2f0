"""Aggregate functions: a state that records are added to, and taken from again where a table changes."""

from __future__ import annotations

import functools
import itertools
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.java_bytes import order_bytes
from clickstream_embedded.ksqldb.types.java_text import order
from clickstream_embedded.ksqldb.types.sql_types import SqlType


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate over arguments of known types.

    `add` and `undo` take the state and the argument values and give the new state; `undo` is None where ksqlDB
    cannot aggregate a table with it. `merge` joins the states of two windows (sessions, panes).
    """

    type: SqlType
    start: Callable[[], Any]
    add: Callable[..., Any]
    merge: Callable[[Any, Any], Any]
    undo: Callable[..., Any] | None = None
    result: Callable[[Any], Any] | None = None  # None: the state is the result
    arguments: int = 1
    exact: bool = False  # merging two states gives just what adding all records to one does
    total: Callable[[list[Any]], Any] | None = None  # merges many states at once, where there is a faster way
    bulk: Callable[[Any, int], Any] | None = None  # adds that many records at once, where only their number counts

    def merge_all(self, states: list[Any]) -> Any:
        """Joins states in order; there is at least one."""
        return self.total(states) if self.total is not None else functools.reduce(self.merge, states)


Factory = Callable[..., Aggregate]  # types of the arguments, constants, and for some a limit
AGGREGATES: dict[str, tuple[str, Factory]] = {}


def aggregate(name: str, description: str) -> Callable[[Factory], Factory]:
    """Registers a factory: it gets the argument types and the constant arguments, and may raise KsqlError."""

    def register(factory: Factory) -> Factory:
        AGGREGATES[name] = (description, factory)
        return factory

    return register


def does_not_accept(name: str, kinds: list[SqlType]) -> KsqlError:
    """The refusal of arguments that a function has no signature for."""
    return KsqlError(f"Function '{name}' does not accept parameters ({', '.join(map(str, kinds))}).")


@aggregate("COUNT", "Counts records by key.")
def count(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    if not kinds:
        return Aggregate(
            t.BIGINT,
            int,
            lambda s: s + 1,
            lambda a, b: a + b,
            lambda s: s - 1,
            arguments=0,
            exact=True,
            total=sum,
            bulk=lambda s, n: s + n,
        )
    return Aggregate(
        t.BIGINT,
        int,
        lambda s, v: s if v is None else s + 1,
        lambda a, b: a + b,
        lambda s, v: s if v is None else s - 1,
        exact=True,
        total=sum,
    )


_ORDERS: dict[str, Callable[[Any], Any]] = {"STRING": order, "BYTES": order_bytes}  # others are ordered as in Python


def _extreme(pick: Callable[..., Any]) -> Factory:
    def factory(kinds: list[SqlType], _: list[Any]) -> Aggregate:
        chosen = functools.partial(pick, key=key) if (key := _ORDERS.get(kinds[0].name)) else pick

        def add(state: Any, value: Any) -> Any:
            return state if value is None else value if state is None else chosen(state, value)

        return Aggregate(kinds[0], lambda: None, add, add, exact=True)

    return factory


aggregate("MAX", "Computes the maximum value for a key.")(_extreme(max))
aggregate("MIN", "Computes the minimum value for a key.")(_extreme(min))


@aggregate("COUNT_DISTINCT", "Returns the approximate number of unique values for a group.")
def count_distinct(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    def add(state: frozenset[Any], value: Any) -> frozenset[Any]:
        return state if value is None or (key := _hashable(value)) in state else state | {key}

    return Aggregate(t.BIGINT, frozenset, add, lambda a, b: a | b, result=len)


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_hashable(item) for item in value)
    if isinstance(value, dict):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return value


_HISTOGRAM_LIMIT = 1000


@aggregate("COLLECT_LIST", "Gathers all values of a column into an array.")
def collect_list(kinds: list[SqlType], _: list[Any], limit: int = sys.maxsize) -> Aggregate:
    def undo(state: list[Any], value: Any) -> list[Any]:
        place = next((number for number in reversed(range(len(state))) if state[number] == value), None)
        return state if place is None else state[:place] + state[place + 1 :]  # the last one, as in ksqlDB

    return Aggregate(
        t.array(kinds[0]),
        list,
        lambda s, v: s if len(s) >= limit else [*s, v],
        lambda a, b: (a + b)[:limit],
        undo,
    )


@aggregate("COLLECT_SET", "Gathers the distinct values of a column into an array.")
def collect_set(kinds: list[SqlType], _: list[Any], limit: int = sys.maxsize) -> Aggregate:
    def add(state: list[Any], value: Any) -> list[Any]:
        return state if value in state or len(state) >= limit else [*state, value]

    def merge(a: list[Any], b: list[Any]) -> list[Any]:
        return [*a, *(item for item in b if item not in a)][:limit]

    return Aggregate(t.array(kinds[0]), list, add, merge)


_LIMITED = ("COLLECT_LIST", "COLLECT_SET")


def limits(properties: Mapping[str, Any]) -> dict[str, int]:
    """How much each function gathers, by `ksql.functions.<name>.limit`; a negative limit is none. Raises KsqlError."""
    found: dict[str, int] = {}
    for name in _LIMITED:
        written = properties.get(f"ksql.functions.{name.lower()}.limit")
        if written is not None:
            try:
                limit = int(written)
            except (TypeError, ValueError):
                raise KsqlError(
                    f"Invalid value {written} for configuration ksql.functions.{name.lower()}.limit: Not a number"
                ) from None
            found[name] = limit if limit >= 0 else sys.maxsize
    return found


@aggregate("HISTOGRAM", "Counts how often each value appears.")
def histogram(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    if kinds[0].name != "STRING":
        raise does_not_accept("HISTOGRAM", kinds)

    def change(step: int) -> Callable[[dict[str, int], Any], dict[str, int]]:
        def apply(state: dict[str, int], value: Any) -> dict[str, int]:
            if value is None or (value not in state and len(state) >= _HISTOGRAM_LIMIT):
                return state
            changed = {**state, value: state.get(value, 0) + step}
            return {key: number for key, number in changed.items() if number > 0}

        return apply

    def merge(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
        joined = dict(a)
        for key, number in b.items():
            if key in joined or len(joined) < _HISTOGRAM_LIMIT:
                joined[key] = joined.get(key, 0) + number
        return joined

    return Aggregate(t.map_of(t.STRING, t.BIGINT), dict, change(1), merge, change(-1))


_arrivals = itertools.count(time.time_ns())  # higher than in any run before: states outlive the process


def _by_offset(*, earliest: bool) -> Factory:
    def factory(kinds: list[SqlType], constants: list[Any]) -> Aggregate:
        amount = next((c for c in constants if isinstance(c, int) and not isinstance(c, bool)), None)
        ignore_nulls = next((c for c in constants if isinstance(c, bool)), True)
        if amount is not None and amount < 1:
            raise KsqlError(f"{'earliestN' if earliest else 'latestN'} must be 1 or greater")

        if amount is None:
            # the state: nothing, or the value and when it came, by which merged sessions are told apart
            def add(state: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
                if value is None and ignore_nulls:
                    return state
                return state if earliest and state else (value, next(_arrivals))

            def merge(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
                if not a or not b:
                    return a or b
                return a if (a[1:] < b[1:]) is earliest else b

            return Aggregate(kinds[0], tuple, add, merge, result=lambda s: s[0] if s else None)

        def add_n(state: list[Any], value: Any) -> list[Any]:
            if value is None and ignore_nulls:
                return state
            if earliest:
                return state if len(state) >= amount else [*state, value]
            return [*state, value][-amount:]

        def merge_n(a: list[Any], b: list[Any]) -> list[Any]:
            return (a + b)[:amount]  # the real server merges the latest as it does the earliest

        return Aggregate(t.array(kinds[0]), list, add_n, merge_n)

    return factory


aggregate("EARLIEST_BY_OFFSET", "Return the oldest value.")(_by_offset(earliest=True))
aggregate("LATEST_BY_OFFSET", "Return the most recent value.")(_by_offset(earliest=False))


def _top(name: str, *, distinct: bool) -> Factory:
    def factory(kinds: list[SqlType], constants: list[Any]) -> Aggregate:
        if not constants or not isinstance(constants[-1], int):
            raise does_not_accept(name, kinds)
        size: int = constants[-1]
        others = kinds[1:]
        kind = kinds[0]
        if others:
            fields = (("sort_col", kind), *((f"col{i}", other) for i, other in enumerate(others)))
            kind = t.struct(fields)

        key = _ORDERS.get(kinds[0].name, lambda value: value)

        def keep(items: list[Any]) -> list[Any]:
            return sorted(items, key=lambda item: key(item["sort_col"] if others else item), reverse=True)[:size]

        def add(state: list[Any], *values: Any) -> list[Any]:
            if values[0] is None:
                return state
            item: Any = values[0]
            if others:
                item = {"sort_col": values[0], **{f"col{i}": v for i, v in enumerate(values[1:])}}
            if distinct and item in state:
                return state
            return keep([*state, item])

        def merge(a: list[Any], b: list[Any]) -> list[Any]:
            extra = [item for item in b if item not in a] if distinct else b
            return keep([*a, *extra])

        return Aggregate(t.array(kind), list, add, merge, arguments=len(kinds))

    return factory


aggregate("TOPK", "Computes the top k values for a column.")(_top("TOPK", distinct=False))
aggregate("TOPKDISTINCT", "Computes the distinct top k values for a column.")(_top("TOPKDISTINCT", distinct=True))


@aggregate("ATTR", "Returns the single value of a group, null where there are several.")
def attribute(kinds: list[SqlType], _: list[Any]) -> Aggregate:
    def change(step: int) -> Callable[[list[Any], Any], list[Any]]:
        def apply(state: list[Any], value: Any) -> list[Any]:
            changed = [(v, n + step) if v == value else (v, n) for v, n in state]
            if not any(v == value for v, _ in state):
                changed.append((value, step))
            return [(v, n) for v, n in changed if n > 0]

        return apply

    def merge(a: list[Any], b: list[Any]) -> list[Any]:
        known = [(v, n + sum(m for w, m in b if w == v)) for v, n in a]
        return known + [(v, n) for v, n in b if all(v != w for w, _ in a)]

    return Aggregate(kinds[0], list, change(1), merge, change(-1), lambda s: s[0][0] if len(s) == 1 else None)
