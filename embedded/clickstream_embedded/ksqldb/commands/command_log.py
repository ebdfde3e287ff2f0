"""The command topic: every statement that changed something, in order. The server is rebuilt from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from clickstream_embedded.ksqldb.runtime.kafka import Kafka


class Command(NamedTuple):
    """A logged statement and its place."""

    sequence: int
    command_id: str
    statement: str
    properties: dict[str, Any]


class CommandStatuses:
    """How each command ended, by its id, as `/status` tells it; the oldest are forgotten beyond a number."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._found: dict[str, str] = {}

    def note(self, command_id: str, status: str) -> None:
        """Keeps SUCCESS or ERROR; a command of the same id takes the place of the earlier one."""
        self._found.pop(command_id, None)
        self._found[command_id] = status
        if len(self._found) > self._most:
            del self._found[next(iter(self._found))]

    def get(self, command_id: str) -> str | None:
        return self._found.get(command_id)

    def all(self) -> dict[str, str]:
        """A copy, which no later command changes."""
        return dict(self._found)


class CommandLog:
    """The log of one server, a topic of one partition that is never deleted from."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic

    def replay(self) -> Iterator[Command]:
        """All commands in order; makes the topic where there is none. Raises KafkaException, TimeoutError."""
        if self._topic not in self._kafka.topics():
            self._kafka.create_topic(self._topic, 1, {"retention.ms": "-1", "retention.bytes": "-1"})
        for message in self._kafka.read_all(self._topic):
            command = json.loads(message.value())
            command_id = (message.key() or b"").decode("utf-8", "replace")
            yield Command(message.offset(), command_id, command["statement"], command["properties"])

    def append(self, command_id: str, statement: str, properties: dict[str, Any]) -> int:
        """Keeps a statement; gives its place. Raises KafkaException where the broker does not take it."""
        record = json.dumps({"statement": statement, "properties": properties}).encode()
        return self._kafka.write(self._topic, command_id.encode(), record)
