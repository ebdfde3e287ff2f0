"""CREATE STREAM and CREATE TABLE: columns, formats and properties to a DataSource."""

from __future__ import annotations

import dataclasses
from typing import Any

from clickstream_embedded.ksqldb.errors import BadRequest, KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource, MetaStore
from clickstream_embedded.ksqldb.planning import with_clause
from clickstream_embedded.ksqldb.planning.refusals import preparing, refused
from clickstream_embedded.ksqldb.planning.schema_refs import schema_refs
from clickstream_embedded.ksqldb.types.schema import SYSTEM_COLUMNS, Column, Schema
from clickstream_embedded.ksqldb.types.sql_types import BYTES, STRING, SqlType, array, resolve, struct
from clickstream_ksql import ast, formatter

_HEADERS = array(struct((("KEY", STRING), ("VALUE", BYTES))))


def schema_of(statement: ast.CreateSource, metastore: MetaStore) -> Schema:
    """The columns of a CREATE statement. Raises KsqlError."""
    try:
        columns = _columns(statement, metastore)
        _check_unique(statement, columns)
    except KsqlError as error:
        raise preparing(error) from None
    for element in statement.elements:
        _check_constraint(statement, element)
    keys = tuple(c for c, e in zip(columns, statement.elements, strict=True) if e.constraint in ("KEY", "PRIMARY KEY"))
    return Schema(keys, tuple(column for column in columns if column not in keys))


def _columns(statement: ast.CreateSource, metastore: MetaStore) -> list[Column]:
    columns: list[Column] = []
    for element in statement.elements:
        kind = resolve(element.type, metastore.types)
        header = "" if element.constraint == "HEADERS" else element.header_key
        if header is not None:
            _check_header(header, kind)
        columns.append(Column(element.name, kind, header))
    return columns


def _check_unique(statement: ast.CreateSource, columns: list[Column]) -> None:
    names = [column.name for column in columns]
    twice = list(dict.fromkeys(f"`{name}`" for name in names if names.count(name) > 1))
    if twice:
        raise refused("duplicate_columns", names=", ".join(twice))
    headers = [column.header for column in columns if column.header is not None]
    for key in headers:
        if headers.count(key) > 1:
            raise refused("header_twice", key=key) if key else refused("headers_twice")


def _check_constraint(statement: ast.CreateSource, element: ast.TableElement) -> None:
    where = "" if element.position is None else f"Line: {element.position[0]}, Col: {element.position[1]}: "
    if element.constraint == "KEY" and statement.kind == "TABLE":
        raise refused("key_in_table", where=where, name=element.name)
    if element.constraint == "PRIMARY KEY" and statement.kind == "STREAM":
        raise refused("primary_key_in_stream", where=where, name=element.name)


def _check_header(header: str, kind: SqlType) -> None:
    if header == "" and kind != _HEADERS:
        raise refused("headers_type", expected=_HEADERS, type=kind)
    if header != "" and kind != BYTES:
        raise refused("header_type", key=header, type=kind)


def check_name(name: str) -> None:
    """Raises KsqlError for a column that has the name of a system column."""
    if name in SYSTEM_COLUMNS:
        raise refused("reserved_name", name=name)


def check_timestamp(schema: Schema, written: Any, pattern: Any) -> str | None:
    """The column that TIMESTAMP names, by the rules of ksqlDB's timestamp policies. Raises KsqlError."""
    if written is None:
        return None
    name = with_clause.column_name(str(written))
    column = schema.find(name)
    if column is None:
        raise refused("no_timestamp_column", name=name)
    if column.type.name == "STRING":
        if pattern is None:
            raise refused("text_timestamp")
    elif pattern is not None:
        raise refused("format_of_no_text")
    elif column.type.name not in ("BIGINT", "TIMESTAMP"):
        raise refused("timestamp_type", name=name)
    return name


def create_source(statement: ast.CreateSource, metastore: MetaStore, defaults: dict[str, Any]) -> DataSource:
    """The source that a CREATE STREAM or TABLE over a topic makes. Raises KsqlError."""
    schema = schema_of(statement, metastore)
    properties = with_clause.of_source(statement.properties)
    key_format, value_format = with_clause.formats(properties, defaults, metastore.registry)
    with_clause.check_format_properties(properties, key_format, value_format)
    if not statement.elements:
        raise refused("no_columns_supplied")
    for element in statement.elements:
        check_name(element.name)
    if statement.kind == "TABLE" and not schema.keys:
        raise refused("no_primary_key")
    timestamp = check_timestamp(schema, properties.get("TIMESTAMP"), properties.get("TIMESTAMP_FORMAT"))
    check_wrapping(properties, value_format, [column for column in schema.values if column.header is None])
    window, size = with_clause.window_of(properties)
    if window is not None and not schema.keys:
        raise refused("windowed_without_key")
    schemas = schema_refs(
        statement.name, properties["KAFKA_TOPIC"], (key_format, value_format), properties, metastore.registry
    )
    return DataSource(
        name=statement.name,
        kind=statement.kind,
        schema=schema,
        topic=properties["KAFKA_TOPIC"],
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
        key_schema=schemas[0],
        value_schema=schemas[1],
    )


# which values of WRAP_SINGLE_VALUE a format takes
_WRAPPING = {"JSON": ("true", "false"), "JSON_SR": ("true", "false"), "AVRO": ("true", "false"), "KAFKA": ("false",),
             "PROTOBUF": ("true",), "PROTOBUF_NOSR": ("true",)}  # fmt: skip


def check_wrapping(properties: with_clause.Properties, value_format: str, columns: list[Column]) -> None:
    """Raises KsqlError where WRAP_SINGLE_VALUE does not go with the format or the columns."""
    if "WRAP_SINGLE_VALUE" not in properties:
        return
    wrap = str(properties["WRAP_SINGLE_VALUE"]).lower()
    if wrap not in _WRAPPING.get(value_format, ()):
        raise refused("wrapping_format", format=value_format, value=wrap)
    if len(columns) != 1:
        raise refused("wrapping_columns")


def _canonical(statement: ast.CreateSource, key_format: str, value_format: str) -> ast.CreateSource:
    shown = {name.upper(): value for name, value in statement.properties}
    if "FORMAT" not in shown:
        shown["KEY_FORMAT"] = ast.Literal(key_format)
        shown["VALUE_FORMAT"] = ast.Literal(value_format)
    shown.setdefault("CLEANUP_POLICY", ast.Literal("delete" if statement.kind == "STREAM" else "compact"))
    return dataclasses.replace(statement, properties=tuple(shown.items()))


def missing_topic(source: DataSource, statement: ast.CreateSource) -> BadRequest:
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
