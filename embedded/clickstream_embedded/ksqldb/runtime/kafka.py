"""The engine's access to Kafka: topics, records in, records out. Every call has a time limit."""

from __future__ import annotations

import logging
import time
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.admin_answers import answered
from clickstream_embedded.kafka_clients import PATIENT
from clickstream_embedded.ksqldb.errors import KsqlError

log = logging.getLogger("ksqldb.kafka")
log.setLevel(logging.WARNING)
TIMEOUT = 10.0
_AT_ONCE = 65_536  # bytes that are never kept back

# what no retry would change: the statement asks for a topic that Kafka does not allow
_REFUSED = {
    KafkaError.TOPIC_EXCEPTION, KafkaError.INVALID_PARTITIONS, KafkaError.INVALID_REPLICATION_FACTOR,
    KafkaError.INVALID_CONFIG, KafkaError.POLICY_VIOLATION, KafkaError._INVALID_ARG,
}  # fmt: skip


class OtherPartitions(KsqlError):
    """A topic is there already, with another number of partitions; in ksqlDB's words."""

    def __init__(self, topic: str, wanted: int, present: int) -> None:
        super().__init__(
            f"A Kafka topic with the name '{topic}' already exists, with different partition/replica configuration than "
            f"required. KSQL expects {wanted} partitions (topic has {present}), and 1 replication factor (topic has 1)."
        )


class Kafka:
    """One cluster, by its bootstrap servers."""

    def __init__(self, bootstrap: str) -> None:
        self._cluster: dict[str, Any] = {"bootstrap.servers": bootstrap, **PATIENT}
        self._admin = AdminClient(self._cluster, logger=log)
        shared = {**self._cluster, "linger.ms": 5, "enable.idempotence": True, "queue.buffering.max.messages": 500_000}
        # results come in bulk and only a failure matters; a single record is told its offset
        self.producer = Producer({**shared, "delivery.report.only.error": True}, logger=log)
        # given up before the one who waits gives up, so that no record is written after its failure was told
        self._writer = Producer({**shared, "message.timeout.ms": int((TIMEOUT - 2) * 1000)}, logger=log)

    def topics(self) -> dict[str, int]:
        """Partitions by topic. Raises KafkaException."""
        return {name: len(t.partitions) for name, t in self._admin.list_topics(timeout=TIMEOUT).topics.items()}

    def cluster_id(self) -> str:
        return str(self._admin.list_topics(timeout=TIMEOUT).cluster_id or "")

    def create_topic(self, name: str, partitions: int, config: dict[str, str]) -> None:
        """Makes a topic; one that exists already is left as it is. Raises KafkaException, OtherPartitions."""
        try:
            wanted = NewTopic(name, partitions, 1, config=config)
        except ValueError:
            raise KsqlError(
                f"Failed to create topic '{name}': Number of partitions was set to an invalid non-positive value."
            ) from None
        future = self._admin.create_topics([wanted], request_timeout=TIMEOUT)[name]
        try:
            answered(future, TIMEOUT)
        except KafkaException as error:
            code = error.args[0].code()
            if code in _REFUSED:
                raise KsqlError(f"Failed to create topic '{name}': {error.args[0].str()}") from None
            if code != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
            present = self.topics().get(name, partitions)
            if present != partitions:
                raise OtherPartitions(name, partitions, present) from None

    def delete_topic(self, name: str) -> None:
        try:
            answered(self._admin.delete_topics([name], request_timeout=TIMEOUT)[name], TIMEOUT)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise

    def topic_config(self, name: str) -> dict[str, str]:
        resource = ConfigResource(ResourceType.TOPIC, name)
        entries = answered(self._admin.describe_configs([resource], request_timeout=TIMEOUT)[resource], TIMEOUT)
        return {key: str(entry.value) for key, entry in entries.items()}

    def consumer(self, group: str, *, patience: float = 0.0) -> Consumer:
        """A consumer that is told by `assign` what to read.

        Args:
            group: Its group, for commits.
            patience: Seconds that the broker may keep records back, so that more come at once.
        """
        waits = {"fetch.min.bytes": _AT_ONCE, "fetch.wait.max.ms": round(patience * 1000)} if patience else {}
        return Consumer(
            {**self._cluster, "group.id": group, "enable.auto.commit": False,
             "auto.offset.reset": "earliest", "queued.min.messages": 10_000, "fetch.queue.backoff.ms": 5,
             "queued.max.messages.kbytes": 8_192, "enable.partition.eof": False, **waits}, logger=log,
        )  # fmt: skip

    def offsets(self, topic: str, partitions: int) -> list[tuple[int, int]]:
        """(first, next) offsets of each partition. Raises KafkaException.

        The client that is connected is asked: a new consumer's first request may come between its bootstrap broker, which
        librdkafka gives up once it knows the cluster, and the one it goes on with, and then waits for half a second.
        """
        places = [TopicPartition(topic, number) for number in range(partitions)]

        def asked(spec: Any) -> list[int]:
            of_each: dict[TopicPartition, Any] = dict.fromkeys(places, spec)
            level = IsolationLevel.READ_COMMITTED
            found = self._admin.list_offsets(of_each, isolation_level=level, request_timeout=TIMEOUT)
            return [answered(found[place], TIMEOUT).offset for place in places]

        return list(zip(asked(OffsetSpec.earliest()), asked(OffsetSpec.latest()), strict=True)) if places else []

    def end_offsets(self, consumer: Consumer, topic: str, partitions: int) -> list[tuple[int, int]]:
        """The same, by a consumer that has been connected for a while."""
        return [
            consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=TIMEOUT)
            for number in range(partitions)
        ]

    def read_all(self, topic: str) -> list[Any]:
        """Every record of a topic of one partition, for the command log."""
        consumer = self.consumer("clickstream-command-reader")
        try:
            ((low, high),) = self.offsets(topic, 1)
            consumer.assign([TopicPartition(topic, 0, low)])
            messages: list[Any] = []
            deadline = time.monotonic() + TIMEOUT
            while low < high and (not messages or messages[-1].offset() + 1 < high):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the command topic {topic} could not be read to its end")
                messages += [message for message in consumer.consume(1000, 0.1) if message.error() is None]
            return messages
        finally:
            consumer.close()

    def write(self, topic: str, key: bytes | None, value: bytes | None, timestamp: int | None = None) -> int:
        """Writes one record and waits for its offset.

        Raises:
            KafkaException: the record was refused, or there was no answer: then it may have been written, if the broker
                went away between taking it and saying so, but it will not be from now on.
        """
        placed: list[Any] = []
        options: dict[str, Any] = {} if timestamp is None else {"timestamp": timestamp}
        self._writer.produce(topic, value, key, on_delivery=lambda e, m: placed.append((e, m)), **options)
        self._writer.flush(TIMEOUT)
        if not placed or placed[0][0] is not None:
            raise KafkaException(placed[0][0] if placed else KafkaError(KafkaError._TIMED_OUT))
        return placed[0][1].offset()
