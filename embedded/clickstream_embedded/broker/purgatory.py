"""Fetches that wait for records: each is woken by what is appended to its own partitions, or by its time.

Kafka's name for the place where such requests wait (`DelayedFetch`). One timer serves all that end in the same few
milliseconds.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable

from clickstream_embedded.broker.transactions import Place

_SLOT = 0.005  # seconds that a wait may last longer than was asked for


class Delayed:
    """One wait: it ends once `missing` bytes have come, or in its slot of time."""

    __slots__ = ("missing", "places", "slot", "wake")

    def __init__(self, places: tuple[Place, ...], missing: int, slot: int, wake: Callable[[], None]) -> None:
        self.places, self.missing, self.slot, self.wake = places, missing, slot, wake


class Purgatory:
    """All waits of a broker. Use it on the event loop only."""

    def __init__(self) -> None:
        self._by_place: dict[Place, set[Delayed]] = {}
        self._by_slot: dict[int, set[Delayed]] = {}

    def __len__(self) -> int:
        """How many wait."""
        return sum(map(len, self._by_slot.values()))

    def wait(self, places: Iterable[Place], missing: int, deadline: float, wake: Callable[[], None]) -> Delayed:
        """Calls `wake`, once and later, when `missing` bytes have come to these partitions or `deadline` is over.

        Args:
            places: Topic and number of each partition.
            missing: Bytes.
            deadline: In seconds of `time.monotonic`.
            wake: Called by the event loop.

        Returns:
            What `cancel` takes.
        """
        delayed = Delayed(tuple(places), missing, math.ceil(deadline / _SLOT), wake)
        for place in delayed.places:
            self._by_place.setdefault(place, set()).add(delayed)
        together = self._by_slot.get(delayed.slot)
        if together is None:
            together = self._by_slot[delayed.slot] = set()
            delay = max(delayed.slot * _SLOT - time.monotonic(), 0.0)
            asyncio.get_running_loop().call_later(delay, self._expire, delayed.slot)
        together.add(delayed)
        return delayed

    def appended(self, place: Place, size: int) -> None:
        """So many bytes have come to a partition."""
        waiting = self._by_place.get(place)
        if waiting:
            for delayed in tuple(waiting):
                delayed.missing -= size
                if delayed.missing <= 0:
                    self._end(delayed)

    def wake_all(self) -> None:
        """Something has changed that any of them may have to tell."""
        for together in tuple(self._by_slot.values()):
            for delayed in tuple(together):
                self._end(delayed)

    def cancel(self, delayed: Delayed) -> None:
        """Its client is gone, or has been answered."""
        for place in delayed.places:
            waiting = self._by_place.get(place)
            if waiting is not None:
                waiting.discard(delayed)
                if not waiting:
                    del self._by_place[place]
        self._by_slot.get(delayed.slot, set()).discard(delayed)

    def _end(self, delayed: Delayed) -> None:
        self.cancel(delayed)
        asyncio.get_running_loop().call_soon(delayed.wake)

    def _expire(self, slot: int) -> None:
        for delayed in self._by_slot.pop(slot, ()):
            self._end(delayed)
