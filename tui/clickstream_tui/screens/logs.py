"""The log of a service, or of all by time, as it is written: followed, searched, filtered, wrapped."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.log_follow import LogFollow, merged
from clickstream_tui.console import Console, console_of
from clickstream_tui.filter_entry import FilterEntry
from clickstream_tui.screens.browse import breadcrumbs
from clickstream_widgets.calm_screen import CalmScreen
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.line_view import LineView
from clickstream_widgets.list_filter import row_filter
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line, printable

INTERVAL = 1.0  # seconds between two looks
ALL = "all"
CAPACITY = 5_000  # lines that are kept


class LogScreen(CalmScreen[None]):
    """One service's log, or all of them. What the hand has scrolled to stands still; at the end, new lines come into view.

    Args:
        service: the name of the service, `ALL` for all of them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "leave", "Back", id="logs.back", tooltip="Back to where this was opened"),
        Binding("slash", "filter", "Filter", id="logs.filter", key_display="/",
                tooltip="Show the lines with a regular expression; ! before it, those without"),
        Binding("W", "wrap", "Wrap", id="logs.wrap", tooltip="Break long lines, or cut them"),
        Binding("y", "copy", "Copy", id="logs.copy", tooltip="Copy the lines that are shown"),
    ]  # fmt: skip

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service
        self._follows: defaultdict[str, LogFollow] = defaultdict(LogFollow)
        self._lines: deque[str] = deque(maxlen=CAPACITY)
        self._test: Callable[[str], bool] | None = None
        self._wraps = False
        self._problem = "asking for the log …"
        self._looking = False

    @property
    def console(self) -> Console:
        return console_of(self)

    @property
    def heading(self) -> str:
        """What the screen shows, as the last of the breadcrumbs."""
        return "Log of all services" if self.service == ALL else f"Log of {one_line(self.service)}"

    def compose(self) -> ComposeResult:
        yield Static("", classes="browse-title", markup=False)
        yield FilterEntry(type(self).__name__, classes="browse-filter")
        yield LineView(capacity=CAPACITY, id="log-lines")
        yield Note("", classes="note", id="log-note")
        yield MessageLine("M")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(".browse-title", Static).update(printable(breadcrumbs(self.app.screen_stack)))
        self.query_one(LineView).focus()
        self.console.show_message()
        self._show_note()
        self._look()
        self.set_interval(INTERVAL, self._look)

    @work(group="logs.look", exit_on_error=False)
    async def _look(self) -> None:
        pipeline = self.console.pipeline
        if pipeline is None or self._looking:
            return
        self._looking = True
        stack = pipeline.stack
        try:
            names = [each.name for each in await stack.services()] if self.service == ALL else [self.service]
            found = await asyncio.gather(*(stack.logs(name) for name in names))
        except PipelineError as error:
            self.fail(str(error))
        else:
            self.take(dict(zip(names, found, strict=True)))
        finally:
            self._looking = False

    def fail(self, reason: str) -> None:
        """Says why nothing new comes; the lines that were had stay."""
        self._problem = reason
        if self.is_mounted:
            self._show_note()

    def take(self, ends: Mapping[str, str]) -> None:
        """Shows what is new of the ends of the logs, by service."""
        self._problem = ""
        if not self.is_mounted:
            return
        new = {
            name: self._follows[name].new([printable(line) for line in text.splitlines()])
            for name, text in ends.items()
        }
        lines = merged(new) if self.service == ALL else new[self.service]
        self._lines.extend(lines)
        shown = [line for line in lines if self._test is None or self._test(line)]
        if shown:
            self.query_one(LineView).extend(self._folded(shown))
        self._show_note()

    def _folded(self, lines: list[str]) -> list[str]:
        width = max(self.size.width - 4, 20)
        if not self._wraps:
            return lines
        return [line[at : at + width] for line in lines for at in range(0, max(len(line), 1), width)]

    def _show_all(self) -> None:
        view = self.query_one(LineView)
        view.clear()
        view.extend(self._folded([line for line in self._lines if self._test is None or self._test(line)]))
        self._show_note()

    def _show_note(self) -> None:
        note = self.query_one("#log-note", Note)
        if self._problem:
            note.say(one_line(f"stale: {self._problem}" if self._lines else self._problem))
            return
        matching = len(self._lines) if self._test is None else sum(map(self._test, self._lines))
        counted = f"{matching:,} of {len(self._lines):,} lines" if self._test else f"{len(self._lines):,} lines"
        wraps = " · wrapped" if self._wraps else ""
        note.say(f"{counted}{wraps} · / filters · f follows · esc goes back" if self._lines else "The log is empty.")

    def _filter(self, text: str) -> None:
        self._test = row_filter(text)

    @on(Input.Changed)
    def _typed(self) -> None:
        if wrong := self.query_one(FilterEntry).wrong(self._filter):
            self.query_one("#log-note", Note).say(wrong)
            return
        self._show_all()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one(FilterEntry).keep()
        self.query_one(LineView).focus()

    def action_filter(self) -> None:
        self.query_one(FilterEntry).ask()

    def action_wrap(self) -> None:
        self._wraps = not self._wraps
        self._show_all()

    def action_copy(self) -> None:
        lines = self.query_one(LineView).lines
        self.app.copy_to_clipboard("\n".join(lines))
        self.console.say(f"{len(lines):,} lines are copied")

    def action_leave(self) -> None:
        """Leaves the filter first, then the screen."""
        if self.query_one(FilterEntry).close():
            self.query_one(LineView).focus()
        else:
            self.dismiss()
