"""Handlers of DeleteTopics and DeleteRecords."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError, is_late
from clickstream_embedded.broker.merging import merged
from clickstream_embedded.broker.offset_expiry import forget_empty_groups
from clickstream_embedded.broker.topics import INTERNAL, OFFSETS, TRANSACTIONS, Topic

_ZERO_ID = uuid.UUID(int=0)
_ALREADY = "The provided topic name maps to an ID that was already supplied."


class _Deletion:
    """One request's topics, by name or by id, told apart as Kafka's controller does: each is found once, or refused."""

    def __init__(self, broker: Broker, wanted: list[tuple[str | None, uuid.UUID]]) -> None:
        self._broker = broker
        self.answers: list[dict[str, Any]] = []
        self.found: list[Topic] = []
        names = Counter(name for name, topic_id in wanted if name is not None and topic_id == _ZERO_ID)
        ids = Counter(topic_id for name, topic_id in wanted if name is None and topic_id != _ZERO_ID)
        for name, topic_id in wanted:
            if name is None and topic_id == _ZERO_ID:
                self._refuse(None, topic_id, ErrorCode.invalid_request, "Neither topic name nor id were specified.")
            elif name is not None and topic_id != _ZERO_ID:
                self._refuse(
                    name, topic_id, ErrorCode.invalid_request, "You may not specify both topic name and topic id."
                )
        for topic_id, times in ids.items():
            self._by_id(topic_id, times)
        for name, times in names.items():
            self._by_name(name, times, ids)

    def _refuse(self, name: str | None, topic_id: uuid.UUID, code: ErrorCode, why: str) -> None:
        self.answers.append({"name": name, "topic_id": topic_id, "error_code": code, "error_message": why})

    def _by_id(self, topic_id: uuid.UUID, times: int) -> None:
        topic = self._broker.topics.by_id(topic_id)
        if times > 1:
            self._refuse(None, topic_id, ErrorCode.invalid_request, "Duplicate topic id.")
        elif topic is None:
            self._refuse(None, topic_id, ErrorCode.unknown_topic_id, "This server does not host this topic ID.")
        else:
            self.found.append(topic)

    def _by_name(self, name: str, times: int, ids: Counter[uuid.UUID]) -> None:
        topic = self._broker.topics.get(name)
        if times > 1:
            self._refuse(name, _ZERO_ID, ErrorCode.invalid_request, "Duplicate topic name.")
        elif topic is None:
            why = "This server does not host this topic-partition."
            self._refuse(name, _ZERO_ID, ErrorCode.unknown_topic_or_partition, why)
        elif topic.topic_id in ids:
            self.found = [each for each in self.found if each is not topic]
            self._refuse(name, topic.topic_id, ErrorCode.invalid_request, _ALREADY)
        else:
            self.found.append(topic)


async def delete_topics(broker: Broker, request: Any) -> dict[str, Any]:
    """DeleteTopics."""
    if hasattr(request, "topics"):
        wanted = [(each.name, each.topic_id or _ZERO_ID) for each in request.topics]
    else:
        wanted = [(name, _ZERO_ID) for name in request.topic_names]
    if is_late(request):
        late = {"error_code": ErrorCode.request_timed_out, "error_message": None}
        return {"responses": [{"name": name, "topic_id": topic_id, **late} for name, topic_id in wanted]}
    deletion = _Deletion(broker, wanted)
    answers = deletion.answers
    for topic in deletion.found:
        answer = {"name": topic.name, "topic_id": topic.topic_id, "error_code": ErrorCode.none, "error_message": None}
        try:
            broker.quotas.mutated(len(topic.partitions))
            _remove(broker, topic.name)
        except KafkaApiError as error:
            answer |= {"error_code": error.code, "error_message": error.message}
        answers.append(answer)
    return {"responses": answers}


def _remove(broker: Broker, name: str) -> None:
    """Deletes a topic; with one of Kafka's own goes what its coordinator remembers."""
    broker.topics.delete(name)
    broker.offsets.delete_topic(name)
    forget_empty_groups(broker)
    if name == OFFSETS:
        broker.forget_groups()
    elif name == TRANSACTIONS:
        broker.transactions.forget_all()
    broker.purgatory.wake_all()


async def delete_records(broker: Broker, request: Any) -> dict[str, Any]:
    topics: list[dict[str, Any]] = []
    for name, wanted in merged(request.topics).items():
        partitions: list[dict[str, Any]] = []
        for each in wanted.values():
            partition = broker.topics.partition(name, each.partition_index)
            code, low = ErrorCode.unknown_topic_or_partition, -1
            if partition is not None:
                end = partition.log.end_offset
                offset = end if each.offset == -1 else each.offset
                code = ErrorCode.offset_out_of_range
                if name in INTERNAL:
                    code = ErrorCode.invalid_topic_exception
                elif "delete" not in broker.topics.setting(name, "cleanup.policy"):
                    code = ErrorCode.policy_violation
                elif 0 <= offset <= end:
                    partition.log.advance_start(offset)
                    code, low = ErrorCode.none, partition.log.start_offset
            partitions.append({"partition_index": each.partition_index, "low_watermark": low, "error_code": code})
        topics.append({"name": name, "partitions": partitions})
    return {"topics": topics}
