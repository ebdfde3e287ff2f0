"""A list as operators know it: sorted by any column, filtered, with several rows marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable

from clickstream_widgets.figures import Figure
from clickstream_widgets.list_filter import row_filter
from clickstream_widgets.status_table import Row, StatusTable

_MARK = "● "


def _plain(cell: object) -> str:
    return cell.plain if isinstance(cell, Text) else "" if cell is None else str(cell)


def _rank(cell: object) -> tuple[int, float, str]:
    """The order of cells: numbers, then texts, then what is not known."""
    if isinstance(cell, Figure):
        return (0, cell.value, "") if cell.value is not None else (2, 0.0, "")
    if isinstance(cell, int | float):
        return (0, float(cell), "")
    text = _plain(cell)
    return (1, 0.0, text.lower()) if text else (2, 0.0, "")


class DataList(StatusTable):
    """Rows of (key, cells), in the order of a column that is chosen by key or by a click on its header.

    Args:
        columns: the names of the columns.
        priority: those that give way where there is no room, in that order; what is left out of it never does.
        sort: the column in whose order the list begins, `-` before it for the largest first; "" keeps the order given.
        stretch: the column that takes what room the others leave.
        marks: whether rows can be marked, for what is done to several.

    BINDINGS:
        | key | does |
        |---|---|
        | o, O | the next column sorts, the other way round |
        | space | marks or unmarks a row |
        | j k g G | down, up, top, end; page keys, Home and End too |
    """

    BINDINGS = [
        Binding("o", "sort_next", "Sort", show=False, id="list.sort", tooltip="Sort by the next column"),
        Binding("O", "sort_reverse", "Reverse", show=False, id="list.reverse", tooltip="Sort the other way round"),
        Binding("space", "mark", "Mark", show=False, id="list.mark", tooltip="Mark a row, for what is done to several"),
    ]

    class Changed(Message):
        """The order, the filter or the marks are other ones now."""

    def __init__(
        self, columns: Sequence[str], *, priority: Sequence[str] = (), sort: str = "", stretch: str = "",
        marks: bool = False, id: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(columns, priority=priority, stretch=stretch, id=id)
        self._rows: list[Row] = []
        self._sort = sort.lstrip("-")
        self._largest_first = sort.startswith("-")
        self._can_mark = marks
        self._marked: dict[str, None] = {}
        self._filter = ""
        self.matching = 0
        """How many rows the filter lets through."""

    @staticmethod
    def _cell(value: object) -> Text:
        return StatusTable._cell(str(value) if isinstance(value, Figure) else value)

    # -- what is shown -----------------------------------------------------------------------------------------

    def show(self, rows: Sequence[Row], *, by_itself: bool = False) -> None:
        self._rows = list(rows)
        keys = {key for key, _ in self._rows}
        self._marked = {key: None for key in self._marked if key in keys}
        self._arrange(by_itself=by_itself)

    @property
    def total(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._rows)

    def filter(self, text: str) -> None:
        """Shows the rows that match only. Raises WrongFilter, which changes nothing."""
        row_filter(text)
        self._filter = text
        self._arrange()
        self.post_message(self.Changed())

    def count_matching(self, text: str) -> int:
        """How many rows a filter would let through. Raises WrongFilter."""
        return sum(1 for _ in self._passing(text))

    def _passing(self, text: str) -> Iterator[Row]:
        passes = row_filter(text)
        return (row for row in self._rows if passes is None or passes(" ".join(map(_plain, row[1]))))

    def _arrange(self, *, by_itself: bool = False) -> None:
        rows = [*self._passing(self._filter)]
        self.matching = len(rows)
        if self._sort and self._sort in self._names:  # a column of marks has no name, and no order
            place = self._names.index(self._sort)
            known = [row for row in rows if _rank(row[1][place])[0] != 2]
            unknown = [row for row in rows if _rank(row[1][place])[0] == 2]
            known.sort(key=lambda row: _rank(row[1][place]), reverse=self._largest_first)
            rows = [*known, *unknown]
        super().show([self._with_mark(row) for row in rows] if self._marked else rows, by_itself=by_itself)
        self._show_labels()

    def _with_mark(self, row: Row) -> Row:
        key, cells = row
        first = self._cell(cells[0])
        return key, (Text.assemble(_MARK if key in self._marked else "  ", first), *cells[1:])

    # -- order -------------------------------------------------------------------------------------------------

    def sort_by(self, column: str, *, largest_first: bool = False) -> None:
        """Sorts by a column from now on."""
        self._sort, self._largest_first = column, largest_first
        self._arrange()
        self.post_message(self.Changed())

    @property
    def order(self) -> str:
        """The column that sorts, `-` before it for the largest first, "" for none."""
        return ("-" if self._largest_first else "") + self._sort

    def action_sort_next(self) -> None:
        """By the next column that is shown, numbers the largest first."""
        place = self._visible.index(self._sort) + 1 if self._sort in self._visible else 0
        column = self._visible[place % len(self._visible)]
        self.sort_by(column, largest_first=self._is_number(column))

    def action_sort_reverse(self) -> None:
        if self._sort:
            self.sort_by(self._sort, largest_first=not self._largest_first)

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """A click on a header sorts by it, another one the other way round."""
        event.stop()
        column = event.column_key.value or ""
        other_way = column == self._sort
        self.sort_by(column, largest_first=not self._largest_first if other_way else self._is_number(column))

    def _is_number(self, column: str) -> bool:
        place = self._names.index(column)
        return any(isinstance(cells[place], Figure | int | float) for _, cells in self._rows)

    def _label(self, column: str) -> Text:
        """The column that sorts has an arrow."""
        arrow = (" ▾" if self._largest_first else " ▴") if column and column == self._sort else ""
        return Text(f"{column}{arrow}")

    def _show_labels(self) -> None:
        for key, column in self.columns.items():
            label = self._label(key.value or "")
            if column.label != label:
                column.label = label
                # Textual measures a label only when its column is made or a cell of it changes
                column.content_width = max(column.content_width, label.cell_len)
                self._require_update_dimensions = True
                self._clear_caches()
                self.refresh()

    # -- several rows ------------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        key = self.selected
        if not self._can_mark or key is None:
            return
        if key in self._marked:
            del self._marked[key]
        else:
            self._marked[key] = None
        self._arrange()
        self.action_cursor_down()
        self.post_message(self.Changed())

    def unmark(self) -> None:
        """No row is marked any more."""
        if self._marked:
            self._marked = {}
            self._arrange()
            self.post_message(self.Changed())

    @property
    def marked(self) -> tuple[str, ...]:
        """The keys of the marked rows."""
        return tuple(self._marked)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys that something is done to: the marked rows, else the one under the cursor."""
        selected = self.selected
        return self.marked or (() if selected is None else (selected,))
