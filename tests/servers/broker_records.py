"""Requests to a broker that write and read records."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from tests.servers.kafka_batches import batch
from tests.servers.kafka_wire import Request

_SOME = uuid.UUID(int=77)


def writing() -> Iterator[Request]:
    """Produce requests of each version, and those that are refused."""

    def produce(topic: str, records: bytes, *, acks: int = -1, number: int = 0) -> dict[str, Any]:
        data = [{"name": topic, "partition_data": [{"index": number, "records": records}]}]
        return {"transactional_id": None, "acks": acks, "timeout": 3000, "topic_data": data}

    now = 1_700_000_000_000
    for version in (3, 5, 7, 8, 9, 10, 11):
        yield Request("produce", f"version {version}", 0, version, produce("as", batch(now, now + 5)))
    for name, fields in {
        "no topic": produce("nope", batch(now)), "no partition": produce("as", batch(now), number=9),
        "no topic and garbage": produce("nope", b"x" * 70), "garbage": produce("as", b"\0" * 70),
        "acks 5": produce("as", batch(now), acks=5), "acks 1": produce("as", batch(now), acks=1),
        "append time": produce("at", batch(1000)), "one replica in sync": produce("is", batch(now)),
        "in sync with acks 1": produce("is", batch(now), acks=1), "too large": produce("sr", batch(*range(now, now + 40))),
        "too old": produce("no", batch(now)), "a control batch": produce("as", batch(now, attributes=0x20)),
    }.items():  # fmt: skip
        yield Request("produce", name, 0, 9, fields)


def reading() -> Iterator[Request]:
    """ListOffsets, Fetch and OffsetForLeaderEpoch requests."""

    def offsets(*timestamps: int, topic: str = "as", epoch: int = -1, number: int = 0) -> dict[str, Any]:
        asked = [{"partition_index": number, "current_leader_epoch": epoch, "timestamp": each} for each in timestamps]
        return {"replica_id": -1, "isolation_level": 0, "topics": [{"name": topic, "partitions": asked}]}

    def fetch(topic: Any, offset: int, *, epoch: int = -1, isolation: int = 0) -> dict[str, Any]:
        asked = {"partition": 0, "current_leader_epoch": epoch, "fetch_offset": offset, "log_start_offset": -1,
                 "partition_max_bytes": 1_000_000}  # fmt: skip
        named = {"topic_id": topic} if isinstance(topic, uuid.UUID) else {"topic": topic}
        return {"replica_id": -1, "max_wait": 50, "min_bytes": 1, "max_bytes": 1_000_000, "isolation_level": isolation,
                "session_id": 0, "session_epoch": -1, "topics": [{**named, "partitions": [asked]}],
                "forgotten_topics_data": (), "rack_id": ""}  # fmt: skip

    for since in (-1, -2, -3, -4, -5, -6, -7, 0, 1_700_000_000_003, 1_800_000_000_000):
        yield Request("list offsets", f"{since}", 2, 9, offsets(since))
    yield Request("list offsets", "twice", 2, 8, offsets(-1, -2))
    yield Request("list offsets", "a later leader", 2, 8, offsets(-1, epoch=7))
    yield Request("list offsets", "no topic", 2, 8, offsets(-1, topic="nope"))
    yield Request("list offsets", "no partition", 2, 8, offsets(-1, number=9))
    for version in (1, 2, 4, 6, 7):
        yield Request("list offsets", f"version {version}", 2, version, offsets(-2))
    for version in (4, 5, 7, 9, 11, 12):
        yield Request("fetch", f"version {version}", 1, version, fetch("as", 0))
    for name, fields in {"no topic": fetch("nope", 0), "past the end": fetch("as", 5000), "the end": fetch("at", 1),
                         "a later leader": fetch("as", 0, epoch=5), "committed": fetch("as", 2, isolation=1)}.items():  # fmt: skip
        yield Request("fetch", name, 1, 12, fields)
    for version in (13, 15, 16, 17):
        yield Request("fetch", f"no id {version}", 1, version, fetch(_SOME, 0))
    epochs = [
        {"partition": number, "current_leader_epoch": -1, "leader_epoch": epoch} for number, epoch in ((0, 0), (9, 0))
    ]
    yield Request(
        "fetch", "end of an epoch", 23, 4, {"replica_id": -1, "topics": [{"topic": "as", "partitions": epochs}]}
    )
    later = {"partition": 0, "current_leader_epoch": -1, "leader_epoch": 9}
    yield Request(
        "fetch", "end of a later epoch", 23, 4, {"replica_id": -1, "topics": [{"topic": "as", "partitions": [later]}]}
    )
