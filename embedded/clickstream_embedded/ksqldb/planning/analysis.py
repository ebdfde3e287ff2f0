"""From a parsed SELECT to an `Analysis`: names resolved, the select list expanded, what no query may say refused.

The stages and their order are ksqlDB's: building the statement, its sanitizer, then its analyzer.
"""

from __future__ import annotations

import dataclasses

from clickstream_embedded.ksqldb.codegen.rewriting import walk
from clickstream_embedded.ksqldb.codegen.scope import Scope, ScopeColumn
from clickstream_embedded.ksqldb.metastore import MetaStore
from clickstream_embedded.ksqldb.planning import checks
from clickstream_embedded.ksqldb.planning.join_criteria import check_criteria, key_columns
from clickstream_embedded.ksqldb.planning.model import Analysis, Input, Item, describe, is_aggregate, is_table_function
from clickstream_embedded.ksqldb.planning.names import Resolver, check_aliases, check_ambiguous
from clickstream_embedded.ksqldb.planning.refusals import refused, sanitizing
from clickstream_ksql import ast


def _grouped(query: ast.Query) -> ast.Query:
    """A query that aggregates without GROUP BY takes all records as one group."""
    has_aggregate = any(is_aggregate(node) for item in query.items for node in walk(item.expression))
    if query.group_by is not None or not has_aggregate:
        return query
    return dataclasses.replace(query, group_by=(ast.Literal(1),))


def _inputs(query: ast.Query, metastore: MetaStore) -> list[Input]:
    inputs: list[Input] = []
    offset = 0
    for relation in (query.relation, *(join.relation for join in query.joins)):
        if relation.name not in metastore.sources:
            raise sanitizing(refused("unknown_source", name=relation.name))
        inputs.append(Input(relation.alias, metastore.sources[relation.name], offset))
        offset += inputs[-1].width
    return inputs


def analyze(
    query: ast.Query, metastore: MetaStore, *, transient: bool = False, key_format: str | None = None
) -> Analysis:
    """Resolves the names of `query`.

    Args:
        query: A parsed SELECT.
        metastore: The streams, tables and types that it may name.
        transient: Whether its rows go to a client instead of to a topic.
        key_format: The sink's KEY_FORMAT, where one is written.

    Raises:
        KsqlError: ksqlDB's analyzer would refuse it.
    """
    check_aliases(query)
    written = query
    inputs = _inputs(query, metastore)
    query = _grouped(query)
    columns = [
        ScopeColumn(each.alias, name, kind, each.offset + number)
        for each in inputs
        for number, (name, kind) in enumerate(each.columns)
    ]
    analysis = Analysis(query, inputs, Scope(columns, metastore.types), transient=transient)
    analysis.is_one_group = query.group_by is not None and written.group_by is None
    check_ambiguous(analysis)
    _join(analysis)
    checks.check_select(analysis, written)
    resolver = Resolver(analysis)
    analysis.where = resolver.resolve(query.where, "WHERE")
    analysis.group_by = resolver.resolve_all(query.group_by, "GROUP BY")
    analysis.partition_by = resolver.resolve_all(query.partition_by, "PARTITION BY")
    analysis.having = resolver.resolve(query.having, "HAVING")
    analysis.items = resolver.items()
    checks.check_null_key(analysis, key_format)
    checks.check_sources(analysis)
    checks.check_clauses(analysis, written)
    return analysis


def _join(analysis: Analysis) -> None:
    """Resolves the ON clauses, each with the sources up to its own."""
    query = analysis.query
    for number, join in enumerate(query.joins):
        known = analysis.inputs[: number + 2]
        checks.check_repeated(known)
        resolver = Resolver(analysis, known)
        analysis.joins.append(check_criteria(join, known, resolver))
    if not query.joins:
        return
    analysis.viable_keys = key_columns(analysis.joins)
    if not analysis.viable_keys and not analysis.is_foreign:
        names = {column.name for each in analysis.inputs for column in each.source.schema.columns}
        number = 0
        while analysis.rowkey_name in names:
            number += 1
            analysis.rowkey_name = f"ROWKEY_{number}"
        analysis.rowkey = _synthetic_key(analysis.joins)


def _synthetic_key(joins: list[ast.Join]) -> ast.Expression:
    """The expression of the key of a join that no single source column gives."""
    condition = joins[-1].condition
    assert isinstance(condition, ast.Comparison)
    if joins[-1].kind == "FULL":
        return ast.Call("COALESCE", (condition.left, condition.right))
    return condition.left


__all__ = ["Analysis", "Input", "Item", "analyze", "describe", "is_aggregate", "is_table_function"]
