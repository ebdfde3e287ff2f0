"""Topics: their partitions, ids and configuration, kept in `topics.json`."""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clickstream_embedded.broker.batches import BatchHeader
from clickstream_embedded.broker.log import PartitionLog
from clickstream_embedded.broker.producers import ProducerStates
from clickstream_embedded.broker.transaction_index import TransactionIndex

_LEGAL_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")

# Kafka's topic-level defaults, with smaller segments and a size limit that suit a laptop.
DEFAULT_CONFIG: dict[str, str] = {
    "cleanup.policy": "delete",
    "compression.type": "producer",
    "delete.retention.ms": "86400000",
    "file.delete.delay.ms": "60000",
    "flush.messages": "9223372036854775807",
    "flush.ms": "9223372036854775807",
    "max.compaction.lag.ms": "9223372036854775807",
    "max.message.bytes": "1048588",
    "message.timestamp.type": "CreateTime",
    "min.cleanable.dirty.ratio": "0.5",
    "min.compaction.lag.ms": "0",
    "min.insync.replicas": "1",
    "retention.bytes": str(512 * 1024 * 1024),
    "retention.ms": "604800000",
    "segment.bytes": str(16 * 1024 * 1024),
    "segment.ms": "604800000",
    "unclean.leader.election.enable": "false",
}
NUMERIC = {name for name, value in DEFAULT_CONFIG.items() if value.lstrip("-").isdigit()}


class InvalidTopic(ValueError):
    """The topic's name or configuration is not one that Kafka accepts."""


def check_name(name: str) -> None:
    """Raises InvalidTopic for a name that Kafka refuses."""
    if not _LEGAL_NAME.fullmatch(name) or name in (".", ".."):
        raise InvalidTopic(
            f"Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, "
            "'.', '_' and '-', or is empty, '.', '..' or longer than 249 characters"
        )


def check_config(config: dict[str, str]) -> None:
    """Raises InvalidTopic for an unknown name or a value of the wrong kind."""
    for name, value in config.items():
        if name not in DEFAULT_CONFIG:
            raise InvalidTopic(f"Unknown topic config name: {name}")
        if name in NUMERIC and not re.fullmatch(r"-?\d+", value):
            raise InvalidTopic(f"Invalid value {value} for configuration {name}: Not a number of type LONG")
        if name == "cleanup.policy" and not set(value.replace(" ", "").split(",")) <= {"delete", "compact"}:
            raise InvalidTopic(
                f"Invalid value {value} for configuration cleanup.policy: String must be one of: compact, delete"
            )


@dataclass(slots=True)
class Partition:
    """One partition: its log, what its idempotent producers last wrote, and its transactions."""

    log: PartitionLog
    producers: ProducerStates = field(default_factory=ProducerStates)
    transaction_index: TransactionIndex = field(default_factory=TransactionIndex)

    @property
    def stable_offset(self) -> int:
        """The last stable offset: what `read_committed` consumers read up to."""
        return self.transaction_index.stable_offset(self.log.end_offset)

    def appended(self, header: BatchHeader, offset: int, committed: bool | None = None) -> None:
        """Notes a batch of a producer with an id; `committed` for the control batch that ends a transaction."""
        self.producers.appended(header, offset)
        self.transaction_index.appended(header, offset, committed)


@dataclass(slots=True)
class Topic:
    """A topic, with the settings that differ from the defaults."""

    name: str
    topic_id: uuid.UUID
    config: dict[str, str]
    partitions: list[Partition] = field(default_factory=list["Partition"])

    def setting(self, name: str) -> str:
        """The value in force."""
        return self.config.get(name, DEFAULT_CONFIG[name])

    def number(self, name: str) -> int:
        """The value in force of a numeric setting."""
        return int(self.setting(name))

    def append(self, partition: Partition, header: BatchHeader, batch: memoryview) -> int:
        """Stores a batch by the topic's settings; gives its first offset. Raises OSError."""
        return partition.log.append(
            header,
            batch,
            segment_bytes=self.number("segment.bytes"),
            segment_ms=self.number("segment.ms"),
            flush=self.number("flush.messages") == 1,
        )


class Topics:
    """All topics of the broker."""

    def __init__(self, folder: Path, new_id: Callable[[], uuid.UUID] = uuid.uuid4) -> None:
        self._folder = folder
        self._file = folder / "topics.json"
        self._new_id = new_id
        self._topics: dict[str, Topic] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if self._file.exists():
            for name, saved in json.loads(self._file.read_text()).items():
                topic = Topic(name, uuid.UUID(saved["id"]), saved["config"])
                self._open(topic, saved["partitions"])
                self._topics[name] = topic

    def _open(self, topic: Topic, count: int) -> None:
        for number in range(len(topic.partitions), count):
            log = PartitionLog(self._folder / f"{topic.name}-{number}")
            partition = Partition(log)
            for header, committed in log.recovered:
                partition.appended(header, header.base_offset, committed)
            log.recovered = []
            topic.partitions.append(partition)

    def _save(self) -> None:
        saved = {
            topic.name: {"id": str(topic.topic_id), "partitions": len(topic.partitions), "config": topic.config}
            for topic in self._topics.values()
        }
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(saved, indent=1))
        temporary.replace(self._file)

    def __iter__(self) -> Iterator[Topic]:
        return iter(sorted(self._topics.values(), key=lambda topic: topic.name))

    def get(self, name: str) -> Topic | None:
        return self._topics.get(name)

    def by_id(self, topic_id: uuid.UUID | None) -> Topic | None:
        return next((topic for topic in self._topics.values() if topic.topic_id == topic_id), None)

    def partition(self, name: str, number: int) -> Partition | None:
        topic = self._topics.get(name)
        if topic is None or not 0 <= number < len(topic.partitions):
            return None
        return topic.partitions[number]

    def create(self, name: str, partitions: int, config: dict[str, str]) -> Topic:
        """Makes a topic; the caller has checked that there is none of that name."""
        topic = Topic(name, self._new_id(), dict(config))
        self._open(topic, partitions)
        self._topics[name] = topic
        self._save()
        return topic

    def grow(self, topic: Topic, partitions: int) -> None:
        """Adds partitions up to that number."""
        self._open(topic, partitions)
        self._save()

    def configure(self, topic: Topic, config: dict[str, str]) -> None:
        """Replaces the topic's own settings."""
        topic.config = dict(config)
        self._save()

    def delete(self, name: str) -> None:
        """Removes the topic and its data."""
        topic = self._topics.pop(name)
        self._save()
        for partition in topic.partitions:
            partition.log.delete()

    def apply_retention(self, now: int) -> None:
        """Deletes what `retention.ms` and `retention.bytes` no longer keep; `now` is in ms."""
        for topic in self._topics.values():
            if "delete" not in topic.setting("cleanup.policy"):
                continue
            for partition in topic.partitions:
                partition.log.apply_retention(now, topic.number("retention.ms"), topic.number("retention.bytes"))
                partition.transaction_index.forget_before(partition.log.start_offset)

    def compact(self, now: int) -> int:
        """Compacts the topics whose `cleanup.policy` says so; gives the bytes freed. Meant for a thread."""
        freed = 0
        for topic in list(self._topics.values()):
            if "compact" not in topic.setting("cleanup.policy"):
                continue
            for partition in list(topic.partitions):
                # a topic that is deleted meanwhile takes its files with it
                with contextlib.suppress(OSError, ValueError):
                    freed += partition.log.compact(now, topic.number("delete.retention.ms"))
        return freed

    def close(self) -> None:
        for topic in self._topics.values():
            for partition in topic.partitions:
                partition.log.close()
