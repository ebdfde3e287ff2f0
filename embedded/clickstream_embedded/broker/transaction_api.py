"""Handlers of the APIs of idempotent and transactional producers (KIP-98)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.group_api import committed, is_long
from clickstream_embedded.broker.java_hash import in_map_order
from clickstream_embedded.broker.merging import merged
from clickstream_embedded.broker.topic_configs import InvalidTopic, check_name
from clickstream_embedded.broker.topics import INTERNAL, OFFSETS
from clickstream_embedded.broker.transactions import Place

_KNOWS_ABORTABLE = 4
_NEVER = 2**15  # of TxnOffsetCommit no version tells PRODUCER_FENCED in Kafka 3.9
_MANY_TRANSACTIONS = 4  # the version of AddPartitionsToTxn from which on a request names several


def _code(refused: KafkaApiError, request: Any, fenced_since: int) -> ErrorCode:
    """PRODUCER_FENCED is known to a client from that version on (KIP-588), TRANSACTION_ABORTABLE from the fourth (KIP-890)."""
    if refused.code is ErrorCode.transaction_abortable and request.__version__ < _KNOWS_ABORTABLE:
        return ErrorCode.invalid_txn_state
    if refused.code is ErrorCode.producer_fenced and request.__version__ < fenced_since:
        return ErrorCode.invalid_producer_epoch
    return refused.code


async def init_producer_id(broker: Broker, request: Any) -> dict[str, Any]:
    half = (getattr(request, "producer_id", -1) == -1) != (getattr(request, "producer_epoch", -1) == -1)
    if request.transactional_id == "" or half:
        return {"error_code": ErrorCode.invalid_request, "producer_id": -1, "producer_epoch": -1}
    if request.transactional_id is None:
        return {"error_code": 0, "producer_id": broker.next_producer_id(), "producer_epoch": 0}
    timeout = round(request.transaction_timeout.total_seconds() * 1000)
    given = getattr(request, "producer_id", -1), getattr(request, "producer_epoch", -1)
    try:
        transaction = broker.transactions.begin(request.transactional_id, timeout, *given)
    except KafkaApiError as refused:
        broker.purgatory.wake_all()  # what was open is aborted
        return {"error_code": _code(refused, request, 4), "producer_id": -1, "producer_epoch": -1}
    broker.purgatory.wake_all()
    return {"error_code": 0, "producer_id": transaction.producer_id, "producer_epoch": transaction.epoch}


def _refusal(done: Callable[[], None], request: Any) -> ErrorCode:
    """What the coordinator says to that."""
    try:
        done()
    except KafkaApiError as refused:
        return _code(refused, request, 2)
    return ErrorCode.none


def _add_partitions(broker: Broker, wanted: Any, request: Any) -> list[dict[str, Any]]:
    """Adds a transaction's partitions, all or none; the answer by topic."""
    named = merged(wanted.topics, number="")
    places: set[Place] = {(name, number) for name, numbers in named.items() for number in numbers}
    # from that version on it is brokers that ask, and they may
    inner = INTERNAL if request.__version__ < _MANY_TRANSACTIONS else ()
    unknown = {place for place in places if place[0] in inner or broker.topics.partition(*place) is None}
    who = wanted.transactional_id, wanted.producer_id, wanted.producer_epoch
    code = ErrorCode.operation_not_attempted
    if not unknown and not wanted.transactional_id:
        code = ErrorCode.invalid_request
    elif not unknown:
        code = ErrorCode.none
        if not wanted.verify_only:
            code = _refusal(lambda: broker.transactions.add_partitions(*who, places), request)

    def answer(place: Place) -> dict[str, Any]:
        own = ErrorCode.unknown_topic_or_partition if place in unknown else code
        if place[0] in inner:
            own = ErrorCode.topic_authorization_failed
        if (
            own is ErrorCode.none and wanted.verify_only
        ):  # a broker asks whether a producer's transaction has it (KIP-890)
            own = _refusal(lambda: broker.transactions.verify(*who, place), request)
        return {"partition_index": place[1], "partition_error_code": own}

    return [
        {"name": name, "results_by_partition": [
            answer((name, number))
            # those that are not there are told first, as Kafka finds them before it asks the coordinator
            for number in sorted(numbers, key=lambda each: (name, each) not in unknown)
        ]}
        # as they were named, but where some are not there: those Kafka finds by a map
        for name, numbers in (
            [(name, named[name]) for name in in_map_order(named)] if unknown or wanted.verify_only
            else [(each.name, each.partitions) for each in wanted.topics]
        )
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The one transaction of a request before version 4."""

    transactional_id: str
    producer_id: int
    producer_epoch: int
    topics: Any
    verify_only: bool = False


async def add_partitions(broker: Broker, request: Any) -> dict[str, Any]:
    """AddPartitionsToTxn: of one transaction, from version 4 on of many (KIP-890)."""
    if request.__version__ >= _MANY_TRANSACTIONS:
        return {
            "error_code": 0,
            "results_by_transaction": [
                {"transactional_id": each.transactional_id, "topic_results": _add_partitions(broker, each, request)}
                for each in request.transactions
            ],
        }
    wanted = _Wanted(
        request.v3_and_below_transactional_id, request.v3_and_below_producer_id,
        request.v3_and_below_producer_epoch, request.v3_and_below_topics,
    )  # fmt: skip
    return {"results_by_topic_v3_and_below": _add_partitions(broker, wanted, request)}


async def add_offsets(broker: Broker, request: Any) -> dict[str, Any]:
    if not request.transactional_id:
        return {"error_code": ErrorCode.invalid_request}
    try:
        broker.transactions.add_group(
            request.transactional_id, request.producer_id, request.producer_epoch, request.group_id
        )
    except KafkaApiError as refused:
        return {"error_code": _code(refused, request, 2)}
    return {"error_code": 0}


async def offset_commit(broker: Broker, request: Any) -> dict[str, Any]:
    wanted = merged(request.topics)
    places = {(name, number): each for name, parts in wanted.items() for number, each in parts.items()}
    unknown = {place for place in places if broker.topics.partition(*place) is None}
    offsets = {place: committed(each) for place, each in places.items() if place not in unknown}
    long = {place for place, each in offsets.items() if is_long(broker, each.metadata)}
    code = _commit_code(broker, request) if offsets else ErrorCode.none
    offsets = {place: each for place, each in offsets.items() if place not in long}
    if offsets and code is ErrorCode.none:
        try:
            broker.transactions.commit_offsets(
                request.transactional_id, request.producer_id, request.producer_epoch, request.group_id, offsets
            )
        except KafkaApiError as refused:
            code = _code(refused, request, _NEVER)

    def answer(place: Place) -> dict[str, Any]:
        own = ErrorCode.unknown_topic_or_partition if place in unknown else code
        if own is ErrorCode.none and place in long:
            own = ErrorCode.offset_metadata_too_large
        return {"partition_index": place[1], "error_code": own}

    return {
        "topics": [
            {"name": name, "partitions": [answer((name, number)) for number in parts]} for name, parts in wanted.items()
        ]
    }


def _commit_code(broker: Broker, request: Any) -> ErrorCode:
    """Whether a transaction may commit offsets of that group: first by its producer, then by its member."""
    if not request.group_id:
        return ErrorCode.invalid_group_id
    pending = broker.transactions.pending(request.group_id)
    try:
        broker.transactions.check(
            request.transactional_id, request.producer_id, request.producer_epoch, request.group_id
        )
    except KafkaApiError as refused:
        return _code(refused, request, _NEVER)
    return broker.coordinator.commit_code(
        request.group_id, getattr(request, "member_id", ""), getattr(request, "generation_id", -1),
        getattr(request, "group_instance_id", None), known=bool(pending) or broker.offsets.has_group(request.group_id), in_transaction=True,
    )  # fmt: skip


async def end(broker: Broker, request: Any) -> dict[str, Any]:
    if not request.transactional_id:
        return {"error_code": ErrorCode.invalid_request}
    try:
        broker.transactions.end(
            request.transactional_id, request.producer_id, request.producer_epoch, committed=request.committed
        )
    except KafkaApiError as refused:
        return {"error_code": _code(refused, request, 2)}
    broker.purgatory.wake_all()
    return {"error_code": 0}


async def list_transactions(broker: Broker, request: Any) -> dict[str, Any]:
    states, producers = set(request.state_filters), set(request.producer_id_filters)
    longer = getattr(request, "duration_filter", -1)  # ms (KIP-994)
    found = [
        {"transactional_id": each.transactional_id, "producer_id": each.producer_id, "transaction_state": each.state}
        for each in broker.transactions
        if (not states or each.state in states)
        and (not producers or each.producer_id in producers)
        and (longer < 0 or broker.clock() - each.started > longer)  # one that never began counts from before 1970
    ]
    known = {
        "Empty",
        "Ongoing",
        "PrepareCommit",
        "PrepareAbort",
        "CompleteCommit",
        "CompleteAbort",
        "PrepareEpochFence",
        "Dead",
    }
    return {"error_code": 0, "unknown_state_filters": sorted(states - known), "transaction_states": found}


async def describe_transactions(broker: Broker, request: Any) -> dict[str, Any]:
    def answer(name: str) -> dict[str, Any]:
        transaction = broker.transactions.get(name)
        epoch = datetime.datetime.fromtimestamp(0, datetime.UTC)
        if transaction is None:
            return {
                "error_code": ErrorCode.transactional_id_not_found if name else ErrorCode.invalid_request,
                "transactional_id": name, "transaction_state": "", "transaction_timeout": 0,
                "transaction_start_time": epoch, "producer_id": 0, "producer_epoch": 0,
            }  # fmt: skip
        topics: dict[str, list[int]] = {}
        offsets = {(OFFSETS, broker.keeper_of(group)) for group in transaction.groups}
        for topic, number in sorted(transaction.partitions | offsets):
            topics.setdefault(topic, []).append(number)
        return {
            "error_code": 0, "transactional_id": name, "transaction_state": transaction.state,
            "transaction_timeout": transaction.timeout,
            "transaction_start_time": epoch + datetime.timedelta(milliseconds=transaction.started),
            "producer_id": transaction.producer_id, "producer_epoch": transaction.epoch,
            "topics": [{"topic": topic, "partitions": numbers} for topic, numbers in topics.items()],
        }  # fmt: skip

    return {"transaction_states": [answer(name) for name in request.transactional_ids]}


async def describe_producers(broker: Broker, request: Any) -> dict[str, Any]:
    def answer(name: str, number: int) -> dict[str, Any]:
        partition = broker.topics.partition(name, number)
        try:
            check_name(name)
        except InvalidTopic as error:
            return {
                "partition_index": number,
                "error_code": ErrorCode.invalid_topic_exception,
                "error_message": str(error),
            }
        if partition is None:
            absent = broker.topics.get(name) is None
            why = "This server does not host this topic-partition." if absent else None
            return {"partition_index": number, "error_code": ErrorCode.unknown_topic_or_partition, "error_message": why}
        producers = [
            {
                "producer_id": producer_id, "producer_epoch": epoch, "last_sequence": sequence, "last_timestamp": at,
                "coordinator_epoch": coordinator, "current_txn_start_offset": partition.transaction_index.first_offset(producer_id),
            }
            for producer_id, epoch, sequence, at, coordinator in partition.producers
        ]  # fmt: skip
        return {"partition_index": number, "error_code": 0, "active_producers": producers}

    return {
        "topics": [
            {"name": topic.name, "partitions": [answer(topic.name, number) for number in topic.partition_indexes]}
            for topic in request.topics
        ]
    }
