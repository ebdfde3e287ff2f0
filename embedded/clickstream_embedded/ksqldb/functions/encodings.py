"""Functions of bytes, their encodings and digests."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import (
    STRINGS,
    scalar,
)


@scalar("ENCODE(STRING, STRING, STRING) -> STRING", category=STRINGS)
def encode(text: str, source: str, target: str) -> str | None:
    """Between hex, utf8, ascii and base64."""
    raw = _to_bytes(text, source)
    return _from_bytes(raw, target)


def _to_bytes(text: str, encoding: str) -> bytes:
    match encoding.lower():
        case "hex":
            digits = text.removeprefix("0x").removeprefix("X'").removeprefix("x'").removesuffix("'")
            return bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))
        case "base64":
            return base64.b64decode(text)
        case "ascii":
            return text.encode("ascii", "replace")
        case "utf8":
            return text.encode()
        case _:
            raise ValueError(
                f"Unknown encoding type '{encoding}'. Supported formats are 'hex', 'utf8', 'ascii', 'base64'"
            )


def _from_bytes(raw: bytes, encoding: str) -> str:
    match encoding.lower():
        case "hex":
            return raw.hex()
        case "base64":
            return base64.b64encode(raw).decode()
        case "ascii":
            return raw.decode("ascii", "replace")
        case "utf8":
            return raw.decode("utf-8", "replace")
        case _:
            raise ValueError(
                f"Unknown encoding type '{encoding}'. Supported formats are 'hex', 'utf8', 'ascii', 'base64'"
            )


@scalar("TO_BYTES(STRING, STRING) -> BYTES", category=STRINGS)
def to_bytes(text: str, encoding: str) -> bytes:
    """A string in hex, utf8, ascii or base64 as bytes."""
    return bytes.fromhex(text) if encoding.lower() == "hex" else _to_bytes(text, encoding)


@scalar("FROM_BYTES(BYTES, STRING) -> STRING", category=STRINGS)
def from_bytes(raw: bytes, encoding: str) -> str:
    """Bytes as hex, utf8, ascii or base64."""
    return raw.hex().upper() if encoding.lower() == "hex" else _from_bytes(raw, encoding)


def _number_of_bytes(name: str, kind: str, shape: str) -> None:
    size = struct.calcsize(shape)

    @scalar(
        f"{name}(BYTES) -> {kind}", f"{name}(BYTES, STRING) -> {kind}", category=STRINGS,
        description="The number that bytes hold; BIG_ENDIAN (the default) or LITTLE_ENDIAN.",
    )  # fmt: skip
    def convert(raw: bytes, order: str = "BIG_ENDIAN") -> Any:
        if order not in ("BIG_ENDIAN", "LITTLE_ENDIAN"):
            raise ValueError(f"Byte order must be BIG_ENDIAN or LITTLE_ENDIAN, got {order}")
        if len(raw) != size:
            raise ValueError(f"Number of bytes must be equal to {size}, but found {len(raw)}")
        return struct.unpack((">" if order == "BIG_ENDIAN" else "<") + shape, raw)[0]


_number_of_bytes("INT_FROM_BYTES", "INTEGER", "i")
_number_of_bytes("BIGINT_FROM_BYTES", "BIGINT", "q")
_number_of_bytes("DOUBLE_FROM_BYTES", "DOUBLE", "d")


@scalar("FNV(STRING) -> BIGINT", category=STRINGS, nulls=True)
def fnv(text: str | None) -> int:
    """A 32-bit FNV-1 hash."""
    value = 0x811C9DC5
    for byte in (text or "").encode():
        value = (value * 0x01000193) & 0xFFFFFFFF ^ byte
    return value


@scalar("MD5(STRING) -> STRING", category=STRINGS)
def md5(text: str) -> str:
    """An MD5 digest in hex."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
