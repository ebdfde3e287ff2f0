"""Pictures of each pane and of the home screen; looked at when they were made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from clickstream_pipeline.model import Snapshot
from clickstream_tui.announcements import Announcements
from clickstream_tui.app import ConsoleApp
from clickstream_tui.panes.base import Pane
from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.services import ServicesPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.settings import Settings
from tests.snapshot.states import EMPTY, FAILED, NOW, READY, RECORDS, SERIES

Compare = Callable[..., bool]
STATES = {"empty": EMPTY, "ready": READY, "failed": FAILED}


class Host(App[None]):
    """One pane alone, with the console's style."""

    CSS_PATH = Path(__file__).parents[2] / "tui" / "clickstream_tui" / "console.tcss"

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self.pane = pane

    def compose(self) -> ComposeResult:
        yield self.pane


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", [StagesPane, ServicesPane, ConnectorsPane])
def test_panes_of_the_snapshot(snap_compare: Compare, kind: type[Pane], state: str) -> None:
    async def show(pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, Host)
        pilot.app.pane.show(STATES[state])
        await pilot.pause()

    assert snap_compare(Host(kind(id="pane")), terminal_size=(120, 36), run_before=show)


@pytest.mark.parametrize("state", STATES)
def test_tail(snap_compare: Compare, state: str) -> None:
    pane = TailPane(id="tail")

    async def show(pilot: Pilot[None]) -> None:
        if state == "ready":
            pane.add(RECORDS, len(RECORDS), 3)
        elif state == "failed":
            pane.fail("Kafka does not answer at 127.0.0.1:9092. Start it with: clickstream-tui up")
        await pilot.pause()

    assert snap_compare(Host(pane), terminal_size=(120, 36), run_before=show)


@pytest.mark.parametrize("state", STATES)
def test_ksql(snap_compare: Compare, state: str) -> None:
    pane = KsqlPane(id="ksql")

    async def show(pilot: Pilot[None]) -> None:
        if state == "ready":
            pane.results.begin(["K1", "EVENTS"])
            pane.results.rows([[n, n * 2] for n in range(5)] + [["[red]x[/red]\x1b[2J", None]])
            pane.results.say("6 rows")
            assert len(pane.results.result.rows) == 6  # they are drawn now, not a fifth of a second later
            await pilot.pause()
        elif state == "failed":
            pane.results.say("statement 1 failed: NOPE does not exist.")
        await pilot.pause()

    assert snap_compare(Host(pane), terminal_size=(120, 36), run_before=show)


@pytest.mark.parametrize("state", STATES)
def test_charts(snap_compare: Compare, state: str) -> None:
    pane = ChartsPane(id="charts")

    async def show(pilot: Pilot[None]) -> None:
        for name, series in SERIES.items():
            if state == "ready":
                pane.draw(name, series)
            elif state == "failed":
                pane.draw(name, (), "ksqlDB does not answer at http://127.0.0.1:8088")
        await pilot.pause()

    assert snap_compare(Host(pane), terminal_size=(120, 36), run_before=show)


class Still(ConsoleApp):
    """The console without servers, and with a clock that stands, so that a picture holds still."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.announcements = Announcements(now=lambda: NOW)

    def start(self) -> Any:
        return None


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
def test_home(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        await pilot.pause()
        app.show(READY)
        app.query_one(TailPane).add(RECORDS, len(RECORDS), 0)
        for name, series in SERIES.items():
            app.query_one(ChartsPane).draw(name, series)
        app.say("stage dashboard is done")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=show)


def test_a_terminal_too_small_says_so(snap_compare: Compare, tmp_path: Path) -> None:
    assert snap_compare(Still(Settings(home=tmp_path)), terminal_size=(50, 10))


async def test_keys_reach_every_pane_and_dialogs_close(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(READY)
        for number in (2, 3, 4, 6, 1):
            await pilot.press(str(number))
            active = [pane.number for pane in app.query(Pane) if pane.has_class("-active")]
            assert active == [number]
        await pilot.press("f1")
        assert len(app.screen_stack) == 2
        await pilot.press("escape")
        assert len(app.screen_stack) == 1


async def test_snapshot_texts_are_never_markup() -> None:
    pane = ConnectorsPane(id="pane")
    app = Host(pane)
    async with app.run_test(size=(120, 36)):
        pane.show(FAILED)
        note = str(pane.query_one(".pane-note").render())
    assert "[red]Bulk request failed[/red]\\x1b[31m" in note


def test_states_differ() -> None:
    assert READY.ready
    assert not FAILED.ready
    assert isinstance(EMPTY, Snapshot)
