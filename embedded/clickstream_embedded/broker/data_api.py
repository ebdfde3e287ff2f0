"""Handlers of the APIs of a partition's log: produce, list offsets, offset for leader epoch."""

from __future__ import annotations

import logging
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.batches import CONTROL, TRANSACTIONAL, BatchHeader, CorruptBatch, iterate
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.fetch_api import READ_COMMITTED
from clickstream_embedded.broker.records import timestamps
from clickstream_embedded.broker.topics import InvalidTopic, Topic

log = logging.getLogger("broker")

_EARLIEST, _LATEST, _MAX_TIMESTAMP = -2, -1, -3


def _append(broker: Broker, topic: Topic, number: int, records: bytes) -> tuple[ErrorCode, int]:
    partition = topic.partitions[number]
    first = -1
    try:
        batches = list(iterate(records))
    except CorruptBatch:
        return ErrorCode.corrupt_message, -1
    limit = topic.number("max.message.bytes")
    if any(header.size > limit for header, _ in batches):
        return ErrorCode.message_too_large, -1
    for header, batch in batches:
        try:
            if header.attributes & CONTROL:  # only the coordinator writes markers
                return ErrorCode.invalid_record, -1
            offset = partition.producers.duplicate_of(header) if header.producer_id >= 0 else None
            if offset is None:
                if header.attributes & TRANSACTIONAL:
                    broker.transactions.check_append(header.producer_id, header.producer_epoch, (topic.name, number))
                offset = topic.append(partition, header, batch)
                if header.producer_id >= 0:
                    partition.appended(header, offset)
        except KafkaApiError as rejected:
            return rejected.code, -1
        except OSError as error:
            log.error("cannot write to %s-%d: %s", topic.name, number, error)
            return ErrorCode.kafka_storage_error, -1
        first = offset if first < 0 else first
    return ErrorCode.none, first


async def produce(broker: Broker, request: Any) -> dict[str, Any] | None:
    """Produce; gives None for acks=0, to which nothing is answered."""
    responses: list[dict[str, Any]] = []
    for wanted in request.topic_data:
        topic = broker.topics.get(wanted.name)
        if topic is None:
            try:
                topic = broker.auto_create(wanted.name)
            except InvalidTopic:
                topic = None
        partitions: list[dict[str, Any]] = []
        for each in wanted.partition_data:
            code, base = ErrorCode.unknown_topic_or_partition, -1
            if topic is not None and 0 <= each.index < len(topic.partitions):
                code, base = _append(broker, topic, each.index, each.records or b"")
            start = topic.partitions[each.index].log.start_offset if code is ErrorCode.none and topic else -1
            partitions.append({
                "index": each.index, "error_code": code, "base_offset": base, "log_append_time": None,
                "log_start_offset": start,
            })  # fmt: skip
        responses.append({"name": wanted.name, "partition_responses": partitions})
    broker.arrived()
    return None if request.acks == 0 else {"responses": responses}


def _first_at(header: BatchHeader, batch: bytes, timestamp: int) -> tuple[int, int] | None:
    return next(((o, t) for o, t in timestamps(header, batch) if t >= timestamp), None)


async def list_offsets(broker: Broker, request: Any) -> dict[str, Any]:
    topics: list[dict[str, Any]] = []
    for wanted in request.topics:
        partitions: list[dict[str, Any]] = []
        for each in wanted.partitions:
            partition = broker.topics.partition(wanted.name, each.partition_index)
            answer = {"partition_index": each.partition_index, "error_code": 0, "timestamp": -1, "offset": -1,
                      "leader_epoch": 0}  # fmt: skip
            if partition is None:
                answer["error_code"] = ErrorCode.unknown_topic_or_partition
            elif each.timestamp == _LATEST:
                committed = getattr(request, "isolation_level", 0) == READ_COMMITTED
                answer["offset"] = partition.stable_offset if committed else partition.log.end_offset
            elif each.timestamp == _EARLIEST:
                answer["offset"] = partition.log.start_offset
            else:
                since = partition.log.max_timestamp if each.timestamp == _MAX_TIMESTAMP else each.timestamp
                for header, batch in partition.log.find_time(since) if since >= 0 else ():
                    found = _first_at(header, batch, since)
                    if found is not None and found[0] >= partition.log.start_offset:
                        answer["offset"], answer["timestamp"] = found
                        break
            partitions.append(answer)
        topics.append({"name": wanted.name, "partitions": partitions})
    return {"topics": topics}


async def offset_for_leader_epoch(broker: Broker, request: Any) -> dict[str, Any]:
    def answer(name: str, each: Any) -> dict[str, Any]:
        partition = broker.topics.partition(name, each.partition)
        if partition is None:
            return {"partition": each.partition, "error_code": ErrorCode.unknown_topic_or_partition}
        return {"partition": each.partition, "error_code": 0, "leader_epoch": 0, "end_offset": partition.log.end_offset}

    return {
        "topics": [
            {"topic": wanted.topic, "partitions": [answer(wanted.topic, each) for each in wanted.partitions]}
            for wanted in request.topics
        ]
    }
