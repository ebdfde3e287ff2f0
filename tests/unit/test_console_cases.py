"""Faults that were seen in the console, each as a person meets it: what is told stays, and a hand is not surprised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from clickstream_tui.announcements import LASTS, Announcements
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.screens.dashboard import DashboardScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.line_view import LineView
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.note import Note
from clickstream_widgets.row_table import RowTable
from tests.snapshot.home_states import WELL
from tests.snapshot.states import RECORDS
from tests.snapshot.test_panes import Still


async def test_a_filter_that_is_none_is_told_and_what_was_in_force_stays(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        pane = app.query_one(TailPane)
        pane.add(RECORDS, len(RECORDS), 0)
        await pilot.press("4", "/", *"userid=7", "enter")
        await pilot.press("/")
        pane.query_one("#tail-filter", Input).value = "/(/"
        await pilot.press("enter")
        assert "The filter is not in force" in app.announcements.latest
        assert pane.query_one("#tail-filter").has_class("-invalid")
        pane.add(RECORDS, 2 * len(RECORDS), 0)
        assert "filter userid=7: 2 match" in pane.query_one("#tail-note", Note).text
        assert "not in force" in app.query_one("#status", MessageLine).text  # records do not overwrite what was said


async def test_what_was_said_lasts_ten_seconds_is_cut_with_a_sign_and_kept_whole(tmp_path: Path) -> None:
    clock = [0.0]
    app = Still(Settings(home=tmp_path))
    app.announcements = Announcements(clock=lambda: clock[0])
    async with app.run_test(size=(80, 24)) as pilot:
        said = "the rows are in " + "/a/long/path" * 12 + "/rows.csv"
        app.say(said)
        await pilot.pause()
        shown = str(app.query_one("#status", MessageLine).render())
        assert shown.endswith("… (M: all)")
        await pilot.press("7")
        assert said[:20] in str(app.screen.query_one(MessageLine).render())  # on whatever screen is open
        await pilot.press("M")
        assert str(app.screen.query(Static).first().render()) == said
        await pilot.press("escape", "escape")
        app.say(said)
        clock[0] += LASTS - 0.1
        app.show_message()
        assert app.query_one("#status", MessageLine).text == said
        clock[0] += 0.2
        app.show_message()
        assert app.query_one("#status", MessageLine).text == ""
        assert [each.outcome for each in app.announcements.events].count(said) == 2


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (100, 30)])
async def test_resizing_does_not_end_following(tmp_path: Path, size: tuple[int, int]) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("4")
        pane = app.query_one(TailPane)
        pane.add(RECORDS, len(RECORDS), 0)
        await pilot.pause()
        await pilot.resize_terminal(*size)
        await pilot.pause()
        pane.add(RECORDS, 2 * len(RECORDS), 0)
        await pilot.pause()
        view = pane.query_one(LineView)
        assert view.following
        assert view.scroll_y == view.max_scroll_y > 0
        assert view.max_scroll_y == view.virtual_size.height - view.scrollable_content_region.height


async def test_more_lines_cost_no_layout_and_the_hand_keeps_its_place(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        pane = app.query_one(TailPane)
        pane.add(RECORDS, len(RECORDS), 0)
        await pilot.pause()
        await pilot.pause()
        view = pane.query_one(LineView)
        before = view.scroll_y
        pane.add(RECORDS[:7], len(RECORDS) + 7, 0)
        assert view.scroll_y == before + 7  # at once, not after a layout
        assert view.vertical_scrollbar.window_virtual_size == len(RECORDS) + 7
        await pilot.press("4", "g")
        assert not view.following
        pane.add(RECORDS, 2 * len(RECORDS) + 7, 0)
        await pilot.pause()
        assert view.scroll_y == 0
        await pilot.press("f")
        await pilot.pause()
        assert view.scroll_y == view.max_scroll_y == 2 * len(RECORDS) + 7 - view.scrollable_content_region.height


async def test_a_screen_that_is_open_is_not_opened_over_itself(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        for key in ("f9", "f9", "7", "8", "7", "f9"):
            await pilot.press(key)
        assert sum(isinstance(screen, DashboardScreen) for screen in app.screen_stack) == 1
        assert len(app.screen_stack) <= 4


async def test_thousands_of_rows_are_one_change_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5")
        results = app.query_one(KsqlPane).results
        results.start(["SELECT N"])
        results.begin(["N"])
        changes: list[int] = []
        original = RowTable.extend

        def extend(self: RowTable, rows: Sequence[Sequence[object]]) -> None:
            changes.append(1)
            original(self, rows)

        monkeypatch.setattr(RowTable, "extend", extend)
        for number in range(1_000):
            results.rows([[number]])
        await pilot.press("escape")  # answered behind at most one drawing
        assert len(changes) <= 3
        await pilot.pause()


async def test_help_tells_keys_as_they_are_bound_and_those_of_here_first(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path, keys={"app.maximise": "ctrl+f"}))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("3", "?")
        text = str(app.screen.query(Static).first().render())
        assert text.startswith("HERE")
        assert "ctrl+f" in text
        assert "slash" not in text
        assert "question_mark" not in text
        assert text.index("Delete the connector") < text.index("EVERYWHERE")
