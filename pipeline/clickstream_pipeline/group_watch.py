"""How the lag of consumer groups goes, from one look to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clickstream_pipeline.model import ConsumerGroup

_SPAN = 10.0  # seconds over which a trend is told: commits come in steps


class GroupWatch:
    """Keeps what groups lagged, and tells the trend of each."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[float, int]]] = {}

    def with_trends(self, groups: Sequence[ConsumerGroup], now: float) -> tuple[ConsumerGroup, ...]:
        """The groups with their trends, in the order given.

        Args:
            groups: as they were just found.
            now: seconds of a clock that does not jump.
        """
        found: list[ConsumerGroup] = []
        for group in groups:
            if group.lag is None:
                found.append(group)
                continue
            seen = self._seen.setdefault(group.name, [])
            seen.append((now, group.lag))
            while len(seen) > 2 and now - seen[1][0] >= _SPAN:
                del seen[0]
            began, before = seen[0]
            trend = (group.lag - before) / (now - began) if now > began else None
            found.append(replace(group, trend=trend))
        names = {group.name for group in groups}
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}
        return tuple(found)
