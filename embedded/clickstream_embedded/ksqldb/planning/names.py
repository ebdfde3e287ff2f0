"""Names: which column each name of a query means, and what each item of its select list is called."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.rewriting import children, rewrite, walk
from clickstream_embedded.ksqldb.codegen.scope import Scope
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.model import Analysis, Input, Item
from clickstream_embedded.ksqldb.planning.refusals import preparing, refused, sanitizing
from clickstream_embedded.ksqldb.types.schema import PSEUDO_COLUMNS, WINDOW_COLUMNS
from clickstream_ksql import ast


def place(column: ast.Column) -> str:
    """Where a column stands, as ksqlDB's messages begin."""
    return "" if column.position is None else f"Line: {column.position[0]}, Col: {column.position[1]}: "


def _written(query: ast.Query) -> Iterator[ast.Expression]:
    """Every expression of a query, in the order in which ksqlDB goes through them."""
    yield from (item.expression for item in query.items if item.expression is not None)
    yield from (join.condition for join in query.joins)
    for clause in (query.where, *(query.group_by or ()), *(query.partition_by or ()), query.having):
        if clause is not None:
            yield clause


def check_aliases(query: ast.Query) -> None:
    """Raises KsqlError where a column or a star is qualified by what is no source of the query."""
    relations = (query.relation, *(join.relation for join in query.joins))
    known = {name for relation in relations for name in (relation.alias, relation.name)}
    named = [item.source for item in query.items if item.star and item.source is not None]
    named += [n.source for e in _written(query) for n in walk(e) if isinstance(n, ast.Column) and n.source is not None]
    for alias in named:
        if alias not in known:
            raise preparing(refused("unknown_alias", alias=alias))


def check_ambiguous(analysis: Analysis) -> None:
    """Raises KsqlError where a column could be of several sources, or a lambda's argument is called as a column."""
    for expression in _written(analysis.query):
        _check_expression(analysis, expression, frozenset())


def _check_expression(analysis: Analysis, node: ast.Expression, local: frozenset[str]) -> None:
    if isinstance(node, ast.Lambda):
        columns = {column.name for each in analysis.inputs for column in each.source.schema.columns}
        for name in node.parameters:
            if name in columns:
                raise sanitizing(refused("lambda_is_column", name=name))
            if name in local:
                raise sanitizing(refused("lambda_reused"))
        local = local | set(node.parameters)
    if isinstance(node, ast.Column) and node.source is None and node.name not in local:
        of = [column for column in analysis.scope.columns if column.name == node.name]
        if len(of) > 1:
            try:
                analysis.scope.find(node, "SELECT")
            except KsqlError as error:
                raise sanitizing(error) from None
    for inner in children(node):
        _check_expression(analysis, inner, local)


class Resolver:
    """Qualifies columns by their source and names the items of the select list."""

    def __init__(self, analysis: Analysis, inputs: list[Input] | None = None) -> None:
        """`inputs` are the sources in reach, where not all are."""
        self._analysis = analysis
        self._scope = analysis.scope
        if inputs is not None:
            width = inputs[-1].offset + inputs[-1].width
            columns = [column for column in analysis.scope.columns if column.index < width]
            self._scope = Scope(columns, analysis.scope.custom_types)
        self._windowed_group = analysis.query.window is not None

    def resolve(self, node: ast.Expression | None, clause: str) -> ast.Expression | None:
        if node is None:
            return None
        return self._rewrite(node, clause, frozenset())

    def qualified(self, node: ast.Expression) -> ast.Expression:
        """`node` with each column that is of one source qualified by it, and the others as they are."""

        def change(inner: ast.Expression) -> ast.Expression | None:
            if not isinstance(inner, ast.Column) or inner.source is not None:
                return None
            of = [column for column in self._analysis.scope.columns if column.name == inner.name]
            return ast.Column(inner.name, of[0].alias, inner.position) if len(of) == 1 else None

        return rewrite(node, change)

    def join_condition(self, node: ast.Expression) -> ast.Expression:
        """Resolves an ON clause. Raises KsqlError."""
        return self._rewrite(node, "JOIN ON", frozenset())

    def resolve_all(self, nodes: tuple[ast.Expression, ...] | None, clause: str) -> tuple[ast.Expression, ...] | None:
        return None if nodes is None else tuple(self._rewrite(node, clause, frozenset()) for node in nodes)

    def _rewrite(self, node: ast.Expression, clause: str, local: frozenset[str]) -> ast.Expression:
        def change(inner: ast.Expression) -> ast.Expression | None:
            if isinstance(inner, ast.Lambda):
                names = local | set(inner.parameters)
                return dataclasses.replace(inner, body=self._rewrite(inner.body, clause, names))
            if not isinstance(inner, ast.Column):
                return None
            if inner.source is None and inner.name in local:
                return inner
            if inner.source is None and self._windowed_group and inner.name in WINDOW_COLUMNS:
                return self._bound(inner, clause)
            if inner.source is None and clause == "SELECT" and self._is_synthetic(inner):
                return self._analysis.rowkey
            found = self._scope.find(inner, clause)
            return ast.Column(found.name, found.alias)

        return rewrite(node, change)

    def _is_synthetic(self, column: ast.Column) -> bool:
        """Whether a name is that of a join's synthetic key. Raises KsqlError where it could be, and is not."""
        analysis = self._analysis
        if not analysis.is_join or analysis.query.group_by is not None:
            return False
        if analysis.rowkey is not None and column.name == analysis.rowkey_name:
            return True
        if re.fullmatch(r"ROWKEY(_\d+)?", column.name) and all(c.name != column.name for c in self._scope.columns):
            raise refused("unknown_column", where=place(column), name=column.name)
        return False

    def _bound(self, column: ast.Column, clause: str) -> ast.Expression:
        """The bounds of the window that the query itself makes: only its SELECT has them."""
        if clause == "WHERE":
            raise KsqlError(f"Error in WHERE expression: Unknown column {column.name}.")
        if clause in ("GROUP BY", "HAVING"):
            raise refused("window_bounds", name=column.name)
        if self._analysis.is_join:
            raise KsqlError(f"{clause} column '{column.name}' cannot be resolved.")
        return column

    def items(self) -> list[Item]:
        analysis = self._analysis
        items: list[Item] = []
        taken: set[str] = {item.alias for item in analysis.query.items if item.alias}
        for item in analysis.query.items:
            if item.star and item.expression is None:
                analysis.is_star = True
                items += self._expand(item.source)
            elif item.star and item.expression is not None:
                items += self._struct_star(item.expression)
            else:
                assert item.expression is not None
                resolved = self._rewrite(item.expression, "SELECT", frozenset())
                name = item.alias or self._name(item.expression, resolved, [i.name for i in items], taken)
                items.append(Item(resolved, name))
        return items

    def _expand(self, alias: str | None) -> list[Item]:
        inputs = [each for each in self._analysis.inputs if alias is None or each.alias == alias]
        if not inputs:
            raise preparing(refused("unknown_alias", alias=alias))
        items: list[Item] = []
        rowkey = self._analysis.rowkey
        if rowkey is not None and alias is None and not self._analysis.query.group_by:
            items.append(Item(rowkey, self._analysis.rowkey_name))
        for each in inputs:
            schema = each.source.schema
            names = [c.name for c in schema.keys]
            names += list(WINDOW_COLUMNS) if each.source.window else []
            values = [c.name for c in schema.values]
            # behind a PARTITION BY the old key is a value like any other, at the end
            if self._analysis.query.partition_by is not None:
                names = [*values, *(PSEUDO_COLUMNS if self._analysis.is_join else ()), *names]
            else:
                names += values
            prefix = f"{each.alias}_" if self._analysis.is_join else ""
            items += [Item(ast.Column(name, each.alias), prefix + name) for name in names]
        return items

    def _struct_star(self, base: ast.Expression) -> list[Item]:
        resolved = self._rewrite(base, "SELECT", frozenset())
        kind = Compiler(self._scope).compile(resolved).type
        if kind.name != "STRUCT":
            if isinstance(resolved, ast.Dereference):
                raise refused("not_a_struct_field", name=resolved.field)
            if isinstance(resolved, ast.Column):
                raise refused("not_a_struct_column", name=resolved.name)
            raise KsqlError(f"Expected STRUCT type, got: {kind}")
        return [Item(ast.Dereference(resolved, name), name) for name, _ in kind.fields]

    def _is_rowkey(self, written: ast.Expression) -> bool:
        return self._analysis.rowkey is not None and written == ast.Column(self._analysis.rowkey_name)

    def _name(self, written: ast.Expression, resolved: ast.Expression, before: list[str], taken: set[str]) -> str:
        if self._is_rowkey(written):
            return self._analysis.rowkey_name
        if isinstance(resolved, ast.Column):
            shared = len([c for c in self._scope.columns if c.name == resolved.name]) > 1
            if shared and isinstance(written, ast.Column) and written.source is not None and self._analysis.is_join:
                return f"{resolved.source}_{resolved.name}"
            return resolved.name
        if isinstance(resolved, ast.Dereference):
            return _unique(resolved.field, {*before, *taken, *(c.name for c in self._scope.columns)})
        number = 0
        used = {*before, *taken, *(c.name for c in self._scope.columns)}
        while f"KSQL_COL_{number}" in used:
            number += 1
        return f"KSQL_COL_{number}"


def _unique(name: str, used: set[str]) -> str:
    if name not in used:
        return name
    number = 1
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"
