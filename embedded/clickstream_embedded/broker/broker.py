"""The broker's state, shared by the handlers of all APIs."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from clickstream_embedded.broker.batches import marker
from clickstream_embedded.broker.broker_configs import static_settings
from clickstream_embedded.broker.broker_settings import BrokerSettings
from clickstream_embedded.broker.client_metrics import ClientMetrics
from clickstream_embedded.broker.client_quotas import ClientQuotas
from clickstream_embedded.broker.consumer_groups import ConsumerCoordinator
from clickstream_embedded.broker.fetch_sessions import FetchSessions
from clickstream_embedded.broker.group_coordinator import GROUP_LIMITS, Coordinator, GroupLimits
from clickstream_embedded.broker.java_hash import java_hash
from clickstream_embedded.broker.offsets import Committed, OffsetStore
from clickstream_embedded.broker.purgatory import Purgatory
from clickstream_embedded.broker.scram_store import ScramCredentials
from clickstream_embedded.broker.storage import atomic_write
from clickstream_embedded.broker.topic_configs import InvalidTopic, check_name
from clickstream_embedded.broker.topics import INTERNAL, OFFSETS, Topic, Topics
from clickstream_embedded.broker.transactions import Place, Transactions

log = logging.getLogger("broker")

NODE_ID = 1
_JOIN_DELAY = "group.initial.rebalance.delay.ms"
MAX_PARTITIONS = 1000  # in one topic: each costs an open file


def _now_ms() -> int:
    return int(time.time() * 1000)


class Broker:
    """One node: topics, groups and what waits for them."""

    def __init__(
        self, data: Path, host: str, port: int, clock: Callable[[], int] = _now_ms,
        settings: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`settings` are broker settings of Kafka's names that topics take their defaults from."""
        self.host = host
        self.port = port
        self.clock = clock
        self.folder = data
        self.settings = BrokerSettings(data / "topics", settings or {})
        self.client_metrics = ClientMetrics(data / "client-metrics.json")
        self.scram = ScramCredentials(data / "scram-credentials.json")
        self.quotas = ClientQuotas(data / "client-quotas.json", time.monotonic)
        self.topics = Topics(data / "topics", self.settings)
        self.offsets = OffsetStore(data / "offsets.sqlite", clock())
        delay = int(self.static_settings[_JOIN_DELAY]) / 1000
        limits = GroupLimits(*map(self.settings.number, GROUP_LIMITS))
        self.coordinator = Coordinator(lambda: str(uuid.uuid4()), delay, self.offsets, clock, limits)
        self.consumer_groups = None
        if "consumer" in (self.settings.value("group.coordinator.rebalance.protocols") or "").split(","):
            session = self.settings.number("group.consumer.session.timeout.ms")
            self.consumer_groups = ConsumerCoordinator(lambda: str(uuid.uuid4()), self._counts, session_ms=session)
        self.cluster_id = self._identity(data / "cluster-id")
        self._producer_id_file = data / "producer-id"
        self.purgatory = Purgatory()
        self.fetch_sessions = FetchSessions()
        longest = self.settings.number("transaction.max.timeout.ms")
        self.transactions = Transactions(data / "transactions.sqlite", self, self.next_producer_id, clock, longest)

    @property
    def static_settings(self) -> dict[str, str]:
        """What this broker sets of Kafka's settings, by name."""
        return {**static_settings(NODE_ID, self.host, self.port, str(self.folder / "topics")), **self.settings.static}

    def _counts(self, topics: set[str], pattern: str = "") -> dict[str, int]:
        if pattern:
            fits = re.compile(pattern)
            topics = topics | {each.name for each in self.topics if fits.fullmatch(each.name)}
        found = {name: self.topics.get(name) for name in sorted(topics)}
        return {name: len(topic.partitions) for name, topic in found.items() if topic is not None}

    @staticmethod
    def _identity(path: Path) -> str:
        if not path.exists():
            atomic_write(path, uuid.uuid4().hex[:22])
        return path.read_text()

    def next_producer_id(self) -> int:
        """A producer id that was never given before."""
        number = int(self._producer_id_file.read_text()) + 1 if self._producer_id_file.exists() else 0
        atomic_write(self._producer_id_file, str(number))
        return number

    def internal_topic(self, name: str) -> Topic:
        """One of Kafka's own topics, made where it is not there yet."""
        topic, value = (
            self.topics.get(name),
            lambda key: self.static_settings.get(key) or self.settings.value(key) or "",
        )
        if topic is not None:
            return topic
        start = "offsets.topic." if name == OFFSETS else "transaction.state.log."
        config = {"cleanup.policy": "compact", "segment.bytes": value(f"{start}segment.bytes")}
        if name == OFFSETS:
            config["compression.type"] = "producer"
        else:
            config |= {"compression.type": "uncompressed", "min.insync.replicas": value(f"{start}min.isr"),
                       "unclean.leader.election.enable": "false"}  # fmt: skip
        return self.topics.create(name, int(value(f"{start}num.partitions")), config)

    def keeper_of(self, group: str) -> int:
        """The partition of the offsets' topic that a group belongs to."""
        return java_hash(group) % len(self.internal_topic(OFFSETS).partitions)

    def forget_groups(self) -> None:
        """Forgets all groups and what they have committed."""
        self.coordinator.forget_all()
        if self.consumer_groups is not None:
            self.consumer_groups.forget_all()
        self.offsets.delete_all()

    def auto_create(self, name: str) -> Topic:
        """`auto.create.topics.enable`: default settings. Raises InvalidTopic."""
        if name in INTERNAL:
            return self.internal_topic(name)
        check_name(name)
        collides = self.topics.colliding(name)
        if collides:
            raise InvalidTopic(f"Topic '{name}' collides with existing topic: {collides}")
        log.info("topic %s made on first use", name)
        return self.topics.create(name, self.settings.number("num.partitions"), {})

    def end_in_partition(
        self,
        place: Place,
        producer_id: int,
        epoch: int,
        *,
        committed: bool,
        only_open: bool = False,
        coordinator_epoch: int = 0,
    ) -> None:
        """Writes the marker that ends a producer's transaction in one partition; `only_open` if one is open there.

        Raises OSError where it cannot be written.
        """
        partition = self.topics.partition(*place)
        if partition is None or (only_open and not partition.transaction_index.is_open(producer_id)):
            return
        header, batch = marker(
            producer_id, epoch, self.clock(), committed=committed, coordinator_epoch=coordinator_epoch
        )
        topic = self.topics.get(place[0])
        assert topic is not None
        offset = topic.append(partition, header, batch, self.clock())
        partition.appended(header, offset, committed, coordinator_epoch)

    def commit_offsets(self, group: str, offsets: dict[Place, Committed]) -> None:
        """Commits what a transaction held for a group."""
        self.offsets.commit(group, offsets, self.clock())

    def close(self) -> None:
        self.coordinator.close()
        if self.consumer_groups is not None:
            self.consumer_groups.close()
        self.transactions.close()
        self.topics.close()
        self.offsets.close()
