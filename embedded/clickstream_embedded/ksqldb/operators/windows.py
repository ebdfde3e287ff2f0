"""GROUP BY in tumbling and hopping windows, and the final results of windows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from clickstream_embedded.ksqldb.operators.aggregation import Aggregation, Entries, Groups
from clickstream_embedded.ksqldb.operators.operator import Batch, Operator, Row
from clickstream_embedded.ksqldb.operators.packed_windows import PackedWindows
from clickstream_embedded.ksqldb.operators.state_store import StateStore, WindowStore
from clickstream_embedded.ksqldb.operators.stream_clock import StreamClock

_PACK = 60_000  # ms of stream time between two looks for windows to pack, and that a window is left alone before


class WindowedAggregation(Aggregation):
    """GROUP BY in tumbling or hopping windows. State: window start -> key -> (states, timestamp).

    A record is late where its window closed: stream time has passed the window's end plus the grace period.
    """

    def __init__(
        self, name: str, *arguments: Any, size: int, advance: int, grace: int, retention: int, **options: Any
    ) -> None:
        super().__init__(name, *arguments, **options)
        self.store = self._kept = WindowStore(name)
        self._size = size
        self._advance = advance
        self._grace = grace
        self._pane = math.gcd(size, advance)  # all times in a pane are in the same windows
        self._packed = PackedWindows(self._kept)
        self._pack_due = -1  # in stream time
        self.retention = max(retention, size + grace)

    @property
    def _times_seen(self) -> tuple[int, ...]:
        return (self.stream_time,)

    def process(self, batch: Batch) -> None:
        groups = self._groups(batch, self._pane) if self._is_in_order(batch) and self._is_in_time(batch) else None
        if groups is not None:
            self._update_all(groups)
            return
        out: Batch = []
        size, advance, grace = self._size, self._advance, self._grace
        for _, row, timestamp, _, _ in batch:
            self.stream_time = max(self.stream_time, timestamp)
            key = self._group(row)
            if key is None or row is None:
                continue
            start = self._first_window(timestamp)
            closed = self.stream_time - grace
            while start <= timestamp:
                if start + size > closed:
                    self._update(key, start, row, timestamp, out)
                else:
                    self.late += 1
                start += advance
        self.emit(out)

    def _first_window(self, timestamp: int) -> int:
        """The start of the earliest window that a time is in."""
        return max(timestamp - self._size + self._advance, 0) // self._advance * self._advance

    def _windows(self, pane: int) -> range:
        """The starts of the windows that a pane is part of."""
        return range(self._first_window(pane), pane + 1, self._advance)

    def _is_in_order(self, batch: Batch) -> bool:
        """Whether taking the records pane by pane keeps, for each window, the order they came in."""
        if self._advance == self._size:
            return True
        times = [record[2] for record in batch]
        return times == sorted(times)

    def _is_in_time(self, batch: Batch) -> bool:
        """Whether no record can be late; moves stream time on if so."""
        first, latest = self._times_of(batch)
        latest = max(self.stream_time, latest)
        first = self._first_window(max(first, 0))
        if first + self._size <= latest - self._grace:
            return False
        self.stream_time = latest
        return True

    def _update_all(self, groups: Groups) -> None:
        for pane, found in groups.items():
            keys, times = list(self._shared(found)), list(self._latest(found.values()))
            for start in self._places(pane):
                self._kept.change(start, keys)
                windows = self._kept.data.get(start)
                if windows is None and start > self._packed.until:  # as most often, where keys are many
                    made = self._made_of(found.values())
                    self._kept.data[start] = dict(zip(keys, zip(made, times, strict=True), strict=True))
                    self._dirty[start] = dict.fromkeys(keys)
                else:
                    self._update_some(start, zip(keys, found.values(), times, strict=True))

    def _places(self, pane: int) -> Iterable[int]:
        """Where in the state the records of a pane belong."""
        return self._windows(pane)

    def _update_some(self, start: int, groups: Iterable[tuple[Row, Entries, int]]) -> None:
        """Adds to windows of which some may be there."""
        windows, dirty = self._kept.data.setdefault(start, {}), self._dirty.setdefault(start, {})
        may_be_packed = start <= self._packed.until
        for key, entries, time in groups:
            entry = windows.get(key)
            if entry is None and may_be_packed:
                entry = self._packed.entry(start, key)
            if key not in dirty:
                dirty[key] = None if entry is None else self._replaced(key, entry, start)
            if entry is None:
                (states,) = self._made_of((entries,))
                windows[key] = (states, time)
            else:
                windows[key] = (self._add_all(entry[0], entries), max(entry[1], time))

    def _replaced(self, key: Row, entry: Any, start: int) -> Any:
        """What is to be known of a window as it was when its results were last emitted."""
        return self._results(key, entry[0], entry[1], (start, start + self._size)) if self._needs_before else None

    def _update(self, key: Row, start: int, row: Row, timestamp: int, out: Batch) -> None:
        window = (start, start + self._size)
        entry = self._packed.entry(start, key)
        before: Row | None = None
        if entry is None:
            states, latest = self._fresh(), timestamp
        else:
            states, latest = entry
            if not self._cached or key not in self._dirty.get(start, ()):
                before = self._results(key, states, latest, window)
        states = self._add(states, row)
        latest = max(latest, timestamp)
        self._kept.data.setdefault(start, {})[key] = (states, latest)
        self._kept.change(start, (key,))
        if self._cached:
            self._dirty.setdefault(start, {}).setdefault(key, before)
        else:
            out.append((key, self._results(key, states, latest, window), latest, window, before))

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        out: Batch = []
        for start, replaced in dirty.items():
            window, windows = (start, start + self._size), self._kept.data[start]
            entries = map(windows.__getitem__, replaced)
            out += [
                (key, self._results(key, states, latest, window), latest, window, before)
                for (key, before), (states, latest) in zip(replaced.items(), entries, strict=True)
            ]
        self.emit(out)
        self._expire()
        self._pack()
        super().flush()

    def restore(self) -> None:
        """Marks all that was loaded as to be emitted once more, within this process only."""
        self._dirty = {start: dict.fromkeys(windows) for start, windows in self._kept.data.items()}
        known = max((entry[1] for windows in self._kept.data.values() for entry in windows.values()), default=-1)
        self.stream_time = max((known, *self._clock.restored))

    def _expire(self) -> None:
        limit = self.stream_time - self.retention - self._size
        self._kept.expire(limit)
        self._packed.expire(limit)

    def _pack(self) -> None:
        """Packs the windows that records hardly come to any more."""
        if self.stream_time >= self._pack_due:
            self._pack_due = self.stream_time + _PACK
            self._packed.pack(self.stream_time - 2 * self._size - _PACK)

    @property
    def horizon(self) -> int | None:
        return self.stream_time - self.retention

    def records(self, key: Row | None) -> Batch:
        return [
            (k, self._results(k, states, latest, window), latest, window, None)
            for start, windows in self._packed.items(key).items()
            for window in [(start, start + self._size)]
            for k, (states, latest) in windows.items()
        ]


class Suppress(Operator):
    """EMIT FINAL: a window's last result, once stream time has passed its end and grace period.

    It replaces nothing, as with Kafka's `EmitStrategy.onWindowClose` (KIP-825): a HAVING that it does not meet leaves no
    tombstone of results that were never emitted.
    """

    def __init__(self, name: str, grace: int, retention: int, gap: int = 0) -> None:
        super().__init__()
        self._retention = retention
        self._newest = -1
        self.store = StateStore(name)
        self._grace = grace
        self._gap = gap
        self.stream_time = -1
        self._clock = StreamClock(name, lambda: (self.stream_time, self._newest))

    @property
    def stores(self) -> list[StateStore]:
        return [self.store, self._clock]

    def restore(self) -> None:
        """Takes up stream time."""
        if self._clock.restored:
            self.stream_time, self._newest = self._clock.restored

    def observe(self, timestamp: int) -> None:
        """Stream time as the operators before see it."""
        self.stream_time = max(self.stream_time, timestamp)

    def process(self, batch: Batch) -> None:
        out: Batch = []
        for record in batch:
            key, row, timestamp, window, _ = record
            self.observe(timestamp)
            if window is not None:
                self._newest = max(self._newest, window[0])
            self.store.put((key, window), None if row is None else record)
            self._release(out)
        self.emit(out)

    def _release(self, out: Batch) -> None:
        closed = [
            (place[1][1], place)
            for place in self.store.data
            if place[1][1] + self._grace + self._gap <= self.stream_time
        ]
        for _, place in sorted(closed, key=lambda item: item[0]):
            # Kafka's window stores show no window that is older than their retention (KIP-825 reads them by range)
            if place[1][0] >= self._newest - self._retention + 1:
                key, row, timestamp, window, _ = self.store.data[place]
                out.append((key, row, timestamp, window, None))
            self.store.put(place, None)
