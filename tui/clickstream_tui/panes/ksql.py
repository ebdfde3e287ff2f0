"""The ksqlDB console: statements above, results below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable, OptionList, TextArea

from clickstream_ksql.completion import Suggestion
from clickstream_pipeline.history import History
from clickstream_tui.panes.base import Pane
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line

_ROWS_KEPT = 500


class KsqlPane(Pane):
    """Runs the text of the editor, statement by statement. Rows of a push query stream in until it is cancelled."""

    title = "ksqlDB"
    number = 5
    BINDINGS = [
        Binding("ctrl+j,f5", "run", "Run", id="ksql.run", tooltip="Run the statements in the editor"),
        Binding(
            "ctrl+space,f3", "complete", "Complete", id="ksql.complete", tooltip="What may come next at the cursor"
        ),
        Binding("alt+up,f7", "recall(-1)", "Older", show=False, id="ksql.older", tooltip="The statement run before"),
        Binding("alt+down,f8", "recall(1)", "Newer", show=False, id="ksql.newer", tooltip="The statement run after"),
        Binding("escape", "cancel", "Cancel", id="ksql.cancel", tooltip="End the running query, else leave the editor"),
    ]

    def compose(self) -> ComposeResult:
        editor = TextArea(
            "SELECT * FROM EVENTS_PER_MIN WHERE K1 = 5;", id="ksql-editor", soft_wrap=True, tab_behavior="focus"
        )
        editor.cursor_blink = False
        yield editor
        choices = OptionList(id="ksql-choices")
        choices.display = False
        yield choices
        yield DataTable[Text](id="ksql-results", cursor_type="row")
        yield Note("ctrl+j or F5 runs the statements", id="ksql-note", classes="note")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.history = History(None)
        """The statements run before; the application gives the one that is kept."""
        self._suggestions: list[Suggestion] = []

    def action_complete(self) -> None:
        self.ask("complete", self.text)

    @property
    def cursor(self) -> int:
        """The cursor as an index into the text."""
        editor = self.query_one(TextArea)
        row, column = editor.cursor_location
        return sum(len(line) + 1 for line in editor.text.split("\n")[:row]) + column

    def offer(self, suggestions: Sequence[Suggestion]) -> None:
        """Puts in the only suggestion, or shows several to choose from."""
        self._suggestions = list(suggestions)
        choices = self.query_one(OptionList)
        if len(suggestions) <= 1:
            choices.display = False
            if suggestions:
                self._put(suggestions[0])
            else:
                self.say("nothing is known that may come here")
            return
        choices.clear_options()
        choices.add_options([Text(f"{each.text}  {each.kind}") for each in suggestions])
        choices.display = True
        choices.highlighted = 0
        choices.focus()

    def _put(self, chosen: Suggestion) -> None:
        editor = self.query_one(TextArea)
        row, column = editor.cursor_location
        blank = "" if chosen.kind == "function" else " "
        editor.replace(chosen.text + blank, (row, column - chosen.replaces), (row, column))
        editor.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(OptionList).display = False
        self._put(self._suggestions[event.option_index])

    def action_recall(self, by: int) -> None:
        """Goes through the statements that were run."""
        editor = self.query_one(TextArea)
        text = self.history.step(by, editor.text)
        if text is None:
            self.say("there is no older statement" if by < 0 else "there is no newer statement")
        else:
            editor.load_text(text)
            editor.move_cursor(editor.document.end)

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
        self.history.add(self.text)
        self.ask("run", self.text)

    def action_cancel(self) -> None:
        choices = self.query_one(OptionList)
        if choices.display:
            choices.display = False
            self.query_one(TextArea).focus()
            return
        self.ask("cancel")
        if self.query_one(TextArea).has_focus:
            self.query_one(DataTable).focus()
