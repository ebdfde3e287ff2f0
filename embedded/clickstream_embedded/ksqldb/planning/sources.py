"""CREATE STREAM and CREATE TABLE: columns, formats and properties to a Source."""

from __future__ import annotations

import dataclasses
from typing import Any

from clickstream_embedded.ksqldb.errors import BadRequest, KsqlError
from clickstream_embedded.ksqldb.formats.serde import check_format
from clickstream_embedded.ksqldb.metastore import MetaStore, Source
from clickstream_embedded.ksqldb.types.schema import SYSTEM_COLUMNS, Column, Schema
from clickstream_embedded.ksqldb.types.sql_types import BYTES, STRING, SqlType, array, resolve, struct
from clickstream_ksql import ast, formatter

_KNOWN = {
    "KAFKA_TOPIC", "PARTITIONS", "REPLICAS", "FORMAT", "KEY_FORMAT", "VALUE_FORMAT", "TIMESTAMP", "TIMESTAMP_FORMAT",
    "WRAP_SINGLE_VALUE", "WINDOW_TYPE", "WINDOW_SIZE", "VALUE_DELIMITER", "KEY_DELIMITER", "RETENTION_MS",
    "CLEANUP_POLICY", "VALUE_SCHEMA_ID", "KEY_SCHEMA_ID", "VALUE_SCHEMA_FULL_NAME", "KEY_SCHEMA_FULL_NAME",
    "SOURCED_BY_CONNECTOR", "KEY_PROTOBUF_NULLABLE_REPRESENTATION", "VALUE_PROTOBUF_NULLABLE_REPRESENTATION",
}  # fmt: skip
_PARTS = {"MILLISECOND": 1, "SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000}


def properties_of(written: ast.Properties) -> dict[str, Any]:
    """The WITH clause by upper-case name. Raises KsqlError for an unknown one."""
    values: dict[str, Any] = {}
    for name, value in written:
        upper = name.upper()
        if upper not in _KNOWN:
            raise KsqlError(f"Failed to prepare statement: Invalid config variable(s) in the WITH clause: {upper}")
        values[upper] = value.value if isinstance(value, ast.Literal) else formatter.expression(value)
    return values


def whole(properties: dict[str, Any], name: str) -> int | None:
    """A numeric property, which may be written as a string."""
    value = properties.get(name)
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise KsqlError(f"Invalid value {value} for property {name}: Not a number") from None


def formats(properties: dict[str, Any], defaults: dict[str, Any]) -> tuple[str, str]:
    """(key format, value format) of a WITH clause."""
    both = properties.get("FORMAT")
    if both and ("KEY_FORMAT" in properties or "VALUE_FORMAT" in properties):
        name = "KEY_FORMAT" if "KEY_FORMAT" in properties else "VALUE_FORMAT"
        raise KsqlError(
            f"Cannot supply both '{name}' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. "
            "Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'."
        )
    key = properties.get("KEY_FORMAT") or both or defaults.get("ksql.persistence.default.format.key") or "KAFKA"
    value = properties.get("VALUE_FORMAT") or both or defaults.get("ksql.persistence.default.format.value")
    if value is None:
        raise KsqlError("Statement is missing the 'VALUE_FORMAT' property from the WITH clause. "
                        "Either provide one or set a default via the 'ksql.persistence.default.format.value' config.")  # fmt: skip
    return check_format(str(key)), check_format(str(value))


def window_of(properties: dict[str, Any]) -> tuple[str | None, int | None]:
    """(window type, size in ms) of WINDOW_TYPE and WINDOW_SIZE."""
    kind = properties.get("WINDOW_TYPE")
    if kind is None:
        return None, None
    kind = str(kind).upper()
    if kind not in ("SESSION", "HOPPING", "TUMBLING"):
        raise KsqlError(
            f"Invalid value {kind} for property WINDOW_TYPE: String must be one of: SESSION, HOPPING, TUMBLING, null"
        )
    size = properties.get("WINDOW_SIZE")
    if kind == "SESSION":
        if size is not None:
            raise KsqlError("'WINDOW_SIZE' should not be set for SESSION windows.")
        return kind, None
    if size is None:
        raise KsqlError("'WINDOW_SIZE' must be set for HOPPING and TUMBLING windows.")
    amount, _, unit = str(size).strip().partition(" ")
    try:
        return kind, int(amount) * _PARTS[unit.strip().upper().rstrip("S")]
    except (ValueError, KeyError):
        raise KsqlError(
            f"Invalid duration: '{size}'. The format is '<size> <unit>', for example '10 SECONDS'."
        ) from None


def schema_of(statement: ast.CreateSource, metastore: MetaStore) -> Schema:
    """The columns of a CREATE statement. Raises KsqlError."""
    keys: list[Column] = []
    values: list[Column] = []
    seen: set[str] = set()
    for element in statement.elements:
        if element.name in SYSTEM_COLUMNS:
            raise KsqlError(f"'{element.name}' is a reserved column name. You cannot use it as a name for a column.")
        if element.name in seen:
            raise KsqlError(f"Duplicate column names: `{element.name}`")
        seen.add(element.name)
        kind = resolve(element.type, metastore.types)
        where = "" if element.position is None else f"Line: {element.position[0]}, Col: {element.position[1]}: "
        if element.constraint == "KEY" and statement.kind == "TABLE":
            raise KsqlError(f"{where}Column `{element.name}` is a 'KEY' column: please use 'PRIMARY KEY' for tables.\n"
                            "Tables have PRIMARY KEYs, which are unique and NON NULL.\n"
                            "Streams have KEYs, which have no uniqueness or NON NULL constraints.")  # fmt: skip
        if element.constraint == "PRIMARY KEY" and statement.kind == "STREAM":
            raise KsqlError(f"{where}Column `{element.name}` is a 'PRIMARY KEY' column: please use 'KEY' for streams.\n"
                            "Tables have PRIMARY KEYs, which are unique and NON NULL.\n"
                            "Streams have KEYs, which have no uniqueness or NON NULL constraints.")  # fmt: skip
        header = "" if element.constraint == "HEADERS" else element.header_key
        if header is not None:
            _check_header(header, kind)
        column = Column(element.name, kind, header)
        (keys if element.constraint in ("KEY", "PRIMARY KEY") else values).append(column)
    return Schema(tuple(keys), tuple(values))


_HEADERS = array(struct((("KEY", STRING), ("VALUE", BYTES))))


def _check_header(header: str, kind: SqlType) -> None:
    if header == "" and kind != _HEADERS:
        raise KsqlError(f"Invalid type for HEADERS column: expected {_HEADERS}, got {kind}")
    if header != "" and kind != BYTES:
        raise KsqlError(f"Invalid type for HEADER('{header}') column: expected BYTES, got {kind}")


def create_source(statement: ast.CreateSource, metastore: MetaStore, defaults: dict[str, Any]) -> Source:
    """The source that a CREATE STREAM or TABLE over a topic makes. Raises KsqlError."""
    properties = properties_of(statement.properties)
    topic = properties.get("KAFKA_TOPIC")
    if not topic:
        raise KsqlError('Missing required property "KAFKA_TOPIC" which has no default value.')
    key_format, value_format = formats(properties, defaults)
    _check_delimiter(properties, value_format)
    schema = schema_of(statement, metastore)
    if "KEY_FORMAT" in properties and key_format != "NONE" and not schema.keys:
        raise KsqlError(f"Key format specified for {statement.kind.lower()} without key columns.")
    if statement.kind == "TABLE" and not schema.keys:
        raise KsqlError("Tables require a PRIMARY KEY. Please define the PRIMARY KEY.")
    if not schema.values and not schema.keys:
        raise KsqlError("The statement does not define any columns.")
    check_wrapping(properties, value_format, [column for column in schema.values if column.header is None])
    window, size = window_of(properties)
    timestamp = properties.get("TIMESTAMP")
    if timestamp is not None:
        timestamp = column_name(str(timestamp))
        column = schema.find(timestamp)
        if column is None:
            raise KsqlError(f"The TIMESTAMP column set in the WITH clause does not exist in the schema: '{timestamp}'")
    return Source(
        name=statement.name,
        kind=statement.kind,
        schema=schema,
        topic=str(topic),
        key_format=key_format,
        value_format=value_format,
        statement=formatter.statement(_canonical(statement, key_format, value_format), ""),
        window=window,
        window_size=size,
        timestamp_column=timestamp,
        timestamp_format=properties.get("TIMESTAMP_FORMAT"),
        wrap_single=str(
            properties.get("WRAP_SINGLE_VALUE", defaults.get("ksql.persistence.wrap.single.values", "true"))
        ).lower()
        != "false",
        delimiter=properties.get("VALUE_DELIMITER"),
        key_delimiter=properties.get("KEY_DELIMITER"),
        read_only=statement.source,
    )


def check_wrapping(properties: dict[str, Any], value_format: str, columns: list[Column]) -> None:
    """Raises KsqlError where WRAP_SINGLE_VALUE does not go with the format or the columns."""
    if "WRAP_SINGLE_VALUE" not in properties:
        return
    wrap = str(properties["WRAP_SINGLE_VALUE"]).lower()
    if value_format != "JSON" and not (value_format == "KAFKA" and wrap == "false"):
        raise KsqlError(f"Format '{value_format}' does not support 'WRAP_SINGLE_VALUE' set to '{wrap}'.")
    if len(columns) != 1:
        raise KsqlError("'WRAP_SINGLE_VALUE' is only valid for single-field value schemas")


def _check_delimiter(properties: dict[str, Any], value_format: str) -> None:
    delimiter = properties.get("VALUE_DELIMITER")
    if delimiter is None:
        return
    if value_format != "DELIMITED":
        raise KsqlError(f"{value_format} does not support the following configs: [delimiter]")
    if not str(delimiter).strip():
        raise KsqlError(
            "Failed to prepare statement: Configuration VALUE_DELIMITER is invalid: Delimiter cannot be empty, if you "
            "meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'\n"
            "Example valid value: ';'"
        )
    if len(str(delimiter)) > 1 and str(delimiter).upper() not in ("TAB", "SPACE"):
        raise KsqlError(
            "Failed to prepare statement: Configuration VALUE_DELIMITER is invalid: Invalid delimiter value: "
            f"'{delimiter}'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'"
        )


def column_name(text: str) -> str:
    """A name as it is written: in backquotes as it stands, else in capitals."""
    return text[1:-1] if text.startswith("`") else text.upper()


def _canonical(statement: ast.CreateSource, key_format: str, value_format: str) -> ast.CreateSource:
    shown = {name.upper(): value for name, value in statement.properties}
    if "FORMAT" not in shown:
        shown["KEY_FORMAT"] = ast.Literal(key_format)
        shown["VALUE_FORMAT"] = ast.Literal(value_format)
    shown.setdefault("CLEANUP_POLICY", ast.Literal("delete" if statement.kind == "STREAM" else "compact"))
    return dataclasses.replace(statement, properties=tuple(shown.items()))


def missing_topic(source: Source, statement: ast.CreateSource) -> BadRequest:
    """What ksqlDB says where the topic is not there and PARTITIONS is not given."""
    shown = {name.upper(): value for name, value in statement.properties}
    shown |= {"KEY_FORMAT": ast.Literal(source.key_format), "VALUE_FORMAT": ast.Literal(source.value_format),
              "PARTITIONS": ast.Literal(2)}  # fmt: skip
    example = formatter.statement(dataclasses.replace(statement, properties=tuple(shown.items())), "")
    return BadRequest(
        f"Topic '{source.topic}' does not exist. If you want to create a new topic for the stream/table please re-run "
        "the statement providing the required 'PARTITIONS' configuration in the WITH clause (and optionally "
        f"'REPLICAS'). For example: {example}"
    )
