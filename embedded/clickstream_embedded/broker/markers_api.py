"""WriteTxnMarkers: ends transactions from without, as a coordinator or an operator with a hanging one does (KIP-664)."""

from __future__ import annotations

import logging
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.merging import merged

log = logging.getLogger("broker")

_NONE = -1  # no producer id, no epoch


def _written(broker: Broker, marker: Any, name: str, number: int) -> ErrorCode:
    partition = broker.topics.partition(name, number)
    if partition is None:
        return ErrorCode.unknown_topic_or_partition
    if _NONE in (marker.producer_id, marker.producer_epoch):  # Kafka's own batch throws
        return ErrorCode.unknown_server_error
    epoch, coordinator = partition.producers.epochs_of(marker.producer_id)
    if marker.producer_epoch < max(epoch, 0):
        return ErrorCode.invalid_producer_epoch
    if marker.coordinator_epoch < coordinator:
        return ErrorCode.transaction_coordinator_fenced
    try:
        broker.end_in_partition(
            (name, number), marker.producer_id, marker.producer_epoch, committed=marker.transaction_result,
            coordinator_epoch=marker.coordinator_epoch,
        )  # fmt: skip
    except OSError as error:
        log.error("a marker cannot be written to partition %d of %s: %s", number, name, error)
        return ErrorCode.kafka_storage_error
    return ErrorCode.none


async def write_markers(broker: Broker, request: Any) -> dict[str, Any]:
    """WriteTxnMarkers."""
    answers: dict[int, dict[str, dict[int, ErrorCode]]] = {}  # of a producer's markers the last word on a partition
    for marker in request.markers:
        for name, numbers in merged(marker.topics, "partition_indexes", "").items():
            found = {number: _written(broker, marker, name, number) for number in numbers}
            answers.setdefault(marker.producer_id, {}).setdefault(name, {}).update(found)
    broker.purgatory.wake_all()
    return {"markers": [
        {"producer_id": producer_id, "topics": [
            {"name": name, "partitions": [
                {"partition_index": number, "error_code": code} for number, code in found.items()
            ]} for name, found in topics.items()
        ]} for producer_id, topics in answers.items()
    ]}  # fmt: skip
