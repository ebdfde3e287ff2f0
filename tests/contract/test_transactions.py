"""Transactions (KIP-98) of the embedded broker, by confluent-kafka: what is committed is seen, what is aborted is not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.broker.batches import is_commit, marker
from tests.processes import Server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    with Server("broker", tmp_path / "broker") as server:
        yield server


def transactional(broker: Server, name: str = "t", timeout_ms: int = 60_000) -> Producer:
    producer = Producer(
        {"bootstrap.servers": broker.address, "transactional.id": name, "transaction.timeout.ms": timeout_ms,
         "log_level": 0}
    )  # fmt: skip
    producer.init_transactions(10)
    return producer


def send(producer: Producer, *values: str) -> None:
    for value in values:
        producer.produce("facts", value)
    assert producer.flush(10) == 0


def read(broker: Server, isolation: str, *, at_least: int = 0) -> list[str]:
    """Values from the beginning to the end, as that isolation level shows them."""
    consumer = Consumer(
        {"bootstrap.servers": broker.address, "group.id": "g", "isolation.level": isolation,
         "enable.partition.eof": True, "enable.auto.commit": False, "log_level": 0}
    )  # fmt: skip
    consumer.assign([TopicPartition("facts", 0, 0)])
    found: list[str] = []
    while True:
        message = consumer.poll(10)
        assert message is not None, "neither a record nor the end of the partition"
        if message.error():
            if len(found) >= at_least:
                break
            continue
        found.append((message.value() or b"").decode())
    consumer.close()
    return found


def test_committed_records_are_seen_and_aborted_ones_are_not(broker: Server) -> None:
    producer = transactional(broker)
    producer.begin_transaction()
    send(producer, "a", "b")
    producer.commit_transaction(10)
    producer.begin_transaction()
    send(producer, "wrong")
    producer.abort_transaction(10)
    producer.begin_transaction()
    send(producer, "c")
    assert read(broker, "read_committed") == ["a", "b"]  # c is not decided yet
    assert read(broker, "read_uncommitted", at_least=4) == ["a", "b", "wrong", "c"]
    producer.commit_transaction(10)
    assert read(broker, "read_committed", at_least=3) == ["a", "b", "c"]


def test_the_second_producer_of_an_id_shuts_the_first_out(broker: Server) -> None:
    first = transactional(broker)
    first.begin_transaction()
    send(first, "of the first")
    second = transactional(broker)
    second.begin_transaction()
    send(second, "of the second")
    second.commit_transaction(10)
    with pytest.raises(KafkaException) as refused:
        first.commit_transaction(10)
    assert refused.value.args[0].name() in ("_FENCED", "PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH")
    assert read(broker, "read_committed", at_least=1) == ["of the second"]


def test_offsets_are_committed_with_the_transaction(broker: Server) -> None:
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic("source", 1, 1)])["source"].result(10)
    plain = Producer({"bootstrap.servers": broker.address})
    for number in range(10):
        plain.produce("source", str(number))
    assert plain.flush(10) == 0
    consumer = Consumer(
        {"bootstrap.servers": broker.address, "group.id": "copy", "auto.offset.reset": "earliest",
         "enable.auto.commit": False, "log_level": 0}
    )  # fmt: skip
    consumer.subscribe(["source"])
    producer = transactional(broker)

    def copy(count: int) -> list[str]:
        producer.begin_transaction()
        messages = consumer.consume(count, 20)
        assert len(messages) == count
        values = [(message.value() or b"").decode() for message in messages]
        send(producer, *values)
        producer.send_offsets_to_transaction(
            consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), 10
        )
        return values

    def committed() -> int:
        return consumer.committed([TopicPartition("source", 0)], 10)[0].offset

    values = copy(4)
    producer.commit_transaction(10)
    assert committed() == 4
    copy(3)
    producer.abort_transaction(10)
    assert committed() == 4
    assert read(broker, "read_committed", at_least=4) == values
    consumer.close()


def test_what_is_open_too_long_is_aborted(broker: Server) -> None:
    producer = transactional(broker, timeout_ms=1000)
    producer.begin_transaction()
    send(producer, "late")
    plain = Producer({"bootstrap.servers": broker.address})
    plain.produce("facts", "plain")
    assert plain.flush(10) == 0
    # nothing is seen behind an open transaction, all of it once the coordinator has ended it
    assert read(broker, "read_committed", at_least=1) == ["plain"]


def test_an_open_transaction_survives_kill_9(broker: Server) -> None:
    producer = transactional(broker)
    producer.begin_transaction()
    send(producer, "before")
    broker.kill()
    broker.start()
    assert read(broker, "read_committed") == []
    send(producer, "after")
    producer.commit_transaction(20)
    assert read(broker, "read_committed", at_least=2) == ["before", "after"]
    broker.kill()
    broker.start()
    assert read(broker, "read_committed", at_least=2) == ["before", "after"]


def test_a_client_may_not_write_markers(broker: Server) -> None:
    header, batch = marker(7, 0, 1_700_000_000_000, committed=True)
    assert header.count == 1
    assert is_commit(bytes(batch))
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic("facts", 1, 1)])["facts"].result(10)
    host, port = broker.address.split(":")
    name, client = b"facts", b"x"
    body = (
        (1).to_bytes(2, "big") + b"t" + (1).to_bytes(2, "big") + (5000).to_bytes(4, "big")
        + (1).to_bytes(4, "big") + len(name).to_bytes(2, "big") + name + (1).to_bytes(4, "big")
        + (0).to_bytes(4, "big") + len(batch).to_bytes(4, "big") + bytes(batch)
    )  # fmt: skip
    frame = (0).to_bytes(2, "big") + (3).to_bytes(2, "big") + (1).to_bytes(4, "big") + b"\0\x01" + client + body
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(len(frame).to_bytes(4, "big") + frame)
        answer = connection.recv(4096)
    error_at = 4 + 4 + 4 + 2 + len(name) + 4 + 4
    assert int.from_bytes(answer[error_at : error_at + 2], "big", signed=True) == 49  # INVALID_PRODUCER_ID_MAPPING
