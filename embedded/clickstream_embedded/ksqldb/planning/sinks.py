"""CREATE … AS: the stream or table that a query's results go to."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Container
from typing import Any

from clickstream_embedded.ksqldb.formats.serde import check_format
from clickstream_embedded.ksqldb.functions.signatures import widens
from clickstream_embedded.ksqldb.metastore import DataSource, MetaStore
from clickstream_embedded.ksqldb.planning.model import Analysis
from clickstream_embedded.ksqldb.planning.refusals import refused, sanitizing
from clickstream_embedded.ksqldb.planning.schema_refs import schema_refs
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.planning.with_clause import check_format_properties
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast, formatter


def sink_of(
    statement: ast.CreateAs,
    analysis: Analysis,
    topology: Topology,
    written: dict[str, Any],
    query_id: str,
    properties: dict[str, Any],
    registry: str,
) -> tuple[DataSource, str]:
    """The source that a query writes, and its statement as it is shown. Raises KsqlError."""
    first = analysis.inputs[0].source
    both = written.get("FORMAT")
    key_format = check_format(str(written.get("KEY_FORMAT") or both or first.key_format), registry)
    value_format = check_format(str(written.get("VALUE_FORMAT") or both or first.value_format), registry)
    if key_format == "NONE" and topology.schema.keys and "KEY_FORMAT" not in written:
        key_format = "KAFKA"
    topic = str(written.get("KAFKA_TOPIC") or str(properties.get("ksql.output.topic.name.prefix", "")) + statement.name)
    check_format_properties(written, key_format, value_format)
    partitions = written.get("PARTITIONS", first.partitions)
    timestamp = written.get("TIMESTAMP")
    policy = "delete" if statement.kind == "STREAM" else "compact,delete" if topology.window else "compact"
    shown: dict[str, ast.Expression] = {name.upper(): value for name, value in statement.properties}
    shown.setdefault("CLEANUP_POLICY", ast.Literal(policy))
    shown.setdefault("KAFKA_TOPIC", ast.Literal(topic))
    shown.setdefault("PARTITIONS", ast.Literal(partitions))
    shown.setdefault("REPLICAS", ast.Literal(1))
    if policy != "compact":
        shown.setdefault("RETENTION_MS", ast.Literal(604_800_000))
    text = formatter.statement(
        dataclasses.replace(statement, properties=tuple(shown.items()), query=analysis.canonical()), ""
    )
    schemas = schema_refs(statement.name, topic, (key_format, value_format), written, registry)
    source = DataSource(
        name=statement.name, kind=statement.kind, schema=topology.schema, topic=topic, key_format=key_format,
        value_format=value_format, statement=text, window=topology.window, window_size=topology.window_size,
        timestamp_column=str(timestamp).upper() if timestamp else None,
        timestamp_format=written.get("TIMESTAMP_FORMAT"),
        wrap_single=str(written.get("WRAP_SINGLE_VALUE", properties.get("ksql.persistence.wrap.single.values", "true"))).lower()
        != "false",
        delimiter=written.get("VALUE_DELIMITER") or first.delimiter,
        key_delimiter=written.get("KEY_DELIMITER") or first.key_delimiter, query_id=query_id, partitions=partitions,
        key_schema=schemas[0], value_schema=schemas[1],
    )  # fmt: skip
    return source, text


def insertable(statement: ast.InsertInto, metastore: MetaStore) -> DataSource:
    """The stream that INSERT INTO ... SELECT writes. Raises KsqlError where there is none that it may."""
    sink = metastore.sources.get(statement.name)
    if sink is None:
        place = getattr(statement.name, "position", None)
        where = "" if place is None else f"Line: {place[0]}, Col: {place[1]}: "
        raise sanitizing(refused("unknown_target", where=where, name=statement.name))
    if sink.is_table:
        raise sanitizing(refused("insert_into_table", name=sink.name))
    if any(column.header is not None for column in sink.schema.values):
        raise sanitizing(refused("insert_into_headers", name=sink.name))
    if sink.read_only:
        raise refused("insert_into_read_only", kind=sink.kind.lower(), name=sink.name)
    return sink


_RESERVED = ("INSERTQUERY_", "CTAS_", "CSAS_", "CST_")


def check_query_id(query_id: str, known: Container[str]) -> str:
    """The name that INSERT INTO gives its query. Raises KsqlError where it may not have it."""
    if not re.fullmatch(r"[A-Za-z0-9_]+", query_id):
        raise refused("query_id_characters", name=query_id)
    if query_id.startswith(_RESERVED):
        raise refused("query_id_reserved", prefixes=", ".join(_RESERVED), name=query_id)
    if query_id in known:
        raise refused("query_id_known", name=query_id)
    return query_id


def insertion(sink: DataSource, analysis: Analysis, topology: Topology) -> Analysis:
    """The query whose results are what its sink holds, by `LogicalSchema.compatibleSchema`: columns of the same names
    in the same order, values cast where their types only widen. Raises KsqlError."""
    if topology.is_table:
        raise refused("sink_type", name=sink.name, known="KSTREAM", produced="KTABLE")
    pairs = ((topology.schema.keys, sink.schema.keys), (topology.schema.values, sink.schema.values))
    if any([column.name for column in ours] != [column.name for column in theirs] for ours, theirs in pairs):
        raise refused("sink_schema", result=topology.schema.text(), sink=sink.schema.text())
    casts: dict[str, SqlType] = {}
    for place, (ours, theirs) in enumerate(pairs):
        for column, wanted in zip(ours, theirs, strict=True):
            if column.type == wanted.type:
                continue
            if place == 0 or not _widens(column.type, wanted.type):
                raise refused("sink_schema", result=topology.schema.text(), sink=sink.schema.text())
            casts[wanted.name] = wanted.type
    items = [
        dataclasses.replace(item, expression=ast.Cast(item.expression, _type_name(casts[item.name])))
        if item.name in casts
        else item
        for item in analysis.items
    ]
    return dataclasses.replace(analysis, items=items)


def _widens(kind: SqlType, wanted: SqlType) -> bool:
    """Whether `Column.canImplicitlyCast` has it, for what is in an array or a map, too."""
    if kind.name != wanted.name:
        return widens(kind, wanted.name)
    if kind.name == "DECIMAL":
        return kind.scale <= wanted.scale and kind.precision - kind.scale <= wanted.precision - wanted.scale
    pairs = ((kind.key, wanted.key), (kind.element, wanted.element))
    return kind.fields == wanted.fields and all(a is None or b is None or _widens(a, b) for a, b in pairs)


def _type_name(kind: SqlType) -> ast.TypeName:
    if kind.name == "DECIMAL":
        return ast.TypeName("DECIMAL", (kind.precision, kind.scale))
    parts = tuple(_type_name(part) for part in (kind.key, kind.element) if part is not None)
    fields = tuple((name, _type_name(part)) for name, part in kind.fields)
    return ast.TypeName(kind.name, arguments=parts, fields=fields)
