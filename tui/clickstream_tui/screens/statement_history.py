"""The queries that were saved, and the statements that were run before: searched as one types, taken with enter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from clickstream_widgets.entry import Entry
from clickstream_widgets.safe_text import one_line

_SHOWN = 100


def matching(texts: Sequence[str], wanted: str) -> list[str]:
    """The texts that hold every word, the latest first, each once."""
    words = wanted.lower().split()
    latest = dict.fromkeys(reversed(texts))
    return [text for text in latest if all(word in text.lower() for word in words)][:_SHOWN]


class StatementHistoryScreen(ModalScreen[str]):
    """Gives the text that was taken, "" for none.

    Args:
        texts: the statements that were run, the latest last.
        saved: the queries that were saved, by name; these come first.
        forget: keeps a saved one no longer.
    """

    BINDINGS = [
        Binding("escape", "leave", "Cancel"),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
        Binding("ctrl+d", "forget", "Forget", show=False, priority=True),
    ]

    def __init__(self, texts: Sequence[str], saved: Mapping[str, str], forget: Callable[[str], None]) -> None:
        super().__init__()
        self._texts = list(texts)
        self._saved = dict(saved)
        self._forget = forget
        self._asked = ""  # the saved one that the next ctrl+d forgets
        self._found: list[tuple[str, str]] = []  # (name, text); "" for what was only run

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide") as box:
            box.border_title = "Saved queries (★), and statements that were run"
            yield Entry(placeholder="words that it holds")
            yield OptionList(id="history-choices")
            yield Static("", id="history-note", classes="note", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, wanted: str) -> None:
        words = wanted.lower().split()
        named = [(name, text) for name, text in sorted(self._saved.items())
                 if all(word in f"{name} {text}".lower() for word in words)]  # fmt: skip
        self._found = [*named, *(("", text) for text in matching(self._texts, wanted))]
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(self._line(name, text)) for name, text in self._found])
        listed.highlighted = 0 if self._found else None
        self._say("enter takes it · ctrl+d forgets a saved one · esc closes" if self._found else "Nothing holds that.")

    def _say(self, text: str) -> None:
        self._asked = ""
        self.query_one("#history-note", Static).update(text)

    @staticmethod
    def _line(name: str, text: str) -> Text:
        line = Text(f"★ {one_line(name, 40)}  " if name else "  ", "bold" if name else "", no_wrap=True)
        return line.append(one_line(text.replace("\n", " "), 200), "")

    @property
    def _chosen(self) -> tuple[str, str] | None:
        place = self.query_one(OptionList).highlighted
        return None if place is None else self._found[place]

    @on(Input.Submitted)
    def _entered(self) -> None:
        if self._chosen is not None:
            self.dismiss(self._chosen[1])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index][1])

    def action_move(self, step: int) -> None:
        """Chooses the next or the previous one."""
        listed = self.query_one(OptionList)
        if self._found:
            listed.highlighted = ((listed.highlighted or 0) + step) % len(self._found)
            self._asked = ""

    def action_forget(self) -> None:
        """Forgets a saved query, asked for twice."""
        name = self._chosen[0] if self._chosen else ""
        if not name:
            return
        if self._asked == name:
            del self._saved[name]
            self._forget(name)
            self._show(self.query_one(Input).value)
        else:
            self._say(one_line(f"ctrl+d again forgets '{name}'"))
            self._asked = name

    def action_leave(self) -> None:
        self.dismiss("")


class SaveQueryScreen(ModalScreen[str]):
    """Asks for the name of a query that is saved; gives "" where it was left.

    Args:
        text: of the query.
        taken: names that are there; one of them is replaced, and that is said.
    """

    BINDINGS = [Binding("escape", "leave", "Cancel")]

    def __init__(self, text: str, taken: Mapping[str, str]) -> None:
        super().__init__()
        self._text = text
        self._taken = taken

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Save this query"
            yield Static(one_line(self._text, 300), markup=False)
            yield Entry(placeholder="its name", id="query-name", max_length=60)
            yield Static("enter saves it · esc cancels", id="query-name-note", classes="note", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        there = event.value.strip() in self._taken
        note = "enter replaces the one of this name · esc cancels" if there else "enter saves it · esc cancels"
        self.query_one("#query-name-note", Static).update(note)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        self.dismiss("")
