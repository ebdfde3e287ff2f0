"""From an analysed SELECT to a running topology."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clickstream_embedded.ksqldb.codegen import batches
from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.scope import Scope, ScopeColumn
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.aggregates import AGGREGATES, Aggregate
from clickstream_embedded.ksqldb.functions.tables import TABLE_FUNCTIONS
from clickstream_embedded.ksqldb.operators.aggregation import Grouping, Groups, PlainAggregation, only_counts
from clickstream_embedded.ksqldb.operators.joins import StreamTableJoin
from clickstream_embedded.ksqldb.operators.operator import (
    Batch,
    Filter,
    FlatMap,
    Operator,
    Project,
    Rekey,
    Reorder,
    Row,
    TableFilter,
)
from clickstream_embedded.ksqldb.operators.paned import PanedAggregation
from clickstream_embedded.ksqldb.operators.sessions import SessionAggregation
from clickstream_embedded.ksqldb.operators.windows import Suppress, WindowedAggregation
from clickstream_embedded.ksqldb.planning.key_selection import ResultKeys, bare, check_unique, listed
from clickstream_embedded.ksqldb.planning.model import (
    Analysis,
    Item,
    describe,
    is_aggregate,
    is_table_function,
)
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.planning.rewriting import rewrite, walk
from clickstream_embedded.ksqldb.planning.source_planner import From, plan_from
from clickstream_embedded.ksqldb.planning.sources import check_timestamp
from clickstream_embedded.ksqldb.planning.topology import Output, Topology
from clickstream_embedded.ksqldb.types.schema import WINDOW_COLUMNS, Column, Schema
from clickstream_embedded.ksqldb.types.sql_types import BIGINT, SqlType
from clickstream_ksql import ast

_DAY = 86_400_000
# aggregate functions whose state is one scalar, which any value format holds
FLAT = frozenset(("COUNT", "SUM", "MIN", "MAX", "SUM_LIST"))
OnError = Callable[[str, Exception], None]


def plan(
    analysis: Analysis, *, transient: bool, cached: bool, on_error: OnError, name: str = "q", new_planner: bool = False,
    limits: Mapping[str, int] | None = None, timestamp: tuple[Any, Any] = (None, None),
) -> Topology:  # fmt: skip
    """Builds the operators. Raises KsqlError where ksqlDB would refuse the query.

    `timestamp` is what the sink's WITH clause says of TIMESTAMP and TIMESTAMP_FORMAT. `new_planner` (ksql.new.query.planner.enabled) lets the projection choose the order of key columns, and leave a
    stream's out. `limits` are those of functions that gather.
    """
    builder = _Builder(analysis, transient=transient, cached=cached, on_error=on_error, name=name)
    builder.new_planner = new_planner
    builder.limits = limits or {}
    builder.timestamp = timestamp
    return builder.build()


class _Builder:
    def __init__(self, analysis: Analysis, *, transient: bool, cached: bool, on_error: OnError, name: str) -> None:
        self._analysis = analysis
        self._transient = transient
        self._cached = cached
        self._on_error = on_error
        self._name = name
        self.new_planner = False
        self.limits: Mapping[str, int] = {}
        self.timestamp: tuple[Any, Any] = (None, None)
        self._later: list[KsqlError] = []  # see `From.later`
        self._written: dict[ast.Expression, ast.Expression] = {}
        self._key_order: tuple[int, ...] | None = None
        self._scope = analysis.scope
        self._items = list(analysis.items)
        self._from = From()
        # what is known of the rows so far: at first as FROM leaves them
        self._nodes: list[Operator] = []
        self._is_table = False
        self._window: str | None = None
        self._window_size: int | None = None
        self._keys: list[tuple[ast.Expression, SqlType]] = []
        self._equivalents: list[ast.Expression] = []

    def _add(self, tail: Operator, node: Operator) -> Operator:
        self._nodes.append(node)
        tail.then(node)
        return node

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

    def _filter(self, node: ast.Expression, clause: str, *, quiet: bool | None) -> Filter:
        """The filter of a stream where `quiet` is None, else of a table."""
        compiler = Compiler(self._scope, clause)
        typed = compiler.compile(node)
        if typed.type.name != "BOOLEAN":
            raise refused("filter_type", clause=clause, expression=describe(node), type=typed.type)
        predicate = compiler.function(typed)
        if quiet is None:
            return Filter(predicate, self._on_error, batches.passing(compiler, typed.source))
        passing = batches.table_passing(compiler, typed.source, quiet=quiet)
        return TableFilter(predicate, self._on_error, passing, quiet=quiet)

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

    # -- aggregation -------------------------------------------------------------------------------------------

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
        aggregates, arguments = [], []
        for call in calls:
            made, argument = self._aggregate_call(call)
            aggregates.append(made)
            arguments.append(argument)
        self._check_aggregation(calls, aggregates)
        loop = self._grouping_loop(groups, counts=only_counts(aggregates))
        node = self._aggregation_node(window, Grouping(key, arguments, aggregates, loop))
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

    def _aggregate_call(self, call: ast.Call) -> tuple[Aggregate, Callable[[Row], tuple[Any, ...]]]:
        for node in walk(call.arguments):
            if isinstance(node, ast.Call) and is_aggregate(node):
                raise refused("nested_aggregate", outer=call.name, inner=node.name)
            if isinstance(node, ast.Column) and node.source is None and node.name in WINDOW_COLUMNS:
                raise refused("window_bounds", name=node.name)
        compiler = Compiler(self._scope)
        constants: list[Any] = []
        plain = list(call.arguments)
        while len(plain) > 1 and isinstance(plain[-1], ast.Literal):
            constants.insert(0, plain.pop().value)  # type: ignore[union-attr]
        if call.name == "COUNT" and (call.star or not call.arguments):
            plain = []
        typed = [compiler.compile(argument) for argument in plain]
        if call.name == "COUNT" and plain and isinstance(plain[0], ast.Literal):
            typed = []
        if not typed and call.name != "COUNT":
            raise KsqlError(f"Function '{call.name}' does not accept parameters ().")
        limit = self.limits.get(call.name)
        options = {} if limit is None else {"limit": limit}
        made = AGGREGATES[call.name][1]([t.type for t in typed], constants, **options)
        return made, compiler.evaluate(f"lambda r: ({''.join(t.source + ',' for t in typed)})")

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

    _having: ast.Expression | None = None

    def _after_aggregation(
        self, groups: tuple[ast.Expression, ...], kinds: list[SqlType], calls: list[ast.Call], made: list[Aggregate]
    ) -> None:
        """The scope behind the aggregation: results, time, window bounds, key (see `Aggregation._results`)."""
        columns = [ScopeColumn("", f"$A{i}", a.type, i) for i, a in enumerate(made)]
        for name in ("ROWTIME", *WINDOW_COLUMNS):
            columns.append(ScopeColumn("", name, BIGINT, len(columns)))
        columns += [ScopeColumn("", f"$K{i}", kind, len(columns) + i) for i, kind in enumerate(kinds)]
        self._scope = Scope(columns, self._scope.custom_types)
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
        return Topology(
            self._from.inputs, output, self._nodes, schema, self._is_table, self._window, self._window_size,
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
