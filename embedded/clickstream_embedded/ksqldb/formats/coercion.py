"""Decoded JSON to the values of a declared type, by the rules of ksqlDB's JSON deserializer."""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.types import json_nodes
from clickstream_embedded.ksqldb.types.java_numbers import decimal, double, java_double, whole, without_negative_zero
from clickstream_embedded.ksqldb.types.sql_types import SqlType

Coerce = Callable[[Any], Any]
_DAY = 86_400_000
EPOCH = datetime.date(1970, 1, 1)


def _refuse(value: Any, kind: str) -> SerializationError:
    return SerializationError(f"Can't convert type. sourceType: {type(value).__name__}, requiredType: {kind}")


def _integer(bits: int, kind: str) -> Coerce:
    low, size = -(1 << (bits - 1)), 1 << bits

    def coerce(value: Any) -> int:
        if type(value) is int:
            return value if low <= value < -low else (value - low) % size + low
        if isinstance(value, float | Decimal):
            return (int(value) - low) % size + low
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                return whole(value, bits)
        raise _refuse(value, kind)

    return coerce


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _refuse(value, "BOOLEAN")


def _double(value: Any) -> float:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return double(value)
        except ValueError:
            raise _refuse(value, "DOUBLE") from None
    raise _refuse(value, "DOUBLE")


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[" + ", ".join(map(_string, value)) + "]"
    if isinstance(value, dict):
        return json_nodes.write(value, plain=True)
    return java_double(value) if isinstance(value, float) else str(value)


def holds_text(kind: SqlType) -> bool:
    """Whether a value of `kind` is, or has in it, a text, which keeps the digits of a number that stands there."""
    inner = [kind.element, *(field for _, field in kind.fields)]
    return kind.name == "STRING" or any(holds_text(each) for each in inner if each is not None)


def quantize(value: Decimal, kind: SqlType) -> Decimal:
    """`value` with the scale of a DECIMAL; raises SerializationError where digits would be lost."""
    try:
        scaled = value.quantize(Decimal(1).scaleb(-kind.scale))
    except InvalidOperation:
        raise SerializationError(f"Numeric field overflow: {value} does not fit {kind}") from None
    if scaled != value:
        raise SerializationError(f"Cannot fit decimal '{value}' into {kind} without rounding.")
    if len(scaled.as_tuple().digits) - kind.scale > kind.precision - kind.scale and abs(scaled) >= 1:
        raise SerializationError(f"Numeric field overflow: A field with precision {kind.precision} and scale "
                                 f"{kind.scale} must round to an absolute value less than 10^"
                                 f"{kind.precision - kind.scale}. Got {value}")  # fmt: skip
    return without_negative_zero(scaled)


def _decimal(kind: SqlType) -> Coerce:
    def coerce(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise _refuse(value, str(kind))
        try:
            number = value if isinstance(value, Decimal) else decimal(str(value))
        except ValueError:
            raise _refuse(value, str(kind)) from None
        return quantize(number, kind)

    return coerce


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise _refuse(value, "BYTES")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise _refuse(value, "BYTES") from None


def _whole(kind: str) -> Coerce:
    """Days or milliseconds: a number, cut to a whole one, or the digits of one."""

    def coerce(value: Any) -> int:
        if type(value) is int:
            return value
        if isinstance(value, float | Decimal):
            return int(value)
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                return whole(value, 64)
        raise _refuse(value, kind)

    return coerce


def _time(value: Any) -> int:
    millis = _of_time(value)
    if not 0 <= millis <= _DAY:
        raise SerializationError("Time values must use number of milliseconds greater than 0 and less than 86400000.")
    return millis


_of_time = _whole("TIME")


def _array(element: Coerce) -> Coerce:
    def coerce(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _refuse(value, "ARRAY")
        return [None if item is None else element(item) for item in value]

    return coerce


def _map(key: Coerce, element: Coerce) -> Coerce:
    def coerce(value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise _refuse(value, "MAP")
        return {key(k): None if v is None else element(v) for k, v in value.items()}

    return coerce


def _struct(fields: list[tuple[str, Coerce]]) -> Coerce:
    def coerce(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _refuse(value, "STRUCT")
        folded = {str(name).upper(): item for name, item in value.items()}
        result: dict[str, Any] = {}
        for name, convert in fields:
            item = value.get(name)
            if item is None:
                item = folded.get(name.upper())
            result[name] = None if item is None else convert(item)
        return result

    return coerce


def coercion(kind: SqlType) -> Coerce:
    """A function from a decoded, non-null JSON value to a value of `kind`; it raises SerializationError."""
    simple: dict[str, Coerce] = {
        "BOOLEAN": _boolean,
        "DOUBLE": _double,
        "STRING": _string,
        "BYTES": _bytes,
        "DATE": _whole("DATE"),
        "TIME": _time,
        "TIMESTAMP": _whole("TIMESTAMP"),
    }
    if kind.name in simple:
        return simple[kind.name]
    if kind.name == "INTEGER":
        return _integer(32, "INTEGER")
    if kind.name == "BIGINT":
        return _integer(64, "BIGINT")
    if kind.name == "DECIMAL":
        return _decimal(kind)
    if kind.name == "ARRAY" and kind.element:
        return _array(coercion(kind.element))
    if kind.name == "MAP" and kind.key and kind.element:
        return _map(coercion(kind.key), coercion(kind.element))
    return _struct([(name, coercion(field)) for name, field in kind.fields])


def _needs_encoding(kind: SqlType) -> bool:
    if kind.name in ("DECIMAL", "BYTES", "DOUBLE"):
        return True
    inner = [kind.element, kind.key, *(field for _, field in kind.fields)]
    return any(_needs_encoding(each) for each in inner if each is not None)


def encoder(kind: SqlType) -> Coerce | None:
    """A function from a non-null value of `kind` to what msgspec can write; None where it is the value itself."""
    if kind.name == "MAP" and kind.key and kind.element:
        inner = encoder(kind.element)
        return lambda value: {_string(k): v if v is None or inner is None else inner(v) for k, v in value.items()}
    if not _needs_encoding(kind):
        return None
    if kind.name == "DOUBLE":
        # Jackson writes what JSON has no number for as a string
        return lambda value: value if value - value == 0 else java_double(value)
    if kind.name == "BYTES":
        return lambda value: base64.b64encode(value).decode()
    if kind.name == "DECIMAL":
        return lambda value: msgspec.Raw(format(value, "f").encode())
    if kind.name == "ARRAY" and kind.element:
        item = encoder(kind.element)
        assert item is not None
        return lambda value: [None if each is None else item(each) for each in value]
    fields = [(name, encoder(field)) for name, field in kind.fields]
    return lambda value: {
        name: value.get(name) if inner is None or value.get(name) is None else inner(value[name])
        for name, inner in fields
    }
