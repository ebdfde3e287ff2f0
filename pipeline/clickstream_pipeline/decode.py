"""Records as people can read them: windowed keys as key and window, bytes that are no text in hex."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import chain
from typing import Any

import orjson

from clickstream_pipeline.model import Record

# a window's bounds are 8 bytes behind the key: plausible where they are times between 2001 and 2286
_EARLIEST, _LATEST = 1_000_000_000_000, 10_000_000_000_000
_VALUE_LIMIT = 64 * 1024
_NESTED = 100  # arrays and objects within each other; what is deeper is shown as the text that it is


def _moment(data: bytes) -> int | None:
    value = struct.unpack(">q", data)[0]
    return value if _EARLIEST <= value <= _LATEST else None


def _plain_key(data: bytes) -> str:
    try:
        text = data.decode()
        if all(character.isprintable() for character in text):
            return text
    except UnicodeDecodeError:
        pass
    if len(data) == 4:
        return str(struct.unpack(">i", data)[0])
    if len(data) == 8:
        return str(struct.unpack(">q", data)[0])
    return "0x" + data.hex()


def decode_key(data: bytes | None) -> tuple[str, tuple[int, int | None] | None]:
    """(key, window); a time window has no end here, as its size is not in the key."""
    if data is None:
        return "", None
    if len(data) > 16:
        end, start = _moment(data[-16:-8]), _moment(data[-8:])
        if end is not None and start is not None and start <= end:
            return _plain_key(data[:-16]), (start, end)
    if len(data) > 8:
        start = _moment(data[-8:])
        if start is not None:
            return _plain_key(data[:-8]), (start, None)
    return _plain_key(data), None


def _is_deep(value: Any) -> bool:
    """Whether arrays and objects are nested deeper than code that goes through them by calling itself can follow."""
    level = [value]
    for _ in range(_NESTED):
        parts = chain.from_iterable(each.values() if isinstance(each, dict) else each for each in level)
        level = [part for part in parts if isinstance(part, dict | list)]
        if not level:
            return False
    return True


def decode_value(data: bytes | None) -> Any:
    """JSON as data, else text, else hex; None for a tombstone."""
    if data is None:
        return None
    if len(data) <= _VALUE_LIMIT * 16:
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            pass
        else:
            if data.count(b"[") + data.count(b"{") <= _NESTED or not _is_deep(value):
                return value
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "0x" + data.hex()


def decode(message: Any) -> Record:
    """A confluent-kafka message as a Record."""
    key, window = decode_key(message.key())
    value = message.value()
    headers = tuple((name, (data or b"").decode("utf-8", "replace")) for name, data in message.headers() or ())
    size = len(value or b"")
    return Record(
        message.topic(), message.partition(), message.offset(), message.timestamp()[1], key, decode_value(value), window, size, headers
    )  # fmt: skip


def with_window_end(record: Record, size: int | None) -> Record:
    """The record with the end of its window, where only the start is in the key; `size` in ms."""
    if size is None or record.window is None or record.window[1] is not None:
        return record
    return replace(record, window=(record.window[0], record.window[0] + size))
