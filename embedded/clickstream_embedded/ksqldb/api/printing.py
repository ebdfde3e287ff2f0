"""PRINT: records of a topic as text, with the formats that the first ones could have."""

from __future__ import annotations

import datetime
import struct
from typing import Any

import orjson

from clickstream_embedded.ksqldb.api import printing_schemas

_PRINTABLE_LIMIT = 0.9


def _json(data: bytes) -> bool:
    try:
        return isinstance(orjson.loads(data), dict | list)
    except orjson.JSONDecodeError:
        return False


def _text(data: bytes) -> bool:
    try:
        shown = data.decode()
    except UnicodeDecodeError:
        return False
    return not shown or sum(c.isprintable() for c in shown) / len(shown) > _PRINTABLE_LIMIT


def formats(data: bytes | None, registry: str = "") -> str:
    """What the bytes could be, in the words of ksqlDB's PRINT; `registry` is the Schema Registry's address."""
    found = printing_schemas.shown(data, registry)
    if found is not None:
        return found[0]
    if data is None:
        return "¯\\_(ツ)_/¯ - no data processed"
    if _json(data):
        return "JSON or KAFKA_STRING"
    if len(data) == 4 and not _text(data):
        return "KAFKA_INT"
    if _text(data):
        return "KAFKA_STRING"
    if len(data) == 8:
        return "KAFKA_BIGINT or KAFKA_DOUBLE"
    if len(data) > 8 and _text(data[:-8]):
        return "HOPPING(KAFKA_STRING) or TUMBLING(KAFKA_STRING)"
    if len(data) == 12:
        return "HOPPING(KAFKA_INT) or TUMBLING(KAFKA_INT)"
    return "KAFKA_BYTES"


def shown(data: bytes | None, registry: str = "") -> str:
    """The bytes as PRINT shows them."""
    found = printing_schemas.shown(data, registry)
    if found is not None:
        return found[1]
    if data is None:
        return "<null>"
    kind = formats(data)
    if kind == "KAFKA_INT":
        return str(struct.unpack(">i", data)[0])
    if kind.startswith("KAFKA_BIGINT"):
        return str(struct.unpack(">q", data)[0])
    if kind.startswith("HOPPING"):
        start = struct.unpack(">q", data[-8:])[0]
        inner = data[:-8]
        return (
            f"[{struct.unpack('>i', inner)[0] if len(inner) == 4 and not _text(inner) else inner.decode()}@{start}/-]"
        )
    if kind == "KAFKA_BYTES":
        return data.hex()
    return data.decode()


def line(message: Any, registry: str = "") -> str:
    """One record as a line of PRINT's answer."""
    moment = datetime.datetime.fromtimestamp(message.timestamp()[1] / 1000, datetime.UTC)
    time = moment.strftime("%Y/%m/%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d} Z"
    return f"rowtime: {time}, key: {shown(message.key(), registry)}, value: {shown(message.value(), registry)}, partition: {message.partition()}\n"
