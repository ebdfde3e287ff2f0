"""Broker, Schema Registry and ksqlDB as processes of a test."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.processes import Server

_LIMIT = 20.0  # seconds


class Stack:
    """Broker, registry and ksqlDB, and what is asked of them."""

    def __init__(self, broker: Server, registry: Server, ksqldb: Server) -> None:
        self.broker, self.registry, self.ksqldb = broker, registry, ksqldb
        self.schemas = SchemaRegistryClient({"url": f"http://{registry.address}"})
        self._http = httpx.Client(base_url=f"http://{ksqldb.address}", timeout=30)

    def run(self, text: str, **properties: Any) -> Any:
        """The entities of statements that are taken."""
        answer = self._http.post("/ksql", json={"ksql": text, "streamsProperties": properties})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until_ready(self) -> None:
        """Waits for the command log to be replayed."""
        deadline = time.monotonic() + 60
        while not self._http.get("/healthcheck").is_success:
            assert time.monotonic() < deadline, self.ksqldb.log[-2000:]
            time.sleep(0.1)

    def refused(self, text: str) -> tuple[int, str]:
        answer = self._http.post("/ksql", json={"ksql": text, "streamsProperties": {}})
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["message"]

    def rows(self, query: str, count: int) -> list[list[Any]]:
        """The first rows of a push query from the beginning."""
        body = {"sql": f"{query} EMIT CHANGES LIMIT {count};", "properties": {"auto.offset.reset": "earliest"}}
        answer = self._http.post("/query-stream", json=body)
        return [line for line in map(json.loads, answer.text.splitlines()) if isinstance(line, list)]

    def printed(self, topic: str, count: int) -> list[str]:
        """The lines of PRINT."""
        answer = self._http.post("/query", json={"ksql": f"PRINT '{topic}' FROM BEGINNING LIMIT {count};"})
        return [line for line in answer.text.splitlines() if line]

    def records(self, topic: str, count: int) -> list[tuple[bytes | None, bytes]]:
        """The first keys and values of a topic."""
        consumer = Consumer(
            {"bootstrap.servers": self.broker.address, "group.id": f"see-{topic}", "auto.offset.reset": "earliest"}
        )
        consumer.subscribe([topic])
        found: list[tuple[bytes | None, bytes]] = []
        deadline = time.monotonic() + _LIMIT
        while len(found) < count and time.monotonic() < deadline:
            found += [(m.key(), m.value() or b"") for m in consumer.consume(count, 1.0) if m.error() is None]
        consumer.close()
        assert len(found) >= count, f"{len(found)} of {count} records in {topic}: {self.ksqldb.log[-2000:]}"
        return found

    def write(self, topic: str, value: bytes | None, key: bytes | None = None) -> None:
        producer = Producer({"bootstrap.servers": self.broker.address})
        producer.produce(topic, value, key)
        assert producer.flush(10) == 0

    def schema(self, subject: str) -> str:
        body = httpx.get(f"http://{self.registry.address}/subjects/{subject}/versions/latest").json()
        return body["schema"]


@contextlib.contextmanager
def started(home: Path) -> Generator[Stack]:
    """The three servers, running."""
    with (
        Server("broker", home / "broker") as broker,
        Server("registry", home / "registry", "--bootstrap", broker.address) as registry,
        Server("ksqldb", home / "ksqldb", "--bootstrap", broker.address,
               "--schema-registry", f"http://{registry.address}") as ksqldb,
    ):  # fmt: skip
        yield Stack(broker, registry, ksqldb)


def value_of(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)
