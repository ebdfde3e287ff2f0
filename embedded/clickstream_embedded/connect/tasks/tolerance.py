"""What happens to a record that fails: the task ends, or it goes on and a dead letter queue takes the record (KIP-298)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.admin_answers import answered
from clickstream_embedded.connect.config.overrides import client_settings
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.tasks.kafka_errors import LARGEST, java_error, kafka_log
from clickstream_embedded.kafka_clients import PATIENT

log = logging.getLogger("connect")
_LIMIT = 10.0  # seconds for the broker to make a topic or take a record
_PREFIX = "__connect.errors."


class Tolerance:
    """Decides on failed records of one task.

    Args:
        name: the connector's.
        task: number of the task.
        config: the connector's configuration.
        bootstrap: address of the broker.
    """

    def __init__(self, name: str, task: int, config: Mapping[str, str], bootstrap: str) -> None:
        self._name, self._task, self._config, self._bootstrap = name, task, config, bootstrap
        self.tolerates = config.get("errors.tolerance", "none") == "all"
        self._topic = config.get("errors.deadletterqueue.topic.name", "").strip()
        self._context = _flag(config, "errors.deadletterqueue.context.headers.enable")
        self._logs, self._logs_record = _flag(config, "errors.log.enable"), _flag(config, "errors.log.include.messages")
        self._producer: Producer | None = None
        self._failed: list[str] = []

    async def start(self) -> None:
        """Makes the dead letter queue's topic where there is none. Raises JavaError, as a real task fails then."""
        if not self._topic:
            return
        try:
            await asyncio.to_thread(self._make_topic)
        except KafkaException as error:
            cause = java_error(error)
            why = JavaError(cause.line, "java.util.concurrent.ExecutionException", cause)
            raise JavaError(f"Could not initialize dead letter queue with topic={self._topic}", cause=why) from None
        settings = client_settings("producer.override.", self._config)
        self._producer = Producer(
            {"bootstrap.servers": self._bootstrap, **PATIENT, "enable.idempotence": True, "queue.buffering.max.kbytes": 4096,
             "delivery.timeout.ms": 60_000, "message.max.bytes": LARGEST, **settings},
            logger=kafka_log,
        )  # fmt: skip

    def _make_topic(self) -> None:
        settings = client_settings("admin.override.", self._config)
        admin = AdminClient({"bootstrap.servers": self._bootstrap, **settings}, logger=kafka_log)
        if self._topic in admin.list_topics(timeout=_LIMIT).topics:
            return
        factor = int(self._config.get("errors.deadletterqueue.topic.replication.factor", "3"))
        made = admin.create_topics([NewTopic(self._topic, 1, factor)], request_timeout=_LIMIT)
        answered(made[self._topic], _LIMIT)

    def failed(self, message: Any, stage: str, class_name: str, error: JavaError) -> None:
        """A record did not pass a stage: it is left out and reported, or JavaError ends the task.

        Args:
            message: the record as it was read from the broker; None for one of a source.
            stage: name of the stage, as `Stage` has them (VALUE_CONVERTER, TRANSFORMATION, TASK_PUT ...).
            class_name: class that failed.
            error: why.
        """
        if self._logs:
            what = f" {message.value()!r}" if self._logs_record and message is not None else ""
            log.error("Error encountered in task %s-%d. Executing stage '%s' with class '%s'%s: %s",
                      self._name, self._task, stage, class_name, what, error.line)  # fmt: skip
        self._report(message, stage, class_name, error)
        if not self.tolerates:
            raise JavaError("Tolerance exceeded in error handler", cause=error)

    def errant(self, message: Any, class_name: str, error: JavaError) -> None:
        """A sink reports a record that it could not put (KIP-610): as `failed`, where something is told of such records.

        Args:
            message: the record as it was read from the broker.
            class_name: class that reports it.
            error: why.
        """
        if self._topic or self._logs:
            self.failed(message, "TASK_PUT", class_name, error)

    def _report(self, message: Any, stage: str, class_name: str, error: JavaError) -> None:
        """Gives a record to the dead letter queue, where there is one."""
        if self._producer is None or message is None:
            return
        headers: list[tuple[str, str | bytes | None]] = list(message.headers() or ())
        if self._context:
            headers += [(f"{_PREFIX}{name}", None if value is None else value.encode()) for name, value in (
                ("topic", message.topic()), ("partition", str(message.partition())), ("offset", str(message.offset())),
                ("connector.name", self._name), ("task.id", str(self._task)), ("stage", stage),
                ("class.name", class_name), ("exception.class.name", error.java_class),
                ("exception.message", error.message), ("exception.stacktrace", error.trace()),
            )]  # fmt: skip
        kind, timestamp = message.timestamp()
        when: dict[str, Any] = {} if kind == TIMESTAMP_NOT_AVAILABLE else {"timestamp": timestamp}
        self._producer.produce(
            self._topic, message.value(), message.key(), headers=headers, on_delivery=self._told, **when
        )

    def _told(self, error: Any, _: object) -> None:
        if error is not None:
            self._failed.append(str(error))

    async def flush(self) -> None:
        """Returns once the dead letters are with the broker. Raises JavaError where it did not take them."""
        if self._producer is None or (not len(self._producer) and not self._failed):
            return
        left = await asyncio.to_thread(self._producer.flush, 60)
        if left or self._failed:
            why = self._failed[0] if self._failed else "Local: Message timed out"
            self._failed.clear()
            raise JavaError(f"Could not produce message to dead letter queue. topic={self._topic}: {why}")

    async def close(self) -> None:
        if self._producer is not None:
            await asyncio.to_thread(self._producer.flush, 5)


def _flag(config: Mapping[str, str], name: str) -> bool:
    return config.get(name, "false").strip().lower() == "true"
