"""A table's rows from its topic, for a query that keeps no state of its own which they could be told from.

Kafka Streams does the same: a table that is materialized is restored from its changelog before it is queried.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from confluent_kafka import TopicPartition

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.operators.operator import Batch
from clickstream_embedded.ksqldb.runtime.checkpoint_store import Offsets
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.runtime.kafka import Kafka

_AT_ONCE = 5000  # messages


def table_changes(
    kafka: Kafka, table: DataSource, until: Offsets | None, stopping: Callable[[], bool]
) -> Iterator[Batch]:
    """The changes that the table's topic holds, in order, up to the offsets `until` or to its present end.

    Raises KafkaException. A record that cannot be read is left out, as it was when it was first met.
    """
    read = Codec(table).row_reader()
    partitions = kafka.topics().get(table.topic, 0)
    consumer = kafka.consumer("clickstream-table-restore")
    try:
        left: dict[int, int] = {}
        starts: list[TopicPartition] = []
        for number, (low, high) in enumerate(kafka.offsets(table.topic, partitions)):
            end = high if until is None else min(high, until.get((table.topic, number), 0))
            if end > low:
                left[number] = end
                starts.append(TopicPartition(table.topic, number, low))
        consumer.assign(starts)
        while left and not stopping():
            batch: Batch = []
            messages: list[Any] = consumer.consume(_AT_ONCE, 0.1)
            for message in messages:
                number = message.partition()
                if message.error() is not None or number not in left:
                    continue
                if message.offset() < left[number]:
                    with contextlib.suppress(SerializationError):
                        batch.append(read(message.key(), message.value(), message.timestamp()[1]))
                if message.offset() + 1 >= left[number]:
                    del left[number]
            if batch:
                yield batch
            if not messages:  # the last offsets may be those of markers, or compacted away
                places = {place.partition: place.offset for place in consumer.position([*starts])}
                left = {number: end for number, end in left.items() if places.get(number, 0) < end}
    finally:
        consumer.close()
