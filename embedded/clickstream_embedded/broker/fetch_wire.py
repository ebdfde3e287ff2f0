"""Fetch of versions 12 to 17, read and answered by hand: the other request that there are many of.

Version 13 names topics by id (KIP-516), 15 has no replica id but a tagged field (KIP-903). Tests hold it against the
one by the schemas (`FetchRequest.json`, `FetchResponse.json`).
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clickstream_embedded.broker.batches import Bytes
from clickstream_embedded.broker.wire import NO_TAGS, compact, count, put_text, put_varint, skip_tags, text

VERSIONS = range(12, 18)
_BY_ID, _WITHOUT_REPLICA = 13, 15
_FIXED = struct.Struct(">iiibii")  # wait, least and most bytes, isolation, session, its epoch
_WANTED = struct.Struct(">iiqiqi")  # number, leader epoch, offset, last epoch, start of a follower's log, most bytes
_INT32 = struct.Struct(">i")
_HEAD = struct.Struct(">iBihi")  # correlation, no tags, throttle, error, session
_PLACED = struct.Struct(">ihqqq")  # number, error, high watermark, last stable offset, start of the log
_ABORTED = struct.Struct(">qqB")  # producer, first offset, no tags
_NO_REPLICA = _INT32.pack(-1)
_NO_ID = bytes(16)


@dataclass(frozen=True, slots=True)
class WantedPartition:
    """One partition of a fetch."""

    partition: int
    current_leader_epoch: int
    fetch_offset: int
    last_fetched_epoch: int
    partition_max_bytes: int


@dataclass(frozen=True, slots=True)
class NamedTopic:
    """Partitions of a topic that is told by its name."""

    topic: str
    partitions: list[Any]


@dataclass(frozen=True, slots=True)
class IdTopic:
    """Partitions of a topic that is told by its id; None is the id of zeros."""

    topic_id: uuid.UUID | None
    partitions: list[Any]


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What the handler looks at."""

    max_wait: timedelta
    min_bytes: int
    max_bytes: int
    replica_id: int
    isolation_level: int
    session_id: int
    session_epoch: int
    topics: list[NamedTopic | IdTopic]
    forgotten_topics_data: list[NamedTopic | IdTopic]
    __version__: int


def read(frame: bytes, at: int, version: int) -> FetchRequest:
    """The request whose body begins at `at`. Raises struct.error, IndexError, ValueError."""
    replica = -1
    if version < _WITHOUT_REPLICA:
        (replica,) = _INT32.unpack_from(frame, at)
        at += 4
    wait, least, most, isolation, session, epoch = _FIXED.unpack_from(frame, at)
    topics, at = _topics(frame, at + _FIXED.size, version, _wanted)
    forgotten, at = _topics(frame, at, version, _number)
    _, at = compact(frame, at)  # the client's rack: there is one replica
    skip_tags(frame, at)
    return FetchRequest(
        timedelta(milliseconds=wait), least, most, replica, isolation, session, epoch, topics, forgotten, version
    )


def _topics(frame: bytes, at: int, version: int, element: Any) -> tuple[list[NamedTopic | IdTopic], int]:
    number, at = count(frame, at)
    found: list[NamedTopic | IdTopic] = []
    for _ in range(number):
        partitions: list[Any] = []
        if version >= _BY_ID:
            data = frame[at : at + 16]
            topic = IdTopic(None if data == _NO_ID else uuid.UUID(bytes=data), partitions)
            at += 16
        else:
            name, at = text(frame, at)
            topic = NamedTopic(name, partitions)
        inner, at = count(frame, at)
        for _ in range(inner):
            value, at = element(frame, at)
            partitions.append(value)
        at = skip_tags(frame, at)
        found.append(topic)
    return found, at


def _wanted(frame: bytes, at: int) -> tuple[WantedPartition, int]:
    number, epoch, offset, last, _, most = _WANTED.unpack_from(frame, at)
    return WantedPartition(number, epoch, offset, last, most), skip_tags(frame, at + _WANTED.size)


def _number(frame: bytes, at: int) -> tuple[int, int]:
    return _INT32.unpack_from(frame, at)[0], at + 4


def answer(correlation: int, version: int, values: dict[str, Any], throttle_ms: int = 0) -> list[Bytes]:
    """The whole answer, without its length, from what the handler gives: in parts, so that records are not copied."""
    parts: list[Bytes] = [_HEAD.pack(correlation, 0, throttle_ms, values["error_code"], values["session_id"])]
    parts.append(put_varint(len(values["responses"]) + 1))
    for topic in values["responses"]:
        if version >= _BY_ID:
            parts.append(topic["topic_id"].bytes if topic["topic_id"] else _NO_ID)
        else:
            parts.append(put_text(topic["topic"]))
        parts.append(put_varint(len(topic["partitions"]) + 1))
        for each in topic["partitions"]:
            parts += _partition(each)
        parts.append(NO_TAGS)
    parts.append(NO_TAGS)
    return parts


def _partition(each: dict[str, Any]) -> list[Bytes]:
    place = _PLACED.pack(
        each["partition_index"], each["error_code"], each["high_watermark"], each["last_stable_offset"],
        each["log_start_offset"],
    )  # fmt: skip
    aborted, records = each["aborted_transactions"], each["records"]
    parts: list[Bytes] = [place, b"\0" if aborted is None else put_varint(len(aborted) + 1)]
    parts += [_ABORTED.pack(one["producer_id"], one["first_offset"], 0) for one in aborted or ()]
    if records is None:
        return [*parts, _NO_REPLICA, NO_TAGS, NO_TAGS]  # null, and no tags
    return [*parts, _NO_REPLICA, put_varint(len(records) + 1), records, NO_TAGS]
