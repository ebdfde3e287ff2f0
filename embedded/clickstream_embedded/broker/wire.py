"""The parts that Kafka's flexible messages are made of (KIP-482), for the requests that are read by hand."""

from __future__ import annotations

import struct

_LONGEST = 5  # bytes of an unsigned varint of 32 bits
_BYTES = [bytes((number,)) for number in range(128)]
NO_TAGS = b"\0"


class Truncated(ValueError):
    """A length goes beyond the end of the frame."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """(an unsigned varint at `at`, what comes behind it). Raises IndexError, Truncated."""
    value = data[at]
    if value < 0x80:
        return value, at + 1
    value &= 0x7F
    for place in range(1, _LONGEST):
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise Truncated("a varint of more than 32 bits")


def put_varint(value: int) -> bytes:
    """An unsigned varint."""
    if value < 0x80:
        return _BYTES[value]
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def compact(data: bytes, at: int) -> tuple[memoryview | None, int]:
    """(compact bytes or None, what comes behind). Raises IndexError, Truncated."""
    size, at = varint(data, at)
    if size == 0:
        return None, at
    end = at + size - 1
    if end > len(data):
        raise Truncated(f"{size - 1} bytes are said to follow, {len(data) - at} do")
    return memoryview(data)[at:end], end


def text(data: bytes, at: int) -> tuple[str, int]:
    """(a compact string, what comes behind). Raises IndexError, ValueError."""
    found, at = compact(data, at)
    if found is None:
        raise Truncated("null where there must be a string")
    return str(found, "utf-8"), at


def count(data: bytes, at: int) -> tuple[int, int]:
    """(how many elements a compact array has, what comes behind); one of null has none."""
    size, at = varint(data, at)
    if size > len(data):  # each takes a byte at least
        raise Truncated(f"an array of {size - 1} elements")
    return max(size - 1, 0), at


def skip_tags(data: bytes, at: int) -> int:
    """What comes behind a section of tagged fields, none of which matters here. Raises IndexError, Truncated."""
    number, at = varint(data, at)
    for _ in range(number):
        _, at = varint(data, at)
        size, at = varint(data, at)
        at += size
        if at > len(data):
            raise Truncated("a tagged field goes beyond the end")
    return at


def put_text(value: str | None) -> bytes:
    """A compact string, or null."""
    if value is None:
        return _BYTES[0]
    data = value.encode()
    return put_varint(len(data) + 1) + data


def body_of(frame: bytes) -> int:
    """Where a request's body begins behind a header of version 2. Raises struct.error, IndexError, Truncated."""
    (size,) = struct.unpack_from(">h", frame, 8)
    return skip_tags(frame, 10 + max(size, 0))


def client_of(frame: bytes) -> str:
    """The client's id in a request's header. Raises struct.error, ValueError."""
    (size,) = struct.unpack_from(">h", frame, 8)
    return frame[10 : 10 + max(size, 0)].decode()
