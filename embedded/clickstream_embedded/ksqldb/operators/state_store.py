"""State of running queries: dictionaries that know what changed since the last commit."""

from __future__ import annotations

from collections import defaultdict
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


class WindowStore(StateStore):
    """A store of windows: its keys are (start in ms, key), and what a commit writes of one start lies together.

    Windows that start before `limit` (ms) are gone; that is all a commit has to know of them.
    """

    __slots__ = ("limit",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.limit = 0

    def expire(self, limit: int) -> None:
        """Forgets the windows that start before a time (ms)."""
        self.limit = max(self.limit, limit)
        for place in [place for place in self.data if place[0] < limit]:
            del self.data[place]

    def by_start(self, changes: Changes) -> dict[int, Changes]:
        """What changed, apart for each start, without what is gone."""
        parts: defaultdict[int, Changes] = defaultdict(dict)
        for (start, key), value in changes.items():
            if start >= self.limit:
                parts[start][key] = value
        return parts
