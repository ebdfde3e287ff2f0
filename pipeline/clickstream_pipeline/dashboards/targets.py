"""A panel's query as Grafana's JSON describes it: buckets, metrics, and those over the results of others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

METRICS = ("count", "max", "min", "avg", "sum", "cardinality", "extended_stats", "percentiles", "top_metrics")
PIPELINES = ("derivative", "cumulative_sum", "moving_avg", "serial_diff")
DOCUMENTS = ("raw_data", "raw_document", "logs")
_BUCKETS = ("terms", "date_histogram", "filters", "histogram")
_DEFAULT_PERCENTS = ("25", "50", "75", "95", "99")
_STATS = {"std_deviation": "Std Dev", "avg": "Avg", "min": "Min", "max": "Max", "sum": "Sum", "count": "Count",
          "std_deviation_bounds_upper": "Std Dev Upper", "std_deviation_bounds_lower": "Std Dev Lower"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bucket:
    """How documents are put together: by `terms` of a field, by time, by conditions (`filters`), by steps of a number.

    `order_by` is `_term`, `_count`, or the id of a metric, for percentiles with the percent: `1[95.0]`.
    """

    kind: str
    field: str
    size: int = 10
    order: str = "desc"
    order_by: str = "_term"
    interval: str = "auto"
    filters: tuple[tuple[str, str], ...] = ()  # (label, query)
    missing: str = ""
    least: int = 1


@dataclass(frozen=True, slots=True)
class Metric:
    """What is computed of each bucket. `of` is the id of the metric that a pipeline aggregation goes along."""

    kind: str
    field: str = ""
    number: str = "1"  # its id in the query
    of: str = ""
    percents: tuple[str, ...] = ()
    stats: tuple[str, ...] = ()
    is_hidden: bool = False
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def label(self) -> str:
        """As Grafana names it."""
        names = {"count": "Count", "avg": "Average", "cardinality": "Unique Count", "extended_stats": "Extended Stats",
                 "cumulative_sum": "Cumulative Sum", "moving_avg": "Moving Average", "serial_diff": "Serial Difference"}  # fmt: skip
        shown = names.get(self.kind, self.kind.capitalize())
        return f"{shown} {self.field}".strip()

    def parts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """(label, path in the metric's result) of each value that it gives."""
        if self.kind == "percentiles":
            return tuple(
                (f"p{percent} {self.field}".strip(), ("values", f"{float(percent)}")) for percent in self.percents
            )
        if self.kind == "extended_stats":
            return tuple((f"{_STATS[each]} {self.field}".strip(), _path(each)) for each in self.stats)
        return ((self.label, ("value",)),)


def _path(stat: str) -> tuple[str, ...]:
    if stat.startswith("std_deviation_bounds_"):
        return "std_deviation_bounds", stat.removeprefix("std_deviation_bounds_")
    return (stat,)


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel over one index. With `documents` it asks for documents, not for buckets."""

    index: str
    time_field: str
    query: str
    buckets: tuple[Bucket, ...]
    metrics: tuple[Metric, ...]
    alias: str = ""
    documents: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """All that may name a variable."""
        filters = [query for bucket in self.buckets for _, query in bucket.filters]
        fields = [each.field for each in (*self.buckets, *self.metrics)]
        return (self.index, self.query, self.alias, *filters, *fields, *(bucket.interval for bucket in self.buckets))


def index_of(source: Any) -> str:
    """The index of a data source, which the tutorial names after it: `events_per_min`."""
    name = source.get("uid") or source.get("name") or "" if isinstance(source, dict) else source
    return str(name or "").lower()


def read(raw: dict[str, Any], source: Any, known: dict[str, str]) -> Target:
    """A target of a panel. `known` are the indices of data sources by their uids.

    Raises:
        ValueError: something in it cannot be asked here; the text says what.
    """
    if isinstance(source, dict) and source.get("type", "elasticsearch") not in ("elasticsearch", "datasource"):
        raise ValueError(f"its data source is {source['type']}, not elasticsearch")
    index = index_of(source)
    index = known.get(index, index)
    if not index or index.startswith("--"):
        raise ValueError("it names no data source")
    time_field = str(raw.get("timeField") or "EVENT_TS")
    listed: list[dict[str, Any]] = raw.get("metrics") or [{"type": "count", "id": "1"}]
    first = str(listed[0].get("type"))
    query, alias = str(raw.get("query") or "*"), str(raw.get("alias") or "")
    if first in DOCUMENTS:
        settings = listed[0].get("settings") or {}
        limit = int(settings.get("size") or settings.get("limit") or 500)
        return Target(index, time_field, query, (), (), alias, min(limit, 500))
    buckets = tuple(_bucket(each, time_field) for each in raw.get("bucketAggs") or ())
    metrics = tuple(_metric(each, listed) for each in listed)
    return Target(index, time_field, query, buckets, metrics, alias)


def _bucket(raw: dict[str, Any], time_field: str) -> Bucket:
    kind = str(raw["type"])
    if kind not in _BUCKETS:
        raise ValueError(f"buckets by {kind} are not known here")
    settings: dict[str, Any] = raw.get("settings") or {}
    given: list[dict[str, Any]] = settings.get("filters") or []
    filters = tuple((str(each.get("label") or each.get("query") or "*"), str(each.get("query") or "*"))
                    for each in given)  # fmt: skip
    if kind == "filters" and not filters:
        filters = (("*", "*"),)
    least = settings.get("min_doc_count", 1)
    return Bucket(
        kind, str(raw.get("field") or (time_field if kind == "date_histogram" else "")), int(settings.get("size") or 10) or 500,
        str(settings.get("order", "desc")), str(settings.get("orderBy", "_term")), str(settings.get("interval", "auto")), filters,
        str(settings.get("missing") or ""), int(least) if str(least).isdigit() else 1,
    )  # fmt: skip


def _metric(raw: dict[str, Any], listed: list[dict[str, Any]]) -> Metric:
    kind, number = str(raw["type"]), str(raw.get("id") or "1")
    if kind not in (*METRICS, *PIPELINES) or kind == "top_metrics":
        raise ValueError(f"the metric {kind} is not known here")
    settings: dict[str, Any] = raw.get("settings") or {}
    field = "" if kind == "count" else str(raw.get("field") or "")
    if kind in PIPELINES:
        of = str(raw.get("pipelineAgg") or field)
        if of not in [str(each.get("id")) for each in listed]:
            raise ValueError(f"the metric {kind} goes along a metric {of} that is not there")
        inner = next(each for each in listed if str(each.get("id")) == of)
        options = {"derivative": ("unit",), "moving_avg": ("window", "model"), "serial_diff": ("lag",)}.get(kind, ())
        given = tuple(
            (name, int(settings[name]) if str(settings[name]).isdigit() else settings[name])
            for name in options
            if settings.get(name)
        )
        return Metric(kind, str(inner.get("field") or ""), number, of, is_hidden=bool(raw.get("hide")), options=given)
    percents = (
        tuple(str(each) for each in settings.get("percents") or _DEFAULT_PERCENTS) if kind == "percentiles" else ()
    )
    if any(not re.fullmatch(r"\d+(\.\d+)?", each) for each in percents):
        raise ValueError("its percents are no numbers")
    chosen = (
        tuple(name for name, on in (raw.get("meta") or {}).items() if on and name in _STATS)
        if kind == "extended_stats"
        else ()
    )
    return Metric(kind, field, number, percents=percents, stats=chosen or (("avg",) if kind == "extended_stats" else ()),
                  is_hidden=bool(raw.get("hide")))  # fmt: skip
