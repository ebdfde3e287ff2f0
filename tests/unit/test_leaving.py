"""What is still on its way when the console has ended finds no screen, and says nothing about it."""

from __future__ import annotations

from pathlib import Path

from textual import events

from clickstream_tui.settings import Settings
from tests.snapshot.home_states import ILL
from tests.snapshot.test_panes import Still


async def test_a_key_a_focus_and_a_look_that_come_after_the_last_screen(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("2")
        home = app.screen
    assert app.open_screen is None
    app._arrived(home)  # pyright: ignore[reportPrivateUsage] - behind a key that ended the console
    app._keys_held.append(events.Key("3", "3"))  # pyright: ignore[reportPrivateUsage]
    await app.take_held()
    app.on_descendant_focus()
    app.show(ILL)
    app.show_message()
