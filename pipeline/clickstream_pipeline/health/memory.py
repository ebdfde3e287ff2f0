"""What is remembered from one look at the pipeline to the next: when a number last moved, since when a part is how it is.

It is kept in the home folder too, so that `status`, which looks once and ends, knows what the looks before it saw.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from clickstream_pipeline.model import Health

_SMOOTHING = 0.5  # the share of the newest value in a rate
_STALE = 15_000  # ms without a move after which a rate is 0
_FORGET = 24 * 3600_000  # ms after which a part that was not seen is forgotten


class Counter(msgspec.Struct):
    """A number that grows while a part works. Times in ms since the epoch, `rate` in units a second.

    `waiting` is what the part still has to do, `from_waiting` what that was when the number last moved.
    """

    value: int
    at: int
    moved: int
    rate: float | None = None
    waiting: int = 0
    from_waiting: int = 0
    seen_moving: bool = False


class Mood(msgspec.Struct):
    """How a part is, and since when (ms since the epoch)."""

    health: Health
    since: int
    at: int


class Memory(msgspec.Struct):
    """All that is remembered, by `kind:name`."""

    counters: dict[str, Counter] = {}
    moods: dict[str, Mood] = {}

    def count(self, key: str, value: int | None, now: int, waiting: int = 0) -> Counter | None:
        """Notes a number; gives when it last moved. One that is not known now leaves what was known.

        A number that stands still with nothing waiting counts as moving: there is nothing to do.
        """
        before = self.counters.get(key)
        if value is None:
            return before
        if before is None:
            found = Counter(value, now, now, None, waiting, waiting)
        else:
            moves = value != before.value
            rests = waiting == 0 or before.waiting == 0
            still = not moves and not rests
            found = Counter(
                value, now, before.moved if still else now, _rate(before, value, now), waiting,
                before.from_waiting if still else waiting, before.seen_moving or moves,
            )  # fmt: skip
        self.counters[key] = found
        return found

    def since(self, key: str, health: Health, now: int, began: int | None = None) -> int:
        """Since when a part is how it is now; `began` is when that began, where it is known to be earlier than now."""
        before = self.moods.get(key)
        since = before.since if before is not None and before.health is health else (began or now)
        self.moods[key] = Mood(health, since, now)
        return since

    def forget(self, now: int) -> None:
        """Lets go of parts that have long been gone."""
        self.counters = {key: each for key, each in self.counters.items() if now - each.at < _FORGET}
        self.moods = {key: each for key, each in self.moods.items() if now - each.at < _FORGET}


def _rate(before: Counter, value: int, now: int) -> float | None:
    seconds = (now - before.at) / 1000
    if seconds <= 0:
        return before.rate
    newest = max(0, value - before.value) / seconds
    if value == before.value and now - before.moved >= _STALE:
        return 0.0
    if before.rate is None or seconds > 60:
        return newest
    return _SMOOTHING * newest + (1 - _SMOOTHING) * before.rate


class MemoryFile:
    """The memory in a file of the home folder. One that cannot be read or written is as if it were not there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Memory:
        """What the last look left, empty where there is nothing to be had."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._path.read_bytes(), type=Memory)
        return Memory()

    def save(self, memory: Memory) -> None:
        """Replaces the file in one step."""
        if not self._path.parent.is_dir():
            return
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            temporary.write_bytes(msgspec.json.encode(memory))
            temporary.replace(self._path)
