"""What was made lately, by what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Lookup(dict[Any, Any]):
    """`lookup[key]` is `make(key)`, made once as long as it is remembered: up to `most` of them, 0 remembers nothing."""

    def __init__(self, make: Callable[[Any], Any], most: int) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self._most:
            self.clear()
        made = self._make(key)
        if self._most:
            self[key] = made
        return made
