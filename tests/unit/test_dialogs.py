"""Questions before something is lost."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Button

from clickstream_tui.dialogs import ConfirmScreen
from clickstream_tui.settings import Settings
from tests.snapshot.test_panes import Still


async def test_cancel_is_at_hand(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    answers: list[bool | None] = []
    async with app.run_test() as pilot:
        for keys in (["enter"], ["n"], ["escape"], ["y"]):
            app.push_screen(ConfirmScreen("Drop it?", "Drop"), answers.append)
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()
    assert answers == [False, False, False, True]


async def test_where_data_would_go_the_name_is_typed(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    answers: list[bool | None] = []
    async with app.run_test() as pilot:
        app.push_screen(ConfirmScreen("Delete it?", "Delete", "yes-topic"), answers.append)
        await pilot.pause()
        yes = app.screen.query_one("#yes", Button)
        assert yes.disabled
        await pilot.press("y", "enter")  # a letter of the name, and not the whole of it
        assert answers == []
        await pilot.press(*"es-topic")
        await pilot.pause()
        assert not yes.disabled
        await pilot.press("enter")
        await pilot.pause()
        app.push_screen(ConfirmScreen("Delete it?", "Delete", "t"), answers.append)
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
    assert answers == [True, False]
