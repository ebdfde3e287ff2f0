"""Screens that list what there is and show one of it in detail: topics, ksqlDB's objects, the flow, the tasks."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_tui.console import Console, console_of
from clickstream_tui.filter_entry import FilterEntry
from clickstream_tui.guard import Guarded
from clickstream_tui.ordered_keys import Awaits
from clickstream_tui.panes.base import state_note
from clickstream_widgets.calm_screen import CalmScreen
from clickstream_widgets.data_list import DataList
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.list_filter import WrongFilter
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line, printable
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

INTERVAL = 2.0  # seconds between two looks at the list


class BrowseScreen(Guarded, Awaits, CalmScreen[None]):
    """A list with a filter, and the detail of the chosen entry beside or below it."""

    title_text: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    priority: ClassVar[tuple[str, ...]] = ()
    """The columns that give way where there is no room, the first of them first."""
    sort: ClassVar[str] = ""
    """The column in whose order the list begins, `-` before it for the largest first."""
    stretch: ClassVar[str] = ""
    """The column that takes what room the others leave."""
    marks: ClassVar[bool] = False
    """Whether rows can be marked, for what is done to several."""
    hint: ClassVar[str] = ""
    server: ClassVar[str] = ""
    """The server that the list is asked of, as the monitor calls it."""
    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,backspace", "leave", "Back", id="browse.back", tooltip="Back to the console"),
        Binding("slash", "filter", "Filter", id="browse.filter", key_display="/", tooltip="Show what holds a text"),
        Binding("ctrl+r,f6", "reload", "Refresh", show=False, id="browse.refresh", tooltip="Ask again now"),
    ]

    def __init__(self, *, select: str = "", search: str = "") -> None:
        super().__init__()
        self._filter = search
        self._wanted = select  # the entry that is to be chosen, once it is there
        self._rows: list[Row] = []
        self._shown_key: str | None = None
        self._asked_key: str | None = None  # whose detail is being fetched

    # -- what each screen has of its own -----------------------------------------------------------------------

    def rows(self, snapshot: Snapshot) -> list[Row]:
        """The list, from what the monitor knows."""
        raise NotImplementedError

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        """The detail of one entry. Raises PipelineError."""
        raise NotImplementedError

    # -- what they share ---------------------------------------------------------------------------------------

    @property
    def console(self) -> Console:
        return console_of(self)

    @property
    def is_awaiting(self) -> bool:
        return not self.console.snapshot.number

    @property
    def data(self) -> DataList:
        """The list."""
        return self.query_one(DataList)

    @property
    def heading(self) -> str:
        """What the screen shows, as the last of the breadcrumbs."""
        return self.title_text

    def compose(self) -> ComposeResult:
        yield Static(self.title_text, classes="browse-title", markup=False)
        yield FilterEntry(type(self).__name__, self._filter, classes="browse-filter")
        with Horizontal(classes="browse-body"):
            yield DataList(self.columns, priority=self.priority, sort=self.sort, stretch=self.stretch,
                           marks=self.marks, id="browse-table")  # fmt: skip
            with Vertical(classes="browse-side"), VerticalScroll():
                yield Static("", id="browse-detail", markup=False)
        yield Note(self.hint, classes="note", id="browse-note")
        yield MessageLine("M")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(".browse-title", Static).update(printable(breadcrumbs(self.app.screen_stack)))
        self.data.focus()
        self.place(self.size.width)
        self.console.show_message()
        with contextlib.suppress(WrongFilter):  # then all is shown, as while it is typed
            self.data.filter(self._filter)
        self.reload()
        self.set_interval(INTERVAL, self._look_again)

    def _look_again(self) -> None:
        if self.is_current:  # a screen below another one rests
            self.reload()

    def on_screen_resume(self) -> None:
        self.console.show_message()

    def on_resize(self) -> None:
        self.place(self.size.width)

    def place(self, width: int) -> None:
        """The detail beside the list where there is room, else below it."""
        self.set_class(width < 110, "stacked")

    def reload(self) -> None:
        """Shows the list as it is now, and the detail of the chosen entry."""
        self._rows = self.rows(self.console.snapshot)
        self._show_rows()
        if not self.is_awaiting:
            self.arrived()
        if self._asked_key != self.selected:  # a server that is slow to answer must get to it, or to its refusal
            self.describe()

    def choose(self, key: str) -> None:
        """Puts the cursor on a row, now or once it is there."""
        self._wanted = key
        self._show_rows()

    def _show_rows(self) -> None:
        data = self.data
        data.show(self._rows, by_itself=True)
        if self._wanted and any(key == self._wanted for key, _ in self._rows):
            data.choose(self._wanted)
            self._wanted = ""
        self._count()

    def _state(self) -> str:
        """Why the list is not what it should be: loading, empty, stale, unreachable; "" where it is."""
        return state_note(
            self.console.snapshot, self.server, rows=bool(self._rows), empty="empty: there is nothing yet"
        )

    @on(DataList.Changed)
    def _count(self) -> None:
        """The line below the list: its state, what the filter lets through, what is marked, else the keys."""
        data, state = self.data, self._state()
        parts = [f"{data.matching} of {data.total} match '{self._filter}' · esc shows all"] if self._filter else []
        parts += [f"{len(data.marked)} marked: keys act on all of them · esc unmarks"] if data.marked else []
        self.query_one("#browse-note", Note).say(one_line(state or " · ".join(parts) or self.hint))
        if not data.matching:
            empty = f"Nothing matches '{self._filter}'." if self._rows else state
            self.query_one("#browse-detail", Static).update(printable(empty))

    def go_to(self, wanted: str) -> None:
        """Goes to the entry of that name; where there is none, shows what holds the text."""
        if not self.data.choose(wanted):
            self.query_one(FilterEntry).put(wanted)

    @property
    def selected(self) -> str | None:
        return self.data.selected

    @work(exclusive=True, group="browse.detail", exit_on_error=False)
    async def describe(self) -> None:
        """Fetches and shows the detail; a failure stands in its place."""
        key, pipeline = self.selected, self.console.pipeline
        if key is None or pipeline is None:
            return
        if key != self._shown_key:
            self.query_one("#browse-detail", Static).update("…")
        self._asked_key = key
        try:
            text = await self.detail(pipeline, key)
        except PipelineError as error:
            text = str(error)
        finally:
            if self._asked_key == key:
                self._asked_key = None
        if key == self.selected:
            self._shown_key = key
            self.query_one("#browse-detail", Static).update(printable(text))

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        if self.selected != self._shown_key:
            self.describe()

    @on(Input.Changed, ".browse-filter")
    def _typed(self, event: Input.Changed) -> None:
        if wrong := self.query_one(FilterEntry).wrong(self.data.filter):
            self.query_one("#browse-note", Note).say(wrong)
            return
        self._filter = event.value
        self._count()

    @on(Input.Submitted, ".browse-filter")
    def _entered(self) -> None:
        self.query_one(FilterEntry).keep()
        self.data.focus()

    def action_filter(self) -> None:
        self.query_one(FilterEntry).ask()

    def action_leave(self) -> None:
        """Leaves the filter first, then the marks, then the screen."""
        if self.query_one(FilterEntry).close():
            self.data.focus()
        elif self.data.marked:
            self.data.unmark()
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


def breadcrumbs(screens: Sequence[Screen[Any]]) -> str:
    """The way from home to the screen that is open; `esc` goes back along it."""
    names = [name for screen in screens if (name := str(getattr(screen, "heading", "")))]
    names = [name.split(":")[0] for name in names[:-1]] + names[-1:]
    return " › ".join(["Home", *names])
