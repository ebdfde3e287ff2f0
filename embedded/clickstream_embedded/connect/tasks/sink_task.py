"""A sink task: records of the broker through converters and transforms to a sink, and offsets of those that arrived.

What waits for a slow or absent sink is bounded: the client fetches little ahead, and while the sink has no room, or has not
acknowledged for a while what it took, the partitions are paused and the consumer polled, so that it stays in its group.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from clickstream_embedded.connect.config.overrides import client_settings
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.java_regex import compiled
from clickstream_embedded.connect.tasks.conversion import Conversion
from clickstream_embedded.connect.tasks.kafka_errors import java_error, kafka_log
from clickstream_embedded.connect.tasks.sink_record import SinkRecord, SinkWriter
from clickstream_embedded.connect.tasks.tolerance import Tolerance
from clickstream_embedded.connect.transforms.record import names
from clickstream_embedded.connect.worker.sink_offsets import group_of
from clickstream_embedded.kafka_clients import PATIENT
from clickstream_embedded.memory import give_back

log = logging.getLogger("connect")
_T = TypeVar("_T")
_POLL = 0.5  # seconds that a poll waits for records
_PATIENCE = 5.0  # seconds that a sink may take for a batch before the partitions are paused
_UNDER_WAY = 2  # polls whose records a sink may have and not have acknowledged, where it does not gather for more
_LOOK = 5.0  # seconds between two looks for topics that a regular expression matches
_LIMIT = 10.0  # seconds for the broker to list its topics
# a batch is taken every half second, so the broker may keep a few records back for as long
_BOUNDS = {"fetch.min.bytes": 65_536, "fetch.wait.max.ms": 500, "queued.max.messages.kbytes": 1024,
           "queued.min.messages": 500, "fetch.message.max.bytes": 524_288}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Given:
    """A batch that the sink took: what is done once it has arrived, how many records it has, where its partitions go
    on then, and when it was given.
    """

    arrived: asyncio.Future[None]
    records: int
    ends: Mapping[tuple[str, int], int]
    since: float


class SinkTask:
    """Moves records of topics to a sink.

    Args:
        name: the connector's.
        config: the task's configuration.
        bootstrap: address of the broker.
        writer: the sink.
        tolerance: what happens to records that fail.
        read: told each topic that a record came from.
    """

    def __init__(
        self, name: str, config: Mapping[str, str], bootstrap: str, writer: SinkWriter, tolerance: Tolerance,
        read: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._name, self._config, self._writer, self._tolerance, self._read = name, config, writer, tolerance, read
        self._conversion = Conversion(config, tolerance)
        makes = config.get("consumer.override.allow.auto.create.topics", "true").strip().lower()
        self._makes_topics = makes == "true" and "topics.regex" not in config
        self._most = int(config.get("consumer.override.max.poll.records", "500"))
        self._held: list[Any] = []
        self._listed: list[str] = []  # topics that are subscribed to
        self._look_again = 0.0
        self._fresh: list[TopicPartition] = []  # assigned, and not named by a commit yet
        self._blocked = False
        self._lost = False  # partitions were revoked while a batch was in hand
        self._given: deque[_Given] = deque()
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, **PATIENT, "group.id": group_of(name, config), "enable.auto.commit": False,
             "auto.offset.reset": "earliest", "allow.auto.create.topics": True, "session.timeout.ms": 10_000,
             "topic.metadata.refresh.interval.ms": 5_000, "partition.assignment.strategy": "range,roundrobin",
             **_BOUNDS, **client_settings("consumer.override.", config)},
            logger=kafka_log,
        )  # fmt: skip

    async def run(self) -> None:
        """Until cancelled. Raises JavaError where a record, the sink or the broker fails."""
        try:
            await self._tolerance.start()
            await self._writer.start()
            while True:
                await self._subscribe()
                messages = await self._poll()
                if self._lost:  # whoever has the partitions now reads from what was committed
                    self._given.clear()
                if messages:
                    await self._deliver(messages)
                await self._settle()
        finally:
            await asyncio.shield(self._end())

    async def _subscribe(self) -> None:
        """Subscribes to the topics; those of a regular expression are looked for again now and then."""
        now = asyncio.get_running_loop().time()
        if now < self._look_again:
            return
        listed = sorted({each for each in names(self._config.get("topics")) if each})
        if listed:
            self._look_again = math.inf
        else:
            self._look_again = now + _LOOK
            pattern = compiled(self._config["topics.regex"].strip())
            try:
                there = await asyncio.to_thread(self._consumer.list_topics, timeout=_LIMIT)
            except KafkaException as error:  # the broker is away: the next look finds them
                log.warning("%s cannot list topics: %s", self._name, error)
                return
            listed = sorted(each for each in there.topics if pattern.fullmatch(each))
        if listed and listed != self._listed:
            self._listed = listed
            await asyncio.to_thread(self._consumer.subscribe, listed, on_assign=self._assigned, on_revoke=self._revoked)
            if self._makes_topics:
                await asyncio.to_thread(self._ask_for, listed)

    def _ask_for(self, topics: list[str]) -> None:
        """Has the broker make topics that are not there: librdkafka joins a group without asking for that."""
        for topic in topics:
            try:
                self._consumer.list_topics(topic, timeout=_LIMIT)
            except KafkaException as error:  # the broker is away: what joins the group later asks again
                log.warning("%s cannot ask for topic %s: %s", self._name, topic, error)

    async def _end(self) -> None:
        self._conversion.stop()
        await self._writer.close()
        if not self._lost:
            try:
                await self._commit_arrived()
            except JavaError as error:  # the records come again
                log.warning("%s could not commit its offsets: %s", self._name, error.line)
        await self._tolerance.close()
        await asyncio.to_thread(self._consumer.close)
        give_back()

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._fresh = list(places)
        if self._blocked:
            consumer.assign(places)
            consumer.pause(places)

    def _revoked(self, _: Consumer, places: list[TopicPartition]) -> None:
        gone = {(each.topic, each.partition) for each in places}
        self._held = [each for each in self._held if (each.topic(), each.partition()) not in gone]
        self._lost = True

    async def _poll(self) -> list[Any]:
        held, self._held = self._held, []
        if held:
            return held
        if not self._listed:
            await asyncio.sleep(_POLL)
            return []
        found = await asyncio.to_thread(self._consumer.consume, self._most, _POLL)
        return self._good(found)

    @staticmethod
    def _good(messages: list[Any]) -> list[Any]:
        for each in messages:
            error = each.error()
            if error is not None and error.code() in (
                KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED,
            ):  # fmt: skip
                cause = java_error(error)
                raise JavaError(cause.message, cause.java_class)
        return [each for each in messages if each.error() is None]

    async def _deliver(self, messages: list[Any]) -> None:
        """A batch into the sink, and then its offsets to the broker."""
        self._lost = False
        for topic in {each.topic() for each in messages}:
            self._read(topic)
        if self._conversion.asks:
            records = await self._wait(asyncio.ensure_future(asyncio.to_thread(self._converted, messages)), _PATIENCE)
        else:
            records = self._converted(messages)
        putting = asyncio.ensure_future(self._writer.put(records))
        try:
            arrived = await self._wait(putting, _PATIENCE)
        except JavaError as error:
            raise _unrecoverable(error) from None
        except asyncio.CancelledError:
            putting.cancel()
            await asyncio.gather(putting, return_exceptions=True)
            raise
        if not self._lost:
            ends = {(each.topic(), each.partition()): each.offset() + 1 for each in messages}
            self._given.append(_Given(arrived, len(messages), ends, asyncio.get_running_loop().time()))

    def _converted(self, messages: list[Any]) -> list[SinkRecord]:
        made = ((self._conversion.of_message(each), each) for each in messages)
        return [SinkRecord(record, message) for record, message in made if record is not None]

    async def _settle(self) -> None:
        """Commits what has arrived; waits for what should have long ago, and where there is enough under way.

        Raises JavaError for what cannot arrive.
        """
        if not self._given:
            return
        oldest = self._given[0]
        # a sink that catches up would hold all that it may hold, a hundred megabytes for seven of them
        is_full = sum(each.records for each in self._given) >= max(_UNDER_WAY * self._most, self._writer.gathers)
        is_late = asyncio.get_running_loop().time() - oldest.since > _PATIENCE
        if not oldest.arrived.done() and (is_full or is_late):
            with contextlib.suppress(JavaError):  # told below
                await self._wait(oldest.arrived, 0 if is_late else _PATIENCE)
        for each in self._given:
            error = each.arrived.exception() if each.arrived.done() else None
            if isinstance(error, JavaError):
                raise _unrecoverable(error) from None
        if self._lost:
            self._given.clear()
        await self._commit_arrived()

    async def _commit_arrived(self) -> None:
        ends: dict[tuple[str, int], int] = {}
        while self._given and self._given[0].arrived.done() and self._given[0].arrived.exception() is None:
            ends |= self._given.popleft().ends
        if ends:
            try:
                await self._tolerance.flush()
            except JavaError as error:
                raise _unrecoverable(error) from None
            await self._commit(ends)

    async def _wait(self, writing: asyncio.Future[_T], patience: float) -> _T:
        """What comes of it; after a while the partitions are paused. Raises JavaError."""
        done, _ = await asyncio.wait({writing}, timeout=patience)
        if not done:
            self._blocked = True
            await asyncio.to_thread(lambda: self._consumer.pause(self._consumer.assignment()))
            while not done:
                # paused, so nothing comes; the poll keeps the member in its group
                self._held += self._good(await asyncio.to_thread(self._consumer.consume, 1, 0.2))
                done, _ = await asyncio.wait({writing}, timeout=1.0)
            self._blocked = False
            await asyncio.to_thread(lambda: self._consumer.resume(self._consumer.assignment()))
            give_back()
        return writing.result()

    def _starts(self, seen: Mapping[tuple[str, int], int]) -> list[TopicPartition]:
        """Where partitions begin that nothing came from since they were assigned: a commit of Java's names those, too.

        Args:
            seen: the partitions that something came from.
        """
        fresh, self._fresh = self._fresh, []
        left = [place for place in fresh if (place.topic, place.partition) not in seen]
        if not left or self._config.get("consumer.override.auto.offset.reset", "earliest").strip() != "earliest":
            return []  # at the latest, a record may have come that is not here yet
        found: list[TopicPartition] = []
        for place in self._consumer.committed(left, timeout=_LIMIT):
            if place.offset < 0:
                low, _ = self._consumer.get_watermark_offsets(place, timeout=_LIMIT)
                found.append(TopicPartition(place.topic, place.partition, low))
        return found

    async def _commit(self, ends: Mapping[tuple[str, int], int]) -> None:
        places = [TopicPartition(topic, partition, offset) for (topic, partition), offset in ends.items()]
        try:
            places += await asyncio.to_thread(self._starts, ends)
            await asyncio.to_thread(self._consumer.commit, offsets=places, asynchronous=False)
        except KafkaException as error:  # the records come again after a rebalance: at least once
            log.warning("%s could not commit its offsets: %s", self._name, error)


def _unrecoverable(error: JavaError) -> JavaError:
    return JavaError("Exiting WorkerSinkTask due to unrecoverable exception.", cause=error)
