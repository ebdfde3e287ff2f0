"""Pull queries: the present rows of a materialized table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.rewriting import rewrite, walk
from clickstream_embedded.ksqldb.codegen.runtime import or_none
from clickstream_embedded.ksqldb.engine import Engine
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.materialization.partitioning import partition_of
from clickstream_embedded.ksqldb.materialization.table_view import Entry
from clickstream_embedded.ksqldb.planning.analysis import Input, Item, analyze
from clickstream_embedded.ksqldb.planning.key_selection import check_unique
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.pull.normal_form import conjuncts
from clickstream_embedded.ksqldb.pull.validation import HINT, check_condition
from clickstream_embedded.ksqldb.runtime.codec import Codec, source_row
from clickstream_embedded.ksqldb.runtime.query_spec import View
from clickstream_embedded.ksqldb.types.schema import Column, Schema
from clickstream_ksql import ast

_OF_STREAMS = "ksql.query.pull.stream.enabled"
# the classes of values by which a row is looked up; a number of another type is compared with each key
_LOOKED_UP = {"INTEGER": int, "BIGINT": int, "STRING": str, "DOUBLE": float}


def pull(
    engine: Engine, query: ast.Query, properties: dict[str, Any]
) -> tuple[list[Column], Schema, list[tuple[Any, ...]]]:
    """(columns, schema, rows) of a pull query. Raises KsqlError."""
    check_clauses(query)
    analysis = analyze(query, engine.metastore, transient=True)
    check_clauses(analysis.query)
    side = analysis.inputs[0]
    compiler = Compiler(analysis.scope, interpreted=True)
    typed = [(item, compiler.compile(item.expression)) for item in analysis.items]
    check_unique(typed, [ast.Column(column.name, side.alias) for column in side.source.schema.keys])
    running = engine.queries.get(side.source.query_id or "")
    if running is None or not side.source.is_table:
        name = side.source.name
        raise KsqlError(
            f"The `{name}` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE QUERYABLE_{name} "
            f"AS SELECT * FROM {name}'. See https://cnfl.io/queries for more info."
        )
    check_columns(analysis.items, analysis.where)
    check_types(compiler, analysis.where)
    check_condition(side.source, query.where and unqualified(query.where), properties)
    values = [compiler.function(t) for _, t in typed]
    predicate = None if analysis.where is None else compiler.function(compiler.compile(analysis.where))
    rows: list[tuple[Any, ...]] = []
    build = source_row(side.source)
    found = _candidates(running.runner.view, side, analysis.where)
    if query.limit is not None:
        found.sort(key=_stored(side))
    for key, window, row, timestamp in found:
        if query.limit is not None and len(rows) >= query.limit:
            break
        internal = build(row, key, timestamp, 0, 0, window)
        if predicate is None or or_none(partial(predicate, internal)):
            rows.append(tuple([or_none(partial(value, internal)) for value in values]))
    columns = [Column(item.name, t.type) for item, t in typed]
    names = {c.name for c in side.source.schema.keys} | {"WINDOWSTART", "WINDOWEND"}
    keys = tuple(
        c for c, (item, _) in zip(columns, typed, strict=True)
        if isinstance(item.expression, ast.Column) and item.expression.name in names
    )  # fmt: skip
    return columns, Schema(keys, tuple(c for c in columns if c not in keys)), rows


def check_clauses(query: ast.Query) -> None:
    """Raises KsqlError for what no pull query can have."""
    if query.joins:
        raise KsqlError(f"Pull queries don't support JOIN clauses. {HINT}")
    for clause, value in (
        ("WINDOW", query.window), ("GROUP BY", query.group_by), ("PARTITION BY", query.partition_by),
        ("HAVING", query.having),
    ):  # fmt: skip
        if value is not None:
            raise KsqlError(f"Pull queries don't support {clause} clauses. {HINT}")
    if query.limit is not None and query.limit < 0:
        raise KsqlError(f"Pull queries don't support negative integers in the LIMIT clause. {HINT}")


def check_types(compiler: Compiler, where: ast.Expression | None) -> None:
    """Raises KsqlError for a condition that is none, or that compares what is not comparable."""
    compiler.clause = "WHERE"
    if where is None:
        return
    # what stands in an IN is compared with a key's type later
    typed = compiler.compile(rewrite(where, lambda node: ast.Literal(True) if isinstance(node, ast.InList) else None))
    if typed.type.name != "BOOLEAN":
        raise refused("filter_type", clause="WHERE", expression=compiler.scope.text(where), type=typed.type)


def unqualified(where: ast.Expression) -> ast.Expression:
    """The condition with its columns as they are called in messages: there is but one source."""
    return rewrite(where, lambda node: ast.Column(node.name) if isinstance(node, ast.Column) else None)


def check_columns(items: list[Item], where: ast.Expression | None) -> None:
    """A table has no partition and offset per row."""
    clauses = (("SELECT", tuple(item.expression for item in items)), ("WHERE", where))
    for clause, nodes in clauses:
        used = {node.name for node in walk(nodes) if isinstance(node, ast.Column)} & {"ROWPARTITION", "ROWOFFSET"}
        if used:
            shown = ", ".join(f"`{name}`" for name in sorted(used))
            raise KsqlError(f"Pull queries don't support the following columns in {clause} clauses: {shown}")


def check_stream(engine: Engine, query: ast.Query, properties: Mapping[str, Any]) -> None:
    """Raises KsqlError for a pull query over a stream that ksqlDB would refuse."""
    if str(properties.get(_OF_STREAMS, "true")).lower() == "false":
        raise KsqlError(
            "Pull queries on streams are disabled. To create a push query on the stream, add EMIT CHANGES to the end. "
            f"To enable pull queries on streams, set the {_OF_STREAMS} config to 'true'."
        )
    check_clauses(query)
    analysis = analyze(query, engine.metastore, transient=True)
    check_clauses(analysis.query)
    check_columns(analysis.items, analysis.where)


def is_over_stream(engine: Engine, query: ast.Query) -> bool:
    """Whether it is a query of one stream, which is answered by reading the stream."""
    source = engine.metastore.sources.get(query.relation.name)
    return source is not None and not source.is_table and not query.joins


def _stored(side: Input) -> Callable[[Entry], Any]:
    """The order in which ksqlDB finds rows: partition by partition, in a state store by the bytes of the key.

    It says which rows a LIMIT leaves.
    """
    codec, partitions = Codec(side.source), side.source.partitions

    def place(entry: Entry) -> Any:
        key = codec.encode_key(entry[0]) or b""
        return partition_of(key, partitions), key, entry[1] or (0, 0)

    return place


def _candidates(table: View, side: Input, where: ast.Expression | None) -> list[Entry]:
    """All entries, or those of the keys that the condition names: a look-up then, not a scan."""
    keys = side.source.schema.keys
    if where is None or len(keys) != 1:
        return table.all()
    for part in conjuncts(where):
        match part:
            case ast.Comparison("=", ast.Column(name), ast.Literal(value)) | ast.Comparison(
                "=", ast.Literal(value), ast.Column(name)
            ) if name == keys[0].name and type(value) is _LOOKED_UP.get(keys[0].type.name):
                return table.of_key((value,))
            case _:
                continue
    return table.all()
