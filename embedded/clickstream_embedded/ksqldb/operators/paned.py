"""Hopping windows put together from panes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

from clickstream_embedded.ksqldb.functions.aggregates import Aggregate
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

    def joined(self, places: Iterable[int], width: int) -> dict[int, tuple[list[Any], int]]:
        """(states, timestamp) of as many panes as the width from each place on, where they hold anything."""
        before = self._before
        spans = {place: (before[place], before[place + width]) for place in places}
        held = {place: span for place, span in spans.items() if span[0] < span[1]}
        columns = [merge(held.values()) for merge in self._merges]
        # panes do not overlap, so the latest time is in the last of them
        times = [self._times[last - 1] for _, last in held.values()]
        return dict(zip(held, zip(map(list, zip(*columns, strict=True)), times, strict=True), strict=True))


def _merging(aggregate: Aggregate, states: list[Any]) -> Callable[[Iterable[tuple[int, int]]], list[Any]]:
    """What gives the joined states of the panes from one number to before another, for each such pair."""
    if aggregate.total is sum:  # a count: all windows of a key for one pass over its panes
        sums = [0, *accumulate(states)]
        return lambda spans: [sums[last] - sums[first] for first, last in spans]
    return lambda spans: [aggregate.merge_all(states[first:last]) for first, last in spans]


class PanedAggregation(WindowedAggregation):
    """Hopping windows from panes that do not overlap: each record changes one pane, and windows are put together from
    their panes when they are emitted.

    State: pane start -> key -> (states, timestamp). A closed window that a late record would still change, through a
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
        else:
            self._update_all(groups)

    def _places(self, pane: int) -> Iterable[int]:
        return (pane,)

    def _replaced(self, key: Row, entry: Any, start: int) -> Any:
        return entry

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
            self._update_all({pane: {key: [timestamp if self._counts else record]}})

    def _close(self, key: Row, start: int) -> None:
        """Keeps a window as it is; what it became since the last commit is still emitted."""
        if any(key in self._dirty.get(pane, ()) for pane in range(start, start + self._size, self._pane)):
            self._emit_windows(key, [start], self._dirty, self._leaving)
        panes = self._panes(key, start, start + self._size, {})
        self._closed.put((start, key), panes.joined((0,), self._size // self._pane).get(0, (None, -1)))

    def _panes(
        self, key: Row, low: int, high: int, instead: dict[Any, Any], held: dict[Any, Any] | None = None
    ) -> _Panes:
        """What the panes of a key hold from `low` to before `high`, by `instead` first; of the store, or of `held`."""
        data = self._kept.data if held is None else held
        if held is None and low <= self._packed.until:
            self._packed.unpack(key, low, high)
        panes = range(low, high, self._pane)
        entries = [None if (found := data.get(pane)) is None else found.get(key) for pane in panes]
        if instead:
            for place, pane in enumerate(panes):
                if key in (found := instead.get(pane, ())):
                    entries[place] = found[key]
        return _Panes(entries, self._aggregates)

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        changed: defaultdict[Row, set[int]] = defaultdict(set)
        for pane, keys in dirty.items():
            windows = self._windows(pane)
            for key in keys:
                changed[key].update(windows)
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
        places = {start: (start - low) // self._pane for start in starts if (start, key) not in self._closed.data}
        high = starts[-1] + self._size
        joined = self._panes(key, low, high, {}, held).joined(places.values(), width)
        replaced: dict[int, Any] = {}
        if before and self._needs_before:
            replaced = self._panes(key, low, high, dirty).joined(places.values(), width)
        for start, place in places.items():
            if place not in joined:
                continue
            (states, latest), old, window = joined[place], replaced.get(place), (start, start + self._size)
            row = self._results(key, states, latest, window)
            out.append((key, row, latest, window, old and self._results(key, old[0], old[1], window)))

    def records(self, key: Row | None) -> Batch:
        closed = [(place, entry) for place, entry in list(self._closed.data.items()) if key in (None, place[1])]
        held = self._packed.items(key)
        windows: defaultdict[Row, set[int]] = defaultdict(set)
        for pane, keys in held.items():
            for k in keys:
                windows[k].update(self._windows(pane))
        out: Batch = []
        for k, starts in windows.items():
            self._emit_windows(k, sorted(starts), {}, out, before=False, held=held)
        for (start, k), (states, latest) in closed:
            if states is not None:
                window = (start, start + self._size)
                out.append((k, self._results(k, states, latest, window), latest, window, None))
        return out

    def _expire(self) -> None:
        super()._expire()
        limit = self.stream_time - self.retention - self._size
        for place in [place for place in self._closed.data if place[0] < limit]:
            self._closed.put(place, None)
