"""Screens that list what there is and show one of it in detail: topics, ksqlDB's objects, the flow, the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.console import Console, console_of
from clickstream_tui.guard import Guarded
from clickstream_tui.panes.base import state_note
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line, printable
from clickstream_widgets.status_table import Row, StatusTable

INTERVAL = 2.0  # seconds between two looks at the list


class BrowseScreen(Guarded, Screen[None]):
    """A list with a filter, and the detail of the chosen entry beside or below it."""

    title_text: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    priority: ClassVar[tuple[str, ...]] = ()
    """The columns that give way first where there is no room for all."""
    hint: ClassVar[str] = ""
    server: ClassVar[str] = ""
    """The server that the list is asked of, as the monitor calls it."""
    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,backspace", "leave", "Back", id="browse.back", tooltip="Back to the console"),
        Binding("slash", "filter", "Filter", id="browse.filter", key_display="/", tooltip="Show what holds a text"),
        Binding("ctrl+r,f6", "reload", "Refresh", show=False, id="browse.refresh", tooltip="Ask again now"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""
        self._rows: list[Row] = []
        self._shown_key: str | None = None

    # -- what each screen has of its own -----------------------------------------------------------------------

    def rows(self, snapshot: Snapshot) -> list[Row]:
        """The list, from what the monitor knows."""
        raise NotImplementedError

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        """The detail of one entry. Raises PipelineError."""
        raise NotImplementedError

    def note_of_state(self) -> str:
        """What is to be said of a list that does not come with the snapshot; "" for nothing."""
        return ""

    # -- what they share ---------------------------------------------------------------------------------------

    @property
    def console(self) -> Console:
        return console_of(self)

    def compose(self) -> ComposeResult:
        yield Static(self.title_text, classes="browse-title", markup=False)
        yield Input(placeholder="filter", classes="browse-filter")
        with Horizontal(classes="browse-body"):
            yield StatusTable(self.columns, priority=self.priority, id="browse-table")
            with Vertical(classes="browse-side"), VerticalScroll():
                yield Static("", id="browse-detail", markup=False)
        yield Note(self.hint, classes="note", id="browse-note")
        yield MessageLine("M")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Input).display = False
        self.query_one(StatusTable).focus()
        self.place(self.size.width)
        self.console.show_message()
        self.reload()
        self.set_interval(INTERVAL, self.reload)

    def on_resize(self) -> None:
        self.place(self.size.width)

    def place(self, width: int) -> None:
        """The detail beside the list where there is room, else below it."""
        self.set_class(width < 110, "stacked")

    def reload(self) -> None:
        """Shows the list as it is now, and the detail of the chosen entry."""
        self._rows = self.rows(self.console.snapshot)
        self._show_rows()
        self.describe()

    def _show_rows(self) -> None:
        wanted = self._filter.lower()
        chosen = [row for row in self._rows if wanted in " ".join(map(str, row[1])).lower()]
        self.query_one(StatusTable).show(chosen)
        state = self.note_of_state() or state_note(
            self.console.snapshot, self.server, rows=bool(self._rows), empty="empty: there is nothing yet"
        )
        counted = (
            f"{len(chosen)} of {len(self._rows)} hold '{self._filter}' · esc shows all" if self._filter else self.hint
        )
        self.query_one("#browse-note", Note).say(one_line(state or counted))
        if not chosen:
            empty = f"Nothing holds '{self._filter}'." if self._rows else state
            self.query_one("#browse-detail", Static).update(printable(empty))

    def choose(self, key: str) -> None:
        """Shows only what holds a text, such as a name that was asked for."""
        field = self.query_one(Input)
        field.display = bool(key)
        field.value = key
        self.query_one(StatusTable).focus()

    @property
    def selected(self) -> str | None:
        return self.query_one(StatusTable).selected

    @work(exclusive=True, group="browse.detail", exit_on_error=False)
    async def describe(self) -> None:
        """Fetches and shows the detail; a failure stands in its place."""
        key, pipeline = self.selected, self.console.pipeline
        if key is None or pipeline is None:
            return
        if key != self._shown_key:
            self.query_one("#browse-detail", Static).update("…")
        try:
            text = await self.detail(pipeline, key)
        except PipelineError as error:
            text = str(error)
        if key == self.selected:
            self._shown_key = key
            self.query_one("#browse-detail", Static).update(printable(text))

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        if self.selected != self._shown_key:
            self.describe()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._filter = event.value
        self._show_rows()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one(StatusTable).focus()

    def action_filter(self) -> None:
        field = self.query_one(Input)
        field.display = True
        field.focus()

    def action_leave(self) -> None:
        """Leaves the filter first, then the screen."""
        field = self.query_one(Input)
        if field.display:
            field.value = ""
            field.display = False
            self.query_one(StatusTable).focus()
        else:
            self.dismiss()

    def action_reload(self) -> None:
        self.reload()

    def note(self, text: str) -> None:
        """Says something where messages are."""
        self.console.say(text)


def listing(pairs: Sequence[tuple[str, Any]]) -> str:
    """Names and values below each other, aligned."""
    width = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in pairs)
