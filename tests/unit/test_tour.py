"""The tour of the first start: it takes no key from what is shown, and comes once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clickstream_tui import tour
from clickstream_tui.app import ConsoleApp
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.tour import TourPanel
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_tui.settings import Settings
from tests.snapshot.home_states import WELL


class Toured(ConsoleApp):
    """The console without servers, at its first start."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, with_tour=True)

    def start(self) -> Any:
        return None


def told(app: ConsoleApp) -> str:
    panel = app.screen_stack[0].query_one(TourPanel)
    return " ".join(str(each.render()) for each in panel.query("Static")) if panel.display else ""


def test_it_is_due_once_in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    settings = Settings(home=tmp_path / "home")
    assert not tour.is_due(replace(settings, read_only=True))
    assert not tour.is_due(replace(settings, replay=tmp_path / "x.jsonl"))
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    assert not tour.is_due(settings)
    monkeypatch.delenv("TEXTUAL_DRIVER")
    assert tour.is_due(settings)
    assert not tour.is_due(settings)
    (settings.home / tour.STATE).write_text("no JSON")
    assert tour.is_due(settings)


def test_where_it_cannot_be_kept_it_does_not_come_at_each_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not tour.is_due(Settings(home=tmp_path / "file" / "home"))


async def test_its_steps_go_on_and_back_and_end_after_the_sixth(tmp_path: Path) -> None:
    app = Toured(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        assert len(tour.STEPS) == 6
        for number in range(1, 7):
            assert f"Tour {number} of 6" in told(app)
            await pilot.press("greater_than_sign")
        assert not told(app)
        await pilot.press("greater_than_sign")
        assert not told(app)
        await pilot.press("colon", *"tour", "enter")
        assert "Tour 1 of 6" in told(app)
        await pilot.press("greater_than_sign", "less_than_sign")
        assert "Tour 1 of 6" in told(app)
        await pilot.click("#tour")
        assert "Tour 2 of 6" in told(app)
        await pilot.press("Q")
        assert not told(app)


async def test_every_key_does_what_it_does_without_it(tmp_path: Path) -> None:
    app = Toured(Settings(home=tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(WELL)
        await pilot.press("3")
        assert app.home.active == 3
        await pilot.press("7")
        assert isinstance(app.screen, TopicsScreen)
        await pilot.press("greater_than_sign")  # of the home screen only
        await pilot.press("escape")
        assert len(app.screen_stack) == 1
        assert "Tour 1 of 6" in told(app)
        await pilot.press("5", "end", "greater_than_sign")
        assert app.home.query_one(KsqlPane).editor.text.splitlines()[0].endswith(">")
        assert "Tour 1 of 6" in told(app)
        await pilot.press("escape", "2", "escape")
        assert not told(app)


async def test_it_tells_the_keys_as_they_are_bound(tmp_path: Path) -> None:
    app = Toured(Settings(home=tmp_path, keys={"app.maximise": "ctrl+f", "tour.on": "J"}))
    async with app.run_test(size=(120, 36)) as pilot:
        assert "J goes on" in told(app)
        await pilot.press("J")
        assert "ctrl+f gives it the whole screen" in told(app)
        for _ in range(4):
            await pilot.press("J")
        assert "? all of them" in told(app)
        assert "{" not in told(app)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 36), (200, 50)])
async def test_each_step_is_whole_at_each_size(tmp_path: Path, size: tuple[int, int]) -> None:
    app = Toured(Settings(home=tmp_path))
    async with app.run_test(size=size) as pilot:
        app.show(WELL)
        for _ in tour.STEPS:
            await pilot.pause()
            panel = app.query_one(TourPanel)
            words = panel.query_one("#tour-step")
            assert words.virtual_region.bottom <= panel.content_size.height - 1
            assert app.home.region.height >= size[1] - 9
            await pilot.press("greater_than_sign")
        await pilot.resize_terminal(59, 15)
        assert not app.query_one(TourPanel).region.height


@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_escape_ends_it_from_a_list_that_has_nothing_to_take_back(tmp_path: Path, pane: str) -> None:
    """The connectors kept the key, and did nothing with it."""
    app = Toured(Settings(home=tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(WELL)
        await pilot.press(pane, "escape")
        assert not told(app)
