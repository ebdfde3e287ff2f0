"""The present rows of a table, for pull queries: read by other threads while the query's own writes."""

from __future__ import annotations

from clickstream_embedded.ksqldb.operators.operator import Batch, Row, hashable

Window = tuple[int, int]
Entry = tuple[Row, Window | None, Row, int]  # key, window, row, timestamp in ms


class TableView:
    """Rows by key and window. A reader copies what it looks at in one step, so it needs no lock."""

    def __init__(self) -> None:
        self._keys: dict[Row, dict[Window | None, tuple[Row, int]]] = {}
        self._windows: dict[Window, Window] = {}  # one object for each window, however many keys are in it

    def update(self, batch: Batch) -> None:
        """Takes over changes of the table, in order; a row of None deletes."""
        windows = self._windows
        for key, row, timestamp, window, _ in batch:
            if window is not None:
                window = windows.setdefault(window, window)
            place: Row = key or ()
            try:
                rows = self._keys.get(place)
            except TypeError:  # arrays, maps and structs in the key
                place = hashable(place)
                rows = self._keys.get(place)
            if row is None:
                if rows is not None:
                    rows.pop(window, None)
                    if not rows:
                        del self._keys[place]
            elif rows is None:
                self._keys[place] = {window: (row, timestamp)}
            else:
                rows[window] = (row, timestamp)

    def of_key(self, key: Row) -> list[Entry]:
        """The rows of one key: one a window."""
        return [(key, window, *found) for window, found in list(self._keys.get(hashable(key), {}).items())]

    def all(self) -> list[Entry]:
        return [
            (key, window, *found)
            for key, rows in list(self._keys.items())
            for window, found in list(rows.items())
        ]  # fmt: skip

    def prune(self, retention: int) -> None:
        """Forgets the windows that ended more than `retention` ms before the newest one did."""
        oldest = max((end for _, end in self._windows), default=0) - retention
        gone = [window for window in self._windows if window[1] < oldest]
        if not gone:
            return
        for window in gone:
            del self._windows[window]
        for key in list(self._keys):
            rows = self._keys[key]
            for window in [window for window in rows if window is not None and window[1] < oldest]:
                del rows[window]
            if not rows:
                del self._keys[key]
