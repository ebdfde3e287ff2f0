"""The variables of a dashboard, and what each may be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable

from clickstream_pipeline.dashboards.variables import ALL, Variable
from clickstream_pipeline.errors import PipelineError
from clickstream_tui.filter_entry import FilteredList
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import Row, StatusTable

Ask = Callable[[Variable], Awaitable[Variable]]
"""A variable with its options, asked for where they are not in the dashboard. Raises PipelineError."""


def told(variable: Variable) -> str:
    """A variable and what it is now: `host=All`."""
    values = ", ".join("All" if value == ALL else value for value in variable.current)
    return f"{one_line(variable.label)}={one_line(values, 40) or '(none)'}"


class VariablesScreen(ModalScreen[tuple[Variable, ...]]):
    """A row for each value; gives the variables as they were chosen.

    Args:
        variables: those of the dashboard; what is hidden or cannot be filled has no row.
        ask: fetches options.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, variables: Iterable[Variable], ask: Ask) -> None:
        super().__init__()
        self._variables = list(variables)
        self._ask = ask

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide offsets") as box:
            box.border_title = "Variables of the dashboard"
            yield FilteredList("variables", ("", "variable", "value"), stretch="value", id="variables")
            yield Note("loading the values …", id="variables-note", classes="note")

    def on_mount(self) -> None:
        self.query_one(StatusTable).focus()
        self._show()
        self._fetch()

    @work(exclusive=True, group="variables", exit_on_error=False)
    async def _fetch(self) -> None:
        problems: list[str] = []
        for place, each in enumerate(self._variables):
            if each.lacks:
                problems.append(f"{each.label}: {each.lacks}")
                continue
            try:
                found = await self._ask(each)
            except PipelineError as error:
                problems.append(f"{each.label}: {error.message}")
            else:  # what was chosen meanwhile stays
                self._variables[place] = replace(found, current=self._variables[place].current or found.current)
        self._show()
        hint = "enter chooses · esc goes back and asks anew"
        self.query_one("#variables-note", Note).say(one_line("; ".join(problems)) or hint)

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        for place, each in enumerate(self._variables):
            if each.is_hidden or each.lacks:
                continue
            for value in ([ALL] if each.has_all else []) + [*each.options]:
                mark = "●" if value in each.current else ""
                shown = "All" if value == ALL else value
                rows.append((f"{place} {value}", (mark, one_line(each.label), one_line(shown, 60))))
        return rows

    def _show(self) -> None:
        self.query_one(StatusTable).show(self._rows())

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        place, _, value = (event.row_key.value or "").partition(" ")
        if place:
            self._variables[int(place)] = self._variables[int(place)].chosen(value)
            self._show()

    def action_leave(self) -> None:
        self.dismiss(tuple(self._variables))
