"""The types of schemas. The module of each is loaded when it is first used: their libraries are large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clickstream_embedded.schemas.parsed import Parsed, Resolved

TYPES = ("JSON", "PROTOBUF", "AVRO")  # in the order in which the real registry lists them
_Parse = Callable[[str, Resolved], Parsed]
_Differences = Callable[[Any, Any], list[str]]


def _module(kind: str) -> tuple[_Parse, _Differences]:
    """Its parser and its comparison. The libraries for a type are large: only who uses it pays for them."""
    if kind == "AVRO":
        from clickstream_embedded.schemas import avro_compatibility, avro_schemas

        return avro_schemas.parse, avro_compatibility.differences
    if kind == "JSON":
        from clickstream_embedded.schemas import json_schemas

        return json_schemas.parse, json_schemas.differences
    from clickstream_embedded.schemas import protobuf_schemas

    return protobuf_schemas.parse, protobuf_schemas.differences


def parse(kind: str, text: str, references: Resolved) -> Parsed:
    """A text as a schema. Raises InvalidSchema."""
    return _module(kind)[0](text, references)


def unreadable(reader: Parsed, writer: Parsed) -> list[str]:
    """Why data written with `writer` could not be read with `reader`, each difference in the real registry's form."""
    if reader.type != writer.type:
        why = f"The schema types {reader.type} and {writer.type} differ"
        return [f"{{errorType:'SCHEMA_TYPE_MISMATCH', description:'{why}'}}"]
    return _module(reader.type)[1](reader.tree, writer.tree)
