"""The operators of a running query, each pushing batches of records on to the next.

A record is `(key, row, timestamp, window, old)`: the key columns (None for no key), the row's columns (None for a
null value), milliseconds, the window's bounds or None, and for tables the row that this one replaces.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.functions.aggregates import Aggregate
from clickstream_embedded.ksqldb.stores import Store

log = logging.getLogger("ksqldb")

Row = tuple[Any, ...]
Record = tuple[Row | None, Row | None, int, tuple[int, int] | None, Row | None]
Batch = list[Record]


class _KeyList(list[Any]):
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(self))


class _KeyDict(dict[Any, Any]):
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(self))


def hashable(key: Row) -> Row:
    """The key with arrays, maps and structs in a form that can be looked up."""
    if not any(type(part) in (list, dict) for part in key):
        return key
    return tuple(
        _KeyList(part) if type(part) is list else _KeyDict(part) if type(part) is dict else part for part in key
    )


class Node:
    """An operator with one output."""

    def __init__(self) -> None:
        self.next: Node | None = None

    def then(self, node: Node) -> Node:
        self.next = node
        return node

    def process(self, batch: Batch) -> None:
        raise NotImplementedError

    def emit(self, batch: Batch) -> None:
        if batch and self.next is not None:
            self.next.process(batch)

    def flush(self) -> None:
        """The commit interval has passed: pass on what was held back."""
        if self.next is not None:
            self.next.flush()

    @property
    def stores(self) -> list[Store]:
        """The state to be kept."""
        return []


class TableSource(Node):
    """Makes a changelog of a table's topic: looks up what each record replaces."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.store = Store(name)

    @property
    def stores(self) -> list[Store]:
        return [self.store]

    def process(self, batch: Batch) -> None:
        out: Batch = []
        data = self.store.data
        for key, row, timestamp, window, _ in batch:
            if key is None:
                continue  # a table's record without a key says nothing
            place = (key, window)
            old = data.get(place)
            self.store.put(place, row)
            out.append((key, row, timestamp, window, old))
        self.emit(out)


class Filter(Node):
    """WHERE on a stream: a null value never passes."""

    def __init__(self, predicate: Callable[[Row], Any], on_error: Callable[[str, Exception], None]) -> None:
        super().__init__()
        self._predicate = predicate
        self._on_error = on_error

    def _test(self, row: Row | None) -> bool:
        if row is None:
            return False
        try:
            return bool(self._predicate(row))
        except Exception as error:  # noqa: BLE001 - an expression may fail on any record; it is skipped and counted
            self._on_error("WHERE", error)
            return False

    def process(self, batch: Batch) -> None:
        predicate = self._predicate
        try:
            self.emit_filtered([r for r in batch if r[1] is not None and predicate(r[1])])
        except Exception:  # noqa: BLE001 - find the record at fault
            self.emit_filtered([r for r in batch if self._test(r[1])])

    def emit_filtered(self, batch: Batch) -> None:
        self.emit(batch)


class TableFilter(Filter):
    """WHERE or HAVING on a table: a row that does not pass is deleted downstream.

    With `quiet` (after an aggregation, whose old values are known) a row that did not pass before either is left out.
    """

    def __init__(
        self, predicate: Callable[[Row], Any], on_error: Callable[[str, Exception], None], *, quiet: bool = False
    ) -> None:
        super().__init__(predicate, on_error)
        self._quiet = quiet

    def process(self, batch: Batch) -> None:
        test, quiet = self._test, self._quiet
        out: Batch = []
        for key, row, timestamp, window, old in batch:
            after, before = row if test(row) else None, old if test(old) else None
            if after is not None or before is not None or not quiet:
                out.append((key, after, timestamp, window, before))
        self.emit(out)


class Project(Node):
    """SELECT: computes new rows, and keys where they change."""

    def __init__(
        self,
        row: Callable[[Row], Row],
        columns: list[Callable[[Row], Any]],
        on_error: Callable[[str, Exception], None],
        *,
        needs_old: bool = False,
    ) -> None:
        super().__init__()
        self._row = row
        self._columns = columns
        self._on_error = on_error
        self._needs_old = needs_old

    def _careful(self, row: Row) -> Row:
        """Column by column: one that fails is null, as in ksqlDB."""
        values: list[Any] = []
        for column in self._columns:
            try:
                values.append(column(row))
            except Exception as error:  # noqa: BLE001 - an expression may fail on any record
                self._on_error("SELECT", error)
                values.append(None)
        return tuple(values)

    def apply(self, row: Row | None) -> Row | None:
        if row is None:
            return None
        try:
            return self._row(row)
        except Exception:  # noqa: BLE001 - find the column at fault
            return self._careful(row)

    def process(self, batch: Batch) -> None:
        make = self._row
        if self._needs_old:
            apply = self.apply
            self.emit([(k, apply(r), ts, w, apply(o)) for k, r, ts, w, o in batch])
            return
        try:
            out: Batch = [(k, None if r is None else make(r), ts, w, None) for k, r, ts, w, _ in batch]
        except Exception:  # noqa: BLE001 - find the record at fault
            apply = self.apply
            out = [(k, apply(r), ts, w, None) for k, r, ts, w, _ in batch]
        self.emit(out)


class Rekey(Node):
    """PARTITION BY: a new key from the row; `combine` builds the row that goes on."""

    def __init__(
        self,
        key: Callable[[Row], Row],
        combine: Callable[[Row, Row], Row],
        on_error: Callable[[str, Exception], None],
        empty_key: bool,
        from_key: tuple[bool, ...],
        blank: int,
    ) -> None:
        super().__init__()
        self._width = len(from_key)
        self._from_key = from_key
        self._blank = blank
        self._key = key
        self._combine = combine
        self._on_error = on_error
        self._empty = empty_key

    def process(self, batch: Batch) -> None:
        out: Batch = []
        for old_key, row, timestamp, _, _ in batch:
            if row is None:
                parts = self._of_null(old_key)
                nothing = self._empty or (self._width == 1 and parts[0] is None)
                out.append((None if nothing else parts, None, timestamp, None, None))
                continue
            try:
                key: Row = self._key(row)
            except Exception as error:  # noqa: BLE001 - an expression may fail on any record
                self._on_error("PARTITION BY", error)
                key = (None,)
            plain = None if self._empty or (len(key) == 1 and key[0] is None) else key
            out.append((plain, self._combine(row, key), timestamp, None, None))
        self.emit(out)

    def _of_null(self, key: Row | None) -> Row:
        """The new key of a null value: what can be told from the old key alone."""
        blank = (None,) * self._blank + (key or ())
        try:
            parts = self._key(blank)
        except Exception:  # noqa: BLE001 - an expression over nothing
            return (None,) * self._width
        return tuple(part if known else None for part, known in zip(parts, self._from_key, strict=True))


class FlatMap(Node):
    """Table functions in a SELECT: the longest result gives the number of rows, shorter ones are null behind."""

    def __init__(self, functions: list[Callable[[Row], list[Any]]], on_error: Callable[[str, Exception], None]) -> None:
        super().__init__()
        self._functions = functions
        self._on_error = on_error

    def _lists(self, row: Row) -> list[list[Any]]:
        lists: list[list[Any]] = []
        for function in self._functions:
            try:
                lists.append(function(row))
            except Exception as error:  # noqa: BLE001 - an expression may fail on any record
                self._on_error("table function", error)
                lists.append([])
        return lists

    def process(self, batch: Batch) -> None:
        out: Batch = []
        for key, row, timestamp, window, _ in batch:
            if row is None:
                continue
            lists = self._lists(row)
            for number in range(max(map(len, lists))):
                extra = tuple(items[number] if number < len(items) else None for items in lists)
                out.append((key, row + extra, timestamp, window, None))
        self.emit(out)


class Aggregation(Node):
    """What all GROUP BY operators share: keys, arguments, states and results."""

    def __init__(
        self,
        name: str,
        key: Callable[[Row], Row | None],
        arguments: list[Callable[[Row], tuple[Any, ...]]],
        aggregates: list[Aggregate],
        on_error: Callable[[str, Exception], None],
        *,
        cached: bool,
    ) -> None:
        super().__init__()
        self.store = Store(name)
        self._key = key
        self._arguments = arguments
        self._aggregates = aggregates
        self._pairs = list(zip([a.add for a in aggregates], arguments, strict=True))
        self._on_error = on_error
        self._cached = cached
        self._dirty: dict[Any, Row | None] = {}
        self.stream_time = -1
        self.late = 0

    @property
    def stores(self) -> list[Store]:
        return [self.store]

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

    def _fresh(self) -> list[Any]:
        return [aggregate.start() for aggregate in self._aggregates]

    def _add(self, states: list[Any], row: Row) -> list[Any]:
        try:
            return [add(state, *values(row)) for state, (add, values) in zip(states, self._pairs, strict=True)]
        except Exception as error:  # noqa: BLE001 - an expression may fail on any record
            self._on_error("aggregate", error)
            return states

    def _results(self, key: Row, states: list[Any], timestamp: int, window: tuple[int, int] | None) -> Row:
        """The row after aggregation: results, time, window, key."""
        results = tuple(a.result(s) for a, s in zip(self._aggregates, states, strict=True))
        return (*results, timestamp, *(window or (None, None)), *key)


class PlainAggregation(Aggregation):
    """GROUP BY without a window, of a stream or (with `undo`) a table. State: key -> (states, timestamp)."""

    def __init__(self, *arguments: Any, table: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._table = table

    def _undo(self, states: list[Any], row: Row) -> list[Any]:
        return [
            aggregate.undo(state, *values(row)) if aggregate.undo else state
            for aggregate, state, values in zip(self._aggregates, states, self._arguments, strict=True)
        ]

    def process(self, batch: Batch) -> None:
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


class WindowedAggregation(Aggregation):
    """GROUP BY in tumbling or hopping windows. State: (key, window start) -> (states, timestamp).

    A record is late where its window closed: stream time has passed the window's end plus the grace period.
    """

    def __init__(self, *arguments: Any, size: int, advance: int, grace: int, retention: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._size = size
        self._advance = advance
        self._grace = grace
        self.retention = max(retention, size + grace)

    def process(self, batch: Batch) -> None:
        out: Batch = []
        size, advance, grace = self._size, self._advance, self._grace
        for _, row, timestamp, _, _ in batch:
            self.stream_time = max(self.stream_time, timestamp)
            key = self._group(row)
            if key is None or row is None:
                continue
            start = max(timestamp - size + advance, 0) // advance * advance
            if advance == size:
                start = timestamp - timestamp % size
            closed = self.stream_time - grace
            while start <= timestamp:
                if start + size > closed:
                    self._update(key, start, row, timestamp, out)
                else:
                    self.late += 1
                start += advance
        self.emit(out)

    def _update(self, key: Row, start: int, row: Row, timestamp: int, out: Batch) -> None:
        place = (key, start)
        window = (start, start + self._size)
        entry = self.store.data.get(place)
        before: Row | None = None
        if entry is None:
            states, latest = self._fresh(), timestamp
        else:
            states, latest = entry
            if not self._cached:
                before = self._results(key, states, latest, window)
        if self._cached and place not in self._dirty:
            self._dirty[place] = None if entry is None else self._results(key, states, latest, window)
        states = self._add(states, row)
        latest = max(latest, timestamp)
        self.store.data[place] = (states, latest)
        self.store.changed.add(place)
        if not self._cached:
            out.append((key, self._results(key, states, latest, window), latest, window, before))

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        out: Batch = []
        for place, before in dirty.items():
            key, start = place
            entry = self.store.data.get(place)
            if entry is None:
                continue
            window = (start, start + self._size)
            out.append((key, self._results(key, entry[0], entry[1], window), entry[1], window, before))
        self.emit(out)
        self._expire()
        super().flush()

    def restore(self) -> None:
        """Marks all that was loaded as to be emitted once more, within this process only."""
        self._dirty = dict.fromkeys(self.store.data)
        self.stream_time = max((entry[1] for entry in self.store.data.values()), default=-1)

    def _expire(self) -> None:
        oldest = self.stream_time - self.retention
        for place in [place for place in self.store.data if place[1] + self._size < oldest]:
            self.store.put(place, None)


class SessionAggregation(Aggregation):
    """GROUP BY in session windows. State: key -> [(start, end, states, timestamp)], ordered by time."""

    def __init__(self, *arguments: Any, gap: int, grace: int, retention: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._gap = gap
        self._grace = grace
        self.retention = max(retention, gap + grace)
        self._newest_end = -1

    def process(self, batch: Batch) -> None:
        out: Batch = []
        for _, row, timestamp, _, _ in batch:
            self.stream_time = max(self.stream_time, timestamp)
            key = self._group(row)
            if key is not None and row is not None:
                self._update(key, row, timestamp, out)
        self.emit(out)

    def _update(self, key: Row, row: Row, timestamp: int, out: Batch) -> None:
        kept: list[tuple[int, int, list[Any], int]] = []
        merged: list[tuple[int, int, list[Any], int]] = []
        for session in self.store.data.get(key, ()):
            if session[1] < self._newest_end - self.retention + 1:
                continue  # beyond the store's retention
            near = session[1] >= timestamp - self._gap and session[0] <= timestamp + self._gap
            (merged if near else kept).append(session)
        start = min([timestamp, *(session[0] for session in merged)])
        end = max([timestamp, *(session[1] for session in merged)])
        if end < self.stream_time - self._grace - self._gap:
            self.late += 1
            return
        states = self._fresh()
        latest = timestamp
        for session in merged:
            states = [a.merge(x, y) for a, x, y in zip(self._aggregates, states, session[2], strict=True)]
            latest = max(latest, session[3])
        states = self._add(states, row)
        if (start, end) != (timestamp, timestamp):
            for session in merged:
                self._remove(key, session, out)
        kept.append((start, end, states, latest))
        kept.sort(key=lambda session: session[0])
        self.store.put(key, kept)
        self._newest_end = max(self._newest_end, end)
        if self._cached:
            self._dirty.setdefault((key, (start, end)), None)
        else:
            out.append((key, self._results(key, states, latest, (start, end)), latest, (start, end), None))

    def _remove(self, key: Row, session: tuple[int, int, list[Any], int], out: Batch) -> None:
        window = (session[0], session[1])
        before = self._results(key, session[2], session[3], window)
        if self._cached:
            self._dirty.setdefault((key, window), before)
        else:
            out.append((key, None, session[3], window, before))

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        out: Batch = []
        for (key, window), before in dirty.items():
            session = next((s for s in self.store.data.get(key, ()) if (s[0], s[1]) == window), None)
            if session is None:
                if before is not None:
                    out.append((key, None, before[len(self._aggregates)], window, before))
            else:
                row = self._results(key, session[2], session[3], window)
                out.append((key, row, session[3], window, before))
        self.emit(out)
        self._expire()
        super().flush()

    def restore(self) -> None:
        """Marks all that was loaded as to be emitted once more, within this process only."""
        sessions = [(key, session) for key, found in self.store.data.items() for session in found]
        self._dirty = {(key, (session[0], session[1])): None for key, session in sessions}
        self.stream_time = max((session[3] for _, session in sessions), default=-1)

    def _expire(self) -> None:
        oldest = self.stream_time - self.retention
        for key in [k for k, sessions in self.store.data.items() if sessions[0][1] < oldest]:
            kept = [session for session in self.store.data[key] if session[1] >= oldest]
            self.store.put(key, kept or None)


class Suppress(Node):
    """EMIT FINAL: a window's last result, once stream time has passed its end and grace period."""

    def __init__(self, name: str, grace: int, retention: int, gap: int = 0) -> None:
        super().__init__()
        self._retention = retention
        self._newest = -1
        self.store = Store(name)
        self._grace = grace
        self._gap = gap
        self.stream_time = -1

    @property
    def stores(self) -> list[Store]:
        return [self.store]

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
                out.append(self.store.data[place])
            self.store.put(place, None)
