"""Pictures of the home screen in each state and size, looked at when they were made; and what is written in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clickstream_pipeline.model import Health, Snapshot
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.panes import base
from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.panes.strip import StripBox
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.screens.events import EventsScreen
from clickstream_tui.screens.flow import FlowScreen
from clickstream_tui.screens.queries import QueriesScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.status_table import StatusTable
from tests.snapshot.home_states import BEGINNING, ILL, STALE, WELL
from tests.snapshot.states import EMPTY, NOW, RECORDS, SERIES
from tests.snapshot.test_panes import Still

Compare = Callable[..., bool]
STATES = {"loading": EMPTY, "beginning": BEGINNING, "ready": WELL, "failed": ILL, "stale": STALE}
SIZES = {"narrow": (80, 24), "middle": (120, 36), "wide": (200, 50)}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long something lasts is counted to the clock of the pictures."""
    monkeypatch.setattr(base.time, "time", lambda: NOW)


def seen(app: Still, snapshot: Snapshot) -> None:
    """Two looks at the same: the second one draws the course of the rates, and events where something changed."""
    if snapshot.number:
        app.show(replace(WELL, number=1))
        for number in range(2, 8):
            app.show(replace(snapshot, number=number))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_home(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        await pilot.pause()
        if state == "beginning":
            app.show(BEGINNING)
        else:
            seen(app, STATES[state])
        if state in ("ready", "failed"):
            app.query_one(TailPane).add(RECORDS, len(RECORDS), 0)
            for name, series in SERIES.items():
                app.query_one(ChartsPane).draw(name, series)
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["ready", "failed", "stale"])
def test_flow(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        seen(app, STATES[state])
        await app.push_screen(FlowScreen())
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


@pytest.mark.parametrize("size", SIZES)
def test_events(snap_compare: Compare, tmp_path: Path, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        seen(app, ILL)
        await pilot.press("E")
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


@pytest.mark.parametrize("size", SIZES)
def test_tour(snap_compare: Compare, tmp_path: Path, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        app.show(BEGINNING)
        await pilot.press("colon", *"tour", "enter", "greater_than_sign", "greater_than_sign")
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


async def test_the_header_tells_profile_read_only_problems_and_the_time(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path, profile="remote", profile_name="prod", read_only=True, color="darkred"))
    async with app.run_test(size=(80, 24)) as pilot:
        seen(app, ILL)
        await pilot.pause()
        line = str(app.query_one("#header-text").render())
        assert "prod" in line
        assert "READ-ONLY" in line
        assert f"✗ {len(ILL.problems)} problems" in line
        assert str(app.query_one("#header-clock").render()) == "22:13:20"


async def test_a_profile_colour_that_is_none_is_left_out(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path, color="no colour"))
    async with app.run_test(size=(80, 24)):
        assert "embedded" in str(app.query_one("#header-text").render())


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_broken_is_named_on_home_with_why_and_the_key(tmp_path: Path, size: str) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=SIZES[size]) as pilot:
        seen(app, ILL)
        await pilot.pause()
        pane = app.query_one(StagesPane)
        assert pane.shows_problems
        assert pane.border_title == "1 Problems"
        table = pane.query_one("#problems-table", StatusTable)
        assert table.row_count == len(ILL.problems)
        assert (
            table.selected == "connector es_sink_EVENTS_PER_MIN"
        )  # the failed ones first, what began it before the rest
        await pilot.press("enter")
        assert isinstance(app.screen, TextScreen)
        text = str(app.screen.query("Static").first().render())
        assert "12,345 records wait: Elasticsearch does not answer" in text
        assert "\x1b" not in text
        assert "H restarts it" in text


async def test_the_trace_of_a_task_is_whole(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        seen(app, ILL)
        assert app.query_one("#problems-table", StatusTable).choose("connector es_sink_USER_ACTIVITY")
        await pilot.press("enter")
        text = str(app.screen.query("Static").first().render())
        assert "WorkerSinkTask.java:618" in text
        assert "Caused by: org.elasticsearch.ElasticsearchStatusException: index is read-only\\x1b[31m" in text


async def test_stages_take_room_only_while_one_is_not_done(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        pane = app.query_one(StagesPane)
        app.show(BEGINNING)
        assert not pane.shows_problems
        app.show(replace(WELL, number=2))
        assert pane.shows_problems
        assert app.focused is pane.query_one("#problems-table")  # the hand stays in the pane
        # something that fails later does not bring the list of stages back in its place
        app.show(replace(ILL, number=3, stages=BEGINNING.stages))
        assert pane.shows_problems
        await pilot.pause()


async def test_a_failed_part_comes_before_stages_that_were_never_done(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)):
        app.show(replace(ILL, stages=BEGINNING.stages))
        assert app.query_one(StagesPane).shows_problems


async def test_the_strip_goes_to_what_is_in_the_greatest_trouble(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        seen(app, ILL)
        await pilot.press("P")
        assert isinstance(app.focused, StripBox)
        assert app.focused.id == "strip-sinks"
        await pilot.press("enter")
        await pilot.pause()
        table = app.query_one("#connectors-table", StatusTable)
        assert table.has_focus
        assert table.selected == "es_sink_EVENTS_PER_MIN"
        await pilot.press("P", "left", "enter")
        await pilot.pause()
        assert isinstance(app.screen, QueriesScreen)
        assert app.screen.query_one(StatusTable).selected == "CLICK_USER_SESSIONS"  # what the paused query writes


async def test_a_number_that_is_not_known_is_no_zero(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        seen(app, STALE)
        await pilot.pause()
        box = app.query_one("#strip-topics", StripBox)
        assert "–/8" in box.render().plain
        assert str(box.border_title) == "? topics"


async def test_the_strip_repaints_nothing_that_stands(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.pause()
        drawn: list[str] = []
        for box in app.query(StripBox):
            box.refresh = lambda *_, name=box.id, **__: drawn.append(str(name))  # pyright: ignore[reportAttributeAccessIssue]
        app.show(WELL)
        assert drawn == []
        app.show(replace(WELL, queries=WELL.queries[1:]))
        assert set(drawn) == {"strip-queries"}


async def test_events_are_filtered_and_a_command_is_copied_as_a_line_of_a_shell(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        seen(app, ILL)
        await pilot.press("E")
        await pilot.pause()
        assert isinstance(app.screen, EventsScreen)
        table = app.screen.query_one(StatusTable)
        every = table.row_count
        assert every >= 4
        await pilot.press("/", *"failed")
        await pilot.pause()
        assert 0 < table.row_count < every


async def test_enter_in_the_flow_opens_the_part(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        seen(app, ILL)
        await pilot.press("9")
        await pilot.pause()
        table = app.screen.query_one(StatusTable)
        keys = [str(row.key.value) for row in table.ordered_rows]
        assert keys[:2] == ["connector:DATAGEN_CLICKSTREAM", "topic:clickstream"]
        # what leads to something broken comes before what does not
        broken = keys.index("connector:es_sink_EVENTS_PER_MIN")
        assert broken < keys.index("connector:es_sink_PAGES_PER_MIN")
        assert table.choose("connector:es_sink_EVENTS_PER_MIN")
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert app.query_one("#connectors-table", StatusTable).selected == "es_sink_EVENTS_PER_MIN"


def test_the_states_are_what_they_are_called() -> None:
    assert WELL.ready
    assert not WELL.problems
    assert [each.health for each in ILL.problems][:3] == [Health.FAILED] * 3
