"""From an analysed SELECT to a running topology."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from clickstream_embedded.ksqldb.codegen import batches
from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.rewriting import rewrite, walk
from clickstream_embedded.ksqldb.codegen.scope import Scope, ScopeColumn
from clickstream_embedded.ksqldb.functions.tables import TABLE_FUNCTIONS
from clickstream_embedded.ksqldb.operators.joins import StreamTableJoin
from clickstream_embedded.ksqldb.operators.operator import (
    FlatMap,
    Operator,
    Project,
    Rekey,
    Reorder,
    Row,
)
from clickstream_embedded.ksqldb.planning.aggregate_stage import AggregateStage
from clickstream_embedded.ksqldb.planning.building import OnError
from clickstream_embedded.ksqldb.planning.key_selection import ResultKeys, bare, check_unique
from clickstream_embedded.ksqldb.planning.model import (
    Analysis,
    Item,
    describe,
    is_aggregate,
    is_table_function,
)
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.planning.source_planner import plan_from
from clickstream_embedded.ksqldb.planning.sources import check_timestamp
from clickstream_embedded.ksqldb.planning.topology import Output, Topology
from clickstream_embedded.ksqldb.types.schema import WINDOW_COLUMNS, Column, Schema
from clickstream_ksql import ast


def plan(
    analysis: Analysis, *, transient: bool, cached: bool, on_error: OnError, name: str = "q", new_planner: bool = False,
    limits: Mapping[str, int] | None = None, timestamp: tuple[Any, Any] = (None, None),
    strict_times: bool = False, strict_values: bool = False,
) -> Topology:  # fmt: skip
    """Builds the operators. Raises KsqlError where ksqlDB would refuse the query.

    `timestamp` is what the sink's WITH clause says of TIMESTAMP and TIMESTAMP_FORMAT. `new_planner` (ksql.new.query.planner.enabled) lets the projection choose the order of key columns, and leave a
    stream's out. `limits` are those of functions that gather. `strict_times` is ksql.timestamp.throw.on.invalid,
    `strict_values` ksql.fail.on.deserialization.error.
    """
    builder = _Builder(analysis, transient=transient, cached=cached, on_error=on_error, name=name)
    builder.new_planner = new_planner
    builder.limits = limits or {}
    builder.timestamp = timestamp
    topology = builder.build()
    topology.strict_times, topology.strict_values = strict_times, strict_values
    return topology


class _Builder(AggregateStage):
    """All stages of a plan, in the order of ksqlDB's planner."""

    def build(self) -> Topology:
        analysis = self._analysis
        tail = self._sources()
        if analysis.where is not None:
            quiet = analysis.is_join if self._is_table else None
            tail = self._add(tail, self._filter(analysis.where, "WHERE", quiet=quiet))
        tail = self._table_functions(tail)
        if analysis.partition_by is not None:
            tail = self._partition(tail)
        if analysis.group_by is not None:
            tail = self._aggregate(tail)
        elif analysis.query.window is not None:
            raise refused("window_without_group", where="")
        return self._finish(tail)

    def _sources(self) -> Operator:
        found, tail = plan_from(self._analysis, name=self._name, transient=self._transient)
        self._from, self._nodes, self._is_table = found, found.nodes, found.is_table
        self._window, self._window_size = found.window, found.window_size
        self._keys, self._equivalents, self._later = found.keys, found.equivalents, found.later
        return tail

    def _table_functions(self, tail: Operator) -> Operator:
        """Replaces table functions in the select list by columns that a FlatMap appends."""
        calls: list[ast.Call] = []
        for item in self._items:
            for node in walk(item.expression):
                if is_table_function(node) and node not in calls:
                    assert isinstance(node, ast.Call)
                    calls.append(node)
        if not calls:
            return tail
        width = sum(each.width for each in self._analysis.inputs)
        functions: list[Callable[[Row], list[Any]]] = []
        columns = list(self._scope.columns)
        places: dict[ast.Expression, ast.Column] = {}
        for number, call in enumerate(calls):
            compiler = Compiler(self._scope)
            arguments = [compiler.compile(argument) for argument in call.arguments]
            kind, function = TABLE_FUNCTIONS[call.name]([a.type for a in arguments])
            compiler.names["f"] = function
            functions.append(compiler.evaluate(f"lambda r: f({', '.join(a.source for a in arguments)})"))
            columns.append(ScopeColumn("", f"$T{number}", kind, width + number))
            places[call] = ast.Column(f"$T{number}", "")
        self._scope = Scope(columns, self._scope.custom_types)
        self._items = [Item(rewrite(i.expression, places.get), i.name) for i in self._items]
        self._flat_width = width + len(calls)
        return self._add(tail, FlatMap(functions, self._on_error))

    _flat_width: int | None = None

    def _partition(self, tail: Operator) -> Operator:
        expressions = self._analysis.partition_by or ()
        no_key = expressions == (ast.Literal(None),)
        compiler = Compiler(self._scope, "PARTITION BY")
        typed = [] if no_key else [compiler.compile(expression) for expression in expressions]
        self._check_repartition(expressions)
        key = compiler.evaluate(f"lambda r: ({''.join(t.source + ',' for t in typed)})")
        only = self._analysis.inputs[0]
        blank = sum(each.width for each in self._analysis.inputs) - len(only.source.schema.keys)
        key_names = {column.name for column in only.source.schema.keys}
        from_key = tuple(
            all(node.name in key_names for node in walk(expression) if isinstance(node, ast.Column))
            for expression in (() if no_key else expressions)
        )
        before = [expression for expression, _ in self._keys]
        self._keys = [] if no_key else [(e, t.type) for e, t in zip(expressions, typed, strict=True)]
        if list(expressions) == before:
            return tail  # by the key that the stream has
        return self._add(
            tail, Rekey(key, lambda row, _: row, self._on_error, no_key, from_key, blank, len(only.source.schema.keys))
        )

    def _check_repartition(self, expressions: tuple[ast.Expression, ...]) -> None:
        """What ksqlDB refuses to take other keys of, when it builds the topology."""
        if list(expressions) == [expression for expression, _ in self._keys]:
            return
        keys = [column.name for column in self._analysis.inputs[0].source.schema.keys]
        if self._is_table and len(keys) > 1:
            self._later.append(refused("table_repartition_keys"))
        elif self._is_table:
            shown = ", ".join(describe(bare(each)) for each in expressions)
            self._later.append(refused("table_repartition", key=keys[0], expression=shown))
        elif self._window is not None:
            self._later.append(refused("windowed_repartition"))

    # -- the select list ---------------------------------------------------------------------------------------

    def _finish(self, tail: Operator) -> Topology:
        compiler = Compiler(self._scope)
        typed = [(item, compiler.compile(item.expression)) for item in self._items]
        own = [ast.Column(c.name, e.alias) for e in self._analysis.inputs for c in e.source.schema.keys]
        check_unique(typed, own if self._analysis.aggregates else [expression for expression, _ in self._keys])
        keys: list[Column] = []
        values = typed
        chooser = ResultKeys(
            self._analysis, self._name, self._items, self._keys, self._equivalents, self._window, self._is_table,
            self._from.is_foreign, self.new_planner, self._written,
        )  # fmt: skip
        if not self._transient:
            keys, values = chooser.split(typed)
            self._key_order = chooser.order
        schema = Schema(tuple(keys), tuple(Column(i.name, t.type) for i, t in values))
        if self._analysis.query.emit == "FINAL" and not (self._analysis.aggregates and self._analysis.query.window):
            raise refused("final_unwindowed")
        check_timestamp(schema, *self.timestamp)
        if not self._transient and self._analysis.is_one_group:
            self._refuse_ungrouped()
        chooser.check_present()
        if self._later:
            raise self._later[0]
        source = f"({''.join(t.source + ',' for _, t in values)})"
        columns = [compiler.function(t) for _, t in values]
        row, batch = compiler.evaluate(f"lambda r: {source}"), batches.projecting(compiler, source)
        project = Project(row, columns, self._on_error, batch)
        if isinstance(tail, StreamTableJoin) and self._from.looked_up is not None:
            width = sum(each.width for each in self._analysis.inputs[:-1])
            looked_up = compiler.compile(self._from.looked_up).source
            tail.fuse(batches.joining(compiler, looked_up, source, width), project)
        tail = self._add(tail, project)
        if self._key_order is not None:
            tail = self._add(tail, Reorder(self._key_order))
        output = Output()
        self._add(tail, output)
        inputs = [
            (dataclasses.replace(side, wanted=self._analysis.columns_of(side)), n) for side, n in self._from.inputs
        ]
        return Topology(
            inputs, output, self._nodes, schema, self._is_table, self._window, self._window_size,
            tuple(Column(i.name, t.type) for i, t in typed),
            tuple(self._identity(item) for item in self._items),
        )  # fmt: skip

    def _identity(self, item: Item) -> tuple[str, int] | None:
        """Where in a record's key or window an item's value stands, if it does."""
        if isinstance(item.expression, ast.Column) and item.expression.name in WINDOW_COLUMNS:
            return "window", WINDOW_COLUMNS.index(item.expression.name)
        for number, (expression, _) in enumerate(self._keys):
            if item.expression == expression:
                return "key", number
        return None

    def _refuse_ungrouped(self) -> None:
        calls = [n for i in self._analysis.items for n in walk(i.expression) if is_aggregate(n)]
        shown = [
            f"{n.name}({', '.join(describe(bare(a)) for a in n.arguments) or 'ROWTIME'})" for n in calls if isinstance(n, ast.Call)
        ]  # fmt: skip
        raise refused("ungrouped_sink", functions=", ".join(shown))


__all__ = ["plan"]
