"""TimestampConverter: between text, Unix time and Connect's dates."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.connect.data import DATE, TIME, TIMESTAMP, Field, JavaDate, Schema, Struct, java_class
from clickstream_embedded.connect.java_dates import BadDatePattern, formatted, parsed, parts
from clickstream_embedded.connect.java_errors import ConfigError, DataError, JavaError
from clickstream_embedded.connect.transforms.record import (
    ConnectRecord,
    Settings,
    Transform,
    flag,
    require_map,
    require_struct,
)  # fmt: skip

_DAY = 86_400_000  # milliseconds
TARGETS = ("string", "unix", "Date", "Time", "Timestamp")
PRECISIONS = ("nanoseconds", "microseconds", "milliseconds", "seconds")
_LOGICAL = {DATE: "Date", TIME: "Time", TIMESTAMP: "Timestamp"}


def timestamp_converter(settings: Settings, is_key: bool) -> Transform:
    """`TimestampConverter` of a field, or of all where `field` is empty."""
    name, target, pattern = (settings.get(what, "") for what in ("field", "target.type", "format"))
    precision = settings.get("unix.precision", "milliseconds")
    if target == "string" and not pattern:
        raise ConfigError("TimestampConverter requires format option to be specified when using string timestamps")
    if pattern:
        try:
            parts(pattern)
        except BadDatePattern as error:
            raise ConfigError(
                f"TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: {pattern}",
                ConfigError(str(error)),
            ) from None
    defaults = flag(settings, "replace.null.with.default")

    def convert(schema: Schema | None, value: Any) -> Any:
        return None if value is None else _written(_read(schema, value, pattern, precision), target, pattern, precision)

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if schema is None:
            if value is None:
                return record
            if not name:
                return record.with_part(is_key, None, convert(None, value))
            found = require_map(value, "converting timestamp formats")
            return record.with_part(is_key, None, {**found, name: convert(None, found.get(name))})
        if not name:
            return record.with_part(is_key, _schema(target, schema.optional), convert(schema, value))
        if value is None:
            return record
        struct = require_struct(value, "converting timestamp formats")
        made = schema.made(fields=tuple(
            Field(f.name, _schema(target, f.schema.optional)) if f.name == name else f for f in schema.fields
        ))  # fmt: skip
        values = {f.name: struct.get(f.name, with_default=defaults) for f in schema.fields}
        there = schema.field(name)
        if there is not None:
            values[name] = convert(there.schema, values[name])
        return record.with_part(is_key, made, Struct(made, values))

    return apply


def _schema(target: str, optional: bool) -> Schema:
    match target:
        case "string":
            return Schema("string", optional)
        case "unix":
            return Schema("int64", optional)
        case "Timestamp":
            return Schema("int64", optional, TIMESTAMP, 1)
        case _:
            return Schema("int32", optional, DATE if target == "Date" else TIME, 1)


def _read(schema: Schema | None, value: Any, pattern: str, precision: str) -> int:
    """Milliseconds of a value. Raises DataError."""
    if schema is not None and schema.name not in _LOGICAL and schema.type not in ("string", "int64"):
        raise JavaError(f"Schema {_shown(schema)} does not correspond to a known timestamp type format")
    match value:
        case JavaDate():
            return value.ms
        case bool():
            pass
        case int():
            match precision:
                case "seconds":
                    return value * 1000
                case "microseconds":
                    return int(value / 1000) if abs(value) < 2**52 else value // 1000
                case "nanoseconds":
                    return value // 1_000_000
                case _:
                    return value
        case str():
            try:
                return parsed(value, pattern)
            except (ValueError, OverflowError):
                why = JavaError(f'Unparseable date: "{value}"', "java.text.ParseException")
                raise DataError(
                    f"Could not parse timestamp: value ({value}) does not match pattern ({pattern})", why
                ) from None
        case _:
            pass
    raise DataError(f"TimestampConverter does not support class {java_class(value)} objects as timestamps")


def _written(ms: int, target: str, pattern: str, precision: str) -> Any:
    match target:
        case "string":
            return formatted(ms, pattern)
        case "unix":
            if precision == "seconds":
                return ms // 1000
            return ms * {"microseconds": 1000, "nanoseconds": 1_000_000}.get(precision, 1)
        case "Date":
            return JavaDate(ms - ms % _DAY)
        case "Time":
            return JavaDate(ms % _DAY)
        case _:
            return JavaDate(ms)


def _shown(schema: Schema) -> str:
    return f"Schema{{{schema.name + ':' if schema.name else ''}{schema.type.upper()}}}"
