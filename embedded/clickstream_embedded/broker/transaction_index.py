"""What of a partition `read_committed` consumers may see: open and aborted transactions (KIP-98)."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_embedded.broker.batches import CONTROL, TRANSACTIONAL, BatchHeader


@dataclass(frozen=True, slots=True)
class Aborted:
    """An aborted transaction of one partition: its first record and its abort marker, as offsets."""

    producer_id: int
    first_offset: int
    last_offset: int


class TransactionIndex:
    """The open transactions of one partition, and those that were aborted."""

    def __init__(self) -> None:
        self._open: dict[int, int] = {}  # producer id: offset of its first record
        self._aborted: list[Aborted] = []

    def is_open(self, producer_id: int) -> bool:
        return producer_id in self._open

    def first_offset(self, producer_id: int) -> int:
        """Where the producer's open transaction begins, -1 where it has none."""
        return self._open.get(producer_id, -1)

    def appended(self, header: BatchHeader, offset: int, committed: bool | None) -> None:
        """Notes a batch at `offset`; `committed` says for a control batch how the transaction ended."""
        if not header.attributes & TRANSACTIONAL:
            return
        if not header.attributes & CONTROL:
            self._open.setdefault(header.producer_id, offset)
            return
        first = self._open.pop(header.producer_id, None)
        if first is not None and not committed:
            self._aborted.append(Aborted(header.producer_id, first, offset))

    def stable_offset(self, end: int) -> int:
        """The last stable offset: all before it is decided. `end` is the high watermark."""
        return min(self._open.values(), default=end)

    def aborted_between(self, start: int, stop: int) -> list[Aborted]:
        """Aborted transactions with records between the offsets `start` and `stop` (exclusive)."""
        return [each for each in self._aborted if each.last_offset >= start and each.first_offset < stop]

    def forget_before(self, offset: int) -> None:
        """Drops what retention has made unreadable."""
        self._aborted = [each for each in self._aborted if each.last_offset >= offset]
