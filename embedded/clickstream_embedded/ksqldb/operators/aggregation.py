"""GROUP BY: aggregation of streams and tables by key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from clickstream_embedded.ksqldb.formats.lookups import Lookup
from clickstream_embedded.ksqldb.functions.aggregates import Aggregate
from clickstream_embedded.ksqldb.operators.operator import Batch, Operator, Row, hashable
from clickstream_embedded.ksqldb.operators.state_store import StateStore
from clickstream_embedded.ksqldb.operators.stream_clock import StreamClock

# what a batch holds of one group: its records in order, or only their times where no more than their number counts
Entries = list[Any]
Groups = dict[int, dict[Row, Entries]]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The compiled parts of a GROUP BY.

    `group` gives the entries of a batch by pane (the start of the span of `pane` ms that their time is in) and key; it
    raises where an expression fails, and is None where keys hold arrays, maps or structs. `parts` are the arguments of
    each aggregate one by one.
    """

    key: Callable[[Row], Row | None]
    arguments: list[Callable[[Row], tuple[Any, ...]]]
    aggregates: list[Aggregate]
    group: Callable[[Batch, int], Groups] | None
    parts: list[list[Callable[[Row], Any]]]


def only_counts(aggregates: list[Aggregate]) -> bool:
    """Whether of the records of a group no more is asked than how many they are, and their times."""
    return all(aggregate.bulk is not None for aggregate in aggregates)


_HELD_KEYS = 50_000
_COUNTS = 1_000
_TIME = itemgetter(2)
ANY_TIME = 1 << 62  # a pane that holds all times


def _kept(state: Any, *_: Any) -> Any:
    return state


def _or_null(part: Callable[[Row], Any], row: Row) -> Any:
    try:
        return part(row)
    except Exception:  # noqa: BLE001 - an expression may fail on any record
        return None


def _same(state: Any) -> Any:
    return state


class Aggregation(Operator):
    """What all GROUP BY operators share: keys, arguments, states and results."""

    def __init__(
        self,
        name: str,
        grouping: Grouping,
        on_error: Callable[[str, Exception], None],
        *,
        cached: bool,
        needs_before: bool = True,
    ) -> None:
        super().__init__()
        self.store = StateStore(name)
        self._key = grouping.key
        self._arguments = grouping.arguments
        self._aggregates = grouping.aggregates
        self._pairs = [(a.add, values) for a, values in zip(self._aggregates, self._arguments, strict=True)]
        self._parts = grouping.parts
        self._undone = [(a.undo or _kept, values) for a, values in zip(self._aggregates, self._arguments, strict=True)]
        self._begin = [a.start for a in self._aggregates]
        self._bulks = [a.bulk for a in self._aggregates if a.bulk]
        self._counts = only_counts(self._aggregates)
        # the states of a new group of so many records; they are replaced, never changed, so groups may share them
        self._counted = Lookup(
            lambda number: [bulk(state, number) for bulk, state in zip(self._bulks, self._fresh(), strict=True)],
            _COUNTS,
        )
        self._by_batch = grouping.group
        finish = [a.result for a in self._aggregates]
        self._finish = [make or _same for make in finish] if any(finish) else None
        self._on_error = on_error
        self._cached = cached
        self._needs_before = needs_before  # whether what follows looks at the results that new ones replace
        self._dirty: dict[Any, Any] = {}
        self._held: dict[Row, Row] = {}
        self.stream_time = -1
        self._clock = StreamClock(name, lambda: self._times_seen)
        self.late = 0

    @property
    def _times_seen(self) -> tuple[int, ...]:
        """What a restart must know of the times of records, beside the state."""
        return ()

    @property
    def stores(self) -> list[StateStore]:
        return [self.store, self._clock]

    @property
    def horizon(self) -> int | None:
        """Windows that ended before this time, in ms, are past their retention; None without windows."""
        return None

    def records(self, key: Row | None) -> Batch:
        """What the state holds of a key, or of all keys (None), as it would be emitted. Other threads may call it."""
        raise NotImplementedError

    def _group(self, row: Row | None) -> Row | None:
        """The key of a row, None where it takes no part: a null in any grouping column."""
        if row is None:
            return None
        try:
            key = self._key(row)
        except Exception as error:  # noqa: BLE001 - an expression may fail on any record
            self._on_error("GROUP BY", error)
            return None
        if key is None or any(part is None for part in key):
            return None
        return hashable(key)

    def _shared(self, keys: Collection[Row]) -> Iterable[Row]:
        """The keys as they are held already: one object for all windows that a key is in."""
        if len(self._held) >= _HELD_KEYS:
            self._held.clear()
        return map(self._held.setdefault, keys, keys)

    def _fresh(self) -> list[Any]:
        return [start() for start in self._begin]

    def _groups(self, batch: Batch, pane: int) -> Groups | None:
        """The batch by key and pane; None where the records have to be taken one by one."""
        if not self._cached or self._by_batch is None:
            return None
        try:
            return self._by_batch(batch, pane)
        except Exception:  # noqa: BLE001 - the record at fault is found one by one
            return None

    def _latest(self, groups: Collection[Entries]) -> Iterable[int]:
        """The latest time of each group."""
        return map(max, groups if self._counts else map(self._times, groups))

    @staticmethod
    def _times_of(batch: Batch) -> tuple[int, int]:
        """The earliest and the latest time of a batch."""
        times = sorted(map(_TIME, batch))  # of integers near their order it takes half of what `min` and `max` do
        return times[0], times[-1]

    def _times(self, entries: Entries) -> list[int]:
        return entries if self._counts else [record[2] for record in entries]

    def _made_of(self, groups: Iterable[Entries]) -> Iterable[list[Any]]:
        """The states of new groups."""
        if self._counts:
            return map(self._counted.__getitem__, map(len, groups))
        return (self._add_all(self._fresh(), entries) for entries in groups)

    def _add_all(self, states: list[Any], entries: Entries) -> list[Any]:
        """Adds many records, in order, as `_add` does each."""
        if self._counts:
            number = len(entries)
            return [bulk(state, number) for bulk, state in zip(self._bulks, states, strict=True)]
        for _, row, _, _, _ in entries:
            states = self._add(states, row)
        return states

    def _add(self, states: list[Any], row: Row) -> list[Any]:
        try:
            return [add(state, *values(row)) for state, (add, values) in zip(states, self._pairs, strict=True)]
        except Exception as error:  # noqa: BLE001 - an expression may fail on any record
            self._on_error("aggregate", error)
            return self._changed_with_care(states, row, [add for add, _ in self._pairs])

    def _undo(self, states: list[Any], row: Row) -> list[Any]:
        try:
            return [undo(state, *values(row)) for state, (undo, values) in zip(states, self._undone, strict=True)]
        except Exception:  # noqa: BLE001 - it failed, and was told, when the row was added
            return self._changed_with_care(states, row, [undo for undo, _ in self._undone])

    def _changed_with_care(self, states: list[Any], row: Row, changes: list[Callable[..., Any]]) -> list[Any]:
        """The states changed by a row; an argument that fails is null, the others count, as in ksqlDB's projection
        before an aggregation.
        """
        return [
            change(state, *[_or_null(part, row) for part in parts])
            for state, change, parts in zip(states, changes, self._parts, strict=True)
        ]

    def _results(self, key: Row, states: list[Any], timestamp: int, window: tuple[int, int] | None) -> Row:
        """The row after aggregation: results, time, window, key."""
        results = (
            states if self._finish is None else [make(state) for make, state in zip(self._finish, states, strict=True)]
        )
        return (*results, timestamp, *(window or (None, None)), *key)


class PlainAggregation(Aggregation):
    """GROUP BY without a window, of a stream or (with `undo`) a table. State: key -> (states, timestamp)."""

    def __init__(self, *arguments: Any, table: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._table = table

    def process(self, batch: Batch) -> None:
        groups = None if self._table else self._groups(batch, ANY_TIME)
        if groups is not None:
            self._change_all(groups)
            return
        out: Batch = []
        for _, row, timestamp, _, old in batch:
            if not self._table or old is None:
                self._change(self._group(row), None, row, timestamp, out)
                continue
            before, after = self._group(old), self._group(row)
            if before == after:
                self._change(after, old, row, timestamp, out)
            else:
                self._change(before, old, None, timestamp, out)
                self._change(after, None, row, timestamp, out)
        self.emit(out)

    def _change_all(self, groups: Groups) -> None:
        for key, entries in (group for pane in groups.values() for group in pane.items()):
            states, latest = self.store.data.get(key) or (self._fresh(), -1)
            if key not in self._dirty:
                known = latest >= 0 and self._needs_before
                self._dirty[key] = self._results(key, states, latest, None) if known else None
            latest = max(latest, *self._times(entries))
            self.store.put(key, (self._add_all(states, entries), latest))

    def _change(self, key: Row | None, old: Row | None, row: Row | None, timestamp: int, out: Batch) -> None:
        if key is None or (row is None and old is None):
            return
        entry = self.store.data.get(key)
        if entry is None:
            entry = (self._fresh(), -1)
        states, latest = entry
        before = self._results(key, states, latest, None) if latest >= 0 else None
        if old is not None:
            states = self._undo(states, old)
        if row is not None:
            states = self._add(states, row)
        latest = max(latest, timestamp)
        self.store.put(key, (states, latest))
        if self._cached:
            self._dirty.setdefault(key, before)
        else:
            out.append((key, self._results(key, states, latest, None), latest, None, before))

    def records(self, key: Row | None) -> Batch:
        data = self.store.data
        found = list(data.items()) if key is None else [(key, data[key])] if key in data else []
        return [(k, self._results(k, states, latest, None), latest, None, None) for k, (states, latest) in found]

    def restore(self) -> None:
        """Marks all that was loaded as to be emitted once more, within this process only."""
        self._dirty = dict.fromkeys(self.store.data)

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        out: Batch = []
        for key, before in dirty.items():
            states, latest = self.store.data[key]
            out.append((key, self._results(key, states, latest, None), latest, None, before))
        self.emit(out)
        super().flush()
