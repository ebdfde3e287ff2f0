"""Kafka Connect's converters by class name: values to bytes and bytes to values."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import orjson

_PACKAGE = "org.apache.kafka.connect."


def _json_out(value: Any) -> bytes | None:
    return None if value is None else orjson.dumps(value)


def _json_in(data: bytes | None) -> Any:
    return None if data is None else orjson.loads(data)


_CONVERTERS: dict[str, tuple[Callable[[Any], bytes | None], Callable[[bytes | None], Any]]] = {
    f"{_PACKAGE}storage.StringConverter": (
        lambda v: None if v is None else str(v).encode(),
        lambda d: None if d is None else d.decode("utf-8", "replace"),
    ),
    f"{_PACKAGE}json.JsonConverter": (_json_out, _json_in),
    f"{_PACKAGE}converters.IntegerConverter": (
        lambda v: None if v is None else struct.pack(">i", v),
        lambda d: None if d is None else struct.unpack(">i", d)[0],
    ),
    f"{_PACKAGE}converters.LongConverter": (
        lambda v: None if v is None else struct.pack(">q", v),
        lambda d: None if d is None else struct.unpack(">q", d)[0],
    ),
    f"{_PACKAGE}converters.ByteArrayConverter": (lambda v: v, lambda d: d),
}
STRING, JSON = f"{_PACKAGE}storage.StringConverter", f"{_PACKAGE}json.JsonConverter"


def known(name: str) -> bool:
    """Whether there is a converter of that class name."""
    return name in _CONVERTERS


def to_bytes(name: str) -> Callable[[Any], bytes | None]:
    return _CONVERTERS[name][0]


def from_bytes(name: str) -> Callable[[bytes | None], Any]:
    return _CONVERTERS[name][1]
