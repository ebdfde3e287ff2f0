"""FROM: the sources of a query, and the joins that bring their records together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.scope import Scope, ScopeColumn
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.operators.joins import (
    ForeignKeyJoin,
    Join,
    StreamStreamJoin,
    StreamTableJoin,
    TableTableJoin,
)
from clickstream_embedded.ksqldb.operators.operator import Operator, Row, TableSource
from clickstream_embedded.ksqldb.planning.join_checks import JoinedLeft, Joining, check_logical, check_physical
from clickstream_embedded.ksqldb.planning.join_criteria import sides
from clickstream_embedded.ksqldb.planning.model import Analysis, Input
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast


@dataclass
class From:
    """The operators of a FROM clause, and what is known of the rows that come out of them."""

    inputs: list[tuple[Input, Operator]] = field(default_factory=list[tuple[Input, Operator]])
    nodes: list[Operator] = field(default_factory=list[Operator])
    keys: list[tuple[ast.Expression, SqlType]] = field(default_factory=list[tuple[ast.Expression, SqlType]])
    equivalents: list[ast.Expression] = field(default_factory=list[ast.Expression])  # what equals the key
    is_table: bool = False
    is_foreign: bool = False  # whether it ends in a foreign-key join
    window: str | None = None
    window_size: int | None = None
    # what ksqlDB finds only when it builds the topology, after all that it checks of the query
    later: list[KsqlError] = field(default_factory=list[KsqlError])
    looked_up: ast.Expression | None = None  # the expression by which the last join looks up its table


def plan_from(analysis: Analysis, *, name: str, transient: bool) -> tuple[From, Operator]:
    """The operators, and the last of them. Raises KsqlError."""
    builder = _Builder(analysis, name, transient=transient)
    return builder.build()


class _Pass(Operator):
    """A stream's records as they come."""

    def process(self, batch: list[Any]) -> None:
        self.emit(batch)


class _Builder:
    def __init__(self, analysis: Analysis, name: str, *, transient: bool) -> None:
        self._analysis = analysis
        self._scope = analysis.scope
        self._name = name
        self._transient = transient
        self._found = From()

    def build(self) -> tuple[From, Operator]:
        tail = self._joins() if self._analysis.is_join else self._source()
        return self._found, tail

    def _source(self) -> Operator:
        only = self._analysis.inputs[0]
        found = self._found
        found.is_table = only.source.is_table
        found.window, found.window_size = only.source.window, only.source.window_size
        found.keys = [(ast.Column(c.name, only.alias), c.type) for c in only.source.schema.keys]
        return self._side(only, "source")

    def _joins(self) -> Operator:
        inputs, found = self._analysis.inputs, self._found
        tail: Operator = self._side(inputs[0], inputs[0].alias)
        left = JoinedLeft(
            inputs[0], inputs[0].source.is_table,
            [ast.Column(c.name, inputs[0].alias) for c in inputs[0].source.schema.keys], inputs[0].width,
        )  # fmt: skip
        for number, (join, right) in enumerate(zip(self._analysis.joins, inputs[1:], strict=True)):
            right_node = self._side(right, right.alias)
            a, b = sides(join)
            joining = Joining(join, number, left, right, a, b, self._typed(a), self._typed(b))
            foreign = check_logical(joining, len(inputs))
            found.later += check_physical(joining, foreign=foreign)
            node = self._join(joining, foreign=foreign)
            tail.then(node.left)
            right_node.then(node.right)
            found.nodes.append(node)
            tail = node
            # what was equal to the key before still is, as long as no side can be missing
            before = left.key if a in left.key and join.kind != "FULL" else [a]
            key = left.key if foreign else [*before, b]
            left = JoinedLeft(right, left.is_table and right.source.is_table, key, left.width + right.width)
            found.keys = [(expression, self._typed(expression)) for expression in (key if foreign else [a])]
            found.equivalents = list(key)
        found.is_table = left.is_table
        # that both sides are windowed alike was checked: the key keeps its window
        found.window, found.window_size = inputs[0].source.window, inputs[0].source.window_size
        if not found.is_foreign:
            rowkey, viable = self._analysis.rowkey, self._analysis.viable_keys
            chosen = rowkey if rowkey is not None else viable[0]
            found.keys = [(chosen, self._typed(chosen))]
            found.equivalents = [rowkey] if rowkey is not None else [*viable]
        return tail

    def _side(self, side: Input, name: str) -> Operator:
        node: Operator = TableSource(f"{self._name}-{name}") if side.source.is_table else _Pass()
        self._found.nodes.append(node)
        self._found.inputs.append((side, node))
        return node

    def _typed(self, expression: ast.Expression) -> SqlType:
        return Compiler(self._scope, "JOIN").compile(expression).type

    def _shifted(self, expression: ast.Expression, side: Input) -> Callable[[Row], Any]:
        """`expression` over the internal row of one source alone."""
        columns = [ScopeColumn(side.alias, name, kind, i) for i, (name, kind) in enumerate(side.columns)]
        compiler = Compiler(Scope(columns, self._scope.custom_types), "JOIN")
        return compiler.function(compiler.compile(expression))

    def _join(self, joining: Joining, *, foreign: bool) -> Join:
        """The operator of a join that was checked."""
        join, left, right = joining.join, joining.left, joining.right
        compiler = Compiler(self._scope, "JOIN")
        left_of = compiler.function(compiler.compile(joining.left_side))
        name, widths = f"{self._name}-join{joining.number}", (left.width, right.width)
        if not left.is_table and not right.source.is_table:
            within = join.within or ast.Within(0, 0, None)
            keys = (left_of, self._shifted(joining.right_side, right))
            return StreamStreamJoin(name, join.kind, keys, widths, (within.before, within.after), within.grace)
        if not left.is_table:
            self._found.looked_up = joining.left_side
            return StreamTableJoin(name, join.kind, left_of, widths)
        if foreign:
            self._found.is_foreign = True
            return ForeignKeyJoin(name, join.kind, left_of, widths)
        return TableTableJoin(name, join.kind, widths)
