"""The converters of single numbers, booleans and bytes: Kafka's own serializers with a schema."""

from __future__ import annotations

import struct
from typing import Any

from clickstream_embedded.connect.data import JAVA_CLASSES, Float32, Schema, java_class
from clickstream_embedded.connect.java_errors import SERIALIZATION_EXCEPTION, DataError, JavaError

_FORMATS = {"int16": ">h", "int32": ">i", "int64": ">q", "float32": ">f", "float64": ">d"}
_NAMES = {"int16": "short", "int32": "integer", "int64": "long", "float32": "float", "float64": "double"}
_SERIALIZERS = {
    "int16": "Short",
    "int32": "Integer",
    "int64": "Long",
    "float32": "",
    "float64": "",
}  # Kafka leaves the last two out


class NumberConverter:
    """`ShortConverter`, `IntegerConverter`, `LongConverter`, `FloatConverter` or `DoubleConverter`.

    Args:
        kind: schema type of its numbers.
    """

    asks = False

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._form = struct.Struct(_FORMATS[kind])
        self._schema = Schema(kind, optional=True)

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if value is None:
            return None
        kind = schema.type if schema is not None else None
        fits = isinstance(value, float) if self._kind.startswith("float") else isinstance(value, int)
        if not fits or isinstance(value, bool) or kind not in (None, self._kind):
            found = java_class(value) if kind is None else JAVA_CLASSES[kind]
            why = f"class {found} cannot be cast to class {JAVA_CLASSES[self._kind]}"
            raise DataError(
                f"Failed to serialize to {_NAMES[self._kind]} (was {found}): ", JavaError(why, SERIALIZATION_EXCEPTION)
            )
        try:
            return self._form.pack(value)
        except struct.error:
            raise DataError(f"Failed to serialize to {_NAMES[self._kind]} (was java.lang.Long): ") from None

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        if data is None:
            return self._schema, None
        if len(data) != self._form.size:
            why = f"Size of data received by {_SERIALIZERS[self._kind]}Deserializer is not {self._form.size}"
            raise DataError(f"Failed to deserialize {_NAMES[self._kind]}: ", JavaError(why, SERIALIZATION_EXCEPTION))
        value = self._form.unpack(data)[0]
        return self._schema, Float32(value) if self._kind == "float32" else value


class BooleanConverter:
    """`BooleanConverter`: one byte, 1 or 0."""

    asks = False

    _schema = Schema("boolean", optional=True)

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if value is None:
            return None
        if schema is not None and schema.type != "boolean":
            raise DataError(f"Invalid schema type for BooleanConverter: {schema.type.upper()}")
        if not isinstance(value, bool):
            raise DataError(f"BooleanConverter is not compatible with objects of type class {java_class(value)}")
        return b"\x01" if value else b"\x00"

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        if data is None:
            return self._schema, None
        if data not in (b"\x00", b"\x01"):
            what = "Unexpected byte received by BooleanDeserializer: " + str(data[0]) if len(data) == 1 else (
                "Size of data received by BooleanDeserializer is not 1"
            )  # fmt: skip
            raise DataError("Failed to deserialize boolean: ", JavaError(what, SERIALIZATION_EXCEPTION))
        return self._schema, data == b"\x01"


class ByteArrayConverter:
    """`ByteArrayConverter`: bytes as they are, and nothing else."""

    asks = False

    _schema = Schema("bytes", optional=True)

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if schema is not None and schema.type != "bytes":
            raise DataError(f"Invalid schema type for ByteArrayConverter: {schema.type.upper()}")
        if value is not None and not isinstance(value, bytes):
            raise DataError(f"ByteArrayConverter is not compatible with objects of type class {java_class(value)}")
        return value

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        return self._schema, data
