"""What a query reads: its topics from their places on, merged by time, and how far it has come."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable
from functools import reduce

from clickstream_embedded.ksqldb.errors import UnreadableRecord
from clickstream_embedded.ksqldb.operators.operator import Operator, Record
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import Offsets
from clickstream_embedded.ksqldb.runtime.codec import Codec, Wanted, both
from clickstream_embedded.ksqldb.runtime.topic_reader import Chunk, Subscription, TopicReaders

_POLL = 0.1  # seconds
_CATCH_UP = 30.0  # seconds that a join waits at most for its tables
_FAILS = "Deserialization exception handler is set to fail upon a deserialization error."
_HELD = 2.0  # seconds that records of one topic wait at most for those that another one is known to hold
Ranges = dict[str, list[tuple[int, int]]]  # (first, next) offsets of each partition, by topic


class PartitionGroup:
    """The subscriptions of one running query. Use it from the query's thread only.

    `offsets` holds the next offset of each (topic, partition) and is the query's own record of its progress;
    `patience` is how many seconds records may wait for more to come with them.
    """

    def __init__(
        self, topic_readers: TopicReaders, topology: Topology, offsets: Offsets, ranges: Ranges, *, earliest: bool,
        patience: float, on_chunk: Callable[[Chunk, list[str]], None],
    ) -> None:  # fmt: skip
        self.offsets = offsets
        self._feeds = topic_readers
        self._arrival = topic_readers.arrival()
        self._patience = patience
        self._on_chunk = on_chunk
        self._readers: dict[str, list[tuple[Codec, Wanted, Operator]]] = {}
        self._subscriptions: list[Subscription] = []
        self._ends: Offsets = {}
        self._tables: set[str] = set()
        self._ends_on_errors = topology.strict_values
        self._held: list[Chunk] = []
        self._held_until = 0.0
        self._not_waited_for: set[str] = set()  # topics that did not give in time what they were known to hold
        for side, node in topology.inputs:
            source = side.source
            codec = Codec(source, strict_times=topology.strict_times)
            self._readers.setdefault(source.topic, []).append((codec, side.wanted, node))
            if source.is_table and len(topology.inputs) > 1:
                self._tables.add(source.topic)
            for number, (low, high) in enumerate(ranges[source.topic]):
                place = (source.topic, number)
                begin = offsets.get(place, low if earliest or source.is_table else high)
                offsets[place] = min(max(begin, low), high)
                self._ends[place] = high

    def open(self, stopping: Callable[[], bool]) -> None:
        """Subscribes; a join sees its tables as they are before the first record of its stream."""
        streams = self._readers.keys() - self._tables
        for topic in self._tables:
            self._subscribe(topic)
        deadline = time.monotonic() + _CATCH_UP
        while not self._is_at_end(self._tables) and not stopping() and time.monotonic() < deadline:
            self.read(_POLL)
        for topic in streams:
            self._subscribe(topic)

    def _subscribe(self, topic: str) -> None:
        starts = {number: offset for (name, number), offset in self.offsets.items() if name == topic}
        wanted = reduce(both, (each for _, each, _ in self._readers[topic]), frozenset[str]())
        self._subscriptions.append(self._feeds.subscribe(topic, starts, self._patience, self._arrival, wanted))

    def _is_at_end(self, topics: Iterable[str]) -> bool:
        return all(self.offsets[place] >= end for place, end in self._ends.items() if place[0] in topics)

    @property
    def is_at_end(self) -> bool:
        """Whether all has been read that was there when the intake was made."""
        return self._is_at_end(self._readers)

    def read(self, timeout: float) -> bool:
        """Takes what has come and pushes it through the operators; False where nothing came in `timeout` seconds."""
        if not self._held:
            self._held_until = time.monotonic() + _HELD
        held = {chunk.topic for chunk in self._held}
        wanted = [each for each in self._subscriptions if each.topic not in held]
        self._held += self._feeds.poll(wanted, self._arrival, timeout)
        behind = self._behind()
        if behind and time.monotonic() < self._held_until:
            return False
        self._not_waited_for |= behind
        chunks, self._held = self._held, []
        if chunks:
            order = [*self._readers]
            chunks.sort(key=lambda chunk: order.index(chunk.topic))
            with self._feeds.turn:
                self._process(chunks)
        return bool(chunks)

    def _behind(self) -> set[str]:
        """The topics known to hold more of which none is here yet, while there is of another one.

        Kafka Streams waits for them (KIP-695), so that what the topics held at the start is joined in the order of time.
        """
        held = {chunk.topic for chunk in self._held}
        others = {each.topic for each in self._subscriptions} - held - self._not_waited_for
        return {topic for topic in others if not self._is_at_end((topic,))} if held else set()

    def _process(self, chunks: list[Chunk]) -> None:
        lanes: list[tuple[Operator, list[Record]]] = []
        for chunk in chunks:
            for codec, wanted, node in self._readers[chunk.topic]:
                decoded = chunk.decoded(codec, wanted)
                if decoded.errors and self._ends_on_errors:
                    raise UnreadableRecord(f"{_FAILS} The record is {decoded.errors[0]}")
                if decoded.records:
                    lanes.append((node, decoded.records))
                self._on_chunk(chunk, decoded.errors)
        if len(lanes) == 1:
            node, records = lanes[0]
            node.process(records)
        elif lanes:
            self._merge(lanes)
        for chunk in chunks:
            for number, offset in chunk.ends.items():
                self.offsets[chunk.topic, number] = offset

    @staticmethod
    def _merge(lanes: list[tuple[Operator, list[Record]]]) -> None:
        """The lane whose next record is oldest goes first, as Kafka Streams chooses among its partitions."""
        numbered = [
            [(record[2], place, node, record) for place, record in enumerate(records)] for node, records in lanes
        ]
        current: Operator | None = None
        batch: list[Record] = []
        for _, _, node, record in heapq.merge(*numbered, key=lambda item: item[:2]):
            if node is not current:
                if current is not None:
                    current.process(batch)
                current, batch = node, []
            batch.append(record)
        if current is not None:
            current.process(batch)

    def close(self) -> None:
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions = []


__all__ = ["PartitionGroup", "Ranges"]
