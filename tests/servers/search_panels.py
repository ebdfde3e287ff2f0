"""Dashboards' requests over web logs, in the shapes that Grafana 6 to 10 sends them, and what its users get wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange

START, END = 1704067200000, 1704070800000  # an hour of 2024-01-01
LINES: list[dict[str, Any]] = [{"@timestamp": START + 97_000 * n, "host": {"name": f"web-{n % 3}", "zone": ("eu", "us")[n % 2]}, "status": (200, 200, 404, 500, 301)[n % 5], "verb": ("GET", "POST", "PUT")[n % 3],
                                "latency": round(0.5 * (n * 7 % 23) + 0.25, 2), "size": 512 * (n * 5 % 17), "message": f"{('GET', 'POST', 'PUT')[n % 3]} /shop/item/{n % 6} took {n * 7 % 23} ms", "error": n % 5 == 3, "where": {"lat": 10.0 + n, "lon": 20.0 - n}} for n in range(34)]  # fmt: skip
MAPPING: dict[str, Any] = {"properties": {"@timestamp": {"type": "date"}, "host": {"properties": {"name": {"type": "keyword"}, "zone": {"type": "keyword"}}}, "status": {"type": "short"}, "verb": {"type": "keyword"}, "latency": {"type": "double"}, "size": {"type": "long"}, "error": {"type": "boolean"}, "where": {"type": "geo_point"}}}  # fmt: skip


def _during(text: str = "*", start: Any = START, end: Any = END) -> dict[str, Any]:
    return {"bool": {"filter": [{"range": {"@timestamp": {"gte": start, "lte": end, "format": "epoch_millis"}}}, {"query_string": {"analyze_wildcard": True, "query": text}}]}}  # fmt: skip


def _over_time(aggs: Any, interval: str = "5m", **more: Any) -> dict[str, Any]:
    return {"2": {"date_histogram": {"interval": interval, "field": "@timestamp", "min_doc_count": 0, "extended_bounds": {"min": START, "max": END}, "format": "epoch_millis", **more}, "aggs": aggs}}  # fmt: skip


def _panel(aggs: Any, text: str = "*", **more: Any) -> dict[str, Any]:
    return {"size": 0, "query": _during(text), "aggs": aggs, **more}


def _panels() -> list[Any]:
    mean = {"1": {"avg": {"field": "latency"}}}
    by_host = {"field": "host.name", "size": 10, "order": {"_key": "desc"}, "min_doc_count": 1}
    return [
        _panel(_over_time({})), _panel(_over_time(mean)), _panel(_over_time({"1": {"sum": {"field": "size"}}}, "10m"), "status:404 OR status:500"), _panel(_over_time({"1": {"percentiles": {"field": "latency", "percents": ["25", "50", "75", "95", "99"]}}}, "20m")), _panel(_over_time({"1": {"extended_stats": {"field": "latency", "sigma": "2"}}}, "30m")),
        _panel({"3": {"terms": by_host, "aggs": _over_time(mean, "15m")}}), _panel({"3": {"terms": {"field": "host.name", "size": 2, "order": {"1": "desc"}, "min_doc_count": "1"}, "aggs": {**mean, **_over_time(mean, "30m")}}}), _panel({"3": {"terms": {"field": "verb", "size": "500", "order": {"_term": "asc"}}, "aggs": _over_time({}, "30m")}}),
        _panel({"3": {"terms": {"field": "verb", "size": 10, "order": {"1[95.0]": "desc"}}, "aggs": {"1": {"percentiles": {"field": "latency", "percents": ["95"]}}}}}), _panel({"3": {"terms": {"field": "verb", "size": 10, "order": {"1.std_deviation": "asc"}}, "aggs": {"1": {"extended_stats": {"field": "latency"}}}}}), _panel({"3": {"terms": {"field": "verb", "size": 10, "order": {"1": "asc"}}, "aggs": {"1": {"extended_stats": {"field": "latency"}}}}}),
        _panel({"3": {"filters": {"filters": {"slow": {"query_string": {"query": "latency:>8", "analyze_wildcard": True}}, "bad": {"query_string": {"query": "status:[400 TO *]", "analyze_wildcard": True}}}}, "aggs": _over_time({"1": {"cardinality": {"field": "host.name"}}}, "30m")}}), _panel({"3": {"histogram": {"interval": "2.5", "field": "latency", "min_doc_count": 1}}}), _panel({"3": {"histogram": {"interval": 1000, "field": "size", "missing": 0, "min_doc_count": "0"}, "aggs": {"1": {"max": {"field": "latency"}}}}}),
        _panel({"3": {"geohash_grid": {"field": "where", "precision": 2}, "aggs": mean}}), _panel({"3": {"nested": {"path": "host"}, "aggs": mean}}), _panel(_over_time({"1": {"top_hits": {"size": 1, "sort": [{"@timestamp": {"order": "desc"}}], "_source": {"includes": ["status"]}}}}, "30m")), _panel(_over_time({**mean, "4": {"moving_avg": {"buckets_path": "1", "window": 5, "model": "simple", "minimize": False}}}, "10m")), _panel(_over_time({**mean, "4": {"derivative": {"buckets_path": "1"}}}, "10m")), _panel(_over_time({**mean, "4": {"derivative": {"buckets_path": "1", "unit": "1s"}}}, "10m")), _panel(_over_time({**mean, "4": {"cumulative_sum": {"buckets_path": "1", "format": "0.00"}}}, "10m")),
        _panel(_over_time({**mean, "4": {"serial_diff": {"buckets_path": "1", "lag": "2"}}}, "10m")), _panel(_over_time({**mean, "4": {"bucket_script": {"buckets_path": {"var1": "1"}, "script": "params.var1 * 100"}}}, "10m")), _panel(_over_time({**mean, "4": {"bucket_script": {"buckets_path": {"var1": "1"}, "script": {"inline": "_value1 * 2", "lang": "expression"}}}}, "10m")), _panel(_over_time({"4": {"moving_fn": {"buckets_path": "_count", "window": 3, "script": "MovingFunctions.unweightedAvg(values)", "shift": 0}}}, "10m")), _panel(_over_time({"4": {"derivative": {"buckets_path": "_count"}}, "5": {"moving_avg": {"buckets_path": "4", "window": 2}}}, "10m")), _panel(_over_time({"1": {"avg": {"field": "latency", "missing": 3}}, "5": {"avg": {"field": "latency", "script": {"inline": "_value * 1000"}}}}, "30m")),
        _panel(_over_time(mean, "auto")), _panel(_over_time(mean, "$__interval")), _panel(_over_time(mean, "1h", time_zone="America/New_York")), _panel(_over_time(mean, "1d", offset="+6h")), _panel(_over_time(mean, "1d", time_zone="utc")), _panel(_over_time(mean, "0s")), _panel({"2": {"date_histogram": {"fixed_interval": "10m", "field": "@timestamp", "min_doc_count": "2", "extended_bounds": {"min": START, "max": END}, "format": "epoch_millis"}, "aggs": {}}}), _panel({"2": {"date_histogram": {"fixed_interval": "10m", "field": "@timestamp", "extended_bounds": {"min": "2024-01-01", "max": "2024-01-01T01:00"}, "format": "strict_date_hour_minute"}}}), _panel({"2": {"date_histogram": {"fixed_interval": "10m", "field": "@timestamp", "extended_bounds": {"min": END, "max": START}}}}), _panel({"2": {"date_histogram": {"fixed_interval": "10m", "interval": "5m", "field": "@timestamp"}}}),
        _panel({"2": {"date_histogram": {"field": "@timestamp", "fixed_interval": "1ms", "min_doc_count": 0}}}), _panel({"2": {"date_histogram": {"field": "verb", "interval": "5m"}}}), _panel({"2": {"date_histogram": {"field": "latency", "fixed_interval": "5ms"}}}), _panel({"3": {"terms": {"field": "message", "size": 10}}}), _panel({"3": {"terms": {"field": "message.keyword", "size": 2, "order": {"_count": "desc", "_key": "asc"}}}}), _panel({"3": {"terms": {"field": "host.name", "order": {"_count": "down"}}}}), _panel({"3": {"terms": {"field": "host.name", "order": {"1>x": "desc"}}, "aggs": {"1": {"filter": {"term": {"error": True}}, "aggs": {"x": {"avg": {"field": "latency"}}}}}}}), _panel({"3": {"terms": {"field": "host.name", "min_doc_count": 12}}}), _panel({"3": {"terms": {"field": "error"}}, "4": {"terms": {"field": "where"}}}), _panel({"3": {"terms": {"field": "host.name", "missing": "none", "script": "_value"}}}), _panel({"bad[name]": {"avg": {"field": "latency"}}}), _panel({"1": {"rate": {"field": "latency"}}}), _panel({"1": {"top_metrics": {"metrics": {"field": "latency"}, "sort": {"@timestamp": "desc"}}}}),
        {"size": 0, "query": _during(), "aggregations": {"1": {"avg": {"field": "latency"}}}, "aggs": {"2": {"max": {"field": "latency"}}}}, _panel({"1": {"avg": {"field": "latency"}, "max": {"field": "latency"}}}), _panel({"1": {"aggs": {}}}), _panel({"1": []}), _panel({"1": {"avg": "latency"}}), _panel({"1": {"avg": {"fild": "latency"}}}), _panel({"1": {"avg": {}}}), _panel({"1": {"percentiles": {"field": "latency", "percents": "95"}}}), _panel({"1": {"percentiles": {"field": "latency", "percents": []}}}), _panel({"1": {"avg": {"field": "latency"}, "aggs": {"2": {"max": {"field": "size"}}}}}), _panel({"1": {"cumulative_sum": {"buckets_path": "2"}}, "2": {"avg": {"field": "size"}}}), _panel(_over_time({"1": {"cumulative_sum": {"buckets_path": "nope"}}})), _panel(_over_time({"1": {"derivative": {}}})), _panel(_over_time({"1": {"moving_avg": {"buckets_path": "_count", "window": 0}}})), _panel(_over_time({"1": {"moving_avg": {"buckets_path": "_count", "model": "foo"}}})), _panel(_over_time({"1": {"bucket_sort": {"sort": ["nope"]}}})),
    ]  # fmt: skip


def _rows() -> list[Any]:
    newest = {"@timestamp": {"order": "desc", "unmapped_type": "boolean"}}
    marks = {
        "fields": {"*": {}},
        "pre_tags": ["@HIGHLIGHT@"],
        "post_tags": ["@/HIGHLIGHT@"],
        "fragment_size": 2147483647,
    }
    return [
        {"size": 3, "query": _during(), "sort": newest, "script_fields": {}}, {"size": 2, "query": _during("verb:GET AND host.zone:eu"), "sort": [newest, {"_doc": {"order": "desc"}}], "docvalue_fields": ["@timestamp"]}, {"size": 2, "query": _during("message:took"), "sort": newest, "highlight": marks}, {"size": 2, "query": _during("\"shop item\""), "sort": newest, "highlight": marks, "_source": False}, {"size": 1, "query": _during(), "sort": newest, "fields": ["*"]}, {"size": 1, "query": _during(), "sort": newest, "docvalue_fields": ["*"], "stored_fields": ["*"]}, {"size": 500, "query": _during("latency:{8 TO 10]"), "sort": newest, "_source": ["latency", "host.*"]},
        {"size": 1, "query": {"bool": {"filter": [{"bool": {"should": [{"range": {"@timestamp": {"from": START, "to": END, "format": "epoch_millis"}}}, {"range": {"end": {"from": START}}}], "minimum_should_match": 1}}, {"query_string": {"query": "error:true"}}]}}, "sort": newest}, {"size": 2, "query": _during(), "sort": [{"latency": {"order": "desc"}}, {"size": "asc"}], "search_after": [10.25, 4608], "_source": False}, {"size": 2, "query": _during(), "sort": [newest, {"_shard_doc": "desc"}]}, {"size": 2, "query": _during(), "sort": [{"@timestamp": {"order": "asc", "format": "epoch_millis"}}], "_source": False}, {"size": 1, "query": _during(), "sort": [{"where": "asc"}]}, {"size": 1, "query": _during(), "sort": [{"_geo_distance": {"where": [20, 10], "unit": "km"}}], "_source": False}, {"size": 1, "query": _during(), "sort": [{"host": "asc"}]}, {"size": 1, "query": _during(), "sort": [{"message": {"order": "asc"}}]}, {"size": 1, "query": _during(), "sort": {"latency": {"order": "asc", "mode": "median", "nested_path": "x"}}},
        {"size": 0, "query": _during("status:(200 301)")}, {"size": 0, "query": _during("status:2*")}, {"size": 0, "query": _during("host.name:web\\-1")}, {"size": 0, "query": _during("host.name:(\"web-1\" OR \"web-2\")")}, {"size": 0, "query": _during("host.name:/web-[01]/")}, {"size": 0, "query": _during("")}, {"size": 0, "query": _during("verb:")}, {"size": 0, "query": _during("$host")}, {"size": 0, "query": _during("{a")}, {"size": 0, "query": _during("message:\"GET shop")}, {"size": 0, "query": _during("AND verb:GET")}, {"size": 0, "query": _during("latency:abc")}, {"size": 0, "query": _during("@timestamp:[now-1h TO now]")}, {"size": 0, "query": _during("@timestamp:[2024-01-01T00:10 TO 2024-01-01T00:30}")}, {"size": 0, "query": _during("@timestamp:\"2024-01-01\"")}, {"size": 0, "query": _during("@timestamp:yesterday")}, {"size": 0, "query": _during("error:yes")}, {"size": 0, "query": _during("host.*:web-1")}, {"size": 0, "query": _during("_exists_:host AND NOT _exists_:user")}, {"size": 0, "query": _during("*:web-2")}, {"size": 0, "query": _during("message:sho? AND message:it*m")}, {"size": 0, "query": _during("message:*em")}, {"size": 0, "query": _during("verb:get")}, {"size": 0, "query": _during("status:>=404 AND status:<500")}, {"size": 0, "query": _during("(verb:GET OR verb:POST) AND -error:true")},
        {"size": 0, "query": _during(start="now-1h", end="now")}, {"size": 0, "query": _during(start="2024-01-01", end="2024-01-02")}, {"size": 0, "query": _during(start=str(START), end=str(END))}, {"size": 0, "query": _during(start=None, end=END)}, {"size": 0, "query": {"range": {"@timestamp": {"gte": "now-3y/y", "lte": "now+1d/d", "time_zone": "Europe/Madrid"}}}}, {"size": 0, "query": {"range": {"@timestamp": {"gte": START, "time_zone": "Mars/Base"}}}}, {"size": 0, "query": {"range": {"@timestamp": {"gte": "2024-01-01T00:00:00.000+01:00", "lte": "2024-01-01T00:30:00Z"}}}}, {"size": 0, "query": {"range": {"@timestamp": {"gte": "01-01-2024"}}}}, {"size": 0, "query": {"range": {"@timestamp": {"gte": "2024-13-01"}}}}, {"size": 0, "query": {"range": {"@timestamp": {"gte": "2024-01-01", "format": "nonsense"}}}}, {"size": 0, "query": {"range": {"latency": {"gte": "1.5", "lt": "x"}}}}, {"size": 0, "query": {"range": {"status": {"gte": 1000000}}}}, {"size": 0, "query": {"term": {"status": 70000}}}, {"size": 0, "query": {"term": {"status": 200.5}}}, {"size": 0, "query": {"geo_bounding_box": {"where": {"top_left": {"lat": 20, "lon": 0}, "bottom_right": {"lat": 10, "lon": 20}}}}},
    ]  # fmt: skip


def _calls() -> Iterator[Exchange]:
    head = {
        "search_type": "query_then_fetch",
        "ignore_unavailable": True,
        "index": ["web-2024.01.01", "web-2024.01.02"],
    }
    several: list[tuple[str, list[Any]]] = [
        ("?max_concurrent_shard_requests=5", [head, _panel(_over_time({})), head, _panel({"3": {"terms": {"field": "verb"}}})]), ("?max_concurrent_shard_requests=x", [head, _panel({})]), ("", [{**head, "search_type": "count"}, _panel({})]), ("", [{**head, "max_concurrent_shard_requests": 256}, _panel({})]), ("", [{**head, "index": "web-*"}, {"size": 0, "aggs": {"1": {"terms": {"field": "verb", "script": "x"}}}}, {"index": "nope-*"}, _panel({"1": {"avg": {"field": "size"}}})]), ("?ignore_throttled=true", [head, _panel({})]), ("", [head]), ("", [head, {"query": {"foo": {}}}, head, {"size": 0, "sort": "zz"}]), ("?filter_path=responses.aggregations,responses.status", [head, _panel({"1": {"value_count": {"field": "verb"}}})]), ("", [{**head, "ignore_unavailable": False}, {"size": 0}]), ("", [head, "{\"size\":0,}"]), ("", ["[]", {"size": 0}]), ("?rest_total_hits_as_int=true&max_concurrent_searches=0", [head, {"size": 0}]),
    ]  # fmt: skip
    for parameters, lines in several:
        yield Exchange("panels msearch", "POST", f"/_msearch{parameters}", lines)
    yield Exchange("panels msearch", "POST", "/_msearch", json_line(head) + json_line({"size": 0})[:-1])
    for path in ("/web-2024.01.01/_mapping", "/web-2024.01.*/_mapping?ignore_unavailable=true", "/web-*/_mapping/field/host.*", "/web-2024.01.01/_mapping/field/*?include_type_name=true", "/web-nope/_mapping", "/web-*/_field_caps?fields=*&ignore_unavailable=true", "/web-*/_field_caps?fields=host.*,size", "/web-*/_field_caps", "/_cluster/health", "/web-*/_stats/docs?filter_path=_all.primaries.docs.count", "/_cat/indices/web-*?format=json&h=index,docs.count,status&s=index", "/_alias/web*", "/web-*/_alias", "/web-*/_settings?filter_path=*.settings.index.number_of_shards", "/web-2024.01.01/_search?size=0&q=verb:GET&analyze_wildcard=true&lenient=yes", "/web-2024.01.01/_search?size=0&q=verb:GET&lenient=true", "/web-2024.01.01/_search?size=1&sort=latency:desc,size:asc&filter_path=hits.hits._source.latency", "/web-2024.01.01/_count?q=error:true", "/_xpack?filter_path=features", "/_nodes/http?filter_path=_nodes"):  # fmt: skip
        yield Exchange("panels calls", "GET", path)


def json_line(value: Any) -> str:

    return json.dumps(value) + "\n"


def exchanges() -> Iterator[Exchange]:
    yield Exchange("panels calls", "PUT", "/web-2024.01.01", {"settings": {"number_of_replicas": 0, "number_of_shards": 1}, "mappings": MAPPING})  # fmt: skip
    lines: list[Any] = []
    for number, each in enumerate(LINES):
        lines += [{"index": {"_index": "web-2024.01.01", "_id": f"w{number}"}}, each]
    yield Exchange("panels calls", "POST", "/_bulk?refresh=true", lines)
    for kind, bodies in (("charts", _panels()), ("rows", _rows())):
        for body in bodies:
            yield Exchange(f"panels {kind}", "POST", "/web-2024.01.01/_search?ignore_unavailable=true", body)
    yield from _calls()
