"""Which message of a file bytes are of: its place, in numbers before them."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor

from clickstream_embedded.schemas.errors import SerializationError

_FIRST = b"\x00"  # the indexes of the first message of a file, which has this short form


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """(a number in zigzag, where the next byte is). Raises SerializationError."""
    number = shift = 0
    while True:
        if place >= len(data) or shift > 35:
            raise SerializationError("The message's indexes are cut off")
        byte = data[place]
        number |= (byte & 0x7F) << shift
        place += 1
        shift += 7
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), place


def indexes_of(data: bytes) -> tuple[tuple[int, ...], int]:
    """(which message of the file it is, where its bytes begin). Raises SerializationError."""
    count, place = _varint(data, 0)
    if count == 0:
        return (0,), place
    if not 0 < count <= 100:
        raise SerializationError(f"There are no {count} message indexes")
    found: list[int] = []
    for _ in range(count):
        index, place = _varint(data, place)
        found.append(index)
    return tuple(found), place


def message_at(file: Any, indexes: tuple[int, ...]) -> Descriptor:
    """The message of a file by its place. Raises SerializationError."""
    inside: Any = list(file.message_types_by_name.values())
    chosen: Any = None
    for index in indexes:
        if not 0 <= index < len(inside):
            raise SerializationError(f"The schema has no message at {list(indexes)}")
        chosen = inside[index]
        inside = chosen.nested_types
    return chosen


def place_before(place: int) -> bytes:
    """What stands before the bytes of a message of a file: one index, in zigzag; the first has a short form."""
    return bytes((2, place * 2)) if 0 < place < 64 else _FIRST
