"""What a sink is given, and what a task needs of it."""

from __future__ import annotations

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

    async def start(self) -> None:
        """Ready to take records. Raises JavaError."""
        ...

    async def put(self, records: Sequence[SinkRecord]) -> None:
        """Takes records, in order. Raises JavaError where the task cannot go on."""
        ...

    async def flush(self) -> None:
        """Returns once all that was put has arrived."""
        ...

    async def close(self) -> None: ...
