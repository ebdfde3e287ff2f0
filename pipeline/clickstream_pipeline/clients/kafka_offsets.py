"""The first and the next offsets of partitions, over Kafka's admin API."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # pyright: ignore[reportPrivateImportUsage]

from clickstream_pipeline.clients.admin_answers import answered

_TIMEOUT = 5.0
_COUNTED = 500  # partitions; a cluster with more is not asked for its offsets at every look
Ends = dict[tuple[str, int], tuple[int, int]]  # (topic, partition): its first and its next offset


def ends_by_partition(
    admin: AdminClient, partitions: list[TopicPartition]
) -> dict[TopicPartition, Callable[[], tuple[int, int]]]:
    """Asks for the first and the next offset of all partitions in two requests. Each answer is a call that waits for
    its own; it raises KafkaException where that partition has none."""
    if not partitions:
        return {}

    def ask(spec: Any) -> dict[TopicPartition, Any]:
        asked: dict[TopicPartition, Any] = dict.fromkeys(partitions, spec)
        return admin.list_offsets(asked, request_timeout=_TIMEOUT)

    firsts, nexts = ask(OffsetSpec.earliest()), ask(OffsetSpec.latest())

    def ends(place: TopicPartition) -> tuple[int, int]:
        return answered(firsts[place], _TIMEOUT).offset, answered(nexts[place], _TIMEOUT).offset

    return {place: partial(ends, place) for place in partitions}


def known_ends(admin: AdminClient, places: list[TopicPartition]) -> Ends:
    """The first and next offset of each partition that answered; none where there are too many to ask for."""
    ends: Ends = {}
    for place, ask in ends_by_partition(admin, places if len(places) <= _COUNTED else []).items():
        try:
            ends[place.topic, place.partition] = ask()
        except KafkaException:  # deleted since it was listed, or without a leader
            continue
    return ends
