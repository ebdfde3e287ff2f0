"""The new consumer group protocol (KIP-848) with librdkafka, and its refusal where the broker is without it."""

from __future__ import annotations

import time
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.broker.assignors import ranges, uniform
from tests.processes import Server
from tests.servers.kafka_wire import Wire

BROKER_SETTINGS = "group.coordinator.rebalance.protocols=classic,consumer;group.consumer.heartbeat.interval.ms=200"
_LIMIT = 30.0  # seconds


def _consumer(broker: Server, group: str, **more: str) -> Consumer:
    return Consumer({"bootstrap.servers": broker.address, "group.id": group, "group.protocol": "consumer",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False, **more})  # fmt: skip


def _until_shared(consumers: list[Consumer], count: int) -> list[set[int]]:
    """Polls all until each partition of the topic is with exactly one of them, about as many with each."""
    deadline = time.monotonic() + _LIMIT
    while time.monotonic() < deadline:
        for each in consumers:
            each.poll(0.05)
        found = [{place.partition for place in each.assignment()} for each in consumers]
        if (
            sum(map(len, found)) == count
            and len(set().union(*found)) == count
            and max(map(len, found)) - min(map(len, found)) < 2
        ):
            return found
    raise AssertionError(f"not shared: {[each.assignment() for each in consumers]}")


def test_members_share_the_partitions_and_go_on_where_they_were(broker: Server) -> None:
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic("shared", 6, 1)])["shared"].result(10)
    producer = Producer({"bootstrap.servers": broker.address})
    for number in range(60):
        producer.produce("shared", str(number).encode(), partition=number % 6)
    assert producer.flush(10) == 0
    first = _consumer(broker, "g1")
    first.subscribe(["shared"])
    seen: set[bytes | None] = set()
    deadline = time.monotonic() + _LIMIT
    while len(seen) < 60 and time.monotonic() < deadline:
        message = first.poll(0.2)
        if message is not None and message.error() is None:
            seen.add(message.value())
    assert len(seen) == 60
    first.commit(asynchronous=False)
    second = _consumer(broker, "g1")
    second.subscribe(["shared"])
    _until_shared([first, second], 6)
    described = admin.describe_consumer_groups(["g1"])["g1"].result(10)
    assert len(described.members) == 2
    assert described.state.name == "STABLE"
    first.close()
    _until_shared([second], 6)
    offsets = second.committed([TopicPartition("shared", number) for number in range(6)], 10)
    assert [each.offset for each in offsets] == [10] * 6
    second.close()


def test_a_partition_that_is_added_is_assigned(broker: Server) -> None:
    from_admin = AdminClient({"bootstrap.servers": broker.address})
    from_admin.create_topics([NewTopic("grows", 2, 1)])["grows"].result(10)
    consumer = _consumer(broker, "g2", **{"group.remote.assignor": "range"})
    consumer.subscribe(["grows"])
    _until_shared([consumer], 2)

    from_admin.create_partitions([NewPartitions("grows", 3)])["grows"].result(10)
    _until_shared([consumer], 3)
    consumer.close()


def test_an_assignor_that_there_is_not_is_refused(broker: Server) -> None:
    consumer = _consumer(broker, "g3", **{"group.remote.assignor": "sticky"})
    consumer.subscribe(["shared"])
    deadline = time.monotonic() + _LIMIT
    told = ""
    while not told and time.monotonic() < deadline:
        try:
            message = consumer.poll(0.2)
        except KafkaException as error:
            told = str(error)
        else:
            told = str(message.error()) if message is not None and message.error() is not None else ""
    assert "UNSUPPORTED_ASSIGNOR" in told or "is not supported" in told
    consumer.close()


def test_a_pattern_is_a_subscription_too(broker: Server) -> None:
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic("like-a", 1, 1), NewTopic("like-b", 2, 1)])["like-b"].result(10)
    consumer = _consumer(broker, "g5")
    consumer.subscribe(["^like-.*"])
    deadline = time.monotonic() + _LIMIT
    while len(consumer.assignment()) < 3 and time.monotonic() < deadline:
        consumer.poll(0.1)
    assert len(consumer.assignment()) == 3
    consumer.close()


def test_a_broker_without_the_protocol_refuses_it_as_kafka_3_9_does(tmp_path: Path) -> None:
    with Server("broker", tmp_path / "classic") as server:
        wire = Wire(server.address)
        asked = {"group_id": "g", "member_id": "m", "member_epoch": 0, "instance_id": None, "rack_id": None, "rebalance_timeout": 1000,
                 "subscribed_topic_names": ["t"], "server_assignor": None, "topic_partitions": ()}  # fmt: skip
        assert wire.ask(68, 0, asked)["error_code"] == "unsupported_version"
        wire.close()


def test_assignors_are_even_and_keep_what_members_have() -> None:
    both = {"a": {"t"}, "b": {"t"}}
    first = uniform({"a": {"t"}}, {"t": 4}, {})
    then = uniform(both, {"t": 4}, first)
    assert [len(then[each]) for each in "ab"] == [2, 2]
    assert then["a"] <= first["a"]
    uneven = uniform({"a": {"t", "u"}, "b": {"u"}}, {"t": 2, "u": 2}, {})
    assert uneven["b"] == {("u", 0), ("u", 1)}
    assert ranges(both, {"t": 3}, {}) == {"a": {("t", 0), ("t", 1)}, "b": {("t", 2)}}
