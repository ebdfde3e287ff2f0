"""Base64 as `java.util.Base64`'s decoder reads it."""

from __future__ import annotations

import base64
import re

_SHAPE = re.compile("([A-Za-z0-9+/]*)(={0,2})")


def from_base64(text: str) -> bytes:
    """Padding may be left out. Raises ValueError for other characters, and where a digit stands alone."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(f"Illegal base64 character in {text!r}")
    digits, padding = found.groups()
    if len(digits) % 4 == 1 or (padding and (len(digits) + len(padding)) % 4):
        raise ValueError("Input byte array has wrong 4-byte ending unit")
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


_SIGNED = bytes((value + 128) % 256 for value in range(256))


def order_bytes(value: bytes) -> bytes:
    """What orders values as `ByteBuffer.compareTo` does, whose bytes are signed."""
    return value.translate(_SIGNED)
