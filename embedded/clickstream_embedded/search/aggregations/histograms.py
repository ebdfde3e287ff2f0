"""Buckets of equal width: histogram, date_histogram and auto_date_histogram."""

from __future__ import annotations

import datetime
import functools
import json
import math
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search import durations, times
from clickstream_embedded.search.aggregations import orders
from clickstream_embedded.search.aggregations.found import Found, Keys, Level, Result, bound
from clickstream_embedded.search.aggregations.metrics import decimal
from clickstream_embedded.search.aggregations.terms import Children
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import ShardError, content_within, field_failed
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.numbers import java_double

# what an automatic histogram rounds by: unit, its milliseconds, and how many of it a bucket may hold
_AUTO = (("second", 1000, (1, 5, 10, 30)), ("minute", 60_000, (1, 5, 10, 30)), ("hour", 3_600_000, (1, 3, 12)),
         ("day", 86_400_000, (1, 7)), ("month", 30 * 86_400_000, (1, 3)), ("year", 365 * 86_400_000, (1, 5, 10, 20, 50, 100)))  # fmt: skip
_LETTERS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "month": "M", "year": "y"}


class Grid:
    """Where buckets begin: of `width` from `offset`, or by the calendar of a zone; `months`: of so many from `offset` on."""

    def __init__(
        self, interval: times.Interval, offset: int, where: datetime.tzinfo, zone: str, months: int = 0
    ) -> None:
        self.interval, self.offset, self.where, self._zone, self._months = interval, offset, where, zone, months

    def floor(self, millis: int) -> int:
        if self._months:
            return self._month(millis, 0)
        millis -= self.offset
        if self.interval.unit:
            return times.floor(millis, self.interval.unit, self.where) + self.offset
        shift = self._shift(millis)
        start = (millis + shift) // self.interval.millis * self.interval.millis
        return self._instant(start, millis) + self.offset

    def _month(self, millis: int, further: int) -> int:
        """The start of the bucket of months that a moment is in, or of one `further` on."""
        first, at = (times.to_moment(each, self.where) for each in (self.offset, millis))
        begin = first.year * 12 + first.month - 1
        number = ((at.year * 12 + at.month - 1 - begin) // self._months + further) * self._months + begin
        return times.to_millis(datetime.datetime(number // 12, number % 12 + 1, 1, tzinfo=self.where))

    def _instant(self, local: int, before: int) -> int:
        """The moment of a local time, in milliseconds; of two of the same name the later one that is not after `before`."""
        if self.where is times.UTC:
            return local
        naive = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=local)
        both = [times.to_millis(naive.replace(tzinfo=self.where, fold=fold)) for fold in (0, 1)]
        return max((each for each in both if each <= before), default=min(both))

    def _shift(self, millis: int) -> int:
        if self.where is times.UTC:
            return 0
        at = times.to_moment(millis, self.where)
        return round((at.utcoffset() or datetime.timedelta()).total_seconds() * 1000)

    def following(self, start: int) -> int:
        if self._months:
            return self._month(start, 1)
        if self.interval.unit:
            return times.following(start - self.offset, self.interval.unit, self.where) + self.offset
        if self.where is times.UTC:
            return start + self.interval.millis
        at = start - self.offset
        local = at + self._shift(at) + self.interval.millis
        return max(self._instant(local, local + 86_400_000) + self.offset, start + 1)

    def sql(self) -> str:
        """The start of the bucket of a value `{}`."""
        if not self.interval.unit and self.where is times.UTC and not self._months:
            width = self.interval.millis
            return f"({{}} - (((({{}} - {self.offset}) % {width}) + {width}) % {width}))"
        name = json.dumps([self.interval.unit, self.interval.millis, self.offset, self._zone, self._months]).replace(
            "'", ""
        )
        return f"date_floor({{}}, '{name}')"


@functools.lru_cache(64)
def _grid(spec: str) -> Grid:
    """What `Grid.sql` wrote."""
    unit, width, offset, zone, months = json.loads(spec)
    return Grid(times.Interval(width, unit), offset, times.zone(zone), zone, months)


def date_floor(millis: int | None, spec: str) -> int | None:
    """The start of the bucket that the moment is in. A function of the database."""
    return None if millis is None else _grid(spec).floor(int(millis))


def grid_of(spec: dict[str, Any], kind: str = "date_histogram") -> Grid:
    """Raises SearchError and ShardError for an interval or a zone that is none."""
    given = [key for key in spec if key in ("interval", "fixed_interval", "calendar_interval")]
    if len(given) > 1:
        first, last = given[0], given[1]
        told = ("Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options." if last == "interval" else
                f"Cannot use [{last}] with [{first}] configuration option.")  # fmt: skip
        raise field_failed(kind, spec, last, "illegal_argument_exception", told)
    if not given:
        raise ShardError("illegal_argument_exception", "Invalid interval specified, must be non-null and non-empty")
    written, zone = spec[given[0]], str(spec.get("time_zone") or "UTC")
    try:
        if given[0] == "interval" and isinstance(written, int):
            found = times.Interval(written)
        else:
            found = times.interval(
                str(written), calendars=given[0] != "fixed_interval", fixed=given[0] != "calendar_interval"
            )
    except times.DateError as error:
        if str(error).startswith("Zero or negative"):
            raise ShardError("illegal_argument_exception", str(error)) from None
        if given[0] == "interval":  # of the old kind: only the shard reads it
            raise ShardError("illegal_argument_exception", f"Unable to parse interval [{written}]") from None
        more = {} if error.cause is None else {"caused_by": error.cause}
        raise field_failed(kind, spec, given[0], "illegal_argument_exception", str(error), **more) from None
    try:
        where = times.zone(zone)
    except times.DateError as error:
        raise field_failed(kind, spec, "time_zone", "zone_rules_exception", str(error)) from None
    return Grid(found, _offset(spec.get("offset", 0)), where, zone)


OFFSET = "DateHistogramAggregationBuilder.parseOffset"  # what the server calls the setting


def _offset(written: Any) -> int:
    if isinstance(written, int):
        return written
    text = str(written)
    sign = -1 if text.startswith("-") else 1
    return sign * int(durations.millis(text.removeprefix("-" if sign < 0 else "+"), OFFSET))


def _bounds(node: Node, read: Callable[[Any, bool], Any]) -> tuple[Any, Any]:
    given = node.spec.get("extended_bounds")
    if given is None:
        return None, None
    for key in given:
        if key not in ("min", "max"):
            raise content_within(node.kind, "extended_bounds", "extended_bounds", given, key, whole=True)
    low = read(given["min"], False) if given.get("min") is not None else None
    high = read(given["max"], True) if given.get("max") is not None else None
    if low is not None and high is not None and low > high:
        raise ShardError("illegal_argument_exception",
                         f"[extended_bounds.min][{low}] cannot be greater than [extended_bounds.max][{high}] for histogram aggregation [{node.name}]")  # fmt: skip
    return low, high


def dates(found: Found, node: Node, level: Level, children: Children, grid: Grid | None = None) -> Result:
    """Buckets of time. Raises SearchError and ShardError."""
    grid = grid_of(node.spec) if grid is None else grid
    least = orders.number(node, "min_doc_count", 0)
    order = orders.entries(node.spec.get("order", {"_key": "asc"}), node.kind)
    orders.check(node, order)
    floored = grid.sql().replace("{}", "CAST({} AS INTEGER)")  # of a decimal, its whole part
    inner, value, column = found.values(node, level, once=floored)
    if column.kind not in ("date", *NUMBERS, "boolean", ""):
        raise ShardError(
            "illegal_argument_exception", f"Expected numeric type on field [{column.name}], but got [{column.kind}]"
        )
    form = str(node.spec.get("format") or column.format or times.DEFAULT_FORMAT)
    try:
        times.check_format(form if column.is_date else times.DEFAULT_FORMAT)
    except times.DateError as error:
        inner = {"type": "illegal_argument_exception", "reason": str(error).partition("]: ")[2]}
        raise ShardError("illegal_argument_exception", str(error), caused_by=inner) from None
    now = found.contexts[0][0].now if found.contexts else 0

    def read(given: Any, up: bool) -> int:
        return bound(given, form, now, grid.where)

    low, high = _bounds(node, read)
    edges = [grid.floor(each + grid.offset) for each in (low, high) if each is not None]

    def shown(key: Any) -> dict[str, Any]:
        if not column.is_date and not node.spec.get("time_zone"):
            written = node.spec.get("format")
            return {**({"key_as_string": decimal(key, str(written))} if written and column.kind else {}), "key": key}
        return {"key_as_string": times.shown(key, form, grid.where), "key": key}

    return _filled(found, node, level, inner.under(value), children, _Shape(least, order, edges, grid.following, shown))


def numbers(found: Found, node: Node, level: Level, children: Children) -> Result:
    """Buckets of numbers. Raises SearchError and ShardError."""
    spec = node.spec
    try:
        width, offset = float(spec.get("interval", 0)), float(spec.get("offset", 0))
    except (TypeError, ValueError):
        told = f'For input string: "{spec.get("interval")}"'
        raise field_failed("histogram", spec, "interval", "number_format_exception", told) from None
    if not width > 0 or math.isinf(width):
        told = f"[interval] must be >0 for histogram aggregation [{node.name}]"
        if "interval" not in spec:
            raise ShardError("illegal_argument_exception", "interval must be positive, got: 0.0")
        raise field_failed("histogram", spec, "interval", "illegal_argument_exception", told)
    least = orders.number(node, "min_doc_count", 0)
    order = orders.entries(spec.get("order", {"_key": "asc"}), node.kind)
    orders.check(node, order)
    column = found.column(str(spec["field"]), level)
    if column.kind not in ("date", *NUMBERS, "boolean", ""):
        raise ShardError(
            "illegal_argument_exception", f"Expected numeric type on field [{column.name}], but got [{column.kind}]"
        )
    # as the server rounds: floor((value - offset) / interval), and the key from it; kept as a whole number between
    inner, value, column = found.values(node, level, once=f"floor_div({{}} - {offset!r}, {width!r})")
    low, high = _bounds(node, lambda given, _: float(given))
    edges = [math.floor((each - offset) / width) for each in (low, high) if each is not None]

    def shown(place: Any) -> dict[str, Any]:
        key = place * width + offset
        if column.is_date:
            return {"key_as_string": times.shown(int(key), spec.get("format") or column.format), "key": key}
        if column.kind == "boolean":
            return {"key_as_string": "true" if key else "false", "key": key}
        return {**({"key_as_string": decimal(key, str(spec["format"]))} if spec.get("format") else {}), "key": key}

    return _filled(
        found, node, level, inner.under(value), children, _Shape(least, order, edges, lambda place: place + 1, shown)
    )


class _Shape:
    def __init__(
        self, least: int, order: list[tuple[str, bool]], edges: list[Any], following: Callable[[Any], Any],
        shown: Callable[[Any], dict[str, Any]],
    ) -> None:  # fmt: skip
        self.least, self.order, self.edges, self.following, self.shown = least, order, edges, following, shown


def _filled(found: Found, node: Node, level: Level, under: Level, children: Children, shape: _Shape) -> Result:
    """The buckets of each group, the empty ones between them too where `min_doc_count` is 0."""
    groups = found.rows(under.statement("COUNT(*)"), len(level.keys))
    below = children(under)

    def result(keys: Keys) -> dict[str, Any]:
        counts = {row[0]: row[1] for row in groups.get(keys, [])}
        places = sorted(counts)
        if shape.least == 0 and (counts or shape.edges):
            ends = [*counts, *shape.edges]
            places, at, last = [], min(ends), max(ends)
            while at <= last:
                places.append(at)
                if len(places) > found.most:
                    found.made(len(places))
                at = shape.following(at)
        buckets: list[dict[str, Any]] = []
        for place in places:
            if counts.get(place, 0) >= shape.least:
                bucket = {**shape.shown(place), "doc_count": counts.get(place, 0)}
                below((*keys, place), bucket)
                buckets.append(bucket)
        found.made(len(buckets))
        if shape.order != [("_key", False)]:
            orders.sort(buckets, shape.order)
        return {"buckets": named(buckets) if node.spec.get("keyed") in (True, "true") else buckets}

    return result


def named(buckets: list[dict[str, Any]]) -> dict[str, Any]:
    """Buckets by their keys."""
    return {str(each.get("key_as_string", java_double(each["key"]) if isinstance(each["key"], float) else each["key"])): each
            for each in buckets}  # fmt: skip


def automatic(found: Found, node: Node, level: Level, children: Children) -> Result:
    """Buckets of a round width, so that there are no more than asked for."""
    wanted = orders.number(node, "buckets", 10, 1)
    inner, value, _ = found.values(node, level)
    row = found.database.row(Level(inner.joins, inner.where).statement(f"MIN({value}), MAX({value})"))
    low, high = (row[0], row[1]) if row else (None, None)
    zone = str(node.spec.get("time_zone") or "UTC")
    unit, many, start = ("second", 1, 0)
    if low is not None and high is not None:
        unit, many, start = _width(
            int(low), int(high), wanted, zone, str(node.spec.get("minimum_interval") or "second")
        )
    letter = _LETTERS[unit]
    millis = next(each[1] for each in _AUTO if each[0] == unit) * many
    spec = {key: each for key, each in node.spec.items() if key not in ("buckets", "minimum_interval")}
    grid = None
    if many == 1:
        spec["calendar_interval"] = f"1{letter}"
    elif unit in ("month", "year"):
        months = many * (12 if unit == "year" else 1)
        grid = Grid(times.Interval(millis), start, times.zone(zone), zone, months)
    else:
        spec |= {"fixed_interval": f"{millis}ms", "offset": (start + _shifted(start, zone)) % millis}
    made = dates(
        found, Node(node.name, "date_histogram", spec, node.children, node.pipelines, node.meta), level, children, grid
    )
    return lambda keys: {**made(keys), "interval": f"{many}{letter}"}


def _shifted(millis: int, zone: str) -> int:
    """How far a zone is from UTC at a moment, in milliseconds."""
    at = times.to_moment(millis, times.zone(zone))
    return round((at.utcoffset() or datetime.timedelta()).total_seconds() * 1000)


def _width(low: int, high: int, wanted: int, zone: str, smallest: str) -> tuple[str, int, int]:
    """(unit, how many of it, the first bucket's start): buckets begin with the first unit that has a document."""
    where = times.zone(zone)
    first = next((at for at, each in enumerate(_AUTO) if each[0] == smallest), 0)
    for unit, millis, steps in _AUTO[first:]:
        start = times.floor(low, unit, where)
        units = (times.floor(high, unit, where) - start) // millis + 1
        for many in steps:
            if -(-units // many) <= wanted:
                return unit, many, start
    return "year", 100, times.floor(low, "year", where)
