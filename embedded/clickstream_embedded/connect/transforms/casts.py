"""Cast: fields, or a whole key or value, to another type."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clickstream_embedded.connect.data import (
    DATE,
    INTEGERS,
    Field,
    Float32,
    JavaDate,
    Schema,
    Struct,
    java_class,
    java_text,
    type_of,
    wrapped,
)  # fmt: skip
from clickstream_embedded.connect.java_dates import formatted
from clickstream_embedded.connect.java_errors import DataError, JavaError
from clickstream_embedded.connect.transforms.record import (
    ConnectRecord,
    Settings,
    Transform,
    flag,
    names,
    require_map,
    require_struct,
)  # fmt: skip

OUTPUTS = ("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string")
_DAY = 86_400_000  # milliseconds
_INPUTS = (*OUTPUTS, "bytes")


def cast(settings: Settings, is_key: bool) -> Transform:
    """`Cast$Key` and `Cast$Value`: `spec` holds `field:type` pairs, or one type for all of it."""
    wanted: dict[str, str] = {}
    whole: str | None = None
    for entry in names(settings.get("spec")):
        name, colon, kind = entry.partition(":")
        if colon:
            wanted[name.strip()] = kind.strip().lower()
        else:
            whole = name.strip().lower()
    defaults = flag(settings, "replace.null.with.default")

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if value is None:
            return record
        if whole is not None:
            made = None if schema is None else _cast_schema(schema, whole)
            return record.with_part(is_key, made, cast_value(schema, value, whole))
        if schema is None:
            found = dict(require_map(value, "cast types"))
            for name, kind in wanted.items():  # those that are not there as null, as the real one does
                found[name] = cast_value(None, found.get(name), kind)
            return record.with_part(is_key, None, found)
        struct = require_struct(value, "cast types")
        fields = tuple(
            Field(f.name, _cast_schema(f.schema, wanted[f.name])) if f.name in wanted else f for f in schema.fields
        )
        made = schema.made(fields=fields)
        values = {
            f.name: cast_value(f.schema, struct.get(f.name, with_default=defaults), wanted[f.name])
            if f.name in wanted
            else struct.get(f.name, with_default=defaults)
            for f in schema.fields
        }
        return record.with_part(is_key, made, Struct(made, values))

    return apply


def _cast_schema(schema: Schema, kind: str) -> Schema:
    default = None if schema.default is None else cast_value(schema, schema.default, kind)
    return Schema(kind, schema.optional, default=default)


def cast_value(schema: Schema | None, value: Any, kind: str) -> Any:
    """A value as another type. Raises DataError."""
    if value is None:
        return None
    found = schema.type if schema is not None else type_of(value)
    if found is None and isinstance(value, Decimal):
        found = "bytes"
    if found is None:
        raise DataError(f"Cast transformation was passed a value of type class {java_class(value)} which is not "
                        "supported by Connect's data API")  # fmt: skip
    if found not in _INPUTS:
        listed = ", ".join(each.upper() for each in _INPUTS)
        raise DataError(f"Cast transformation does not support casting from {found.upper()}; supported types are "
                        f"[{listed}]")  # fmt: skip
    if isinstance(value, JavaDate) and kind != "string":
        value = value.ms // _DAY if schema is not None and schema.name == DATE else value.ms
    try:
        return _CASTS[kind](value) if kind != "string" else _to_string(value)
    except (ValueError, OverflowError) as error:
        why = JavaError(str(error), "java.lang.NumberFormatException")
        raise DataError(f"Value ({java_text(value)}) was out of range for requested data type", why) from None


def _unexpected(value: Any) -> DataError:
    return DataError(f"Unexpected type in Cast transformation: class {java_class(value)}")


def _integer(bits: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        match value:
            case bool():
                return int(value)
            case int():
                return wrapped(value, bits)
            case float() | Decimal():
                return _narrowed(float(value), bits)
            case str():
                number = _whole(value)
                if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
                    raise ValueError(f'Value out of range. Value:"{value}" Radix:10')
                return number
            case _:
                raise _unexpected(value)

    return convert


def _whole(text: str) -> int:
    digits = text[1:] if text[:1] in "+-" else text
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f'For input string: "{text}"')
    return int(text)


def _narrowed(value: float, bits: int) -> int:
    """A Java cast of a double: NaN is 0, beyond the range is its end; shorter ones go by way of an int."""
    if math.isnan(value):
        return 0
    wide = 64 if bits == 64 else 32
    low, high = -(1 << (wide - 1)), (1 << (wide - 1)) - 1
    if math.isinf(value):
        return wrapped(high if value > 0 else low, bits)
    return wrapped(min(max(int(value), low), high), bits)


def _real(value: Any) -> float:
    match value:
        case bool():
            return float(value)
        case int() | float() | Decimal():
            return float(value)
        case str():
            try:
                return float(value.strip().rstrip("dDfF") if "_" not in value else "?")
            except ValueError:
                raise ValueError(f'For input string: "{value}"') from None
        case _:
            raise _unexpected(value)


def _boolean(value: Any) -> bool:
    match value:
        case bool():
            return value
        case int() | float() | Decimal():
            return int(value) != 0
        case str():
            return value.lower() == "true"
        case _:
            raise _unexpected(value)


def _to_string(value: Any) -> str:
    match value:
        case JavaDate():
            return iso_text(value)
        case bytes():
            return base64.b64encode(value).decode()
        case Decimal():
            return format(value, "f")
        case _:
            return java_text(value)


def iso_text(value: JavaDate) -> str:
    """A date, time of day or timestamp as Connect's `Values` writes it: by the number of milliseconds alone."""
    if value.ms < _DAY:
        return formatted(value.ms, "HH:mm:ss.SSS'Z'")
    return formatted(value.ms, "yyyy-MM-dd" if value.ms % _DAY == 0 else "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")


_CASTS: dict[str, Callable[[Any], Any]] = {
    **{name: _integer(bits) for name, bits in INTEGERS.items()},
    "float32": lambda value: Float32(_real(value)), "float64": lambda value: float(_real(value)),
    "boolean": _boolean,
}  # fmt: skip
