"""Consumer groups: who reads, how far, and how much is left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A consumer of a group, with the partitions that are assigned to it as (topic, partition)."""

    member_id: str
    client_id: str
    host: str
    assigned: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GroupPartition:
    """One partition of a group: what it has committed (None for nothing yet), and the first and next offset there."""

    topic: str
    partition: int
    committed: int | None
    first: int
    end: int

    @property
    def lag(self) -> int:
        """Records that are still to be read; from the first that is kept, where nothing was committed."""
        place = self.first if self.committed is None else max(self.committed, self.first)
        return max(0, self.end - place)


@dataclass(frozen=True, slots=True)
class ConsumerGroup:
    """A consumer group. `lag` is the sum over its partitions, None where it cannot be told.

    `trend` is how the lag changes in records a second: less than 0 while it is worked off, None until it was seen twice.
    """

    name: str
    state: str
    partitions: tuple[GroupPartition, ...] = ()
    members: tuple[Member, ...] = ()
    lag: int | None = None
    trend: float | None = None

    @property
    def seconds_to_clear(self) -> float | None:
        """How long the lag lasts as it is worked off now; 0 for none, None where it does not shrink."""
        if self.lag == 0:
            return 0.0
        if self.lag is None or self.trend is None or self.trend >= 0:
            return None
        return self.lag / -self.trend


@dataclass(frozen=True, slots=True)
class OffsetChange:
    """What a reset of offsets would do to one partition: `skipped` records are never read, `repeated` ones again."""

    topic: str
    partition: int
    before: int | None
    after: int
    skipped: int
    repeated: int
