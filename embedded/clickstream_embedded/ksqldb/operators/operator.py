"""The operators of a running query, each pushing batches of records on to the next.

A record is `(key, row, timestamp, window, old)`: the key columns (None for no key), the row's columns (None for a
null value), milliseconds, the window's bounds or None, and for tables the row that this one replaces.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.operators.state_store import StateStore

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
    if not any(type(part) in (list, dict, tuple) for part in key):
        return key
    return tuple(
        _KeyList(part)
        if type(part) is list
        else _KeyDict(part)
        if type(part) is dict
        else hashable(part)
        if type(part) is tuple
        else part
        for part in key
    )


def _untold(_clause: str, _error: Exception) -> None:
    pass


class Operator:
    """An operator with one output."""

    def __init__(self) -> None:
        self.next: Operator | None = None

    def then(self, node: Operator) -> Operator:
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

    def restore(self) -> None:
        """The state was loaded: marks what is to be emitted once more, within this process only."""

    @property
    def stores(self) -> list[StateStore]:
        """The state to be kept."""
        return []


class TableSource(Operator):
    """Makes a changelog of a table's topic: looks up what each record replaces."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.store = StateStore(name)

    @property
    def stores(self) -> list[StateStore]:
        return [self.store]

    def process(self, batch: Batch) -> None:
        out: Batch = []
        data = self.store.data
        for key, row, timestamp, window, _ in batch:
            if key is None:
                continue  # a table's record without a key says nothing
            place = (key, window)
            try:
                old = data.get(place)
            except TypeError:  # arrays, maps and structs in the key
                key = hashable(key)
                place = (key, window)
                old = data.get(place)
            self.store.put(place, row)
            out.append((key, row, timestamp, window, old))
        self.emit(out)


class Filter(Operator):
    """WHERE on a stream: a null value never passes."""

    def __init__(
        self,
        predicate: Callable[[Row], Any],
        on_error: Callable[[str, Exception], None],
        passing: Callable[[Batch], Batch],
    ) -> None:
        super().__init__()
        self._predicate = predicate
        self._on_error = on_error
        self._passing = passing

    def forget_errors(self) -> None:
        """From now on nobody is told of rows that cannot be tested."""
        self._on_error = _untold

    def _test(self, row: Row | None) -> bool:
        if row is None:
            return False
        try:
            return bool(self._predicate(row))
        except Exception as error:  # noqa: BLE001 - an expression may fail on any record; it is skipped and counted
            self._on_error("WHERE", error)
            return False

    def process(self, batch: Batch) -> None:
        try:
            out = self._passing(batch)
        except Exception:  # noqa: BLE001 - find the record at fault
            out = self._passing_one_by_one(batch)
        self.emit(out)

    def _passing_one_by_one(self, batch: Batch) -> Batch:
        return [record for record in batch if self._test(record[1])]


class TableFilter(Filter):
    """WHERE or HAVING on a table: a row that does not pass is deleted downstream.

    With `quiet` (after an aggregation, whose old values are known) a row that did not pass before either is left out.
    """

    def __init__(
        self,
        predicate: Callable[[Row], Any],
        on_error: Callable[[str, Exception], None],
        passing: Callable[[Batch], Batch],
        *,
        quiet: bool,
    ) -> None:
        super().__init__(predicate, on_error, passing)
        self._quiet = quiet

    def _passing_one_by_one(self, batch: Batch) -> Batch:
        test, quiet = self._test, self._quiet
        out: Batch = []
        for key, row, timestamp, window, old in batch:
            after, before = row if test(row) else None, old if test(old) else None
            if after is not None or before is not None or not quiet:
                out.append((key, after, timestamp, window, before))
        return out


class Project(Operator):
    """SELECT: computes new rows. It comes last, so what a row replaces is of no more interest."""

    def __init__(
        self,
        row: Callable[[Row], Row],
        columns: list[Callable[[Row], Any]],
        on_error: Callable[[str, Exception], None],
        batch: Callable[[Batch], Batch],
    ) -> None:
        super().__init__()
        self._batch = batch
        self._row = row
        self._columns = columns
        self._on_error = on_error

    def forget_errors(self) -> None:
        """From now on nobody is told of columns that cannot be computed."""
        self._on_error = _untold

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
        out: Batch
        try:
            out = self._batch(batch)
        except Exception:  # noqa: BLE001 - find the record at fault
            out = [(k, self.apply(r), ts, w, None) for k, r, ts, w, _ in batch]
        self.emit(out)


class Rekey(Operator):
    """PARTITION BY: a new key from the row; `combine` builds the row that goes on."""

    def __init__(
        self,
        key: Callable[[Row], Row],
        combine: Callable[[Row, Row], Row],
        on_error: Callable[[str, Exception], None],
        empty_key: bool,
        from_key: tuple[bool, ...],
        blank: int,
        keys: int,
    ) -> None:
        super().__init__()
        self._keys = keys
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
        blank = (None,) * self._blank + (key or (None,) * self._keys)
        try:
            parts = self._key(blank)
        except Exception:  # noqa: BLE001 - an expression over nothing
            return (None,) * self._width
        return tuple(part if known else None for part, known in zip(parts, self._from_key, strict=True))


class Reorder(Operator):
    """The key columns that are kept, in another order; none kept is no key."""

    def __init__(self, order: tuple[int, ...]) -> None:
        super().__init__()
        self._order = order

    def process(self, batch: Batch) -> None:
        order = self._order
        self.emit([
            (None if k is None or not order else tuple(k[i] for i in order), r, ts, w, old) for k, r, ts, w, old in batch
        ])  # fmt: skip


class FlatMap(Operator):
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
