"""Handlers of the APIs of idempotent and transactional producers (KIP-98)."""

from __future__ import annotations

import datetime
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.group_api import committed
from clickstream_embedded.broker.transactions import Place


def _code(refused: KafkaApiError, request: Any, fenced_since: int) -> ErrorCode:
    """PRODUCER_FENCED is known to a client from that version on (KIP-588)."""
    if refused.code is ErrorCode.producer_fenced and request.__version__ < fenced_since:
        return ErrorCode.invalid_producer_epoch
    return refused.code


async def init_producer_id(broker: Broker, request: Any) -> dict[str, Any]:
    if not request.transactional_id:
        return {"error_code": 0, "producer_id": broker.next_producer_id(), "producer_epoch": 0}
    timeout = round(request.transaction_timeout.total_seconds() * 1000)
    given = getattr(request, "producer_id", -1), getattr(request, "producer_epoch", -1)
    try:
        transaction = broker.transactions.begin(request.transactional_id, timeout, *given)
    except KafkaApiError as refused:
        return {"error_code": _code(refused, request, 4), "producer_id": -1, "producer_epoch": -1}
    broker.arrived()
    return {"error_code": 0, "producer_id": transaction.producer_id, "producer_epoch": transaction.epoch}


async def add_partitions(broker: Broker, request: Any) -> dict[str, Any]:
    topics = request.v3_and_below_topics
    wanted: set[Place] = {(topic.name, number) for topic in topics for number in topic.partitions}
    unknown = {place for place in wanted if broker.topics.partition(*place) is None}
    code, others = ErrorCode.none, ErrorCode.operation_not_attempted
    if not unknown:
        try:
            broker.transactions.add_partitions(
                request.v3_and_below_transactional_id,
                request.v3_and_below_producer_id,
                request.v3_and_below_producer_epoch,
                wanted,
            )
        except KafkaApiError as refused:
            code = _code(refused, request, 2)
        others = code

    def answer(place: Place) -> dict[str, Any]:
        own = ErrorCode.unknown_topic_or_partition if place in unknown else others
        return {"partition_index": place[1], "partition_error_code": own}

    results = [
        {"name": topic.name, "results_by_partition": [answer((topic.name, number)) for number in topic.partitions]}
        for topic in topics
    ]
    return {"results_by_topic_v3_and_below": results}


async def add_offsets(broker: Broker, request: Any) -> dict[str, Any]:
    try:
        broker.transactions.add_group(
            request.transactional_id, request.producer_id, request.producer_epoch, request.group_id
        )
    except KafkaApiError as refused:
        return {"error_code": _code(refused, request, 2)}
    return {"error_code": 0}


async def offset_commit(broker: Broker, request: Any) -> dict[str, Any]:
    code = ErrorCode.none
    if getattr(request, "generation_id", -1) >= 0 or getattr(request, "member_id", ""):
        code = broker.coordinator.check(request.group_id, request.member_id, request.generation_id)
    offsets = {
        (topic.name, each.partition_index): committed(each) for topic in request.topics for each in topic.partitions
    }
    if code is ErrorCode.none:
        try:
            broker.transactions.commit_offsets(
                request.transactional_id, request.producer_id, request.producer_epoch, request.group_id, offsets
            )
        except KafkaApiError as refused:
            code = _code(refused, request, 4)
    topics = [
        {
            "name": topic.name,
            "partitions": [{"partition_index": each.partition_index, "error_code": code} for each in topic.partitions],
        }
        for topic in request.topics
    ]
    return {"topics": topics}


async def end(broker: Broker, request: Any) -> dict[str, Any]:
    try:
        broker.transactions.end(
            request.transactional_id, request.producer_id, request.producer_epoch, committed=request.committed
        )
    except KafkaApiError as refused:
        return {"error_code": _code(refused, request, 2)}
    broker.arrived()
    return {"error_code": 0}


async def list_transactions(broker: Broker, request: Any) -> dict[str, Any]:
    states, producers = set(request.state_filters), set(request.producer_id_filters)
    found = [
        {"transactional_id": each.transactional_id, "producer_id": each.producer_id, "transaction_state": each.state}
        for each in broker.transactions
        if (not states or each.state in states) and (not producers or each.producer_id in producers)
    ]
    known = {"Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort"}
    return {"error_code": 0, "unknown_state_filters": sorted(states - known), "transaction_states": found}


async def describe_transactions(broker: Broker, request: Any) -> dict[str, Any]:
    def answer(name: str) -> dict[str, Any]:
        transaction = broker.transactions.get(name)
        epoch = datetime.datetime.fromtimestamp(0, datetime.UTC)
        if transaction is None:
            return {
                "error_code": ErrorCode.transactional_id_not_found, "transactional_id": name, "transaction_state": "",
                "transaction_timeout": 0, "transaction_start_time": epoch, "producer_id": -1, "producer_epoch": -1,
            }  # fmt: skip
        topics: dict[str, list[int]] = {}
        for topic, number in sorted(transaction.partitions):
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
        if partition is None:
            return {"partition_index": number, "error_code": ErrorCode.unknown_topic_or_partition}
        producers = [
            {
                "producer_id": producer_id, "producer_epoch": epoch, "last_sequence": sequence, "last_timestamp": -1,
                "coordinator_epoch": 0, "current_txn_start_offset": partition.transaction_index.first_offset(producer_id),
            }
            for producer_id, epoch, sequence in partition.producers
        ]  # fmt: skip
        return {"partition_index": number, "error_code": 0, "active_producers": producers}

    return {
        "topics": [
            {"name": topic.name, "partitions": [answer(topic.name, number) for number in topic.partition_indexes]}
            for topic in request.topics
        ]
    }
