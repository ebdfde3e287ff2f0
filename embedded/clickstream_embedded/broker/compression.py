"""Batches as a topic's `compression.type` wants them: unpacked and packed again where the producer chose otherwise."""

from __future__ import annotations

import struct

import cramjam

from clickstream_embedded.broker.batches import CONTROL, HEADER_SIZE, BatchHeader, rebuilt

# the codecs by their number in a batch's attributes (KIP-98, KIP-110)
CODECS = ("uncompressed", "gzip", "snappy", "lz4", "zstd")
_XERIAL = b"\x82SNAPPY\x00"  # what Java's snappy streams begin with
_XERIAL_HEADER = _XERIAL + struct.pack(">ii", 1, 1)
_BLOCK = 32 * 1024  # bytes of such a stream's blocks
_LARGEST = 256 * 1024 * 1024  # bytes that one batch may unpack to


class Unreadable(ValueError):
    """The records of a batch are not packed as its attributes say."""


def codec_of(header: BatchHeader) -> str:
    """The name of the batch's codec. Raises Unreadable for a number that no codec has."""
    number = header.attributes & 0x07
    if number >= len(CODECS):
        raise Unreadable(f"Unknown compression type id: {number}")
    return CODECS[number]


def unpacked(payload: bytes, codec: str) -> bytes:
    """Raises Unreadable."""
    try:
        match codec:
            case "gzip":
                found = cramjam.gzip.decompress(payload)
            case "snappy":
                found = _unsnapped(payload)
            case "lz4":
                found = cramjam.lz4.decompress(payload)
            case "zstd":
                found = cramjam.zstd.decompress(payload)
            case _:
                return payload
    except (cramjam.DecompressionError, struct.error) as error:
        raise Unreadable(f"The records are not packed with {codec}, as their batch says") from error
    if len(found) > _LARGEST:
        raise Unreadable("The records are too large once they are unpacked")
    return bytes(found)


def _unsnapped(payload: bytes) -> bytes:
    if not payload.startswith(_XERIAL):
        return bytes(cramjam.snappy.decompress_raw(payload))
    parts: list[bytes] = []
    at = len(_XERIAL_HEADER)
    while at < len(payload):
        (size,) = struct.unpack_from(">i", payload, at)
        at += 4
        parts.append(bytes(cramjam.snappy.decompress_raw(payload[at : at + size])))
        at += size
    return b"".join(parts)


def packed(payload: bytes, codec: str, level: int) -> bytes:
    """The records packed; `level` is that of gzip, lz4 or zstd, -1 the codec's own."""
    match codec:
        case "gzip":
            return bytes(cramjam.gzip.compress(payload, level if level > 0 else 6))
        case "lz4":
            return bytes(cramjam.lz4.compress(payload, level))
        case "zstd":
            return bytes(cramjam.zstd.compress(payload, level))
        case "snappy":
            blocks = [
                bytes(cramjam.snappy.compress_raw(payload[at : at + _BLOCK])) for at in range(0, len(payload), _BLOCK)
            ]
            return _XERIAL_HEADER + b"".join(struct.pack(">i", len(block)) + block for block in blocks)
        case _:
            return payload


def recompressed(header: BatchHeader, batch: memoryview, codec: str, level: int) -> tuple[BatchHeader, memoryview]:
    """The batch in that codec; as it is where it is packed so already, or is a marker of a transaction. Raises Unreadable."""
    before = codec_of(header)
    if before == codec or header.attributes & CONTROL:
        return header, batch
    payload = packed(unpacked(bytes(batch[HEADER_SIZE:]), before), codec, level)
    return rebuilt(batch, (header.attributes & ~0x07) | CODECS.index(codec), payload)
