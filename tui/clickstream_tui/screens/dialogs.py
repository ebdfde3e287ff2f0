"""Small screens: a text to read, a question to answer."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from clickstream_widgets.safe_text import printable


class TextScreen(ModalScreen[None]):
    """Shows a text: help, a trace, a log, requests."""

    BINDINGS = [Binding("escape,q,enter,f1", "dismiss", "Close", tooltip="Back to the console")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = printable(text)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide") as box:
            box.border_title = self._title
            with VerticalScroll():
                yield Static(self._text, markup=False)
            yield Static("esc closes · arrows scroll", classes="note", markup=False)


class ConfirmScreen(ModalScreen[bool]):
    """Asks before something is lost; the answer at hand is Cancel. Where data would go, its `name` has to be typed."""

    BINDINGS = [Binding("escape,n", "answer(False)", "Cancel"), Binding("y", "answer(True)", "Yes")]

    def __init__(self, question: str, yes: str, name: str = "") -> None:
        super().__init__()
        self._question = question
        self._yes = yes
        self._wanted = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(printable(self._question), markup=False)
            if self._wanted:
                yield Static(f"Type the name to go on: {printable(self._wanted)}", markup=False, classes="note")
                yield Input(id="typed-name")
            with Horizontal():
                yield Button("Cancel (esc)" if self._wanted else "Cancel (n)", id="cancel")
                yes = Button(self._yes if self._wanted else f"{self._yes} (y)", id="yes", variant="error")
                yes.disabled = bool(self._wanted)
                yield yes

    def on_mount(self) -> None:
        self.query_one("#typed-name" if self._wanted else "#cancel").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = event.value != self._wanted

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value == self._wanted:
            self.dismiss(True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        if not (answer and self._wanted):  # a name is not given by one key
            self.dismiss(answer)
