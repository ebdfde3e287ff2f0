"""Log compaction: of all records of a key the latest stays, and a tombstone goes once it is old enough.

Kafka's rules (design document, "Log Compaction"): offsets do not change, order does not change, the newest segment is
left alone. Batches that are compressed with anything but gzip, and those of transactions, are kept as they are.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import crc32c

from clickstream_embedded.broker.batches import CONTROL, HEADER_SIZE, TRANSACTIONAL, BatchHeader
from clickstream_embedded.broker.records import varint

_COUNT = struct.Struct(">i")
_LENGTH_AT, _CRC_AT, _CRC_END, _COUNT_AT = 8, 17, 21, 57


@dataclass(frozen=True, slots=True)
class Kept:
    """One record of a batch: where it stands in the unpacked batch, its offset, time, key, and whether it has a value."""

    start: int
    stop: int
    offset: int
    timestamp: int
    key: bytes | None
    is_tombstone: bool


def unpacked(header: BatchHeader, batch: bytes) -> bytes | None:
    """The records of a batch as they are without compression; None for a batch that is kept as it is."""
    if header.attributes & (CONTROL | TRANSACTIONAL):
        return None
    codec = header.attributes & 0x07
    if codec == 0:
        return batch[HEADER_SIZE:]
    if codec != 1:
        return None
    try:
        return gzip.decompress(batch[HEADER_SIZE:])
    except (OSError, EOFError, zlib.error):
        return None


def records(header: BatchHeader, payload: bytes) -> Iterator[Kept]:
    """The records of an unpacked batch. Raises IndexError where it is cut short."""
    position = 0
    for _ in range(header.count):
        start = position
        length, position = varint(payload, position)
        stop = position + length
        time_delta, position = varint(payload, position + 1)
        offset_delta, position = varint(payload, position)
        key_length, position = varint(payload, position)
        key = None if key_length < 0 else payload[position : position + key_length]
        value_length, _ = varint(payload, position + max(key_length, 0))
        yield Kept(
            start, stop, header.base_offset + offset_delta, header.base_timestamp + time_delta, key, value_length < 0
        )
        position = stop


class Offsets(Protocol):
    """The last offset of each key."""

    def get(self, key: bytes, default: int, /) -> int: ...


def without(header: BatchHeader, batch: bytes, latest: Offsets, horizon: int) -> bytes | None:
    """The batch with the records that are still the latest of their key; None where none is left.

    A tombstone whose time is before `horizon` (ms) goes too. Records without a key cannot be compacted and stay.
    """
    payload = unpacked(header, batch)
    if payload is None:
        return batch
    try:
        found = list(records(header, payload))
    except IndexError:
        return batch
    kept = [
        record for record in found
        if record.key is None
        or (latest.get(record.key, record.offset) <= record.offset and not (record.is_tombstone and record.timestamp < horizon))
    ]  # fmt: skip
    if len(kept) == len(found):
        return batch
    if not kept:
        return None
    body = b"".join(payload[record.start : record.stop] for record in kept)
    if header.attributes & 0x07:
        body = gzip.compress(body)
    # base offset, last offset delta and sequences stay: only the count, the length and the checksum are new
    rebuilt = bytearray(batch[:HEADER_SIZE]) + body
    _COUNT.pack_into(rebuilt, _COUNT_AT, len(kept))
    _COUNT.pack_into(rebuilt, _LENGTH_AT, len(rebuilt) - _LENGTH_AT - 4)
    struct.pack_into(">I", rebuilt, _CRC_AT, crc32c.crc32c(bytes(rebuilt[_CRC_END:])))
    return bytes(rebuilt)
