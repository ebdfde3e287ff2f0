"""The results of a query on their way to its sink."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.codec import Codec
from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.kafka import Kafka
from clickstream_embedded.ksqldb.metastore import Source
from clickstream_embedded.ksqldb.nodes import Batch
from clickstream_embedded.ksqldb.outbox import Message, Outbox, pack, unsent
from clickstream_embedded.ksqldb.statestore import Offsets, StateStore
from clickstream_embedded.ksqldb.stores import Store

log = logging.getLogger("ksqldb")


class Results:
    """Encodes results, keeps them with the state that they belong to, and sends them. For the query's thread only."""

    def __init__(
        self, query_id: str, sink: Source, kafka: Kafka, store: StateStore, on_error: Callable[[str], None],
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
        self._waiting: list[Message] = []
        self._outbox: Outbox | None = None
        self._undelivered: list[str] = []

    def add(self, batch: Batch) -> None:
        """Results to be written with the next commit."""
        if self._sink.read_only:
            return
        try:
            self._waiting += self._codec.messages(batch)
        except (SerializationError, ValueError):
            for record in batch:  # one of them cannot be written: the others still are
                try:
                    self._waiting += self._codec.messages([record])
                except (SerializationError, ValueError) as error:
                    self._on_error(f"a result was not written: {error}")

    def commit(self, consumer: Any, stores: list[Store], offsets: Offsets) -> None:
        """Keeps state, offsets and results together, then sends the results. Raises KafkaException, OSError."""
        outbox = pack(self._kafka, consumer, self._sink.topic, self._sink.partitions, self._waiting)
        self._store.commit(self._query_id, stores, offsets, outbox)
        self._waiting = []
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

    def _send(self, topic: str, messages: list[Message]) -> None:
        """Writes messages and waits until all are acknowledged. Raises OSError where one is refused."""
        producer, delivered = self._kafka.producer, self._delivered
        produce = producer.produce
        for key, value, stamp in messages:
            while True:
                try:
                    produce(topic, value, key, on_delivery=delivered, timestamp=stamp)
                    break
                except BufferError:
                    producer.poll(0.1)
        while producer.flush(5) and not self._stopping():
            log.warning("query %s waits for the broker to take its results", self._query_id)
        self.produced += len(messages)
        if self._undelivered:
            message, self._undelivered = self._undelivered[0], []
            raise OSError(f"results could not be written to {topic}: {message}")

    def _all_sent(self) -> None:
        self._outbox = None
        if not self._stopping():
            self._store.sent(self._query_id)

    def _delivered(self, error: Any, _: Any) -> None:
        if error is not None:
            self._undelivered.append(str(error))
