"""Record batches as opaque bytes: only the header of format version 2 is read (KIP-98, `RecordBatch`)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import crc32c

_HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_SIZE = _HEADER.size  # 61 bytes
PREFIX_SIZE = 12  # baseOffset and batchLength, which precede what batchLength counts
_CRC_END = 21  # the checksum covers all that follows it
MINIMUM = 14  # bytes of a record in the oldest format
_PREFIX = struct.Struct(">qi")
_MAX_TIMESTAMP = 35  # where the field of that name is

TRANSACTIONAL = 0x10
CONTROL = 0x20
LOG_APPEND_TIME = 0x08

Bytes = bytes | memoryview


class CorruptBatch(ValueError):
    """The bytes are not a whole, undamaged record batch."""


class WrongChecksum(CorruptBatch):
    """The bytes are not those that were sent."""


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """The header of one batch; `size` is the whole batch in bytes, timestamps are milliseconds."""

    base_offset: int
    size: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    count: int

    @property
    def next_offset(self) -> int:
        """The offset after the batch's last record."""
        return self.base_offset + self.last_offset_delta + 1


def parse_header(data: bytes | bytearray | memoryview, position: int = 0) -> BatchHeader:
    """Reads the header at `position`; raises CorruptBatch where there is none of version 2."""
    try:
        base, length, _epoch, magic, crc, attributes, last, first_ts, max_ts, pid, epoch, sequence, count = (
            _HEADER.unpack_from(data, position)
        )
    except struct.error as error:
        raise CorruptBatch("shorter than a batch header") from error
    size = PREFIX_SIZE + length
    if length < MINIMUM:
        raise CorruptBatch(f"Record size {length} is less than the minimum record overhead ({MINIMUM})")
    if magic > 2:
        raise CorruptBatch(f"Invalid magic found in record: {magic}")
    if magic != 2 or size < HEADER_SIZE:
        raise CorruptBatch(f"not a batch of format 2 (magic {magic}, length {length})")
    return BatchHeader(base, size, magic, crc, attributes, last, first_ts, max_ts, pid, epoch, sequence, count)


def check_crc(data: memoryview, header: BatchHeader, position: int = 0) -> None:
    """Raises CorruptBatch where the batch is cut short, WrongChecksum where its CRC-32C does not fit."""
    end = position + header.size
    if end > len(data):
        raise CorruptBatch("cut short")
    if crc32c.crc32c(data[position + _CRC_END : end]) != header.crc:
        raise WrongChecksum("wrong checksum")


def iterate(data: bytes | memoryview) -> Iterator[tuple[BatchHeader, memoryview]]:
    """The batches in `data`, each checked; raises CorruptBatch at the first damaged one."""
    view = memoryview(data)
    position = 0
    while position < len(data):
        header = parse_header(data, position)
        check_crc(view, header, position)
        yield header, view[position : position + header.size]
        position += header.size


def marker(
    producer_id: int, epoch: int, timestamp: int, *, committed: bool, coordinator_epoch: int = 0
) -> tuple[BatchHeader, memoryview]:
    """The control batch that ends a transaction (KIP-98, `EndTransactionMarker`); `timestamp` in ms."""
    key, value = struct.pack(">hh", 0, 1 if committed else 0), struct.pack(">hi", 0, coordinator_epoch)
    # attributes, timestamp delta, offset delta, then key and value with their zigzag lengths, no headers
    record = bytes((0, 0, 0, 2 * len(key))) + key + bytes((2 * len(value),)) + value + b"\0"
    body = bytes((2 * len(record),)) + record
    batch = bytearray(HEADER_SIZE + len(body))
    batch[HEADER_SIZE:] = body
    length = len(batch) - PREFIX_SIZE
    attributes = TRANSACTIONAL | CONTROL
    _HEADER.pack_into(batch, 0, 0, length, 0, 2, 0, attributes, 0, timestamp, timestamp, producer_id, epoch, -1, 1)
    struct.pack_into(">I", batch, _CRC_END - 4, crc32c.crc32c(bytes(batch[_CRC_END:])))
    return parse_header(batch), memoryview(batch)


def is_commit(batch: bytes | memoryview) -> bool:
    """Whether a control batch says commit. Raises struct.error where it holds no marker."""
    (kind,) = struct.unpack_from(">h", batch, HEADER_SIZE + 7)  # record length, three small fields, key length, version
    return kind == 1


def with_offset(batch: memoryview, base_offset: int) -> tuple[bytearray, memoryview]:
    """The batch as it starts at `base_offset`: its header anew, the records as they are; the checksum does not cover
    that field.
    """
    head = bytearray(batch[:HEADER_SIZE])
    struct.pack_into(">q", head, 0, base_offset)
    struct.pack_into(">i", head, PREFIX_SIZE, 0)  # partition leader epoch
    return head, batch[HEADER_SIZE:]


def stamped(header: BatchHeader, batch: memoryview, now: int) -> tuple[BatchHeader, memoryview]:
    """The batch with LogAppendTime: its attributes say so and its largest timestamp is `now` (ms)."""
    copy = bytearray(batch)
    struct.pack_into(">h", copy, _CRC_END, header.attributes | LOG_APPEND_TIME)
    struct.pack_into(">q", copy, _MAX_TIMESTAMP, now)
    struct.pack_into(">I", copy, _CRC_END - 4, crc32c.crc32c(bytes(copy[_CRC_END:])))
    return parse_header(copy), memoryview(copy)


def unstamped(header: BatchHeader, batch: memoryview) -> tuple[BatchHeader, memoryview]:
    """The batch of a client that says LogAppendTime by itself, with the times that it gave (CreateTime)."""
    copy = bytearray(batch)
    struct.pack_into(">h", copy, _CRC_END, header.attributes & ~LOG_APPEND_TIME)
    struct.pack_into(">I", copy, _CRC_END - 4, crc32c.crc32c(bytes(copy[_CRC_END:])))
    return parse_header(copy), memoryview(copy)


def rebuilt(batch: memoryview, attributes: int, payload: bytes) -> tuple[BatchHeader, memoryview]:
    """The batch with other attributes and other bytes for its records."""
    made = bytearray(batch[:HEADER_SIZE]) + payload
    struct.pack_into(">i", made, PREFIX_SIZE - 4, len(made) - PREFIX_SIZE)
    struct.pack_into(">h", made, _CRC_END, attributes)
    struct.pack_into(">I", made, _CRC_END - 4, crc32c.crc32c(bytes(made[_CRC_END:])))
    return parse_header(made), memoryview(made)
