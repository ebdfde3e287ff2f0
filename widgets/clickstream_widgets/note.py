"""A line of text that is drawn again only when it changes, and never moves what is around it."""

from __future__ import annotations

from textual.widgets import Static


class Note(Static):
    """A Static of fixed height for text without markup. `say` is cheap to call often."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(text, id=id, classes=classes, markup=False)
        self.text = text

    def say(self, text: str) -> None:
        """Shows `text`."""
        if text != self.text:
            self.text = text
            self.update(text, layout=False)
