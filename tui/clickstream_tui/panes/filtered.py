"""A pane with a list that is filtered as every list is: the last filter stands there when it is asked for again."""

from __future__ import annotations

from textual import on
from textual.actions import SkipAction
from textual.widgets import Input

from clickstream_tui.filter_entry import FilterEntry
from clickstream_tui.panes.base import Pane
from clickstream_widgets.data_list import DataList
from clickstream_widgets.list_filter import WrongFilter
from clickstream_widgets.note import Note


class FilteredPane(Pane):
    """Subclasses compose a DataList (those with several say which is `data`), `filter_field` and `note_line`, and bind `filter` and `unmark`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said = "loading: waiting for the first look at the servers …"

    def filter_field(self) -> FilterEntry:
        """The line that a filter is typed into, hidden until it is asked for."""
        return FilterEntry(self.title, classes="pane-filter")

    @property
    def _field(self) -> FilterEntry:
        return self.query_one(FilterEntry)

    def note_line(self) -> Note:
        """The line below the list."""
        return Note(self._said, id=f"{self.id}-note", classes="note pane-note")

    @property
    def listed(self) -> str:
        """What the list has, in the plural."""
        return self.title.lower()

    @property
    def data(self) -> DataList:
        """The list."""
        return self.query_one(DataList)

    def say(self, text: str) -> None:
        """What the line below the list says while nothing is marked and all is shown."""
        self._said = text
        self._tell()

    @on(DataList.Changed)
    def _tell(self) -> None:
        data, note = self.data, self.query_one(".pane-note", Note)
        if marked := len(data.marked):
            note.say(f"{marked} marked: keys act on all of them · esc unmarks")
        elif data.matching != data.total:
            note.say(f"{data.matching} of {data.total} {self.listed} match · esc shows all")
        else:
            note.say(self._said)

    @on(Input.Changed, ".pane-filter")
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        if wrong := self._field.wrong(self.data.filter):
            self.query_one(".pane-note", Note).say(wrong)

    @on(Input.Submitted, ".pane-filter")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.display = bool(event.value)
        self._field.keep()
        self.data.focus()

    def show_matching(self, text: str) -> bool:
        """Filters the list as if the text had been typed; False, and nothing is changed, where nothing matches."""
        try:
            found = self.data.count_matching(text)
        except WrongFilter:
            found = 0
        if found:
            self._field.put(text)
            self._field.keep()
        return bool(found)

    def action_filter(self) -> None:
        self._field.ask()

    def action_unmark(self) -> None:
        """Takes back the filter first, then the marks; where there is neither, the key is for who comes next."""
        if self._field.close():
            self.data.focus()
        elif self.data.marked:
            self.data.unmark()
        else:
            raise SkipAction
