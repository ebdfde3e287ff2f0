"""A table whose rows are set as a whole; only cells that changed are drawn again."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import DataTable

from clickstream_widgets.safe_text import one_line

_WIDEST = 60  # characters of a cell: a name from outside must not push the other columns away
Row = tuple[str, Sequence[object]]


class StatusTable(DataTable[Text]):
    """Rows of (key, cells). A cell may be a Rich Text; anything else is shown as harmless text."""

    DEFAULT_CSS = """
    StatusTable { height: 1fr; background: $surface; }
    """

    def __init__(self, columns: Sequence[str], *, name: str | None = None, id: str | None = None) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, name=name, id=id)
        self._names = list(columns)
        self._shown: dict[str, list[Text]] = {}

    def on_mount(self) -> None:
        for column in self._names:
            self.add_column(column, key=column)

    @staticmethod
    def _cell(value: object) -> Text:
        return value if isinstance(value, Text) else Text(one_line(value, _WIDEST), no_wrap=True, overflow="ellipsis")

    def show(self, rows: Sequence[Row]) -> None:
        """Makes the table show these rows, keeping the cursor on its row."""
        wanted = {key: [self._cell(cell) for cell in cells] for key, cells in rows}
        if list(wanted) != list(self._shown):
            selected = self.selected
            self.clear()
            for key, cells in wanted.items():
                self.add_row(*cells, key=key)
            if selected in wanted:
                self.move_cursor(row=list(wanted).index(selected))
        else:
            for key, cells in wanted.items():
                for column, cell, before in zip(self._names, cells, self._shown[key], strict=True):
                    if cell != before:
                        self.update_cell(key, column, cell, update_width=True)
        self._shown = wanted

    @property
    def selected(self) -> str | None:
        """The key of the row under the cursor."""
        keys = list(self._shown)
        return keys[self.cursor_row] if 0 <= self.cursor_row < len(keys) else None
