"""State of running queries: dictionaries that know what changed since the last commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Store:
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

    def drain(self) -> Iterator[tuple[Any, Any]]:
        """(key, value or None) of what changed; forgets the changes."""
        for key in self.changed:
            yield key, self.data.get(key)
        self.changed = set()
