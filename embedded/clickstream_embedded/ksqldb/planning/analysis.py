"""What a SELECT means: its sources, columns in reach, select list, key and aggregates."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.scope import Scope, ScopeColumn
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.aggregates import AGGREGATES
from clickstream_embedded.ksqldb.functions.registry import SCALARS
from clickstream_embedded.ksqldb.functions.tables import TABLE_FUNCTIONS
from clickstream_embedded.ksqldb.metastore import MetaStore, Source
from clickstream_embedded.ksqldb.planning.rewriting import rewrite, walk
from clickstream_embedded.ksqldb.types.schema import PSEUDO_COLUMNS, WINDOW_COLUMNS
from clickstream_embedded.ksqldb.types.sql_types import BIGINT, INTEGER, SqlType
from clickstream_ksql import ast, formatter


@dataclass(frozen=True, slots=True)
class Input:
    """One source of a query under its alias; its internal row starts at `offset` of a joined row.

    An internal row is the value columns, ROWTIME, ROWPARTITION, ROWOFFSET, the window's bounds where there is one,
    and the key columns.
    """

    alias: str
    source: Source
    offset: int

    @property
    def columns(self) -> list[tuple[str, SqlType]]:
        pseudo = [(name, INTEGER if name == "ROWPARTITION" else BIGINT) for name in PSEUDO_COLUMNS]
        window = [(name, BIGINT) for name in WINDOW_COLUMNS] if self.source.window else []
        schema = self.source.schema
        return [(c.name, c.type) for c in schema.values] + pseudo + window + [(c.name, c.type) for c in schema.keys]

    @property
    def width(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class Item:
    """A select item with its output name, fully resolved."""

    expression: ast.Expression
    name: str


@dataclass
class Analysis:
    """A query with names resolved; `items` is the expanded select list."""

    query: ast.Query
    inputs: list[Input]
    scope: Scope
    items: list[Item] = field(default_factory=list[Item])
    group_by: tuple[ast.Expression, ...] | None = None
    partition_by: tuple[ast.Expression, ...] | None = None
    where: ast.Expression | None = None
    having: ast.Expression | None = None
    joins: list[ast.Join] = field(default_factory=list[ast.Join])
    is_star: bool = False
    rowkey: ast.Expression | None = None

    @property
    def is_join(self) -> bool:
        return len(self.inputs) > 1

    @property
    def aggregates(self) -> bool:
        return self.group_by is not None

    def canonical(self) -> ast.Query:
        """The query as ksqlDB shows it: columns qualified, every item with its name."""
        items = tuple(ast.SelectItem(i.expression, None if self._keeps_own_name(i) else i.name) for i in self.items)
        return dataclasses.replace(
            self.query, items=items, where=self.where, having=self.having, group_by=self.group_by,
            partition_by=self.partition_by, joins=tuple(self.joins), emit=self.query.emit or "CHANGES",
        )  # fmt: skip

    @staticmethod
    def _keeps_own_name(item: Item) -> bool:
        return (
            isinstance(item.expression, ast.Column)
            and item.expression.source is None
            and (item.expression.name == item.name)
        )


def is_aggregate(node: ast.Expression) -> bool:
    return isinstance(node, ast.Call) and node.name in AGGREGATES


def is_table_function(node: ast.Expression) -> bool:
    return isinstance(node, ast.Call) and node.name in TABLE_FUNCTIONS


def _grouped(query: ast.Query) -> ast.Query:
    """A push query that only aggregates, without GROUP BY, takes all records as one group."""
    expressions = [item.expression for item in query.items if item.expression is not None]
    if query.group_by is not None or len(expressions) < len(query.items):  # a star has columns
        return query
    has_aggregate = any(is_aggregate(node) for each in expressions for node in walk(each))
    has_column = any(isinstance(node, ast.Column) for each in expressions for node in _outside_aggregates(each))
    if not has_aggregate or has_column:
        return query
    return dataclasses.replace(query, group_by=(ast.Literal(1),))


def analyze(query: ast.Query, metastore: MetaStore, *, transient: bool = False) -> Analysis:
    """Resolves the names of `query`. Raises KsqlError."""
    if transient:
        query = _grouped(query)
    inputs: list[Input] = []
    offset = 0
    for relation in (query.relation, *(join.relation for join in query.joins)):
        if relation.name not in metastore.sources:
            raise KsqlError(f"Exception while preparing statement: {relation.name} does not exist.")
        if any(relation.name in (other.source.name, other.alias) or other.alias == relation.alias for other in inputs):
            if len(query.joins) > 1:
                raise KsqlError(
                    f"N-way joins do not support multiple occurrences of the same source. Source: '{relation.name}'"
                )
            raise KsqlError(f"Exception while preparing statement: Can not join '{relation.name}' to "
                            f"'{relation.name}': self joins are not yet supported.")  # fmt: skip
        inputs.append(Input(relation.alias, metastore.sources[relation.name], offset))
        offset += inputs[-1].width
    columns = [
        ScopeColumn(each.alias, name, kind, each.offset + number)
        for each in inputs
        for number, (name, kind) in enumerate(each.columns)
    ]
    scope = Scope(columns, metastore.types)
    analysis = Analysis(query, inputs, scope)
    resolver = _Resolver(analysis)
    analysis.joins = [
        dataclasses.replace(join, condition=resolver.join_condition(join.condition)) for join in query.joins
    ]
    analysis.rowkey = _synthetic_key(analysis)
    analysis.items = resolver.items()
    analysis.where = resolver.resolve(query.where, "WHERE")
    analysis.having = resolver.resolve(query.having, "HAVING")
    analysis.group_by = resolver.resolve_all(query.group_by, "GROUP BY")
    analysis.partition_by = resolver.resolve_all(query.partition_by, "PARTITION BY")
    _check(analysis)
    return analysis


def _synthetic_key(analysis: Analysis) -> ast.Expression | None:
    """The expression of ROWKEY, the key of a join that no single source column gives; None where one does."""
    if not analysis.joins:
        return None
    join = analysis.joins[-1]
    condition = join.condition
    if not isinstance(condition, ast.Comparison):
        return None
    sides = (condition.left, condition.right)
    if join.kind == "FULL":
        return ast.Call("COALESCE", sides)
    return None if any(isinstance(side, ast.Column) for side in sides) else condition.left


def _check(analysis: Analysis) -> None:
    query = analysis.query
    for item in analysis.items:
        for node in walk(item.expression):
            known = not isinstance(node, ast.Call) or is_aggregate(node) or is_table_function(node)
            if not known and isinstance(node, ast.Call) and node.name not in SCALARS:
                raise KsqlError(f"Can't find any functions with the name '{node.name}'")
    if analysis.where is not None and any(is_aggregate(node) for node in walk(analysis.where)):
        raise KsqlError("Aggregate functions are not allowed in WHERE.")
    if query.having is not None and query.group_by is None:
        raise KsqlError("HAVING requires GROUP BY.")
    has_aggregate = any(is_aggregate(node) for item in analysis.items for node in walk(item.expression))
    if (
        has_aggregate
        and query.group_by is None
        and not any(
            isinstance(node, ast.Column) for item in analysis.items for node in _outside_aggregates(item.expression)
        )
    ):
        raise KsqlError("Use of aggregate function requires a GROUP BY clause. Aggregate function(s): "
                        + ", ".join(sorted({n.name for i in analysis.items for n in walk(i.expression)
                                            if isinstance(n, ast.Call) and is_aggregate(n)})))  # fmt: skip
    if has_aggregate and query.group_by is None:
        wrong = [
            describe(rewrite(item.expression, lambda n: ast.Column(n.name) if isinstance(n, ast.Column) else None))
            for item in analysis.items
            if any(isinstance(node, ast.Column) for node in _outside_aggregates(item.expression))
        ]
        raise KsqlError(
            f"Use of aggregate function requires a GROUP BY clause. Non-aggregate SELECT expression(s) not part of "
            f"GROUP BY: {', '.join(wrong)}\nEither add the column(s) to the GROUP BY or remove them from the SELECT."
        )
    if query.window is not None and query.group_by is None:
        raise KsqlError("WINDOW clause requires a GROUP BY clause.")
    if query.group_by is not None and query.partition_by is not None:
        raise KsqlError("Only one of PARTITION BY and GROUP BY is allowed.")


def _outside_aggregates(node: ast.Expression) -> Iterator[ast.Expression]:
    """Subexpressions that stand in no aggregate call."""
    if is_aggregate(node):
        return
    yield node
    for inner in (getattr(node, f.name) for f in dataclasses.fields(node)):
        for each in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(each, ast.Expression):
                yield from _outside_aggregates(each)


class _Resolver:
    """Qualifies columns by their source and names the items of the select list."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._scope = analysis.scope
        self._windowed_group = analysis.query.window is not None

    def resolve(self, node: ast.Expression | None, clause: str) -> ast.Expression | None:
        if node is None:
            return None
        return self._rewrite(node, clause, frozenset())

    def join_condition(self, node: ast.Expression) -> ast.Expression:
        """Resolves an ON clause. Raises KsqlError in the words that ksqlDB has for it."""
        for inner in walk(node):
            if isinstance(inner, ast.Column) and inner.source is not None and inner.source not in self._scope.aliases:
                raise KsqlError(
                    f"Failed to prepare statement: '{inner.source}' is not a valid stream/table name or alias."
                )
        try:
            return self._rewrite(node, "JOIN ON", frozenset())
        except KsqlError as error:
            raise KsqlError(f"Exception while preparing statement: {error.message}") from None

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
            if inner.name == "ROWKEY" and inner.source is None and self._analysis.rowkey is not None:
                return self._analysis.rowkey
            found = self._scope.find(inner, clause)
            return ast.Column(found.name, found.alias)

        return rewrite(node, change)

    def _bound(self, column: ast.Column, clause: str) -> ast.Expression:
        """The bounds of the window that the query itself makes: only its SELECT has them."""
        if clause == "WHERE":
            raise KsqlError(f"Error in WHERE expression: Unknown column {column.name}.")
        if clause in ("GROUP BY", "HAVING"):
            raise KsqlError(
                f"Window bounds column {column.name} can only be used in the SELECT clause of windowed aggregations and "
                "can not be passed to aggregate functions.\nSee https://github.com/confluentinc/ksql/issues/4397"
            )
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
        seen: set[str] = set()
        for item in items:
            if item.name in seen:
                raise KsqlError(f"Duplicate value columns found in schema: `{item.name}` {self._type(item)}")
            seen.add(item.name)
        return items

    def _type(self, item: Item) -> str:
        if any(is_aggregate(node) for node in walk(item.expression)):
            return "BIGINT"
        return str(Compiler(self._scope).compile(item.expression).type)

    def _expand(self, alias: str | None) -> list[Item]:
        inputs = [each for each in self._analysis.inputs if alias is None or each.alias == alias]
        if not inputs:
            raise KsqlError(f"'{alias}' is not a valid stream/table name or alias.")
        items: list[Item] = []
        rowkey = self._analysis.rowkey
        if rowkey is not None and alias is None and not self._analysis.query.group_by:
            items.append(Item(rowkey, "ROWKEY"))
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
            raise KsqlError(f"Expected STRUCT type, got: {kind}")
        return [Item(ast.Dereference(resolved, name), name) for name, _ in kind.fields]

    def _is_rowkey(self, written: ast.Expression) -> bool:
        return self._analysis.rowkey is not None and written == ast.Column("ROWKEY")

    def _name(self, written: ast.Expression, resolved: ast.Expression, before: list[str], taken: set[str]) -> str:
        if self._is_rowkey(written):
            return "ROWKEY"
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


def describe(node: ast.Expression) -> str:
    """An expression as error messages show it."""
    return formatter.expression(node)
