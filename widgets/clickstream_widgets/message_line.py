"""The one place for messages: a line that is cut with … and tells the key that shows all of it."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.widgets import Static


class MessageLine(Static):
    """Shows badges, which are always there, the newest message, and what stands beside it where there is room."""

    DEFAULT_CSS = """
    MessageLine { height: 1; background: $panel; color: $foreground; text-wrap: nowrap; }
    """

    def __init__(self, key: str, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._key = key
        self._badges = ""
        self._beside = ""
        self.text = ""

    def stand(self, badges: str, beside: str = "") -> None:
        """What is always shown, and what gives way to a message."""
        if (badges, beside) != (self._badges, self._beside):
            self._badges, self._beside = badges, beside
            self._draw()

    def say(self, text: str) -> None:
        """Shows a message, one line of harmless text; "" for none."""
        if text != self.text:
            self.text = text
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(self.size.width, 20)
        line = "  ".join(part for part in (self._badges, self._beside, self.text) if part)
        if cell_len(line) > width and self.text:
            line = "  ".join(part for part in (self._badges, self.text) if part)
        if cell_len(line) > width:
            more = f"… ({self._key}: all)" if self.text else "…"
            line = set_cell_size(line, max(width - cell_len(more), 0)) + more
        self.update(line, layout=False)
