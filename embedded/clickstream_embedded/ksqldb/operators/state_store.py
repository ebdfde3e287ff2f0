"""State of running queries: dictionaries that know what changed since the last commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

Changes = dict[Any, Any]  # by key: the value, None where it is gone


class StateStore:
    """A key-value store in memory. `changed` holds the keys to be written at the next commit."""

    __slots__ = ("changed", "data", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.data: dict[Any, Any] = {}
        self.changed: set[Any] = set()

    def put(self, key: Any, value: Any) -> None:
        """Sets a value; None removes the key."""
        if value is None:
            self.data.pop(key, None)
        else:
            self.data[key] = value
        self.changed.add(key)

    def drain(self) -> Changes:
        """What changed since the last time."""
        changed, self.changed = self.changed, set()
        return dict(zip(changed, map(self.data.get, changed), strict=True))

    def put_back(self, changes: Changes) -> None:
        """What was drained could not be written: it is still to be."""
        self.changed.update(changes)


class WindowStore(StateStore):
    """A store of windows, by start (ms) and then by key; what a commit writes of one start lies together.

    A window never goes alone: all that start before `limit` (ms) are gone, and that is all a commit has to know of them.
    """

    __slots__ = ("_keys", "limit")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.limit = 0
        self._keys: defaultdict[int, set[Any]] = defaultdict(set)  # of each start in `changed`, what did

    def change(self, start: int, keys: Iterable[Any]) -> None:
        """Has the next commit write windows of a start."""
        self.changed.add(start)
        self._keys[start].update(keys)

    def expire(self, limit: int) -> None:
        """Forgets the windows that start before a time (ms)."""
        self.limit = max(self.limit, limit)
        for start in [start for start in self.data if start < limit]:
            del self.data[start]
            self.changed.discard(start)
            self._keys.pop(start, None)

    def drain(self) -> Changes:
        """What changed since the last time: windows by start, to be read before the store changes again."""
        keys, self._keys, self.changed = self._keys, defaultdict(set), set()
        return {start: _those(self.data[start], changed) for start, changed in keys.items()}

    def put_back(self, changes: Changes) -> None:
        """What was drained could not be written: it is still to be."""
        for start, windows in changes.items():
            self.change(start, windows)


def _those(windows: Changes, keys: set[Any]) -> Changes:
    """The windows of some keys, or all as they are where none is without change, as it is most often."""
    return windows if len(keys) == len(windows) else {key: windows[key] for key in keys}
