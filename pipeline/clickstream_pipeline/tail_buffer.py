"""A ring buffer that a thread fills and the screen empties."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class TailBuffer(Generic[Item]):
    """Holds at most `capacity` items that were not taken yet; the oldest are dropped and counted.

    Args:
        capacity: how many.
        heard: called, in the thread that adds, once something is there where nothing was.
    """

    def __init__(self, capacity: int = 20_000, heard: Callable[[], None] = lambda: None) -> None:
        self._heard = heard
        self._lock = threading.Lock()
        self._capacity = capacity
        self._pending: deque[Item] = deque(maxlen=capacity)
        self.dropped = 0
        self.received = 0

    @property
    def waiting(self) -> int:
        """How many items were not taken yet."""
        return len(self._pending)

    def add(self, items: Sequence[Item]) -> None:
        with self._lock:
            first = not self._pending
            self.dropped += max(0, len(self._pending) + len(items) - self._capacity)
            self._pending.extend(items)
            self.received += len(items)
        if first:
            self._heard()

    def take(self, limit: int | None = None) -> list[Item]:
        """Removes and gives the waiting items, the newest `limit` of them; the rest counts as dropped."""
        with self._lock:
            taken = list(self._pending)
            self._pending.clear()
            if limit is not None and len(taken) > limit:
                self.dropped += len(taken) - limit
                taken = taken[-limit:]
        return taken
