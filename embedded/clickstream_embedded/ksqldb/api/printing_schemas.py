"""PRINT with a Schema Registry: records that have the id of a schema before them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.schemas.client import RegistryAway, RegistryRefused, client_of
from clickstream_embedded.schemas.framing import split
from clickstream_embedded.schemas.parsed import InvalidSchema

_NAMES = {"AVRO": "AVRO", "JSON": "JSON_SR", "PROTOBUF": "PROTOBUF"}
Shown = Callable[[bytes], str]


def shown(data: bytes | None, registry: str) -> tuple[str, str] | None:
    """(format, text) of bytes that have a schema in the registry; None for others.

    Args:
        data: a key or a value.
        registry: the registry's address, "" for none.
    """
    if data is None or not registry:
        return None
    try:
        schema_id, body = split(data)
        schema = client_of(registry).by_id(schema_id)
        text = {"AVRO": _avro, "JSON": _json, "PROTOBUF": _protobuf}[schema.type](schema.text, schema.references, body)
    except (SerializationError, KsqlError, InvalidSchema, RegistryRefused, RegistryAway, KeyError):
        return None
    return _NAMES[schema.type], text


def _avro(text: str, references: dict[str, str], body: bytes) -> str:
    """As Java's GenericData prints a record."""
    from clickstream_embedded.schemas.avro_messages import ParsedAvro, decoded

    return json.dumps(decoded(ParsedAvro(text, references), body), default=_bytes, ensure_ascii=False)


def _bytes(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    return str(value)


def _json(text: str, references: dict[str, str], body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _protobuf(text: str, references: dict[str, str], body: bytes) -> str:
    from clickstream_embedded.ksqldb.formats.protobuf_format import printed

    return printed(text, references, body)
