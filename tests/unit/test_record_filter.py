"""What the tail's filter lets pass."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Record
from clickstream_pipeline.record_filter import record_filter
from clickstream_tui.console import Console
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.settings import Settings
from clickstream_widgets.line_view import LineView


class Host(Console):
    """One pane alone in a console, which keeps its last filter."""

    def __init__(self, pane: TailPane) -> None:
        super().__init__(Settings())
        self._pane = pane

    def compose(self) -> ComposeResult:
        yield self._pane


RECORD = Record("t", 0, 1, 1_700_000_000_000, "k1", {"Status": "404", "request": "GET /index.html"})


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("index", True), ("INDEX", True), ("nope", False), ("!nope", True), ("k1", True), ("/ind.x/", True), ("/^x/", False),
        ("!/ind.x/", False), ("status=404", True), ("status!=404", False), ("status>400", True), ("status>=500", False),
        ("nofield=1", False),
    ],
)  # fmt: skip
def test_filters(text: str, passes: bool) -> None:
    chosen = record_filter(text)
    assert chosen is not None
    assert chosen(RECORD) is passes


def test_an_empty_filter_is_none_and_a_wrong_one_is_said() -> None:
    assert record_filter("  ") is None
    with pytest.raises(PipelineError, match="no regular expression"):
        record_filter("/(/")


async def test_the_tail_shows_what_passes_and_all_again() -> None:
    pane = TailPane(id="pane")
    app = Host(pane)

    def record(number: int) -> Record:
        return Record("t", 0, number, 1_700_000_000_000, "", {"n": number})

    async with app.run_test(size=(100, 24)) as pilot:
        pane.add([record(n) for n in range(10)], 10, 0)
        view = pane.query_one(LineView)
        view.focus()
        await pilot.press("slash", *"n>6", "enter")
        pane.add([record(3), record(11)], 12, 0)
        await pilot.pause()
        assert len(view.lines) == 4
        await pilot.press("escape")
        await pilot.pause()
        assert len(view.lines) == 12
