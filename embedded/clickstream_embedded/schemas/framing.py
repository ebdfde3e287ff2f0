"""What stands before the bytes of a message: a zero, and the id of its schema."""

from __future__ import annotations

import struct

from clickstream_embedded.schemas.errors import SerializationError

_HEADER = struct.Struct(">bI")


def framed(schema_id: int) -> bytes:
    """What stands before the bytes of a value: a zero, and the schema's id in four bytes."""
    return _HEADER.pack(0, schema_id)


def split(data: bytes) -> tuple[int, bytes]:
    """(schema's id, what is behind it). Raises SerializationError."""
    if len(data) < _HEADER.size or data[0] != 0:
        raise SerializationError("Unknown magic byte!")
    return _HEADER.unpack_from(data)[1], data[_HEADER.size :]
