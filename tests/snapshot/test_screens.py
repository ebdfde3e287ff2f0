"""Pictures of the screens that list things; looked at when they were made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clickstream_tui.key_tables import SCREENS
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.status_table import StatusTable
from tests.snapshot.states import EMPTY, LINKED
from tests.snapshot.test_panes import Still

Compare = Callable[..., bool]
SIZES = {"narrow": (80, 24), "wide": (160, 40)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_screens(snap_compare: Compare, tmp_path: Path, name: str, size: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        app.show(LINKED)
        await app.push_screen(SCREENS[name]())
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)


@pytest.mark.parametrize("name", ["topics", "flow"])
def test_screens_of_nothing(snap_compare: Compare, tmp_path: Path, name: str) -> None:
    app = Still(Settings(home=tmp_path))

    async def show(pilot: Pilot[int]) -> None:
        app.show(EMPTY)
        await app.push_screen(SCREENS[name]())
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES["narrow"], run_before=show)


async def test_internal_topics_and_the_filter(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(LINKED)
        await app.push_screen(TopicsScreen())
        table = app.screen.query_one(StatusTable)
        assert table.row_count == 3
        await pilot.press("I")
        assert table.row_count == 4
        await pilot.press("/", *"events")
        await pilot.pause()
        assert table.row_count == 1
        assert table.selected == "EVENTS_PER_MIN"
        await pilot.press("escape")
        await pilot.pause()
        assert table.row_count == 4
        await pilot.press("escape")
        assert len(app.screen_stack) == 1
