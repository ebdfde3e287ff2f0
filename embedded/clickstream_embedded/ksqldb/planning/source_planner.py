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
from clickstream_embedded.ksqldb.planning.analysis import Analysis, Input, describe
from clickstream_embedded.ksqldb.planning.rewriting import walk
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
        if only.source.is_table and only.source.window is not None and not self._transient and not only.source.query_id:
            raise KsqlError("KSQL does not support persistent queries on windowed tables.")
        found = self._found
        found.is_table = only.source.is_table
        found.window, found.window_size = only.source.window, only.source.window_size
        found.keys = [(ast.Column(c.name, only.alias), c.type) for c in only.source.schema.keys]
        return self._side(only, "source")

    def _joins(self) -> Operator:
        inputs = self._analysis.inputs
        self._check_windows()
        left: Operator = self._side(inputs[0], inputs[0].alias)
        left_input, left_is_table = inputs[0], inputs[0].source.is_table
        width = inputs[0].width
        left_key: list[ast.Expression] = [ast.Column(c.name, left_input.alias) for c in left_input.source.schema.keys]
        for number, (join, right) in enumerate(zip(self._analysis.joins, inputs[1:], strict=True)):
            right_node = self._side(right, right.alias)
            known = {each.alias for each in inputs[: number + 1]}
            a, b = self._condition(join.condition, known, right.alias)
            node, is_table = self._join(join, number, left_is_table, right, a, b, left_key, width)
            left.then(node.left)
            right_node.then(node.right)
            self._found.nodes.append(node)
            left, left_is_table = node, is_table
            width += right.width
            kind = self._typed(a)
            if not (isinstance(node, ForeignKeyJoin)):
                # what was equal to the key before still is, as long as no side can be missing
                before = left_key if a in left_key and join.kind != "FULL" else [a]
                left_key = [*before, b]
                self._found.keys = [(a, kind)]
                self._found.equivalents = list(left_key)
            else:
                self._found.keys = [(expression, self._typed(expression)) for expression in left_key]
                self._found.equivalents = list(left_key)
        self._found.is_table = left_is_table
        rowkey = self._analysis.rowkey
        if rowkey is not None and not isinstance(left, ForeignKeyJoin):
            self._found.keys = [(rowkey, self._typed(rowkey))]
            self._found.equivalents = [rowkey]
        return left

    def _check_windows(self) -> None:
        """Which windowed sources may be joined."""
        kinds = [(each.source.window, each.source) for each in self._analysis.inputs]
        windowed = [kind for kind, _ in kinds if kind is not None]
        if windowed and len(windowed) < len(kinds):
            listed = "\n".join(f"`{s.name}` is {k + ' windowed' if k else 'not windowed'}" for k, s in kinds)
            raise KsqlError(f"Can not join windowed source to non-windowed source.\n{listed}")
        if len({kind == "SESSION" for kind in windowed}) > 1:
            raise KsqlError(
                "Incompatible windowed sources.\n"
                f"Left source: {windowed[0]}\nRight source: {windowed[1]}\n"
                "Session windowed sources can only be joined to other session windowed sources, and may still not "
                "result in expected behaviour as session bounds must be an exact match for the join to work\n"
                "Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources"
            )

    def _side(self, side: Input, name: str) -> Operator:
        if side.source.window is not None and len(self._analysis.inputs) > 2:
            raise KsqlError("Joins of more than two windowed sources are not supported by this server.")
        node: Operator = TableSource(f"{self._name}-{name}") if side.source.is_table else _Pass()
        self._found.nodes.append(node)
        self._found.inputs.append((side, node))
        return node

    def _typed(self, expression: ast.Expression) -> SqlType:
        return Compiler(self._scope, "JOIN").compile(expression).type

    def _condition(
        self, condition: ast.Expression, known: set[str], right: str
    ) -> tuple[ast.Expression, ast.Expression]:
        """The left and the right side of an equality. Raises KsqlError for any other condition."""
        if not isinstance(condition, ast.Comparison) or condition.operator != "=":
            raise KsqlError(f"Unsupported join expression: {describe(condition)}.")
        sides = [
            ({n.source for n in walk(e) if isinstance(n, ast.Column) and n.source}, e)
            for e in (condition.left, condition.right)
        ]
        if sides[0][0] == {right} and sides[1][0] <= known:
            sides.reverse()
        for sources, side in sides:
            if len(sources) != 1:
                raise KsqlError(
                    f"Invalid comparison expression '{describe(side)}' in join '{describe(condition)}'. Each side of the "
                    "join comparision must contain references from exactly one source."
                )
        if not (sides[0][0] <= known and sides[1][0] == {right}):
            raise KsqlError(
                "Invalid join condition: Each side of the join must reference exactly one source and not the same source. "
                f"Left side references `{min(sides[0][0])}` and right references `{min(sides[1][0])}`"
            )
        a, b = self._typed(sides[0][1]), self._typed(sides[1][1])
        if a != b and not (a.is_number and b.is_number):
            raise KsqlError(
                f"Invalid join condition: types don't match. Got {describe(condition.left)}{{{a}}} = "
                f"{describe(condition.right)}{{{b}}}."
            )
        return sides[0][1], sides[1][1]

    def _shifted(self, expression: ast.Expression, side: Input) -> Callable[[Row], Any]:
        """`expression` over the internal row of one source alone."""
        columns = [ScopeColumn(side.alias, name, kind, i) for i, (name, kind) in enumerate(side.columns)]
        compiler = Compiler(Scope(columns, self._scope.custom_types), "JOIN")
        return compiler.function(compiler.compile(expression))

    def _join(
        self, join: ast.Join, number: int, left_is_table: bool, right: Input, a: ast.Expression, b: ast.Expression,
        left_key: list[ast.Expression], width: int,
    ) -> tuple[Join, bool]:  # fmt: skip
        compiler = Compiler(self._scope, "JOIN")
        left_of = compiler.function(compiler.compile(a))
        name, widths = f"{self._name}-join{number}", (width, right.width)
        written = join.condition
        assert isinstance(written, ast.Comparison)
        right_key = [ast.Column(c.name, right.alias) for c in right.source.schema.keys]
        if right.source.window is not None:
            left = self._analysis.inputs[0]
            keyed = a in left_key and [b] == right_key
            if not keyed or (left.source.window_size or 0) != (right.source.window_size or 0):
                raise KsqlError("Implicit repartitioning of windowed sources is not supported. See "
                                "https://github.com/confluentinc/ksql/issues/4385.")  # fmt: skip
        if not left_is_table and not right.source.is_table:
            if join.within is None:
                raise KsqlError("Stream-Stream joins must have a WITHIN clause specified. None was provided.")
            span = (join.within.before, join.within.after)
            keys = (left_of, self._shifted(b, right))
            return StreamStreamJoin(name, join.kind, keys, widths, span, join.within.grace), False
        if join.within is not None:
            raise KsqlError("Invalid join type: WITHIN is only valid for stream-stream joins.")
        if not left_is_table:
            if join.kind not in ("INNER", "LEFT"):
                raise KsqlError(
                    f"Invalid join type: {join.kind.lower()}-outer join not supported for stream-table join. Got "
                    f"{self._analysis.query.relation.name} [{join.kind}] OUTER JOIN {right.source.name}."
                )
            if [b] != right_key:
                raise KsqlError(
                    f"Invalid join condition: stream-table joins require to join on the table's primary key. Got "
                    f"{describe(a)} = {describe(b)}."
                )
            self._found.looked_up = a
            return StreamTableJoin(name, join.kind, left_of, widths), False
        if not right.source.is_table:
            raise KsqlError("Invalid join order: table-stream joins are not supported; only stream-table joins.")
        if [b] != right_key:
            raise KsqlError(
                f"Invalid join condition: table-table joins require to join on the primary key of the right input "
                f"table. Got {describe(written.left)} = {describe(written.right)}."
            )
        if a in left_key and not (number == 0 and len(left_key) > 1):
            return TableTableJoin(name, join.kind, widths), True
        if number > 0:
            raise KsqlError(
                "Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. Got "
                f"{describe(written.left)} = {describe(written.right)}."
            )
        if join.kind not in ("INNER", "LEFT"):
            raise KsqlError(f"{join.kind} OUTER JOIN on a foreign key is not supported")
        self._found.is_foreign = True
        return ForeignKeyJoin(name, join.kind, left_of, widths), True
