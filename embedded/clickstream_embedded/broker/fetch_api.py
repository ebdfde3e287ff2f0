"""The handler of Fetch."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.fetch_sessions import Session
from clickstream_embedded.broker.transactions import Place

READ_COMMITTED = 1
_EPOCH = 0  # of the one leader that a partition ever has


def check_epoch(epoch: int) -> None:
    """Raises KafkaApiError where a client knows of a later leader than there ever was (KIP-320); -1 is no epoch."""
    if epoch > _EPOCH:
        raise KafkaApiError(ErrorCode.unknown_leader_epoch)


def _read(broker: Broker, place: Place, wanted: Any, budget: int, *, committed: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "partition_index": place[1], "error_code": 0, "high_watermark": -1, "last_stable_offset": -1,
        "log_start_offset": -1, "aborted_transactions": None, "records": b"",
    }  # fmt: skip
    partition = broker.topics.partition(*place)
    if partition is None:
        return {**answer, "error_code": ErrorCode.unknown_topic_or_partition, "aborted_transactions": ()}
    if getattr(wanted, "current_leader_epoch", -1) > _EPOCH:
        return {**answer, "error_code": ErrorCode.unknown_leader_epoch}
    end, start, stable = partition.log.end_offset, partition.log.start_offset, partition.stable_offset
    if not start <= wanted.fetch_offset <= end:
        return {**answer, "error_code": ErrorCode.offset_out_of_range}
    answer |= {"high_watermark": end, "last_stable_offset": stable, "log_start_offset": start}
    if budget > 0:
        before = stable if committed else end
        answer["records"] = partition.log.read(wanted.fetch_offset, min(wanted.partition_max_bytes, budget), before)
        if committed:
            answer["aborted_transactions"] = (
                [
                    {"producer_id": each.producer_id, "first_offset": each.first_offset}
                    for each in partition.transaction_index.aborted_between(wanted.fetch_offset, before)
                ]
                if answer["records"]
                else ()
            )
    return answer


def _by_topic(answers: dict[Place, dict[str, Any]], ids: dict[str, uuid.UUID]) -> list[dict[str, Any]]:
    topics: dict[str, list[dict[str, Any]]] = {}
    for (topic, _), answer in answers.items():
        topics.setdefault(topic, []).append(answer)
    return [
        {"topic": topic, "topic_id": ids.get(topic), "partitions": partitions} for topic, partitions in topics.items()
    ]


def _lost(broker: Broker, name: str, ids: dict[str, uuid.UUID]) -> bool:
    """Whether the topic that a client names by its id is not there any more (KIP-516)."""
    if not ids:
        return False
    topic = broker.topics.get(name)
    return topic is None or topic.topic_id != ids.get(name)


class Fetching:
    """One fetch: looks at its partitions until there is enough, or time is up.

    Args:
        broker: Whose partitions.
        request: A FetchRequest of any version.

    Raises:
        KafkaApiError: The session is not known, or is further on.
    """

    def __init__(self, broker: Broker, request: Any) -> None:
        self._broker, self._request = broker, request
        self._session, self._incremental = broker.fetch_sessions.of(request, broker.topics.name_of)
        session = self._session
        if session is None:
            session = Session(0)
            session.update(request, broker.topics.name_of)
        self.places, self._ids = dict(session.wanted), session.ids
        self.deadline = time.monotonic() + request.max_wait.total_seconds()
        self.missing = 0
        self._answers: dict[Place, dict[str, Any]] = {}

    def look(self) -> dict[str, Any] | None:
        """The answer, or None while there is less than was asked for: `missing` says how many bytes."""
        total, failed = 0, False
        request, committed = self._request, self._request.isolation_level == READ_COMMITTED
        for place, wanted in self.places.items():
            answer = _read(self._broker, place, wanted, request.max_bytes - total, committed=committed)
            if _lost(self._broker, place[0], self._ids):
                answer |= {"error_code": ErrorCode.unknown_topic_id, "records": b""}
            total += len(answer["records"])
            failed = failed or answer["error_code"] != 0
            self._answers[place] = answer
        self.missing = request.min_bytes - total
        if self.missing > 0 and not failed and self.places and time.monotonic() < self.deadline:
            return None
        return self._told()

    def _told(self) -> dict[str, Any]:
        answers, session = self._answers, self._session
        if session is not None:
            news = session.news(answers)
            answers = news if self._incremental else answers
        session_id = session.session_id if session is not None else 0
        return {"error_code": 0, "session_id": session_id, "responses": _by_topic(answers, self._ids)}


def refused(error: KafkaApiError) -> dict[str, Any]:
    """The answer to a fetch whose session is not known."""
    return {"error_code": error.code, "session_id": 0, "responses": ()}


async def fetch(broker: Broker, request: Any) -> dict[str, Any]:
    """Fetch: answers at once when `min_bytes` are there, else waits up to `max_wait`."""
    try:
        fetching = Fetching(broker, request)
    except KafkaApiError as error:
        return refused(error)
    while (found := fetching.look()) is None:
        woken = asyncio.Event()
        delayed = broker.purgatory.wait(fetching.places, fetching.missing, fetching.deadline, woken.set)
        try:
            await woken.wait()
        finally:
            broker.purgatory.cancel(delayed)
    return found
