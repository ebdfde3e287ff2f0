"""Asks for a record that is to be written: its key and its value."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static, TextArea

from clickstream_widgets.entry import Entry
from clickstream_widgets.safe_text import printable

Written = tuple[bytes | None, bytes]


class ProduceScreen(ModalScreen[Written | None]):
    """Gives (key, value) as bytes, the key None where it is left empty; None where nothing is to be written."""

    BINDINGS = [
        Binding("escape", "cancel", "Cancel"),
        Binding("ctrl+j,f5", "write", "Write", priority=True),
    ]

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide-auto") as box:
            box.border_title = printable(f"A new record of {self._topic}")
            yield Entry(placeholder="key (empty: none)", id="produce-key")
            yield TextArea("", id="produce-value", tab_behavior="focus")
            yield Static("ctrl+j or F5 writes it · esc cancels", classes="note", markup=False)
            with Horizontal():
                yield Button("Cancel (esc)", id="cancel")
                yield Button("Write (F5)", id="yes", variant="primary")

    def on_mount(self) -> None:
        self.query_one("#produce-key").focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one(TextArea).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "yes":
            self.action_write()
        else:
            self.dismiss(None)

    def action_write(self) -> None:
        """Gives the record as it is typed."""
        key = self.query_one(Input).value
        self.dismiss((key.encode() if key else None, self.query_one(TextArea).text.encode()))

    def action_cancel(self) -> None:
        self.dismiss(None)
