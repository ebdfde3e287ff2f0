"""What all panes share: a border with a number and a title, a snapshot to show, and requests to the application."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.containers import Vertical
from textual.message import Message

from clickstream_pipeline.model import Snapshot

_STYLES = {
    "good": ("✓", "green"),
    "waiting": ("…", "yellow"),
    "bad": ("✗", "red"),
    "off": ("‖", "cyan"),
    "none": ("·", "dim"),
}


def badge(kind: str, text: str) -> Text:
    """A state as a sign and a word, so that colour is never alone."""
    sign, style = _STYLES[kind]
    return Text(f"{sign} {text}", style=style, no_wrap=True)


class Pane(Vertical):
    """A pane. Subclasses override `show`."""

    title = ""
    number = 0

    @dataclass
    class Act(Message):
        """Something is to be done: `verb` on `name` of the kind of thing that the pane shows."""

        pane: str
        verb: str
        name: str = ""

    def on_mount(self) -> None:
        self.border_title = f"{self.number} {self.title}"

    def show(self, snapshot: Snapshot) -> None:
        """Shows what the snapshot says of this pane's things."""

    def ask(self, verb: str, name: str | None = "") -> None:
        """Asks the application to act; nothing happens where nothing is selected."""
        if name is not None:
            self.post_message(self.Act(self.id or "", verb, name))

    def focus_inside(self) -> None:
        """Gives the focus to the pane's main widget."""
        for widget in self.query("*"):
            if widget.focusable and widget.display:
                widget.focus()
                return
