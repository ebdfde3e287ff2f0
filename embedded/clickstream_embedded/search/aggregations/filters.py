"""Buckets by conditions: filter, filters, missing, global, range and date_range."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.aggregations.found import Found, Keys, Level, Result, literal
from clickstream_embedded.search.aggregations.found import bound as moment
from clickstream_embedded.search.aggregations.metrics import decimal
from clickstream_embedded.search.aggregations.terms import Children, Inner
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import Key, SearchError, ShardError, illegal, parsing
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.numbers import java_double
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.queries.base import Query

Numbered = Callable[[Query], int]


def conditions(node: Node, parse: Callable[[Any], Query]) -> list[tuple[str, Query]]:
    """The conditions of an aggregation by the names of their buckets. Raises SearchError."""
    if node.kind == "filter":
        return [("", parse(node.spec))]
    if node.kind not in ("filters", "adjacency_matrix"):
        return []
    given = node.spec.get("filters")
    if isinstance(given, dict):
        names = [*given, None]
        for number, query in enumerate(given.values()):
            if not isinstance(query, dict):  # told at the token behind it
                after = names[number + 1]
                at = None if after is None else Key(after)
                raise parsing("[_na] query malformed, must start with start_object", given, at)
        return [(str(name), parse(query)) for name, query in given.items()]
    if isinstance(given, list):
        return [("", parse(query)) for query in given]
    raise illegal("[filters] cannot be empty.") if given is None else illegal(
        f"Unknown key for a {token(given)} in [{node.name}]: [filters].")  # fmt: skip


def _counted(found: Found, level: Level, children: Children) -> tuple[dict[Keys, Any], Inner]:
    return found.rows(level.statement("COUNT(*)"), len(level.keys)), children(level)


def single(found: Found, node: Node, level: Level, children: Children, numbers: list[int]) -> Result:
    """One bucket: of a filter, of documents without a field, or of all there are."""
    if node.kind == "global":
        inner = Level()
    elif node.kind == "filter":
        inner = level.restricted(f"{level.alias}.c{numbers[0]}")
    else:
        column = found.column(str(node.spec["field"]), level)
        absent = f"{column.sql} IS NULL"
        if column.table:
            absent = f"NOT EXISTS (SELECT 1 FROM {column.table} AS t WHERE t.seq = {level.row})"
        inner = level.restricted("0" if node.spec.get("missing") is not None else absent)
    counts, below = _counted(found, inner, children)

    def result(keys: Keys) -> dict[str, Any]:
        rows = counts.get(keys if node.kind != "global" else ())
        bucket: dict[str, Any] = {"doc_count": rows[0][0] if rows else 0}
        found.made()
        return below(keys if node.kind != "global" else (), bucket)

    return result


def several(found: Found, node: Node, level: Level, children: Children, numbers: list[int], names: list[str]) -> Result:
    """A bucket a filter, and if asked for one of what none of them takes."""
    parts = [(name, level.restricted(f"{level.alias}.c{number}")) for name, number in zip(names, numbers, strict=True)]
    keyed = isinstance(node.spec.get("filters"), dict)
    if node.spec.get("other_bucket") in (True, "true") or "other_bucket_key" in node.spec:
        none = " AND ".join(f"NOT {level.alias}.c{number}" for number in numbers) or "1"
        parts.append((str(node.spec.get("other_bucket_key", "_other_")), level.restricted(none)))
    built = [(name, *_counted(found, inner, children)) for name, inner in parts]

    def result(keys: Keys) -> dict[str, Any]:
        buckets = [
            (name, below(keys, {"doc_count": counts[keys][0][0] if keys in counts else 0}))
            for name, counts, below in built
        ]
        found.made(len(buckets))
        return {"buckets": dict(buckets) if keyed else [bucket for _, bucket in buckets]}

    return result


def adjacency(
    found: Found, node: Node, level: Level, children: Children, numbers: list[int], names: list[str]
) -> Result:
    """A bucket a filter, and one for each two of them that have documents in common."""
    joint = str(node.spec.get("separator", "&"))
    named = sorted(zip(names, numbers, strict=True))
    parts = [(name, level.restricted(f"{level.alias}.c{number}")) for name, number in named]
    for at, (one, first) in enumerate(named):
        for other, second in named[at + 1 :]:
            parts.append(
                (f"{one}{joint}{other}", level.restricted(f"{level.alias}.c{first} AND {level.alias}.c{second}"))
            )
    built = [(name, *_counted(found, inner, children)) for name, inner in sorted(parts, key=lambda each: each[0])]

    def result(keys: Keys) -> dict[str, Any]:
        buckets = [below(keys, {"key": name, "doc_count": counts[keys][0][0]}) for name, counts, below in built
                   if keys in counts and counts[keys][0][0]]  # fmt: skip
        found.made(len(buckets))
        return {"buckets": buckets}

    return result


def ranges(found: Found, node: Node, level: Level, children: Children) -> Result:
    """A bucket a range, from included, to not. Raises SearchError and ShardError."""
    given = node.spec.get("ranges")
    if not given:
        raise ShardError("illegal_argument_exception", f"No [ranges] specified for the [{node.name}] aggregation")
    column = found.column(str(node.spec["field"]), level)
    dated = node.kind == "date_range" or column.is_date
    if column.kind not in ("date", *NUMBERS, "boolean", ""):
        raise ShardError(
            "illegal_argument_exception", f"Expected numeric type on field [{column.name}], but got [{column.kind}]"
        )
    form = str(node.spec.get("format") or column.format or times.DEFAULT_FORMAT)
    now = found.contexts[0][0].now if found.contexts else 0
    where = times.zone(node.spec.get("time_zone"))
    spans = _spans(node, given, dated, form, now, where)
    built = [(head, *_within(found, node, level, children, low, high)) for head, low, high in spans]

    return of_ranges(found, node, built)


def of_ranges(found: Found, node: Node, built: list[tuple[dict[str, Any], dict[Keys, Any], Inner]]) -> Result:
    """Buckets of (head, counts by keys, what is below); by their keys where the node asks for that."""

    def result(keys: Keys) -> dict[str, Any]:
        buckets = [
            below(keys, {**head, "doc_count": counts[keys][0][0] if keys in counts else 0})
            for head, counts, below in built
        ]
        found.made(len(buckets))
        if node.spec.get("keyed") in (True, "true"):
            return {"buckets": {bucket.pop("key"): bucket for bucket in buckets}}
        return {"buckets": buckets}

    return result


Span = tuple[dict[str, Any], float | None, float | None]  # the bucket's head, from, to


def _spans(node: Node, given: list[Any], dated: bool, form: str, now: int, where: datetime.tzinfo) -> list[Span]:
    """The ranges of a request, in order. Raises SearchError and ShardError."""

    def bound(value: Any) -> float | None:
        if value is None:
            return None
        if not dated:
            try:
                return float(value)
            except (TypeError, ValueError):
                raise ShardError("number_format_exception", f'For input string: "{value}"') from None
        return float(moment(int(value) if isinstance(value, float) else value, form, now, where))

    def text(value: float) -> str:
        return times.shown(int(value), form, where) if dated else (
            decimal(value, str(node.spec["format"])) if node.spec.get("format") else java_double(value))  # fmt: skip

    known = {"from", "to", "key", "from_as_string", "to_as_string"}
    spans: list[Span] = []
    for each in [given] if isinstance(given, dict) else given:
        if not isinstance(each, dict):
            raise parsing(f"Unexpected token {token(each)} in [ranges]")
        odd = next((key for key in each if key not in known), None)
        if odd is not None:
            cause = {
                "type": "parsing_exception",
                "reason": f"Failed to parse object: unknown field [{odd}] found",
                "line": 1,
                "col": 1,
            }
            raise SearchError(400, "x_content_parse_exception", f"[1:1] [{node.kind}] failed to parse field [ranges]", at=(each, odd),
                              caused_by=cause, root_cause=[cause])  # fmt: skip
        low, high = bound(each.get("from")), bound(each.get("to"))
        key = each.get("key") or f"{'*' if low is None else text(low)}-{'*' if high is None else text(high)}"
        head: dict[str, Any] = {"key": str(key)}
        for name, value in (("from", low), ("to", high)):
            if value is not None:
                head[name] = value
                if dated or node.spec.get("format"):
                    head[f"{name}_as_string"] = text(value)
        spans.append((head, low, high))
    spans.sort(
        key=lambda span: (float("-inf") if span[1] is None else span[1], float("inf") if span[2] is None else span[2])
    )
    return spans


def _within(
    found: Found, node: Node, level: Level, children: Children, low: float | None, high: float | None
) -> tuple[dict[Keys, Any], Inner]:
    tests = [f"{{}} {sign} {literal(value)}" for sign, value in ((">=", low), ("<", high)) if value is not None]
    condition = " AND ".join(tests) or "{} IS NOT NULL"
    column = found.column(str(node.spec["field"]), level)
    if column.table:  # a document counts once, also where two of its values are in the range
        inner = level.restricted(
            f"EXISTS (SELECT 1 FROM {column.table} AS t WHERE t.seq = {level.row} AND {condition.replace('{}', 't.value')})"
        )
    else:
        inner, value, _ = found.values(node, level)
        inner = inner.restricted(condition.replace("{}", value))
    return _counted(found, inner, children)
