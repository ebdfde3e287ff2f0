"""The WITH clause: which properties a statement takes, of what type, and which go together.

Words and order are those of Kafka's `ConfigDef` and of ksqlDB's property classes: each property's type first, in the
order of its definition, then unknown ones, then what does not go together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.formats.serde import check_format
from clickstream_embedded.ksqldb.planning.refusals import preparing, refused
from clickstream_embedded.ksqldb.types.java_time.pattern import elements
from clickstream_ksql import ast, formatter

Properties = dict[str, Any]
_PARTS = {
    "NANOSECOND": 0, "MICROSECOND": 0, "MILLISECOND": 1, "SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000,
    "DAY": 86_400_000,
}  # fmt: skip
_LIMITS = {"INT": 2**31, "SHORT": 2**15, "LONG": 2**63}
_BITS = {"INT": "32-bit integer", "SHORT": "16-bit integer (short)", "LONG": "64-bit integer (long)"}
_WINDOWS = ("SESSION", "HOPPING", "TUMBLING")
_DELIMITERS = ("TAB", "SPACE")
_REPRESENTATIONS = ("OPTIONAL", "WRAPPER")  # of nulls in Protobuf


def _java_class(value: Any) -> str:
    """The class of a literal in ksqlDB, as Kafka's messages name it."""
    if isinstance(value, bool):
        return "java.lang.Boolean"
    if isinstance(value, int):
        return "java.lang.Integer" if -(2**31) <= value < 2**31 else "java.lang.Long"
    if isinstance(value, Decimal):
        return "java.math.BigDecimal"
    return "java.lang.Double" if isinstance(value, float) else "java.lang.String"


def _bad(name: str, value: Any, why: str) -> KsqlError:
    shown = str(value).lower() if isinstance(value, bool) else value
    return refused("bad_property", name=name, value=shown, why=why)


def _number(kind: str) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> int:
        if isinstance(value, str):
            try:
                found = int(value.strip())
            except ValueError:
                raise _bad(name, value, f"Not a number of type {kind}") from None
            if not -_LIMITS[kind] <= found < _LIMITS[kind]:
                raise _bad(name, value, f"Not a number of type {kind}")
            return found
        if isinstance(value, bool) or not isinstance(value, int) or not -_LIMITS[kind] <= value < _LIMITS[kind]:
            raise _bad(name, value, f"Expected value to be a {_BITS[kind]}, but it was a {_java_class(value)}")
        return value

    return check


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise _bad(name, value, "Expected value to be either true or false")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _bad(name, value, f"Expected value to be a string, but it was a {_java_class(value)}")
    return value.strip()


def _topic(name: str, value: Any) -> str:
    text = _text(name, value)
    if not text:
        raise _bad(name, text, "String must be non-empty")
    return text


def _window_type(name: str, value: Any) -> str:
    text = _text(name, value)
    if text.upper() not in _WINDOWS:
        raise _bad(name, text, f"String must be one of: {', '.join(_WINDOWS)}, null")
    return text.upper()


def _representation(name: str, value: Any) -> str:
    text = _text(name, value)
    if text.upper() not in _REPRESENTATIONS:
        raise _bad(name, text, f"String must be one of: {', '.join(_REPRESENTATIONS)}")
    return text.upper()


def _delimiter(name: str, value: Any) -> str:
    text = _text(name, value)
    why = ""
    if not text:
        why = (
            "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values "
            "'TAB' or 'SPACE'"
        )
    elif len(text) > 1 and text not in _DELIMITERS:
        why = f"Invalid delimiter value: '{text}'. Delimiter must be a single character or {','.join(_DELIMITERS)}"
    if why:
        raise refused("bad_parsed_property", name=name, why=f"{why}\nExample valid value: ';'")
    return text


def milliseconds(text: str) -> int:
    """A duration such as `10 SECONDS`. Raises ValueError, in ksqlDB's words."""
    tokens = re.split(r"\s+", text)
    why = ""
    if len(tokens) != 2:
        why = f"Expected 2 tokens, got: {len(tokens)}"
    elif not re.fullmatch(r"[+-]?\d+", tokens[0]):
        why = f"Not numeric: '{tokens[0]}'"
    elif tokens[1].upper().removesuffix("S") not in _PARTS:
        why = f"Unknown time unit: '{tokens[1].upper().removesuffix('S') + 'S'}'"
    if why:
        raise ValueError(f"Invalid duration: '{text}'. {why}")
    return int(tokens[0]) * _PARTS[tokens[1].upper().removesuffix("S")]


def _duration(name: str, value: Any) -> str:
    text = _text(name, value)
    try:
        milliseconds(text)
    except ValueError as error:
        raise refused("bad_parsed_property", name=name, why=str(error)) from None
    return text


_COMMON: dict[str, Callable[[str, Any], Any]] = {
    "KAFKA_TOPIC": _topic, "PARTITIONS": _number("INT"), "REPLICAS": _number("SHORT"), "RETENTION_MS": _number("LONG"),
    "CLEANUP_POLICY": _text, "VALUE_FORMAT": _text, "TIMESTAMP": _text, "TIMESTAMP_FORMAT": _text,
    "WRAP_SINGLE_VALUE": _boolean, "VALUE_AVRO_SCHEMA_FULL_NAME": _text, "KEY_SCHEMA_FULL_NAME": _text,
    "VALUE_SCHEMA_FULL_NAME": _text, "KEY_DELIMITER": _delimiter, "VALUE_DELIMITER": _delimiter, "KEY_FORMAT": _text,
    "FORMAT": _text, "KEY_SCHEMA_ID": _number("INT"), "VALUE_SCHEMA_ID": _number("INT"),
    "KEY_PROTOBUF_NULLABLE_REPRESENTATION": _representation,
    "VALUE_PROTOBUF_NULLABLE_REPRESENTATION": _representation,
}  # fmt: skip
_OF_SOURCE: dict[str, Callable[[str, Any], Any]] = {
    "WINDOW_TYPE": _window_type, "WINDOW_SIZE": _duration, "SOURCE_CONNECTOR": _text, "SOURCED_BY_CONNECTOR": _text,
    **_COMMON,
}  # fmt: skip
_OF_INSERT: dict[str, Callable[[str, Any], Any]] = {"QUERY_ID": _topic}


def as_written(written: ast.Properties) -> Properties:
    """What the text of a WITH clause says, by upper-case name; nothing is checked."""
    return {
        name.upper(): value.value if isinstance(value, ast.Literal) else formatter.expression(value)
        for name, value in written
    }


def _values(written: ast.Properties, known: dict[str, Callable[[str, Any], Any]], required: str = "") -> Properties:
    given = as_written(written)
    values: Properties = {}
    for name, check in known.items():
        if given.get(name) is None and name == required:
            raise refused("missing_property", name=name)
        if given.get(name) is not None:
            values[name] = check(name, given[name])
    unknown = [name for name in given if name not in known]
    if unknown:
        raise refused("unknown_properties", names=",".join(unknown))
    _check_time_format(values.get("TIMESTAMP_FORMAT"))
    if "FORMAT" in values:
        for name in ("KEY_FORMAT", "VALUE_FORMAT"):
            if name in values:
                raise refused("both_formats", name=name)
    return values


def _check_time_format(pattern: str | None) -> None:
    try:
        elements(pattern or "")
    except ValueError as error:
        raise refused("time_format", why=error) from None


def of_source(written: ast.Properties) -> Properties:
    """The WITH clause of CREATE STREAM and CREATE TABLE by upper-case name. Raises KsqlError."""
    try:
        values = _values(written, _OF_SOURCE, "KAFKA_TOPIC")
        kind = values.get("WINDOW_TYPE")
        sized = kind is not None and kind != "SESSION"
        if sized and "WINDOW_SIZE" not in values:
            raise refused("window_needs_size", window=kind)
        if not sized and "WINDOW_SIZE" in values:
            raise refused("window_has_size")
        if sized and milliseconds(values["WINDOW_SIZE"]) <= 0:
            raise refused("window_size_positive", size=values["WINDOW_SIZE"])
    except KsqlError as error:
        raise preparing(error) from None
    return values


def of_sink(written: ast.Properties) -> Properties:
    """The WITH clause of CREATE ... AS by upper-case name. Raises KsqlError."""
    try:
        return _values(written, _COMMON)
    except KsqlError as error:
        raise preparing(error) from None


def of_insert(written: ast.Properties) -> Properties:
    """The WITH clause of INSERT INTO by upper-case name. Raises KsqlError."""
    try:
        return _values(written, _OF_INSERT)
    except KsqlError as error:
        raise preparing(error) from None


def window_of(properties: Properties) -> tuple[str | None, int | None]:
    """(window type, size in ms) of WINDOW_TYPE and WINDOW_SIZE."""
    size = properties.get("WINDOW_SIZE")
    return properties.get("WINDOW_TYPE"), None if size is None else milliseconds(size)


def formats(properties: Properties, defaults: dict[str, Any], registry: str = "") -> tuple[str, str]:
    """(key format, value format) of a source's WITH clause; `registry` is the Schema Registry's address. Raises KsqlError."""
    both = properties.get("FORMAT")
    key = both or properties.get("KEY_FORMAT") or defaults.get("ksql.persistence.default.format.key") or "KAFKA"
    value = both or properties.get("VALUE_FORMAT") or defaults.get("ksql.persistence.default.format.value")
    if value is None:
        raise refused("no_value_format")
    return check_format(str(key), registry), check_format(str(value), registry)


_WITH_SCHEMA = {"AVRO", "JSON_SR", "PROTOBUF"}


def check_format_properties(properties: Properties, key_format: str, value_format: str) -> None:
    """Raises KsqlError for a schema's id, a schema's name or a delimiter that is given for a format without such."""
    for side, form in (("KEY", key_format), ("VALUE", value_format)):
        if f"{side}_SCHEMA_ID" in properties and form not in _WITH_SCHEMA:
            raise refused("no_inference", side=side, format=form)
        given = {
            "fullSchemaName": f"{side}_SCHEMA_FULL_NAME" in properties
            or (side == "VALUE" and "VALUE_AVRO_SCHEMA_FULL_NAME" in properties),
            "delimiter": f"{side}_DELIMITER" in properties,
        }
        known = {"delimiter"} if form == "DELIMITED" else {"fullSchemaName"} if form in _WITH_SCHEMA else set[str]()
        names = [name for name, there in given.items() if there and name not in known]
        if names:
            raise refused("format_config", format=form, names=", ".join(names))


def column_name(text: str) -> str:
    """A name as it is written: in quotes as it stands, else in capitals."""
    return text[1:-1] if text[:1] in ("`", '"') else text.upper()
