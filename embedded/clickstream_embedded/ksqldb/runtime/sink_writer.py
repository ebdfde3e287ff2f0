"""The results of a query on their way to its sink."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from itertools import repeat
from operator import length_hint
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.operators.operator import Batch
from clickstream_embedded.ksqldb.operators.state_store import StateStore
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore, Offsets
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.outbox import Messages, Outbox, pack, unsent
from clickstream_embedded.schemas.client import RegistryAway

log = logging.getLogger("ksqldb")


class SinkWriter:
    """Encodes results, keeps them with the state that they belong to, and sends them. For the query's thread only."""

    def __init__(
        self, query_id: str, sink: DataSource, kafka: Kafka, store: CheckpointStore, on_error: Callable[[str], None],
        stopping: Callable[[], bool],
    ) -> None:  # fmt: skip
        self.produced = 0
        self._query_id = query_id
        self._sink = sink
        self._kafka = kafka
        self._store = store
        self._on_error = on_error
        self._stopping = stopping
        self._codec = Codec(sink)
        self._waiting = Messages()
        self._unencoded: Batch = []  # results that wait for a Schema Registry
        self._outbox: Outbox | None = None
        self._undelivered: list[str] = []

    def add(self, batch: Batch) -> None:
        """Results to be written with the next commit. Raises RegistryAway; then they are encoded with the next ones."""
        if self._sink.read_only:
            return
        if self._unencoded:
            batch, self._unencoded = [*self._unencoded, *batch], []
        try:
            self._encode(batch)
        except RegistryAway:
            self._unencoded = batch
            raise

    def _encode(self, batch: Batch) -> None:
        try:
            self._waiting.extend(self._codec.messages(batch))
        except (SerializationError, ValueError):
            for record in batch:  # one of them cannot be written: the others still are
                try:
                    self._waiting.extend(self._codec.messages([record]))
                except (SerializationError, ValueError) as error:
                    self._on_error(f"a result was not written: {error}")

    def commit(self, consumer: Any, stores: list[StateStore], offsets: Offsets) -> None:
        """Keeps state, offsets and results together, then sends the results. Raises KafkaException, OSError."""
        outbox = pack(self._kafka, consumer, self._sink.topic, self._sink.partitions, self._waiting)
        self._store.commit(self._query_id, stores, offsets, outbox)
        self._waiting = Messages()
        if outbox is not None:
            self._outbox = outbox
            self._send(outbox.topic, outbox.messages)
            self._all_sent()

    def resend(self) -> None:
        """Sends what the last commit was to send and the topic does not hold. Raises KafkaException, OSError."""
        outbox = self._outbox or self._store.outbox(self._query_id)
        if outbox is not None:
            self._send(outbox.topic, unsent(self._kafka, outbox, self._stopping))
            self._all_sent()

    def _send(self, topic: str, messages: Messages) -> None:
        """Writes messages and waits until all are acknowledged. Raises OSError where one is refused."""
        producer, place = self._kafka.producer, 0
        while place < len(messages):
            place += self._produce(topic, messages.since(place) if place else messages)
        while producer.flush(5) and not self._stopping():
            log.warning("query %s waits for the broker to take its results", self._query_id)
        self.produced += len(messages)
        if self._undelivered:
            message, self._undelivered = self._undelivered[0], []
            raise OSError(f"results could not be written to {topic}: {message}")

    def _produce(self, topic: str, messages: Messages) -> int:
        """Hands messages to the producer until it has no room; gives how many of them are done with."""
        # the partition of a single one need not be told from each key, and a loop within the interpreter's C is
        # twice as fast as one of its own
        partition = 0 if self._sink.partitions == 1 else -1
        keys, told = iter(messages.keys), repeat(self._delivered)
        calls = map(
            self._kafka.producer.produce, repeat(topic), messages.values, keys, repeat(partition), told, told,
            messages.stamps,
        )  # fmt: skip
        try:
            deque(calls, maxlen=0)
        except BufferError:
            self._kafka.producer.poll(0.1)
            return len(messages) - length_hint(keys) - 1
        except KafkaException as error:
            if error.args[0].code() != KafkaError.MSG_SIZE_TOO_LARGE:
                raise
            self._on_error(f"a result was not written: {error.args[0].str()}")  # it never can be; the others are
            return len(messages) - length_hint(keys)
        return len(messages)

    def _all_sent(self) -> None:
        self._outbox = None
        if not self._stopping():
            self._store.sent(self._query_id)

    def _delivered(self, error: Any, _: Any) -> None:
        if error is not None:
            self._undelivered.append(str(error))
