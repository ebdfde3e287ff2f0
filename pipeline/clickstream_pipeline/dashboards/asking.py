"""A target as a request to Elasticsearch, and the answer as rows of keys and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from clickstream_pipeline.dashboards.model import duration
from clickstream_pipeline.dashboards.targets import PIPELINES, Bucket, Metric, Target
from clickstream_pipeline.dashboards.variables import Values, filled

_POINTS = 120  # buckets of time at most, where the panel leaves the interval to us
_NICE = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)


def interval(bucket: Bucket, seconds: float) -> int:
    """The length of a bucket of time, in seconds: as the panel says, else a round one that gives a good many points."""
    if bucket.interval not in ("auto", "", "$__interval", "${__interval}", "$__auto"):
        return max(int(duration(bucket.interval.lstrip(">"), 10.0)), 1)
    return next((nice for nice in _NICE if seconds / nice <= _POINTS), _NICE[-1])


def name_of(number: str) -> str:
    """The name of a metric's aggregation."""
    return f"m{number}"


def request(target: Target, start: int, end: int, major: int, values: Values | None = None) -> dict[str, Any]:
    """The body of `_search` for the time from `start` to `end` (ms), in the form of that major version."""
    given = {**(values or {}), "__from": (str(start),), "__to": (str(end),)}
    ranged = {"range": {target.time_field: {"gte": start, "lte": end, "format": "epoch_millis"}}}
    words = {"query_string": {"analyze_wildcard": True, "query": filled(target.query, given)}}
    body: dict[str, Any] = {"size": 0, "query": {"bool": {"filter": [ranged, words]}}}
    if target.documents:
        order = {target.time_field: {"order": "desc", "unmapped_type": "date"}}
        return {**body, "size": target.documents, "sort": [order]}
    inner = {
        name_of(metric.number): _aggregation(metric, target) for metric in target.metrics if metric.kind != "count"
    }
    for number, bucket in reversed([*enumerate(target.buckets)]):
        if bucket.kind == "terms":
            inner = {**_ordering(bucket, target), **inner}
        shape = _shape(bucket, target, (start, end), major, given)
        inner = {f"b{number}": {**shape, **({"aggs": inner} if inner else {})}}
    return {**body, "aggs": inner} if inner else body


def _aggregation(metric: Metric, target: Target) -> dict[str, Any]:
    if metric.kind in PIPELINES:
        source = next((each for each in target.metrics if each.number == metric.of), None)
        path = "_count" if source is None or source.kind == "count" else name_of(metric.of)
        return {metric.kind: {"buckets_path": path, **dict(metric.options)}}
    if metric.kind == "percentiles":
        return {"percentiles": {"field": metric.field, "percents": [float(each) for each in metric.percents]}}
    return {metric.kind: {"field": metric.field}}


def _order(bucket: Bucket, target: Target) -> str:
    """What a bucket's terms are ordered by, as the request says it."""
    found = re.fullmatch(r"(\d+)(?:[\[.](.+?)\]?)?", bucket.order_by)
    if not found:
        return {"_term": "_key"}.get(bucket.order_by, bucket.order_by)
    metric = next((each for each in target.metrics if each.number == found[1]), None)
    if metric is None or metric.kind == "count" or metric.kind in PIPELINES:
        return "_count"
    if metric.kind == "percentiles":
        return f"{name_of(metric.number)}[{float(found[2] or metric.percents[0])}]"
    if metric.kind == "extended_stats":
        return f"{name_of(metric.number)}.{found[2] or metric.stats[0]}"
    return name_of(metric.number)


def _ordering(bucket: Bucket, target: Target) -> dict[str, Any]:
    """The metric that terms are ordered by: it stands beside what is within them."""
    name = re.split(r"[.\[]", _order(bucket, target), maxsplit=1)[0]
    metric = next((each for each in target.metrics if name_of(each.number) == name), None)
    return {} if metric is None else {name: _aggregation(metric, target)}


def _shape(bucket: Bucket, target: Target, span: tuple[int, int], major: int, given: Values) -> dict[str, Any]:
    start, end = span
    if bucket.kind == "terms":
        missing = {"missing": bucket.missing} if bucket.missing else {}
        return {"terms": {"field": filled(bucket.field, given, "raw"), "size": bucket.size, "min_doc_count": max(bucket.least, 1),
                          "order": {_order(bucket, target): bucket.order}, **missing}}  # fmt: skip
    if bucket.kind == "filters":
        queries = {
            label: {"query_string": {"query": filled(query, given), "analyze_wildcard": True}}
            for label, query in bucket.filters
        }
        return {"filters": {"filters": queries}}
    if bucket.kind == "histogram":
        width = filled(bucket.interval, given, "raw")
        return {"histogram": {"field": bucket.field, "interval": float(width) if re.fullmatch(r"\d+(\.\d+)?", width) else 1000.0,
                              "min_doc_count": bucket.least}}  # fmt: skip
    written = Bucket("date_histogram", bucket.field, interval=filled(bucket.interval, given, "raw"))
    length = f"{interval(written, (end - start) / 1000)}s"
    return {"date_histogram": {
        "field": bucket.field or target.time_field, ("fixed_interval" if major >= 7 else "interval"): length,
        "min_doc_count": 0, "extended_bounds": {"min": start, "max": end}, "format": "epoch_millis",
    }}  # fmt: skip


def walk(target: Target, found: dict[str, Any], depth: int = 0) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """(keys of the buckets, innermost bucket) of an answer's aggregations."""
    if depth == len(target.buckets):
        yield (), found
        return
    buckets: Any = (found.get(f"b{depth}") or {}).get("buckets", ())
    listed = [{**bucket, "key": key} for key, bucket in buckets.items()] if isinstance(buckets, dict) else buckets
    for bucket in listed:
        for keys, inner in walk(target, bucket, depth + 1):
            yield (
                (
                    bucket.get("key_as_string", bucket["key"])
                    if target.buckets[depth].kind == "terms"
                    else bucket["key"],
                    *keys,
                ),
                inner,
            )


def values_of(metric: Metric, bucket: dict[str, Any]) -> list[tuple[str, float | None]]:
    """(label, value) of all that a metric gives of a bucket."""
    if metric.kind == "count":
        return [(metric.label, bucket.get("doc_count"))]
    result = bucket.get(name_of(metric.number)) or {}
    found: list[tuple[str, float | None]] = []
    for label, path in metric.parts():
        value: Any = result
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        found.append((label, value))
    return found


def terms_of(variable_field: str, filter_text: str) -> dict[str, Any]:
    """The request for the options of a variable: the terms of a field, in their order."""
    query = {"query_string": {"query": filter_text or "*", "analyze_wildcard": True}}
    terms = {"field": variable_field, "size": 500, "order": {"_key": "asc"}}
    return {"size": 0, "query": {"bool": {"filter": [query]}}, "aggs": {"1": {"terms": terms}}}
