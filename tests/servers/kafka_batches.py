"""Record batches made by hand."""

from __future__ import annotations

import struct

import crc32c


def batch(*timestamps: int, attributes: int = 0, magic: int = 2) -> bytes:
    """A record batch of format 2 with a record a timestamp (ms)."""
    records = b""
    for number, timestamp in enumerate(timestamps):
        body = b"\0" + varint(timestamp - timestamps[0]) + varint(number) + varint(-1) + varint(1) + b"v" + b"\0"
        records += varint(len(body)) + body
    last = len(timestamps) - 1
    covered = struct.pack(">hiqqqhii", attributes, last, timestamps[0], max(timestamps), -1, -1, -1, last + 1) + records
    head = struct.pack(">ibI", 0, magic, crc32c.crc32c(covered))
    return struct.pack(">qi", 0, len(head) + len(covered)) + head + covered


def varint(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
