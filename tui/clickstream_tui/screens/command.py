"""The line for commands: `:` opens it, what can be typed is shown above it."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from clickstream_pipeline.history import History
from clickstream_widgets.entry import Entry
from clickstream_widgets.safe_text import one_line

Complete = Callable[[str], list[tuple[str, str]]]
_SHOWN = 12  # choices at once


class CommandScreen(ModalScreen[str]):
    """Asks for one command; gives its text, "" where it was left."""

    BINDINGS = [
        Binding("escape", "leave", "Back"),
        Binding("tab", "complete", "Complete", priority=True),
        Binding("down", "choose(1)", "Next", priority=True, show=False),
        Binding("up", "choose(-1)", "Previous", priority=True, show=False),
        Binding("alt+up,ctrl+p", "recall(-1)", "Older", show=False),
        Binding("alt+down,ctrl+n", "recall(1)", "Newer", show=False),
    ]

    def __init__(self, complete: Complete, history: History) -> None:
        super().__init__()
        self._complete = complete
        self._history = history
        self._choices: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="command-box"):
            yield OptionList(id="command-choices")
            yield Entry(
                placeholder="a command, such as: topic clickstream · tab completes · alt+up recalls", id="command-line"
            )

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        self._show("")

    def _show(self, text: str) -> None:
        found = self._complete(text)[:_SHOWN]
        self._choices = [each for each, _ in found]
        choices = self.query_one(OptionList)
        choices.clear_options()
        width = max((len(each) for each in self._choices), default=0)
        choices.add_options(
            [
                Option(Text.assemble(one_line(each).ljust(width), "  ", (words, "dim"), no_wrap=True))
                for each, words in found
            ]
        )
        choices.display = bool(found)
        if found:
            choices.highlighted = 0

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._end(self._choices[event.option_index])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """A whole command is taken as it is typed; of a part, the best choice."""
        chosen = self._chosen
        whole = event.value.strip().removeprefix(":")
        self._end(chosen if chosen is not None and " " not in whole and chosen != whole else whole)

    def _end(self, text: str) -> None:
        if text:
            self._history.add(text)
        self.dismiss(text)

    @property
    def _chosen(self) -> str | None:
        place = self.query_one(OptionList).highlighted
        return self._choices[place] if place is not None and place < len(self._choices) else None

    def _write(self, text: str) -> None:
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)

    def action_complete(self) -> None:
        """Takes the choice at hand, with a space where an argument may follow."""
        chosen = self._chosen
        if chosen is not None:
            self._write(chosen if " " in chosen else f"{chosen} ")

    def action_choose(self, step: int) -> None:
        choices = self.query_one(OptionList)
        if self._choices:
            choices.highlighted = ((choices.highlighted or 0) + step) % len(self._choices)

    def action_recall(self, step: int) -> None:
        found = self._history.step(step, self.query_one(Input).value)
        if found is not None:
            self._write(found)

    def action_leave(self) -> None:
        self.dismiss("")
