"""composite: all combinations of some keys, page by page."""

from __future__ import annotations

import functools
from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.aggregations import orders
from clickstream_embedded.search.aggregations.found import Column, Found, Keys, Level, Result, literal
from clickstream_embedded.search.aggregations.histograms import Grid, grid_of
from clickstream_embedded.search.aggregations.options import NO_FIELD
from clickstream_embedded.search.aggregations.terms import Children
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import SearchError, ShardError, content_within, illegal, value_refused
from clickstream_embedded.search.mapping import REAL
from clickstream_embedded.search.queries.arguments import token

_SOURCES = {
    "terms": {"field", "order", "missing_bucket", "script", "value_type"},
    "histogram": {"field", "order", "missing_bucket", "interval", "script", "value_type"},
    "date_histogram": {"field", "order", "missing_bucket", "interval", "fixed_interval", "calendar_interval", "time_zone",
                       "format", "offset", "script", "value_type"},
}  # fmt: skip


_NO_SIZE = ('Cannot invoke "java.lang.Integer.intValue()" because the return value of "org.elasticsearch.search.aggregations.bucket.'
            'composite.CompositeValuesCollectorQueue.top()" is null')  # fmt: skip


def check(sources: Any) -> None:
    """Raises SearchError for a source of a kind that there is not."""
    for named in sources if isinstance(sources, list) else []:
        _, body = _only(named, named)
        kind, _ = _only(body, named)
        if kind not in _SOURCES:
            cause = {"type": "parsing_exception", "reason": f"invalid source type: {kind}", "line": 1, "col": 1}
            raise SearchError(400, "x_content_parse_exception", "[1:1] [composite] failed to parse field [sources]",
                              at=(body, kind), caused_by=cause, root_cause=[cause])  # fmt: skip
    names = [next(iter(named)) for named in sources] if isinstance(sources, list) else []
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise _unbuilt(f"Composite source names must be unique, found duplicates: [{double}]")


class _Source:
    def __init__(self, named: dict[str, Any], found: Found, level: Level) -> None:
        self.name, body = _only(named, named)
        self.kind, spec = _only(body, named)
        if not isinstance(spec, dict):
            raise value_refused(f"[{self.kind}] Expected START_OBJECT but was: {token(spec)}", body, self.kind)
        odd = next((key for key in spec if key not in _SOURCES[self.kind]), None)
        if odd is not None:
            raise content_within("composite", "sources", self.kind, spec, odd)
        if "order" in spec and str(spec["order"]).lower() not in ("asc", "desc"):
            inner = {
                "type": "x_content_parse_exception",
                "reason": f"[1:1] [{self.kind}] failed to parse field [order]",
            }
            why = f"No enum constant org.elasticsearch.search.sort.SortOrder.{str(spec['order']).upper()}"
            cause = {**inner, "caused_by": {"type": "illegal_argument_exception", "reason": why}}
            raise SearchError(400, "x_content_parse_exception", "[1:1] [composite] failed to parse field [sources]",
                              at=(spec, "order"), caused_by=cause, root_cause=[inner])  # fmt: skip
        if "field" not in spec:
            raise ShardError("illegal_state_exception", NO_FIELD, 500)
        self.spec = spec
        self.column: Column = found.column(str(spec["field"]), level)
        self.descending = str(spec.get("order", "asc")).lower() == "desc"
        self.with_missing = spec.get("missing_bucket") in (True, "true")
        self.grid: Grid | None = grid_of(spec) if self.kind == "date_histogram" else None
        self.width = float(spec.get("interval", 1)) if self.kind == "histogram" else 0.0

    def expression(self) -> str:
        if self.grid is not None:
            return self.grid.sql()
        return f"(floor_div({{}}, {self.width!r}) * {self.width!r})" if self.kind == "histogram" else "{}"

    def shown(self, key: Any) -> Any:
        if key is None:
            return None
        if self.grid is not None and self.spec.get("format"):
            return times.shown(int(key), str(self.spec["format"]))  # in UTC, whatever the zone of the buckets
        if self.column.kind == "ip":
            return kinds.ip_shown(key)
        if self.kind == "terms" and self.column.kind == "boolean":
            return bool(key)
        return float(key) if self.column.kind in REAL or self.kind == "histogram" else key

    def read(self, value: Any) -> Any:
        """A value of `after` as a key."""
        if self.grid is not None and self.spec.get("format") and isinstance(value, str):
            return times.parse(value, str(self.spec["format"]))
        if self.column.kind == "ip":
            return kinds.ip_kept(value)
        return int(value) if isinstance(value, bool) else value


def _only(given: Any, around: Any) -> tuple[str, Any]:
    """The one key of an object and its value. Raises SearchError."""
    if isinstance(given, dict) and given:
        return next(iter(given.items()))
    told = ("expecting token of type [FIELD_NAME] but found [END_OBJECT]" if isinstance(given, dict) else
            f"expecting token of type [START_OBJECT] but found [{token(given)}]")  # fmt: skip
    cause = {"type": "parsing_exception", "reason": f"Failed to parse object: {told}", "line": 1, "col": 1}
    at = (
        (given, None)
        if isinstance(given, dict)
        else (around, next(iter(around)))
        if isinstance(around, dict) and around
        else None
    )
    return _refuse(cause, at)


def _refuse(cause: dict[str, Any], at: tuple[Any, Any] | None) -> tuple[str, Any]:
    raise SearchError(400, "x_content_parse_exception", "[1:1] [composite] failed to parse field [sources]", at=at, caused_by=cause,
                      root_cause=[cause])  # fmt: skip


def _sources(found: Found, node: Node, level: Level) -> list[_Source]:
    """What the combinations are of. Raises SearchError."""
    given = node.spec.get("sources")
    if given is None:
        raise illegal("Required [sources]")
    if not given:
        raise _unbuilt("Composite [sources] cannot be null or empty")
    given = given if isinstance(given, list) else [given]
    return [_Source(named, found, level) for named in given]


def _unbuilt(reason: str) -> SearchError:
    cause = {"type": "illegal_argument_exception", "reason": reason}
    told = "Failed to build [composite] after last required field arrived"
    return SearchError(400, "x_content_parse_exception", told, caused_by=cause)


def run(found: Found, node: Node, level: Level, children: Children) -> Result:
    """One page of the combinations. Raises SearchError."""
    sources = _sources(found, node, level)
    names = [source.name for source in sources]
    size = orders.number(node, "size", 10, -(2**31))
    if size < 0:
        raise ShardError("negative_array_size_exception", str(size), 500)
    if not size:
        raise ShardError("null_pointer_exception", _NO_SIZE, 500)
    after = node.spec.get("after")
    inner = level
    keys_sql: list[str] = []
    for source in sources:
        expression = source.expression()
        if source.column.table:
            found.aliases += 1
            alias = f"j{found.aliases}"
            outer = "LEFT JOIN" if source.with_missing else "JOIN"
            inner = inner.joined(f"{outer} (SELECT DISTINCT seq, {expression.replace('{}', 'value')} AS value FROM {source.column.table}) "
                                 f"AS {alias} ON {alias}.seq = {level.row}")  # fmt: skip
            keys_sql.append(f"{alias}.value")
        else:
            if not source.with_missing:
                inner = inner.restricted(f"{source.column.sql} IS NOT NULL")
            keys_sql.append(expression.replace("{}", source.column.sql))
    for key in keys_sql:
        inner = inner.under(key)
    if isinstance(after, dict):
        _check_after(after, names)
        inner = inner.restricted(_after(sources, keys_sql, [source.read(after[source.name]) for source in sources]))
    groups = found.rows(inner.statement("COUNT(*)"), len(level.keys))
    below = children(inner)

    def compare(left: tuple[Any, ...], right: tuple[Any, ...]) -> int:
        for source, a, b in zip(sources, left, right, strict=False):
            if a != b:
                less = a is None or (b is not None and a < b)
                return (-1 if less else 1) * (-1 if source.descending else 1)
        return 0

    def result(keys: Keys) -> dict[str, Any]:
        rows = sorted(groups.get(keys, []), key=functools.cmp_to_key(compare))[:size]
        buckets: list[dict[str, Any]] = []
        for *parts, count in rows:
            key = {source.name: source.shown(part) for source, part in zip(sources, parts, strict=True)}
            bucket = {"key": key, "doc_count": count}
            below((*keys, *parts), bucket)
            buckets.append(bucket)
        found.made(len(buckets))
        return {**({"after_key": buckets[-1]["key"]} if buckets else {}), "buckets": buckets}

    return result


def _check_after(after: dict[str, Any], names: list[str]) -> None:
    missing = next((name for name in names if name not in after), None)
    if missing is not None or len(after) != len(names):
        raise ShardError("illegal_argument_exception", f"[after] has {len(after)} value(s) but [sources] has {len(names)}"
                          if len(after) != len(names) else f"Missing value for [after.{missing}]")  # fmt: skip


def _after(sources: list[_Source], keys: list[str], values: list[Any]) -> str:
    """That a combination comes after that of the last page."""
    condition = "0"
    for source, key, value in reversed([*zip(sources, keys, values, strict=True)]):
        if value is None:
            later = "0" if source.descending else f"{key} IS NOT NULL"
            same = f"{key} IS NULL"
        else:
            later = f"{key} {'<' if source.descending else '>'} {literal(value)}"
            if source.descending and source.with_missing:
                later = f"({later} OR {key} IS NULL)"
            same = f"{key} = {literal(value)}"
        condition = f"({later} OR ({same} AND {condition}))"
    return condition
