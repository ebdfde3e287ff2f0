"""SimpleHeaderConverter: header values as text, their schemas guessed when they are read (KIP-145)."""

from __future__ import annotations

import json
import re
from typing import Any

from clickstream_embedded.connect.data import Float32, Schema, Struct, java_text

_WHOLE = re.compile(r"[+-]?\d+\Z")
_REAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?\Z")


class SimpleHeaderConverter:
    """`org.apache.kafka.connect.storage.SimpleHeaderConverter`."""

    asks = False

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if value is None:
            return None
        return _written(value).encode()

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        if data is None:
            return None, None
        text = data.decode("utf-8", "replace")
        if not text:
            return Schema("string"), text
        return _guessed(text)


def _written(value: Any, *, inside: bool = False) -> str:
    match value:
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"' if inside else value
        case list():
            return "[" + ",".join(_written(each, inside=True) for each in value) + "]"
        case dict():
            pairs = (f"{_written(k, inside=True)}:{_written(v, inside=True)}" for k, v in value.items())
            return "{" + ",".join(pairs) + "}"
        case Struct():
            pairs = (f'"{k}":{_written(v, inside=True)}' for k, v in value.values.items())
            return "{" + ",".join(pairs) + "}"
        case _:
            return java_text(value)


def _guessed(text: str) -> tuple[Schema | None, Any]:
    if text == "null":
        return None, None
    if text in ("true", "false"):
        return Schema("boolean"), text == "true"
    if _WHOLE.match(text):
        value = int(text)
        for kind, bits in (("int8", 7), ("int16", 15), ("int32", 31), ("int64", 63)):
            if -(1 << bits) <= value < 1 << bits:
                return Schema(kind), value
        return Schema("string"), text
    if _REAL.match(text):
        single = Float32(float(text))
        return (Schema("float32"), single) if java_text(single) == text else (Schema("float64"), float(text))
    if text[0] in "[{":
        try:
            found = json.loads(text)
        except ValueError:
            return Schema("string"), text
        return Schema("array" if isinstance(found, list) else "map"), found
    return Schema("string"), text
