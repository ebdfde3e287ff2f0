"""Aggregations of all kinds, those that Grafana asks for among them, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange


def _dates(**more: Any) -> dict[str, Any]:
    return {"date_histogram": {"field": "d", **more}}


def _terms(field: str, **more: Any) -> dict[str, Any]:
    return {"terms": {"field": field, **more}}


METRICS: list[dict[str, Any]] = [
    *({kind: {"field": field}} for kind in ("avg", "sum", "min", "max", "value_count", "stats", "cardinality") for field in ("n", "x", "nums", "none")),
    *({kind: {"field": "d"}} for kind in ("min", "max", "avg", "stats", "value_count", "cardinality")),
    *({kind: {"field": "k"}} for kind in ("value_count", "cardinality")), {"cardinality": {"field": "tags"}}, {"value_count": {"field": "tags"}},
    {"avg": {"field": "m", "missing": 10}}, {"sum": {"field": "m", "missing": 1}}, {"max": {"field": "f"}}, {"sum": {"field": "f"}}, {"avg": {"field": "b"}}, {"min": {"field": "b"}},
    {"extended_stats": {"field": "n"}}, {"extended_stats": {"field": "n", "sigma": 3}}, {"extended_stats": {"field": "none"}},
    {"percentiles": {"field": "n"}}, {"percentiles": {"field": "x", "percents": [50, 95]}}, {"percentiles": {"field": "n", "keyed": False, "percents": [25, 99.9]}}, {"percentiles": {"field": "none"}},
    {"percentile_ranks": {"field": "n", "values": [2, 5]}}, {"avg": {"field": "n", "format": "0.00"}}, {"max": {"field": "d", "format": "yyyy-MM-dd"}}, {"median_absolute_deviation": {"field": "n"}},
    {"max": {"field": "o.q"}}, {"percentiles": {"field": "nums", "percents": [10, 50]}},
]  # fmt: skip
TERMS: list[dict[str, Any]] = [
    _terms("k"), _terms("tags"), _terms("b"), _terms("n", size=3), _terms("d", size=2), _terms("x"), _terms("o.q"), _terms("o.p.r"), _terms("none"), _terms("nums"), _terms("t.raw", size=2), _terms("f"),
    _terms("k", order={"_key": "asc"}), _terms("k", order={"_key": "desc"}), _terms("k", order={"_count": "asc"}), _terms("k", order={"_term": "asc"}), _terms("k", order=[{"_count": "asc"}, {"_key": "desc"}]),
    _terms("k", size=1), _terms("k", size=2, order={"_key": "desc"}), _terms("k", min_doc_count=3), _terms("k", min_doc_count=0, order={"_key": "asc"}),
    _terms("k", include="g.*"), _terms("k", exclude="g.*"), _terms("k", include=["get", "head"]), _terms("n", include=[1, 2]), _terms("n", exclude=[1, 2], size=20), _terms("k", include=".*t", exclude=["get"]),
    _terms("m", missing=-1), _terms("tags", missing="N/A"), _terms("k", show_term_doc_count_error=True), _terms("k", execution_hint="map"), _terms("d", format="yyyy-MM"),
    {**_terms("k", order={"s": "desc"}), "aggs": {"s": {"sum": {"field": "n"}}}}, {**_terms("k", order={"s.max": "asc"}), "aggs": {"s": {"stats": {"field": "n"}}}},
    {**_terms("k", order={"p[50]": "desc"}), "aggs": {"p": {"percentiles": {"field": "n", "percents": [50]}}}}, {**_terms("k", order={"f>s": "desc"}), "aggs": {"f": {"filter": {"term": {"b": True}}, "aggs": {"s": {"sum": {"field": "n"}}}}}},
    {**_terms("k", order={"p.50": "desc"}), "aggs": {"p": {"percentiles": {"field": "n", "percents": [50]}}}},
    {**_terms("k"), "aggs": {"t": _terms("tags")}}, {**_terms("tags"), "aggs": {"a": {"avg": {"field": "nums"}}, "k": _terms("k")}}, {**_terms("k"), "meta": {"x": 1}}, {**_terms("k"), "aggs": {"d": _dates(calendar_interval="1d")}},
    {"rare_terms": {"field": "k"}}, {"rare_terms": {"field": "k", "max_doc_count": 3}}, {**_terms("k", size=2, order={"s": "asc"}), "aggs": {"s": {"max": {"field": "n"}}}},
    {**_terms("k"), "aggs": {"top": {"top_hits": {"size": 1, "sort": [{"n": "desc"}], "_source": ["n"]}}}}, {"top_hits": {"size": 2, "_source": False}}, {"top_hits": {"size": 1, "sort": [{"d": "desc"}], "_source": "k"}},
]  # fmt: skip
HISTOGRAMS: list[dict[str, Any]] = [
    _dates(fixed_interval="1d"), _dates(calendar_interval="day"), _dates(calendar_interval="1M"), _dates(calendar_interval="month"), _dates(calendar_interval="week"), _dates(calendar_interval="1q"), _dates(calendar_interval="year"),
    _dates(interval="1d"), _dates(interval="12h"), _dates(interval="month"), _dates(fixed_interval="36h"), _dates(fixed_interval="90m", min_doc_count=1), _dates(fixed_interval="86400000ms"),
    _dates(fixed_interval="1d", offset="+6h"), _dates(calendar_interval="1d", offset="-3h"), _dates(calendar_interval="1M", offset="+1d"), _dates(calendar_interval="1d", time_zone="+02:00"), _dates(calendar_interval="1d", time_zone="America/New_York"),
    _dates(fixed_interval="12h", time_zone="-01:00"), _dates(calendar_interval="1d", time_zone="Europe/Paris", format="yyyy-MM-dd HH:mm"), _dates(fixed_interval="1d", format="yyyy-MM-dd"), _dates(fixed_interval="1d", format="epoch_millis"),
    _dates(fixed_interval="1d", keyed=True), _dates(fixed_interval="1d", keyed=True, format="yyyy-MM-dd"), _dates(fixed_interval="1d", order={"_key": "desc"}), _dates(fixed_interval="1d", order={"_count": "desc"}), _dates(fixed_interval="1d", min_doc_count=1),
    _dates(fixed_interval="1d", min_doc_count=2), _dates(fixed_interval="1d", extended_bounds={"min": 1577664000000, "max": 1578355200000}), _dates(fixed_interval="1d", extended_bounds={"min": "2019-12-30", "max": "2020-01-08"}),
    _dates(fixed_interval="1d", extended_bounds={"min": "30/12/2019", "max": "08/01/2020"}, format="dd/MM/yyyy"), _dates(fixed_interval="1d", missing="2020-01-10"), {"date_histogram": {"field": "none", "fixed_interval": "1d"}},
    {**_dates(fixed_interval="1d"), "aggs": {"m": {"max": {"field": "n"}}, "a": {"avg": {"field": "x"}}}}, {**_dates(fixed_interval="1d", order={"m": "desc"}), "aggs": {"m": {"max": {"field": "n"}}}}, {**_dates(fixed_interval="2d"), "aggs": {"k": _terms("k")}},
    {"histogram": {"field": "n", "interval": 2.5}}, {"histogram": {"field": "n", "interval": 3}}, {"histogram": {"field": "x", "interval": 0.5, "min_doc_count": 1}}, {"histogram": {"field": "n", "interval": 4, "offset": 1}},
    {"histogram": {"field": "n", "interval": 4, "keyed": True}}, {"histogram": {"field": "n", "interval": 4, "order": {"_key": "desc"}}}, {"histogram": {"field": "n", "interval": 4, "extended_bounds": {"min": -4, "max": 20}}}, {"histogram": {"field": "m", "interval": 2, "missing": 0}},
    {"histogram": {"field": "nums", "interval": 5}}, {"histogram": {"field": "n", "interval": 5, "min_doc_count": 3}}, {"histogram": {"field": "none", "interval": 5}}, {"auto_date_histogram": {"field": "d", "buckets": 3}}, {"auto_date_histogram": {"field": "d", "buckets": 10}}, {"auto_date_histogram": {"field": "d"}},
]  # fmt: skip
OTHERS: list[dict[str, Any]] = [
    {"range": {"field": "n", "ranges": [{"to": 3}, {"from": 3, "to": 6}, {"from": 6}]}}, {"range": {"field": "x", "keyed": True, "ranges": [{"key": "low", "to": 1.5}, {"from": 1.5, "key": "high"}]}}, {"range": {"field": "nums", "ranges": [{"from": 5}]}},
    {"range": {"field": "n", "ranges": [{"from": 2, "to": 8}, {"from": 0, "to": 4}]}, "aggs": {"s": {"sum": {"field": "n"}}}}, {"range": {"field": "n", "ranges": [{"from": 100}]}}, {"range": {"field": "none", "ranges": [{"to": 1}]}},
    {"date_range": {"field": "d", "ranges": [{"to": "2020-01-02"}, {"from": "2020-01-02"}]}}, {"date_range": {"field": "d", "format": "yyyy-MM-dd", "ranges": [{"from": "2020-01-01||/M", "to": "2020-01-03", "key": "a"}]}}, {"date_range": {"field": "d", "format": "MM-yyyy", "ranges": [{"to": "01-2020"}, {"from": "01-2020"}]}},
    {"filter": {"term": {"k": "get"}}}, {"filter": {"match_all": {}}, "aggs": {"a": {"avg": {"field": "n"}}}}, {"filters": {"filters": {"g": {"term": {"k": "get"}}, "b": {"term": {"b": True}}}}}, {"filters": {"filters": [{"term": {"k": "get"}}, {"match_all": {}}]}},
    {"filters": {"filters": {"g": {"term": {"k": "get"}}}, "other_bucket": True}}, {"filters": {"filters": {"g": {"term": {"k": "get"}}}, "other_bucket_key": "rest"}}, {"filters": {"filters": {"*": {"query_string": {"query": "*", "analyze_wildcard": True}}, "k:get": {"query_string": {"query": "k:get"}}}}, "aggs": {"d": _dates(fixed_interval="1d")}},
    {"missing": {"field": "m"}}, {"missing": {"field": "tags"}}, {"missing": {"field": "none"}}, {"missing": {"field": "m"}, "aggs": {"k": _terms("k")}}, {"global": {}}, {"global": {}, "aggs": {"a": {"avg": {"field": "n"}}}},
    {"composite": {"sources": [{"k": {"terms": {"field": "k"}}}]}}, {"composite": {"size": 3, "sources": [{"k": {"terms": {"field": "k"}}}, {"b": {"terms": {"field": "b"}}}]}}, {"composite": {"size": 3, "after": {"k": "get", "b": True}, "sources": [{"k": {"terms": {"field": "k"}}}, {"b": {"terms": {"field": "b"}}}]}},
    {"composite": {"sources": [{"d": {"date_histogram": {"field": "d", "calendar_interval": "1d"}}}, {"k": {"terms": {"field": "k", "order": "desc"}}}]}}, {"composite": {"sources": [{"d": {"date_histogram": {"field": "d", "fixed_interval": "1d", "format": "yyyy-MM-dd"}}}]}, "aggs": {"m": {"max": {"field": "n"}}}},
    {"composite": {"sources": [{"h": {"histogram": {"field": "n", "interval": 5}}}]}}, {"composite": {"sources": [{"m": {"terms": {"field": "m", "missing_bucket": True}}}]}}, {"composite": {"sources": [{"t": {"terms": {"field": "tags"}}}]}},
]  # fmt: skip
_MAX = {"m": {"max": {"field": "n"}}}
# whole `aggs`
PIPELINES: list[dict[str, Any]] = [
    {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"derivative": {"buckets_path": "m"}}}}}, {"d": {**_dates(fixed_interval="1d"), "aggs": {"x": {"derivative": {"buckets_path": "_count", "unit": "1h"}}}}}, {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"cumulative_sum": {"buckets_path": "m"}}}}},
    {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"serial_diff": {"buckets_path": "m", "lag": 2}}}}}, {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"moving_avg": {"buckets_path": "m", "window": 2}}}}}, {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"moving_avg": {"buckets_path": "m", "model": "linear"}}}}},
    {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"moving_avg": {"buckets_path": "m", "model": "ewma", "settings": {"alpha": 0.5}}}}}}, {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"derivative": {"buckets_path": "m"}}, "y": {"derivative": {"buckets_path": "x"}}}}},
    {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"derivative": {"buckets_path": "m", "gap_policy": "insert_zeros"}}}}}, {"d": {**_dates(fixed_interval="1d"), "aggs": {**_MAX, "x": {"cumulative_sum": {"buckets_path": "_count"}}}}},
    *({"d": {**_dates(fixed_interval="1d"), "aggs": _MAX}, "x": {kind: {"buckets_path": "d>m"}}} for kind in ("avg_bucket", "sum_bucket", "min_bucket", "max_bucket", "stats_bucket", "extended_stats_bucket", "percentiles_bucket")),
    {"d": _dates(fixed_interval="1d"), "x": {"max_bucket": {"buckets_path": "d._count"}}}, {"k": {**_terms("k"), "aggs": {**_MAX, "s": {"bucket_sort": {"sort": [{"m": {"order": "desc"}}], "size": 2}}}}}, {"k": {**_terms("k"), "aggs": {**_MAX, "s": {"bucket_sort": {"from": 1}}}}},
    {"k": {**_terms("k"), "aggs": {"d": {**_dates(fixed_interval="1d"), "aggs": _MAX}, "x": {"avg_bucket": {"buckets_path": "d>m"}}}}}, {"h": {"histogram": {"field": "n", "interval": 3}, "aggs": {**_MAX, "x": {"derivative": {"buckets_path": "m"}}}}},
    {"d": {**_dates(fixed_interval="1d"), "aggs": {"s": {"stats": {"field": "n"}}, "x": {"derivative": {"buckets_path": "s.max"}}}}}, {"k": {**_terms("k"), "aggs": _MAX}, "x": {"max_bucket": {"buckets_path": "k>m", "format": "0.0"}}},
]  # fmt: skip
_RANGE = {"range": {"d": {"gte": 1577836800000, "lte": 1578268800000, "format": "epoch_millis"}}}
_FILTER = {"bool": {"filter": [_RANGE, {"query_string": {"analyze_wildcard": True, "query": "*"}}]}}
_BOUNDS = {
    "extended_bounds": {"min": 1577836800000, "max": 1578268800000},
    "format": "epoch_millis",
    "min_doc_count": 0,
}
# as Grafana of 6, 8, 10 and 11 sends them
GRAFANA: list[dict[str, Any]] = [
    {"size": 0, "query": _FILTER, "aggs": {"2": _dates(interval="1d", **_BOUNDS)}}, {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(fixed_interval="12h", **_BOUNDS), "aggs": {"1": {"avg": {"field": "n"}}}}}},
    {"size": 0, "query": _FILTER, "aggs": {"3": {**_terms("k", size=10, order={"1": "desc"}, min_doc_count=1), "aggs": {"1": {"max": {"field": "n"}}, "2": {**_dates(fixed_interval="1d", **_BOUNDS), "aggs": {"1": {"max": {"field": "n"}}}}}}}},
    {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(fixed_interval="1d", **_BOUNDS), "aggs": {"1": {"percentiles": {"field": "n", "percents": ["25", "50", "75"]}}}}}},
    {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(fixed_interval="1d", **_BOUNDS), "aggs": {"1": {"max": {"field": "n"}}, "4": {"derivative": {"buckets_path": "1"}}}}}},
    {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(fixed_interval="1d", **_BOUNDS), "aggs": {"4": {"derivative": {"buckets_path": "_count"}}, "5": {"cumulative_sum": {"buckets_path": "_count"}}}}}},
    {"size": 0, "query": _FILTER, "aggs": {"3": {"filters": {"filters": {"k:get": {"query_string": {"query": "k:get", "analyze_wildcard": True}}, "b:true": {"query_string": {"query": "b:true", "analyze_wildcard": True}}}}, "aggs": {"2": _dates(fixed_interval="1d", **_BOUNDS)}}}},
    {"size": 500, "query": _FILTER, "sort": {"d": {"order": "desc", "unmapped_type": "boolean"}}, "script_fields": {}}, {"size": 100, "query": _FILTER, "sort": [{"d": {"order": "desc", "unmapped_type": "boolean"}}, {"_doc": {"order": "desc"}}], "_source": False, "docvalue_fields": ["d"], "size ": 1},
    {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(fixed_interval="1d", time_zone="utc", **_BOUNDS), "aggs": {"1": {"extended_stats": {"field": "n", "sigma": 2}}}}}}, {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(fixed_interval="1d", **_BOUNDS), "aggs": {"1": {"cardinality": {"field": "k"}}}}}},
    {"size": 0, "query": {"bool": {"filter": [_RANGE]}}, "aggs": {"1": {"terms": {"field": "k", "size": 500, "order": {"_key": "asc"}, "missing": "__missing__"}}}}, {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(calendar_interval="1d", **_BOUNDS, offset="0ms"), "aggs": {"1": {"moving_avg": {"buckets_path": "_count", "window": 5, "model": "simple", "minimize": False}}}}}},
    {"size": 0, "query": _FILTER, "aggs": {"3": {"histogram": {"field": "n", "interval": "5", "min_doc_count": 1, "keyed": False}, "aggs": {"1": {"sum": {"field": "n"}}}}}}, {"size": 0, "query": _FILTER, "aggs": {"2": {**_dates(fixed_interval="1d", **_BOUNDS), "aggs": {"1": {"top_hits": {"size": 1, "sort": [{"d": "desc"}], "_source": {"includes": ["n"]}}}}}}},
    {"size": 0, "query": _FILTER, "aggs": {"3": {**_terms("k", size=5, order={"1[50.0]": "desc"}), "aggs": {"1": {"percentiles": {"field": "n", "percents": ["50"]}}}}}},
]  # fmt: skip
REFUSED: list[Any] = [
    {"a": {"foo": {}}}, {"a": {"terms": {"field": "t"}}}, {"a": {"terms": {}}}, {"a": {"terms": {"field": "k", "foo": 1}}}, {"a": {"terms": {"field": "k", "size": 0}}}, {"a": {"terms": {"field": "k", "order": {"zz": "asc"}}}}, {"a": {"avg": {"field": "k"}}}, {"a": {"avg": {}}}, {"a": {"max": {"field": "n", "foo": 1}}},
    {"a": {"date_histogram": {"field": "d"}}}, {"a": {"date_histogram": {"field": "d", "fixed_interval": "1M"}}}, {"a": {"date_histogram": {"field": "d", "calendar_interval": "2d"}}}, {"a": {"date_histogram": {"field": "d", "fixed_interval": "1d", "foo": 1}}}, {"a": {"date_histogram": {"field": "k", "fixed_interval": "1d"}}},
    {"a": {"histogram": {"field": "n", "interval": 0}}}, {"a": {"histogram": {"field": "n", "interval": -1}}}, {"a": {"histogram": {"field": "n"}}}, {"a": {}}, {"a": 1}, {"a": {"avg": {"field": "n"}, "max": {"field": "n"}}}, {"a": {"avg": {"field": "n"}, "aggs": {"b": {"max": {"field": "n"}}}}}, {"a": {"range": {"field": "n"}}},
    {"a": {"filters": {}}}, {"a": {"composite": {}}}, {"a": {"composite": {"sources": []}}}, {"x": {"avg_bucket": {"buckets_path": "zz>m"}}}, {"x": {"avg_bucket": {}}}, {"d": {**_terms("k"), "aggs": {"x": {"derivative": {"buckets_path": "_count"}}}}}, {"a": {"percentiles": {"field": "n", "percents": [101]}}}, {"a": {"percentiles": {"field": "k"}}},
    {"a": {"date_histogram": {"field": "d", "fixed_interval": "1d", "time_zone": "Foo"}}}, {"a[b]": {"avg": {"field": "n"}}}, {"a": {"terms": {"field": "k", "order": {"_count": "up"}}}}, {"a": {"terms": {"field": "k", "min_doc_count": -1}}}, {"a": {"terms": {"field": "n", "include": "1.*"}}}, {"a": {"sum": {"field": ["n"]}}},
]  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    for kind, bodies in (("metrics", METRICS), ("terms", TERMS), ("histograms", HISTOGRAMS), ("buckets", OTHERS)):
        for body in bodies:
            yield Exchange(f"aggs {kind}", "POST", "/a1/_search", {"size": 0, "aggs": {"a": body}})
    for body in PIPELINES:
        yield Exchange("aggs pipelines", "POST", "/a1/_search", {"size": 0, "aggs": body})
    for body in GRAFANA:
        yield Exchange(
            "grafana",
            "POST",
            "/_msearch?max_concurrent_shard_requests=5",
            [{"search_type": "query_then_fetch", "ignore_unavailable": True, "index": "a1"}, body],
        )
    for body in REFUSED:
        yield Exchange("aggs refused", "POST", "/a1/_search", {"size": 0, "aggs": body})
    only = {"query": {"term": {"b": True}}, "size": 0}
    yield Exchange(
        "aggs buckets",
        "POST",
        "/a1/_search",
        {**only, "aggs": {"k": _terms("k", min_doc_count=0), "g": {"global": {}, "aggs": {"k": _terms("k")}}}},
    )
    yield Exchange(
        "aggs metrics", "POST", "/a2/_search", {"size": 0, "aggs": {"a": {"avg": {"field": "none"}}, "k": _terms("k")}}
    )
    yield Exchange(
        "aggs metrics",
        "POST",
        "/a1,a2/_search",
        {"size": 0, "aggs": {"a": {"max": {"field": "n"}}, "o": _terms("only")}},
    )
    yield Exchange(
        "aggs buckets",
        "POST",
        "/a1/_search?typed_keys=true",
        {
            "size": 0,
            "aggs": {
                "k": {**_terms("k"), "aggs": {"a": {"avg": {"field": "n"}}}},
                "p": {"percentiles": {"field": "n"}},
            },
        },
    )
    yield Exchange(
        "aggs buckets",
        "POST",
        "/a1/_search",
        {"size": 0, "aggregations": {"k": {**_terms("k"), "aggregations": {"a": {"avg": {"field": "n"}}}}}},
    )
