"""How a part of the pipeline is, whatever its server says of its state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Health(str, Enum):
    """How a part is: `unknown` where it cannot be told now, as its server does not answer."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """The order of lists that show the broken first: 0 is failed."""
        return (Health.FAILED, Health.DEGRADED, Health.UNKNOWN, Health.OK).index(self)


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of which something is wrong: its kind (service, connector, query …), name, since when (epoch ms) and why."""

    kind: str
    name: str
    health: Health
    since: int
    why: str
