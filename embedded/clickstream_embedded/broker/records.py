"""The few places where the broker must look inside a batch: timestamps of single records."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream_embedded.broker.batches import HEADER_SIZE, LOG_APPEND_TIME, BatchHeader
from clickstream_embedded.broker.compression import Unreadable, codec_of, unpacked


def varint(data: bytes, position: int) -> tuple[int, int]:
    """(value, position behind it) of a zigzag-encoded number. Raises IndexError where the bytes end."""
    byte = data[position]
    if byte < 0x80:  # most have one byte
        return (byte >> 1) ^ -(byte & 1), position + 1
    shift = value = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), position
        shift += 7


def keyless(header: BatchHeader, payload: bytes) -> list[int]:
    """The places, from 0, of the records without a key. Raises IndexError where the bytes end.

    Each record of a compacted topic goes through here: numbers are only skipped, and sizes of one or two bytes, as
    nearly all are, are read in place.
    """
    found: list[int] = []
    at = 0
    for number in range(header.count):
        size = payload[at]  # twice the size, as it is encoded
        if size < 0x80:
            at += 1
        elif (more := payload[at + 1]) < 0x80:
            size = size & 0x7F | more << 7
            at += 2
        else:
            size, at = varint(payload, at)
            size *= 2
        inner = at + 1
        while payload[inner] >= 0x80:  # of the time
            inner += 1
        inner += 1
        while payload[inner] >= 0x80:  # of the offset
            inner += 1
        if payload[inner + 1] & 1:  # of the key's length: a negative number is an odd one
            found.append(number)
        at += size >> 1
    return found


def timestamps(header: BatchHeader, batch: bytes) -> Iterator[tuple[int, int]]:
    """(offset, timestamp in ms) of each record; where they cannot be unpacked, the first offset stands for all."""
    try:
        if header.attributes & LOG_APPEND_TIME:
            raise Unreadable("all records have the batch's own timestamp")
        payload = unpacked(batch[HEADER_SIZE:], codec_of(header))
    except Unreadable:
        yield header.base_offset, header.max_timestamp
        return
    position = 0
    for _ in range(header.count):
        length, position = varint(payload, position)
        end = position + length
        delta, inner = varint(payload, position + 1)
        offset_delta, _ = varint(payload, inner)
        yield header.base_offset + offset_delta, header.base_timestamp + delta
        position = end
