"""How the results of a query reach its topic: all of them, in order, and without waiting where nothing more comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.sink_writer import SinkWriter
from clickstream_embedded.ksqldb.types.schema import Column, Schema
from clickstream_embedded.ksqldb.types.sql_types import INTEGER, STRING, SqlType
from tests.processes import Server

LIMIT = 20.0  # seconds


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    with Server("broker", tmp_path / "broker") as server:
        yield server


def read(broker: Server, topic: str, partitions: int, number: int) -> list[list[Any]]:
    """The messages of each partition, once there are `number` of them."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "g", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, place, 0) for place in range(partitions)])
    found: list[list[Any]] = [[] for _ in range(partitions)]
    deadline = time.monotonic() + LIMIT
    while sum(map(len, found)) < number:
        assert time.monotonic() < deadline, f"{sum(map(len, found))} of {number} messages"
        for message in consumer.consume(5000, 0.1):
            if message.error() is None:
                found[message.partition() or 0].append(message)
    consumer.close()
    return found


def sink_of(kind: SqlType, partitions: int) -> DataSource:
    schema = Schema((Column("K", INTEGER),), (Column("N", kind),))
    return DataSource(
        name="SINK", kind="TABLE", schema=schema, topic="sink", key_format="KAFKA", value_format="JSON", statement="",
        partitions=partitions,
    )  # fmt: skip


def test_a_result_that_is_too_large_is_told_and_holds_up_no_other(broker: Server, tmp_path: Path) -> None:
    kafka = Kafka(broker.address)
    kafka.create_topic("sink", 1, {})
    errors: list[str] = []
    store = CheckpointStore(tmp_path / "state.sqlite")
    results = SinkWriter("Q", sink_of(STRING, 1), kafka, store, errors.append, lambda: False)
    results.add([((n,), ("x" * (2_000_000 if n in (2, 3) else n),), n, None, None) for n in range(1, 6)])
    consumer = kafka.consumer("query")
    results.commit(consumer, [], {("t", 0): 5})
    consumer.close()
    store.close()
    assert [m.timestamp()[1] for m in read(broker, "sink", 1, 3)[0]] == [1, 4, 5]
    assert len(errors) == 2
    assert all("a result was not written" in error for error in errors)


@pytest.mark.parametrize("partitions", [1, 3])
def test_results_wait_for_room_in_the_producer(broker: Server, tmp_path: Path, partitions: int) -> None:
    kafka = Kafka(broker.address)
    # a queue that is full again and again
    kafka.producer = Producer({"bootstrap.servers": broker.address, "queue.buffering.max.messages": 300})
    kafka.create_topic("sink", partitions, {})
    errors: list[str] = []
    store = CheckpointStore(tmp_path / "state.sqlite")
    results = SinkWriter("Q", sink_of(INTEGER, partitions), kafka, store, errors.append, lambda: False)
    results.add([((number % 11,), (number,), number, None, None) for number in range(1, 5_001)])
    consumer = kafka.consumer("query")
    results.commit(consumer, [], {("t", 0): 5_000})
    consumer.close()
    store.close()
    assert errors == []
    assert results.produced == 5_000
    found = read(broker, "sink", partitions, 5_000)
    assert sorted(m.timestamp()[1] for part in found for m in part) == [*range(1, 5_001)]
    places: dict[bytes, set[int]] = {}
    for place, part in enumerate(found):
        for key in {message.key() for message in part}:
            of_key = [message.timestamp()[1] for message in part if message.key() == key]
            assert of_key == sorted(of_key)
            places.setdefault(key, set()).add(place)
        assert all(orjson.loads(message.value()) == {"N": message.timestamp()[1]} for message in part)
    assert len(places) == 11
    assert all(len(parts) == 1 for parts in places.values())


def test_a_query_does_not_wait_for_its_interval_where_nothing_more_comes(broker: Server, tmp_path: Path) -> None:
    producer = Producer({"bootstrap.servers": broker.address})

    def produce(number: int) -> None:
        for each in range(number):
            producer.produce("clicks", orjson.dumps({"U": each % 5}), timestamp=1000 + each)
        assert producer.flush(10) == 0

    produce(50)
    with (
        Server("ksqldb", tmp_path / "ksqldb", "--bootstrap", broker.address) as server,
        httpx.Client(base_url=f"http://{server.address}", timeout=10) as client,
    ):
        properties = {"ksql.streams.auto.offset.reset": "earliest", "ksql.streams.commit.interval.ms": "600000"}
        for statement in (
            "CREATE STREAM C (U INT) WITH (kafka_topic='clicks', value_format='JSON');",
            "CREATE TABLE N WITH (kafka_topic='counts') AS SELECT U, COUNT(*) AS N FROM C GROUP BY U;",
        ):
            client.post("/ksql", json={"ksql": statement, "streamsProperties": properties}).raise_for_status()
        # it has caught up with what was there when it began
        assert {orjson.loads(m.value())["N"] for m in read(broker, "counts", 1, 5)[0]} == {10}
        # a bulk has ended
        produce(5_000)
        counts = [orjson.loads(message.value())["N"] for message in read(broker, "counts", 1, 10)[0]]
        assert counts[-5:] == [1010] * 5


def test_a_topic_with_other_partitions_is_refused_and_not_after_a_restart(broker: Server, tmp_path: Path) -> None:
    kafka = Kafka(broker.address)
    kafka.create_topic("clicks", 1, {})
    kafka.create_topic("taken", 3, {})
    with Server("ksqldb", tmp_path / "ksqldb", "--bootstrap", broker.address) as server:

        def run(statement: str) -> httpx.Response:
            return httpx.post(f"http://{server.address}/ksql", json={"ksql": statement}, timeout=10)

        run("CREATE STREAM C (U INT) WITH (kafka_topic='clicks', value_format='JSON');").raise_for_status()
        run("CREATE STREAM D AS SELECT * FROM C;").raise_for_status()
        refused = run("CREATE STREAM E WITH (kafka_topic='taken') AS SELECT * FROM C;")
        assert refused.status_code == 400, refused.text
        assert "KSQL expects 1 partitions (topic has 3)" in refused.json()["message"]
        admin = AdminClient({"bootstrap.servers": broker.address})
        admin.create_partitions([NewPartitions("D", 2)])["D"].result(10)
        server.kill()
        server.start()
        shown = run("SHOW STREAMS;").json()[0]["streams"]
        assert {stream["name"] for stream in shown} == {"C", "D"}
