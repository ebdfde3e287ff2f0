"""Handlers of ListOffsets and OffsetForLeaderEpoch."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.batches import BatchHeader
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.fetch_api import ISOLATIONS, READ_COMMITTED, check_epoch
from clickstream_embedded.broker.records import timestamps
from clickstream_embedded.broker.topics import Partition

# Timestamps that ask for a place (KIP-79, KIP-734, KIP-405, KIP-1005)
_LATEST, _EARLIEST, _MAX_TIMESTAMP, _EARLIEST_LOCAL, _LATEST_TIERED = -1, -2, -3, -4, -5
_NEVER = 2**15
_SINCE = {
    _LATEST: 0,
    _EARLIEST: 0,
    _MAX_TIMESTAMP: 7,
    _EARLIEST_LOCAL: 8,
    _LATEST_TIERED: 9,
}  # the versions that know of them
_UNKNOWN = -1
_CONSUMER = -1  # who is no broker
_EPOCH = 0  # of the one leader that a partition ever has


def _first_at(header: BatchHeader, batch: bytes, timestamp: int) -> tuple[int, int] | None:
    return next(((o, t) for o, t in timestamps(header, batch) if t >= timestamp), None)


def _offset(partition: Partition, since: int, *, committed: bool) -> tuple[int, int]:
    """(offset, timestamp), -1 where there is none."""
    if since == _LATEST:
        return (partition.stable_offset if committed else partition.log.end_offset), _UNKNOWN
    if since in (_EARLIEST, _EARLIEST_LOCAL):
        return partition.log.start_offset, _UNKNOWN
    if since == _LATEST_TIERED:  # no tier, so nothing is in it
        return _UNKNOWN, _UNKNOWN
    is_largest = since == _MAX_TIMESTAMP
    since = partition.log.max_timestamp if is_largest else since
    for header, batch in partition.log.find_time(since) if since >= 0 else ():
        found = _first_at(header, batch, since)
        if found is not None and (is_largest or found[0] >= partition.log.start_offset):
            return (_UNKNOWN, _UNKNOWN) if committed and found[0] >= partition.stable_offset else found
    return _UNKNOWN, _UNKNOWN


async def list_offsets(broker: Broker, request: Any) -> dict[str, Any]:
    isolation = getattr(request, "isolation_level", 0)
    committed = isolation == READ_COMMITTED and request.replica_id == _CONSUMER
    places = Counter((wanted.name, each.partition_index) for wanted in request.topics for each in wanted.partitions)
    topics: list[dict[str, Any]] = []
    for wanted in request.topics:
        partitions: list[dict[str, Any]] = []
        for each in wanted.partitions:
            answer = {"partition_index": each.partition_index, "error_code": 0, "timestamp": _UNKNOWN,
                      "offset": _UNKNOWN, "leader_epoch": _UNKNOWN}  # fmt: skip
            try:
                if isolation not in ISOLATIONS:  # Kafka's own enumeration throws
                    raise KafkaApiError(ErrorCode.unknown_server_error)
                if places[wanted.name, each.partition_index] > 1:
                    raise KafkaApiError(ErrorCode.invalid_request)
                if each.timestamp < 0 and request.__version__ < _SINCE.get(each.timestamp, _NEVER):
                    raise KafkaApiError(ErrorCode.unsupported_version)
                partition = broker.topics.partition(wanted.name, each.partition_index)
                if partition is None:
                    raise KafkaApiError(ErrorCode.unknown_topic_or_partition)
                check_epoch(getattr(each, "current_leader_epoch", _UNKNOWN))
                offset, timestamp = _offset(partition, each.timestamp, committed=committed)
                epoch = _EPOCH if offset >= 0 else _UNKNOWN
                answer |= {"offset": offset, "timestamp": timestamp, "leader_epoch": epoch}
            except KafkaApiError as error:
                answer["error_code"] = error.code
            partitions.append(answer)
        topics.append({"name": wanted.name, "partitions": partitions})
    return {"topics": topics}


async def offset_for_leader_epoch(broker: Broker, request: Any) -> dict[str, Any]:
    def answer(name: str, each: Any) -> dict[str, Any]:
        partition = broker.topics.partition(name, each.partition)
        found = {"partition": each.partition, "error_code": 0, "leader_epoch": _UNKNOWN, "end_offset": _UNKNOWN}
        if partition is None:
            return {**found, "error_code": ErrorCode.unknown_topic_or_partition}
        try:
            check_epoch(getattr(each, "current_leader_epoch", _UNKNOWN))
        except KafkaApiError as error:
            return {**found, "error_code": error.code}
        if each.leader_epoch < _UNKNOWN:  # before all that there were: where the first begins
            return {**found, "leader_epoch": each.leader_epoch, "end_offset": partition.log.start_offset}
        if each.leader_epoch != _EPOCH:
            return found
        return {**found, "leader_epoch": _EPOCH, "end_offset": partition.log.end_offset}

    return {
        "topics": [
            {"topic": wanted.topic, "partitions": [answer(wanted.topic, each) for each in wanted.partitions]}
            for wanted in request.topics
        ]
    }
