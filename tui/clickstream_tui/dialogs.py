"""Small screens: a text to read, a question to answer."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from clickstream_widgets.entry import Entry
from clickstream_widgets.safe_text import printable


class TextScreen(ModalScreen[None]):
    """Shows a text: help, a trace, a log, requests."""

    BINDINGS = [
        Binding("escape,enter,f1", "dismiss", "Close", tooltip="Back to the console"),
        Binding("G,end", "end", "End", show=False),
        Binding("g,home", "top", "Top", show=False),
        Binding("j", "line(1)", "Down", show=False),
        Binding("k", "line(-1)", "Up", show=False),
    ]

    def __init__(self, title: str, text: str, *, at_end: bool = False) -> None:
        super().__init__()
        self._at_end = at_end
        self._title = title
        self._text = printable(text)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide") as box:
            box.border_title = self._title
            with VerticalScroll():
                yield Static(self._text, markup=False)
            yield Static("esc closes · arrows, page keys, g and G scroll", classes="note", markup=False)

    def on_mount(self) -> None:
        if self._at_end:
            self.call_after_refresh(self.action_end)

    def action_end(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)

    def action_top(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_line(self, step: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)


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
                yield Entry(id="typed-name")
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


class QuitScreen(ModalScreen[str]):
    """Asks before the stack that the console started stops with it: `stop`, `keep`, or "" to stay."""

    BINDINGS = [
        Binding("escape,n", "answer('')", "Cancel"),
        Binding("y,ctrl+c,ctrl+q", "answer('stop')", "Quit"),
        Binding("l", "answer('keep')", "Leave it running"),
    ]

    def __init__(self, queries: int, connectors: int) -> None:
        super().__init__()
        self._question = (
            f"Quit? This console started the stack, which stops with it: {queries} queries and {connectors} connectors "
            "end until the next start. Their data stays."
        )

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            with Horizontal():
                yield Button("Cancel (n)", id="cancel")
                yield Button("Quit (y)", id="stop", variant="error")
                yield Button("Leave it running (l)", id="keep")

    def on_mount(self) -> None:
        self.query_one("#cancel").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss("" if event.button.id == "cancel" else str(event.button.id))

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer)
