"""A query as ksqlDB's steps of execution, and the text that EXPLAIN prints of them (`PlanSummary`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clickstream_embedded.ksqldb.codegen.rewriting import walk
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.planning.join_criteria import sides
from clickstream_embedded.ksqldb.planning.model import Analysis, Input, is_aggregate, is_table_function
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

_PLAIN = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `context` names it, `repartitions` says whether records go through a topic of its own before it."""

    operation: str
    context: tuple[str, ...]
    schema: str
    sources: tuple[Step, ...]
    is_table: bool
    topic: str = ""
    repartitions: bool = False
    window: str | None = None
    join: str = ""


def _columns(keys: Iterable[tuple[str, SqlType]], values: Iterable[tuple[str, SqlType]]) -> str:
    def shown(name: str) -> str:
        return name if _PLAIN.fullmatch(name) else f"`{name}`"

    return ", ".join([*(f"{shown(n)} {t} KEY" for n, t in keys), *(f"{shown(n)} {t}" for n, t in values)])


def _pairs(columns: Sequence[Column]) -> list[tuple[str, SqlType]]:
    return [(column.name, column.type) for column in columns]


class _Steps:
    def __init__(self, analysis: Analysis, topology: Topology) -> None:
        self._analysis = analysis
        self._topology = topology

    def build(self, sink: DataSource | None) -> Step:
        analysis, topology = self._analysis, self._topology
        last = self._joined() if analysis.is_join else self._source(analysis.inputs[0], "KsqlTopic")
        if analysis.where is not None:
            last = self._then(last, "FILTER", "WhereFilter")
        if any(is_table_function(node) for item in analysis.items for node in walk(item.expression)):
            last = self._then(last, "FLAT_MAP", "FlatMap")
        if analysis.partition_by is not None:
            last = self._then(last, "REKEY", "PartitionBy")
        if analysis.aggregates:
            last = self._aggregated(last)
        made = _columns(_pairs(topology.schema.keys), _pairs(topology.schema.values))
        context = ("Aggregate", "Project") if analysis.aggregates else ("Project",)
        last = Step("PROJECT", context, made, (last,), topology.is_table)
        if sink is None:
            return last
        return Step("SINK", (sink.name,), made, (last,), topology.is_table, topic=sink.topic)

    @staticmethod
    def _then(last: Step, operation: str, *context: str) -> Step:
        return Step(operation, context, last.schema, (last,), last.is_table)

    @staticmethod
    def _source(side: Input, context: str) -> Step:
        keys = _pairs(side.source.schema.keys)
        schema = _columns(keys, side.columns)
        return Step("SOURCE", (context, "Source"), schema, (), side.source.is_table, topic=side.source.topic,
                    window=side.source.window)  # fmt: skip

    def _joined(self) -> Step:
        inputs, joins = self._analysis.inputs, self._analysis.joins
        outer = "L_" * (len(joins) - 1)
        left = self._prefixed(inputs[0], f"{outer}Left")
        keyed: set[ast.Expression] = {ast.Column(c.name, inputs[0].alias) for c in inputs[0].source.schema.keys}
        schema = left.schema
        for number, (join, right) in enumerate(zip(joins, inputs[1:], strict=True)):
            prefix = "L_" * (len(joins) - 1 - number)
            a, b = sides(join)
            other = self._prefixed(right, f"{prefix}Right")
            own = {ast.Column(c.name, right.alias) for c in right.source.schema.keys}
            if a not in keyed and not left.is_table:
                left = Step("REKEY", (f"{prefix}LeftSourceKeyed", "SelectKey"), left.schema, (left,), False)
            if b not in own and not other.is_table:
                other = Step("REKEY", (f"{prefix}RightSourceKeyed", "SelectKey"), other.schema, (other,), False)
            schema = f"{schema}, {other.schema}".replace(" KEY", "")
            left = Step("JOIN", (f"{prefix}Join",), schema, (left, other), left.is_table and other.is_table,
                        join=join.kind)  # fmt: skip
            keyed |= {a, b}
        return left

    def _prefixed(self, side: Input, place: str) -> Step:
        source = self._source(side, f"KafkaTopic_{place}")
        schema = _columns(
            [(f"{side.alias}_{c.name}", c.type) for c in side.source.schema.keys],
            [(f"{side.alias}_{name}", kind) for name, kind in side.columns],
        )
        return Step("PROJECT", (f"PrependAlias{place}",), schema, (source,), side.source.is_table)

    def _aggregated(self, last: Step) -> Step:
        analysis, query = self._analysis, self._analysis.query
        groups = analysis.group_by or ()
        calls = {node for item in analysis.items for node in walk(item.expression) if is_aggregate(node)}
        keys = _pairs(self._topology.schema.keys)
        internal = ", ".join(f"KSQL_INTERNAL_COL_{place}" for place in range(len(groups) + len(calls)))
        own = [ast.Column(c.name, each.alias) for each in analysis.inputs[:1] for c in each.source.schema.keys]
        repartitions = last.is_table or analysis.is_join or list(groups) != own
        last = Step("PROJECT", ("Aggregate", "Prepare"), internal, (last,), last.is_table)
        last = Step("GROUP_BY", ("Aggregate", "GroupBy"), internal, (last,), last.is_table, repartitions=repartitions)
        made = ", ".join([_columns(keys, []), *(f"KSQL_AGG_VARIABLE_{place}" for place in range(len(calls)))])
        kind = query.window.kind if query.window is not None else None
        last = Step("AGGREGATE", ("Aggregate", "Aggregate"), made, (last,), True, window=kind)
        if query.emit == "FINAL":
            last = self._then(last, "SUPPRESS", "Suppress")
        if analysis.having is not None:
            last = self._then(last, "FILTER", "Aggregate", "HavingFilter")
        return last


def steps_of(analysis: Analysis, topology: Topology, sink: DataSource | None) -> Step:
    """The steps of a planned query; the last one, which has the others as its sources.

    Args:
        analysis: The query with its names resolved.
        topology: What was planned of it.
        sink: What it writes; None for a query whose rows a client gets.

    Returns:
        The step that gives the result.
    """
    return _Steps(analysis, topology).build(sink)


def summary(step: Step, query_id: str, indent: str = "") -> str:
    """The execution plan as EXPLAIN prints it: the last step first, what it takes from behind it, indented."""
    logger = ".".join((query_id, *step.context))
    text = f"{indent} > [ {step.operation} ] | Schema: {step.schema} | Logger: {logger}\n"
    for source in step.sources:
        text += f"\t{indent}{summary(source, query_id, indent + chr(9))}"
    return text
