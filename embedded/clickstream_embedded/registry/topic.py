"""The topic `_schemas`: one compacted partition with every record that the registry was made of."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.admin_answers import answered
from clickstream_embedded.kafka_clients import PATIENT, first_and_next
from clickstream_embedded.registry.errors import store_away
from clickstream_embedded.registry.model import State

log = logging.getLogger("schema-registry")
kafka_log = logging.getLogger("schema-registry.kafka")
kafka_log.setLevel(logging.WARNING)
TOPIC = "_schemas"
_LIMIT = 10.0  # seconds for a write to be acknowledged, and for the topic to be read


class SchemasTopic:
    """The records, read once and then written one after the other. One registry writes it: there is no election.

    At rest nothing is fetched or polled for: what the topic holds is known since the start.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: Producer | None = None
        self._lock = threading.Lock()

    def load(self) -> State:
        """Everything that was written; makes the topic where there is none. Raises KafkaException, TimeoutError."""
        admin = AdminClient({"bootstrap.servers": self._bootstrap}, logger=kafka_log)
        wanted = NewTopic(TOPIC, 1, 1, config={"cleanup.policy": "compact"})
        try:
            answered(admin.create_topics([wanted], request_timeout=_LIMIT)[TOPIC], _LIMIT)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        state = State()
        for key, value in self._read():
            try:
                state.apply(orjson.loads(key), None if value is None else orjson.loads(value))
            except (ValueError, KeyError, TypeError) as error:
                log.error("a record of %s is none of a registry and is passed over: %s", TOPIC, error)
        return state

    def _read(self) -> list[tuple[bytes, bytes | None]]:
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                **PATIENT,
                "group.id": "schema-registry",
                "enable.auto.commit": False,
            },
            logger=kafka_log,
        )
        found: list[tuple[bytes, bytes | None]] = []
        try:
            first, end = first_and_next(consumer, TopicPartition(TOPIC, 0), _LIMIT)
            consumer.assign([TopicPartition(TOPIC, 0, first)])
            deadline = time.monotonic() + _LIMIT
            while first < end and consumer.position([TopicPartition(TOPIC, 0)])[0].offset < end:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{TOPIC} was not read to its end within {_LIMIT:.0f} s")
                found += [
                    (message.key() or b"", message.value())
                    for message in consumer.consume(1000, 0.2)
                    if message.error() is None
                ]
        finally:
            consumer.close()
        return found

    def write(self, records: list[tuple[dict[str, Any], dict[str, Any] | None]]) -> None:
        """Returns once the broker has them. Raises Refusal (50001) where it does not take one of them."""
        failed: list[str] = []
        with self._lock:
            if self._producer is None:  # made when it is first needed: most registries are only read
                self._producer = Producer(
                    {"bootstrap.servers": self._bootstrap, **PATIENT, "enable.idempotence": True, "linger.ms": 0,
                     "delivery.timeout.ms": int((_LIMIT - 1) * 1000)}, logger=kafka_log,
                )  # fmt: skip
            told = [0]

            def on_delivery(error: KafkaError | None, _: object) -> None:
                told[0] += 1
                if error is not None:
                    failed.append(str(error))

            for key, value in records:
                data = None if value is None else orjson.dumps(value)
                self._producer.produce(TOPIC, data, orjson.dumps(key), partition=0, on_delivery=on_delivery)
            self._producer.flush(_LIMIT)
            if failed or told[0] < len(records):
                raise store_away(failed[0] if failed else "the broker did not answer in time")
