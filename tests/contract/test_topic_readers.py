"""Queries that begin together read a topic together: it is fetched and decoded once."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from confluent_kafka import Producer

from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.runtime import topic_reader
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.topic_reader import Subscription, TopicReaders
from clickstream_embedded.ksqldb.types import sql_types
from clickstream_embedded.ksqldb.types.schema import Column, Schema
from tests.processes import Server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    with Server("broker", tmp_path / "broker") as server:
        yield server


@pytest.mark.parametrize("is_told", [True, False])
def test_a_query_that_takes_in_its_tables_first_reads_its_stream_with_the_others(
    broker: Server, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    kafka = Kafka(broker.address)
    kafka.create_topic("clicks", 1, {})
    producer = Producer({"bootstrap.servers": broker.address})
    for number in range(topic_reader._NEAR + 1):  # more than a query would skip to share a reader
        producer.produce("clicks", str(number))
    assert producer.flush(10) == 0
    now = [0.0]
    monkeypatch.setattr(topic_reader, "time", SimpleNamespace(monotonic=lambda: now[0]))
    readers = TopicReaders(kafka)
    arrival = readers.arrival()

    def taken(subscription: Subscription) -> int:
        return sum(len(chunk.columns) for chunk in readers.poll([subscription], arrival, 10))

    try:
        first = readers.subscribe("clicks", {0: 0}, 0.0, arrival)
        read = taken(first)
        if is_told:
            readers.expect()
        now[0] += topic_reader._GATHER * 3  # however long its statement takes
        while read <= topic_reader._NEAR:
            read += taken(first)
        second = readers.subscribe("clicks", {0: 0}, 0.0, arrival)
        readers.came()
        assert (second.reader is first.reader) is is_told
    finally:
        readers.close()


def test_who_reads_first_goes_on_while_others_are_waited_for(broker: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_reader, "_CHUNK", 10)
    monkeypatch.setattr(topic_reader, "_POLL", 60.0)  # who waits is woken, and does not look again by itself
    monkeypatch.setattr(topic_reader, "_GATHER", 60.0)
    monkeypatch.setattr(topic_reader, "_GATHER_MOST", 60.0)
    kafka = Kafka(broker.address)
    kafka.create_topic("clicks", 1, {})
    producer = Producer({"bootstrap.servers": broker.address})
    for number in range(30 * topic_reader._CHUNK):
        producer.produce("clicks", str(number))
    assert producer.flush(10) == 0
    monkeypatch.setattr(topic_reader, "time", SimpleNamespace(monotonic=lambda: 0.0))  # the time to join does not end
    readers = TopicReaders(kafka)
    arrival = readers.arrival()
    try:
        first = readers.subscribe("clicks", {0: 0}, 0.0, arrival)
        for number in range(topic_reader._AHEAD_AT_FIRST):
            (chunk,) = readers.poll([first], arrival, 10)
            assert chunk.ends == {0: (number + 1) * topic_reader._CHUNK}
        assert first.reader is not None
        assert len(first.reader.chunks) == topic_reader._AHEAD_AT_FIRST  # all of them are kept
        second = readers.subscribe("clicks", {0: 0}, 0.0, arrival)
        assert second.reader is first.reader
        assert readers.poll([second], arrival, 10)[0].starts == {0: 0}
    finally:
        readers.close()


def test_queries_with_a_copy_of_the_same_source_share_what_is_decoded(broker: Server) -> None:
    columns = Schema((), (Column("A", sql_types.INTEGER),))
    source = DataSource("S", "STREAM", columns, "clicks", "KAFKA", "JSON", "")
    kafka = Kafka(broker.address)
    kafka.create_topic("clicks", 1, {})
    producer = Producer({"bootstrap.servers": broker.address})
    producer.produce("clicks", b'{"a": 1}')
    assert producer.flush(10) == 0
    readers = TopicReaders(kafka)
    arrival = readers.arrival()
    try:
        subscription = readers.subscribe("clicks", {0: 0}, 0.0, arrival)
        (chunk,) = readers.poll([subscription], arrival, 10)
        first = chunk.decoded(Codec(source))
        assert [record[1] for record in first.records] == [(1, first.records[0][2], 0, 0)]
        assert chunk.decoded(Codec(pickle.loads(pickle.dumps(source)))) is first
        other = replace(source, schema=Schema((), (Column("A", sql_types.STRING),)))
        assert chunk.decoded(Codec(other)) is not first
        assert chunk.decoded(Codec(source, strict_times=True)) is not first
    finally:
        readers.close()


def test_a_chunk_is_decoded_to_what_all_that_read_it_ask_for(broker: Server) -> None:
    columns = Schema((), (Column("A", sql_types.STRING), Column("B", sql_types.STRING), Column("C", sql_types.STRING)))
    codec = Codec(DataSource("S", "STREAM", columns, "clicks", "KAFKA", "JSON", ""))
    kafka = Kafka(broker.address)
    kafka.create_topic("clicks", 1, {})
    producer = Producer({"bootstrap.servers": broker.address})
    readers = TopicReaders(kafka)
    arrival = readers.arrival()
    asked = [frozenset("A"), frozenset("B")]
    try:
        subscriptions = [readers.subscribe("clicks", {0: 0}, 0.0, arrival, wanted) for wanted in asked]
        producer.produce("clicks", b'{"A": "a", "B": "b", "C": "c"}')
        assert producer.flush(10) == 0
        (chunk,) = readers.poll(subscriptions[:1], arrival, 10)
        first = chunk.decoded(codec, asked[0])
        assert [record[1] and record[1][:3] for record in first.records] == [("a", "b", None)]
        assert chunk.decoded(codec, asked[1]) is first
        whole = chunk.decoded(codec)  # of one that joined later
        assert [record[1] and record[1][:3] for record in whole.records] == [("a", "b", "c")]
        assert chunk.decoded(codec, frozenset("C")) is whole
    finally:
        readers.close()
