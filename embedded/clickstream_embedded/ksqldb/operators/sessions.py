"""GROUP BY in session windows."""

from __future__ import annotations

from operator import sub
from typing import Any

from clickstream_embedded.ksqldb.operators.aggregation import ANY_TIME, Aggregation, Entries
from clickstream_embedded.ksqldb.operators.operator import Batch, Row


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
        groups = self._groups(batch, ANY_TIME) if self._is_in_time(batch) else None
        if groups is not None:
            for key, entries in (group for pane in groups.values() for group in pane.items()):
                self._update_all(key, entries)
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
        first, latest = self._times_of(batch)
        latest = max(self.stream_time, latest)
        if first < latest - self._grace or first - self._gap <= latest - self.retention:
            return False
        self.stream_time = latest
        return True

    def _update_all(self, key: Row, entries: Entries) -> None:
        """Adds the records of one key, those that follow each other within the gap in one step."""
        times, gap, begin = self._times(entries), self._gap, 0
        while begin < len(times):
            start, end, after = self._run(times, begin)
            sessions = self.store.data.get(key, ())
            if any(end + gap >= session[0] and session[1] > start + gap for session in sessions):
                # out of order: a session that begins after the first record; one by one, in the order they came
                for place in range(begin, after):
                    self._update(key, self._row(entries[place]), times[place], [])
            else:
                self._add_run(key, entries[begin:after], start, end)
            begin = after

    def _run(self, times: list[int], begin: int) -> tuple[int, int, int]:
        """(start, end) of the records from `begin` on that belong together, and the place after them."""
        start = end = times[begin]
        if not begin:
            steps = list(map(sub, times[1:], times))
            if min(steps, default=0) >= 0 and max(steps, default=0) <= self._gap:  # in order and without a break
                return start, times[-1], len(times)
        after = begin + 1
        while after < len(times) and start <= times[after] <= end + self._gap:
            end = max(end, times[after])
            after += 1
        return start, end, after

    def _row(self, entry: Any) -> Row:
        return () if self._counts else entry[1]

    def _add_run(self, key: Row, run: Entries, start: int, end: int) -> None:
        self._update(key, self._row(run[0]), start, [])
        if len(run) == 1:
            return
        sessions = self.store.data[key]
        place = next(i for i, session in enumerate(sessions) if session[0] <= start <= session[1])
        low, high, states, latest = sessions[place]
        grown = (low, max(high, end), self._add_all(states, run[1:]), max(latest, end))
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

    @property
    def horizon(self) -> int | None:
        return self._newest_end - self.retention + 1

    def records(self, key: Row | None) -> Batch:
        data = self.store.data
        found = list(data.items()) if key is None else [(key, data.get(key, ()))]
        return [
            (k, self._results(k, states, latest, (start, end)), latest, (start, end), None)
            for k, sessions in found
            for start, end, states, latest in list(sessions)
        ]

    @property
    def _times_seen(self) -> tuple[int, ...]:
        return (self.stream_time, self._newest_end)

    def restore(self) -> None:
        """Marks all that was loaded as to be emitted once more, within this process only."""
        sessions = [(key, session) for key, found in self.store.data.items() for session in found]
        self._dirty = {(key, (session[0], session[1])): None for key, session in sessions}
        time, end = self._clock.restored or (-1, -1)
        self.stream_time = max((time, *(session[3] for _, session in sessions)))
        self._newest_end = max((end, *(session[1] for _, session in sessions)))

    def _expire(self) -> None:
        # by the time that the store itself has seen, as in Kafka Streams: records of other keys do not count
        oldest = self._newest_end - self.retention + 1
        for key in [k for k, sessions in self.store.data.items() if sessions[0][1] < oldest]:
            kept = [session for session in self.store.data[key] if session[1] >= oldest]
            self.store.put(key, kept or None)
