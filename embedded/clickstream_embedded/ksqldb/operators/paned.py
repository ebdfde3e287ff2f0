"""Hopping windows put together from panes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from clickstream_embedded.ksqldb.functions.aggregates import Aggregate
from clickstream_embedded.ksqldb.operators.aggregation import Entries
from clickstream_embedded.ksqldb.operators.operator import Batch, Operator, Row
from clickstream_embedded.ksqldb.operators.state_store import StateStore
from clickstream_embedded.ksqldb.operators.windows import WindowedAggregation


class _Panes:
    """The panes of a key that follow each other, column by column; None where one is empty."""

    def __init__(self, entries: list[Any], aggregates: list[Aggregate]) -> None:
        held = [entry for entry in entries if entry is not None]
        self._before = [0, *accumulate(entry is not None for entry in entries)]  # panes held before each place
        self._merges = [
            _merging(aggregate, [entry[0][number] for entry in held]) for number, aggregate in enumerate(aggregates)
        ]
        self._times = [entry[1] for entry in held]

    def joined(self, begin: int, end: int) -> tuple[list[Any], int] | None:
        """(states, timestamp) of the panes from the one at `begin` to before `end`."""
        first, last = self._before[begin], self._before[end]
        if first == last:
            return None
        # panes do not overlap, so the latest time is in the last of them
        return [merge(first, last) for merge in self._merges], self._times[last - 1]


def _merging(aggregate: Aggregate, states: list[Any]) -> Callable[[int, int], Any]:
    """What gives the joined state of the panes from one number to before another."""
    if aggregate.total is sum:  # a count: all windows of a key for one pass over its panes
        sums = [0, *accumulate(states)]
        return lambda first, last: sums[last] - sums[first]
    return lambda first, last: aggregate.merge_all(states[first:last])


class PanedAggregation(WindowedAggregation):
    """Hopping windows from panes that do not overlap: each record changes one pane, and windows are put together from
    their panes when they are emitted.

    State: (pane start, key) -> (states, timestamp). A closed window that a late record would still change, through a
    pane that it shares with open ones, is kept as it was: (window start, key) -> the same. For aggregates whose merge
    is exact.
    """

    def __init__(self, name: str, *arguments: Any, **options: Any) -> None:
        super().__init__(name, *arguments, **options)
        self._closed = StateStore(f"{name}-closed")
        self._leaving: Batch = []

    @property
    def stores(self) -> list[StateStore]:
        return [self.store, self._clock, self._closed]

    def process(self, batch: Batch) -> None:
        groups = self._groups(batch, self._pane) if self._is_in_time(batch) else None
        if groups is None:
            self._one_by_one(batch)
            return
        for pane, found in groups.items():
            self._starts.add(pane)
            latest = self._latest(found.values())
            for key, entries, time in zip(self._shared(found), found.values(), latest, strict=True):
                self._add_to_pane((pane, key), entries, time)

    def _add_to_pane(self, place: tuple[int, Row], entries: Entries, time: int) -> None:
        data = self.store.data
        entry = data.get(place)
        if entry is None and place[0] <= self._packed.until:
            entry = self._packed.entry(place)
        self._dirty.setdefault(place, entry)
        if entry is None:
            data[place] = (self._made_of(entries), time)
        else:
            data[place] = (self._add_all(entry[0], entries), max(entry[1], time))
        self.store.changed.add(place)

    def _one_by_one(self, batch: Batch) -> None:
        for record in batch:
            timestamp = record[2]
            self.stream_time = max(self.stream_time, timestamp)
            key = self._group(record[1])
            if key is None:
                continue
            pane = timestamp - timestamp % self._pane
            windows = self._windows(pane)
            closed = [start for start in windows if start + self._size <= self.stream_time - self._grace]
            self.late += len(closed)
            if len(closed) == len(windows):
                continue
            for start in closed:
                if (start, key) not in self._closed.data:
                    self._close(key, start)
            self._starts.add(pane)
            (key,) = self._shared((key,))
            self._add_to_pane((pane, key), [timestamp if self._counts else record], timestamp)

    def _close(self, key: Row, start: int) -> None:
        """Keeps a window as it is; what it became since the last commit is still emitted."""
        if any((pane, key) in self._dirty for pane in range(start, start + self._size, self._pane)):
            self._emit_windows(key, [start], self._dirty, self._leaving)
        panes = self._panes(key, start, start + self._size, {})
        self._closed.put((start, key), panes.joined(0, self._size // self._pane) or (None, -1))

    def _panes(
        self, key: Row, low: int, high: int, instead: dict[Any, Any], held: dict[Any, Any] | None = None
    ) -> _Panes:
        """What the panes of a key hold from `low` to before `high`, by `instead` first; of the store, or of `held`."""
        data = self.store.data if held is None else held
        if held is None and low <= self._packed.until:
            self._packed.unpack(key, low, high)
        places = [(pane, key) for pane in range(low, high, self._pane)]
        if instead:
            entries = [instead[place] if place in instead else data.get(place) for place in places]
        else:
            entries = list(map(data.get, places))
        return _Panes(entries, self._aggregates)

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        changed: defaultdict[Row, set[int]] = defaultdict(set)
        windows = {pane: self._windows(pane) for pane in {pane for pane, _ in dirty}}
        for pane, key in dirty:
            changed[key].update(windows[pane])
        out, self._leaving = self._leaving, []
        for key, starts in changed.items():
            self._emit_windows(key, sorted(starts), dirty, out)
        self.emit(out)
        self._expire()
        self._pack()
        Operator.flush(self)

    def _emit_windows(
        self, key: Row, starts: list[int], dirty: dict[Any, Any], out: Batch, *, before: bool = True,
        held: dict[Any, Any] | None = None,
    ) -> None:  # fmt: skip
        low, width = starts[0], self._size // self._pane
        if (starts[-1] - low) // self._advance > 4 * len(starts):  # far apart: not worth one pass over all between
            for start in starts:
                self._emit_windows(key, [start], dirty, out, before=before, held=held)
            return
        panes = self._panes(key, low, starts[-1] + self._size, {}, held)
        replaced = self._panes(key, low, starts[-1] + self._size, dirty) if before and self._needs_before else None
        for start in starts:
            if (start, key) in self._closed.data:
                continue
            place = (start - low) // self._pane
            whole = panes.joined(place, place + width)
            if whole is None:
                continue
            window = (start, start + self._size)
            old = None if replaced is None else replaced.joined(place, place + width)
            row = self._results(key, whole[0], whole[1], window)
            out.append((key, row, whole[1], window, old and self._results(key, old[0], old[1], window)))

    def records(self, key: Row | None) -> Batch:
        closed = [(place, entry) for place, entry in list(self._closed.data.items()) if key in (None, place[1])]
        held = self._packed.items(key, sorted(self._starts))
        windows: dict[Row, set[int]] = {}
        for pane, k in held:
            windows.setdefault(k, set()).update(self._windows(pane))
        out: Batch = []
        for k, starts in windows.items():
            self._emit_windows(k, sorted(starts), {}, out, before=False, held=held)
        for (start, k), (states, latest) in closed:
            if states is not None:
                window = (start, start + self._size)
                out.append((k, self._results(k, states, latest, window), latest, window, None))
        return out

    def restore(self) -> None:
        """Marks all that was loaded as to be emitted once more, within this process only."""
        super().restore()
        self._dirty = dict.fromkeys(self.store.data)

    def _expire(self) -> None:
        super()._expire()
        limit = self.stream_time - self.retention - self._size
        for place in [place for place in self._closed.data if place[0] < limit]:
            self._closed.put(place, None)
