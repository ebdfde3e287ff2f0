"""What can be changed of a topic: its settings, the number of its partitions, what it holds. Each raises KafkaException."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewPartitions

from clickstream_pipeline.clients.admin_answers import answered

_TIMEOUT = 5.0


def configure(admin: AdminClient, name: str, config: Mapping[str, str | None]) -> None:
    """Sets settings and leaves the others (KIP-339); None deletes one, so that the broker's default holds."""
    entries = [
        ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        if value is not None
        else ConfigEntry(key, "", incremental_operation=AlterConfigOpType.DELETE)
        for key, value in config.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
    answered(admin.incremental_alter_configs([resource], request_timeout=_TIMEOUT)[resource], _TIMEOUT)


def add_partitions(admin: AdminClient, name: str, total: int) -> None:
    """Makes it `total` partitions; keys go to other partitions from then on."""
    answered(admin.create_partitions([NewPartitions(name, total)], request_timeout=_TIMEOUT)[name], _TIMEOUT)


def purge(admin: AdminClient, name: str, ends: Mapping[int, int]) -> None:
    """Deletes the records before these offsets."""
    places = [TopicPartition(name, partition, end) for partition, end in ends.items()]
    answers: dict[TopicPartition, Any] = admin.delete_records(places, request_timeout=_TIMEOUT)
    for answer in answers.values():
        answered(answer, _TIMEOUT)
