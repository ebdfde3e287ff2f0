"""Kafka by confluent-kafka: topics, and one owned thread a tail."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource, NewTopic, ResourceType  # pyright: ignore[reportPrivateImportUsage]

from clickstream_pipeline import words
from clickstream_pipeline.clients import kafka_topics as topic_admin
from clickstream_pipeline.clients.admin_answers import answered
from clickstream_pipeline.clients.group_process import GroupProcess
from clickstream_pipeline.clients.kafka_groups import ResetTo
from clickstream_pipeline.clients.kafka_offsets import Ends, ends_by_partition, known_ends
from clickstream_pipeline.clients.kafka_tail import Tail, place_in
from clickstream_pipeline.clients.log_dirs import TopicSizes, topic_sizes
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.decode import decode
from clickstream_pipeline.errors import Refused, Unreachable
from clickstream_pipeline.model import ConsumerGroup, OffsetChange, Record, Topic

# librdkafka writes to stderr by itself, which would corrupt the screen: its lines go to this logger instead
log = logging.getLogger("clickstream.kafka")
log.addHandler(logging.NullHandler())
log.propagate = False
Found = TypeVar("Found")
_TIMEOUT = 5.0
_LOOK = 3.0  # seconds that a look at the cluster waits: a dead one is told in time
# while a cluster is away librdkafka ends and begins a thread at each try to reach it (KIP-899), as a rule ten times a second
_PATIENT = {"reconnect.backoff.ms": 500, "reconnect.backoff.max.ms": 1000}
_SCANNED = 2_000_000  # records; a topic with more is not read as a whole


class KafkaClient:
    """One cluster. Blocking calls run in threads."""

    def __init__(self, bootstrap: str, access: Credentials | None = None) -> None:
        self.bootstrap = bootstrap
        self.hint = words.EMBEDDED.start
        self._access = access
        self._security = {} if access is None else access.kafka_options()
        self._last_error: KafkaError | None = None
        self._cause: KafkaError | None = None
        self._admin_client: AdminClient | None = None
        self._ends: Ends = {}
        self._groups = GroupProcess({"bootstrap.servers": bootstrap, **_PATIENT, **self._security})

    async def close(self) -> None:
        """Ends the process that asks about groups."""
        await asyncio.to_thread(self._groups.close)

    def _options(self, **more: Any) -> dict[str, Any]:
        """What every client of this cluster is made with; `more` has `_` in place of `.`."""
        named = {name.replace("_", "."): value for name, value in more.items()}
        own = {"bootstrap.servers": self.bootstrap, "error_cb": self._noticed}
        return {**own, **_PATIENT, **self._security, **named}

    def _noticed(self, error: KafkaError) -> None:
        """librdkafka tells why it cannot connect only here."""
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
            self._last_error = error
        elif error.code() in (KafkaError._TRANSPORT, KafkaError._BAD_MSG):
            self._cause = error

    @property
    def _admin(self) -> AdminClient:
        if self._admin_client is None:
            self._admin_client = AdminClient(self._options(), logger=log)
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
            return self._silent()
        return Refused(f"Kafka at {self.bootstrap} refused: {inner.str()}")

    def _silent(self) -> Unreachable:
        """That nothing came, with why: librdkafka notices each attempt that fails, and none while a broker hangs."""
        cause, self._cause = self._cause, None
        if cause is None:
            return Unreachable(f"Kafka at {self.bootstrap} did not answer in time", hint=words.BUSY)
        told = ""
        if cause.code() == KafkaError._BAD_MSG:
            told = " (it answers with something that is not Kafka's protocol)"
        elif "refused" in cause.str():
            told = " (connection refused)"
        elif "resolve" in cause.str():
            told = " (the name is not known)"
        return Unreachable(f"Kafka does not answer at {self.bootstrap}{told}", hint=self.hint)

    async def version(self, timeout: float = _LOOK) -> str:
        """What can be told of the cluster: brokers do not say their version, but their number and the cluster's id."""

        def ask() -> str:
            found = self.explained(lambda: self._admin.list_topics(timeout=timeout))
            count = len(found.brokers)
            return f"{count} broker{'' if count == 1 else 's'}, cluster {found.cluster_id or 'without id'}"

        return await asyncio.to_thread(ask)

    async def topics(self, timeout: float = _LOOK) -> tuple[Topic, ...]:
        """All topics, with the records that each holds. Raises Unreachable.

        Args:
            timeout: seconds that the cluster is looked for.
        """

        def ask() -> tuple[Topic, ...]:
            try:
                found = self._admin.list_topics(timeout=timeout).topics
                places = [TopicPartition(name, n) for name, topic in found.items() for n in topic.partitions]
                self._ends = known_ends(self._admin, places)
            except KafkaException as error:
                raise self.explain(error) from error
            return tuple(
                _topic(name, list(topic.partitions.values()), self._ends) for name, topic in sorted(found.items())
            )

        return await asyncio.to_thread(ask)

    async def sizes(self) -> TopicSizes:
        """Bytes on disk of one copy of each topic, or why that cannot be told. Raises Unreachable."""
        found = await asyncio.to_thread(lambda: self.explained(lambda: self._admin.list_topics(timeout=_LOOK)))
        return await topic_sizes([(str(each.host), each.port) for each in found.brokers.values()], self._access, _LOOK)

    async def lags(self, names: Iterable[str]) -> tuple[ConsumerGroup, ...]:
        """The lag of these groups, by the offsets of the last `topics`; who is in them is not asked. Raises Unreachable."""
        return await self._asked("lags", list(names), self._ends)

    async def groups(self) -> tuple[ConsumerGroup, ...]:
        """All consumer groups with state, members and lag. Raises Unreachable."""
        return await self._asked("all_groups")

    async def preview_reset(self, group: str, topic: str, to: ResetTo) -> tuple[OffsetChange, ...]:
        """What a reset of a group's offsets in a topic would do. Raises Refused, Unreachable."""
        return await self._asked("preview", group, topic, to)

    async def preview_group_reset(self, group: str, where: str) -> tuple[OffsetChange, ...]:
        """What a reset of a group's offsets in all its topics would do. Raises Misuse, Refused, Unreachable.

        Args:
            group: its name.
            where: as `ResetTo.parse` reads it.
        """
        to = ResetTo.parse(where, time.time())
        topics: tuple[str, ...] = await self._asked("topics_of", group)
        return tuple([change for topic in topics for change in await self.preview_reset(group, topic, to)])

    async def reset_offsets(self, group: str, changes: Sequence[OffsetChange]) -> None:
        """Moves the offsets of a group that has no members. Raises Refused where it has some, Unreachable."""
        await self._asked("reset", group, list(changes))

    async def delete_group(self, group: str) -> None:
        """Deletes a group with its offsets. Raises Refused where it has members, Unreachable."""
        await self._asked("delete", group)

    async def _asked(self, question: str, *arguments: Any) -> Any:
        return await asyncio.to_thread(lambda: self.explained(lambda: self._groups.ask(question, *arguments)))

    async def set_topic_config(self, name: str, config: Mapping[str, str | None]) -> None:
        """Sets a topic's settings; None takes the broker's default again. Raises Refused, Unreachable."""
        await asyncio.to_thread(lambda: self.explained(lambda: topic_admin.configure(self._admin, name, config)))

    async def add_partitions(self, name: str, total: int) -> None:
        """Gives a topic more partitions, `total` in all. Raises Refused, Unreachable."""
        await asyncio.to_thread(lambda: self.explained(lambda: topic_admin.add_partitions(self._admin, name, total)))

    async def purge_topic(self, name: str) -> None:
        """Deletes the records that a topic holds now; the topic stays. Raises Refused, Unreachable."""

        def purge() -> None:
            numbers = self._admin.list_topics(name, timeout=_TIMEOUT).topics[name].partitions
            ends = known_ends(self._admin, [TopicPartition(name, number) for number in numbers])
            topic_admin.purge(self._admin, name, {place[1]: end for place, (_, end) in ends.items()})

        await asyncio.to_thread(lambda: self.explained(purge))

    def explained(self, call: Callable[[], Found]) -> Found:
        """The answer of a call, its failure as a sentence."""
        try:
            return call()
        except KafkaException as error:
            raise self.explain(error) from error

    async def create_topic(self, name: str, partitions: int, config: dict[str, str]) -> None:
        await self._admin_call(lambda: self._admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name])

    async def delete_topic(self, name: str) -> None:
        await self._admin_call(lambda: self._admin.delete_topics([name])[name])

    async def describe_topic(self, name: str) -> dict[str, Any]:
        """Partitions with their offsets, and the configuration; `set` names what was set for this topic.

        Raises Refused where there is no such topic.
        """

        def ask() -> dict[str, Any]:
            try:
                metadata = self._admin.list_topics(timeout=_TIMEOUT).topics
                if name not in metadata:
                    raise self.no_topic(name)
                resource = ConfigResource(ResourceType.TOPIC, name)
                entries = answered(self._admin.describe_configs([resource])[resource], _TIMEOUT)
                places = [TopicPartition(name, number) for number in sorted(metadata[name].partitions)]
                offsets = [ends() for ends in ends_by_partition(self._admin, places).values()]
            except KafkaException as error:
                raise self.explain(error) from error
            partitions = [{"partition": n, "first": low, "next": high} for n, (low, high) in enumerate(offsets)]
            own = [
                key for key, entry in sorted(entries.items()) if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
            ]
            config = {key: entry.value for key, entry in sorted(entries.items())}
            return {"name": name, "partitions": partitions, "config": config, "set": own}

        return await asyncio.to_thread(ask)

    async def _admin_call(self, call: Callable[[], Any]) -> None:
        def run() -> None:
            try:
                answered(call(), _TIMEOUT)
            except KafkaException as error:
                raise self.explain(error) from error

        await asyncio.to_thread(run)

    def consumer(self, group: str, **more: Any) -> Consumer:
        """A consumer that commits nothing; `more` are options of librdkafka with `_` in place of `.`."""
        options = {"fetch_wait_max_ms": 100, "queued_max_messages_kbytes": 16_384, **more}
        return Consumer(self._options(group_id=group, enable_auto_commit=False, **options), logger=log)

    async def produce(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = ()
    ) -> None:  # fmt: skip
        """Writes one record and waits until it is acknowledged."""

        def run() -> None:
            failures: list[Any] = []
            producer = Producer(self._options(message_timeout_ms=5000), logger=log)
            producer.produce(
                topic, value, key, headers=list(headers), on_delivery=lambda error, _: failures.append(error)
            )
            producer.flush(6)
            if not failures or failures[0] is not None:
                reason = _reason(failures[0]) if failures else "no answer within 6 s"
                raise Unreachable(f"The record could not be written to '{topic}' at {self.bootstrap}: {reason}")

        await asyncio.to_thread(run)

    async def read(self, topic: str, start: str, count: int) -> list[Record]:
        """At most `count` records from `start` (as for `tail`) to where the topic ends now, in order of time.

        Raises Refused where there is no such topic, Unreachable.
        """
        messages, _ = await asyncio.to_thread(self._read, topic, start, count, _TIMEOUT)
        return sorted(map(decode, messages), key=lambda record: record.timestamp)[:count]

    async def scan(self, topic: str, start: str, limit: float = 30.0) -> list[Record]:
        """All records from `start` to where the topic ends now, in the order of their offsets within each partition.

        Raises Refused where there is no such topic, Unreachable, also where the end was not reached within `limit` s.
        """
        messages, whole = await asyncio.to_thread(self._read, topic, start, _SCANNED, limit)
        if not whole:
            raise Unreachable(
                f"The topic {topic} at {self.bootstrap} could not be read to its end within {limit:.0f} s"
            )
        return [decode(message) for message in messages]

    def _read(self, topic: str, start: str, count: int, limit: float) -> tuple[list[Any], bool]:
        """(messages, whether the end was reached)."""
        consumer = self.consumer("clickstream-tui-read")
        try:
            known = consumer.list_topics(timeout=_TIMEOUT).topics
            if topic not in known:
                raise self.no_topic(topic)
            found = [place_in(consumer, topic, number, start) for number in known[topic].partitions]
            consumer.assign([place for place, _ in found])
            ends = {place.partition: end for place, end in found if place.offset < end}
            messages: list[Any] = []
            deadline = time.monotonic() + limit
            while ends and len(messages) < count and time.monotonic() < deadline:
                new: list[Any] = consumer.consume(min(count, 5000), 0.2)
                messages += [m for m in new if m.error() is None and m.offset() < ends.get(m.partition(), 0)]
                reached = consumer.position([TopicPartition(topic, number) for number in ends])
                ends = {
                    place.partition: ends[place.partition] for place in reached if place.offset < ends[place.partition]
                }
        except KafkaException as error:
            raise self.explain(error) from error
        finally:
            consumer.close()
        return messages, not ends

    def no_topic(self, name: str) -> Refused:
        """What is raised where there is no topic of that name."""
        return Refused(f"There is no topic '{name}' at {self.bootstrap}", hint="List them: clickstream-tui topics")

    def tail(
        self, topic: str, start: str, deliver: Callable[[list[Record]], None], failed: Callable[[str], None],
        partition: int | None = None,
    ) -> Tail:  # fmt: skip
        """Follows a topic, or one partition of it.

        Args:
            topic: its name.
            start: `beginning`, `end`, `-N` (the last N records of each partition), `@N` (offset N) or a timestamp in ms.
            deliver: gets batches of records, on the tail's thread.
            failed: gets why nothing comes, "" once it comes again.
            partition: the only one to be read, None for all.
        """
        return Tail(
            self, topic, start, lambda messages: deliver([decode(each) for each in messages]), failed, partition
        )

    def raw_tail(
        self, topic: str, start: str, deliver: Callable[[list[Any]], None], failed: Callable[[str], None],
        partition: int | None = None,
    ) -> Tail:  # fmt: skip
        """As `tail`, but hands over the messages as they came: for who decodes only what it shows."""
        return Tail(self, topic, start, deliver, failed, partition)


def _reason(error: KafkaError) -> str:
    """The cause in librdkafka's words, without its own names and addresses before it."""
    return error.str().split("]: ")[-1].split(": ", 1)[-1][:300]


def _topic(name: str, partitions: list[Any], ends: Ends) -> Topic:
    """A topic of the metadata; a compacted topic holds fewer records than its offsets say."""
    known = [ends[name, each.id] for each in partitions if (name, each.id) in ends]
    whole = bool(partitions) and len(known) == len(partitions)
    return Topic(
        name, len(partitions),
        sum(max(end - first, 0) for first, end in known) if whole else None,
        sum(end for _, end in known) if whole else None,
        replicas=max((len(each.replicas) for each in partitions), default=1),
        leaderless=sum(each.leader < 0 for each in partitions),
        under_replicated=sum(0 < len(each.isrs) < len(each.replicas) for each in partitions),
    )  # fmt: skip


__all__ = ["KafkaClient", "Tail"]
