"""Kafka by confluent-kafka: topics, and one owned thread a tail."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType  # pyright: ignore[reportPrivateImportUsage]

from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.decode import decode
from clickstream_pipeline.errors import Refused, Unreachable
from clickstream_pipeline.model import Record, Topic

# librdkafka writes to stderr by itself, which would corrupt the screen: its lines go to this logger instead
log = logging.getLogger("clickstream.kafka")
log.addHandler(logging.NullHandler())
log.propagate = False
_TIMEOUT = 5.0
_COUNTED = 500  # partitions; a cluster with more is not asked for its offsets at every look
_GATHER = 0.05  # seconds between two batches of a tail


class KafkaClient:
    """One cluster. Blocking calls run in threads."""

    def __init__(self, bootstrap: str, access: Credentials | None = None) -> None:
        self.bootstrap = bootstrap
        self._security = {} if access is None else access.kafka_options()
        self._last_error: KafkaError | None = None
        self._admin_client: AdminClient | None = None

    def _options(self, **more: Any) -> dict[str, Any]:
        """What every client of this cluster is made with; `more` has `_` in place of `.`."""
        named = {name.replace("_", "."): value for name, value in more.items()}
        return {"bootstrap.servers": self.bootstrap, "error_cb": self._noticed, **self._security, **named}

    def _noticed(self, error: KafkaError) -> None:
        """librdkafka tells why it cannot connect only here."""
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
            self._last_error = error

    @property
    def _admin(self) -> AdminClient:
        if self._admin_client is None:
            self._admin_client = AdminClient(self._options(reconnect_backoff_max_ms=1000), logger=log)
        return self._admin_client

    def explain(self, error: KafkaException) -> Exception:
        inner: Any = error.args[0]
        if self._admin_client is not None:
            self._admin_client.poll(0)  # lets it tell what it noticed
        if self._last_error is not None:
            noticed, self._last_error = self._last_error, None
            what = (
                "did not accept the credentials" if noticed.code() == KafkaError._AUTHENTICATION else "is not trusted"
            )
            return Refused(f"Kafka at {self.bootstrap} {what}: {_reason(noticed)}",
                           hint="Check username, password, mechanism and certificates in the settings")  # fmt: skip
        if inner.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT):
            return Unreachable(
                f"Kafka does not answer at {self.bootstrap}",
                hint="Start it with: clickstream-tui up --through services",
            )
        return Refused(f"Kafka at {self.bootstrap} refused: {inner.str()}")

    async def topics(self) -> tuple[Topic, ...]:
        """All topics, with the records that each holds. Raises Unreachable."""

        def ask() -> tuple[Topic, ...]:
            try:
                found = self._admin.list_topics(timeout=_TIMEOUT).topics
                counts = self._count(
                    [TopicPartition(name, n) for name, topic in found.items() for n in topic.partitions]
                )
            except KafkaException as error:
                raise self.explain(error) from error
            return tuple(Topic(name, len(topic.partitions), counts.get(name)) for name, topic in sorted(found.items()))

        return await asyncio.to_thread(ask)

    def _count(self, partitions: list[TopicPartition]) -> dict[str, int]:
        """Offsets between the first and the next of each topic, where all its partitions answered.

        A compacted topic holds fewer records than that. Raises KafkaException.
        """
        if len(partitions) > _COUNTED:
            return {}
        counts: dict[str, int] = {}
        unknown: set[str] = set()
        for place, ends in self._offsets(partitions).items():
            try:
                first, following = ends()
            except KafkaException:  # deleted since it was listed, or without a leader
                unknown.add(place.topic)
            else:
                counts[place.topic] = counts.get(place.topic, 0) + max(following - first, 0)
        return {name: count for name, count in counts.items() if name not in unknown}

    def _offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, Callable[[], tuple[int, int]]]:
        """Asks for the first and the next offset of all partitions in two requests. Each answer is a call that waits
        for its own; it raises KafkaException where that partition has none."""
        if not partitions:
            return {}

        def ask(spec: Any) -> dict[TopicPartition, Any]:
            asked: dict[TopicPartition, Any] = dict.fromkeys(partitions, spec)
            return self._admin.list_offsets(asked, request_timeout=_TIMEOUT)

        firsts, nexts = ask(OffsetSpec.earliest()), ask(OffsetSpec.latest())

        def ends(place: TopicPartition) -> tuple[int, int]:
            return firsts[place].result(_TIMEOUT).offset, nexts[place].result(_TIMEOUT).offset

        return {place: partial(ends, place) for place in partitions}

    async def create_topic(self, name: str, partitions: int, config: dict[str, str]) -> None:
        await self._admin_call(lambda: self._admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name])

    async def delete_topic(self, name: str) -> None:
        await self._admin_call(lambda: self._admin.delete_topics([name])[name])

    async def describe_topic(self, name: str) -> dict[str, Any]:
        """Partitions with their offsets, and the configuration. Raises Refused where there is no such topic."""

        def ask() -> dict[str, Any]:
            try:
                metadata = self._admin.list_topics(timeout=_TIMEOUT).topics
                if name not in metadata:
                    raise self.no_topic(name)
                resource = ConfigResource(ResourceType.TOPIC, name)
                entries = self._admin.describe_configs([resource])[resource].result(_TIMEOUT)
                places = [TopicPartition(name, number) for number in sorted(metadata[name].partitions)]
                offsets = [ends() for ends in self._offsets(places).values()]
            except KafkaException as error:
                raise self.explain(error) from error
            partitions = [{"partition": n, "first": low, "next": high} for n, (low, high) in enumerate(offsets)]
            return {"name": name, "partitions": partitions, "config": {k: e.value for k, e in sorted(entries.items())}}

        return await asyncio.to_thread(ask)

    async def _admin_call(self, call: Callable[[], Any]) -> None:
        def run() -> None:
            try:
                call().result(_TIMEOUT)
            except KafkaException as error:
                raise self.explain(error) from error

        await asyncio.to_thread(run)

    def consumer(self, group: str) -> Consumer:
        return Consumer(
            self._options(group_id=group, enable_auto_commit=False, fetch_wait_max_ms=100,
                          queued_max_messages_kbytes=16_384, reconnect_backoff_max_ms=1000), logger=log,
        )  # fmt: skip

    async def produce(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Writes one record and waits until it is acknowledged."""

        def run() -> None:
            failures: list[Any] = []
            producer = Producer(self._options(message_timeout_ms=5000), logger=log)
            producer.produce(topic, value, key, on_delivery=lambda error, _: failures.append(error))
            producer.flush(6)
            if not failures or failures[0] is not None:
                raise Unreachable(
                    f"The record could not be written to '{topic}' at {self.bootstrap}: {failures or 'no answer'}"
                )

        await asyncio.to_thread(run)

    async def read(self, topic: str, start: str, count: int) -> list[Record]:
        """At most `count` records from `start` (as for `tail`) to where the topic ends now, in order of time.

        Raises Refused where there is no such topic, Unreachable.
        """
        return await asyncio.to_thread(self._read, topic, start, count)

    def _read(self, topic: str, start: str, count: int) -> list[Record]:
        consumer = self.consumer("clickstream-tui-read")
        try:
            known = consumer.list_topics(timeout=_TIMEOUT).topics
            if topic not in known:
                raise self.no_topic(topic)
            found = [_place(consumer, topic, number, start) for number in known[topic].partitions]
            consumer.assign([place for place, _ in found])
            ends = {place.partition: end for place, end in found if place.offset < end}
            messages: list[Any] = []
            deadline = time.monotonic() + _TIMEOUT
            while ends and len(messages) < count and time.monotonic() < deadline:
                new: list[Any] = consumer.consume(min(count, 500), 0.2)
                messages += [m for m in new if m.error() is None and m.offset() < ends.get(m.partition(), 0)]
                reached = consumer.position([TopicPartition(topic, number) for number in ends])
                ends = {
                    place.partition: ends[place.partition] for place in reached if place.offset < ends[place.partition]
                }
        except KafkaException as error:
            raise self.explain(error) from error
        finally:
            consumer.close()
        return sorted(map(decode, messages), key=lambda record: record.timestamp)[:count]

    def no_topic(self, name: str) -> Refused:
        """What is raised where there is no topic of that name."""
        return Refused(f"There is no topic '{name}' at {self.bootstrap}", hint="List them: clickstream-tui topics")

    def tail(
        self, topic: str, start: str, deliver: Callable[[list[Record]], None], failed: Callable[[str], None]
    ) -> Tail:
        """Follows a topic from `beginning`, `end`, `-N` (the last N records) or a timestamp in ms."""
        return Tail(self, topic, start, lambda messages: deliver([decode(message) for message in messages]), failed)

    def raw_tail(
        self, topic: str, start: str, deliver: Callable[[list[Any]], None], failed: Callable[[str], None]
    ) -> Tail:
        """As `tail`, but hands over the messages as they came: for who decodes only what it shows."""
        return Tail(self, topic, start, deliver, failed)


def _reason(error: KafkaError) -> str:
    """The cause in librdkafka's words, without its own names and addresses before it."""
    return error.str().split("]: ")[-1].split(": ", 1)[-1][:300]


class Tail:
    """A thread that reads one topic and hands over batches of messages; it owns its consumer."""

    def __init__(
        self, client: KafkaClient, topic: str, start: str, deliver: Callable[[list[Any]], None], failed: Callable[[str], None]
    ) -> None:  # fmt: skip
        self._client = client
        self._topic = topic
        self._start = start
        self._deliver = deliver
        self._failed = failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"tail-{topic}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread without waiting for it."""
        self._stop.set()

    def join(self, timeout: float = 5.0) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        consumer = self._client.consumer("clickstream-tui-tail")
        try:
            if not self._assign(consumer):
                return
            while not self._stop.is_set():
                messages = consumer.consume(1, 0.1)  # waits for the first only
                if messages:
                    messages += consumer.consume(5000, 0)
                    self._stop.wait(_GATHER)  # many wake-ups for a few records each cost more than the records
                good = [message for message in messages if message.error() is None]
                if good:
                    self._deliver(good)
                for message in messages:
                    if message.error() is not None:
                        self._failed(f"Kafka at {self._client.bootstrap}: {message.error()}")
        except KafkaException as error:
            self._failed(str(self._client.explain(error)))
        finally:
            consumer.close()

    def _assign(self, consumer: Consumer) -> bool:
        """Waits for the topic, then seeks."""
        while not self._stop.is_set():
            try:
                topics = consumer.list_topics(timeout=2).topics
            except KafkaException as error:
                self._failed(str(self._client.explain(error)))
                self._stop.wait(1.0)
                continue
            if self._topic in topics and topics[self._topic].partitions:
                numbers = topics[self._topic].partitions
                places = [_place(consumer, self._topic, number, self._start)[0] for number in numbers]
                consumer.assign(places)
                return True
            self._failed(f"There is no topic '{self._topic}' yet; waiting for it")
            self._stop.wait(0.5)
        return False


def _place(consumer: Consumer, topic: str, partition: int, start: str) -> tuple[TopicPartition, int]:
    """(where to begin in a partition, where it ends now). Raises KafkaException."""
    place = TopicPartition(topic, partition)
    low, high = consumer.get_watermark_offsets(place, timeout=_TIMEOUT)
    if start == "beginning":
        place.offset = low
    elif start == "end":
        place.offset = high
    elif start.startswith("-"):
        place.offset = max(low, high + int(start))
    else:
        place.offset = int(start)
        found = consumer.offsets_for_times([place], timeout=_TIMEOUT)[0].offset
        place.offset = high if found < 0 else found
    return place, high


__all__ = ["KafkaClient", "Tail"]
