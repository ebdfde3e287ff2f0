"""The Elasticsearch sink of the worker, as processes: ids, merges, dead letters, and an index that is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from tests.conftest import wait_until
from tests.processes import Server, free_port

_JSON = "org.apache.kafka.connect.json.JsonConverter"


@dataclass(frozen=True, slots=True)
class Stack:
    """A broker, an index and a worker."""

    broker: Server
    search: Server
    connect: httpx.Client
    index: httpx.Client

    def produce(self, topic: str, *records: tuple[Any, Any], headers: Any = None) -> None:
        """Records of key and value; what is not bytes is written as JSON."""
        producer = Producer({"bootstrap.servers": self.broker.address, "log_level": 0})
        for key, value in records:
            data = value if isinstance(value, bytes | None) else json.dumps(value).encode()
            producer.produce(topic, data, key, headers=headers)
        assert producer.flush(10) == 0

    def sink(self, name: str, **settings: str) -> None:
        config = {
            "connector.class": "ElasticsearchSink", "topics": name, "connection.url": f"http://{self.search.address}",
            "type.name": "_doc", "schema.ignore": "true", "key.ignore": "false", "value.converter": _JSON,
            "value.converter.schemas.enable": "false",
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        }  # fmt: skip
        config |= {key.replace("__", "."): value for key, value in settings.items()}
        answer = self.connect.put(
            f"/connectors/{name}/config", json={key: value for key, value in config.items() if value}
        )
        assert answer.status_code == 201, answer.text

    async def failed(self, name: str) -> str:
        """The trace of a sink's task, once it failed."""

        async def trace() -> str:
            tasks = self.connect.get(f"/connectors/{name}/status").json()["tasks"]
            return str(tasks[0].get("trace", "")) if tasks else ""

        return str(await wait_until(trace, 40, f"{name} fails"))

    async def documents(self, index: str, count: int) -> dict[str, Any]:
        """The documents of an index by id, once there are so many."""

        async def found() -> dict[str, Any] | None:
            self.index.post(f"/{index}/_refresh")
            answer = self.index.post(f"/{index}/_search", json={"size": 100})
            hits = answer.json()["hits"]["hits"] if answer.status_code == 200 else []
            return {hit["_id"]: hit["_source"] for hit in hits} if len(hits) == count else None

        return await wait_until(found, 40, f"{count} documents in {index}")  # type: ignore[return-value]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("sink")
    with (
        Server("broker", folder / "broker") as broker,
        Server("search", folder / "search") as search,
        Server("connect", folder / "connect", "--bootstrap", broker.address) as worker,
        httpx.Client(base_url=f"http://{worker.address}", timeout=20) as connect,
        httpx.Client(base_url=f"http://{search.address}", timeout=20) as index,
    ):
        yield Stack(broker, search, connect, index)


async def test_a_null_key_fails_the_task_and_says_so(stack: Stack) -> None:
    stack.produce("nokey", (None, {"a": 1}))
    stack.sink("nokey")
    trace = await stack.failed("nokey")
    assert trace.startswith("org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask")
    assert "Caused by: org.apache.kafka.connect.errors.ConnectException: Key is used as document id" in trace
    assert "Traceback" not in trace


async def test_upserts_merge_and_inserts_replace(stack: Stack) -> None:
    for name, method in (("merged", "UPSERT"), ("replaced", "insert")):
        stack.produce(name, ("k", {"a": 1, "b": 1}), ("k", {"b": 2}), ("last", {"c": 3}))
        stack.sink(name, write__method=method)
    assert await stack.documents("merged", 2) == {"k": {"a": 1, "b": 2}, "last": {"c": 3}}
    assert await stack.documents("replaced", 2) == {"k": {"b": 2}, "last": {"c": 3}}


async def test_null_values_are_deleted_or_ignored_or_fail(stack: Stack) -> None:
    for name, behavior in (("deletes", "delete"), ("ignores", "ignore"), ("fails", "FAIL")):
        stack.produce(name, ("gone", {"a": 1}), ("gone", None), (None, None), ("last", {"a": 2}))
        stack.sink(name, behavior__on__null__values=behavior)
    assert set(await stack.documents("deletes", 1)) == {"last"}
    trace = await stack.failed("fails")
    assert "null value encountered for topic/partition/offset fails/0/1" in trace


async def test_envelopes_are_unwrapped_and_plain_json_fails(stack: Stack) -> None:
    schema = {"type": "struct", "optional": False, "fields": [{"field": "a", "type": "int32", "optional": False}]}
    stack.produce("envelope", ("k", {"schema": schema, "payload": {"a": 5}}))
    stack.sink("envelope", value__converter__schemas__enable="true")
    assert await stack.documents("envelope", 1) == {"k": {"a": 5}}
    stack.produce("envelope", ("l", {"a": 6}))
    assert 'requires "schema" and "payload" fields' in await stack.failed("envelope")


def letters(stack: Stack, topic: str) -> Any:
    """The first record of a topic."""
    consumer = Consumer({"bootstrap.servers": stack.broker.address, "group.id": "letters", "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    message = consumer.poll(15)
    consumer.close()
    assert message is not None
    return message


@pytest.mark.parametrize("context", [True, False])
async def test_dead_letters_keep_their_headers(stack: Stack, context: bool) -> None:
    name = f"letters{int(context)}"
    stack.produce(name, ("k", b"{no json"), headers=[("own", b"1")])
    stack.produce(name, ("k", {"a": 1}))
    stack.sink(
        name, errors__tolerance="all", errors__deadletterqueue__topic__name=f"{name}-dlq",
        errors__deadletterqueue__topic__replication__factor="1",
        errors__deadletterqueue__context__headers__enable=str(context).lower(),
    )  # fmt: skip
    assert await stack.documents(name, 1) == {"k": {"a": 1}}
    message = letters(stack, f"{name}-dlq")
    headers = dict(message.headers())
    assert (message.key(), message.value(), headers.pop("own")) == (b"k", b"{no json", b"1")
    assert (headers.get("__connect.errors.stage") == b"VALUE_CONVERTER") == context
    assert bool(headers) == context
    assert message.timestamp() == letters(stack, name).timestamp()


async def test_a_queue_that_cannot_be_made_fails_the_task(stack: Stack) -> None:
    stack.produce("three", ("k", {"a": 1}))
    stack.sink("three", errors__tolerance="all", errors__deadletterqueue__topic__name="three-dlq")
    trace = await stack.failed("three")
    assert trace.startswith("org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue")
    assert "InvalidReplicationFactorException" in trace


async def test_a_document_that_is_refused_goes_to_the_dead_letters(stack: Stack) -> None:
    mapping = {"mappings": {"properties": {"n": {"type": "long"}}}}
    assert stack.index.put("/strict", json=mapping).status_code == 200
    stack.produce("strict", ("bad", {"n": "no number"}), ("good", {"n": 1}))
    stack.sink(
        "strict", behavior__on__malformed__documents="warn", errors__tolerance="all",
        errors__deadletterqueue__topic__name="strict-dlq", errors__deadletterqueue__topic__replication__factor="1",
    )  # fmt: skip
    assert await stack.documents("strict", 1) == {"good": {"n": 1}}
    assert letters(stack, "strict-dlq").key() == b"bad"


async def test_without_tolerance_a_reported_document_ends_the_task(stack: Stack) -> None:
    mapping = {"mappings": {"properties": {"n": {"type": "long"}}}}
    assert stack.index.put("intolerant", json=mapping).status_code == 200
    stack.produce("intolerant", ("bad", {"n": "no number"}))
    stack.sink(
        "intolerant", behavior__on__malformed__documents="warn", errors__deadletterqueue__topic__name="intolerant-dlq",
        errors__deadletterqueue__topic__replication__factor="1",
    )  # fmt: skip
    lines = (await stack.failed("intolerant")).splitlines()
    assert (
        lines[1] == "Caused by: org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler"
    )
    assert letters(stack, "intolerant-dlq").key() == b"bad"


async def test_a_transform_that_fails_is_named_to_the_dead_letters(stack: Stack) -> None:
    cast = "org.apache.kafka.connect.transforms.Cast$Value"
    stack.produce("cast", ("bad", {"n": "x"}), ("good", {"n": "1"}))
    stack.sink(
        "cast", transforms="c", transforms__c__type=cast, transforms__c__spec="n:int32", errors__tolerance="all",
        errors__deadletterqueue__topic__name="cast-dlq", errors__deadletterqueue__topic__replication__factor="1",
        errors__deadletterqueue__context__headers__enable="true",
    )  # fmt: skip
    assert await stack.documents("cast", 1) == {"good": {"n": 1}}
    headers = dict(letters(stack, "cast-dlq").headers())
    assert headers["__connect.errors.stage"] == b"TRANSFORMATION"
    assert headers["__connect.errors.class.name"] == cast.encode()


@pytest.mark.parametrize(("ignore", "price"), [("false", 12.5), ("true", "BOI=")])
async def test_decimals_are_numbers_where_the_schema_counts(stack: Stack, ignore: str, price: Any) -> None:
    name = f"decimals-{ignore}"
    decimal = {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "version": 1, "field": "price",
               "parameters": {"scale": "2"}}  # fmt: skip
    stack.produce(name, ("k", {"schema": {"type": "struct", "fields": [decimal]}, "payload": {"price": "BOI="}}))
    stack.sink(name, value__converter__schemas__enable="true", schema__ignore=ignore)
    assert await stack.documents(name, 1) == {"k": {"price": price}}


async def test_a_line_that_is_too_long_for_a_record_ends_the_source(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text(f"{'x' * 1_040_000}\n{'y' * 1_060_000}\n")
    config = {"connector.class": "FileStreamSource", "topic": "long-lines", "file": str(file)}
    converter = {"value.converter": "org.apache.kafka.connect.storage.StringConverter"}
    assert stack.connect.put("/connectors/long-lines/config", json=config | converter).status_code == 201
    lines = (await stack.failed("long-lines")).splitlines()
    assert lines[0].endswith("Unrecoverable exception from producer send callback for the topic long-lines")
    assert lines[1].startswith("Caused by: org.apache.kafka.common.errors.RecordTooLargeException")
    assert len(letters(stack, "long-lines").value()) == 1_040_000


async def test_topics_by_a_regular_expression(stack: Stack) -> None:
    for topic in ("many-one", "many-two", "manyother"):
        stack.produce(topic, (topic, {"t": topic}))
    stack.sink("many", topics="", topics__regex="many-.*", topic__index__map="many-one:many,many-two:many")
    assert set(await stack.documents("many", 2)) == {"many-one", "many-two"}


async def test_an_index_that_is_away_fails_the_task_once_retries_are_used_up(stack: Stack) -> None:
    port = free_port()
    stack.produce("away", ("k", {"a": 1}))
    stack.sink("away", connection__url=f"http://127.0.0.1:{port}", max__retries="2", retry__backoff__ms="10")
    trace = await stack.failed("away")
    assert f"Connect to 127.0.0.1:{port} failed: Connection refused" in trace
    config = stack.connect.get("/connectors/away/config").json()
    config["connection.url"] = f"http://{stack.search.address}"
    assert stack.connect.put("/connectors/away/config", json=config).status_code == 200
    assert await stack.documents("away", 1) == {"k": {"a": 1}}  # nothing was lost
