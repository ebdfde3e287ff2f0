"""The line that a list's filter is typed into: the one place where a list's last filter is kept and offered again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from clickstream_tui.console import console_of
from clickstream_widgets.data_list import DataList
from clickstream_widgets.entry import Entry
from clickstream_widgets.list_filter import WrongFilter
from clickstream_widgets.safe_text import one_line

REGEX = "a regular expression, ! before it for the opposite"


class FilterEntry(Entry):
    """Hidden until a filter is asked for.

    Args:
        of: the name of the list, under which its last filter is kept.
        value: the filter that it begins with.
        placeholder: what can be typed.
    """

    def __init__(
        self, of: str, value: str = "", *, placeholder: str = REGEX, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(value, placeholder=placeholder, id=id, classes=classes)
        self._of = of
        self.display = bool(value)

    def ask(self) -> None:
        """Asks for a filter; the last one of this list stands there, to be taken again or typed over."""
        self.display = True
        if not self.value:
            self.value = console_of(self).filters.get(self._of, "")
        self.focus()
        self.action_select_all()

    def keep(self) -> None:
        """What stands there is offered when a filter is asked for next."""
        if self.value:
            console_of(self).filters[self._of] = self.value

    def put(self, value: str) -> None:
        """Shows a filter as if it had been typed."""
        self.display, self.value = True, value

    def wrong(self, use: Callable[[str], None]) -> str:
        """Has what stands there used, as it is typed; gives what is wrong with it, "" where nothing is.

        Args:
            use: filters by a text, or raises WrongFilter and changes nothing.
        """
        told = ""
        try:
            use(self.value)
        except WrongFilter as error:
            told = one_line(str(error))
        self.set_class(bool(told), "-invalid")
        return told

    def close(self) -> bool:
        """Takes the filter back; False where none was asked for."""
        if not self.display:
            return False
        self.keep()
        self.value, self.display = "", False
        return True


class FilteredList(Vertical):
    """The list of a dialog, with its filter below it while one is asked for.

    Args:
        of: the name of the list, under which its last filter is kept.
        columns: as for DataList, and so are the others.
    """

    BINDINGS = [
        Binding("slash", "filter", "Filter", show=False, key_display="/", tooltip="Show the rows that match"),
        Binding("escape", "show_all", "All", show=False, tooltip="Show all rows again"),
    ]

    def __init__(
        self, of: str, columns: Sequence[str], *, priority: Sequence[str] = (), stretch: str = "", id: str
    ) -> None:
        super().__init__(classes="filtered-list")
        self._of = of
        self._list = DataList(columns, priority=priority, stretch=stretch, id=id)

    def compose(self) -> ComposeResult:
        yield self._list
        yield FilterEntry(self._of, classes="pane-filter")

    @on(FilterEntry.Changed)
    def _typed(self, event: FilterEntry.Changed) -> None:
        event.stop()
        field = self.query_one(FilterEntry)
        if wrong := field.wrong(self._list.filter):
            field.tooltip = wrong

    @on(FilterEntry.Submitted)
    def _entered(self, event: FilterEntry.Submitted) -> None:
        event.stop()
        self.query_one(FilterEntry).keep()
        event.input.display = bool(event.value)
        self._list.focus()

    def action_filter(self) -> None:
        self.query_one(FilterEntry).ask()

    def action_show_all(self) -> None:
        """Where no filter is in force the key is for who shows the list."""
        if not self.query_one(FilterEntry).close():
            raise SkipAction
        self._list.focus()
