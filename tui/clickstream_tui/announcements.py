"""What the console says: one message at a time, which expires, and a list of all that happened."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from clickstream_pipeline.model import Health, PipelineEvent, Snapshot

LASTS = 10.0  # seconds that a message is shown, unless it is read before
_KEPT = 1_000


class Announcements:
    """The message that is shown now, and the events, the latest last.

    Args:
        clock: monotonic seconds, for what expires.
        now: seconds since the epoch, for when it happened.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._now = now
        self._text = ""
        self._until = 0.0
        self._known: dict[tuple[str, str], tuple[Health, int]] = {}
        self._said_latest = ""
        self.events: deque[PipelineEvent] = deque(maxlen=_KEPT)

    @property
    def message(self) -> str:
        """What is to be shown now, "" once it has expired."""
        return self._text if self._clock() < self._until else ""

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
        return int(self._now() * 1000)

    def note(self, event: PipelineEvent) -> None:
        """Keeps an event without saying it."""
        self.events.append(event)

    def read(self) -> None:
        """The message has been read in full."""
        self._until = 0.0

    def look(self, snapshot: Snapshot) -> Sequence[PipelineEvent]:
        """Keeps, and gives, what changed of the health and restarts of the parts since the last look."""
        found: list[PipelineEvent] = []
        seen: dict[tuple[str, str], tuple[Health, int]] = {}
        parts = [
            *(("service", each.name, each.health, each.why, each.restarts) for each in snapshot.services),
            *(("connector", each.name, each.health, each.why, 0) for each in snapshot.connectors),
            *(("query", each.query_id, each.health, each.why, 0) for each in snapshot.queries),
            *(("index", each.name, each.health, each.why, 0) for each in snapshot.indices),
        ]
        for kind, name, health, why, restarts in parts:
            seen[kind, name] = (health, restarts)
            before = self._known.get((kind, name))
            if before is None:
                continue
            if restarts > before[1]:
                found.append(PipelineEvent(self._at, "pipeline", "restarted", kind, name, why))
            if health is not before[0]:
                action = "recovered" if health is Health.OK else health.value
                found.append(
                    PipelineEvent(self._at, "pipeline", action, kind, name, "" if health is Health.OK else why)
                )
        if snapshot.number:
            self._known = seen
        self.events.extend(found)
        return found
