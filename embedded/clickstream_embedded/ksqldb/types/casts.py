"""CAST and implicit conversions between types."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.codegen.scope import Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.formats.coercion import EPOCH, quantize
from clickstream_embedded.ksqldb.types.java_numbers import decimal, double, java_double, whole
from clickstream_embedded.ksqldb.types.sql_types import SqlType

DAY = 86_400_000
_UTC = datetime.UTC


def parse_timestamp(text: str) -> int:
    """Milliseconds of an ISO 8601 date and time, UTC where it names no zone; parts may be left out from the right."""
    match = re.fullmatch(
        r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?)?(Z|[+-]\d\d:?\d\d)?",
        text,
    )
    if match is None:
        raise ValueError(f"Failed to parse timestamp '{text}'")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    moment = datetime.datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
                               int(second or 0), tzinfo=_UTC)  # fmt: skip
    millis = int((moment - datetime.datetime(1970, 1, 1, tzinfo=_UTC)).total_seconds()) * 1000
    millis += int((fraction or "0").ljust(3, "0")[:3])
    if zone and zone != "Z":
        sign = 1 if zone[0] == "+" else -1
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        millis -= sign * (hours * 60 + minutes) * 60_000
    return millis


def parse_date(text: str) -> int:
    return parse_timestamp(text) // DAY


def parse_time(text: str) -> int:
    moment = datetime.time.fromisoformat(text)
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1000 + moment.microsecond // 1000


def format_timestamp(value: int) -> str:
    moment = datetime.datetime.fromtimestamp(value / 1000, _UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value % 1000:03d}"


def format_date(value: int) -> str:
    return (EPOCH + datetime.timedelta(days=value)).isoformat()


def format_time(value: int) -> str:
    seconds, millis = divmod(value, 1000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    if millis:
        return f"{text}:{seconds % 60:02d}.{millis:03d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def to_string(kind: SqlType) -> Callable[[Any], str]:
    """How a value of `kind` reads as text."""
    simple: dict[str, Callable[[Any], str]] = {
        "BOOLEAN": lambda v: "true" if v else "false",
        "DOUBLE": java_double,
        "DECIMAL": lambda v: format(v, "f"),
        "TIMESTAMP": format_timestamp,
        "DATE": format_date,
        "TIME": format_time,
    }
    if kind.name in simple:
        return simple[kind.name]
    if kind.name == "ARRAY" and kind.element:
        inner = to_string(kind.element)
        return lambda v: "[" + ", ".join("null" if x is None else inner(x) for x in v) + "]"
    if kind.name == "MAP" and kind.key and kind.element:
        key, inner = to_string(kind.key), to_string(kind.element)
        return lambda v: "{" + ", ".join(f"{key(k)}={'null' if x is None else inner(x)}" for k, x in v.items()) + "}"
    if kind.name == "STRUCT":
        fields = [(name, to_string(field)) for name, field in kind.fields]
        return lambda v: "Struct{" + ",".join(f"{n}={f(v[n])}" for n, f in fields if v.get(n) is not None) + "}"
    return str


def _from_string(target: SqlType) -> Callable[[str], Any] | None:
    def boolean(text: str) -> bool:
        cleaned = text.strip().lower()
        return bool(cleaned and any(word.startswith(cleaned) for word in ("true", "yes")))

    def exact(text: str) -> Decimal:
        return quantize(decimal(text.strip()), target)

    readers: dict[str, Callable[[str], Any]] = {
        "BOOLEAN": boolean,
        "INTEGER": lambda s: whole(s.strip(), 32),
        "BIGINT": lambda s: whole(s.strip(), 64),
        "DOUBLE": double,
        "DECIMAL": exact,
        "TIMESTAMP": parse_timestamp,
        "DATE": parse_date,
        "TIME": parse_time,
    }
    return readers.get(target.name)


def _round_decimal(value: Any, target: SqlType) -> Decimal:
    number = Decimal(value) if not isinstance(value, float) else Decimal(repr(value))
    rounded = number.quantize(Decimal(1).scaleb(-target.scale), "ROUND_HALF_UP")
    return quantize(rounded, target)


def _number(target: SqlType) -> Callable[[Any], Any]:
    if target.name in ("INTEGER", "BIGINT"):
        size = 1 << (32 if target.name == "INTEGER" else 64)
        return lambda v: (int(v) + size // 2) % size - size // 2
    if target.name == "DOUBLE":
        return float
    return lambda v: _round_decimal(v, target)


def cast_function(source: SqlType, target: SqlType) -> Callable[[Any], Any]:
    """A function from a non-null value of `source` to `target`. Raises KsqlError where ksqlDB has no such cast."""
    if source == target or source.name == "NULL":
        return lambda v: v
    if target.name == "STRING":
        return to_string(source)
    if source.name == "STRING":
        read = _from_string(target)
        if read is not None:
            return read
    if source.is_number and target.is_number:
        return _number(target)
    if source.name == "TIMESTAMP" and target.name == "DATE":
        return lambda v: v // DAY
    if source.name == "TIMESTAMP" and target.name == "TIME":
        return lambda v: v % DAY
    if source.name == "DATE" and target.name == "TIMESTAMP":
        return lambda v: v * DAY
    if source.name == target.name == "ARRAY" and source.element and target.element:
        inner = cast_function(source.element, target.element)
        return lambda v: [None if x is None else inner(x) for x in v]
    if source.name == target.name == "MAP" and source.key and source.element and target.key and target.element:
        key, inner = cast_function(source.key, target.key), cast_function(source.element, target.element)
        return lambda v: {key(k): None if x is None else inner(x) for k, x in v.items()}
    if source.name == target.name == "STRUCT":
        fields = [
            (name, None if (has := source.field(name)) is None else cast_function(has, wanted))
            for name, wanted in target.fields
        ]
        return lambda v: {n: None if f is None or v.get(n) is None else f(v[n]) for n, f in fields}
    raise KsqlError(f"Cast of {source} to {target} is not supported")


def implicit_cast(typed: Typed, wanted: SqlType, bind: Callable[[Any], str]) -> Typed:
    """`typed` as a value of `wanted`, where that only widens it."""
    if typed.type == wanted or typed.type.name == "NULL":
        return Typed(typed.source, wanted)
    if typed.type.is_number and wanted.is_number:
        if wanted.name in ("BIGINT", "INTEGER"):
            return Typed(typed.source, wanted)
        convert = bind(_number(wanted) if wanted.name == "DOUBLE" else lambda v: _round_decimal(v, wanted))
        return Typed(f"(None if (u{convert} := {typed.source}) is None else {convert}(u{convert}))", wanted)
    return Typed(typed.source, typed.type)
