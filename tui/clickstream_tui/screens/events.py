"""Everything that happened, and every request that changed something: when, who, what, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.widgets import Static

from clickstream_pipeline.model import PipelineEvent, Snapshot
from clickstream_tui.screens.browse import BrowseScreen
from clickstream_tui.texts import event_clock, event_text, event_took, event_what
from clickstream_widgets.safe_text import one_line, printable
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

_WELL = ("", "done")


class EventsScreen(BrowseScreen):
    """The newest first. A command's line of a shell is in the detail, and copied by a key."""

    title_text = "Events: messages, changes, restarts, failures, alerts, commands"
    columns = ("time", "who", "what", "outcome", "took")
    hint = "/ filters · y copies · esc goes back"
    BINDINGS: ClassVar[list[Any]] = [
        Binding("y", "copy", "Copy", id="events.copy", tooltip="Copy a command as a line of a shell, else the whole event"),
    ]  # fmt: skip

    def __init__(self, *, commands: bool = False) -> None:
        super().__init__()
        self._commands = commands
        self._events: dict[str, PipelineEvent] = {}

    @property
    def is_awaiting(self) -> bool:
        return False  # what happened is known here: no server is asked

    def _state(self) -> str:
        return (
            "" if self._rows else "empty: nothing was changed yet" if self._commands else "empty: nothing happened yet"
        )

    def rows(self, snapshot: Snapshot) -> list[Row]:
        events = [each for each in self.console.announcements.events if each.line or not self._commands]
        self._events = {f"{each.at}-{place}": each for place, each in enumerate(events)}
        return [(key, self._cells(each)) for key, each in reversed(self._events.items())]

    @staticmethod
    def _cells(event: PipelineEvent) -> tuple[object, ...]:
        outcome = Text(one_line(event.outcome, 60), "" if event.outcome in _WELL else "red" if event.line else "yellow")
        return event_clock(event), event.who, event.line or event_what(event), outcome, event_took(event)

    def describe_now(self, key: str) -> str:
        """The event in full."""
        event = self._events.get(key)
        return "" if event is None else event_text(event)

    def place(self, width: int) -> None:
        """The list is wide: the detail stands below it but on the widest screens."""
        super().place(width if width >= 180 else 0)

    @work(exclusive=True, group="browse.detail", exit_on_error=False)
    async def describe(self) -> None:
        """Shows the event in full; nothing has to be asked for that, so a replay has it too."""
        self._shown_key = self.selected
        self.query_one("#browse-detail", Static).update(printable(self.describe_now(self._shown_key or "")))

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        return self.describe_now(key)

    def action_copy(self) -> None:
        event = self._events.get(self.selected or "")
        if event is not None:
            self.app.copy_to_clipboard(event.line or event_text(event))
            self.note("copied")
