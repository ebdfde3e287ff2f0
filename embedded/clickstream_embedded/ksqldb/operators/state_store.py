"""State of running queries: dictionaries that know what changed since the last commit."""

from __future__ import annotations

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
