"""What ksqlDB's analyzer checks of a query beside its names."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream_embedded.ksqldb.codegen.rewriting import children, walk
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.aggregates import AGGREGATES
from clickstream_embedded.ksqldb.functions.registry import SCALARS
from clickstream_embedded.ksqldb.functions.tables import TABLE_FUNCTIONS
from clickstream_embedded.ksqldb.planning.model import Analysis, Input, describe, is_table_function
from clickstream_embedded.ksqldb.planning.refusals import preparing, refused
from clickstream_embedded.ksqldb.types.schema import SYSTEM_COLUMNS
from clickstream_ksql import ast


def check_limit(statement: ast.CreateAs) -> None:
    """Raises KsqlError for a LIMIT in CREATE … AS. In INSERT INTO ksqlDB takes one, and no heed of it."""
    if statement.query.limit is not None:
        raise preparing(refused("limit_in_sink", kind=statement.kind))


def check_repeated(known: list[Input]) -> None:
    """Raises KsqlError where the last source was there before."""
    new = known[-1]
    if any(other.source.name == new.source.name for other in known[:-1]):
        raise refused("source_twice" if len(known) > 2 else "self_join", name=new.source.name)


def check_select(analysis: Analysis, written: ast.Query) -> None:
    """Reserved names and table functions in the select list."""
    aggregated = written.group_by is not None
    for item in written.items:
        if item.expression is None or item.star:
            continue
        name = item.alias or (item.expression.name if isinstance(item.expression, ast.Column) else None)
        if name is not None and not (item.alias is None and _is_prefixed(analysis, item.expression)):
            _check_reserved(item.expression, name, transient=analysis.transient)
        aggregated = aggregated or any(isinstance(n, ast.Call) and n.name in AGGREGATES for n in walk(item.expression))
        _check_table_functions(item.expression, aggregated=aggregated)


def _is_prefixed(analysis: Analysis, expression: ast.Expression) -> bool:
    """Whether a column's name is of several sources, so that the item is called `SOURCE_COLUMN`."""
    if not (analysis.is_join and isinstance(expression, ast.Column)):
        return False
    return len([column for column in analysis.scope.columns if column.name == expression.name]) > 1


def _check_reserved(expression: ast.Expression, name: str, *, transient: bool) -> None:
    if name.upper() not in SYSTEM_COLUMNS:
        return
    text = describe(expression)
    if text[text.find(".") + 1 :].upper() != name.upper():
        raise refused("reserved_alias", name=name.upper())
    if not transient:
        raise refused("reserved_in_select", name=name.upper())


def _check_table_functions(
    node: ast.Expression, *, aggregated: bool, outer: str | None = None, case: ast.Expression | None = None
) -> None:
    if isinstance(node, ast.Case) and node.operand is None:
        case = node
    if isinstance(node, ast.Call) and node.name in TABLE_FUNCTIONS:
        if outer is not None:
            raise refused("table_function_nested", outer=outer, inner=node.name)
        if aggregated:
            raise refused("table_function_aggregated")
        if case is not None:
            raise refused("table_function_in_case", case=describe(case))
        outer = node.name
    for inner in children(node):
        _check_table_functions(inner, aggregated=aggregated, outer=outer, case=case)


def check_null_key(analysis: Analysis, key_format: str | None) -> None:
    """PARTITION BY NULL: there is no key that a format could be for."""
    by = analysis.partition_by or ()
    if ast.Literal(None) not in by:
        return
    if len(by) > 1:
        raise refused("null_among_many")
    if key_format is not None and key_format.upper() != "NONE":
        raise refused("null_key_format")


def check_sources(analysis: Analysis) -> None:
    """What the sources' formats, windows and kinds do not allow."""
    kafka = ", ".join(each.alias for each in analysis.inputs if each.source.value_format == "KAFKA")
    if kafka and analysis.is_join:
        raise refused("kafka_join", names=kafka)
    if kafka and analysis.query.group_by is not None:
        raise refused("kafka_group_by", names=kafka)
    if not analysis.transient and any(each.source.window and each.source.is_table for each in analysis.inputs):
        raise refused("windowed_table")
    if analysis.inputs[0].source.is_table and any(
        is_table_function(n) for i in analysis.items for n in walk(i.expression)
    ):
        raise refused("table_function_of_table")


def _clauses(analysis: Analysis) -> Iterator[ast.Expression]:
    for clause in (analysis.where, analysis.having):
        if clause is not None:
            yield clause
    yield from analysis.group_by or ()
    yield from analysis.partition_by or ()
    yield from (join.condition for join in analysis.joins)


def check_clauses(analysis: Analysis, written: ast.Query) -> None:
    """Functions that are not there, and clauses that do not go together."""
    for expression in (*(item.expression for item in analysis.items), *_clauses(analysis)):
        for node in walk(expression):
            if isinstance(node, ast.Call) and not (
                node.name in SCALARS or node.name in AGGREGATES or is_table_function(node)
            ):
                raise refused("table_function_misplaced", name=node.name)
    for expression in _clauses(analysis):
        for node in walk(expression):
            if isinstance(node, ast.Call) and is_table_function(node):
                raise refused("table_function_misplaced", name=node.name)
    if written.having is not None and analysis.query.group_by is None:
        raise refused("having_alone")
    if written.group_by is not None and written.partition_by is not None:
        raise KsqlError("Only one of PARTITION BY and GROUP BY is allowed.")
    if written.partition_by == ():
        raise refused("no_partition_by")
