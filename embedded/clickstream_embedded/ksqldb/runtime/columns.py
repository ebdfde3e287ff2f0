"""What many Kafka messages hold, column by column: each a loop in C, a third of the time of asking one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress, repeat
from operator import itemgetter
from typing import Any

from confluent_kafka import Message

_second = itemgetter(1)
Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Messages in the order they came, without the client's objects: those are made anew in the same memory then.

    `stamps` are timestamps in ms; `headers` is None where no message has any.
    """

    keys: list[bytes | None]
    values: list[bytes | None]
    stamps: list[int]
    partitions: list[int]
    offsets: list[int]
    headers: list[Headers | None] | None

    @classmethod
    def of(cls, messages: Iterable[Any]) -> Columns:
        """What messages of one topic hold."""
        found: list[Any] = [*messages]
        headers: list[Any] = list(map(Message.headers, found))
        return cls(
            list(map(Message.key, found)),  # pyright: ignore[reportArgumentType]
            list(map(Message.value, found)),  # pyright: ignore[reportArgumentType]
            list(map(_second, map(Message.timestamp, found))),
            list(map(Message.partition, found)),  # pyright: ignore[reportArgumentType]
            list(map(Message.offset, found)),  # pyright: ignore[reportArgumentType]
            None if headers.count(None) == len(headers) else headers,
        )

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[tuple[bytes | None, bytes | None, int, int, int, Headers | None]]:
        """Key, value, timestamp, partition, offset and headers of each."""
        headers = repeat(None) if self.headers is None else self.headers
        return zip(self.keys, self.values, self.stamps, self.partitions, self.offsets, headers, strict=False)

    def only(self, chosen: list[bool]) -> Columns:
        """Those messages for which `chosen` holds."""
        return Columns(
            list(compress(self.keys, chosen)), list(compress(self.values, chosen)), list(compress(self.stamps, chosen)),
            list(compress(self.partitions, chosen)), list(compress(self.offsets, chosen)),
            None if self.headers is None else list(compress(self.headers, chosen)),
        )  # fmt: skip

    @property
    def size(self) -> int:
        """The bytes of all values."""
        return sum(map(len, filter(None, self.values)))

    @property
    def last_offsets(self) -> dict[int, int]:
        """The last offset of each partition; within one they come in order."""
        if len(set(self.partitions)) == 1:
            return {self.partitions[0]: self.offsets[-1]}
        return dict(zip(self.partitions, self.offsets, strict=True))
