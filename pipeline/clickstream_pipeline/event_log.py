"""What happened, the newest last: changes of health between snapshots, restarts, things that came and went, commands, alerts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Set
from typing import Any

from clickstream_pipeline.command_log import Command
from clickstream_pipeline.model import Health, PipelineEvent, Snapshot

_KEPT = 1_000
_KINDS = {"service": "services", "connector": "connectors", "query": "queries", "topic": "topics", "index": "indices",
          "stage": "stages", "server": "servers"}  # fmt: skip
_ACTIONS = {Health.OK: "recovered", Health.DEGRADED: "degraded", Health.FAILED: "failed", Health.UNKNOWN: "unknown"}


class EventLog:
    """Keeps the latest events; a snapshot is compared with the one before it."""

    def __init__(self) -> None:
        self._events: deque[PipelineEvent] = deque(maxlen=_KEPT)
        self._last: Snapshot | None = None
        self._found: tuple[PipelineEvent, ...] = ()
        self._well: set[tuple[str, str]] = set()  # kind and name of what was well at some time: only that can recover

    @property
    def events(self) -> tuple[PipelineEvent, ...]:
        """All that is kept, the oldest first."""
        return tuple(self._events)

    def add(self, *events: PipelineEvent) -> None:
        """Keeps events that came from elsewhere: an alert, a message."""
        self._events.extend(events)

    def command(self, command: Command) -> PipelineEvent:
        """Keeps a command of the operator; gives its event."""
        event = PipelineEvent(
            int(command.at * 1000), "operator", "command", outcome=command.failure or "done", seconds=command.seconds,
            line=command.line,
        )  # fmt: skip
        self._events.append(event)
        return event

    def snapshot(self, snapshot: Snapshot) -> tuple[PipelineEvent, ...]:
        """Keeps what has changed since the last snapshot; gives that. The first one is only remembered.

        The monitor shows a snapshot first, the console then asks what was new in it: the same one is looked at once.
        """
        if snapshot is self._last:
            return self._found
        before, self._last = self._last, snapshot
        changes: list[PipelineEvent] = []
        for kind in _KINDS:
            changes += [] if before is None else _changes(kind, before, snapshot, self._well)
            self._well |= {(kind, name) for name, part in _parts(kind, snapshot).items() if _is_well(kind, part)}
        self._found = tuple(sorted(changes, key=lambda event: event.at))
        self._events.extend(self._found)
        return self._found


def _parts(kind: str, snapshot: Snapshot) -> dict[str, Any]:
    return {getattr(each, "query_id", None) or each.name: each for each in getattr(snapshot, _KINDS[kind])}


def _is_well(kind: str, part: Any) -> bool:
    return part.ok if kind == "server" else part.health is Health.OK


def _changes(kind: str, before: Snapshot, after: Snapshot, well: Set[tuple[str, str]]) -> Iterable[PipelineEvent]:
    old, new = _parts(kind, before), _parts(kind, after)
    for name, part in new.items():
        last = old.get(name)
        if kind == "server":
            if last is not None and last.ok != part.ok:
                answers = "answers again" if (kind, name) in well else "answers"
                action = answers if part.ok else "does not answer"
                yield PipelineEvent(after.at, "pipeline", action, kind, name, part.reason)
            continue
        if last is None:
            if old:  # a server that was silent brings all of its parts back at once: that is not news
                yield PipelineEvent(after.at, "pipeline", "created", kind, name)
            continue
        if kind == "service" and part.restarts > last.restarts:
            yield PipelineEvent(
                after.at, "pipeline", "restarted", kind, name, last.reason or f"restart {part.restarts}"
            )
        if part.health is Health.UNKNOWN or (last.health is Health.UNKNOWN and part.health is Health.OK):
            continue  # that its server does not answer, or does again, is told once, of the server
        if part.health is not last.health:
            # what starts up has not recovered from anything
            first = part.health is Health.OK and (kind, name) not in well
            action = "ready" if first else _ACTIONS[part.health]
            yield PipelineEvent(part.since or after.at, "pipeline", action, kind, name, part.why)
        elif getattr(part, "state", None) != getattr(last, "state", None):
            state = getattr(part.state, "value", part.state)
            yield PipelineEvent(after.at, "pipeline", str(state).lower(), kind, name, part.why)
    if kind != "server" and new:
        for name in old.keys() - new.keys():
            yield PipelineEvent(after.at, "pipeline", "deleted", kind, name)
