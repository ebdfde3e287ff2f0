"""The handler of Fetch."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.client_quotas import asking
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.fetch_sessions import Session
from clickstream_embedded.broker.transactions import Place

READ_COMMITTED = 1
ISOLATIONS = (0, READ_COMMITTED)
_ERRORS_BY_REQUEST = 13  # the version from which on a request that fails as a whole names no partitions
_KNOWS_ZSTD = 10  # the version from which on batches that are packed so are given (KIP-110)
_CONSUMER = -1
_EPOCH = 0  # of the one leader that a partition ever has


def check_epoch(epoch: int) -> None:
    """Raises KafkaApiError where a client knows of another leader than there ever was (KIP-320); -1 is no epoch."""
    if epoch > _EPOCH:
        raise KafkaApiError(ErrorCode.unknown_leader_epoch)
    if epoch < -1:
        raise KafkaApiError(ErrorCode.fenced_leader_epoch)


def _is_consumer(request: Any) -> bool:
    return getattr(request, "replica_id", _CONSUMER) < 0


def _read(
    broker: Broker, request: Any, place: Place, wanted: Any, budget: int, *, committed: bool, is_first: bool
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "partition_index": place[1], "error_code": 0, "high_watermark": -1, "last_stable_offset": -1,
        "log_start_offset": -1, "aborted_transactions": None, "records": b"",
    }  # fmt: skip
    partition = broker.topics.partition(*place)
    if partition is None:
        return {**answer, "error_code": ErrorCode.unknown_topic_or_partition, "aborted_transactions": ()}
    is_old = getattr(request, "__version__", _KNOWS_ZSTD) < _KNOWS_ZSTD
    if is_old and broker.topics.setting(place[0], "compression.type") == "zstd":
        return {
            **answer,
            "error_code": ErrorCode.unsupported_compression_type,
            "aborted_transactions": (),
            "records": None,
        }
    if getattr(wanted, "current_leader_epoch", -1) > _EPOCH:
        return {**answer, "error_code": ErrorCode.unknown_leader_epoch}
    if getattr(wanted, "last_fetched_epoch", -1) > _EPOCH:  # it read what was never written (KIP-595)
        return {**answer, "error_code": ErrorCode.offset_out_of_range}
    if not _is_consumer(request):  # no broker follows this one
        known = getattr(wanted, "current_leader_epoch", -1) != -1
        return {**answer, "error_code": ErrorCode.unknown_leader_epoch if known else ErrorCode.not_leader_or_follower}
    if min(request.max_bytes, wanted.partition_max_bytes) < 0:  # Kafka's buffers cannot be so small
        return {**answer, "error_code": ErrorCode.unknown_server_error}
    end, start, stable = partition.log.end_offset, partition.log.start_offset, partition.stable_offset
    if not start <= wanted.fetch_offset <= end:
        return {**answer, "error_code": ErrorCode.offset_out_of_range}
    answer |= {"high_watermark": end, "last_stable_offset": stable, "log_start_offset": start}
    if budget > 0 or is_first:  # one batch is given even where it is larger than all that was asked for
        before = stable if committed else end
        answer["records"] = partition.log.read(
            wanted.fetch_offset, min(wanted.partition_max_bytes, max(budget, 0)), before
        )
        if not is_first and len(answer["records"]) > budget:  # only the first batch of all may be too large
            answer["records"] = b""
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


def _lost(broker: Broker, name: str, ids: dict[str, uuid.UUID]) -> ErrorCode | None:
    """Why the topic that a client names by its id is not to be had (KIP-516); None where it is."""
    if not ids:
        return None
    topic = broker.topics.get(name)
    if topic is None:  # one that never was has no name
        return ErrorCode.unknown_topic_id if name.startswith("/") else ErrorCode.unknown_topic_or_partition
    return ErrorCode.inconsistent_topic_id if topic.topic_id != ids.get(name) else None


class Fetching:
    """One fetch: looks at its partitions until there is enough, or time is up.

    Args:
        broker: Whose partitions.
        request: A FetchRequest of any version.
        client: The id of who asks; "" where no quota counts.

    Raises:
        KafkaApiError: The session is not known, or is further on.
    """

    def __init__(self, broker: Broker, request: Any, client: str = "") -> None:
        self._broker, self._request, self._client = broker, request, client
        self._most = broker.quotas.most_fetched(client, request.max_bytes) if broker.quotas else request.max_bytes
        if request.isolation_level not in ISOLATIONS:  # Kafka's own enumeration throws
            raise KafkaApiError(ErrorCode.unknown_server_error)
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
            answer = _read(
                self._broker, request, place, wanted, self._most - total, committed=committed, is_first=total == 0
            )
            lost = _lost(self._broker, place[0], self._ids)
            if lost is not None:
                answer |= {"error_code": lost, "records": b""}
            total += len(answer["records"] or b"")
            failed = failed or answer["error_code"] != 0
            self._answers[place] = answer
        self.missing = request.min_bytes - total
        if self.missing > 0 and not failed and self.places and time.monotonic() < self.deadline:
            return None
        return self._told()

    def throttled(self, found: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """(the answer, for how many seconds its client is not heard): nothing is sent to who has taken too much."""
        if not self._broker.quotas:
            return found, 0.0
        size = sum(len(each["records"] or b"") for topic in found["responses"] for each in topic["partitions"])
        pause = self._broker.quotas.fetched(self._client, size)
        return ({**found, "responses": ()}, pause) if pause > 0 else (found, 0.0)

    def _told(self) -> dict[str, Any]:
        answers, session = self._answers, self._session
        if session is not None:
            news = session.news(answers)
            answers = news if self._incremental else answers
        session_id = session.session_id if session is not None else 0
        return {"error_code": 0, "session_id": session_id, "responses": _by_topic(answers, self._ids)}


def refused(error: KafkaApiError, request: Any, version: int) -> dict[str, Any]:
    """The answer to a fetch that fails as a whole; where topics have names, each partition says so."""
    if version >= _ERRORS_BY_REQUEST or error.code is not ErrorCode.unknown_server_error:
        return {"error_code": error.code, "session_id": 0, "responses": ()}
    failed = {"error_code": error.code, "high_watermark": -1, "last_stable_offset": -1, "log_start_offset": -1,
              "aborted_transactions": (), "records": None}  # fmt: skip
    topics = [
        {"topic": topic.topic, "partitions": [{"partition_index": each.partition, **failed} for each in topic.partitions]}
        for topic in request.topics
    ]  # fmt: skip
    return {"error_code": error.code, "session_id": 0, "responses": topics}


async def fetch(broker: Broker, request: Any) -> dict[str, Any]:
    """Fetch: answers at once when `min_bytes` are there, else waits up to `max_wait`."""
    try:
        fetching = Fetching(broker, request, asking.get()[0])
    except KafkaApiError as error:
        return refused(error, request, request.__version__)
    while (found := fetching.look()) is None:
        woken = asyncio.Event()
        delayed = broker.purgatory.wait(fetching.places, fetching.missing, fetching.deadline, woken.set)
        try:
            await woken.wait()
        finally:
            broker.purgatory.cancel(delayed)
    found, pause = fetching.throttled(found)
    return {**found, "throttle_time": round(pause * 1000)}
