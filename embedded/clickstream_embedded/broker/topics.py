"""Topics: their partitions, ids and configuration, kept in `topics.json`."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clickstream_embedded.broker.batches import LOG_APPEND_TIME, BatchHeader, stamped, unstamped
from clickstream_embedded.broker.broker_configs import OTHER_NAMES
from clickstream_embedded.broker.broker_settings import BrokerSettings
from clickstream_embedded.broker.compression import recompressed
from clickstream_embedded.broker.log import PartitionLog
from clickstream_embedded.broker.producers import ProducerStates
from clickstream_embedded.broker.storage import atomic_write
from clickstream_embedded.broker.topic_configs import DEFAULT_CONFIG, TOPIC_CONFIGS, TopicConfig
from clickstream_embedded.broker.transaction_index import TransactionIndex

OFFSETS, TRANSACTIONS = "__consumer_offsets", "__transaction_state"
INTERNAL = (OFFSETS, TRANSACTIONS)  # Kafka's own topics; what they are for is kept elsewhere, so they stay empty
_UNITS = {"minutes": 60_000, "hours": 3_600_000}  # ms
_LARGEST_FILE = 16 * 1024 * 1024  # bytes: what is too old, too much or superseded leaves the disk file by file


@dataclass(slots=True)
class Partition:
    """One partition: its log, what its idempotent producers last wrote, and its transactions."""

    log: PartitionLog
    producers: ProducerStates = field(default_factory=ProducerStates)
    transaction_index: TransactionIndex = field(default_factory=TransactionIndex)

    @property
    def stable_offset(self) -> int:
        """The last stable offset: what `read_committed` consumers read up to."""
        return max(self.transaction_index.stable_offset(self.log.end_offset), self.log.start_offset)

    def appended(
        self, header: BatchHeader, offset: int, committed: bool | None = None, coordinator_epoch: int = 0
    ) -> None:
        """Notes a batch of a producer with an id; `committed` for the control batch that ends a transaction."""
        self.producers.appended(header, offset, coordinator_epoch)
        self.transaction_index.appended(header, offset, committed)


@dataclass(slots=True)
class Topic:
    """A topic, with the settings that differ from the defaults: `config` has them as they were given."""

    name: str
    topic_id: uuid.UUID
    config: dict[str, str]
    defaults: Mapping[str, str] = field(default_factory=lambda: DEFAULT_CONFIG)
    partitions: list[Partition] = field(default_factory=list["Partition"])
    values: dict[str, str] = field(default_factory=dict[str, str], init=False)  # of `config`, as they are told

    def __post_init__(self) -> None:
        self.configure(self.config)

    def configure(self, config: Mapping[str, str]) -> None:
        """Replaces the topic's own settings."""
        self.config = dict(config)
        self.values = {name: TOPIC_CONFIGS[name].shown(value) for name, value in config.items()}

    @property
    def is_internal(self) -> bool:
        """Whether it is one of Kafka's own."""
        return self.name in INTERNAL

    def setting(self, name: str) -> str:
        """The value in force."""
        found = self.values.get(name)
        return self.defaults[name] if found is None else found

    def number(self, name: str) -> int:
        """The value in force of a numeric setting."""
        return int(self.setting(name))

    @property
    def stamps(self) -> bool:
        """Whether records take the time at which they are appended (`message.timestamp.type=LogAppendTime`)."""
        return self.setting("message.timestamp.type") == "LogAppendTime"

    def append(self, partition: Partition, header: BatchHeader, batch: memoryview, now: int) -> int:
        """Stores a batch by the topic's settings at `now` (ms); gives its first offset. Raises OSError, Unreadable."""
        codec = self.setting("compression.type")
        if codec != "producer":
            level = self.number(f"compression.{codec}.level") if codec in ("gzip", "lz4", "zstd") else -1
            header, batch = recompressed(header, batch, codec, level)
        if self.stamps:
            header, batch = stamped(header, batch, now)
        elif header.attributes & LOG_APPEND_TIME:
            header, batch = unstamped(header, batch)
        return partition.log.append(
            header,
            batch,
            segment_bytes=min(self.number("segment.bytes"), _LARGEST_FILE),
            segment_ms=self._span(),
            jitter_ms=self.number("segment.jitter.ms"),
            flush=self.number("flush.messages") == 1,
        )

    def _span(self) -> int:
        """Milliseconds that a segment spans at most: what is compacted must be closed in time for it."""
        if "compact" in self.setting("cleanup.policy"):
            return min(self.number("segment.ms"), self.number("max.compaction.lag.ms"))
        return self.number("segment.ms")

    def compact(self, partition: Partition, now: int) -> int:
        """Compacts a partition by the topic's settings at `now` (ms); gives the bytes freed. Raises OSError."""
        return partition.log.compact(
            now,
            self.number("delete.retention.ms"),
            youngest_ms=self.number("min.compaction.lag.ms"),
            oldest_ms=self.number("max.compaction.lag.ms"),
            dirty_ratio=float(self.setting("min.cleanable.dirty.ratio")),
        )


class Topics:
    """All topics of the broker."""

    def __init__(self, folder: Path, settings: BrokerSettings, new_id: Callable[[], uuid.UUID] = uuid.uuid4) -> None:
        self._settings = settings
        self._folder = folder
        self._file = folder / "topics.json"
        self._new_id = new_id
        self._topics: dict[str, Topic] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._defaults: dict[str, str] = {}
        self._renew_defaults()
        settings.on_change.append(self._renew_defaults)
        if self._file.exists():
            for name, saved in json.loads(self._file.read_text()).items():
                topic = Topic(name, uuid.UUID(saved["id"]), saved["config"], self._defaults)
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
        atomic_write(self._file, json.dumps(saved, indent=1))

    def _renew_defaults(self) -> None:
        for name, config in TOPIC_CONFIGS.items():
            self._defaults[name] = (
                self._settings.value(config.broker_name) or self._in_its_place(config) or config.default
            )

    def _in_its_place(self, config: TopicConfig) -> str | None:
        """What a setting in minutes or hours says of one in milliseconds, as `log.retention.hours` does."""
        for name in OTHER_NAMES.get(config.broker_name, ()):
            value = self._settings.value(name)
            if value is not None and name.endswith(tuple(_UNITS)):
                number = int(value)
                return str(number * _UNITS[name.rsplit(".", 1)[1]] if number >= 0 else number)
        return None

    def colliding(self, name: str) -> str:
        """A topic whose metrics would have the same name ('.' and '_' are one there), "" where there is none."""
        alike = name.replace(".", "_")
        return next((each for each in self._topics if each != name and each.replace(".", "_") == alike), "")

    def __iter__(self) -> Iterator[Topic]:
        return iter(sorted(self._topics.values(), key=lambda topic: topic.name))

    def get(self, name: str) -> Topic | None:
        return self._topics.get(name)

    def by_id(self, topic_id: uuid.UUID | None) -> Topic | None:
        return next((topic for topic in self._topics.values() if topic.topic_id == topic_id), None)

    def name_of(self, topic_id: uuid.UUID) -> str:
        """The name of the topic with that id; a text that names no topic where there is none."""
        topic = self.by_id(topic_id)
        return topic.name if topic is not None else f"/{topic_id}"

    def setting(self, name: str, setting: str) -> str:
        """A setting in force of a topic that is there."""
        return self._topics[name].setting(setting)

    def partition(self, name: str, number: int) -> Partition | None:
        topic = self._topics.get(name)
        if topic is None or not 0 <= number < len(topic.partitions):
            return None
        return topic.partitions[number]

    def create(self, name: str, partitions: int, config: dict[str, str]) -> Topic:
        """Makes a topic; the caller has checked that there is none of that name."""
        topic = Topic(name, self._new_id(), dict(config), self._defaults)
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
        topic.configure(config)
        self._save()

    def delete(self, name: str) -> None:
        """Removes the topic and its data."""
        topic = self._topics.pop(name)
        self._save()
        for partition in topic.partitions:
            partition.log.delete()

    def forget_producers(self, now: int) -> None:
        """Forgets the producers that wrote nothing for `producer.id.expiration.ms`; `now` is in ms."""
        oldest = now - self._settings.number("producer.id.expiration.ms")
        for topic in self._topics.values():
            for partition in topic.partitions:
                partition.producers.forget_before(oldest, partition.transaction_index.is_open)

    def apply_retention(self, now: int, *, compacted: bool) -> None:
        """Deletes what `retention.ms` and `retention.bytes` no longer keep; `now` is in ms.

        Either of the topics that are `compacted` too, or of the others: Kafka does the one when it compacts.
        """
        for topic in self._topics.values():
            policy = topic.setting("cleanup.policy")
            if "delete" not in policy or ("compact" in policy) != compacted:
                continue
            for partition in topic.partitions:
                partition.log.apply_retention(now, topic.number("retention.ms"), topic.number("retention.bytes"))
                partition.transaction_index.forget_before(partition.log.start_offset)

    def delete_files(self, now: int) -> None:
        """Deletes files of what is no part of a topic any more, `file.delete.delay.ms` later; `now` is in ms."""
        for topic in self._topics.values():
            for partition in topic.partitions:
                partition.log.delete_files(now, topic.number("file.delete.delay.ms"))

    def compact(self, now: int) -> int:
        """Compacts the topics whose `cleanup.policy` says so; gives the bytes freed. Meant for a thread."""
        freed = 0
        for topic in list(self._topics.values()):
            if "compact" not in topic.setting("cleanup.policy"):
                continue
            for partition in list(topic.partitions):
                # a topic that is deleted meanwhile takes its files with it
                with contextlib.suppress(OSError, ValueError):
                    freed += topic.compact(partition, now)
        return freed

    def close(self) -> None:
        for topic in self._topics.values():
            for partition in topic.partitions:
                partition.log.close()
