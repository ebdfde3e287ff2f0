"""StringConverter: any value by its Java text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickstream_embedded.connect.data import OPTIONAL_STRING, Schema, java_text
from clickstream_embedded.connect.java_errors import SERIALIZATION_EXCEPTION, DataError, JavaError


class StringConverter:
    """`org.apache.kafka.connect.storage.StringConverter`.

    Args:
        encoding: Java name of the character set; those that Python knows by that name.
    """

    asks = False

    def __init__(self, encoding: str = "UTF-8") -> None:
        self._encoding = encoding

    @classmethod
    def configured(cls, settings: Mapping[str, str]) -> StringConverter:
        return cls(settings.get("converter.encoding", "UTF-8"))

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if value is None:
            return None
        try:
            return java_text(value).encode(self._encoding, "replace")
        except LookupError:
            raise self._unknown("Failed to serialize to a string: ", "serializing string to byte[]") from None

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        try:
            return OPTIONAL_STRING, None if data is None else data.decode(self._encoding, "replace")
        except LookupError:
            raise self._unknown("Failed to deserialize string: ", "deserializing byte[] to string") from None

    def _unknown(self, message: str, doing: str) -> DataError:
        why = f"Error when {doing} due to unsupported encoding {self._encoding}"
        return DataError(message, JavaError(why, SERIALIZATION_EXCEPTION))
