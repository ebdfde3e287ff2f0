"""A table whose rows are set as a whole; only cells that changed are drawn again."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.coordinate import Coordinate
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey, RowKey

from clickstream_widgets.safe_text import one_line, shortened

_WIDEST = 60  # characters of a cell: a name from outside must not push the other columns away
_NARROWEST, _KEPT = (
    18,
    32,
)  # cells that a column which stretches keeps before others give way: half of the room within these
_PADDING = 2  # cells beside each column
# what a table without row labels, stripes and fixed parts draws with: the style of each is worked out with that of its table
_LOOKS = frozenset({"datatable--cursor", "datatable--header", "datatable--header-hover", "datatable--hover"})
Row = tuple[str, Sequence[object]]


class StatusTable(DataTable[Text]):
    """Rows of (key, cells). A cell may be a Rich Text; anything else is shown as harmless text.

    Args:
        columns: the names of the columns.
        priority: the columns that give way where the width does not do for all, in the order in which they do.
        stretch: the column that takes what room the others leave; of what is longer a name loses its middle, a
            text its end.
    """

    DEFAULT_CSS = """
    StatusTable { height: 1fr; background: $surface; }
    """
    BINDINGS = [
        Binding("j", "cursor_down", "Down", show=False, id="table.down"),
        Binding("k", "cursor_up", "Up", show=False, id="table.up"),
        Binding("g,home", "scroll_top", "Top", show=False, id="table.top"),
        Binding("G,end", "scroll_bottom", "End", show=False, id="table.end"),
    ]

    def __init__(
        self, columns: Sequence[str], *, priority: Sequence[str] = (), stretch: str = "", name: str | None = None,
        id: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(cursor_type="row", zebra_stripes=False, name=name, id=id)
        self._names = list(columns)
        self._priority = list(priority)
        self._stretch = stretch
        self._visible = list(columns)
        self._room: int | None = None  # cells of the column that stretches, None before they are known
        self._shown: dict[str, list[Text]] = {}
        self._settling = False  # the row under the cursor has gone, and none was chosen since

    def on_mount(self) -> None:
        for column in self._visible:
            self.add_column(self._label(column), key=column)

    def _label(self, column: str) -> Text:
        """What stands above a column."""
        return Text(column)

    @staticmethod
    def _cell(value: object) -> Text:
        if isinstance(value, Text):
            return value
        return shortened(Text(one_line(value), no_wrap=True, overflow="ellipsis"), _WIDEST)

    def show(self, rows: Sequence[Row], *, by_itself: bool = False) -> None:
        """Makes the table show these rows, keeping the cursor on its row.

        Args:
            rows: all of them, in their order.
            by_itself: whether the list changes without a person's doing: then a row that takes the place of the chosen
                one, which has gone, is not chosen before the next look: a key that is on its way does not hit it.
        """
        chosen, before = self.selected, self._shown
        self._settling = False
        wanted = {key: [self._cell(cell) for cell in cells] for key, cells in rows}
        visible, left = self._fitting(wanted)
        if list(wanted) != list(self._shown) or (visible, left) != (self._visible, self._room):
            self._fill(wanted, visible, left)
        else:
            places = [(column, self._names.index(column)) for column in visible]
            for key, cells in wanted.items():
                for column, place in places:
                    if cells[place] != self._shown[key][place]:
                        same_width = cells[place].cell_len == self._shown[key][place].cell_len
                        self._put(key, column, self._drawn(column, cells[place]), measure=not same_width)
        self._shown = wanted
        self._settling = by_itself and chosen in before and chosen not in wanted

    def _put(self, key: str, column: str, cell: Text, *, measure: bool) -> None:
        """Changes a cell. Textual draws the whole table anew for that; here the cell, where its column stays as wide as it is."""
        if measure and column != self._stretch:
            self.update_cell(key, column, cell, update_width=True)
            return
        self._data[RowKey(key)][ColumnKey(column)] = cell
        self._update_count += 1
        self.refresh_coordinate(Coordinate(self.get_row_index(key), self.get_column_index(column)))

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride] - cached there
        return _LOOKS

    def _render_cell(
        self,
        row_index: int,
        column_index: int,
        base_style: Style,
        width: int,
        cursor: bool = False,
        hover: bool = False,
    ) -> list[list[Segment]]:
        """A cell of one line without Rich's way over a console, which takes ten times as long."""
        style = base_style + Style.from_meta({"row": row_index, "column": column_index})
        look, over = self._get_styles_to_render_cell(
            row_index == -1, False, False, hover, cursor, self.show_cursor, self._show_hover_cursor,
            self.cursor_foreground_priority == "css", self.cursor_background_priority == "css",
        )  # fmt: skip
        style += look
        cell = self._get_row_renderables(row_index).cells[column_index]
        given = cell if isinstance(cell, Text) else Text(str(cell))
        room = max(width - 2 * self.cell_padding, 0)
        text = Text.assemble(given)  # the style of the whole becomes a span, as only those are drawn
        text.truncate(room, overflow=given.overflow or "crop")
        text.align("right" if given.justify == "right" else "left", room)
        pad = Segment(" " * self.cell_padding, style + over)
        parts = text.render(self.app.console)
        return [[pad, *(Segment(part.text, style + (part.style or Style.null()) + over) for part in parts), pad]]

    def _drawn(self, column: str, cell: Text) -> Text:
        return shortened(cell, self._room) if column == self._stretch and self._room is not None else cell

    def _fill(self, wanted: dict[str, list[Text]], visible: list[str], left: int | None) -> None:
        selected, top = self.selected, self.scroll_offset.y
        before = self.cursor_row
        if (visible, left) != (self._visible, self._room):
            self._visible, self._room = visible, left
            self.clear(columns=True)
            for column in visible:
                self.add_column(self._label(column), key=column, width=left if column == self._stretch else None)
        else:
            self.clear()
        places = [(column, self._names.index(column)) for column in visible]
        for key, cells in wanted.items():
            self.add_row(*(self._drawn(column, cells[place]) for column, place in places), key=key)
        keys = list(wanted)
        if keys:
            # the entry itself, wherever it is now; where it has gone, none above it moves under the hand
            row = keys.index(selected) if selected in wanted else min(before, len(keys) - 1)
            self.move_cursor(row=row)
            self.scroll_to(y=top, animate=False)

    def _fitting(self, rows: dict[str, list[Text]]) -> tuple[list[str], int | None]:
        """The columns for which there is room, and the cells left for the one that stretches."""
        visible = list(self._names)
        # the scrollbar that these rows will have: the one that is there now belongs to those before
        scrolls = self.header_height + len(rows) > self.size.height
        room = self.size.width - (self.styles.scrollbar_size_vertical if scrolls else 0)
        if room <= 0:
            return self._visible, self._room
        widths = {
            name: max([self._label(name).cell_len, *(cells[place].cell_len for cells in rows.values())]) + _PADDING
            for place, name in enumerate(self._names)
        }
        kept = min(max(_NARROWEST, room // 2), _KEPT)
        least = {**widths, **({self._stretch: min(kept, widths[self._stretch])} if self._stretch else {})}
        for name in self._priority:
            if sum(least[each] for each in visible) <= room:
                break
            visible.remove(name)
        if not self._stretch:
            return visible, None
        left = room - sum(widths[each] for each in visible if each != self._stretch) - _PADDING
        return visible, max(left, min(_NARROWEST, widths[self._stretch]) - _PADDING)

    def on_resize(self) -> None:
        visible, left = self._fitting(self._shown)
        if (visible, left) != (self._visible, self._room):
            self._fill(self._shown, visible, left)

    @property
    def selected(self) -> str | None:
        """The key of the row under the cursor; None just after that has gone: what a key meant is not what took its place.

        It is another one's turn once a later look shows the same list, or the cursor is moved.
        """
        if self._settling:
            return None
        keys = list(self._shown)
        return keys[self.cursor_row] if 0 <= self.cursor_row < len(keys) else None

    def action_cursor_down(self) -> None:
        self._settling = False
        super().action_cursor_down()

    def action_cursor_up(self) -> None:
        self._settling = False
        super().action_cursor_up()

    def choose(self, key: str) -> bool:
        """Moves the cursor to a row by its key; False where there is none."""
        keys = list(self._shown)
        if key not in self._shown:
            return False
        self._settling = False
        self.move_cursor(row=keys.index(key))
        return True
