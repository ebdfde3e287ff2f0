"""What a panel shows: its queries as Elasticsearch requests, and the answers as series or tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clickstream_pipeline.charts import Series
from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient
from clickstream_pipeline.dashboards.model import Bucket, Metric, Panel, Target, duration
from clickstream_pipeline.errors import Refused

_POINTS = 120  # buckets of time at most, where the panel leaves the interval to us
_NICE = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
MAX_SERIES = 20


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a panel shows: one of `series`, `table` and `value`. `note` says what was left out."""

    series: tuple[Series, ...] = ()
    table: Table | None = None
    value: float | None = None
    note: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.series and self.value is None and (self.table is None or not self.table.rows)


def interval(bucket: Bucket, seconds: float) -> int:
    """The length of a bucket of time, in seconds: as the panel says, else a round one that gives a good many points."""
    if bucket.interval not in ("auto", ""):
        return max(int(duration(bucket.interval.lstrip(">"), 10.0)), 1)
    return next((nice for nice in _NICE if seconds / nice <= _POINTS), _NICE[-1])


def request(target: Target, start: int, end: int, major: int) -> dict[str, Any]:
    """The body of `_search` for the time from `start` to `end` (ms), in the form of that major version."""
    ranged = {"range": {target.time_field: {"gte": start, "lte": end, "format": "epoch_millis"}}}
    words = {"query_string": {"analyze_wildcard": True, "query": target.query}}
    body: dict[str, Any] = {"size": 0, "query": {"bool": {"filter": [ranged, words]}}}
    inner: dict[str, Any] = {
        f"m{number}": {metric.kind: {"field": metric.field}}
        for number, metric in enumerate(target.metrics)
        if metric.kind != "count"
    }
    for number, bucket in reversed([*enumerate(target.buckets)]):
        shape: dict[str, Any]
        if bucket.kind == "terms":
            by = {"_term": "_key", "metric": "m0"}.get(bucket.order_by, bucket.order_by)
            shape = {
                "terms": {"field": bucket.field, "size": bucket.size, "order": {by: bucket.order}, "min_doc_count": 1}
            }
        else:
            length = f"{interval(bucket, (end - start) / 1000)}s"
            shape = {"date_histogram": {
                "field": bucket.field or target.time_field, ("fixed_interval" if major >= 7 else "interval"): length,
                "min_doc_count": 0, "extended_bounds": {"min": start, "max": end}, "format": "epoch_millis",
            }}  # fmt: skip
        inner = {f"b{number}": {**shape, **({"aggs": inner} if inner else {})}}
    return {**body, "aggs": inner} if inner else body


def _walk(target: Target, found: dict[str, Any], depth: int = 0) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """(keys of the buckets, innermost bucket) of an answer's aggregations."""
    if depth == len(target.buckets):
        yield (), found
        return
    for bucket in (found.get(f"b{depth}") or {}).get("buckets", ()):
        for keys, inner in _walk(target, bucket, depth + 1):
            yield (bucket["key"], *keys), inner


def _value(metric: Metric, number: int, bucket: dict[str, Any]) -> float | None:
    if metric.kind == "count":
        return bucket.get("doc_count")
    return (bucket.get(f"m{number}") or {}).get("value")


def _name(target: Target, fields: dict[str, Any], metric: Metric) -> str:
    """A series' name: the alias with its places filled, else the terms, else the metric."""
    if target.alias:
        known = {**{f"term {field}": str(value) for field, value in fields.items()}, "metric": metric.label,
                 "field": metric.field}  # fmt: skip
        return re.sub(r"\{\{\s*(.+?)\s*\}\}", lambda found: known.get(found[1], found[0]), target.alias)
    shown = " ".join(str(value) for value in fields.values())
    return shown if shown and len(target.metrics) == 1 else f"{shown} {metric.label}".strip()


def series(target: Target, answer: dict[str, Any]) -> tuple[Series, ...]:
    """One line for each combination of terms and metric, over the innermost buckets of time; gaps are left out."""
    fields = [bucket.field for bucket in target.buckets[:-1]]
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for keys, bucket in _walk(target, answer.get("aggregations") or {}):
        named = dict(zip(fields, keys[:-1], strict=True))
        for number, metric in enumerate(target.metrics):
            value = _value(metric, number, bucket)
            if value is None:
                continue
            times, values = lines.setdefault(_name(target, named, metric), ([], []))
            times.append(keys[-1] / 1000)
            values.append(float(value))
    return tuple(Series(name, tuple(times), tuple(values)) for name, (times, values) in lines.items())


def table(target: Target, answer: dict[str, Any]) -> Table:
    """A row for each innermost bucket: its keys, then the metrics."""
    columns = (*(bucket.field for bucket in target.buckets), *(metric.label for metric in target.metrics))
    rows = [
        (*keys, *(_value(metric, number, bucket) for number, metric in enumerate(target.metrics)))
        for keys, bucket in _walk(target, answer.get("aggregations") or {})
    ]
    return Table(columns, tuple(row for row in rows if any(cell is not None for cell in row[len(target.buckets) :])))


def reduced(panel: Panel, lines: tuple[Series, ...]) -> float | None:
    """The one value of a stat panel, None where there is none."""
    values = [value for line in lines for value in line.values]
    if not values:
        return None
    how = {"last": lambda: values[-1], "mean": lambda: sum(values) / len(values), "max": lambda: max(values),
           "min": lambda: min(values), "sum": lambda: sum(values)}  # fmt: skip
    return how[panel.reduce]()


async def fetch(client: ElasticsearchClient, panel: Panel, start: int, end: int, major: int) -> Content:
    """What the panel shows of the time from `start` to `end` (ms). Raises PipelineError."""
    lines: list[Series] = []
    rows: Table | None = None
    for target in panel.targets:
        try:
            answer = await client.search(target.index, request(target, start, end, major))
        except Refused as refused:
            if refused.status != 404:
                raise
            continue  # the sink has written nothing yet
        is_timed = bool(target.buckets) and target.buckets[-1].kind == "date_histogram"
        if panel.kind == "table" or not is_timed:
            found = table(target, answer)
            rows = (
                found if rows is None or rows.columns != found.columns else Table(rows.columns, rows.rows + found.rows)
            )
        else:
            lines += series(target, answer)
    if panel.kind == "stat":
        shown = tuple(lines) or _as_series(rows)
        return Content(value=reduced(panel, shown))
    note = f"{len(lines) - MAX_SERIES} more lines are not drawn" if len(lines) > MAX_SERIES else ""
    return Content(tuple(lines[:MAX_SERIES]), rows if not lines else None, note=note)


def _as_series(rows: Table | None) -> tuple[Series, ...]:
    if rows is None or not rows.rows:
        return ()
    values = tuple(float(row[-1]) for row in rows.rows if row[-1] is not None)
    return (Series(rows.columns[-1], tuple(float(n) for n in range(len(values))), values),)
