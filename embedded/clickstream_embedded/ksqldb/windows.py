"""GROUP BY in windows, and the final results of windows."""

from __future__ import annotations

import math
from typing import Any

from clickstream_embedded.ksqldb.aggregation import Aggregation, Groups, newest
from clickstream_embedded.ksqldb.nodes import Batch, Node, Record, Row
from clickstream_embedded.ksqldb.stores import Store

_ANY_TIME = 1 << 62  # a pane that holds all times


class WindowedAggregation(Aggregation):
    """GROUP BY in tumbling or hopping windows. State: (key, window start) -> (states, timestamp).

    A record is late where its window closed: stream time has passed the window's end plus the grace period.
    """

    def __init__(self, *arguments: Any, size: int, advance: int, grace: int, retention: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._size = size
        self._advance = advance
        self._grace = grace
        self._pane = math.gcd(size, advance)  # all times in a pane are in the same windows
        self._oldest: int | None = None  # no window that is kept starts before
        self.retention = max(retention, size + grace)

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

    def _is_in_order(self, batch: Batch) -> bool:
        """Whether taking the records pane by pane keeps, for each window, the order they came in."""
        if self._advance == self._size:
            return True
        times = [record[2] for record in batch]
        return times == sorted(times)

    def _is_in_time(self, batch: Batch) -> bool:
        """Whether no record can be late; moves stream time on if so."""
        times = [record[2] for record in batch]
        latest = max(self.stream_time, max(times))
        first = self._first_window(max(min(times), 0))
        if first + self._size <= latest - self._grace:
            return False
        self.stream_time = latest
        return True

    def _update_all(self, groups: Groups) -> None:
        data, dirty, changed = self.store.data, self._dirty, self.store.changed
        for (key, pane), records in groups.items():
            time = newest(records)
            for start in range(self._first_window(pane), pane + 1, self._advance):
                place = (key, start)
                entry = data.get(place)
                if entry is None:
                    states, latest = self._fresh(), time
                else:
                    states, latest = entry
                if place not in dirty:
                    before = None
                    if entry is not None and self._needs_before:
                        before = self._results(key, states, latest, (start, start + self._size))
                    dirty[place] = before
                data[place] = (self._add_all(states, records), max(latest, time))
                changed.add(place)
                self._note(start)

    def _note(self, start: int) -> None:
        if self._oldest is None or start < self._oldest:
            self._oldest = start

    def _update(self, key: Row, start: int, row: Row, timestamp: int, out: Batch) -> None:
        self._note(start)
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
        self._oldest = min((place[1] for place in self.store.data), default=None)

    def _expire(self) -> None:
        limit = self.stream_time - self.retention - self._size
        if self._oldest is None or self._oldest >= limit:
            return
        for place in [place for place in self.store.data if place[1] < limit]:
            self.store.put(place, None)
        self._oldest = min((place[1] for place in self.store.data), default=None)


class PanedAggregation(WindowedAggregation):
    """Hopping windows from panes that do not overlap: each record changes one pane, and windows are put together from
    their panes when they are emitted.

    State: (key, pane start) -> (states, timestamp). A closed window that a late record would still change, through a
    pane that it shares with open ones, is kept as it was: (key, window start) -> the same. For aggregates whose merge
    is exact.
    """

    def __init__(self, name: str, *arguments: Any, **options: Any) -> None:
        super().__init__(name, *arguments, **options)
        self._closed = Store(f"{name}-closed")
        self._leaving: Batch = []

    @property
    def stores(self) -> list[Store]:
        return [self.store, self._closed]

    def process(self, batch: Batch) -> None:
        groups = self._groups(batch, self._pane) if self._is_in_time(batch) else None
        if groups is None:
            self._one_by_one(batch)
            return
        for (key, pane), records in groups.items():
            self._add_to_pane(key, pane, records)

    def _add_to_pane(self, key: Row, pane: int, records: list[Record]) -> None:
        place = (key, pane)
        entry = self.store.data.get(place)
        if place not in self._dirty:
            self._dirty[place] = entry
        states, latest = entry or (self._fresh(), -1)
        self.store.put(place, (self._add_all(states, records), max(latest, newest(records))))
        self._note(pane)

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
                if (key, start) not in self._closed.data:
                    self._close(key, start)
            self._add_to_pane(key, pane, [record])

    def _close(self, key: Row, start: int) -> None:
        """Keeps a window as it is; what it became since the last commit is still emitted."""
        if any((key, pane) in self._dirty for pane in range(start, start + self._size, self._pane)):
            self._emit_windows(key, [start], self._dirty, self._leaving)
        self._closed.put((key, start), self._joined(self._panes(key, start, start + self._size, {})) or (None, -1))

    def _windows(self, pane: int) -> range:
        """The starts of the windows that a pane is part of."""
        return range(self._first_window(pane), pane + 1, self._advance)

    def _panes(self, key: Row, low: int, high: int, instead: dict[Any, Any]) -> list[Any]:
        """What the panes of a key hold from `low` to before `high`, by `instead` first."""
        data = self.store.data
        places = [(key, pane) for pane in range(low, high, self._pane)]
        if not instead:
            return [data.get(place) for place in places]
        return [instead[place] if place in instead else data.get(place) for place in places]

    def _joined(self, panes: list[Any]) -> tuple[list[Any], int] | None:
        entries = [entry for entry in panes if entry is not None]
        if not entries:
            return None
        if len(self._aggregates) == 1:
            states = [self._aggregates[0].merge_all([entry[0][0] for entry in entries])]
        else:
            parts = zip(*[entry[0] for entry in entries], strict=True)
            states = [a.merge_all(list(part)) for a, part in zip(self._aggregates, parts, strict=True)]
        return states, max([entry[1] for entry in entries])

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        changed: dict[Row, set[int]] = {}
        for key, pane in dirty:
            changed.setdefault(key, set()).update(self._windows(pane))
        out, self._leaving = self._leaving, []
        for key, starts in changed.items():
            self._emit_windows(key, sorted(starts), dirty, out)
        self.emit(out)
        self._expire()
        Node.flush(self)

    def _emit_windows(self, key: Row, starts: list[int], dirty: dict[Any, Any], out: Batch) -> None:
        low, width = starts[0], self._size // self._pane
        if (starts[-1] - low) // self._advance > 4 * len(starts):  # far apart: not worth one pass over all between
            for start in starts:
                self._emit_windows(key, [start], dirty, out)
            return
        panes = self._panes(key, low, starts[-1] + self._size, {})
        before = self._panes(key, low, starts[-1] + self._size, dirty) if self._needs_before else None
        for start in starts:
            if (key, start) in self._closed.data:
                continue
            place = (start - low) // self._pane
            whole = self._joined(panes[place : place + width])
            if whole is None:
                continue
            window = (start, start + self._size)
            old = None if before is None else self._joined(before[place : place + width])
            row = self._results(key, whole[0], whole[1], window)
            out.append((key, row, whole[1], window, old and self._results(key, old[0], old[1], window)))

    def restore(self) -> None:
        """Marks all that was loaded as to be emitted once more, within this process only."""
        super().restore()
        self._dirty = dict.fromkeys(self.store.data)

    def _expire(self) -> None:
        super()._expire()
        limit = self.stream_time - self.retention - self._size
        for place in [place for place in self._closed.data if place[1] < limit]:
            self._closed.put(place, None)


class SessionAggregation(Aggregation):
    """GROUP BY in session windows. State: key -> [(start, end, states, timestamp)], ordered by time."""

    def __init__(self, *arguments: Any, gap: int, grace: int, retention: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._gap = gap
        self._grace = grace
        self.retention = max(retention, gap + grace)
        self._newest_end = -1
        self._leaving: Batch = []

    def process(self, batch: Batch) -> None:
        groups = self._groups(batch, _ANY_TIME) if self._is_in_time(batch) else None
        if groups is not None:
            for (key, _), records in groups.items():
                self._update_all(key, records)
            return
        out: Batch = []
        for _, row, timestamp, _, _ in batch:
            self.stream_time = max(self.stream_time, timestamp)
            key = self._group(row)
            if key is not None and row is not None:
                self._update(key, row, timestamp, out)
        self.emit(out)

    def _is_in_time(self, batch: Batch) -> bool:
        """Whether no record can be late or meet a session beyond retention; moves stream time on if so."""
        times = [record[2] for record in batch]
        latest, first = max(self.stream_time, max(times)), min(times)
        if first < latest - self._grace or first - self._gap <= latest - self.retention:
            return False
        self.stream_time = latest
        return True

    def _update_all(self, key: Row, records: list[Record]) -> None:
        """Adds the records of one key, those that follow each other within the gap in one step."""
        gap, begin = self._gap, 0
        while begin < len(records):
            start = end = records[begin][2]
            after = begin + 1
            while after < len(records) and start <= records[after][2] <= end + gap:
                end = max(end, records[after][2])
                after += 1
            run = records[begin:after]
            sessions = self.store.data.get(key, ())
            if any(end + gap >= session[0] and session[1] > start + gap for session in sessions):
                # out of order: a session that begins after the first record; one by one, in the order they came
                for record in run:
                    assert record[1] is not None
                    self._update(key, record[1], record[2], [])
            else:
                self._add_run(key, run, start, end)
            begin = after

    def _add_run(self, key: Row, run: list[Record], start: int, end: int) -> None:
        first = run[0]
        assert first[1] is not None
        self._update(key, first[1], first[2], [])
        if len(run) == 1:
            return
        sessions = self.store.data[key]
        place = next(i for i, session in enumerate(sessions) if session[0] <= start <= session[1])
        low, high, states, latest = sessions[place]
        rest = run[1:]
        grown = (low, max(high, end), self._add_all(states, rest), max(latest, newest(rest)))
        sessions[place] = grown
        self._newest_end = max(self._newest_end, grown[1])
        self._dirty.setdefault((key, (grown[0], grown[1])), None)

    def _update(self, key: Row, row: Row, timestamp: int, out: Batch) -> None:
        kept: list[tuple[int, int, list[Any], int]] = []
        merged: list[tuple[int, int, list[Any], int]] = []
        for session in self.store.data.get(key, ()):
            if session[1] < self._newest_end - self.retention + 1:
                self._let_go(key, session)  # beyond the store's retention
                continue
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
        if self._cached or (start, end) != (timestamp, timestamp):
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

    def _let_go(self, key: Row, session: tuple[int, int, list[Any], int]) -> None:
        """A session leaves the store; what the cache holds of it is still emitted."""
        window = (session[0], session[1])
        if (key, window) in self._dirty:
            before = self._dirty.pop((key, window))
            row = self._results(key, session[2], session[3], window)
            self._leaving.append((key, row, session[3], window, before))

    def _remove(self, key: Row, session: tuple[int, int, list[Any], int], out: Batch) -> None:
        window = (session[0], session[1])
        before = self._results(key, session[2], session[3], window)
        if self._cached:
            self._dirty.setdefault((key, window), before)
        else:
            out.append((key, None, session[3], window, before))

    def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        out, self._leaving = self._leaving, []
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
        self._newest_end = max((session[1] for _, session in sessions), default=-1)

    def _expire(self) -> None:
        # by the time that the store itself has seen, as in Kafka Streams: records of other keys do not count
        oldest = self._newest_end - self.retention + 1
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
