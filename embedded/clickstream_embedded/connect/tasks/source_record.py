"""What a source gives and what a task needs of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from clickstream_embedded.connect.transforms.record import ConnectRecord

Partition = Mapping[str, Any]
Offset = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record with the place in its source from which a restart goes on."""

    record: ConnectRecord
    partition: Partition
    offset: Offset


class Source(Protocol):
    """Where the records of a source task come from."""

    def records(self) -> AsyncIterator[SourceRecord]:
        """Records in order, as they come. Raises JavaError where the source cannot go on."""
        ...
