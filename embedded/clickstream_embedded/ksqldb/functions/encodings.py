"""Functions of bytes, their encodings and digests."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import STRINGS, scalar
from clickstream_embedded.ksqldb.types.java_bytes import from_base64

_NAMES = ("hex", "utf8", "ascii", "base64")


def _ascii(raw: bytes) -> str:
    return raw.decode("ascii", "replace")


@scalar("ENCODE(STRING, STRING, STRING) -> STRING", category=STRINGS)
def encode(text: str, source: str, target: str) -> str:
    """Between hex, utf8, ascii and base64."""
    a, b = source.lower(), target.lower()
    if a == b or a not in _NAMES or b not in _NAMES:
        raise ValueError("Supported input and output encodings are: hex, utf8, ascii and base64")
    if a == "hex":
        raw = bytes.fromhex(_digits(text))
    elif a == "base64":  # as commons-codec reads it: what is no digit is left out
        found = re.sub("[^A-Za-z0-9+/]", "", text.partition("=")[0].replace("-", "+").replace("_", "/"))
        raw = base64.b64decode(found[: len(found) - (len(found) % 4 == 1)] + "=" * (-len(found) % 4))
    else:
        raw = text.encode("utf-8" if a == "utf8" else "ascii", "replace")
    if b == "hex":
        return raw.hex()
    if b == "base64":
        return base64.b64encode(raw).decode()
    return raw.decode("utf-8", "replace") if b == "utf8" and a != "ascii" else _ascii(raw)


def _digits(text: str) -> str:
    """Hexadecimal digits without `0x` or `X''` around them. Raises ValueError."""
    if text.startswith("0x"):
        text = "0" * (len(text) % 2) + text[2:]
    elif text[:2] in ("x'", "X'") and text.endswith("'") and len(text) > 2:
        text = text[2:-1]
    if not re.fullmatch("([0-9A-Fa-f]{2})*", text):
        raise ValueError("Illegal hexadecimal characters, or an odd number of them")
    return text


def _name(encoding: str) -> str:
    name = encoding.lower()
    if name not in _NAMES:
        raise ValueError(
            f"Unknown encoding type '{encoding}'. Supported formats are 'hex', 'utf8', 'ascii', and 'base64'."
        )
    return name


@scalar("TO_BYTES(STRING, STRING) -> BYTES", category=STRINGS)
def to_bytes(text: str, encoding: str) -> bytes:
    """A string in hex, utf8, ascii or base64 as bytes."""
    match _name(encoding):
        case "hex":
            if not re.fullmatch("([0-9A-F]{2})*", text):
                raise ValueError(f"Unrecognized character or invalid input length: {text}")
            return bytes.fromhex(text)
        case "base64":
            return from_base64(text)
        case name:
            return text.encode("utf-8" if name == "utf8" else "ascii", "replace")


@scalar("FROM_BYTES(BYTES, STRING) -> STRING", category=STRINGS)
def from_bytes(raw: bytes, encoding: str) -> str:
    """Bytes as hex, utf8, ascii or base64."""
    match _name(encoding):
        case "hex":
            return raw.hex().upper()
        case "base64":
            return base64.b64encode(raw).decode()
        case name:
            return raw.decode("utf-8", "replace") if name == "utf8" else _ascii(raw)


def _number_of_bytes(name: str, kind: str, shape: str) -> None:
    size = struct.calcsize(shape)

    @scalar(
        f"{name}(BYTES) -> {kind}", f"{name}(BYTES, STRING) -> {kind}", category=STRINGS,
        description="The number that bytes hold; BIG_ENDIAN (the default) or LITTLE_ENDIAN.",
    )  # fmt: skip
    def convert(raw: bytes, order: str = "BIG_ENDIAN") -> Any:
        if order.upper() not in ("BIG_ENDIAN", "LITTLE_ENDIAN"):
            raise ValueError(f"Byte order must be BIG_ENDIAN or LITTLE_ENDIAN, got {order}")
        if len(raw) != size:
            raise ValueError(f"Number of bytes must be equal to {size}, but found {len(raw)}")
        return struct.unpack((">" if order.upper() == "BIG_ENDIAN" else "<") + shape, raw)[0]


_number_of_bytes("INT_FROM_BYTES", "INTEGER", "i")
_number_of_bytes("BIGINT_FROM_BYTES", "BIGINT", "q")
_number_of_bytes("DOUBLE_FROM_BYTES", "DOUBLE", "d")


@scalar("MD5(STRING) -> STRING", category=STRINGS)
def md5(text: str) -> str:
    """An MD5 digest in hex."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
