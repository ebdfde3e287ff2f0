"""Converters with a Schema Registry, end to end: a source writes, a sink reads, what cannot be read is told."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from tests.conftest import wait_until
from tests.processes import Server

CONFLUENT = "io.confluent.connect."
CONVERTERS = {"AVRO": f"{CONFLUENT}avro.AvroConverter", "JSON": f"{CONFLUENT}json.JsonSchemaConverter",
              "PROTOBUF": f"{CONFLUENT}protobuf.ProtobufConverter"}  # fmt: skip
SCHEMA = json.dumps({
    "type": "record", "name": "person", "namespace": "clicks",
    "fields": [
        {"name": "id", "type": {"type": "int", "arg.properties": {"iteration": {"start": 1}}}},
        {"name": "name", "type": {"type": "string", "arg.properties": {"regex": "User_[1-9]"}}},
    ],
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stack:
    """Broker, registry, worker and index."""

    broker: Server
    registry: httpx.Client
    connect: httpx.Client
    index: httpx.Client
    url: str

    def source(self, topic: str, kind: str, **more: str) -> dict[str, str]:
        return {
            "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": topic,
            "schema.string": SCHEMA, "max.interval": "1", "iterations": "20", "value.converter": CONVERTERS[kind],
            "value.converter.schema.registry.url": self.url, **more,
        }  # fmt: skip

    def sink(self, topic: str, kind: str, **more: str) -> dict[str, str]:
        return {
            "connector.class": f"{CONFLUENT}elasticsearch.ElasticsearchSinkConnector", "topics": topic,
            "connection.url": str(self.index.base_url), "key.ignore": "true", "schema.ignore": "true",
            "type.name": "_doc", "value.converter": CONVERTERS[kind],
            "value.converter.schema.registry.url": self.url, **more,
        }  # fmt: skip

    def make(self, name: str, config: dict[str, str]) -> None:
        answer = self.connect.put(f"/connectors/{name}/config", json=config)
        assert answer.status_code == 201, answer.text

    async def failed(self, name: str) -> str:
        """The trace of a connector's task that fails."""

        async def is_so() -> bool:
            found = self.connect.get(f"/connectors/{name}/status").json()
            return any(each["state"] == "FAILED" for each in found["tasks"])

        await wait_until(is_so, 20, f"{name} fails")
        return str(self.connect.get(f"/connectors/{name}/status").json()["tasks"][0]["trace"])

    async def documents(self, index: str, count: int) -> list[dict[str, Any]]:
        async def there() -> bool:
            answer = self.index.get(f"/{index}/_count")
            return answer.status_code == 200 and answer.json()["count"] >= count

        await wait_until(there, 40, f"{count} documents in {index}")
        body: dict[str, Any] = {"size": 100, "sort": [{"id": "asc"}]}
        hits = self.index.post(f"/{index}/_search", json=body).json()["hits"]["hits"]
        return [each["_source"] for each in hits]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    home = tmp_path_factory.mktemp("registry")
    with contextlib.ExitStack() as all_of_it:
        broker = all_of_it.enter_context(Server("broker", home / "broker"))
        registry = all_of_it.enter_context(Server("registry", home / "registry", "--bootstrap", broker.address))
        search = all_of_it.enter_context(Server("search", home / "search"))
        connect = all_of_it.enter_context(Server("connect", home / "connect", "--bootstrap", broker.address))
        url, *others = (f"http://{each.address}" for each in (registry, connect, search))
        clients = [all_of_it.enter_context(httpx.Client(base_url=each, timeout=20)) for each in (url, *others)]
        yield Stack(broker, clients[0], clients[1], clients[2], url)


@pytest.mark.parametrize("kind", CONVERTERS)
async def test_a_source_writes_and_a_sink_reads(stack: Stack, kind: str) -> None:
    topic = f"people-{kind.lower()}"
    stack.make(f"from-{kind}", stack.source(topic, kind))
    stack.make(f"to-{kind}", stack.sink(topic, kind))
    found = await stack.documents(topic, 20)
    assert [each["id"] for each in found] == list(range(1, 21))
    assert all(each["name"].startswith("User_") for each in found)
    latest = stack.registry.get(f"/subjects/{topic}-value/versions/latest").json()
    assert latest.get("schemaType", "AVRO") == kind
    assert "person" in latest["schema"]


async def test_what_has_no_magic_byte_fails_or_goes_to_the_dead_letter_queue(stack: Stack) -> None:
    producer = Producer({"bootstrap.servers": stack.broker.address, "log_level": 0})
    producer.produce("plain", b'{"id": 1}')
    assert producer.flush(10) == 0
    stack.make("strict", stack.sink("plain", "AVRO"))
    lines = (await stack.failed("strict")).splitlines()
    assert lines == [
        "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler",
        "Caused by: org.apache.kafka.connect.errors.DataException: Failed to deserialize data for topic plain to Avro: ",
        "Caused by: org.apache.kafka.common.errors.SerializationException: Unknown magic byte!",
    ]
    stack.make("lenient", stack.sink("plain", "PROTOBUF", **{
        "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "bad",
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true",
    }))  # fmt: skip
    dead = Consumer({"bootstrap.servers": stack.broker.address, "group.id": "dead", "log_level": 0})
    dead.assign([TopicPartition("bad", 0, 0)])
    message = dead.poll(20)
    dead.close()
    assert message is not None
    assert message.value() == b'{"id": 1}'
    headers = {name: str(value or b"", "utf-8") for name, value in message.headers() or ()}  # type: ignore[arg-type]
    assert headers["__connect.errors.stage"] == "VALUE_CONVERTER"
    assert headers["__connect.errors.class.name"] == CONVERTERS["PROTOBUF"]
    assert headers["__connect.errors.exception.message"] == "Failed to deserialize data for topic plain to Protobuf: "
    assert "Error deserializing Protobuf message for id -1" in headers["__connect.errors.exception.stacktrace"]


async def test_without_a_registry_the_task_fails_in_the_real_words(stack: Stack) -> None:
    config = stack.source("nowhere", "AVRO")
    del config["value.converter.schema.registry.url"]
    stack.make("no-url", config)
    assert await stack.failed("no-url") == (
        "org.apache.kafka.common.config.ConfigException: "
        'Missing required configuration "schema.registry.url" which has no default value.\n'
    )


async def test_the_workers_converters_are_for_those_that_name_none(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECT_VALUE_CONVERTER", CONVERTERS["AVRO"])
    given = ("--bootstrap", stack.broker.address, "--group", "second", "--schema-registry", stack.url)
    with Server("connect", tmp_path, *given) as worker, httpx.Client(base_url=f"http://{worker.address}") as client:
        own = replace(stack, connect=client)
        lent = own.source("lent", "AVRO")
        del lent["value.converter"], lent["value.converter.schema.registry.url"]
        # settings of a converter that is not named are nobody's
        own.make("lent", {**lent, "value.converter.schema.registry.url": "http://127.0.0.1:1"})
        own.make("from-lent", own.sink("lent", "AVRO"))
        assert len(await own.documents("lent", 20)) == 20
        named = {**own.source("named", "AVRO"), "value.converter.schema.registry.url": None}
        own.make("named", {key: value for key, value in named.items() if value is not None})
        assert 'Missing required configuration "schema.registry.url"' in await own.failed("named")


async def test_what_may_not_be_registered_is_looked_up(stack: Stack) -> None:
    unknown = stack.source("looked", "AVRO", **{"value.converter.auto.register.schemas": "false"})
    stack.make("looked", unknown)
    trace = await stack.failed("looked")
    assert "DataException: Failed to serialize Avro data from topic looked :" in trace
    assert "Error retrieving Avro schema{" in trace
    assert "Subject 'looked-value' not found.; error code: 40401" in trace
    # the latest one of the subject has a field more, which its default fills
    wider = json.loads(SCHEMA)
    wider["fields"].append({"name": "level", "type": "int", "default": 3})
    wider = {**wider, "name": "person"}
    answer = stack.registry.post("/subjects/latest-value/versions", json={"schema": json.dumps(wider)})
    assert answer.status_code == 200, answer.text
    stack.make("latest", stack.source("latest", "AVRO", **{
        "value.converter.auto.register.schemas": "false", "value.converter.use.latest.version": "true",
    }))  # fmt: skip
    stack.make("from-latest", stack.sink("latest", "AVRO"))
    assert {each["level"] for each in await stack.documents("latest", 20)} == {3}


async def test_an_incompatible_schema_is_the_registrys_refusal(stack: Stack) -> None:
    other = {"type": "record", "name": "person", "namespace": "clicks", "fields": [{"name": "id", "type": "string"}]}
    answer = stack.registry.post("/subjects/narrow-value/versions", json={"schema": json.dumps(other)})
    assert answer.status_code == 200, answer.text
    stack.make("narrow", stack.source("narrow", "AVRO"))
    trace = await stack.failed("narrow")
    assert "ConfigException: Failed to access Avro data from topic narrow : " in trace
    assert "error code: 409" in trace
