"""CAST and implicit conversions between types, by ksqlDB's `CastEvaluator` and `DecimalUtil`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types.java_bytes import from_base64
from clickstream_embedded.ksqldb.types.java_numbers import (
    EXACT,
    decimal,
    finite_double,
    java_double,
    to_int,
    to_long,
    whole,
    without_negative_zero,
    wrap,
)
from clickstream_embedded.ksqldb.types.java_text import trim
from clickstream_embedded.ksqldb.types.java_time.calendar import DAY_MILLIS
from clickstream_embedded.ksqldb.types.java_time.sql import (
    format_date,
    format_time,
    format_timestamp,
    parse_date,
    parse_time,
    parse_timestamp,
)
from clickstream_embedded.ksqldb.types.sql_types import SqlType

Convert = Callable[[Any], Any]


def ensure_max(value: Decimal, precision: int, scale: int) -> None:
    """Raises ValueError for a value whose integer part has more digits than the type."""
    if abs(value) >= Decimal(10) ** (precision - scale):
        raise ValueError(
            f"Numeric field overflow: A field with precision {precision} and scale {scale} must round to an absolute "
            f"value less than 10^{precision - scale}. Got {format(value, 'f')}"
        )


def to_decimal(value: Any, target: SqlType) -> Decimal:
    """A number as a value of a DECIMAL, halves rounded up. Raises ValueError where it does not fit."""
    if isinstance(value, float):
        number = Context(prec=target.precision, rounding=ROUND_HALF_UP).create_decimal(Decimal(value))
    else:
        number = Decimal(value)
    if not number.is_finite():
        raise ValueError("Infinite or NaN")
    ensure_max(number, target.precision, target.scale)
    return without_negative_zero(number.quantize(Decimal(1).scaleb(-target.scale), ROUND_HALF_UP, EXACT))


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


def _boolean(text: str) -> bool:
    cleaned = text.lower()
    return bool(cleaned and any(word.startswith(cleaned) for word in ("true", "yes")))


def is_boolean(text: str) -> bool:
    """Whether a text is one of the words for true and false, or a beginning of one (`SqlBooleans.parseBooleanExact`)."""
    cleaned = trim(text).lower()
    return bool(cleaned and any(word.startswith(cleaned) for word in ("true", "yes", "false", "no")))


def _from_string(target: SqlType) -> Callable[[str], Any] | None:
    readers: dict[str, Callable[[str], Any]] = {
        "BOOLEAN": lambda s: _boolean(trim(s)),
        "INTEGER": lambda s: whole(trim(s), 32),
        "BIGINT": lambda s: whole(trim(s), 64),
        "DOUBLE": finite_double,
        "DECIMAL": lambda s: to_decimal(decimal(trim(s)), target),
        "TIMESTAMP": lambda s: parse_timestamp(trim(s)),
        "DATE": lambda s: parse_date(trim(s)),
        "TIME": lambda s: parse_time(trim(s)),
        "BYTES": lambda s: from_base64(trim(s)),
    }
    return readers.get(target.name)


def _number(source: SqlType, target: SqlType) -> Convert:
    if target.name in ("INTEGER", "BIGINT"):
        bits = 32 if target.name == "INTEGER" else 64
        if source.name == "DOUBLE":
            return to_int if bits == 32 else to_long
        return lambda v: wrap(int(v), bits)
    if target.name == "DOUBLE":
        return float
    return lambda v: to_decimal(v, target)


_TIMES: dict[tuple[str, str], Convert] = {
    ("TIMESTAMP", "DATE"): lambda v: v // DAY_MILLIS,
    ("TIMESTAMP", "TIME"): lambda v: v % DAY_MILLIS,
    ("DATE", "TIMESTAMP"): lambda v: v * DAY_MILLIS,
}


def cast_function(source: SqlType, target: SqlType) -> Convert:
    """A function from a non-null value of `source` to `target`. Raises KsqlError where ksqlDB has no such cast."""
    if source == target or source.name == "NULL":
        return lambda v: v
    if target.name == "STRING" and source.name != "BYTES":
        return to_string(source)
    read = _from_string(target) if source.name == "STRING" else None
    if read is not None:
        return read
    if source.is_number and target.is_number:
        return _number(source, target)
    if (source.name, target.name) in _TIMES:
        return _TIMES[source.name, target.name]
    try:
        found = _structured(source, target)
    except KsqlError:
        found = None
    if found is None:
        raise KsqlError(f"Cast of {source} to {target} is not supported")
    return found


def _structured(source: SqlType, target: SqlType) -> Convert | None:
    """Arrays, maps and structs part by part; None where there is no such cast. Raises KsqlError."""
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
    return None
