"""EXPLAIN: a query's execution plan and topology, made anew of its text."""

from __future__ import annotations

from clickstream_embedded.ksqldb.engine import Engine
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.execution_steps import steps_of, summary
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.planning.streams_topology import describe_topology
from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse_one


def explained_query(engine: Engine, query: ast.Query, query_id: str, sink: DataSource | None) -> tuple[str, str]:
    """(execution plan, topology) of a query. Raises KsqlError where it cannot be planned."""
    transient = sink is None
    analysis = analyze(query, engine.metastore, transient=transient)
    topology = plan(analysis, transient=transient, cached=False, on_error=lambda *_: None, name=query_id)
    last = steps_of(analysis, topology, sink)
    return summary(last, query_id), describe_topology(last)


def explained(engine: Engine, text: str, query_id: str, sink: DataSource | None) -> tuple[str, str]:
    """(execution plan, topology) of a persistent query, by its statement; empty where its sources are no longer there."""
    try:
        statement = parse_one(text)
        if isinstance(statement, ast.CreateAs | ast.InsertInto):
            return explained_query(engine, statement.query, query_id, sink)
    except (KsqlError, KsqlSyntaxError):
        pass
    return "", ""
