"""A source task: its records through transforms and converters to the broker, and the offsets of those that arrived."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from clickstream_embedded.connect.config.overrides import client_settings
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.tasks.conversion import Conversion
from clickstream_embedded.connect.tasks.kafka_errors import LARGEST, java_error, kafka_log
from clickstream_embedded.connect.tasks.source_record import Offset, Partition, Source, SourceRecord
from clickstream_embedded.connect.tasks.tolerance import Tolerance
from clickstream_embedded.connect.tasks.topic_creation import TopicCreation
from clickstream_embedded.kafka_clients import PATIENT

log = logging.getLogger("connect")
_WAITING = 10_000  # records on their way to the broker at most
_LINGER = 30  # ms that a record waits for others: at 66 a second two or three go in one request
_SETTLE = 0.5  # seconds between two looks at what has arrived
_FULL = 0.1  # seconds between two looks whether there is room


@dataclass(slots=True)
class _Sent:
    """A record on its way; its offset counts once it and all before it have arrived."""

    partition: Partition
    offset: Offset
    arrived: bool = False


class SourceTask:
    """Moves what a source gives to the broker.

    Args:
        name: the connector's.
        config: the task's configuration.
        bootstrap: address of the broker.
        source: where records come from.
        tolerance: what happens to records that fail.
        moved: told the partition and offset that a restart goes on from.
        wrote: told each topic that a record went to.
    """

    def __init__(
        self, name: str, config: Mapping[str, str], bootstrap: str, source: Source, tolerance: Tolerance,
        moved: Callable[[Partition, Offset], None], wrote: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._name, self._source, self._tolerance = name, source, tolerance
        self._moved, self._wrote = moved, wrote
        self._conversion = Conversion(config, tolerance)
        self._topics = TopicCreation(config, bootstrap)
        self._sent: deque[_Sent] = deque()
        self._reached: set[str] = set()
        self._refused: JavaError | None = None
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, **PATIENT, "linger.ms": _LINGER, "enable.idempotence": True,
             "queue.buffering.max.messages": _WAITING, "queue.buffering.max.kbytes": 8192,
             "delivery.timeout.ms": 2_147_483_647, "message.max.bytes": LARGEST, **client_settings("producer.override.", config)},
            logger=kafka_log,
        )  # fmt: skip

    async def run(self) -> None:
        """Until cancelled. Raises JavaError where the source or a record fails."""
        await self._tolerance.start()
        # what was sent is acknowledged while the source has nothing further, too
        parts = {asyncio.ensure_future(self._move()), asyncio.ensure_future(self._settle_often())}
        try:
            done, left = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for each in (*done, *left):  # the source may end without a word, the other goes on
                await each
        finally:
            for each in parts:
                each.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            await asyncio.shield(self._end())

    async def _move(self) -> None:
        sent = 0
        async for each in self._source.records():
            await self._send(each)
            sent += 1
            if sent % 100 == 0:
                await asyncio.sleep(0)

    async def _settle_often(self) -> None:
        while True:
            await asyncio.sleep(_SETTLE)
            self._settle()

    async def _end(self) -> None:
        self._conversion.stop()
        await asyncio.to_thread(self._producer.flush, 5)
        self._settle(quiet=True)
        await self._tolerance.close()

    async def _send(self, given: SourceRecord) -> None:
        sent = _Sent(given.partition, given.offset)
        if self._conversion.asks:
            made = await asyncio.to_thread(self._conversion.of_source, given.record)
        else:
            made = self._conversion.of_source(given.record)
        self._sent.append(sent)
        if made is None:
            sent.arrived = True
            return
        record = made.record
        await self._topics.ensure(record.topic)

        def told(error: KafkaError | None, message: Any) -> None:
            sent.arrived = True
            if error is None:
                self._reached.add(message.topic())
            else:
                refused(error, message.topic())

        def refused(error: KafkaError | KafkaException, topic: str) -> None:
            if not self._tolerance.tolerates:
                what = f"Unrecoverable exception from producer send callback for the topic {topic}"
                self._refused = JavaError(what, cause=java_error(error))

        headers: list[tuple[str, str | bytes | None]] = [*made.headers]
        extra: dict[str, Any] = {} if record.timestamp is None else {"timestamp": record.timestamp}
        if record.partition is not None:
            extra["partition"] = record.partition
        while True:
            try:
                self._producer.produce(record.topic, made.value, made.key, headers=headers, on_delivery=told, **extra)
                break
            except KafkaException as error:  # what is too large never leaves the client
                sent.arrived = True
                refused(error, record.topic)
                break
            except BufferError:  # the broker is away: wait for room rather than drop records
                self._settle()
                await asyncio.sleep(_FULL)
        self._settle()

    def _settle(self, *, quiet: bool = False) -> None:
        """Counts what has arrived. Raises JavaError for what was refused."""
        self._producer.poll(0)
        while self._reached:  # the callback may have been called in another thread, which knows no loop
            self._wrote(self._reached.pop())
        while self._sent and self._sent[0].arrived and self._refused is None:
            done = self._sent.popleft()
            self._moved(done.partition, done.offset)
        if self._refused is not None and not quiet:
            raise self._refused
