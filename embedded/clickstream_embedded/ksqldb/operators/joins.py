"""Join operators. Each has two inputs and one output; a joined row is the left row followed by the right row."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.operators.operator import Batch, Operator, Record, Row, hashable
from clickstream_embedded.ksqldb.operators.state_store import StateStore
from clickstream_embedded.ksqldb.operators.stream_clock import StreamClock

KeyOf = Callable[[Row], Any]
# (records of the stream, rows of the table by key, what stands for no row, whether such a record stays) -> results
Fused = Callable[[Batch, dict[Any, Row], Row, bool], Batch]


class JoinInput(Operator):
    """One side of a join, as the node that the side's records arrive at."""

    def __init__(self, join: Join, receive: Callable[[Batch], None]) -> None:
        super().__init__()
        self._join = join
        self._receive = receive

    def process(self, batch: Batch) -> None:
        self._receive(batch)

    def flush(self) -> None:
        self._join.flush_side(self)


class Join(Operator):
    """What joins share: the sides, their join keys, and a row of nulls for a missing side."""

    def __init__(self, kind: str, left_width: int, right_width: int) -> None:
        super().__init__()
        self.left = JoinInput(self, self.on_left)
        self.right = JoinInput(self, self.on_right)
        self._keeps_left = kind in ("LEFT", "FULL")
        self._keeps_right = kind in ("RIGHT", "FULL")
        self._no_left = (None,) * left_width
        self._no_right = (None,) * right_width

    def on_left(self, batch: Batch) -> None:
        raise NotImplementedError

    def on_right(self, batch: Batch) -> None:
        raise NotImplementedError

    def flush_side(self, side: JoinInput) -> None:
        # both sides flush within one commit; the output is flushed once, behind the left one
        if side is self.left:
            super().flush()

    def joined(self, left: Row | None, right: Row | None) -> Row:
        return (left if left is not None else self._no_left) + (right if right is not None else self._no_right)


class StreamTableJoin(Join):
    """Each record of the stream looks up the table's row of that moment. Table state: join key -> row."""

    def __init__(self, name: str, kind: str, left_key: KeyOf, widths: tuple[int, int]) -> None:
        super().__init__(kind, *widths)
        self.store = StateStore(name)
        self._left_key = left_key
        self._fused: Fused | None = None
        self._behind: Operator | None = None

    def fuse(self, join: Fused, projection: Operator) -> None:
        """Lets one compiled loop do the look-up and the projection behind it."""
        self._fused, self._behind = join, projection

    @property
    def stores(self) -> list[StateStore]:
        return [self.store]

    def on_right(self, batch: Batch) -> None:
        for key, row, _, _, _ in batch:
            if key is not None:
                self.store.put(hashable(key)[0], row)

    def on_left(self, batch: Batch) -> None:
        if self._fused is not None and self._behind is not None:
            try:
                done = self._fused(batch, self.store.data, self._no_right, self._keeps_left)
            except Exception:  # noqa: BLE001 - find the record and the column at fault
                done = None
            if done is not None:
                self._behind.emit(done)
                return
        out: Batch = []
        table, key_of, keep = self.store.data, self._left_key, self._keeps_left
        absent = self._no_right
        for _, row, timestamp, _, _ in batch:
            if row is None:
                continue
            key = key_of(row)
            if key is None:
                continue
            other = table.get(key)
            if other is not None:
                out.append(((key,), row + other, timestamp, None, None))
            elif keep:
                out.append(((key,), row + absent, timestamp, None, None))
        self.emit(out)


class TableTableJoin(Join):
    """Two tables by primary key: a change of either side changes the result. State of a side: key -> (row, time)."""

    def __init__(self, name: str, kind: str, widths: tuple[int, int]) -> None:
        super().__init__(kind, *widths)
        self._left_store = StateStore(f"{name}-left")
        self._right_store = StateStore(f"{name}-right")

    @property
    def stores(self) -> list[StateStore]:
        return [self._left_store, self._right_store]

    def _result(self, left: Row | None, right: Row | None) -> Row | None:
        if left is not None and right is not None:
            return left + right
        if left is not None and self._keeps_left:
            return left + self._no_right
        if right is not None and self._keeps_right:
            return self._no_left + right
        return None

    def on_left(self, batch: Batch) -> None:
        self._change(batch, self._left_store, self._right_store, lambda mine, other: self._result(mine, other))

    def on_right(self, batch: Batch) -> None:
        self._change(batch, self._right_store, self._left_store, lambda mine, other: self._result(other, mine))

    def _change(self, batch: Batch, mine: StateStore, others: StateStore, result: Callable[..., Row | None]) -> None:
        out: Batch = []
        for key, row, timestamp, window, _ in batch:
            if key is None:
                continue
            previous = mine.data.get(key)
            mine.put(key, None if row is None else (row, timestamp))
            other, other_time = others.data.get(key, (None, -1))
            before = result(previous[0] if previous else None, other)
            after = result(row, other)
            if before is not None or after is not None:
                out.append((key, after, max(timestamp, other_time), window, before))
        self.emit(out)


class ForeignKeyJoin(Join):
    """A table with another by the other's primary key. State: left key -> (row, foreign key, time), right key -> row."""

    def __init__(self, name: str, kind: str, foreign_key: KeyOf, widths: tuple[int, int]) -> None:
        super().__init__(kind, *widths)
        self._foreign_key = foreign_key
        self._left_store = StateStore(f"{name}-left")
        self._right_store = StateStore(f"{name}-right")
        self._referrers: dict[Any, dict[Row, None]] = {}
        self._indexed = False

    @property
    def stores(self) -> list[StateStore]:
        return [self._left_store, self._right_store]

    def _index(self) -> dict[Any, dict[Row, None]]:
        if not self._indexed:
            self._indexed = True
            for key, (_, foreign, _) in self._left_store.data.items():
                self._referrers.setdefault(foreign, {})[key] = None
        return self._referrers

    def _result(self, left: Row | None, right: Row | None) -> Row | None:
        if left is None or (right is None and not self._keeps_left):
            return None
        return left + (right if right is not None else self._no_right)

    def on_left(self, batch: Batch) -> None:
        out: Batch = []
        referrers = self._index()
        for key, row, timestamp, _, _ in batch:
            if key is None:
                continue
            previous = self._left_store.data.get(key)
            before: Row | None = None
            if previous is not None:
                referrers.get(previous[1], {}).pop(key, None)
                before = self._result(previous[0], self._right(previous[1])[0])
            foreign = None if row is None else self._foreign_key(row)
            self._left_store.put(key, None if row is None else (row, foreign, timestamp))
            other, other_time = self._right(foreign)
            if row is not None and foreign is not None:
                referrers.setdefault(foreign, {})[key] = None
            after = self._result(row, other) if row is not None and (foreign is not None or self._keeps_left) else None
            if before is not None or after is not None or previous is not None:
                out.append((key, after, max(timestamp, other_time), None, before))
        self.emit(out)

    def _right(self, foreign: Any) -> tuple[Row | None, int]:
        return self._right_store.data.get((foreign,), (None, -1))

    def on_right(self, batch: Batch) -> None:
        out: Batch = []
        referrers = self._index()
        for key, row, timestamp, _, _ in batch:
            if key is None:
                continue
            previous = self._right_store.data.get(key, (None, -1))[0]
            self._right_store.put(key, None if row is None else (row, timestamp))
            for left_key in list(referrers.get(key[0], ())):
                left, _, left_time = self._left_store.data[left_key]
                before, after = self._result(left, previous), self._result(left, row)
                if before is not None or after is not None:
                    out.append((left_key, after, max(timestamp, left_time), None, before))
        self.emit(out)


class StreamStreamJoin(Join):
    """Two streams within a time span. State of a side: join key -> [(timestamp, number, row, matched)], by time.

    With a grace period unmatched records of an outer join are emitted when their window closes; without one at
    once, as ksqlDB does for statements without GRACE PERIOD.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        keys: tuple[KeyOf, KeyOf],
        widths: tuple[int, int],
        span: tuple[int, int],
        grace: int | None,
    ) -> None:
        super().__init__(kind, *widths)
        self._keys = keys
        self._before, self._after = span
        self._grace = grace if grace is not None else 86_400_000
        self._eager = grace is None
        self._left_store = StateStore(f"{name}-left")
        self._right_store = StateStore(f"{name}-right")
        self._retention = self._before + self._after + self._grace
        self.stream_time = -1
        self._seen = [-1, -1]  # the latest time of either side
        self._clock = StreamClock(name, lambda: (self.stream_time, *self._seen))

    @property
    def stores(self) -> list[StateStore]:
        return [self._left_store, self._right_store, self._clock]

    def restore(self) -> None:
        """Takes up stream time."""
        if self._clock.restored:
            self.stream_time, *self._seen = self._clock.restored

    def on_left(self, batch: Batch) -> None:
        self._arrive(batch, is_left=True)

    def on_right(self, batch: Batch) -> None:
        self._arrive(batch, is_left=False)

    def _arrive(self, batch: Batch, *, is_left: bool) -> None:
        out: Batch = []
        mine = 0 if is_left else 1
        for _, row, timestamp, window, _ in batch:
            if row is None:
                continue
            key = self._keys[mine](row)
            if key is None:
                continue
            # keys of windowed streams are equal where their windows are too
            place = (hashable((key,))[0], window)
            self.stream_time = max(self.stream_time, timestamp)
            self._seen[mine] = max(self._seen[mine], timestamp)
            self._close(out)
            self._match(place, row, timestamp, out, is_left=is_left)
        self.emit(out)

    def _match(self, key: Any, row: Row, timestamp: int, out: Batch, *, is_left: bool) -> None:
        mine, others = (self._left_store, self._right_store) if is_left else (self._right_store, self._left_store)
        low, high = (self._before, self._after) if is_left else (self._after, self._before)
        candidates: list[list[Any]] = others.data.get(key, [])
        # a store of Kafka Streams hides what is older than its retention, by the time that its own side has seen
        oldest = self._seen[1 if is_left else 0] - self._retention + 1
        start = bisect.bisect_left(candidates, max(timestamp - low, oldest), key=lambda entry: entry[0])
        matched = False
        for entry in candidates[start:]:
            if entry[0] > timestamp + high:
                break
            matched = True
            entry[2] = True
            others.changed.add(key)
            pair = self.joined(row, entry[1]) if is_left else self.joined(entry[1], row)
            out.append(((key[0],), pair, max(timestamp, entry[0]), key[1], None))
        keeps = self._keeps_left if is_left else self._keeps_right
        if keeps and not matched and (self._eager or timestamp + high + self._grace < self.stream_time):
            out.append(self._alone(key, row, timestamp, is_left=is_left))
            matched = True
        if timestamp < self._seen[0 if is_left else 1] - self._retention + 1:
            return
        entries: list[list[Any]] = mine.data.setdefault(key, [])
        bisect.insort(entries, [timestamp, row, matched or not keeps], key=lambda entry: entry[0])
        mine.changed.add(key)

    def _alone(self, key: Any, row: Row, timestamp: int, *, is_left: bool) -> Record:
        pair = self.joined(row, None) if is_left else self.joined(None, row)
        return ((key[0],), pair, timestamp, key[1], None)

    def _close(self, out: Batch) -> None:
        """Emits the unmatched whose window has closed and forgets what can match no more."""
        for number, store, reach in ((0, self._left_store, self._after), (1, self._right_store, self._before)):
            limit = self.stream_time - reach - self._grace
            oldest = self._seen[number] - self._retention + 1
            for key in [key for key, entries in store.data.items() if entries[0][0] < max(limit, oldest)]:
                entries = store.data[key]
                for entry in entries:
                    if entry[0] < limit and not entry[2]:
                        out.append(self._alone(key, entry[1], entry[0], is_left=number == 0))
                        entry[2] = True
                        store.changed.add(key)
                if entries[0][0] < oldest:
                    kept = [entry for entry in entries if entry[0] >= oldest]
                    store.put(key, kept or None)
