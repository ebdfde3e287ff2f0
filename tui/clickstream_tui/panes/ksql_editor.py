"""The editor of statements: tabs that are kept, colours, completion, what was run before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, TextArea

from clickstream_ksql import highlight
from clickstream_ksql.completion import Suggestion
from clickstream_pipeline.history import History
from clickstream_pipeline.statement_results import pieces_of
from clickstream_tui.query_desk import QueryDesk
from clickstream_widgets.coloured_editor import ColouredEditor, Span
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line


def _colours(text: str) -> Iterator[Span]:
    return (Span(*each) for each in highlight.stretches(text))


class QueryEditor(Vertical):
    """One text at a time; the others are a key away.

    BINDINGS:
        | key | does |
        |---|---|
        | ctrl+n, alt+w, alt+left and right | a new tab, closes one, another one |
        | ctrl+space | what may come next |
        | alt+up and down | what was run before |
        | ctrl+g | saves the statement under the cursor by a name |
    """

    BINDINGS = [
        Binding("ctrl+space,f3", "complete", "Complete", id="ksql.complete", tooltip="What may come next at the cursor"),
        Binding("alt+up,f7", "recall(-1)", "Older", show=False, priority=True, id="ksql.older",
                tooltip="The statement run before"),
        Binding("alt+down,f8", "recall(1)", "Newer", show=False, priority=True, id="ksql.newer",
                tooltip="The statement run after"),
        Binding("ctrl+n", "new_tab", "New", show=False, id="ksql.new", tooltip="A new tab of the editor; tabs are kept"),
        Binding("ctrl+pagedown,alt+right", "tab(1)", "Next tab", show=False, id="ksql.tab", tooltip="The next tab"),
        Binding("ctrl+pageup,alt+left", "tab(-1)", "Previous tab", show=False, id="ksql.tab_before",
                tooltip="The tab before"),
        Binding("alt+w", "close_tab", "Close tab", show=False, id="ksql.close",
                tooltip="Close the tab; its text goes to the history"),
        Binding("ctrl+g", "save", "Save query", show=False, id="ksql.save",
                tooltip="Save the statement under the cursor by a name: ctrl+t shows it first"),
    ]  # fmt: skip

    @dataclass
    class Complete(Message):
        """What may come next in a text is to be offered."""

        text: str

    @dataclass
    class Save(Message):
        """A statement is to be saved by a name."""

        text: str

    @dataclass
    class Said(Message):
        """Something is to be said where results are."""

        text: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.history = History(None)
        """The statements run before; the application gives the one that is kept, as it gives the desk."""
        self.desk = QueryDesk()
        self._suggestions: list[Suggestion] = []

    def compose(self) -> ComposeResult:
        tabs = Note("", id="ksql-editors", classes="note")
        tabs.display = False
        yield tabs
        yield ColouredEditor(self.desk.tab.text, colour=_colours, id="ksql-editor")
        choices = OptionList(id="ksql-choices")
        choices.display = False
        yield choices

    def _say(self, text: str) -> None:
        self.post_message(self.Said(text))

    @property
    def text(self) -> str:
        return self.query_one(TextArea).text

    @property
    def here(self) -> str:
        """The statement that the cursor is in, or behind; "" where there is none."""
        row, column = self.query_one(TextArea).cursor_location
        before = [piece for piece in pieces_of(self.text) if (piece.line, piece.column) <= (row + 1, column + 1)]
        return before[-1].text if before else ""

    # -- tabs --------------------------------------------------------------------------------------------------

    def use(self, desk: QueryDesk) -> None:
        """Shows the tabs of a desk."""
        self.desk = desk
        self._show_tab()

    def keep(self) -> None:
        """Keeps what stands in the editor."""
        self.desk.write(self.text, *self.query_one(TextArea).cursor_location)

    def _show_tab(self) -> None:
        desk, editor = self.desk, self.query_one(TextArea)
        editor.load_text(desk.tab.text)
        editor.move_cursor((desk.tab.line, desk.tab.column))
        self._show_tabs()

    def _show_tabs(self) -> None:
        desk, tabs = self.desk, self.query_one("#ksql-editors", Note)
        titles = [f"{place} {one_line(tab.title, 24)}" for place, tab in enumerate(desk.tabs, 1)]
        titles[desk.number] = f"[{titles[desk.number]}]"
        tabs.display = len(titles) > 1
        tabs.say(f"tab {desk.number + 1} of {len(titles)}, alt+←→  " + "  ".join(titles))

    def on_descendant_blur(self) -> None:
        self.keep()

    def action_new_tab(self) -> None:
        """An empty text beside the others."""
        self.keep()
        if self.desk.add():
            self._show_tab()
            self.query_one(TextArea).focus()
        else:
            self._say("there are too many tabs: alt+w closes one")

    def action_tab(self, by: int) -> None:
        """Another text."""
        self.keep()
        self.desk.step(by)
        self._show_tab()

    def action_close_tab(self) -> None:
        """Closes the tab; its text is found again in the history."""
        self.keep()
        self.history.add(self.desk.close().text)
        self._show_tab()

    def action_save(self) -> None:
        text = self.query_one(TextArea).selected_text.strip() or self.here
        if text:
            self.post_message(self.Save(text))

    def action_complete(self) -> None:
        self.post_message(self.Complete(self.text))

    @property
    def cursor(self) -> int:
        """The cursor as an index into the text."""
        editor = self.query_one(TextArea)
        row, column = editor.cursor_location
        return sum(len(line) + 1 for line in editor.text.split("\n")[:row]) + column

    @property
    def is_edited(self) -> bool:
        """Whether what is typed goes into the editor."""
        return self.query_one(TextArea).has_focus

    def offer(self, suggestions: Sequence[Suggestion]) -> None:
        """Puts in the only suggestion, or shows several to choose from."""
        self._suggestions = list(suggestions)
        choices = self.query_one(OptionList)
        if len(suggestions) <= 1:
            choices.display = False
            if suggestions:
                self._put(suggestions[0])
            else:
                self._say("nothing is known that may come here")
            return
        choices.clear_options()
        choices.add_options([Text(f"{each.text}  {each.kind}") for each in suggestions])
        choices.display = True
        choices.highlighted = 0
        choices.focus()

    def _put(self, chosen: Suggestion) -> None:
        editor = self.query_one(TextArea)
        row, column = editor.cursor_location
        blank = "" if chosen.kind == "function" else " "
        editor.replace(chosen.text + blank, (row, column - chosen.replaces), (row, column))
        editor.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(OptionList).display = False
        self._put(self._suggestions[event.option_index])

    def action_recall(self, by: int) -> None:
        """Goes through the statements that were run."""
        editor = self.query_one(TextArea)
        text = self.history.step(by, editor.text)
        if text is None:
            self._say("there is no older statement" if by < 0 else "there is no newer statement")
        else:
            editor.load_text(text)
            editor.move_cursor(editor.document.end)

    def put(self, text: str) -> None:
        """Puts a text into the editor, the cursor behind it."""
        editor = self.query_one(TextArea)
        editor.load_text(text)
        editor.move_cursor(editor.document.end)
        editor.focus()

    def close_choices(self) -> bool:
        """Takes the list of suggestions away; False where there was none."""
        choices = self.query_one(OptionList)
        shown = choices.display
        choices.display = False
        if shown:
            self.query_one(TextArea).focus()
        return shown
