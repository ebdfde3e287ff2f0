"""What a sink is given, and what a task needs of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clickstream_embedded.connect.transforms.record import ConnectRecord


@dataclass(frozen=True, slots=True)
class SinkRecord:
    """A record behind its transforms, with the message that it was, which names its place and goes to dead letters."""

    record: ConnectRecord
    message: Any


class SinkWriter(Protocol):
    """Where the records of a sink task go."""

    @property
    def gathers(self) -> int:
        """How many records it waits for before it sends them, 0 where it does not wait for more than come together."""
        ...

    async def start(self) -> None:
        """Ready to take records. Raises JavaError."""
        ...

    async def put(self, records: Sequence[SinkRecord]) -> asyncio.Future[None]:
        """Takes records, in order, once there is room; what it gives is done once they have arrived.

        Raises JavaError where the task cannot go on; so may the future.
        """
        ...

    async def close(self) -> None:
        """Ends; what is on its way may still arrive, for a short while."""
        ...
