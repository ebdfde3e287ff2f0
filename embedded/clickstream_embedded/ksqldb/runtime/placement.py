"""Which process a persistent query runs in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_UNEVEN = 8  # queries that a process may have more than another


class Placement:
    """Queries over one topic run together, so that it is read and decoded once; others go where fewer run."""

    def __init__(self, processes: int) -> None:
        self._topics: list[Counter[str]] = [Counter() for _ in range(processes)]
        self._counts = [0] * processes
        self._placed: dict[str, tuple[int, set[str]]] = {}

    def place(self, query_id: str, topics: Iterable[str]) -> int:
        """The number of the process for a query over these topics."""
        wanted = set(topics)
        fewest = min(self._counts)
        numbers = [number for number, count in enumerate(self._counts) if count - fewest < _UNEVEN]
        chosen = min(numbers, key=lambda n: (-sum(topic in self._topics[n] for topic in wanted), self._counts[n], n))
        self._topics[chosen].update(wanted)
        self._counts[chosen] += 1
        self._placed[query_id] = (chosen, wanted)
        return chosen

    def forget(self, query_id: str) -> None:
        """The query has ended."""
        number, topics = self._placed.pop(query_id, (0, set[str]()))
        if topics:
            self._topics[number] = self._topics[number] - Counter(topics)
            self._counts[number] -= 1
