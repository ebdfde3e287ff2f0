"""Dashboards as data: variables, data sources, buckets, metrics, and how they are asked for and read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clickstream_pipeline.dashboards import asking, data
from clickstream_pipeline.dashboards.model import Panel, parse
from clickstream_pipeline.dashboards.variables import filled


def _panel(target: dict[str, Any], kind: str = "timeseries", **body: Any) -> Panel:
    panel = {
        "id": 1,
        "type": kind,
        "title": "p",
        "datasource": {"type": "elasticsearch", "uid": "clicks"},
        "targets": [target],
    }
    return parse({"panels": [panel], **body}).panels[0]


_TIMES = {"type": "date_histogram", "id": "2", "field": "T", "settings": {"interval": "10s"}}


def test_the_values_of_variables_are_written_as_they_are_asked_for() -> None:
    values = {"host": ("a b", "c"), "one": ("x:y",), "every": ("*",)}
    for text, wanted in {
        "h:$one": "h:x\\:y", "h:${host}": 'h:("a b" OR "c")', "h:${host:lucene}": 'h:("a b" OR "c")', "${host:csv}": "a b,c",
        "${host:pipe}": "a b|c", "${host:regex}": "(a\\ b|c)", "[[one:raw]]": "x:y", "${one:raw}": "x:y", "h:$every": "h:*",
        "$unknown": "$unknown", "${host:json}": '["a b", "c"]', "${host:glob}": "{a b,c}",
    }.items():  # fmt: skip
        assert filled(text, values) == wanted, text


def test_variables_of_a_dashboard_are_there_with_their_options() -> None:
    listed = [
        {"name": "code", "type": "custom", "query": "200, 404", "current": {"value": "404"}},
        {"name": "host", "type": "query", "query": '{"find": "terms", "field": "HOST"}', "datasource": {"uid": "clicks"}, "includeAll": True, "multi": True},
        {"name": "ad", "type": "adhoc"},
    ]  # fmt: skip
    found = parse({"panels": [{"type": "text", "options": {"content": "x"}}], "templating": {"list": listed}})
    code, host, ad = found.variables
    assert (code.options, code.current) == (("200", "404"), ("404",))
    assert (host.index, host.field, host.is_asked, host.current) == ("clicks", "HOST", True, ("$__all",))
    assert host.with_options(("a", "b")).expanded(("$__all",)) == ("a", "b")
    assert "adhoc" in ad.lacks
    assert (found.panels[0].kind, found.panels[0].text, found.panels[0].lacks) == ("text", "x", "")


def test_a_variable_that_nothing_stands_for_is_told_in_its_panel() -> None:
    target = {"query": "HOST:$host", "metrics": [{"type": "count", "id": "1"}], "bucketAggs": [_TIMES]}
    assert "$host" in _panel(target).lacks
    assert "adhoc" in _panel(target, templating={"list": [{"name": "host", "type": "adhoc"}]}).lacks
    panel = _panel(target, templating={"list": [{"name": "host", "type": "custom", "query": "a"}]})
    assert not panel.lacks
    body = asking.request(panel.targets[0], 0, 60_000, 7, {"host": ("a-1",)})
    assert body["query"]["bool"]["filter"][1]["query_string"]["query"] == "HOST:a\\-1"


def test_data_sources_by_uid_and_of_an_export() -> None:
    target = {"metrics": [{"type": "count", "id": "1"}], "bucketAggs": [_TIMES]}
    panel = {"type": "graph", "datasource": {"type": "elasticsearch", "uid": "P1"}, "targets": [target]}
    assert parse({"panels": [panel]}, {"P1": "events"}).panels[0].targets[0].index == "events"
    export = {
        "__inputs": [{"name": "DS_X", "label": "pages", "type": "datasource"}],
        "panels": [{**panel, "datasource": "${DS_X}"}],
    }
    assert parse(export).panels[0].targets[0].index == "pages"


def test_terms_are_ordered_by_the_metric_that_is_named() -> None:
    terms: dict[str, Any] = {
        "type": "terms",
        "id": "3",
        "field": "H",
        "settings": {"orderBy": "4", "order": "desc", "size": "3"},
    }
    metrics = [{"type": "count", "id": "1"}, {"type": "max", "id": "4", "field": "N"}]
    (target,) = _panel({"metrics": metrics, "bucketAggs": [terms, _TIMES]}).targets
    outer = asking.request(target, 0, 60_000, 7)["aggs"]["b0"]
    assert outer["terms"]["order"] == {"m4": "desc"}
    assert outer["aggs"]["m4"] == {"max": {"field": "N"}}
    by_count = {**terms, "settings": {**terms["settings"], "orderBy": "1"}}
    (target,) = _panel({"metrics": metrics, "bucketAggs": [by_count, _TIMES]}).targets
    assert asking.request(target, 0, 60_000, 7)["aggs"]["b0"]["terms"]["order"] == {"_count": "desc"}
    percentiles = [{"type": "percentiles", "id": "1", "field": "N", "settings": {"percents": ["50", "99"]}}]
    (target,) = _panel({"metrics": percentiles, "bucketAggs": [{**terms, "settings": {"orderBy": "1[99.0]"}}]}).targets
    assert asking.request(target, 0, 60_000, 7)["aggs"]["b0"]["terms"]["order"] == {"m1[99.0]": "desc"}


def test_percentiles_derivatives_and_filters_are_asked_for_and_read() -> None:
    metrics = [
        {"type": "percentiles", "id": "1", "field": "N", "settings": {"percents": ["50", "95"]}}, {"type": "max", "id": "2", "field": "N", "hide": True},
        {"type": "derivative", "id": "5", "pipelineAgg": "2", "field": "2", "settings": {"unit": "1s"}},
    ]  # fmt: skip
    filters = {
        "type": "filters",
        "id": "6",
        "settings": {"filters": [{"query": "a:1", "label": "first"}, {"query": "b:2", "label": ""}]},
    }
    (target,) = _panel({"metrics": metrics, "bucketAggs": [filters, _TIMES]}).targets
    body = asking.request(target, 0, 60_000, 7)["aggs"]["b0"]
    assert body["filters"]["filters"]["first"]["query_string"]["query"] == "a:1"
    inner = body["aggs"]["b1"]["aggs"]
    assert inner["m5"] == {"derivative": {"buckets_path": "m2", "unit": "1s"}}
    assert inner["m1"] == {"percentiles": {"field": "N", "percents": [50.0, 95.0]}}
    bucket = {
        "key": 1000,
        "doc_count": 1,
        "m1": {"values": {"50.0": 5, "95.0": 9}},
        "m2": {"value": 7},
        "m5": {"value": 2},
    }
    lines = data.series(target, {"aggregations": {"b0": {"buckets": {"first": {"b1": {"buckets": [bucket]}}}}}})
    assert [(line.name, line.values) for line in lines] == [
        ("first p50 N", (5.0,)),
        ("first p95 N", (9.0,)),
        ("first Derivative N", (2.0,)),
    ]


def test_an_alias_that_is_the_same_for_all_keeps_a_line_a_host() -> None:
    terms: dict[str, Any] = {"type": "terms", "id": "3", "field": "HOST", "settings": {}}
    answer = {
        "aggregations": {
            "b0": {
                "buckets": [{"key": host, "b1": {"buckets": [{"key": 1000, "doc_count": 2}]}} for host in ("a", "b")]
            }
        }
    }
    for alias, names in (
        ("{{host}}", ["a", "b"]),
        ("{{HOST}} {{metric}}", ["a Count", "b Count"]),
        ("same", ["same", "same"]),
    ):
        (target,) = _panel(
            {"alias": alias, "metrics": [{"type": "count", "id": "1"}], "bucketAggs": [terms, _TIMES]}
        ).targets
        assert [line.name for line in data.series(target, answer)] == names


def test_a_bucket_that_still_runs_is_told_as_such_and_is_no_last_value() -> None:
    """The last window of a dashboard looked like a fall each time it was asked."""
    target = {"metrics": [{"type": "count", "id": "1"}], "bucketAggs": [_TIMES]}
    answer = {"aggregations": {"b0": {"buckets": [{"key": 1000 * t, "doc_count": c} for t, c in ((10, 5), (20, 2))]}}}
    panel = _panel(target, "stat")
    (line,) = data.series(panel.targets[0], answer, span=300.0, end=24.0)
    assert (line.values, line.running, line.complete) == ((5.0, 2.0), 1, (5.0,))
    assert data.reduced(panel, (line,)) == 5.0
    assert data.reduced(replace(panel, reduce="sum"), (line,)) == 7.0  # what came is part of a sum
    (over,) = data.series(panel.targets[0], answer, span=300.0, end=30.0)
    assert over.running == 0


def test_logs_pies_and_bars_are_panels_of_their_own() -> None:
    panel = _panel({"metrics": [{"type": "logs", "id": "1", "settings": {"limit": "20"}}]}, "logs")
    assert (panel.kind, panel.lacks, panel.targets[0].documents) == ("logs", "", 20)
    assert asking.request(panel.targets[0], 0, 1, 7)["size"] == 20
    assert [_panel({"metrics": [{"type": "count", "id": "1"}]}, kind).kind for kind in ("piechart", "bargauge")] == [
        "pie",
        "bars",
    ]
