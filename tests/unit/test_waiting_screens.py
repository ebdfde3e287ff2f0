"""Keys for a screen that still fetches what it shows are held until that is there; none goes to what lies behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.widgets import TextArea

from clickstream_pipeline.clients.connect_settings import PluginSetting
from clickstream_pipeline.errors import PipelineError
from clickstream_tui import config_text
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.screens.edit_config import Draft, EditConfigScreen
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.status_table import StatusTable
from tests.snapshot.home_states import WELL
from tests.snapshot.test_panes import Still

pytestmark = pytest.mark.timeout(60)
SETTINGS = (
    PluginSetting("tasks.max", "INT", False, "1", "HIGH", "Maximum number of tasks.", True),
    PluginSetting("kafka.topic", "STRING", True, None, "HIGH", "Topic to write to", False),
)


class Waiting(Still):
    """Keeps which connectors were to be deleted, or stopped."""

    hit: list[str]

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.hit = []

    def on_connectors_pane_delete(self, message: ConnectorsPane.Delete) -> None:
        self.hit.append(message.name)


class Slow:
    """A server that answers once it is let."""

    def __init__(self, error: str = "") -> None:
        self.let = asyncio.Event()
        self.error = error

    async def fetch(self) -> Draft:
        await self.let.wait()
        if self.error:
            raise PipelineError(self.error)
        return Draft("a=1\nb=2", {"a": "1", "b": "2"})


async def nothing_wrong(wanted: dict[str, str]) -> dict[str, str]:
    return {}


async def type_at_once(app: Waiting, *keys: str) -> None:
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_what_is_typed_before_the_editor_has_its_text_is_typed_into_it(tmp_path: Path) -> None:
    app, slow = Waiting(Settings(home=tmp_path)), Slow()
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.press("3")
        await app.push_screen(EditConfigScreen("x", slow.fetch, nothing_wrong, checker="The plugin"))
        await type_at_once(app, "backspace", "D", "9")
        await pilot.pause()
        slow.let.set()
        async with asyncio.timeout(10):
            while not app.screen.query_one(TextArea).text.startswith("a=D9"):  # noqa: ASYNC110 - a condition
                await asyncio.sleep(0.001)
        assert app.hit == []
        assert len(app.screen_stack) == 2


async def test_escape_does_not_wait_and_takes_with_it_what_was_held(tmp_path: Path) -> None:
    app, slow = Waiting(Settings(home=tmp_path)), Slow()
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.press("3")
        await app.push_screen(EditConfigScreen("x", slow.fetch, nothing_wrong, checker="The plugin"))
        await type_at_once(app, "D", "escape")
        async with asyncio.timeout(10):
            while len(app.screen_stack) > 1:  # noqa: ASYNC110 - a condition
                await asyncio.sleep(0.001)
        await pilot.pause()
        assert app.hit == []


async def test_a_failure_is_told_where_the_text_would_be(tmp_path: Path) -> None:
    app, slow = Waiting(Settings(home=tmp_path)), Slow("Kafka Connect does not answer at http://127.0.0.1:9")
    async with app.run_test(size=(120, 36)) as pilot:
        await app.push_screen(EditConfigScreen("x", slow.fetch, nothing_wrong, checker="The plugin"))
        slow.let.set()
        await pilot.pause()
        assert "does not answer at http://127.0.0.1:9" in str(app.screen.query_one("#edit-note").render())
        await pilot.press("z", "escape")
        assert len(app.screen_stack) == 1


async def test_a_list_without_its_first_look_holds_what_is_for_its_rows(tmp_path: Path) -> None:
    app = Waiting(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await type_at_once(app, "7", "down", "j")
        await pilot.pause()
        assert isinstance(app.screen, TopicsScreen)
        app.show(WELL)
        app.screen.reload()
        table = app.screen.query_one(StatusTable)
        async with asyncio.timeout(10):
            while table.cursor_row != 2:  # noqa: ASYNC110 - a condition
                await asyncio.sleep(0.001)


async def test_a_list_that_waits_does_not_hold_the_way_to_another_place(tmp_path: Path) -> None:
    app = Waiting(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("7", "2")
        assert len(app.screen_stack) == 1
        assert app.home.active == 2


def test_a_new_connector_begins_with_what_it_cannot_do_without() -> None:
    text = config_text.template("x.Datagen", "source", SETTINGS)
    assert text.split("\n")[:2] == ["name=", "kafka.topic="]
    assert "#tasks.max=1" in text
    assert config_text.read(text, {}) == {}
    assert config_text.read("a=\nb=", {"b": ""}) == {"b": ""}
    assert config_text.template("x.Sink", "sink", ()).startswith("name=\ntopics=")


def test_the_line_of_a_setting_is_the_one_that_sets_it() -> None:
    text = "#a=1\nb=2\n a = 3\n# a sentence"
    assert config_text.line_of("#a=1\nb=2\na=3", "a") == 2
    assert config_text.line_of(text, "b") == 1
    assert config_text.line_of(text, "c") is None
    assert [config_text.key_of(line) for line in text.split("\n")] == ["a", "b", "", ""]
