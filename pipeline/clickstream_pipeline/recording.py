"""A run as a file: what the console showed, moment by moment, to be looked at again elsewhere.

The file holds JSON lines: a head, then events with the seconds since the beginning. What is secret is not in it: the
configurations of connectors are masked before they come here, and no request is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from clickstream_pipeline.charts import Series
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Record, Snapshot

VERSION = 1
_LARGEST = 512 * 1024 * 1024  # bytes of a recording; it ends there
KEPT_RECORDS = 200  # of each batch that are kept: what a screen can show


@dataclass(frozen=True, slots=True)
class Head:
    """The first line: the form of the file, and when the run began (seconds since the epoch)."""

    recording: int
    started: float
    profile: str


@dataclass(frozen=True, slots=True)
class Event:
    """What became known `at` seconds after the beginning; only one of the others is there."""

    at: float
    snapshot: Snapshot | None = None
    records: tuple[Record, ...] = ()
    received: int = 0
    chart: str = ""
    lines: tuple[Series, ...] = ()


class Recorder:
    """Writes a recording. Raises PipelineError where the file cannot be written; close it at the end."""

    def __init__(self, path: Path, profile: str, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._started = clock()
        self._size = 0
        self._last: Snapshot | None = None
        self._lines: dict[str, Sequence[Series]] = {}
        self.events = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise PipelineError(f"The recording {path} cannot be written ({error.strerror})") from error
        self._write(Head(VERSION, self._started, profile))

    @property
    def is_full(self) -> bool:
        return self._size >= _LARGEST

    def _write(self, line: Head | Event) -> None:
        data = msgspec.json.encode(line) + b"\n"
        try:
            self._file.write(data)
        except OSError as error:
            raise PipelineError(f"The recording {self._path} cannot be written ({error.strerror})") from error
        self._size += len(data)
        self.events += 1

    def _now(self) -> float:
        return round(self._clock() - self._started, 3)

    def snapshot(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot, if it says something new."""
        plain = replace(snapshot, number=0)
        if plain != self._last:
            self._last = plain
            self._write(Event(self._now(), snapshot=snapshot))

    def records(self, records: Sequence[Record], received: int) -> None:
        """Keeps the newest of some records; `received` counts all from the beginning."""
        if records:
            self._write(Event(self._now(), records=tuple(records[-KEPT_RECORDS:]), received=received))

    def chart(self, name: str, lines: Sequence[Series]) -> None:
        """Keeps a chart's lines, if they are new."""
        if lines and self._lines.get(name) != lines:
            self._lines[name] = lines
            self._write(Event(self._now(), chart=name, lines=tuple(lines)))

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True)
class Recording:
    """A recording that was read: its head and its events in order."""

    head: Head
    events: tuple[Event, ...] = field(default=())

    @property
    def seconds(self) -> float:
        return self.events[-1].at if self.events else 0.0


def load(path: Path) -> Recording:
    """Reads a recording; a last line that was cut short is left out. Raises PipelineError for another file."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise PipelineError(f"The recording {path} cannot be read ({error.strerror})") from error
    try:
        head = msgspec.json.decode(lines[0] if lines else b"", type=Head)
    except msgspec.MsgspecError as error:
        raise PipelineError(
            f"The file {path} is no recording ({error})", hint="Make one with: clickstream-tui record FILE"
        ) from error
    if head.recording != VERSION:
        raise PipelineError(f"The recording {path} has the form {head.recording}, and this console reads {VERSION}")
    events: list[Event] = []
    decode: Any = msgspec.json.Decoder(Event).decode
    for number, line in enumerate(lines[1:], 2):
        try:
            events.append(decode(line))
        except msgspec.MsgspecError as error:
            if number == len(lines):
                break
            raise PipelineError(f"Line {number} of the recording {path} is damaged ({error})") from error
    return Recording(head, tuple(events))


class Player:
    """Goes through a recording: `advance` gives what became known meanwhile."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.position = 0.0
        self.speed = 1.0
        self.paused = False
        self._next = 0

    def advance(self, seconds: float) -> tuple[Event, ...]:
        """The events of the next `seconds` of a watch on the wall."""
        if self.paused:
            return ()
        return self._to(self.position + seconds * self.speed)

    def _to(self, position: float) -> tuple[Event, ...]:
        self.position = min(max(position, 0.0), self.recording.seconds)
        first, events = self._next, self.recording.events
        while self._next < len(events) and events[self._next].at <= self.position:
            self._next += 1
        return events[first : self._next]

    def jump(self, seconds: float) -> tuple[Event, ...]:
        """Goes `seconds` on, or back; gives all events from the beginning up to there."""
        position = self.position + seconds
        self._next = 0
        return self._to(position)

    @property
    def is_at_end(self) -> bool:
        return self._next >= len(self.recording.events)
