"""The handler of Produce."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.batches import (
    CONTROL,
    HEADER_SIZE,
    MINIMUM,
    TRANSACTIONAL,
    BatchHeader,
    CorruptBatch,
    WrongChecksum,
    iterate,
)
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.compression import Unreadable, codec_of, unpacked
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.merging import merged
from clickstream_embedded.broker.records import keyless
from clickstream_embedded.broker.topics import Topic
from clickstream_embedded.broker.transactions import Place

log = logging.getLogger("broker")

_NO_OFFSET = -1
_REJECTED = (
    ErrorCode.invalid_record,
    ErrorCode.invalid_timestamp,
    ErrorCode.unknown_server_error,
)  # answered with the log's start
_SHOWN = 3  # errors of records in a message
_OLD_OR_NEW = "One or more records have been rejected due to invalid timestamp"
_ACKS = (-1, 0, 1)  # all, none, the leader
_OF_BATCH = struct.Struct(">qiib")  # base offset, length of what follows, leader's epoch, magic
_BEFORE_LENGTH = 12  # bytes that the length does not count
_MAGIC = 2
_CODEC = 0x07  # of the attributes
_ZSTD = 4
_KNOWS_ZSTD = 7  # the version of Produce from which on batches may be packed so (KIP-110)
_CODECS = range(5)
_KNOWS_ABORTABLE = 11  # that from which on TRANSACTION_ABORTABLE is known (KIP-890)
_SIZE, _SIZE_AT = struct.Struct(">i"), 8
_MAGIC_AT = 16
_ATTRIBUTES_AT = 22  # the byte of the attributes that says whether a batch is of a transaction


class _Rejected(KafkaApiError):
    """Single records that are refused: (place in the batch, why) of each."""

    def __init__(self, errors: list[tuple[int, str]]) -> None:
        shown = ", ".join(f"RecordError(batchIndex={number}, message='{why}')" for number, why in errors[:_SHOWN])
        super().__init__(
            ErrorCode.invalid_record,
            f"One or more records have been rejected due to {len(errors)} record errors in total, and only showing the "
            f"first three errors at most: [{shown}]",
        )
        self.errors = errors


def _check_records(topic: Topic, number: int, header: BatchHeader, batch: memoryview) -> None:
    """Looks into the batch where that has to be. Raises KafkaApiError."""
    is_compacted = "compact" in topic.setting("cleanup.policy")
    if not is_compacted and not header.attributes & _CODEC:
        return
    payload = bytes(batch[HEADER_SIZE:])
    try:
        payload = unpacked(payload, codec_of(header))
        why = f"Compacted topic cannot accept message without key in topic partition {topic.name}-{number}"
        errors = [(place, why) for place in keyless(header, payload)] if is_compacted else []
    except Unreadable as error:  # Kafka's own readers throw
        raise KafkaApiError(ErrorCode.unknown_server_error) from error
    except IndexError as error:
        raise KafkaApiError(ErrorCode.invalid_record) from error
    if errors:
        raise _Rejected(errors)


def _check(topic: Topic, header: BatchHeader, now: int) -> None:
    """Raises KafkaApiError for a batch that the topic's settings do not allow."""
    if header.attributes & CONTROL:  # only the coordinator writes markers
        raise KafkaApiError(ErrorCode.invalid_record)
    if header.count <= 0 or header.count != header.last_offset_delta + 1:
        raise KafkaApiError(ErrorCode.invalid_record)
    if header.producer_id >= 0 and header.base_sequence < 0:
        raise KafkaApiError(ErrorCode.invalid_record)
    if header.attributes & _CODEC not in _CODECS:
        raise KafkaApiError(ErrorCode.unknown_server_error)  # Kafka's own enumeration throws
    if header.size > topic.number("max.message.bytes"):
        raise KafkaApiError(ErrorCode.message_too_large)
    if header.size > topic.number("segment.bytes"):
        raise KafkaApiError(ErrorCode.record_list_too_large)
    if not topic.stamps:  # KIP-937
        first = now - topic.number("message.timestamp.before.max.ms")
        last = now + topic.number("message.timestamp.after.max.ms")
        if header.base_timestamp < first or header.max_timestamp > last:
            raise KafkaApiError(
                ErrorCode.invalid_timestamp,
                f"Timestamp {header.base_timestamp} of message with offset 0 is out of range. "
                f"The timestamp should be within [{first}, {last}]",
            )


def _is_one_batch(records: bytes | memoryview) -> bool:
    """Whether there is one batch of format 2, whole, and no other behind it (ProduceRequest.validateRecords)."""
    if len(records) < _OF_BATCH.size:
        return False
    _, length, _, magic = _OF_BATCH.unpack_from(records)
    end = length + _BEFORE_LENGTH
    if end > len(records) or (magic < _MAGIC and length > _BEFORE_LENGTH):
        return False
    if end <= _BEFORE_LENGTH or len(records) - end < _OF_BATCH.size:
        return True
    return _OF_BATCH.unpack_from(records, end)[1] + _BEFORE_LENGTH > len(records) - end


def _refusal(asked: _Asked, topic: Topic | None, records: bytes | memoryview) -> ErrorCode:
    """What is refused before anybody looks at the batch itself, in the order in which Kafka comes to it."""
    if topic is None:
        return ErrorCode.unknown_topic_or_partition
    if not _is_one_batch(records):
        return ErrorCode.invalid_record
    if asked.version < _KNOWS_ZSTD and len(records) > _ATTRIBUTES_AT and records[_ATTRIBUTES_AT] & _CODEC == _ZSTD:
        return ErrorCode.unsupported_compression_type
    if asked.acks not in _ACKS:
        return ErrorCode.invalid_required_acks
    return ErrorCode.invalid_topic_exception if topic.is_internal else ErrorCode.none


@dataclass(frozen=True, slots=True)
class _Appended:
    """What came of one partition's batch; `stamp` is of one that was there before, `by_log` says who refused."""

    code: ErrorCode
    base: int = _NO_OFFSET
    why: str = ""
    stamp: int | None = None
    by_log: bool = False
    errors: tuple[tuple[int, str], ...] = ()  # of single records


@dataclass(frozen=True, slots=True)
class _Asked:
    """What all partitions of a request have in common; `now` is in ms."""

    broker: Broker
    transactional_id: str | None
    acks: int
    version: int
    now: int


def _append(asked: _Asked, topic: Topic | None, number: int, records: bytes | memoryview) -> _Appended:
    """Stores one partition's batch; `topic` is None where it has none."""
    code = _refusal(asked, topic, records)
    if topic is None or code is not ErrorCode.none:
        return _Appended(code)
    try:
        for header, batch in iterate(records):
            return _stored(asked, topic, number, header, batch)
    except WrongChecksum:  # of which Kafka says no word
        return _Appended(ErrorCode.corrupt_message)
    except (CorruptBatch, Unreadable) as error:
        return _Appended(ErrorCode.corrupt_message, why=str(error))
    except _Rejected as rejected:
        return _Appended(rejected.code, why=rejected.message, by_log=True, errors=tuple(rejected.errors))
    except KafkaApiError as rejected:
        return _Appended(rejected.code, why=rejected.message, by_log=rejected.code in _REJECTED)
    except OSError as error:
        log.error("cannot write to partition %d of %s: %s", number, topic.name, error)
        return _Appended(ErrorCode.kafka_storage_error, why=f"The log cannot be written: {error.strerror}")
    return _Appended(ErrorCode.none)


def _verify(asked: _Asked, header: BatchHeader, place: Place) -> None:
    """Whether the partition is part of the producer's open transaction. Raises KafkaApiError."""
    try:
        asked.broker.transactions.verify(asked.transactional_id or "", header.producer_id, header.producer_epoch, place)
    except KafkaApiError as refused:
        if refused.code is ErrorCode.producer_fenced:
            raise KafkaApiError(ErrorCode.invalid_producer_epoch) from refused
        if refused.code is ErrorCode.transaction_abortable and asked.version < _KNOWS_ABORTABLE:
            why = "Partition was not added to the transaction"
            raise KafkaApiError(ErrorCode.invalid_txn_state, why) from refused
        raise


def _stored(asked: _Asked, topic: Topic, number: int, header: BatchHeader, batch: memoryview) -> _Appended:
    """Raises KafkaApiError and OSError."""
    partition = topic.partitions[number]
    is_new = header.producer_id >= 0 and not partition.transaction_index.is_open(header.producer_id)
    if header.attributes & TRANSACTIONAL and is_new:
        _verify(asked, header, (topic.name, number))
    _check(topic, header, asked.now)
    _check_records(topic, number, header, batch)
    if partition.transaction_index.is_open(header.producer_id) and not header.attributes & TRANSACTIONAL:
        return _Appended(ErrorCode.invalid_txn_state, by_log=True)
    if header.producer_id >= 0:
        try:
            before = partition.producers.duplicate_of(header)
        except KafkaApiError as refused:
            return _Appended(refused.code, why=refused.message, by_log=True)
        if before is not None:
            return _Appended(ErrorCode.none, before, stamp=header.max_timestamp)
    offset = topic.append(partition, header, batch, asked.now)
    if header.producer_id >= 0:
        partition.appended(header, offset)
    return _Appended(ErrorCode.none, offset)


def _partitions(request: Any) -> Iterable[tuple[str, Iterable[Any]]]:
    """(topic, its partitions) of a request, each once."""
    if len(request.topic_data) == 1 and len(request.topic_data[0].partition_data) == 1:  # as nearly always
        return [(request.topic_data[0].name, request.topic_data[0].partition_data)]
    return [(name, each.values()) for name, each in merged(request.topic_data, "partition_data", "index").items()]


def _is_transactional(records: bytes | memoryview) -> bool:
    """Whether the first batch is of a transaction. Raises CorruptBatch for what can be the head of none."""
    if len(records) >= _BEFORE_LENGTH:
        (size,) = _SIZE.unpack_from(records, _SIZE_AT)
        if size < MINIMUM:
            raise CorruptBatch(f"Record size {size} is less than the minimum record overhead ({MINIMUM})")
        if len(records) > _MAGIC_AT and records[_MAGIC_AT] > _MAGIC:
            magic = records[_MAGIC_AT]
            raise CorruptBatch(f"Invalid magic found in record: {magic - 256 if magic > 127 else magic}")
    has_all = len(records) > _ATTRIBUTES_AT and records[_MAGIC_AT] == _MAGIC
    return has_all and bool(records[_ATTRIBUTES_AT] & TRANSACTIONAL)


def _has_transactional(request: Any) -> bool:
    """Raises CorruptBatch: what is no batch at all fails a request as a whole."""
    return any(_is_transactional(each.records or b"") for topic in request.topic_data for each in topic.partition_data)


def _all_refused(request: Any, code: ErrorCode, why: str = "") -> dict[str, Any] | None:
    responses = [
        {"name": topic.name, "partition_responses": [
            {"index": each.index, "error_code": code, "base_offset": _NO_OFFSET, "error_message": why or None,
             "log_append_time": None, "log_start_offset": _NO_OFFSET, "record_errors": ()} for each in topic.partition_data
        ]} for topic in request.topic_data
    ]  # fmt: skip
    return None if request.acks == 0 else {"responses": responses}


async def produce(broker: Broker, request: Any) -> dict[str, Any] | None:
    """Produce; gives None for acks=0, to which nothing is answered."""
    return append(broker, request)


def append(broker: Broker, request: Any) -> dict[str, Any] | None:
    """What `produce` does, at once: an append waits for nothing."""
    try:
        if _has_transactional(request) and request.transactional_id is None:
            return _all_refused(request, ErrorCode.transactional_id_authorization_failed)
    except CorruptBatch as error:
        return _all_refused(request, ErrorCode.corrupt_message, str(error))
    came: list[tuple[Place, int]] = []
    responses: list[dict[str, Any]] = []
    now = broker.clock()
    asked = _Asked(broker, request.transactional_id, request.acks, request.__version__, now)
    for name, wanted in _partitions(request):
        topic = broker.topics.get(name)
        stamp = now if topic is not None and topic.stamps else None
        partitions: list[dict[str, Any]] = []
        for each in wanted:
            known = topic if topic is not None and 0 <= each.index < len(topic.partitions) else None
            found = _append(asked, known, each.index, each.records or b"")
            code, why = found.code, found.why
            done = topic is not None and code is ErrorCode.none
            if done and each.records:
                came.append(((name, each.index), len(each.records)))
            times = stamp if found.stamp is None else found.stamp
            partitions.append({
                "index": each.index, "error_code": code, "base_offset": found.base, "error_message": _OLD_OR_NEW if code is ErrorCode.invalid_timestamp else why or None,
                "log_append_time": times if done else None,
                "log_start_offset": known.partitions[each.index].log.start_offset if known and (done or found.by_log) else _NO_OFFSET,
                "record_errors": [
                    {"batch_index": place, "batch_index_error_message": text}
                    for place, text in (((0, why),) if code is ErrorCode.invalid_timestamp else found.errors)
                ],
            })  # fmt: skip
        responses.append({"name": name, "partition_responses": partitions})
    for place, size in came:
        broker.purgatory.appended(place, size)
    return None if request.acks == 0 else {"responses": responses}
