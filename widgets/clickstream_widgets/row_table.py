"""A table of many rows that come fast, drawn line by line: its cost is that of the screen, not of the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

_HEADER = 1  # lines that stand still above the rows
Cell = tuple[str, str]


def plain_cell(place: int, value: object) -> Cell:
    """A value as its text, whatever its column."""
    return str(value), ""


class RowTable(ScrollView, can_focus=True):
    """Rows under a header, the last `capacity` of them. The cursor follows the newest row until it is moved away from it.

    Args:
        cell: gives the text of a value and its style ("" for none), from the number of its column and the value. The text
            is one line of printable characters.
        capacity: rows that are held; the oldest give way.

    BINDINGS:
        | key | does |
        |---|---|
        | up, down, pageup, pagedown, home, end | moves the cursor |
        | left, right | shows more columns |
    """

    COMPONENT_CLASSES = {"row-table--header", "row-table--cursor"}
    DEFAULT_CSS = """
    RowTable {
        background: $surface;
        color: $foreground;
        height: 1fr;
        & > .row-table--header { text-style: bold; background: $panel; color: $foreground; }
        & > .row-table--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:ansi > .row-table--header { background: ansi_bright_blue; color: ansi_default; }
        &:focus {
            background-tint: $foreground 5%;
            & > .row-table--header { background-tint: $foreground 5%; }
            & > .row-table--cursor {
                background: $block-cursor-background;
                color: $block-cursor-foreground;
                text-style: $block-cursor-text-style;
            }
        }
    }
    """
    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False, id="row_table.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="row_table.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="row_table.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="row_table.page_down"),
        Binding("home,g,ctrl+home", "first", "Top", show=False, id="row_table.top"),
        Binding("end,G,ctrl+end", "last", "End", show=False, id="row_table.end"),
        Binding("left", "scroll_left", "Left", show=False, id="row_table.left"),
        Binding("right", "scroll_right", "Right", show=False, id="row_table.right"),
    ]

    class HeaderClicked(Message):
        """The name of a column was clicked: its number, from 0."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self, *, cell: Callable[[int, Any], Cell] = plain_cell, capacity: int = 500, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._cell = cell
        self._capacity = capacity
        self._labels: list[str] = []
        self._widths: list[int] = []
        self._rows: list[Sequence[Any]] = []
        self.cursor_row = 0
        """The number of the row under the cursor; 0 where there is none."""

    # -- what is shown -----------------------------------------------------------------------------------------

    @property
    def row_count(self) -> int:
        """How many rows are held."""
        return len(self._rows)

    def row(self, number: int) -> Sequence[Any]:
        """The values of a row."""
        return self._rows[number]

    def texts(self, number: int) -> list[str]:
        """The cells of a row as they are shown."""
        return [self._cell(place, value)[0] for place, value in enumerate(self._rows[number][: len(self._labels)])]

    def begin(self, labels: Sequence[str], rows: Sequence[Sequence[Any]] = ()) -> None:
        """Shows these rows under these columns and nothing else; the cursor is on the last of them."""
        self._labels = list(labels)
        self._widths = [cell_len(label) for label in labels]
        self._rows = []
        self.cursor_row = 0
        self.scroll_to(0, 0, animate=False)
        self.extend(rows)

    def extend(self, rows: Sequence[Sequence[Any]]) -> None:
        """Adds rows; the oldest give way."""
        follows = self.cursor_row >= len(self._rows) - 1
        held, top = [*self._rows, *rows], self.scroll_offset.y
        gone = max(len(held) - self._capacity, 0)
        self._rows = held[gone:]
        self._widen(rows[-self._capacity :])
        self.cursor_row = len(self._rows) - 1 if follows else max(self.cursor_row - gone, 0)
        self.cursor_row = max(self.cursor_row, 0)
        self._measure()
        if follows:
            self._to_cursor()
        elif gone:
            self.scroll_to(y=max(top - gone, 0), animate=False)
        self.refresh()

    def _widen(self, rows: Sequence[Sequence[Any]]) -> None:
        widths, cell = self._widths, self._cell
        for row in rows:
            for place, value in enumerate(row[: len(widths)]):
                text = cell(place, value)[0]
                width = len(text) if text.isascii() else cell_len(text)
                if width > widths[place]:
                    widths[place] = width

    def _measure(self) -> None:
        """Makes the size of what can be scrolled that of the rows, without a layout where no scrollbar comes or goes by it.

        A layout costs more than the rows, and has the table painted twice: as it was, then scrolled to its end.
        """
        size = Size(sum(self._widths) + 2 * len(self._widths), _HEADER + len(self._rows))
        if size == self.virtual_size:
            return
        if self.show_vertical_scrollbar and size.width == self.virtual_size.width and size.height > self.size.height:
            self.set_reactive(RowTable.virtual_size, size)  # pyright: ignore[reportArgumentType] - the type of the descriptor
            self.vertical_scrollbar.window_virtual_size = size.height
        else:
            self.virtual_size = size
            self.call_after_refresh(self._to_cursor)  # the new size is known only after the next layout

    # -- the cursor --------------------------------------------------------------------------------------------

    def move_cursor(self, row: int) -> None:
        """Puts the cursor on a row, and the row into view."""
        self.cursor_row = min(max(row, 0), max(len(self._rows) - 1, 0))
        self._to_cursor()
        self.refresh()

    @property
    def _page(self) -> int:
        """The rows that are in view."""
        return max(self.scrollable_content_region.height - _HEADER, 1)

    def _to_cursor(self) -> None:
        top = self.scroll_offset.y
        if self.cursor_row < top:
            self.scroll_to(y=self.cursor_row, animate=False)
        elif self.cursor_row >= top + self._page:
            self.scroll_to(y=self.cursor_row - self._page + 1, animate=False)

    def action_move(self, step: int) -> None:
        self.move_cursor(self.cursor_row + step)

    def action_page(self, step: int) -> None:
        self.move_cursor(self.cursor_row + step * self._page)

    def action_first(self) -> None:
        self.move_cursor(0)

    def action_last(self) -> None:
        self.move_cursor(len(self._rows) - 1)

    def on_resize(self) -> None:
        """What the cursor is on stays in view."""
        self.call_after_refresh(self._to_cursor)

    def on_click(self, event: events.Click) -> None:
        """The name of a column tells that it was clicked; a row gets the cursor."""
        event.stop()
        if event.y >= _HEADER:
            number = self.scroll_offset.y + event.y - _HEADER
            if number < len(self._rows):
                self.move_cursor(number)
            return
        right = 0
        for place, width in enumerate(self._widths):
            right += width + 2
            if event.x + self.scroll_offset.x < right:
                self.post_message(self.HeaderClicked(place))
                return

    # -- drawing -----------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        width, style = self.size.width, self.rich_style
        if y < _HEADER:
            style += self.get_component_rich_style("row-table--header")
            cells: list[Cell] = [(label, "") for label in self._labels]
            return self._strip(cells, style, Style.null()).crop_extend(scroll_x, scroll_x + width, style)
        number = scroll_y + y - _HEADER
        if number >= len(self._rows):
            return Strip.blank(width, style)
        over = Style.null()
        if number == self.cursor_row:
            over = self.get_component_rich_style("row-table--cursor")
        cells = [self._cell(place, value) for place, value in enumerate(self._rows[number][: len(self._widths)])]
        return self._strip(cells, style, over).crop_extend(scroll_x, scroll_x + width, style + over)

    def _strip(self, cells: Sequence[Cell], style: Style, over: Style) -> Strip:
        """Cells side by side; neighbours that look alike become one piece."""
        segments: list[Segment] = []
        plain, run = style + over, ""
        for (text, look), width in zip(cells, self._widths, strict=False):
            padded = text.ljust(width) if text.isascii() else set_cell_size(text, width)
            if look:
                segments += [Segment(f"{run} ", plain), Segment(padded, style + Style.parse(look) + over)]
                run = " "
            else:
                run += f" {padded} "
        return Strip([*segments, Segment(run, plain)])
