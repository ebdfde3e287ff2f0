"""GROUP BY: the operators of an aggregation, and what ksqlDB refuses of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.codegen import batches
from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.rewriting import rewrite, walk
from clickstream_embedded.ksqldb.codegen.scope import Scope, ScopeColumn
from clickstream_embedded.ksqldb.functions.aggregate_signatures import check_arguments
from clickstream_embedded.ksqldb.functions.aggregates import AGGREGATES, Aggregate
from clickstream_embedded.ksqldb.operators.aggregation import Grouping, Groups, PlainAggregation, only_counts
from clickstream_embedded.ksqldb.operators.operator import (
    Batch,
    Operator,
    Row,
)
from clickstream_embedded.ksqldb.operators.paned import PanedAggregation
from clickstream_embedded.ksqldb.operators.sessions import SessionAggregation
from clickstream_embedded.ksqldb.operators.windows import Suppress, WindowedAggregation
from clickstream_embedded.ksqldb.planning.building import Building
from clickstream_embedded.ksqldb.planning.key_selection import bare, listed
from clickstream_embedded.ksqldb.planning.model import (
    Item,
    describe,
    is_aggregate,
)
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.types.schema import WINDOW_COLUMNS
from clickstream_embedded.ksqldb.types.sql_types import BIGINT, SqlType
from clickstream_ksql import ast

_DAY = 86_400_000
# aggregate functions whose state is one scalar, which any value format holds
FLAT = frozenset(("COUNT", "SUM", "MIN", "MAX", "SUM_LIST"))


class AggregateStage(Building):
    """The stage of a plan that groups and aggregates."""

    _having: ast.Expression | None = None

    def _aggregate(self, tail: Operator) -> Operator:
        analysis, query = self._analysis, self._analysis.query
        groups = analysis.group_by or ()
        window = query.window
        compiler = Compiler(self._scope, "GROUP BY")
        for group in groups:
            if any(is_aggregate(node) for node in walk(group)):
                name = next(node.name for node in walk(group) if isinstance(node, ast.Call) and is_aggregate(node))
                raise refused("grouped_by_aggregate", name=name)
        typed = [compiler.compile(group) for group in groups]
        key = compiler.evaluate(f"lambda r: ({''.join(t.source + ',' for t in typed)})")
        calls: list[ast.Call] = []
        having = analysis.having
        for expression in [*(i.expression for i in self._items), *([having] if having is not None else [])]:
            for node in walk(expression):
                if is_aggregate(node) and node not in calls:
                    assert isinstance(node, ast.Call)
                    calls.append(node)
        aggregates: list[Aggregate] = []
        arguments: list[Callable[[Row], tuple[Any, ...]]] = []
        parts: list[list[Callable[[Row], Any]]] = []
        for call in calls:
            made, argument, each = self._aggregate_call(call)
            aggregates.append(made)
            arguments.append(argument)
            parts.append(each)
        self._check_aggregation(calls, aggregates)
        loop = self._grouping_loop(groups, counts=only_counts(aggregates))
        node = self._aggregation_node(window, Grouping(key, arguments, aggregates, loop, parts))
        tail = self._add(tail, node)
        self._after_aggregation(groups, [t.type for t in typed], calls, aggregates)
        if analysis.query.emit == "FINAL" and window is not None:
            # without GRACE PERIOD a final result is emitted as soon as its window has ended
            grace = window.grace.milliseconds if window.grace else 0
            gap = window.size.milliseconds if window.kind == "SESSION" else 0
            retention = window.size.milliseconds + (window.grace.milliseconds if window.grace else _DAY)
            if window.retention or window.kind == "SESSION":
                retention = max(window.retention.milliseconds if window.retention else 0, retention, _DAY)
            tail = self._add(tail, Suppress(f"{self._name}-suppress", grace, retention, gap))
        if self._having is not None:
            tail = self._add(tail, self._filter(self._having, "HAVING", quiet=True))
        return tail

    def _check_aggregation(self, calls: list[ast.Call], made: list[Aggregate]) -> None:
        """What ksqlDB refuses of an aggregation when it builds the topology."""
        if self._is_table and self._analysis.query.window is not None:
            self._later.append(refused("window_on_table"))
        names = dict.fromkeys(call.name for call, each in zip(calls, made, strict=True) if each.undo is None)
        if self._is_table and names:
            shown = listed([*names], " and ")
            self._later.append(refused("no_undo", plural="s" if len(names) > 1 else "", names=shown))
        if self._analysis.inputs[0].source.value_format == "DELIMITED":
            kept = {call.name for call in calls} - FLAT
            if kept:
                self._later.append(refused("intermediate_type"))

    def _grouping_loop(
        self, groups: tuple[ast.Expression, ...], *, counts: bool
    ) -> Callable[[Batch, int], Groups] | None:
        compiler = Compiler(self._scope, "GROUP BY")
        typed = [compiler.compile(group) for group in groups]
        if any(each.type.name in ("ARRAY", "MAP", "STRUCT") for each in typed):
            return None
        return batches.grouping(compiler, [each.source for each in typed], counts=counts)

    def _aggregate_call(
        self, call: ast.Call
    ) -> tuple[Aggregate, Callable[[Row], tuple[Any, ...]], list[Callable[[Row], Any]]]:
        for node in walk(call.arguments):
            if isinstance(node, ast.Call) and is_aggregate(node):
                raise refused("nested_aggregate", outer=call.name, inner=node.name)
            if isinstance(node, ast.Column) and node.source is None and node.name in WINDOW_COLUMNS:
                raise refused("window_bounds", name=node.name)
        compiler = Compiler(self._scope)
        typed = [] if call.star else [compiler.compile(argument) for argument in call.arguments]
        configured = len(typed) - check_arguments(call.name, [argument.type for argument in typed])
        constants = [self._constant(call, place) for place in range(configured, len(typed))]
        typed = typed[:configured]
        if call.name == "COUNT" and typed and isinstance(call.arguments[0], ast.Literal):
            typed = []
        limit = self.limits.get(call.name)
        options = {} if limit is None else {"limit": limit}
        made = AGGREGATES[call.name][1]([t.type for t in typed], constants, **options)
        whole = compiler.evaluate(f"lambda r: ({''.join(t.source + ',' for t in typed)})")
        return made, whole, [compiler.function(t) for t in typed]

    @staticmethod
    def _constant(call: ast.Call, place: int) -> Any:
        written = call.arguments[place]
        if isinstance(written, ast.Literal):
            return written.value
        raise refused("not_literal", number=place + 1, name=call.name, expression=describe(bare(written)))

    def _aggregation_node(self, window: ast.Window | None, grouping: Grouping) -> Operator:
        shared = (f"{self._name}-aggregate", grouping, self._on_error)
        cached = self._cached and self._analysis.query.emit != "FINAL"
        options = {"cached": cached, "needs_before": self._analysis.having is not None}
        if window is not None and window.size.milliseconds <= 0:
            raise refused("window_size")
        if window is None:
            node = PlainAggregation(*shared, table=self._is_table, **options)
            self._window = None
        else:
            size = window.size.milliseconds
            default = 0 if self._analysis.query.emit == "FINAL" else _DAY
            grace = window.grace.milliseconds if window.grace else default
            retention = window.retention.milliseconds if window.retention else 0
            least = window.grace.milliseconds if window.grace else 0
            if least < 0:
                raise refused("window_grace")
            if window.retention is not None and retention < size + least:
                raise refused("window_retention", size=size, grace=least, retention=retention)
            if window.kind == "SESSION":
                node = SessionAggregation(*shared, gap=size, grace=grace, retention=retention, **options)
            else:
                advance = window.advance.milliseconds if window.advance else size
                if not 0 < advance <= size:
                    raise refused("window_advance_size", size=size)
                panes = cached and advance < size and all(a.exact for a in grouping.aggregates)
                kind = PanedAggregation if panes else WindowedAggregation
                node = kind(*shared, size=size, advance=advance, grace=grace, retention=retention, **options)
            self._window, self._window_size = window.kind, None if window.kind == "SESSION" else size
        self._is_table = True
        return node

    def _shown(self, groups: tuple[ast.Expression, ...], aggregates: int) -> dict[str, str]:
        """What ksqlDB calls the columns behind an aggregation."""
        names = {f"$A{number}": f"KSQL_AGG_VARIABLE_{number}" for number in range(aggregates)}
        many = self._analysis.is_join
        for number, group in enumerate(groups):
            name = next((item.name for item in self._items if item.expression == group), f"KSQL_COL_{number}")
            if isinstance(group, ast.Column):
                name = f"{group.source}_{group.name}" if many else group.name
            names[f"$K{number}"] = name
        return names

    def _after_aggregation(
        self, groups: tuple[ast.Expression, ...], kinds: list[SqlType], calls: list[ast.Call], made: list[Aggregate]
    ) -> None:
        """The scope behind the aggregation: results, time, window bounds, key (see `Aggregation._results`)."""
        columns = [ScopeColumn("", f"$A{i}", a.type, i) for i, a in enumerate(made)]
        for name in ("ROWTIME", *WINDOW_COLUMNS):
            columns.append(ScopeColumn("", name, BIGINT, len(columns)))
        columns += [ScopeColumn("", f"$K{i}", kind, len(columns) + i) for i, kind in enumerate(kinds)]
        self._scope = Scope(columns, self._scope.custom_types, self._shown(groups, len(made)))
        places: dict[ast.Expression, ast.Expression] = {c: ast.Column(f"$A{i}", "") for i, c in enumerate(calls)}
        places |= {group: ast.Column(f"$K{i}", "") for i, group in enumerate(groups)}

        def change(node: ast.Expression) -> ast.Expression | None:
            found = places.get(node)
            if found is not None:
                return found
            if isinstance(node, ast.Column) and node.source is None and node.name in WINDOW_COLUMNS:
                return ast.Column(node.name, "")
            return None

        changed = [Item(rewrite(item.expression, change), item.name) for item in self._items]
        if not calls:
            raise refused("no_aggregate")
        wrong = [
            describe(bare(item.expression))
            for item, after in zip(self._items, changed, strict=True)
            if any(isinstance(node, ast.Column) and node.source for node in walk(after.expression))
        ]
        if wrong:
            raise refused("not_grouped", expressions=", ".join(wrong))
        self._items = changed
        if self._analysis.having is not None:
            self._having = rewrite(self._analysis.having, change)
            left = [describe(bare(n)) for n in walk(self._having) if isinstance(n, ast.Column) and n.source]
            if left:
                raise refused("having_not_grouped", expressions=", ".join(left))
        self._written = {ast.Column(f"$K{i}", ""): group for i, group in enumerate(groups)}
        self._keys = [(ast.Column(f"$K{i}", ""), kind) for i, kind in enumerate(kinds)]
        self._equivalents = []
        if not groups:
            self._keys = []
