"""The tail by its keys: a line chosen, shown in full, copied, exported; times in each form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import Static

from clickstream_tui.dialogs import TextScreen
from clickstream_tui.panes.tail import TIMES, TailPane, detail, moment
from clickstream_tui.settings import Settings
from clickstream_widgets.line_view import LineView
from clickstream_widgets.note import Note
from tests.snapshot.states import RECORDS
from tests.snapshot.test_panes import Still


def test_times_in_each_form() -> None:
    stamp = 1_700_000_000_123
    assert moment(stamp, "utc") == "22:13:20.123Z"
    assert moment(stamp, "epoch") == "1700000000123"
    assert moment(stamp, "relative", lambda: 1_700_000_010.123).strip() == "10.0s ago"
    assert moment(stamp, "local") == "22:13:20.123"  # the tests' zone is UTC


def test_a_record_in_full() -> None:
    text = detail(RECORDS[3])
    for part in ("partition  0", "offset     3", "2023-11-14T22:13:20.090+00:00", '"status": "404"'):
        assert part in text


async def test_by_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Still(Settings(home=tmp_path))
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(120, 36)) as pilot:
        pane = app.query_one(TailPane)
        pane.add(RECORDS, len(RECORDS), 0)
        await pilot.pause()
        await pilot.press("4", "up", "up")
        view = pane.query_one(LineView)
        assert view.cursor == 38
        assert not view.following
        await pilot.press("enter")
        assert isinstance(app.screen, TextScreen)
        assert "offset     38" in str(app.screen.query(Static).first().render())
        await pilot.press("escape", "y")
        assert json.loads(copied[0])["offset"] == 38
        for _ in TIMES:
            await pilot.press("u")
        assert app.announcements.message == "times are local"
        pane.add(RECORDS[:5], len(RECORDS) + 5, 0)
        await pilot.pause()
        assert view.cursor == 38  # stays on its line while new ones come
        await pilot.press("e")
        (file,) = (tmp_path / "exports").iterdir()
        assert len(file.read_text().splitlines()) == len(RECORDS) + 5
        await pilot.press("f")
        assert view.cursor is None
        assert view.following


def test_the_cursor_stays_on_its_line_as_the_oldest_give_way() -> None:
    view = LineView(capacity=10)
    view.extend(range(10))
    view.set_reactive(LineView.cursor, 4)
    view.set_reactive(LineView.following, False)
    view.extend([10, 11])
    assert view.chosen == 4
    view.extend(range(12, 18))
    assert view.cursor is None


async def test_why_nothing_comes_is_told_until_something_does(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 30)):
        pane = app.query_one(TailPane)
        note = pane.query_one("#tail-note", Note)
        pane.fail("Kafka does not answer")
        assert note.text == "Kafka does not answer"
        pane.fail("")
        assert note.text == "waiting for the first clicks"
        pane.add(RECORDS, len(RECORDS), 0)
        pane.fail("Kafka does not answer")
        pane.add([], len(RECORDS), 0)  # the next look, a tenth of a second later
        assert note.text.startswith(f"stale: Kafka does not answer · {len(RECORDS)} records")
        pane.add(RECORDS, 2 * len(RECORDS), 0)
        assert "stale" not in note.text
