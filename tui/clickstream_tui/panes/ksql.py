"""The ksqlDB console: statements above, their results below, a result a statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import TextArea

from clickstream_tui.panes.base import Pane
from clickstream_tui.panes.ksql_editor import QueryEditor
from clickstream_tui.panes.ksql_results import QueryResults
from clickstream_widgets.row_table import RowTable


class KsqlPane(Pane):
    """Runs the text of the editor, statement by statement. Rows of a push query stream in until it is cancelled."""

    title = "ksqlDB"
    number = 5
    BINDINGS = [
        Binding("ctrl+j,f5", "run", "Run", id="ksql.run", tooltip="Run the statements in the editor"),
        Binding("ctrl+e", "run_here", "Run this", priority=True, id="ksql.run_here",
                tooltip="Run what is selected, else the statement under the cursor"),
        Binding("f2", "result(1)", "Next result", show=False, id="ksql.result", tooltip="The next statement's result"),
        Binding("ctrl+t", "search", "History", priority=True, id="ksql.history",
                tooltip="Search what was saved and what was run, yesterday's too"),
        Binding("ctrl+o", "explain", "Explain", show=False, priority=True, id="ksql.explain",
                tooltip="EXPLAIN the statement under the cursor"),
        Binding("ctrl+s,f11", "export", "Save rows", show=False, priority=True, id="ksql.export",
                tooltip="Write the rows of the result to a CSV and a JSONL file"),
        Binding("escape", "cancel", "Cancel", id="ksql.cancel", tooltip="End the running query, else leave the editor"),
    ]  # fmt: skip

    @dataclass
    class Run(Message):
        """Statements are to be run."""

        text: str

    @dataclass
    class Search(Message):
        """The statements that were run before are to be searched."""

    @dataclass
    class Export(Message):
        """Rows are to be written to files."""

        columns: tuple[str, ...]
        rows: tuple[Sequence[Any], ...]

    @dataclass
    class Cancel(Message):
        """What runs is to be ended."""

    def compose(self) -> ComposeResult:
        yield QueryEditor(id="ksql-desk")
        yield QueryResults(id="ksql-answers")

    @property
    def editor(self) -> QueryEditor:
        """Where statements are written."""
        return self.query_one(QueryEditor)

    @property
    def results(self) -> QueryResults:
        """What came of the statements."""
        return self.query_one(QueryResults)

    def action_run(self) -> None:
        editor = self.editor
        editor.keep()
        self._run(editor.text)

    def _run(self, text: str) -> None:
        self.editor.history.add(text)
        self.post_message(self.Run(text))

    def action_run_here(self) -> None:
        """Runs what is selected, else the statement under the cursor."""
        text = self.query_one(TextArea).selected_text.strip() or self.editor.here
        if text:
            self._run(text)

    def action_explain(self) -> None:
        """Runs EXPLAIN over the statement under the cursor."""
        text = self.editor.here
        if text:
            plain = text.strip().upper().startswith("EXPLAIN")
            self.post_message(self.Run(text if plain else f"EXPLAIN {text}"))

    def action_search(self) -> None:
        self.post_message(self.Search())

    def action_export(self) -> None:
        """Writes the rows that are held of the chosen result."""
        result = self.results.result
        self.post_message(self.Export(result.columns, tuple(result.rows)))

    def action_result(self, step: int) -> None:
        self.results.step(step)

    def action_cancel(self) -> None:
        if self.editor.close_choices() or self.results.show_all():
            return
        self.post_message(self.Cancel())
        if self.query_one(TextArea).has_focus:
            self.query_one(RowTable).focus()

    def on_query_editor_said(self, message: QueryEditor.Said) -> None:
        message.stop()
        self.results.say(message.text)
