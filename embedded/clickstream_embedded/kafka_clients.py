"""How the servers' clients of Kafka behave while it is away."""

from __future__ import annotations

from typing import Any

from confluent_kafka import Consumer, TopicPartition

# while a cluster is away librdkafka ends and begins a thread at each try to reach it (KIP-899), as a rule ten times a second
PATIENT: dict[str, Any] = {"reconnect.backoff.ms": 500, "reconnect.backoff.max.ms": 1000}


def first_and_next(consumer: Consumer, place: TopicPartition, limit: float) -> tuple[int, int]:
    """The first and the next offset of a partition, for a consumer that was just made.

    librdkafka gives its bootstrap broker up once it knows the cluster. A request that comes before it has another waits
    for half a second; one for the topic's metadata does not, and the offsets are asked of the broker that it names.

    Args:
        consumer: Who asks.
        place: The partition.
        limit: Seconds that each of the two requests may take.

    Raises:
        KafkaException: the cluster did not answer, or has no such partition.
    """
    consumer.list_topics(place.topic, timeout=limit)
    return consumer.get_watermark_offsets(place, timeout=limit)
