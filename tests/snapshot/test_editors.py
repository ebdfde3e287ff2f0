"""Pictures of what is typed into: a configuration in each state, the plugins, the query desk; looked at when they were made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clickstream_pipeline.clients.connect_settings import Plugin, PluginSetting
from clickstream_pipeline.errors import PipelineError
from clickstream_tui import config_text
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.screens.connector import ConnectorScreen
from clickstream_tui.screens.edit_config import Draft, EditConfigScreen
from clickstream_tui.screens.new_connector import NewConnectorScreen
from clickstream_tui.screens.queries import QueriesScreen
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.row_table import RowTable
from tests.snapshot.home_states import ILL, STALE, WELL
from tests.snapshot.states import EMPTY
from tests.snapshot.test_panes import Still

Compare = Callable[..., bool]
SIZES = {"narrow": (80, 24), "middle": (120, 36), "wide": (200, 50)}
LISTS = {"topics": TopicsScreen, "queries": QueriesScreen}
SETTINGS = (
    PluginSetting("kafka.topic", "STRING", True, None, "HIGH", "Topic to write to", False),
    PluginSetting("max.interval", "LONG", False, "500", "HIGH", "Max interval between messages (ms)", False),
    PluginSetting("name", "STRING", True, None, "HIGH", "Globally unique name to use for this connector.", True),
    PluginSetting("tasks.max", "INT", False, "1", "HIGH", "Maximum number of tasks to use for this connector.", True),
)
WRONG = {"kafka.topic": 'Missing required configuration "kafka.topic" which has no default value. [red]x[/red]\x1b[31m'}
PLUGINS = (Plugin("io.confluent.kafka.connect.datagen.DatagenConnector", "source", "0.5.0"),
           Plugin("io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "sink", "10.0.2"))  # fmt: skip
GONE = "Kafka Connect does not answer at http://127.0.0.1:8083 (connection refused). Start it with: clickstream-tui up"


async def never() -> Draft:
    await asyncio.Event().wait()
    raise AssertionError


async def refused() -> Draft:
    raise PipelineError(GONE)


async def new() -> Draft:
    return Draft(config_text.template("x.Datagen", "source", SETTINGS), {}, {each.name: each for each in SETTINGS})


async def check(wanted: dict[str, str]) -> Mapping[str, str]:
    return {} if "kafka.topic" in wanted else WRONG


STATES: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
    "loading": (never, ()), "failed": (refused, ()), "ready": (new, ()), "refused": (new, ("f5",)),
    "agreed": (new, ("f5", *"clicks", "f5")),
}  # fmt: skip


@pytest.mark.parametrize("size", ["narrow", "middle"])
@pytest.mark.parametrize("state", STATES)
def test_configuration(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    app = Still(Settings(home=tmp_path))
    fetch, keys = STATES[state]

    async def show(pilot: Pilot[int]) -> None:
        app.show(WELL)
        await app.push_screen(EditConfigScreen("A new source", fetch, check, checker="The plugin"))  # pyright: ignore[reportArgumentType]
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await app.workers.wait_for_complete([each for each in app.workers if each.group == "edit.check"])
            await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


@pytest.mark.parametrize("state", ["loading", "ready", "failed"])
def test_plugins(snap_compare: Compare, tmp_path: Path, state: str) -> None:
    async def fetch() -> Sequence[Plugin]:
        if state == "loading":
            await asyncio.Event().wait()
        if state == "failed":
            raise PipelineError(GONE)
        return PLUGINS

    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        app.show(WELL)
        await app.push_screen(NewConnectorScreen(fetch))
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES["narrow"], run_before=show)


@pytest.mark.parametrize("size", ["narrow", "wide"])
@pytest.mark.parametrize("state", ["loading", "stale", "failed"])
@pytest.mark.parametrize("name", LISTS)
def test_lists(snap_compare: Compare, tmp_path: Path, name: str, state: str, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        app.show({"loading": EMPTY, "stale": STALE, "failed": ILL}[state])
        await app.push_screen(LISTS[name]())
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


@pytest.mark.parametrize("size", ["narrow", "middle"])
def test_connector_with_a_failed_task(snap_compare: Compare, tmp_path: Path, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        app.show(ILL)
        await app.push_screen(ConnectorScreen("es_sink_USER_ACTIVITY"))
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


@pytest.mark.parametrize("size", SIZES)
def test_query_desk(snap_compare: Compare, tmp_path: Path, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        app.show(WELL)
        await pilot.press("5", "ctrl+n")
        pane = app.home.query_one(KsqlPane)
        pane.editor.put(
            "-- who came\nSELECT K1, COUNT(*) FROM `t` WHERE S = 'a''b' AND N > 1.5\n  EMIT CHANGES;\nLIST TABLES;"
        )
        pane.results.start(["SELECT K1", "LIST TABLES;"])
        pane.results.begin(["K1", "WINDOWSTART", "NAME"])
        pane.results.rows(
            [[n, 1_700_000_000_000 + n * 60_000, None if n % 3 else f"[b]{n}[/b]\x1b[2J"] for n in range(9)]
        )
        pane.results.say("9 rows")
        assert len(pane.results.result.rows) == 9  # they are drawn now, not a tenth of a second later
        await pilot.pause()
        pane.results.query_one(RowTable).move_cursor(0)  # where the end is depends on which layout came first
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)
