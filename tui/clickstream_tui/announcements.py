"""What the console says: one message at a time, which expires, and a list of all that happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from clickstream_pipeline.event_log import EventLog
from clickstream_pipeline.model import PipelineEvent, Snapshot

LASTS = 10.0  # seconds that a message is shown, unless it is read before


class Announcements:
    """The message that is shown now, and the events, the latest last.

    Args:
        clock: monotonic seconds, for what expires.
        now: seconds since the epoch, for when it happened.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.now = now
        self._text = ""
        self._until = 0.0
        self._said_latest = ""
        self.log = EventLog()

    @property
    def message(self) -> str:
        """What is to be shown now, "" once it has expired."""
        return self._text if self._clock() < self._until else ""

    @property
    def events(self) -> Sequence[PipelineEvent]:
        """All that happened, the latest last."""
        return self.log.events

    @property
    def latest(self) -> str:
        """What was said last, expired or not: what the key for all of a message shows."""
        return self._said_latest

    def say(self, text: str, *, failed: bool = False, who: str = "console", progress: bool = False) -> None:
        """Shows a message; unless it only tells the progress of something, it is an event too."""
        self._text = self._said_latest = text
        self._until = self._clock() + LASTS
        if not progress:
            self.note(PipelineEvent(self._at, who, "failed" if failed else "said", outcome=text))

    @property
    def _at(self) -> int:
        return int(self.now() * 1000)

    def note(self, event: PipelineEvent) -> None:
        """Keeps an event without saying it."""
        self.log.add(event)

    def read(self) -> None:
        """The message has been read in full."""
        self._until = 0.0

    def look(self, snapshot: Snapshot) -> Sequence[PipelineEvent]:
        """Keeps, and gives, what changed of the parts since the last look."""
        return self.log.snapshot(snapshot) if snapshot.number else ()

    def follow(self, log: EventLog) -> None:
        """Goes on with the log that a pipeline writes to: what its monitor and its commands say is kept there."""
        log.add(*self.log.events)
        self.log = log
