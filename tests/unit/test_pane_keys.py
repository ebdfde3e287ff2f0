"""Every pane key with every verb, in one packet: what is done is what slow typing would do, whatever a poll shows between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.binding import Binding
from textual.coordinate import Coordinate
from textual.message import Message
from textual.pilot import Pilot

from clickstream_pipeline.model import Health, Snapshot
from clickstream_tui.panes.base import Pane
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.panes.services import ServicesPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.settings import Settings
from clickstream_widgets.data_list import DataList
from clickstream_widgets.note import Note
from clickstream_widgets.status_table import StatusTable
from tests.snapshot.home_states import BEGINNING, ILL, WELL
from tests.snapshot.test_panes import Still

PANES: tuple[type[Pane], ...] = (StagesPane, ServicesPane, ConnectorsPane)


def bindings_of(pane: type[Pane]) -> list[Binding]:
    """The keys of a pane."""
    return [each for each in pane.BINDINGS if isinstance(each, Binding)]


VERBS: dict[type[Pane], list[str]] = {pane: [binding.key for binding in bindings_of(pane)] for pane in PANES}
OTHERS = (3, 2)  # where the hand was before: panes with the same verbs for other things


class Listening(Still):
    """Keeps what the panes ask for, in place of doing it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.asked: list[tuple[str, str]] = []

    @property
    def taken(self) -> int:
        """How many keys have been taken."""
        return self._keys_taken

    async def _on_message(self, message: Message) -> None:
        kind = type(message).__qualname__
        if kind.split(".")[0] in {each.__name__ for each in VERBS} and "." in kind:
            part = getattr(message, "name", None) or getattr(getattr(message, "problem", None), "name", "")
            self.asked.append((kind, part))
            return
        await super()._on_message(message)


async def settled(app: Listening, pilot: Pilot[int]) -> list[tuple[str, str]]:
    await pilot.pause()
    found, app.asked = app.asked, []
    while len(app.screen_stack) > 1:
        app.pop_screen()
    return found


async def write(app: Listening, keys: Sequence[str]) -> None:
    """All keys as the driver hands on those of one packet: none waits for the one before."""
    taken = app.taken + len(keys)
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))

    async with asyncio.timeout(30):
        while app.taken < taken:  # noqa: ASYNC110 - as the pilot waits
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(("pane", "state"), [
    (StagesPane, "beginning"), (StagesPane, "ill"), (ServicesPane, "ill"), (ConnectorsPane, "ill"),
])  # fmt: skip
async def test_every_pane_and_verb_in_one_packet(tmp_path: Path, pane: type[Pane], state: str) -> None:
    app = Listening(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(BEGINNING if state == "beginning" else ILL)
        await pilot.pause()
        for verb in VERBS[pane]:
            await pilot.press(str(pane.number))
            await pilot.press(verb)
            slowly = await settled(app, pilot)
            assert all(kind.startswith(pane.__name__) for kind, _ in slowly)
            for other in OTHERS:
                await write(app, (str(other), str(pane.number), verb))
                assert await settled(app, pilot) == slowly, (other, pane.number, verb)


def resorted(snapshot: Snapshot) -> Snapshot:
    """The last connector and service have failed meanwhile, so they come first."""

    def broken(parts: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*parts[:-1], replace(parts[-1], health=Health.FAILED, why="it broke"))

    return replace(snapshot, connectors=broken(snapshot.connectors), services=broken(snapshot.services), number=2)


@pytest.mark.parametrize(("pane", "table", "message"), [
    ("2", "services-table", "ServicesPane.Stop"), ("3", "connectors-table", "ConnectorsPane.Stop"),
])  # fmt: skip
async def test_a_poll_between_pane_and_verb_does_not_move_the_target(
    tmp_path: Path, pane: str, table: str, message: str
) -> None:
    app = Listening(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.press(pane)
        chosen = app.query_one(f"#{table}", StatusTable).selected
        app.show(resorted(WELL))
        await write(app, "s")
        assert await settled(app, pilot) == [(message, chosen)]


async def test_what_takes_the_place_of_a_thing_that_has_gone_is_not_hit(tmp_path: Path) -> None:
    app = Listening(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.press("3")
        table = app.query_one("#connectors-table", StatusTable)
        assert table.choose("es_sink_EVENTS_PER_MIN")
        gone = tuple(each for each in WELL.connectors if each.name != "es_sink_EVENTS_PER_MIN")
        app.show(replace(WELL, connectors=gone, number=2))
        await write(app, "r")
        assert await settled(app, pilot) == []
        app.show(replace(WELL, connectors=gone, number=3))  # the list stands: the row that is seen is meant
        await write(app, "r")
        assert await settled(app, pilot) == [("ConnectorsPane.Restart", table.selected)]


@pytest.mark.parametrize("pane", VERBS, ids=lambda pane: pane.title)
async def test_read_only_greys_what_changes_and_says_why(tmp_path: Path, pane: type[Pane]) -> None:
    app = Listening(Settings(home=tmp_path, read_only=True))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(ILL)
        await pilot.press(str(pane.number))
        changes = [each for each in bindings_of(pane) if each.action in pane.CHANGES]
        for binding in changes:
            active = app.screen.active_bindings.get(binding.key)
            assert active is None or not active.enabled
            app.announcements.read()
            await pilot.press(binding.key)
            assert await settled(app, pilot) == []
            if active is not None:
                assert "read-only mode" in app.announcements.message


async def test_connectors_are_sorted_by_their_lag_as_a_number(tmp_path: Path) -> None:
    lags = {"es_sink_EVENTS_PER_MIN": 9, "es_sink_PAGES_PER_MIN": 1_200_000, "es_sink_USER_ACTIVITY": 45}
    connectors = tuple(replace(each, lag=lags.get(each.name)) for each in WELL.connectors)
    app = Listening(Settings(home=tmp_path))
    async with app.run_test(size=(200, 50)):
        app.show(replace(WELL, connectors=connectors, number=2))
        data = app.query_one("#connectors-table", DataList)
        data.sort_by("lag", largest_first=True)
        shown = [data.coordinate_to_cell_key(Coordinate(row, 0)).row_key.value for row in range(3)]
        assert shown == sorted(lags, key=lambda name: -lags[name])


async def test_connectors_are_filtered_and_a_verb_hits_what_is_shown(tmp_path: Path) -> None:
    app = Listening(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.press("3", "slash", *"PAGES", "enter")
        await pilot.pause()
        data, note = app.query_one("#connectors-table", DataList), app.query_one("#connectors-note", Note)
        assert (data.matching, data.row_count) == (1, 1)
        assert "1 of 8 connectors match" in note.text
        app.show(replace(WELL, number=2))  # a look does not end it
        assert data.row_count == 1
        await pilot.press("r")
        assert await settled(app, pilot) == [("ConnectorsPane.Restart", "es_sink_PAGES_PER_MIN")]
        await pilot.press("slash", "[")
        await pilot.pause()
        assert data.row_count == 1  # half a regular expression changes nothing
        await pilot.press("escape")
        await pilot.pause()
        assert data.row_count == len(WELL.connectors)


async def test_a_change_of_the_pane_draws_no_line_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Listening(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.press("1")
        await pilot.pause()
        drawn: list[str | None] = []
        render = Note.render

        def drawing(self: Note) -> Any:
            drawn.append(self.id)
            return render(self)

        monkeypatch.setattr(Note, "render", drawing)
        await pilot.press("3")
        await pilot.pause()
        assert drawn == []
