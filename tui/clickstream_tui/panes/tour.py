"""The panel of the tour: a few lines below the panes, which take no key from them."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static


class TourPanel(Vertical):
    """Shows one step, or nothing. It never has the focus; a click goes on, as its key does."""

    can_focus = False

    @dataclass
    class On(Message):
        """The next step is wanted."""

    def __init__(self) -> None:
        super().__init__(id="tour")
        self.display = False

    def compose(self) -> ComposeResult:
        yield Static("", id="tour-step", markup=False)
        yield Static("", id="tour-keys", markup=False)

    def tell(self, place: str, words: Text, keys: str) -> None:
        """Shows a step.

        Args:
            place: which of how many it is.
            words: what it says.
            keys: what goes on, back, and ends it.
        """
        self.query_one("#tour-step", Static).update(words)
        self.query_one("#tour-keys", Static).update(f"Tour {place} · {keys}")
        self.display = True

    def on_click(self) -> None:
        self.post_message(self.On())
