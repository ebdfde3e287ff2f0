"""Results on their way to a sink topic: kept with the state they belong to until the topic holds them.

A commit writes state, offsets and results in one transaction, and then sends the results. After a crash the sink is
read from where it ended at that commit: what it holds already is not sent again. So each result is in the topic
exactly once, and a query behind it counts it once.
"""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import TopicPartition

from clickstream_embedded.ksqldb.runtime.kafka import Kafka

_MARSHAL = 2  # a format that every Python 3 reads, and the fastest where no object comes twice
Message = tuple[bytes | None, bytes | None, int]  # key, value, timestamp in ms


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages in order, column by column: the keys, the values and the timestamps (ms) of all."""

    keys: list[bytes | None] = field(default_factory=list[bytes | None])
    values: list[bytes | None] = field(default_factory=list[bytes | None])
    stamps: list[int] = field(default_factory=list[int])

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Message]:
        return zip(self.keys, self.values, self.stamps, strict=True)

    def extend(self, more: Messages) -> None:
        self.keys.extend(more.keys)
        self.values.extend(more.values)
        self.stamps.extend(more.stamps)

    def since(self, place: int) -> Messages:
        """All from the one at `place` on."""
        return Messages(self.keys[place:], self.values[place:], self.stamps[place:])


@dataclass(frozen=True, slots=True)
class Outbox:
    """What one commit sends: the topic, where each of its partitions ended before, and the messages in order."""

    topic: str
    ends: tuple[int, ...]
    messages: Messages

    def dump(self) -> bytes:
        of = self.messages
        return marshal.dumps((self.topic, self.ends, of.keys, of.values, of.stamps), _MARSHAL)

    @classmethod
    def load(cls, data: bytes) -> Outbox:
        topic, ends, *columns = marshal.loads(data)  # noqa: S302 - our own file
        return cls(topic, ends, Messages(*columns))


def pack(kafka: Kafka, consumer: Any, topic: str, partitions: int, messages: Messages) -> Outbox | None:
    """An outbox of these messages, None where there are none. Raises KafkaException."""
    if not messages:
        return None
    ends = tuple(high for _, high in kafka.end_offsets(consumer, topic, partitions))
    return Outbox(topic, ends, messages)


def unsent(kafka: Kafka, outbox: Outbox, stopping: Callable[[], bool]) -> Messages:
    """The messages that the topic does not hold yet, in order. Raises KafkaException."""
    held: Counter[Message] = Counter()
    consumer = kafka.consumer("clickstream-outbox")
    try:
        ranges = kafka.offsets(outbox.topic, len(outbox.ends))
        left = {n: high for n, (_, high) in enumerate(ranges) if high > outbox.ends[n]}
        consumer.assign([TopicPartition(outbox.topic, n, outbox.ends[n]) for n in left])
        while left and not stopping():
            batch: list[Any] = consumer.consume(5000, 0.1)
            for message in batch:
                if message.error() is None:
                    held[message.key(), message.value(), message.timestamp()[1]] += 1
                    if message.offset() + 1 >= left.get(message.partition(), 0):
                        left.pop(message.partition(), None)
    finally:
        consumer.close()
    missing: list[Message] = []
    for message in outbox.messages:
        if held[message] > 0:
            held[message] -= 1
        else:
            missing.append(message)
    return Messages(*map(list, zip(*missing, strict=True)))
