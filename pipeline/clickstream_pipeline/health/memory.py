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
_STALE = 15_000  # ms without a move after which a rate is 0, where it moved more often than that
_LONGEST = 120_000  # ms between two moves of what still counts as moving in bursts
_FORGET = 24 * 3600_000  # ms after which a part that was not seen is forgotten


class Counter(msgspec.Struct):
    """A number that grows while a part works. Times in ms since the epoch, `rate` in units a second.

    `waiting` is what the part still has to do, `from_waiting` what that was when the number last moved. `changed` is when
    the number last was another one, `interval` how long before that it had been another one: a sink writes in bursts,
    and between two of them its rate is what they come to, not 0.
    """

    value: int
    at: int
    moved: int
    rate: float | None = None
    waiting: int = 0
    from_waiting: int = 0
    seen_moving: bool = False
    changed: int = 0
    interval: int = 0


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

        A number that stands still with nothing waiting counts as moving: there is nothing to do. One that shrinks, as that
        of documents after a merge or a restart, does not: nothing was done.
        """
        before = self.counters.get(key)
        if value is None:
            return before
        if before is None:
            found = Counter(value, now, now, None, waiting, waiting, changed=now)
        else:
            moves = value > before.value
            rests = waiting == 0 or before.waiting == 0
            still = not moves and not rests
            found = Counter(
                value, now, before.moved if still else now, _rate(before, value, now), waiting,
                before.from_waiting if still else waiting, before.seen_moving or moves,
                now if moves else before.changed, _interval(before, now) if moves else before.interval,
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


def _interval(before: Counter, now: int) -> int:
    """How long a number stood before it moved now, in ms; no more than what still counts as moving."""
    stood = now - before.changed if before.changed else now - before.at
    return stood if stood <= _LONGEST else now - before.at


def _rate(before: Counter, value: int, now: int) -> float | None:
    if now <= before.at:
        return before.rate
    if value == before.value:
        resting = now - (before.changed or before.moved) >= max(_STALE, min(2 * before.interval, _LONGEST))
        # between two bursts what they come to; None, not known yet, where it was never seen to move
        return 0.0 if resting else before.rate
    newest = max(0, value - before.value) / _interval(before, now) * 1000
    if before.rate is None or not before.rate or now - before.at > 60_000:
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
