"""The statements that were run before, those of yesterday too: searched as one types, taken with enter."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from clickstream_widgets.safe_text import one_line

_SHOWN = 100


def matching(texts: Sequence[str], wanted: str) -> list[str]:
    """The texts that hold every word, the latest first, each once."""
    words = wanted.lower().split()
    latest = dict.fromkeys(reversed(texts))
    return [text for text in latest if all(word in text.lower() for word in words)][:_SHOWN]


class StatementHistoryScreen(ModalScreen[str]):
    """Gives the text that was taken, "" for none."""

    BINDINGS = [
        Binding("escape", "leave", "Cancel"),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__()
        self._texts = list(texts)
        self._found: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide") as box:
            box.border_title = "Statements that were run"
            yield Input(placeholder="words that it holds")
            yield OptionList(id="history-choices")
            yield Static("enter takes it · esc closes", classes="note", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, wanted: str) -> None:
        self._found = matching(self._texts, wanted)
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(Text(one_line(text.replace("\n", " "), 200), no_wrap=True)) for text in self._found])
        listed.highlighted = 0 if self._found else None

    @on(Input.Submitted)
    def _entered(self) -> None:
        place = self.query_one(OptionList).highlighted
        if place is not None:
            self.dismiss(self._found[place])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index])

    def action_move(self, step: int) -> None:
        """Chooses the next or the previous one."""
        listed = self.query_one(OptionList)
        if self._found:
            listed.highlighted = ((listed.highlighted or 0) + step) % len(self._found)

    def action_leave(self) -> None:
        self.dismiss("")
