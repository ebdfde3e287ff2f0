"""The ksqlDB console: statements above, results below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable, TextArea

from clickstream_tui.panes.base import Pane
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line

_ROWS_KEPT = 500


class KsqlPane(Pane):
    """Runs the text of the editor, statement by statement. Rows of a push query stream in until it is cancelled."""

    title = "ksqlDB"
    number = 5
    BINDINGS = [
        Binding("ctrl+j,f5", "run", "Run", id="ksql.run", priority=True, tooltip="Run the statements in the editor"),
        Binding("escape", "cancel", "Cancel", id="ksql.cancel", tooltip="End the running query, else leave the editor"),
    ]

    def compose(self) -> ComposeResult:
        editor = TextArea(
            "SELECT * FROM EVENTS_PER_MIN WHERE K1 = 5;", id="ksql-editor", soft_wrap=True, tab_behavior="focus"
        )
        editor.cursor_blink = False
        yield editor
        yield DataTable[Text](id="ksql-results", cursor_type="row")
        yield Note("ctrl+j or F5 runs the statements", id="ksql-note", classes="note")

    @property
    def text(self) -> str:
        return self.query_one(TextArea).text

    def begin(self, columns: Sequence[str]) -> None:
        """A new result with these columns."""
        table = self.query_one(DataTable)
        table.clear(columns=True)
        for column in columns:
            table.add_column(one_line(column, 60))

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Adds rows; the oldest give way."""
        table = self.query_one(DataTable)
        for row in rows:
            table.add_row(*(Text(one_line(value, 200), no_wrap=True) for value in row))
        while table.row_count > _ROWS_KEPT:
            table.remove_row(next(iter(table.rows)))
        if rows:
            table.move_cursor(row=table.row_count - 1)

    def say(self, text: str) -> None:
        """The line below the results."""
        self.query_one("#ksql-note", Note).say(one_line(text))

    def action_run(self) -> None:
        self.ask("run", self.text)

    def action_cancel(self) -> None:
        self.ask("cancel")
        if self.query_one(TextArea).has_focus:
            self.query_one(DataTable).focus()
