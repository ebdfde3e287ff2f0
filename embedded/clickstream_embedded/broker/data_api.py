"""The handler of Produce."""

from __future__ import annotations

import logging
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.batches import CONTROL, TRANSACTIONAL, BatchHeader, CorruptBatch, iterate
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.compression import Unreadable
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.topics import Topic
from clickstream_embedded.broker.transactions import Place

log = logging.getLogger("broker")

_NO_OFFSET = -1
_REJECTED = (ErrorCode.invalid_record, ErrorCode.invalid_timestamp)  # answered with the log's start
_OLD_OR_NEW = "One or more records have been rejected due to invalid timestamp"
_ACKS = (-1, 0, 1)  # all, none, the leader


def _check(topic: Topic, header: BatchHeader, now: int) -> None:
    """Raises KafkaApiError for a batch that the topic's settings do not allow."""
    if header.attributes & CONTROL:  # only the coordinator writes markers
        raise KafkaApiError(ErrorCode.invalid_record)
    if header.size > topic.number("max.message.bytes"):
        raise KafkaApiError(ErrorCode.message_too_large)
    if not topic.stamps:  # KIP-937
        first = now - topic.number("message.timestamp.before.max.ms")
        last = now + topic.number("message.timestamp.after.max.ms")
        if header.base_timestamp < first or header.max_timestamp > last:
            raise KafkaApiError(
                ErrorCode.invalid_timestamp,
                f"Timestamp {header.base_timestamp} of message with offset 0 is out of range. "
                f"The timestamp should be within [{first}, {last}]",
            )


def _append(
    broker: Broker, topic: Topic | None, number: int, records: bytes | memoryview, acks: int, now: int
) -> tuple[ErrorCode, int, str]:
    """(error, offset of the first record, why) of one partition's batches; `topic` is None where it has none."""
    first = _NO_OFFSET
    try:
        batches = list(iterate(records))
        if acks not in _ACKS:
            return ErrorCode.invalid_required_acks, _NO_OFFSET, ""
        if topic is None:
            return ErrorCode.unknown_topic_or_partition, _NO_OFFSET, ""
        partition = topic.partitions[number]
        for header, _ in batches:
            _check(topic, header, now)
        for header, batch in batches:
            offset = partition.producers.duplicate_of(header) if header.producer_id >= 0 else None
            if offset is None:
                if header.attributes & TRANSACTIONAL:
                    broker.transactions.check_append(header.producer_id, header.producer_epoch, (topic.name, number))
                offset = topic.append(partition, header, batch, now)
                if header.producer_id >= 0:
                    partition.appended(header, offset)
            first = offset if first < 0 else first
    except (CorruptBatch, Unreadable) as error:
        return ErrorCode.corrupt_message, _NO_OFFSET, str(error)
    except KafkaApiError as rejected:
        return rejected.code, _NO_OFFSET, rejected.message
    except OSError as error:
        log.error("cannot write to partition %d of %s: %s", number, topic.name if topic else "?", error)
        return ErrorCode.kafka_storage_error, _NO_OFFSET, f"The log cannot be written: {error.strerror}"
    return ErrorCode.none, first, ""


async def produce(broker: Broker, request: Any) -> dict[str, Any] | None:
    """Produce; gives None for acks=0, to which nothing is answered."""
    return append(broker, request)


def append(broker: Broker, request: Any) -> dict[str, Any] | None:
    """What `produce` does, at once: an append waits for nothing."""
    came: list[tuple[Place, int]] = []
    responses: list[dict[str, Any]] = []
    now = broker.clock()
    for wanted in request.topic_data:
        topic = broker.topics.get(wanted.name)
        stamp = now if topic is not None and topic.stamps else None
        partitions: list[dict[str, Any]] = []
        for each in wanted.partition_data:
            known = topic if topic is not None and 0 <= each.index < len(topic.partitions) else None
            code, base, why = _append(broker, known, each.index, each.records or b"", request.acks, now)
            done = topic is not None and code is ErrorCode.none
            if done and each.records:
                came.append(((wanted.name, each.index), len(each.records)))
            rejected = known is not None and code in _REJECTED
            partitions.append({
                "index": each.index, "error_code": code, "base_offset": base, "error_message": _OLD_OR_NEW if code is ErrorCode.invalid_timestamp else why or None,
                "log_append_time": stamp if done else None,
                "log_start_offset": known.partitions[each.index].log.start_offset if known and (done or rejected) else _NO_OFFSET,
                "record_errors": [{"batch_index": 0, "batch_index_error_message": why}]
                if code is ErrorCode.invalid_timestamp else (),
            })  # fmt: skip
        responses.append({"name": wanted.name, "partition_responses": partitions})
    for place, size in came:
        broker.purgatory.appended(place, size)
    return None if request.acks == 0 else {"responses": responses}
