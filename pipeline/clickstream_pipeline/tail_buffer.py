"""A ring buffer of records that a thread fills and the screen empties."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from clickstream_pipeline.model import Record


class TailBuffer:
    """Holds at most `capacity` records that were not taken yet; the oldest are dropped and counted."""

    def __init__(self, capacity: int = 20_000) -> None:
        self._lock = threading.Lock()
        self._pending: deque[Record] = deque(maxlen=capacity)
        self.dropped = 0
        self.received = 0

    def add(self, records: Iterable[Record]) -> None:
        with self._lock:
            for record in records:
                if len(self._pending) == self._pending.maxlen:
                    self.dropped += 1
                self._pending.append(record)
                self.received += 1

    def take(self, limit: int | None = None) -> list[Record]:
        """Removes and gives the waiting records, the newest `limit` of them; the rest counts as dropped."""
        with self._lock:
            taken = list(self._pending)
            self._pending.clear()
            if limit is not None and len(taken) > limit:
                self.dropped += len(taken) - limit
                taken = taken[-limit:]
        return taken
