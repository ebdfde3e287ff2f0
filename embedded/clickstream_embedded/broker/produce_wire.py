"""Produce of versions 9 to 11, read and answered by hand: what most requests are, and their records are opaque.

The three have one form (`ProduceRequest.json`, `ProduceResponse.json`). Tests hold it against the one by the schemas.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.broker.wire import NO_TAGS, compact, count, put_text, put_varint, skip_tags, text

VERSIONS = range(9, 12)
_ACKS = struct.Struct(">hi")  # and the timeout
_INT32 = struct.Struct(">i")
_PLACED = struct.Struct(">ihqqq")  # index, error, base offset, append time, start of the log


@dataclass(frozen=True, slots=True)
class PartitionData:
    """Batches for one partition."""

    index: int
    records: memoryview | None


@dataclass(frozen=True, slots=True)
class TopicData:
    """Batches for one topic."""

    name: str
    partition_data: list[PartitionData]


@dataclass(frozen=True, slots=True)
class ProduceRequest:
    """What the handler looks at."""

    transactional_id: str | None
    acks: int
    topic_data: list[TopicData]
    __version__: int


def read(frame: bytes, at: int, version: int) -> ProduceRequest:
    """The request of that version whose body begins at `at`. Raises struct.error, IndexError, ValueError."""
    named, at = compact(frame, at)
    acks, _ = _ACKS.unpack_from(frame, at)
    number, at = count(frame, at + _ACKS.size)
    topics: list[TopicData] = []
    for _ in range(number):
        name, at = text(frame, at)
        inner, at = count(frame, at)
        partitions: list[PartitionData] = []
        for _ in range(inner):
            (index,) = _INT32.unpack_from(frame, at)
            records, at = compact(frame, at + 4)
            at = skip_tags(frame, at)
            partitions.append(PartitionData(index, records))
        at = skip_tags(frame, at)
        topics.append(TopicData(name, partitions))
    skip_tags(frame, at)
    return ProduceRequest(None if named is None else str(named, "utf-8"), acks, topics, version)


def answer(correlation: int, values: dict[str, Any], throttle_ms: int = 0) -> bytes:
    """The whole answer, without its length, from what the handler gives."""
    parts = [_INT32.pack(correlation), NO_TAGS, put_varint(len(values["responses"]) + 1)]
    for topic in values["responses"]:
        parts += (put_text(topic["name"]), put_varint(len(topic["partition_responses"]) + 1))
        for each in topic["partition_responses"]:
            time = each["log_append_time"]
            parts.append(
                _PLACED.pack(each["index"], each["error_code"], each["base_offset"], -1 if time is None else time,
                             each["log_start_offset"])
            )  # fmt: skip
            parts.append(put_varint(len(each["record_errors"]) + 1))
            for error in each["record_errors"]:
                parts += (
                    _INT32.pack(error["batch_index"]), put_text(error["batch_index_error_message"]), NO_TAGS,
                )  # fmt: skip
            parts += (put_text(each["error_message"]), NO_TAGS)
        parts.append(NO_TAGS)
    parts += (_INT32.pack(throttle_ms), NO_TAGS)
    return b"".join(parts)
