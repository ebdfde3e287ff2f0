"""Grafana dashboards over the search server: every panel has data, and it is what the server gives by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from clickstream_pipeline import exercises
from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient
from clickstream_pipeline.dashboards import data
from clickstream_pipeline.dashboards.model import OURS, Dashboard, load, parse
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses
from clickstream_tui.app import ConsoleApp
from clickstream_tui.screens.dashboard import DashboardScreen, PanelView
from clickstream_tui.settings import Settings
from tests.conftest import FREE_PORTS, wait_until
from tests.processes import Server


def _terms(field: str, number: str) -> dict[str, Any]:
    settings = {"size": "10", "order": "desc", "orderBy": "_term", "min_doc_count": 1}
    return {"type": "terms", "id": number, "field": field, "settings": settings}


def _times(interval: str) -> dict[str, Any]:
    return {"type": "date_histogram", "id": "3", "field": "EVENT_TS",
            "settings": {"interval": interval, "min_doc_count": 0, "trimEdges": 0}}  # fmt: skip


def _old_panel(number: int, kind: str, index: str, buckets: list[Any], metric: dict[str, Any], **more: Any) -> Any:
    target = {"refId": "A", "dsType": "elasticsearch", "query": "*", "timeField": "EVENT_TS", "bucketAggs": buckets,
              "metrics": [{"id": "1", "meta": {}, "settings": {}, **metric}]}  # fmt: skip
    return {"id": number, "title": f"panel {number}", "type": kind, "span": 6, "datasource": index,
            "targets": [target], **more}  # fmt: skip


# the shape of the tutorial's dashboard: schema 14, panels in rows, each over a data source named after its index
OLD = {
    "title": "As in the tutorial", "schemaVersion": 14, "time": {"from": "now-15m", "to": "now"}, "refresh": "5s",
    "rows": [
        {"panels": [
            _old_panel(7, "graph", "errors_per_min_alert", [_terms("STATUS", "10"), _times("auto")],
                       {"type": "max", "field": "ERRORS"}, lines=False, points=True),
            _old_panel(10, "table", "user_ip_activity",
                       [_terms("IP", "10"), _terms("USERNAME", "11"), _terms("CITY", "12")], {"type": "count"}),
        ]},
        {"panels": [_old_panel(8, "graph", "click_user_sessions", [_terms("USERNAME", "10"), _times("10s")],
                               {"type": "max", "field": "EVENTS"}, lines=True, points=True)]},
        {"panels": [
            _old_panel(3, "graph", "pages_per_min", [_times("10s")], {"type": "avg", "field": "PAGES"}),
            _old_panel(9, "table", "enriched_error_codes_count", [_terms("CODE", "10"), _terms("DEFINITION", "11")],
                       {"type": "max", "field": "COUNT"}, styles=[{"thresholds": ["10"]}]),
            _old_panel(2, "graph", "events_per_min", [_times("10s")], {"type": "max", "field": "EVENTS"}),
        ]},
    ],
}  # fmt: skip


async def _filled(client: ElasticsearchClient, dashboard: Dashboard) -> None:
    major = await client.major()
    for panel in dashboard.panels:

        async def has_data(panel: Any = panel) -> bool:
            end = int(time.time() * 1000)
            return not (await data.fetch(client, panel, end - 900_000, end, major)).is_empty

        await wait_until(has_data, 120, f"data in the panel {panel.title}")


async def test_every_panel_of_the_tutorials_shape_has_data(pipeline: PipelineSession) -> None:
    dashboard = parse(OLD)
    assert [panel.kind for panel in dashboard.panels] == ["graph", "table", "graph", "graph", "table", "graph"]
    assert (dashboard.panels[0].points, dashboard.panels[0].lines) == (True, False)
    assert dashboard.panels[4].threshold == 10.0
    assert not any(panel.lacks for panel in dashboard.panels)
    await _filled(pipeline.elasticsearch, dashboard)


@pytest.mark.long
async def test_every_panel_of_ours_has_data(tmp_path: Path) -> None:
    stack = EmbeddedStack(tmp_path / "home", FREE_PORTS)  # of its own: the tables of the tasks change what others see
    await stack.ensure()
    own = PipelineSession(stack.home, stack, embedded_addresses(stack))
    try:
        for stage in own.stages():
            await stage.run(own.context, lambda _: None)
        await exercises.prepare(own.context)
        dashboard = load(OURS)
        assert not any(panel.lacks for panel in dashboard.panels)
        await _filled(own.elasticsearch, dashboard)
    finally:
        await own.close()
        ending = EmbeddedStack(stack.home)
        if await ending.attach():
            await ending.shutdown()


async def test_the_maximum_of_a_bucket_is_what_the_search_server_gives_by_hand(tmp_path: Path) -> None:
    panel = next(panel for panel in parse(OLD).panels if panel.number == 2)
    start, end = 1_700_000_000_000, 1_700_000_300_000
    with Server("search", tmp_path / "search") as server:
        client = ElasticsearchClient(f"http://{server.address}")
        await client.put_template()
        lines = [
            json.dumps(line)
            for number in range(200)
            for line in (
                {"index": {"_index": "events_per_min"}},
                {"EVENT_TS": start + number * 1_337, "USERID": number % 7, "EVENTS": number * 7_919 % 101},
            )
        ]
        headers = {"Content-Type": "application/x-ndjson"}
        await client.http.client.post("/_bulk", content="\n".join([*lines, ""]), headers=headers)
        (line,) = (await data.fetch(client, panel, start, end, 7)).series
        by_hand = {
            "size": 0, "query": {"range": {"EVENT_TS": {"gte": start, "lte": end}}},
            "aggs": {"t": {"date_histogram": {"field": "EVENT_TS", "fixed_interval": "10s"},
                           "aggs": {"most": {"max": {"field": "EVENTS"}}}}},
        }  # fmt: skip
        buckets = (await client.search("events_per_min", by_hand))["aggregations"]["t"]["buckets"]
        await client.close()
    wanted = {bucket["key"] / 1000: bucket["most"]["value"] for bucket in buckets}
    assert len(wanted) > 20
    assert dict(zip(line.times, line.values, strict=True)) == wanted


def test_what_cannot_be_shown_is_said_in_its_panel() -> None:
    target = {"metrics": [{"type": "bucket_script", "field": "X"}], "bucketAggs": [_times("10s")]}
    found = parse({"panels": [
        {"id": 1, "type": "heatmap", "title": "a", "gridPos": {"x": 0, "y": 1, "w": 12}},
        {"id": 2, "type": "timeseries", "title": "b", "gridPos": {"x": 0, "y": 0, "w": 24}, "datasource": "i",
         "targets": [target]},
        {"id": 3, "type": "graph", "title": "c", "gridPos": {"x": 12, "y": 1, "w": 12},
         "datasource": {"type": "prometheus", "uid": "p"}, "targets": [{"expr": "up"}]},
    ]})  # fmt: skip
    assert [panel.number for panel in found.panels] == [2, 1, 3]  # by their places
    assert "bucket_script" in found.panels[0].lacks
    assert "heatmap" in found.panels[1].lacks
    assert "prometheus" in found.panels[2].lacks


def test_a_file_that_is_no_dashboard(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    for text in ("{", "[]", '{"title": "x"}', '{"panels": [{"id": "x", "gridPos": 3}]}'):
        file.write_text(text)
        with pytest.raises(PipelineError, match="no Grafana dashboard"):
            load(file)
    with pytest.raises(PipelineError, match="cannot be read"):
        load(tmp_path / "absent.json")


def test_an_alias_is_filled() -> None:
    body = json.loads(json.dumps(OLD))
    body["rows"][0]["panels"][0]["targets"][0]["alias"] = "status {{term STATUS}} ({{metric}})"
    target = parse(body).panels[0].targets[0]
    answer = {"aggregations": {"b0": {"buckets": [
        {"key": 404, "b1": {"buckets": [{"key": 1000, "m1": {"value": 3}}, {"key": 2000, "m1": {"value": None}}]}},
    ]}}}  # fmt: skip
    (line,) = data.series(target, answer)
    assert (line.name, line.times, line.values) == ("status 404 (Max ERRORS)", (1.0,), (3.0,))


@pytest.mark.long
async def test_the_console_draws_a_dashboard(pipeline: PipelineSession, stack_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps(OLD))
    app = ConsoleApp(Settings(home=stack_home, ports=FREE_PORTS, dashboard=file))
    async with app.run_test(size=(160, 50)) as pilot:
        await wait_until(lambda: _async(isinstance(app.screen, DashboardScreen)), 20)
        screen = app.screen
        assert isinstance(screen, DashboardScreen)

        async def filled() -> bool:
            await pilot.pause()
            return screen.is_filled

        await wait_until(filled, 90, "every panel filled")
        assert len(screen.query(PanelView)) == 6
        await pilot.press("z")
        assert screen.has_class("single")
        await pilot.press("escape", "]", "p")
        await pilot.pause()
        assert "last 60 min" not in str(screen.query_one("#dashboard-title").render())
        await pilot.press("escape")
        assert len(app.screen_stack) == 1


async def _async(value: bool) -> bool:
    return value
