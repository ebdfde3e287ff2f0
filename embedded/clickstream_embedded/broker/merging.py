"""What a request names twice: Kafka puts partitions in a map, so a topic is answered once and its last entry counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def merged(
    topics: Any, parts: str = "partitions", number: str = "partition_index",
    keeps_empty: Callable[[str], bool] = lambda _: False,
) -> dict[str, dict[int, Any]]:  # fmt: skip
    """The last entry of each partition, by topic and number; a topic without partitions is not answered.

    Args:
        topics: Entities with a `name` and a list of partitions.
        parts: What that list is called.
        number: What a partition's number is called; "" where the list holds the numbers themselves.
        keeps_empty: Which topics are answered without partitions too.
    """
    found: dict[str, dict[int, Any]] = {}
    for topic in topics:
        of_topic = found.setdefault(topic.name, {})
        for each in getattr(topic, parts):
            of_topic[getattr(each, number) if number else each] = each
    return {name: parts for name, parts in found.items() if parts or keeps_empty(name)}
