"""The latest events beside the problems, where there is room; all of them are behind a key."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from clickstream_pipeline.model import PipelineEvent
from clickstream_tui.texts import event_line
from clickstream_widgets.safe_text import one_line

_KEPT = 40
_STYLES = {"failed": "red", "degraded": "yellow", "does not answer": "red", "restarted": "yellow", "recovered": "green", "ready": "green", "answers": "green",
           "answers again": "green", "alert": "yellow"}  # fmt: skip


class EventsPanel(Static):
    """The newest event first; drawn again only when there is a new one."""

    DEFAULT_CSS = """
    EventsPanel { height: 1fr; width: 1fr; background: $surface; overflow: hidden; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("events: none yet", id=id, markup=False)
        self._shown: tuple[PipelineEvent, ...] = ()

    def show(self, events: Sequence[PipelineEvent]) -> None:
        """Shows the latest of the events, which come the oldest first."""
        latest = tuple(events[-_KEPT:])
        if latest == self._shown:
            return
        self._shown = latest
        lines = Text("events · E shows all\n", "dim", no_wrap=True, overflow="ellipsis")
        for event in reversed(latest):
            kind = event.action if event.action in _STYLES else event.who
            lines.append(one_line(event_line(event)) + "\n", _STYLES.get(kind, ""))
        self.update(lines, layout=False)
