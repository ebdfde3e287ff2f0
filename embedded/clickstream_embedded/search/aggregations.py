"""Aggregations over the matching documents, nested to any depth."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search.errors import SearchError

Document = dict[str, Any]
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_NAMED = {"second": "1s", "minute": "1m", "hour": "1h", "day": "1d", "week": "1w"}
_METRICS = ("max", "min", "avg", "sum", "value_count", "cardinality", "stats")
_NAMES = ("aggs", "aggregations")
MAX_BUCKETS = 10_000


def _children(body: dict[str, Any]) -> dict[str, Any]:
    return body.get("aggs") or body.get("aggregations") or {}


def fields(aggregations: dict[str, Any]) -> set[str]:
    """Every field that they read, so that only those are fetched."""
    found: set[str] = set()
    for body in aggregations.values():
        for kind, spec in body.items():
            if kind in _NAMES:
                found |= fields(spec)
            elif isinstance(spec, dict) and "field" in spec:
                found.add(spec["field"])
    return found


def run(aggregations: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    """The `aggregations` of an answer. Raises SearchError for a kind that is not supported."""
    return {name: _one(body, documents) for name, body in aggregations.items()}


def _one(body: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    kind = next((name for name in body if name not in (*_NAMES, "meta")), "")
    spec = body.get(kind, {})
    children = _children(body)
    if kind in _METRICS:
        return _metric(kind, [d[spec["field"]] for d in documents if d.get(spec["field"]) is not None])
    buckets: dict[str, Callable[..., dict[str, Any]]] = {
        "terms": _terms, "date_histogram": _histogram, "auto_date_histogram": _auto_histogram, "histogram": _histogram,
    }  # fmt: skip
    if kind not in buckets:
        raise SearchError(
            400,
            "named_object_not_found_exception",
            f"[1:1] unable to parse BaseAggregationBuilder with name [{kind}]: parser not found",
        )
    return buckets[kind](spec, children, documents)


def _metric(kind: str, values: list[Any]) -> dict[str, Any]:
    match kind:
        case "value_count":
            return {"value": len(values)}
        case "cardinality":
            return {"value": len(set(values))}
        case "sum":
            return {"value": float(sum(values))}
        case "avg":
            return {"value": sum(values) / len(values) if values else None}
        case "stats":
            known = {"min": None, "max": None, "avg": None} if not values else {
                "min": float(min(values)), "max": float(max(values)), "avg": sum(values) / len(values)}  # fmt: skip
            return {"count": len(values), **known, "sum": float(sum(values))}
        case _:
            chosen = max(values, default=None) if kind == "max" else min(values, default=None)
            return {"value": None if chosen is None else float(chosen)}


def _terms(spec: dict[str, Any], children: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    groups: dict[Any, list[Document]] = {}
    for document in documents:
        value = document.get(spec["field"])
        if value is not None:
            groups.setdefault(value, []).append(document)
    size = int(spec.get("size") or 10)
    least = int(spec.get("min_doc_count", 1))
    buckets = [
        {"key": key, "doc_count": len(group), **run(children, group)}
        for key, group in groups.items()
        if len(group) >= least
    ]
    order = spec.get("order") or {"_count": "desc"}
    for entry in reversed(order if isinstance(order, list) else [order]):
        name, direction = next(iter(entry.items()))
        buckets.sort(key=lambda bucket: str(bucket["key"]) if isinstance(bucket["key"], str) else bucket["key"])
        buckets.sort(key=_order_key(name), reverse=direction == "desc")
    rest = sum(bucket["doc_count"] for bucket in buckets[size:])
    return {"doc_count_error_upper_bound": 0, "sum_other_doc_count": rest, "buckets": buckets[:size]}


def _order_key(name: str) -> Callable[[dict[str, Any]], Any]:
    if name in ("_key", "_term"):
        return lambda bucket: bucket["key"]
    if name == "_count":
        return lambda bucket: bucket["doc_count"]
    metric = name.split(".")[0]
    return lambda bucket: bucket.get(metric, {}).get("value") or 0


def interval_millis(spec: dict[str, Any]) -> int:
    """The width of a histogram's buckets in ms (or units, for a numeric one). Raises SearchError."""
    written = spec.get("fixed_interval") or spec.get("calendar_interval") or spec.get("interval")
    if isinstance(written, int | float):
        return max(int(written), 1)
    match = re.fullmatch(r"(\d+)(ms|[smhdw])", _NAMED.get(str(written), str(written)))
    if match is None or int(match[1]) == 0:
        raise SearchError(400, "parsing_exception", f"failed to parse interval [{written}]")
    return int(match[1]) * _UNITS[match[2]]


def _shown(key: int, spec: dict[str, Any]) -> str:
    if spec.get("format") == "epoch_millis":
        return str(key)
    moment = datetime.datetime.fromtimestamp(key / 1000, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{key % 1000:03d}Z"


def _histogram(spec: dict[str, Any], children: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    return _buckets(interval_millis(spec), spec, children, documents)


def _auto_histogram(spec: dict[str, Any], children: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    values = [int(d[spec["field"]]) for d in documents if d.get(spec["field"]) is not None]
    wanted = int(spec.get("buckets", 10))
    steps = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 43_200, 86_400, 604_800]
    width = next(
        (s * 1000 for s in steps if values and (max(values) - min(values)) // (s * 1000) + 1 <= wanted),
        steps[-1] * 1000,
    )
    return {**_buckets(width, spec, children, documents), "interval": f"{width // 1000}s"}


def _buckets(width: int, spec: dict[str, Any], children: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    groups: dict[int, list[Document]] = {}
    for document in documents:
        value = document.get(spec["field"])
        if value is not None:
            groups.setdefault(int(value) // width * width, []).append(document)
    bounds = spec.get("extended_bounds") or {}
    edges = [*groups, *(int(bounds[name]) // width * width for name in ("min", "max") if name in bounds)]
    least = int(spec.get("min_doc_count", 0))
    keys = sorted(groups)
    if least == 0 and edges:
        if (max(edges) - min(edges)) // width > MAX_BUCKETS:
            raise SearchError(
                503,
                "too_many_buckets_exception",
                f"Trying to create too many buckets. Must be less than or equal to: [{MAX_BUCKETS}]",
            )
        keys = list(range(min(edges), max(edges) + 1, width))
    buckets = [
        {
            "key_as_string": _shown(key, spec),
            "key": key,
            "doc_count": len(groups.get(key, ())),
            **run(children, groups.get(key, [])),
        }
        for key in keys
        if len(groups.get(key, ())) >= least
    ]
    return {"buckets": buckets}
