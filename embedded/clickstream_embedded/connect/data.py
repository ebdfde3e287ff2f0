"""Connect's data: schemas, structs, and how Java writes values as text.

Values without a schema are plain Python: str, int, float, bool, bytes, list, dict and None; `Float32` and `JavaDate` keep
what Python has no type for. Kafka Connect's `org.apache.kafka.connect.data` package is the source of the rules.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from clickstream_embedded.connect.java_errors import DataError
from clickstream_embedded.connect.java_hashes import hash_order

INTEGERS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}  # bits
JAVA_CLASSES = {
    "int8": "java.lang.Byte", "int16": "java.lang.Short", "int32": "java.lang.Integer", "int64": "java.lang.Long",
    "float32": "java.lang.Float", "float64": "java.lang.Double", "boolean": "java.lang.Boolean",
    "string": "java.lang.String", "bytes": "[B", "array": "java.util.ArrayList", "map": "java.util.HashMap",
    "struct": "org.apache.kafka.connect.data.Struct",
}  # fmt: skip
DATE, TIME, TIMESTAMP, DECIMAL = (
    f"org.apache.kafka.connect.data.{name}" for name in ("Date", "Time", "Timestamp", "Decimal")
)


class Float32(float):
    """A single-precision number: prints the shortest digits that are this float."""

    def __new__(cls, value: float) -> Float32:
        try:
            return super().__new__(cls, struct.unpack(">f", struct.pack(">f", value))[0])
        except OverflowError:
            return super().__new__(cls, math.copysign(math.inf, value))


@dataclass(frozen=True, slots=True)
class JavaDate:
    """A `java.util.Date`: milliseconds since the epoch."""

    ms: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct."""

    name: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Schema:
    """A Connect schema; `type` is the lower-case name of `Schema.Type`."""

    type: str
    optional: bool = False
    name: str | None = None
    version: int | None = None
    doc: str | None = None
    default: Any = None
    parameters: Mapping[str, str] | None = None
    fields: tuple[Field, ...] = ()
    keys: Schema | None = None
    values: Schema | None = None

    def field(self, name: str) -> Field | None:
        for each in self.fields:
            if each.name == name:
                return each
        return None

    def made(self, **changes: Any) -> Schema:
        return replace(self, **changes)


@dataclass(slots=True, eq=False)
class Struct:
    """Values by the fields of a struct schema."""

    schema: Schema
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def get(self, name: str, *, with_default: bool = True) -> Any:
        """The field's value, or its default where it has none. Raises DataError for a field that is not there."""
        wanted = self.schema.field(name)
        if wanted is None:
            raise DataError(f"{name} is not a valid field name")
        found = self.values.get(name)
        return wanted.schema.default if found is None and with_default else found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Struct) and self.schema == other.schema and self.values == other.values

    __hash__ = None  # type: ignore[assignment]


STRING = Schema("string")
OPTIONAL_STRING = Schema("string", optional=True)


def type_of(value: Any) -> str | None:
    """The schema type of a value without schema; None for a class that has none, as `ConnectSchema.schemaType`."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, Float32):
        return "float32"
    for python, name in (
        (str, "string"), (int, "int64"), (float, "float64"), (bytes, "bytes"), (list, "array"), (dict, "map"),
        (Struct, "struct"),
    ):  # fmt: skip
        if isinstance(value, python):
            return name
    return None


def java_class(value: Any) -> str:
    """The Java class of a value without schema, as `getClass().getName()` says it."""
    if isinstance(value, JavaDate):
        return "java.util.Date"
    if isinstance(value, Decimal):
        return "java.math.BigDecimal"
    return JAVA_CLASSES.get(type_of(value) or "", "java.lang.Object")


def wrapped(value: int, bits: int) -> int:
    """An integer cut to a signed one of that many bits, as a Java cast does."""
    half = 1 << (bits - 1)
    return (value + half) % (1 << bits) - half


def number_text(value: float) -> str:
    """`Double.toString` or `Float.toString`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    digits = _shortest_float32(value) if isinstance(value, Float32) else repr(float(value))
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    number = Decimal(digits)
    if number == 0:
        return f"{sign}0.0"
    shown = number.normalize()
    exponent = shown.adjusted()
    mantissa = "".join(map(str, shown.as_tuple().digits))
    if -3 <= exponent < 7:
        text = format(shown, "f")
        return sign + (text if "." in text else f"{text}.0")
    return f"{sign}{mantissa[0]}.{mantissa[1:] or '0'}E{exponent}"


def _shortest_float32(value: float) -> str:
    for precision in range(1, 10):
        text = f"{float(value):.{precision}g}"
        if Float32(float(text)) == value:
            return text
    return repr(float(value))


def java_text(value: Any) -> str:
    """What Java's `toString` gives for a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return number_text(value)
        case dict():
            return "{" + ", ".join(f"{java_text(k)}={java_text(v)}" for k, v in _in_hash_order(value)) + "}"
        case list():
            return "[" + ", ".join(map(java_text, value)) + "]"
        case Struct():
            shown = ((each.name, value.values.get(each.name)) for each in value.schema.fields)
            return "Struct{" + ",".join(f"{name}={java_text(v)}" for name, v in shown if v is not None) + "}"
        case JavaDate():
            return datetime.fromtimestamp(value.ms / 1000, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
        case bytes():
            return "[B@" + format(hash(value) & 0xFFFFFFF, "x")
        case _:
            return str(value)


def _in_hash_order(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The entries of a map as a Java HashMap gives them, which the JSON converter makes."""
    if not all(isinstance(key, str) for key in value):
        return list(value.items())
    return [(key, value[key]) for key in hash_order(value)]


def decimal_bytes(value: Decimal) -> bytes:
    """The unscaled value, big endian: how `Decimal` is stored."""
    unscaled = int(value.scaleb(-int(value.as_tuple().exponent)))
    return unscaled.to_bytes(unscaled.bit_length() // 8 + 1, "big", signed=True)


def decimal_of(data: bytes, scale: int) -> Decimal:
    return Decimal(int.from_bytes(data, "big", signed=True)).scaleb(-scale)
