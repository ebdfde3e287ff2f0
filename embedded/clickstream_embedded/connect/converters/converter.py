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

    asks: bool  # whether it may have to wait for another server

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """Bytes of a value for a topic. Raises DataError."""
        ...

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        """Schema and value of bytes that a topic holds. Raises DataError."""
        ...


def _of_registry(kind: str, settings: Mapping[str, str], is_key: bool) -> Converter:
    """A converter with schemas in a registry; what it needs is loaded when it is first asked for, as it is large."""
    from clickstream_embedded.connect.converters.registry import languages

    return languages.make(kind, settings, is_key=is_key)


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
_CONFLUENT = "io.confluent.connect."
_REGISTRY = {
    f"{_CONFLUENT}avro.AvroConverter": "AVRO", f"{_CONFLUENT}json.JsonSchemaConverter": "JSON",
    f"{_CONFLUENT}protobuf.ProtobufConverter": "PROTOBUF",
}  # fmt: skip


def needs_registry(class_name: str) -> bool:
    """Whether a converter keeps its schemas in a registry."""
    return class_name in _REGISTRY


CONVERTERS = (*_REGISTRY, *_MAKERS)
HEADER_CONVERTERS = (*list(_MAKERS)[:-1], SIMPLE_HEADERS, STRING)


def make(class_name: str, settings: Mapping[str, str], *, is_key: bool = False) -> Converter:
    """The converter of a class name.

    Args:
        class_name: one of CONVERTERS or HEADER_CONVERTERS.
        settings: what the configuration says under the converter's prefix, such as `schemas.enable`.
        is_key: whether it is that of keys.

    Raises:
        ConfigError: settings that its constructor refuses.
    """
    if class_name in _REGISTRY:
        return _of_registry(_REGISTRY[class_name], settings, is_key)
    if class_name == SIMPLE_HEADERS:
        return SimpleHeaderConverter()
    return _MAKERS[class_name](settings)
