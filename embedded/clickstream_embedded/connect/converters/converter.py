"""What every converter is, and the table of them by class name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from clickstream_embedded.connect.converters.json_converter import JsonConverter
from clickstream_embedded.connect.converters.primitives import BooleanConverter, ByteArrayConverter, NumberConverter
from clickstream_embedded.connect.converters.simple_headers import SimpleHeaderConverter
from clickstream_embedded.connect.converters.string_converter import StringConverter
from clickstream_embedded.connect.data import Schema

_PACKAGE = "org.apache.kafka.connect."
STRING = f"{_PACKAGE}storage.StringConverter"
JSON = f"{_PACKAGE}json.JsonConverter"
SIMPLE_HEADERS = f"{_PACKAGE}storage.SimpleHeaderConverter"


class Converter(Protocol):
    """Between Connect's data and the bytes of a record's key, value or header."""

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """Bytes of a value for a topic. Raises DataError."""
        ...

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        """Schema and value of bytes that a topic holds. Raises DataError."""
        ...


_MAKERS: dict[str, Callable[[Mapping[str, str]], Converter]] = {
    f"{_PACKAGE}converters.BooleanConverter": lambda _: BooleanConverter(),
    f"{_PACKAGE}converters.ByteArrayConverter": lambda _: ByteArrayConverter(),
    f"{_PACKAGE}converters.DoubleConverter": lambda _: NumberConverter("float64"),
    f"{_PACKAGE}converters.FloatConverter": lambda _: NumberConverter("float32"),
    f"{_PACKAGE}converters.IntegerConverter": lambda _: NumberConverter("int32"),
    f"{_PACKAGE}converters.LongConverter": lambda _: NumberConverter("int64"),
    f"{_PACKAGE}converters.ShortConverter": lambda _: NumberConverter("int16"),
    JSON: JsonConverter.configured,
    STRING: StringConverter.configured,
}
CONVERTERS = tuple(_MAKERS)
HEADER_CONVERTERS = (*CONVERTERS[:-1], SIMPLE_HEADERS, STRING)


def make(class_name: str, settings: Mapping[str, str]) -> Converter:
    """The converter of a class name.

    Args:
        class_name: one of HEADER_CONVERTERS.
        settings: what the configuration says under the converter's prefix, such as `schemas.enable`.
    """
    if class_name == SIMPLE_HEADERS:
        return SimpleHeaderConverter()
    return _MAKERS[class_name](settings)
