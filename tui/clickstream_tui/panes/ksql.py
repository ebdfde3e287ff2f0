"""The ksqlDB console: statements above, their results below, a result a statement."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import DataTable, OptionList, Static, TextArea

from clickstream_ksql.completion import Suggestion
from clickstream_pipeline.history import History
from clickstream_pipeline.statement_runner import pieces_of
from clickstream_tui.panes.base import Pane
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line, printable

_ROWS_KEPT = 500
_DRAWN = 0.1  # seconds between two drawings of rows that stream in


@dataclass
class Shown:
    """The result of one statement: rows under columns, or why it failed."""

    title: str
    columns: tuple[str, ...] = ()
    rows: deque[Sequence[Any]] = field(default_factory=lambda: deque[Sequence[Any]](maxlen=_ROWS_KEPT))
    note: str = ""
    error: str = ""


def marked(message: str, statement: str, line: int, column: int) -> str:
    """An error in full, with the line of the statement that it is about and its place marked below."""
    text = message.replace("\\n", "\n")
    lines = statement.splitlines()
    if not 0 < line <= len(lines):
        return text
    place = " " * max(column - 1, 0) + "^" if column else ""
    return "\n".join(part for part in (text, "", f"line {line}, column {column}:", lines[line - 1], place) if part)


class KsqlPane(Pane):
    """Runs the text of the editor, statement by statement. Rows of a push query stream in until it is cancelled."""

    title = "ksqlDB"
    number = 5
    BINDINGS = [
        Binding("ctrl+j,f5", "run", "Run", id="ksql.run", tooltip="Run the statements in the editor"),
        Binding(
            "ctrl+e",
            "run_here",
            "Run this",
            priority=True,
            id="ksql.run_here",
            tooltip="Run the statement under the cursor",
        ),
        Binding("f2", "result(1)", "Next result", show=False, id="ksql.result", tooltip="The next statement's result"),
        Binding(
            "ctrl+space,f3", "complete", "Complete", id="ksql.complete", tooltip="What may come next at the cursor"
        ),
        Binding(
            "ctrl+t",
            "search",
            "History",
            show=False,
            priority=True,
            id="ksql.history",
            tooltip="Search the statements that were run, yesterday's too",
        ),
        Binding(
            "ctrl+o",
            "explain",
            "Explain",
            show=False,
            priority=True,
            id="ksql.explain",
            tooltip="EXPLAIN the statement under the cursor",
        ),
        Binding(
            "ctrl+s,f11",
            "export",
            "Save rows",
            show=False,
            priority=True,
            id="ksql.export",
            tooltip="Write the rows of the result to a CSV and a JSONL file",
        ),
        Binding("alt+up,f7", "recall(-1)", "Older", show=False, id="ksql.older", tooltip="The statement run before"),
        Binding("alt+down,f8", "recall(1)", "Newer", show=False, id="ksql.newer", tooltip="The statement run after"),
        Binding("escape", "cancel", "Cancel", id="ksql.cancel", tooltip="End the running query, else leave the editor"),
    ]

    @dataclass
    class Run(Message):
        """Statements are to be run."""

        text: str

    @dataclass
    class Complete(Message):
        """What may come next in a text is to be offered."""

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
        editor = TextArea(
            "SELECT * FROM EVENTS_PER_MIN WHERE K1 = 5;", id="ksql-editor", soft_wrap=True, tab_behavior="focus"
        )
        editor.cursor_blink = False
        yield editor
        choices = OptionList(id="ksql-choices")
        choices.display = False
        yield choices
        yield Note("", id="ksql-tabs", classes="note")
        with VerticalScroll(id="ksql-error-box") as box:
            box.display = False
            yield Static("", id="ksql-error", markup=False)
        yield DataTable[Text](id="ksql-results", cursor_type="row")
        yield Note("ctrl+j or F5 runs the statements", id="ksql-note", classes="note")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.history = History(None)
        """The statements run before; the application gives the one that is kept."""
        self._suggestions: list[Suggestion] = []
        self._results: list[Shown] = [Shown("")]
        self._chosen = 0
        self._waiting: list[Sequence[Any]] = []
        self._timer: Any = None

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#ksql-tabs").display = False

    # -- the editor --------------------------------------------------------------------------------------------

    def action_complete(self) -> None:
        self.post_message(self.Complete(self.text))

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

    def action_run(self) -> None:
        self.history.add(self.text)
        self.post_message(self.Run(self.text))

    @property
    def _here(self) -> str:
        """The statement that the cursor is in, or behind; "" where there is none."""
        row, column = self.query_one(TextArea).cursor_location
        before = [piece for piece in pieces_of(self.text) if (piece.line, piece.column) <= (row + 1, column + 1)]
        return before[-1].text if before else ""

    def action_run_here(self) -> None:
        """Runs what is selected, else the statement under the cursor."""
        text = self.query_one(TextArea).selected_text.strip() or self._here
        if text:
            self.history.add(text)
            self.post_message(self.Run(text))

    def action_explain(self) -> None:
        """Runs EXPLAIN over the statement under the cursor."""
        text = self._here
        if text:
            plain = text.strip().upper().startswith("EXPLAIN")
            self.post_message(self.Run(text if plain else f"EXPLAIN {text}"))

    def action_search(self) -> None:
        self.post_message(self.Search())

    def put(self, text: str) -> None:
        """Puts a text into the editor, the cursor behind it."""
        editor = self.query_one(TextArea)
        editor.load_text(text)
        editor.move_cursor(editor.document.end)
        editor.focus()

    def action_export(self) -> None:
        """Writes the rows that are held of the chosen result."""
        self._flush()
        self.post_message(self.Export(self._result.columns, tuple(self._result.rows)))

    def action_cancel(self) -> None:
        choices = self.query_one(OptionList)
        if choices.display:
            choices.display = False
            self.query_one(TextArea).focus()
            return
        self.post_message(self.Cancel())
        if self.query_one(TextArea).has_focus:
            self.query_one(DataTable).focus()

    # -- results -----------------------------------------------------------------------------------------------

    def start(self, titles: Sequence[str]) -> None:
        """Results of a new run, one a statement."""
        self._results = [Shown(title) for title in titles] or [Shown("")]
        self.select(0)

    def action_result(self, step: int) -> None:
        self.select((self._chosen + step) % len(self._results))

    def select(self, number: int) -> None:
        """Shows the result of a statement, from 0."""
        self._flush()
        self._chosen = min(max(number, 0), len(self._results) - 1)
        tabs = self.query_one("#ksql-tabs", Note)
        tabs.display = len(self._results) > 1
        tabs.say("f2 next  " + "  ".join(
            f"[{place} {each.title}]" if place == self._chosen + 1 else f"{place} {each.title}"
            for place, each in enumerate(self._results, 1)
        ))  # fmt: skip
        self._draw()

    @property
    def _result(self) -> Shown:
        return self._results[self._chosen]

    def begin(self, columns: Sequence[str]) -> None:
        """A result with these columns."""
        self._waiting.clear()
        self._result.columns = tuple(columns)
        self._result.rows.clear()
        self._result.error = ""
        self._draw()

    def _draw(self) -> None:
        """Draws the chosen result anew."""
        result, table = self._result, self.query_one(DataTable)
        box = self.query_one("#ksql-error-box")
        box.display = bool(result.error)
        table.display = not result.error
        self.query_one("#ksql-error", Static).update(printable(result.error))
        table.clear(columns=True)
        for column in result.columns:
            table.add_column(one_line(column, 60))
        self._put_rows(list(result.rows))
        self.query_one("#ksql-note", Note).say(result.note or "ctrl+j or F5 runs the statements")

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Adds rows; the oldest give way. They are drawn together, ten times a second at most."""
        self._waiting.extend(rows)
        del self._waiting[:-_ROWS_KEPT]
        if self._timer is None:
            self._timer = self.set_timer(_DRAWN, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._result.rows.extend(waiting)
        table = self.query_one(DataTable)
        if table.row_count + len(waiting) > 2 * _ROWS_KEPT:
            table.clear()
            waiting = list(self._result.rows)
        self._put_rows(waiting)

    def _put_rows(self, rows: Sequence[Sequence[Any]]) -> None:
        table = self.query_one(DataTable)
        table.add_rows([[Text(one_line(value, 200), no_wrap=True) for value in row] for row in rows])
        if rows:
            table.move_cursor(row=table.row_count - 1)

    def fail(self, number: int, message: str, statement: str = "", line: int = 0, column: int = 0) -> None:
        """Says in full why a statement failed; no older rows stay above it."""
        self.select(number - 1)
        self._result.error = marked(f"statement {number} failed: {message}", statement, line, column)
        self._result.note = "failed"
        self._draw()

    def say(self, text: str) -> None:
        """The line below the results."""
        self._result.note = one_line(text)
        self.query_one("#ksql-note", Note).say(self._result.note)
