"""The offsets of a sink: those that its consumer group has committed (KIP-875)."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from clickstream_embedded.admin_answers import answered

kafka_log = logging.getLogger("connect.kafka")
_LIMIT = 10.0  # seconds
_WHOLE = re.compile(r"[+-]?\d+")


class Malformed(ValueError):
    """The partitions and offsets are not those of a sink."""


class NotAltered(RuntimeError):
    """The broker does not take the offsets; `{name}` in the text stands for the connector."""


def group_of(name: str, config: Mapping[str, str]) -> str:
    """The consumer group of a sink."""
    return config.get("consumer.override.group.id", "").strip() or f"connect-{name}"


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap}, logger=kafka_log)


def _committed(admin: AdminClient, group: str) -> list[TopicPartition]:
    wanted = ConsumerGroupTopicPartitions(group)
    found = answered(admin.list_consumer_group_offsets([wanted], request_timeout=_LIMIT)[group], _LIMIT)
    return [place for place in found.topic_partitions or () if place.offset >= 0]


def committed(bootstrap: str, group: str) -> list[dict[str, Any]]:
    """The group's offsets, as the REST API shows them. Raises KafkaException."""
    return [
        {
            "partition": {"kafka_topic": place.topic, "kafka_partition": place.partition},
            "offset": {"kafka_offset": place.offset},
        }
        for place in _committed(_admin(bootstrap), group)
    ]


def reset(bootstrap: str, group: str) -> None:
    """Forgets the group, so that the sink reads its topics from the beginning again. Raises KafkaException."""
    admin = _admin(bootstrap)  # kept: the request ends with its client
    deleted = admin.delete_consumer_groups([group], request_timeout=_LIMIT)
    try:
        answered(deleted[group], _LIMIT)
    except KafkaException as error:
        if error.args[0].code() not in (KafkaError.GROUP_ID_NOT_FOUND, KafkaError.INVALID_GROUP_ID):
            raise


def checked(pairs: list[dict[str, Any]]) -> list[TopicPartition]:
    """The places that {partition, offset} pairs name; -1 for one that is to be forgotten. Raises Malformed."""
    places: dict[tuple[str, int], TopicPartition] = {}
    for each in pairs:
        partition, offset = each.get("partition"), each.get("offset")
        if partition is None:
            raise Malformed("The partition for a sink connector offset cannot be null or missing")
        if "kafka_topic" not in partition or "kafka_partition" not in partition:
            raise Malformed(
                "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'"
            )
        if partition["kafka_topic"] is None:
            raise Malformed("Kafka topic names must be valid strings and may not be null")
        if partition["kafka_partition"] is None:
            raise Malformed("Kafka partitions must be valid numbers and may not be null")
        number = _integer(partition["kafka_partition"], "partition", 32)
        if offset is not None and "kafka_offset" not in offset:
            raise Malformed("The offset for a sink connector should either be null or contain the key 'kafka_offset'")
        wanted = -1 if offset is None else _integer(offset["kafka_offset"], "offset", 64)
        if offset is not None and wanted < 0:
            raise NotAltered("Failed to modify offsets for sink connector {name}")
        topic = str(partition["kafka_topic"])
        places[(topic, number)] = TopicPartition(topic, number, wanted)
    return list(places.values())


def _integer(value: Any, what: str, bits: int) -> int:
    """A number as `parseInt` or `parseLong` reads its text. Raises Malformed."""
    text = _java(value)
    edge = 1 << (bits - 1)
    if isinstance(value, float) or not _WHOLE.fullmatch(text) or not -edge <= int(text) < edge:
        raise Malformed(f"Failed to parse the following Kafka {what} value in the provided offsets: '{text}'. "
                        f"{what.capitalize()} values for sink connectors need to be integers.")  # fmt: skip
    return int(text)


def _java(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def alter(bootstrap: str, group: str, pairs: list[dict[str, Any]]) -> None:
    """The sink goes on at the given offsets. Raises Malformed, NotAltered and KafkaException."""
    places = checked(pairs)
    admin = _admin(bootstrap)
    topics = admin.list_topics(timeout=_LIMIT).topics
    for place in places:
        if place.topic not in topics or place.partition not in topics[place.topic].partitions:
            raise NotAltered("Failed to alter consumer group offsets for connector {name}")
    moved = [place for place in places if place.offset >= 0]
    if moved:
        wanted = ConsumerGroupTopicPartitions(group, moved)
        answered(admin.alter_consumer_group_offsets([wanted], request_timeout=_LIMIT)[group], _LIMIT)
    gone = {(place.topic, place.partition) for place in places if place.offset < 0}
    if gone:  # librdkafka forgets offsets of whole groups only: the others are written again
        kept = [place for place in _committed(admin, group) if (place.topic, place.partition) not in gone]
        reset(bootstrap, group)
        if kept:
            wanted = ConsumerGroupTopicPartitions(group, kept)
            answered(admin.alter_consumer_group_offsets([wanted], request_timeout=_LIMIT)[group], _LIMIT)
