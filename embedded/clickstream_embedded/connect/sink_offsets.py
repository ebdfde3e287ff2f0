"""The offsets of a sink: those that its consumer group has committed (KIP-875)."""

from __future__ import annotations

import logging
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

kafka_log = logging.getLogger("connect.kafka")
_LIMIT = 10.0  # seconds


class Malformed(ValueError):
    """The partitions and offsets are not those of a sink."""


def group_of(name: str) -> str:
    """The consumer group of a sink."""
    return f"connect-{name}"


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap}, logger=kafka_log)


def _committed(admin: AdminClient, name: str) -> list[TopicPartition]:
    wanted = ConsumerGroupTopicPartitions(group_of(name))
    found = admin.list_consumer_group_offsets([wanted], request_timeout=_LIMIT)[group_of(name)].result(_LIMIT)
    return [place for place in found.topic_partitions or () if place.offset >= 0]


def committed(bootstrap: str, name: str, topics: list[str]) -> list[dict[str, Any]]:
    """The group's offsets, as the REST API shows them. Raises KafkaException."""
    return [
        {
            "partition": {"kafka_topic": place.topic, "kafka_partition": place.partition},
            "offset": {"kafka_offset": place.offset},
        }
        for place in _committed(_admin(bootstrap), name)
        if place.topic in topics
    ]


def _move(admin: AdminClient, name: str, places: list[TopicPartition]) -> None:
    if places:
        wanted = ConsumerGroupTopicPartitions(group_of(name), places)
        admin.alter_consumer_group_offsets([wanted], request_timeout=_LIMIT)[group_of(name)].result(_LIMIT)


def reset(bootstrap: str, name: str, topics: list[str]) -> None:
    """The sink reads its topics from the beginning again. Raises KafkaException."""
    admin = _admin(bootstrap)
    _move(admin, name, [TopicPartition(place.topic, place.partition, 0) for place in _committed(admin, name)])


def alter(bootstrap: str, name: str, topics: list[str], pairs: list[dict[str, Any]]) -> None:
    """The sink goes on at the given offsets. Raises Malformed and KafkaException."""
    places: list[TopicPartition] = []
    for each in pairs:
        try:
            partition, offset = each["partition"], each.get("offset") or {"kafka_offset": 0}
            place = TopicPartition(
                str(partition["kafka_topic"]), int(partition["kafka_partition"]), int(offset["kafka_offset"])
            )
        except (KeyError, TypeError, ValueError):
            raise Malformed(
                "The partition for a sink connector offset is expected to contain the keys 'kafka_topic' and "
                "'kafka_partition', and its offset the key 'kafka_offset'"
            ) from None
        if place.topic not in topics:
            raise Malformed(f"The connector {name} does not read the topic {place.topic}")
        places.append(place)
    _move(_admin(bootstrap), name, places)
