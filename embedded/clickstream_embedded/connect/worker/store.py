"""The worker's memory: connectors, offsets and status in three compacted topics, in Kafka Connect's own records.

Keys and values are those of KafkaConfigBackingStore, KafkaOffsetBackingStore and KafkaStatusBackingStore with the
JSON converter without schemas, so Kafka's tools and people read them as they read a real worker's.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.kafka_clients import PATIENT, first_and_next

log = logging.getLogger("connect")
kafka_log = logging.getLogger("connect.kafka")

_LIMIT = 10.0  # seconds for a write to be acknowledged


class StoreUnavailable(Exception):
    """The broker did not take or give the worker's records; the text says why."""


Config = dict[str, str]
Offsets = dict[str, dict[str, Any]]  # by the source's partition, as JSON with sorted keys


@dataclass
class Saved:
    """A connector as the topics hold it."""

    config: dict[str, str | None]
    target: str = "RUNNING"
    offsets: Offsets = field(default_factory=dict[str, dict[str, Any]])
    tasks: int = 1
    topics: set[str] = field(default_factory=set[str])


def partition_key(partition: Mapping[str, Any]) -> str:
    """A source's partition as text, the same for the same partition."""
    return orjson.dumps(dict(partition), option=orjson.OPT_SORT_KEYS).decode()


def _offset_key(name: str, partition: str) -> bytes:
    return orjson.dumps([name, orjson.Fragment(partition)])


class ConnectorStore:
    """The topics `_GROUP-configs`, `_GROUP-offsets` and `_GROUP-status`. Close it at the end."""

    def __init__(self, bootstrap: str, worker_id: str, group: str) -> None:
        self._configs, self._offsets, self._status = (f"_{group}-{what}" for what in ("configs", "offsets", "status"))
        self._bootstrap = bootstrap
        self._worker_id = worker_id
        self._writing = asyncio.Lock()
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, **PATIENT, "enable.idempotence": True, "linger.ms": 0,
             "delivery.timeout.ms": int(_LIMIT * 1000)},
            logger=kafka_log,
        )  # fmt: skip

    async def load(self) -> dict[str, Saved]:
        """All connectors, once the broker gives them: makes the topics where they are not there."""
        while True:
            try:
                return await asyncio.to_thread(self._load)
            except (KafkaException, StoreUnavailable) as error:
                log.warning("the broker at %s does not give the connectors yet: %s", self._bootstrap, error)
                await asyncio.sleep(0.5)

    def _load(self) -> dict[str, Saved]:
        admin = AdminClient({"bootstrap.servers": self._bootstrap}, logger=kafka_log)
        wanted = [
            NewTopic(name, 1, 1, config={"cleanup.policy": "compact"})
            for name in (self._configs, self._offsets, self._status)
        ]
        for made in admin.create_topics(wanted, request_timeout=5).values():
            try:
                made.result(10)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
        configs, offsets, status = (self._read(topic) for topic in (self._configs, self._offsets, self._status))
        found: dict[str, Saved] = {}
        for key, value in configs.items():
            if key.startswith(b"connector-"):
                found[key.removeprefix(b"connector-").decode()] = Saved(value["properties"])
        for name, saved in found.items():
            target = configs.get(f"target-state-{name}".encode(), {})
            saved.target = target.get("state.v2") or target.get("state") or "RUNNING"
            saved.tasks = int(configs.get(f"commit-{name}".encode(), {}).get("tasks", 1))
        for key, value in offsets.items():
            name, partition = orjson.loads(key)
            if name in found:
                found[name].offsets[partition_key(partition)] = value
        for key, value in status.items():
            if key.startswith(b"status-topic-"):
                topic = value["topic"]
                if topic["connector"] in found:
                    found[topic["connector"]].topics.add(topic["name"])
        return found

    def _read(self, topic: str) -> dict[bytes, Any]:
        """The latest value of each key, as JSON; what is no JSON object is left out."""
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                **PATIENT,
                "group.id": "connect-worker",
                "enable.auto.commit": False,
            },
            logger=kafka_log,
        )
        place = TopicPartition(topic, 0, 0)
        found: dict[bytes, Any] = {}
        try:
            first, end = first_and_next(consumer, place, 5)
            place.offset = first
            consumer.assign([place])
            deadline = time.monotonic() + _LIMIT
            while consumer.position([place])[0].offset < end and first < end:
                if time.monotonic() > deadline:
                    raise StoreUnavailable(f"{topic} was not read to its end within {_LIMIT:.0f} s")
                for message in consumer.consume(1000, 0.5):
                    if message.error() is not None:
                        continue
                    key, value = message.key() or b"", message.value()
                    found.pop(key, None)
                    if value is not None:
                        found[key] = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise StoreUnavailable(f"{topic} holds what is no JSON: {error}") from error
        finally:
            consumer.close()
        return found

    async def _write(self, topic: str, records: dict[bytes, Any]) -> None:
        """Returns once the broker has acknowledged them. Raises StoreUnavailable."""
        failed: list[str] = []

        def told(error: KafkaError | None, _: object) -> None:
            if error is not None:
                failed.append(str(error))

        def write() -> int:
            for key, value in records.items():
                data = None if value is None else orjson.dumps(value)
                self._producer.produce(topic, data, key, partition=0, on_delivery=told)
            return self._producer.flush(_LIMIT + 1)

        async with self._writing:
            if await asyncio.to_thread(write) or failed:
                raise StoreUnavailable(f"the broker at {self._bootstrap} did not take {topic}: {'; '.join(failed)}")

    async def save_config(self, name: str, config: Mapping[str, str | None], tasks: list[Config]) -> None:
        """A connector's configuration and those of its tasks."""
        records: dict[bytes, Any] = {f"connector-{name}".encode(): {"properties": dict(config)}}
        records |= {f"task-{name}-{number}".encode(): {"properties": task} for number, task in enumerate(tasks)}
        await self._write(self._configs, {**records, f"commit-{name}".encode(): {"tasks": len(tasks)}})

    async def save_target(self, name: str, target: str) -> None:
        """What the connector shall do: RUNNING, PAUSED or STOPPED (which an older worker reads as PAUSED)."""
        state = {"state": "PAUSED" if target == "STOPPED" else target, "state.v2": target}
        await self._write(self._configs, {f"target-state-{name}".encode(): state})

    async def forget(self, name: str, tasks: int, topics: Iterable[str]) -> None:
        """Tombstones for all that is known of a connector; its offsets stay, as Kafka Connect keeps them."""
        keys = [
            f"connector-{name}",
            f"target-state-{name}",
            *(f"task-{name}-{n}" for n in range(tasks)),
            f"commit-{name}",
        ]
        await self._write(self._configs, {key.encode(): None for key in keys})
        told = [f"status-connector-{name}", *(f"status-task-{name}-{n}" for n in range(tasks)),
                *(f"status-topic-{topic}:connector-{name}" for topic in topics)]  # fmt: skip
        await self._write(self._status, {key.encode(): None for key in told})

    async def save_offsets(self, offsets: Mapping[str, Mapping[str, Mapping[str, Any] | None]]) -> None:
        """Source offsets by connector and partition; an empty one is forgotten."""
        await self._write(self._offsets, {
            _offset_key(name, partition): offset or None
            for name, listed in offsets.items() for partition, offset in listed.items()
        })  # fmt: skip

    async def save_status(
        self, name: str, connector: tuple[str, str | None], tasks: list[tuple[str, str | None]], gone: int = 0
    ) -> None:
        """What the connector and its tasks do now: states with traces.

        Args:
            name: the connector's.
            connector: its state, and its trace where it failed.
            tasks: the same of each task.
            gone: how many tasks were there before; the further ones are forgotten.
        """

        def status(state: str, trace: str | None) -> dict[str, Any]:
            return {"state": state, "trace": trace, "worker_id": self._worker_id, "generation": 1}

        records: dict[bytes, Any] = {f"status-connector-{name}".encode(): status(*connector)}
        records |= {f"status-task-{name}-{n}".encode(): status(*each) for n, each in enumerate(tasks)}
        records |= {f"status-task-{name}-{n}".encode(): None for n in range(len(tasks), gone)}
        await self._write(self._status, records)

    async def save_topic(self, name: str, topic: str) -> None:
        """That a connector used a topic (KIP-558)."""
        found = {"name": topic, "connector": name, "task": 0, "discoverTimestamp": int(time.time() * 1000)}
        await self._write(self._status, {f"status-topic-{topic}:connector-{name}".encode(): {"topic": found}})

    async def forget_topics(self, name: str, topics: Iterable[str]) -> None:
        await self._write(self._status, {f"status-topic-{topic}:connector-{name}".encode(): None for topic in topics})

    async def close(self) -> None:
        await asyncio.to_thread(self._producer.flush, 2)
