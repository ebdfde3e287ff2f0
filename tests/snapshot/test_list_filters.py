"""Every list has a filter: the problems, the stages, the rows of a query too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from clickstream_tui.panes.ksql_results import QueryResults
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.settings import Settings
from clickstream_widgets.note import Note
from clickstream_widgets.row_table import RowTable
from tests.snapshot.home_states import BEGINNING, ILL, WELL
from tests.snapshot.test_panes import Still


def _note(pane: StagesPane) -> str:
    return pane.query_one(".pane-note", Note).text


async def test_problems_are_filtered_and_all_are_shown_again(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(replace(ILL, number=2))
        pane = app.query_one(StagesPane)
        await pilot.press("1", "slash", *"user_activity", "enter")
        await pilot.pause()
        assert 0 < pane.data.row_count < len(ILL.problems)
        assert f"{pane.data.row_count} of {len(ILL.problems)} problems match" in _note(pane)
        app.show(replace(ILL, number=3))  # the next look keeps it
        assert pane.data.row_count < len(ILL.problems)
        await pilot.press("escape")
        await pilot.pause()
        assert pane.data.row_count == len(ILL.problems)
        app.show(replace(WELL, number=4))
        assert pane.data.row_count == 1  # that nothing is wrong is not filtered away


async def test_stages_are_filtered_and_the_filter_goes_with_them(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(replace(BEGINNING, number=1))
        pane = app.query_one(StagesPane)
        await pilot.press("1", "slash", *"^sinks", "enter")
        await pilot.pause()
        assert pane.data.row_count == 1
        assert "stages match" in _note(pane)
        app.show(replace(ILL, number=2))  # the problems take their place, all of them
        await pilot.pause()
        assert pane.data.row_count == len(ILL.problems)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_what_heals_the_chosen_problem_is_told_at_every_width(tmp_path: Path, size: tuple[int, int]) -> None:
    """The column of it gave way to why, and the line below did not say it either."""
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=size) as pilot:
        app.show(replace(ILL, number=2))
        pane = app.query_one(StagesPane)
        assert pane.data.choose("connector es_sink_EVENTS_PER_MIN")
        await pilot.pause()
        assert "H restarts it" in _note(pane)


async def test_rows_of_a_result_are_filtered_those_that_still_come_too(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        results = app.query_one(QueryResults)
        results.start(["SELECT"])
        results.begin(["STATUS", "IP"])
        results.rows([["404", "10.0.0.1"], ["200", "10.0.0.2"]], "2 rows")
        app.action_pane(5)
        table = app.query_one("#ksql-results", RowTable)
        table.focus()
        await pilot.press("slash", *"404", "enter")
        assert app.focused is table
        assert [table.row(number)[0] for number in range(table.row_count)] == ["404"]
        results.rows([["200", "10.0.0.3"], ["404", "10.0.0.4"]], "4 rows")
        assert len(results.result.rows) == 4
        assert [table.row(number)[1] for number in range(table.row_count)] == ["10.0.0.1", "10.0.0.4"]
        assert "2 of 4 rows match" in results.query_one("#ksql-note", Note).text
        await pilot.press("slash", "(")
        assert results.query_one(Input).has_class("-invalid")
        await pilot.press("escape")
        await pilot.pause()
        assert table.row_count == 4
        assert app.focused is table
