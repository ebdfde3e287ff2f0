"""The line of keys: what it shows follows the focus, a click is the key, and nothing is left behind."""

from __future__ import annotations

import gc
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Button, Input

from clickstream_widgets.key_bar import KeyBar


class Named(Button):
    BINDINGS: ClassVar[list[Any]] = [Binding("n", "name", "Say the name", tooltip="Says it aloud")]

    def action_name(self) -> None:
        self.app.sub_title = self.id or ""


class Keys(App[None]):
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = [
        Binding("a,b", "count", "Count"),
        Binding("h", "count", "Hidden", show=False),
        Binding("x", "never", "Never"),
        Binding("y", "not_now", "Not now"),
    ]
    counted = 0

    def compose(self) -> ComposeResult:
        yield Named("one", id="one")
        yield Button("two", id="two")
        yield KeyBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return {"never": False, "not_now": None}.get(action, True)

    def action_count(self) -> None:
        self.counted += 1


def line(app: App[None]) -> str:
    return app.query_one(KeyBar).render().plain


async def test_it_follows_the_focus_and_shows_an_action_once() -> None:
    app = Keys()
    async with app.run_test() as pilot:
        app.query_one("#one").focus()
        await pilot.pause()
        assert "n Say the name" in line(app)
        assert line(app).count("Count") == 1
        assert "Hidden" not in line(app)
        assert "Never" not in line(app)
        app.query_one("#two").focus()
        await pilot.pause()
        assert "Say the name" not in line(app)


async def test_a_click_is_the_key_below_it() -> None:
    app = Keys()
    async with app.run_test() as pilot:
        app.query_one("#one").focus()
        await pilot.pause()
        await pilot.click(KeyBar, offset=(line(app).index("Say"), 0))
        await pilot.pause()
        assert app.sub_title == "one"
        await pilot.click(KeyBar, offset=(line(app).index("Count"), 0))
        await pilot.pause()
        assert app.counted == 1
        await pilot.click(KeyBar, offset=(line(app).index("Not now"), 0))
        await pilot.click(KeyBar, offset=(len(line(app)) + 3, 0))
        await pilot.pause()
        assert app.counted == 1


async def test_the_tooltip_is_that_of_the_key_below_the_pointer() -> None:
    app = Keys()
    async with app.run_test() as pilot:
        app.query_one("#one").focus()
        await pilot.pause()
        await pilot.hover(KeyBar, offset=(line(app).index("Say"), 0))
        assert app.query_one(KeyBar).tooltip == "Says it aloud"
        await pilot.hover(KeyBar, offset=(line(app).index("Count"), 0))
        assert app.query_one(KeyBar).tooltip == "Count"


async def test_changes_of_the_focus_leave_nothing_behind() -> None:
    def nodes() -> int:
        gc.collect()
        return sum(isinstance(found, DOMNode) for found in gc.get_objects())

    app = Keys()
    async with app.run_test() as pilot:
        await pilot.press("tab", "tab", "tab", "tab")
        before = nodes()
        for _ in range(10):
            await pilot.press("tab", "tab")
        assert nodes() <= before


async def test_a_letter_that_would_be_typed_is_not_offered_as_a_key() -> None:
    class Typing(App[None]):
        BINDINGS = [Binding("q,ctrl+q", "quit", "Quit", key_display="q"), Binding("z", "zoom", "Zoom")]

        def compose(self) -> ComposeResult:
            yield Input()
            yield KeyBar()

    app = Typing()
    async with app.run_test() as pilot:
        app.query_one(Input).focus()
        await pilot.pause()
        shown = [(each.display, each.description) for each in app.query_one(KeyBar).keys]
        assert ("^q", "Quit") in shown
        assert "Zoom" not in [words for _, words in shown]
        app.screen.set_focus(None)
        await pilot.pause()
        shown = [(each.display, each.description) for each in app.query_one(KeyBar).keys]
        assert ("q", "Quit") in shown
        assert ("z", "Zoom") in shown
