"""The results of statements: one a statement, as a table that is sorted and copied, or as the reason why it failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from clickstream_pipeline import row_export
from clickstream_tui.filter_entry import FilterEntry
from clickstream_widgets.list_filter import row_filter
from clickstream_widgets.note import Note
from clickstream_widgets.row_table import Cell, RowTable
from clickstream_widgets.safe_text import one_line, printable

_ROWS_KEPT = 500
_DRAWN = 0.2  # seconds between two drawings of rows that stream in
_TIMES = frozenset({"WINDOWSTART", "WINDOWEND", "ROWTIME"})  # ksqlDB's own, in epoch milliseconds
HINT = "^j runs all · ^e the one at the cursor · ^n new tab · ^t finds · ^g saves"


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


def as_time(value: Any) -> Any:
    """Epoch milliseconds as the local time of a clock; anything else as it is."""
    if not isinstance(value, int) or isinstance(value, bool) or not 10**11 < value < 10**14:
        return value
    return datetime.fromtimestamp(value / 1000).isoformat(sep=" ", timespec="milliseconds")


def _rank(value: Any) -> tuple[int, float, str]:
    """The order of values: numbers, then texts."""
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value))


def in_order(rows: Sequence[Sequence[Any]], place: int, *, largest_first: bool) -> list[Sequence[Any]]:
    """Rows by one of their columns; those with null there come last, whichever way round."""
    known = [row for row in rows if row[place] is not None]
    known.sort(key=lambda row: _rank(row[place]), reverse=largest_first)
    return [*known, *(row for row in rows if row[place] is None)]


class QueryResults(Vertical):
    """Results below the editor.

    BINDINGS:
        | key | does |
        |---|---|
        | o, O, a click on a header | sorts the rows that are shown |
        | u | times as times, or as they came |
        | y | copies the row |
        | / | shows the rows that match |
    """

    BINDINGS = [
        Binding("o", "sort_next", "Sort", show=False, id="results.sort", tooltip="Sort the rows by the next column"),
        Binding("O", "sort_reverse", "Reverse", show=False, id="results.reverse", tooltip="Sort the other way round"),
        Binding("u", "times", "Times", show=False, id="results.times", tooltip="Times as times, or as numbers"),
        Binding("y", "copy", "Copy", show=False, id="results.copy", tooltip="Copy the chosen row as JSON"),
        Binding("slash", "filter", "Filter", show=False, id="results.filter", key_display="/",
                tooltip="Show the rows that match a regular expression, ! before it for the opposite"),
    ]  # fmt: skip

    @dataclass
    class Said(Message):
        """Something is to be said where messages are."""

        text: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._results: list[Shown] = [Shown("")]
        self._chosen = 0  # the result that is shown
        self._at = 0  # the one that answers go to
        self._waiting: list[Sequence[Any]] = []
        self._timer: Timer | None = None
        self._raw = False
        self._sort: int | None = None
        self._largest_first = False
        self._times: list[bool] = []  # of each column whether its numbers are shown as times
        self._passes: Callable[[str], bool] | None = None

    def compose(self) -> ComposeResult:
        tabs = Note("", id="ksql-tabs", classes="note")
        tabs.display = False
        yield tabs
        with VerticalScroll(id="ksql-error-box") as box:
            box.display = False
            yield Static("", id="ksql-error", markup=False)
        yield RowTable(cell=self._cell, capacity=_ROWS_KEPT, id="ksql-results")
        yield FilterEntry("results", classes="pane-filter")
        yield Note(HINT, id="ksql-note", classes="note")

    def _cell(self, place: int, value: Any) -> Cell:
        """A value as it is shown in a column."""
        if value is None:
            return "null", "dim italic"
        return one_line(as_time(value) if self._times[place] else value, 200), ""

    @property
    def _table(self) -> RowTable:
        return self.query_one(RowTable)

    @property
    def result(self) -> Shown:
        """The one that is shown, with all rows that have come."""
        self._flush()
        return self._results[self._chosen]

    # -- several results ---------------------------------------------------------------------------------------

    def start(self, titles: Sequence[str]) -> None:
        """Results of a new run, one a statement."""
        self._flush()
        self._results = [Shown(title) for title in titles] or [Shown("")]
        self._at = 0
        self.select(0)

    def receive(self, number: int) -> None:
        """Answers are those of another statement, from 0. It is shown where the one before it was."""
        self._flush()
        followed, self._at = self._chosen == self._at, min(max(number, 0), len(self._results) - 1)
        if followed:
            self.select(number)

    def step(self, by: int) -> None:
        """Shows the result of another statement."""
        self.select((self._chosen + by) % len(self._results))

    def select(self, number: int) -> None:
        """Shows the result of a statement, from 0."""
        self._flush()
        self._chosen = min(max(number, 0), len(self._results) - 1)
        self._sort = None
        tabs = self.query_one("#ksql-tabs", Note)
        tabs.display = len(self._results) > 1
        titles = [f"{place} {each.title}" for place, each in enumerate(self._results, 1)]
        titles[self._chosen] = f"[{titles[self._chosen]}]"
        tabs.say("f2 next  " + "  ".join(titles))
        self._draw()

    # -- the one that answers go to ----------------------------------------------------------------------------

    def begin(self, columns: Sequence[str]) -> None:
        """A result with these columns."""
        self._waiting.clear()
        result = self._results[self._at]
        result.columns, result.error = tuple(columns), ""
        result.rows.clear()
        if self._at == self._chosen:
            self._sort = None
            self._draw()

    def rows(self, rows: Sequence[Sequence[Any]], note: str = "") -> None:
        """Adds rows; the oldest give way. They are drawn together, five times a second at most.

        Args:
            rows: the values of each, in the order of the columns.
            note: is said with them, as `say` does; "" leaves what was said.
        """
        self._waiting.extend(rows)
        del self._waiting[:-_ROWS_KEPT]
        if note:
            self._results[self._at].note = one_line(note)
        if self._timer is None:
            self._timer = self.set_timer(_DRAWN, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        result = self._results[self._at]
        result.rows.extend(waiting)
        if self._at != self._chosen:
            return
        if self._sort is not None:
            self._draw()
            return
        self._table.extend(self._passing(waiting))
        self._tell()

    def _passing(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """The rows that the filter lets through, by what is shown of them."""
        passes = self._passes
        if passes is None:
            return list(rows)
        return [row for row in rows if passes(" ".join(self._texts(row)))]

    def _texts(self, row: Sequence[Any]) -> list[str]:
        return [self._cell(place, value)[0] for place, value in enumerate(row[: len(self._times)])]

    def _tell(self) -> None:
        """The line below: what the filter lets through, else what there is to say of the result."""
        result = self._results[self._chosen]
        shown = f"{self._table.row_count} of {len(result.rows)} rows match · esc shows all · "
        self.query_one("#ksql-note", Note).say(("" if self._passes is None else shown) + (result.note or HINT))

    def fail(self, number: int, message: str, statement: str = "", line: int = 0, column: int = 0) -> None:
        """Says in full why a statement failed; no older rows stay above it."""
        self.receive(number - 1)
        self.select(number - 1)
        result = self._results[self._chosen]
        result.error = marked(f"statement {number} failed: {message}", statement, line, column)
        result.note = "failed"
        self._draw()

    def tell(self, text: str) -> None:
        """The line below the result that answers go to."""
        self._note(self._at, text)

    # -- the one that is shown ---------------------------------------------------------------------------------

    def _draw(self) -> None:
        """Draws the chosen result anew."""
        result, table = self._results[self._chosen], self._table
        self.query_one("#ksql-error-box").display = bool(result.error)
        table.display = not result.error
        self.query_one("#ksql-error", Static).update(printable(result.error))
        self._times = [not self._raw and name in _TIMES for name in result.columns]
        labels = [one_line(column, 60) for column in result.columns]
        rows = list(result.rows)
        if self._sort is not None:
            labels[self._sort] += " ▾" if self._largest_first else " ▴"
            rows = in_order(rows, self._sort, largest_first=self._largest_first)
        table.begin(labels, self._passing(rows))
        if self._sort is not None:
            table.move_cursor(0)
        self._tell()

    def say(self, text: str) -> None:
        """The line below the result that is shown."""
        self._note(self._chosen, text)

    def _note(self, number: int, text: str) -> None:
        self._results[number].note = one_line(text)
        if number == self._chosen:
            self._tell()

    # -- what is done to rows ----------------------------------------------------------------------------------

    def _sort_by(self, place: int, *, largest_first: bool) -> None:
        self._flush()
        self._sort, self._largest_first = place, largest_first
        self._draw()

    def action_sort_next(self) -> None:
        columns = self._results[self._chosen].columns
        if columns:
            self._sort_by(0 if self._sort is None else (self._sort + 1) % len(columns), largest_first=False)

    def action_sort_reverse(self) -> None:
        if self._sort is not None:
            self._sort_by(self._sort, largest_first=not self._largest_first)

    @on(RowTable.HeaderClicked)
    def _header_clicked(self, event: RowTable.HeaderClicked) -> None:
        event.stop()
        again = event.column == self._sort
        self._sort_by(event.column, largest_first=again and not self._largest_first)

    def action_filter(self) -> None:
        self.query_one(FilterEntry).ask()

    def _filter(self, text: str) -> None:
        self._passes = row_filter(text)

    @on(FilterEntry.Changed)
    def _filtered(self, event: FilterEntry.Changed) -> None:
        event.stop()
        if wrong := self.query_one(FilterEntry).wrong(self._filter):
            self.query_one("#ksql-note", Note).say(wrong)
            return
        self._flush()
        self._draw()

    @on(FilterEntry.Submitted)
    def _entered(self, event: FilterEntry.Submitted) -> None:
        event.stop()
        event.input.display = bool(event.value)
        self.query_one(FilterEntry).keep()
        self._table.focus()

    def show_all(self) -> bool:
        """Takes the filter back; False where there was none."""
        closed = self.query_one(FilterEntry).close()
        if closed:
            self._table.focus()
        return closed

    def action_times(self) -> None:
        self._raw = not self._raw
        self._flush()
        self._draw()

    def action_copy(self) -> None:
        table = self._table
        if table.row_count:
            row = row_export.as_jsonl(self._results[self._chosen].columns, [table.row(table.cursor_row)]).rstrip("\n")
            self.app.copy_to_clipboard(row)
            self.post_message(self.Said("the row is copied"))
