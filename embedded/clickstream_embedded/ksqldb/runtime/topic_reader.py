"""Topics as the queries read them: one consumer and one decoding for all queries that are at the same place.

A reader fetches a topic in chunks. Its subscribers each take every chunk in turn; the reader keeps a few chunks ahead
of the slowest, so they stay together. A new query joins a reader that is where it wants to begin, or gets one of its
own, which is merged with another of its topic as soon as both have reached the end.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from functools import reduce
from typing import Any

from confluent_kafka import KafkaException, Message, TopicPartition

from clickstream_embedded.ksqldb.runtime.codec import Codec, Decoded, Wanted, both
from clickstream_embedded.ksqldb.runtime.columns import Columns
from clickstream_embedded.ksqldb.runtime.kafka import Kafka

_CHUNK = 5000  # messages
_AHEAD = 4  # chunks
_AHEAD_AT_FIRST = 12  # chunks, while those that are kept for others must not keep the first from going on
_POLL = 0.25  # seconds
_GATHER = 0.15  # seconds after a query joined in which others that start with it may join the same reader
_GATHER_MOST = 6.0
_NEAR = _CHUNK  # messages that a query may have to skip to join a reader

Offsets = dict[int, int]


class Chunk:
    """Messages of one topic, and what they decode to."""

    __slots__ = ("_decoded", "_lock", "_wanted", "columns", "ends", "size", "starts", "topic")

    def __init__(self, topic: str, columns: Columns, starts: Offsets, wanted: Wanted = None) -> None:
        self.topic = topic
        self._wanted = wanted
        self.starts = starts
        self.columns = columns
        self.ends = starts | {number: last + 1 for number, last in columns.last_offsets.items()}
        self.size = columns.size
        self._decoded: list[tuple[Codec, Wanted, Decoded]] = []
        self._lock = threading.Lock()

    def decoded(self, codec: Codec, wanted: Wanted = None) -> Decoded:
        """The records as `codec`'s source has them; decoded once for all queries over that source.

        Args:
            codec: Of the source.
            wanted: The columns of it that are asked for; see `Codec.records`.
        """
        with self._lock:
            for known, held, records in self._decoded:
                if known.reads_as(codec) and both(held, wanted) == held:
                    return records
            wanted = both(self._wanted, wanted)
            found = codec.records(self.columns, wanted)
            self._decoded.append((codec, wanted, found))
        return found

    def since(self, floor: Offsets) -> Chunk:
        """The chunk without what lies before `floor`."""
        if all(self.starts.get(number, 0) >= offset for number, offset in floor.items()):
            return self
        places = zip(self.columns.partitions, self.columns.offsets, strict=True)
        kept = [offset >= floor.get(number, 0) for number, offset in places]
        chunk = Chunk(self.topic, self.columns.only(kept), dict(self.starts), self._wanted)
        chunk.ends = {number: max(end, floor.get(number, 0)) for number, end in self.ends.items()}
        return chunk


class Subscription:
    """One query's way through a topic. Use `poll` from one thread only."""

    def __init__(
        self, topic_readers: TopicReaders, topic: str, floor: Offsets, patience: float, arrival: threading.Condition,
        wanted: Wanted,
    ) -> None:  # fmt: skip
        self.topic = topic
        self.wanted = wanted
        self.floor = floor
        self.patience = patience
        self.arrival = arrival
        self.reader: Reader | None = None
        self.cursor = 0
        self._feeds = topic_readers

    def close(self) -> None:
        self._feeds.leave(self)


class Reader:
    """A consumer of one topic in a thread of its own; what it holds is guarded by the lock of `TopicReaders`."""

    def __init__(
        self, topic_readers: TopicReaders, kafka: Kafka, topic: str, starts: Offsets, patience: float,
        room: threading.Condition,
    ) -> None:  # fmt: skip
        self.topic = topic
        self.patience = patience
        self.room = room
        self.position = dict(starts)
        self.chunks: deque[Chunk] = deque()
        self.first = 0  # number of the oldest chunk kept
        self.subscribers: set[Subscription] = set()
        self.error: Exception | None = None
        self.idle = False
        self._born = time.monotonic()
        self.gathers_until = 0.0
        self._starts = dict(starts)
        self._feeds = topic_readers
        self._kafka = kafka
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reader-{topic}", daemon=True)

    @property
    def next(self) -> int:
        """The number of the chunk that comes next."""
        return self.first + len(self.chunks)

    @property
    def begin(self) -> Offsets:
        """Where the oldest chunk that is kept begins."""
        return self.chunks[0].starts if self.chunks else self.position

    def start(self) -> None:
        self._thread.start()

    @property
    def is_young(self) -> bool:
        """Whether it has kept its first chunks, and may go on to."""
        return not self.first and time.monotonic() < self._born + _GATHER_MOST

    def gather(self) -> None:
        """Keeps the first chunks a while longer for queries that start just now."""
        if not self.first:
            self.gathers_until = min(time.monotonic() + _GATHER, self._born + _GATHER_MOST)

    def stop(self) -> None:
        self._stopped.set()

    def join(self) -> None:
        self._thread.join(10)

    def _run(self) -> None:
        consumer = self._kafka.consumer("clickstream-reader", patience=self.patience)
        try:
            consumer.assign([TopicPartition(self.topic, number, offset) for number, offset in self._starts.items()])
            while not self._stopped.is_set():
                if self._feeds.has_room(self):
                    self._read(consumer)
        except Exception as error:  # noqa: BLE001 - the queries that wait for this reader get it
            self._feeds.failed(self, error)
        finally:
            consumer.close()

    def _read(self, consumer: Any) -> None:
        messages = consumer.consume(1, _POLL)  # waits for the first only: a full batch may never come
        if messages:
            messages += consumer.consume(_CHUNK - 1, 0)
        errors = list(map(Message.error, messages))
        whole = errors.count(None) == len(errors)
        good = messages if whole else [m for m, error in zip(messages, errors, strict=True) if error is None]
        chunk: Chunk | None = None
        if good:
            chunk = Chunk(self.topic, Columns.of(good), dict(self.position), self._feeds.wanted(self))
        self._feeds.arrived(self, chunk)
        if not whole:
            raise KafkaException(next(error for error in errors if error is not None))


class TopicReaders:
    """All readers of a server."""

    def __init__(self, kafka: Kafka) -> None:
        # Threads that compute take turns: many at once would only fight for the interpreter, and keep those that
        # answer requests from it.
        self.turn = threading.Lock()
        self._kafka = kafka
        self._readers: list[Reader] = []
        self._lock = threading.Lock()
        self._coming = 0  # statements and queries under way that may be about to read

    # -- for queries -------------------------------------------------------------------------------------------

    def arrival(self) -> threading.Condition:
        """What one query waits at for chunks of any of its topics: the others are not woken by those."""
        return threading.Condition(self._lock)

    def subscribe(
        self, topic: str, starts: Mapping[int, int], patience: float, arrival: threading.Condition,
        wanted: Wanted = None,
    ) -> Subscription:  # fmt: skip
        """Reads `topic` from these offsets of its partitions.

        Args:
            topic: Its name.
            starts: The first offset wanted, by partition.
            patience: Seconds that records may wait for more to come with them.
            arrival: Told of each chunk.
            wanted: The value columns that its records have to hold, by name; None for all.
        """
        subscription = Subscription(self, topic, dict(starts), patience, arrival, wanted)
        with self._lock:
            for reader in self._readers:
                if (
                    reader.topic == topic
                    and reader.error is None
                    and reader.patience == patience
                    and self._is_near(reader.begin, starts)
                ):
                    break
            else:
                room = threading.Condition(self._lock)
                reader = Reader(self, self._kafka, topic, dict(starts), patience, room)
                self._readers.append(reader)
                reader.start()
            subscription.reader, subscription.cursor = reader, reader.first
            reader.subscribers.add(subscription)
            reader.gather()
        return subscription

    def expect(self) -> None:
        """Somebody may be about to read from a topic's begin: until `came`, readers keep their first chunks for it."""
        with self._lock:
            self._coming += 1

    def came(self) -> None:
        """Who was expected reads by now, or does not come."""
        with self._lock:
            self._coming = max(self._coming - 1, 0)
            for reader in self._readers:
                reader.gather()

    @staticmethod
    def _is_near(begin: Mapping[int, int], starts: Mapping[int, int]) -> bool:
        if begin.keys() != starts.keys():
            return False
        gaps = [starts[number] - offset for number, offset in begin.items()]
        return min(gaps, default=0) >= 0 and sum(gaps) <= _NEAR

    def poll(self, subscriptions: list[Subscription], arrival: threading.Condition, timeout: float) -> list[Chunk]:
        """The next chunk of each topic that has one; waits up to `timeout` seconds for the first.

        Raises what ended a reader (KafkaException, OSError).
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            while True:
                ready = [chunk for s in subscriptions if (chunk := self._next(s)) is not None]
                remaining = deadline - time.monotonic()
                if ready or remaining <= 0:
                    break
                arrival.wait(remaining)
        return [chunk for chunk in ready if len(chunk.columns) or chunk.ends != chunk.starts]

    def _next(self, subscription: Subscription) -> Chunk | None:
        reader = subscription.reader
        if reader is None:
            return None
        if subscription.cursor < reader.next:
            chunk = reader.chunks[subscription.cursor - reader.first]
            subscription.cursor += 1
            self._trim(reader)
            return chunk.since(subscription.floor) if subscription.floor else chunk
        if reader.error is not None:
            raise reader.error
        return None

    def leave(self, subscription: Subscription) -> None:
        with self._lock:
            reader = subscription.reader
            subscription.reader = None
            if reader is None:
                return
            reader.subscribers.discard(subscription)
            if reader.subscribers:
                self._trim(reader)
            else:
                self._drop(reader)

    def close(self) -> None:
        with self._lock:
            readers = list(self._readers)
            for reader in readers:
                self._drop(reader)
        for reader in readers:
            reader.join()

    # -- for readers -------------------------------------------------------------------------------------------

    def has_room(self, reader: Reader) -> bool:
        """Whether a reader may fetch more; waits a moment where its subscribers are behind."""
        with self._lock:
            self._trim(reader)
            if not self._may_fetch(reader):
                kept = reader.gathers_until - time.monotonic()
                reader.room.wait(min(_POLL, kept) if kept > 0 else _POLL)
            return self._may_fetch(reader)

    def wanted(self, reader: Reader) -> Wanted:
        """The columns that any of its subscribers asks for."""
        with self._lock:
            return reduce(both, (s.wanted for s in reader.subscribers), frozenset[str]())

    def arrived(self, reader: Reader, chunk: Chunk | None) -> None:
        with self._lock:
            reader.idle = chunk is None
            if chunk is not None:
                reader.chunks.append(chunk)
                reader.position = dict(chunk.ends)
                self._tell(reader)
            elif all(s.cursor == reader.next for s in reader.subscribers):
                self._merge(reader)

    def failed(self, reader: Reader, error: Exception) -> None:
        with self._lock:
            reader.error = error
            self._tell(reader)

    # -- with the lock held ------------------------------------------------------------------------------------

    @staticmethod
    def _tell(reader: Reader) -> None:
        for subscription in reader.subscribers:
            subscription.arrival.notify_all()

    def _keeps(self, reader: Reader) -> bool:
        """Whether its first chunks are kept for others that may come."""
        return time.monotonic() < reader.gathers_until or bool(self._coming and reader.is_young)

    @staticmethod
    def _slowest(reader: Reader) -> int:
        """The number of the chunk that its slowest subscriber takes next."""
        return min((s.cursor for s in reader.subscribers), default=reader.next)

    def _may_fetch(self, reader: Reader) -> bool:
        ahead = reader.next - self._slowest(reader)
        return ahead < _AHEAD and len(reader.chunks) < (_AHEAD_AT_FIRST if self._keeps(reader) else _AHEAD)

    def _trim(self, reader: Reader) -> None:
        """Forgets the chunks that all subscribers have taken."""
        if self._keeps(reader):
            reader.room.notify_all()  # the slowest may have gone on
            return
        slowest = self._slowest(reader)
        had = len(reader.chunks)
        while reader.first < slowest:
            reader.chunks.popleft()
            reader.first += 1
        if had >= _AHEAD > len(reader.chunks):
            reader.room.notify_all()

    def _merge(self, reader: Reader) -> None:
        """Both at the end of the topic: the subscribers of one go on with the other."""
        for other in self._readers:
            if (
                other is not reader
                and other.topic == reader.topic
                and other.patience == reader.patience
                and other.error is None
                and other.position == reader.position
            ):
                for subscription in reader.subscribers:
                    subscription.reader, subscription.cursor = other, other.next
                    other.subscribers.add(subscription)
                reader.subscribers.clear()
                self._drop(reader)
                return

    def _drop(self, reader: Reader) -> None:
        reader.stop()
        if reader in self._readers:
            self._readers.remove(reader)
        reader.room.notify_all()
