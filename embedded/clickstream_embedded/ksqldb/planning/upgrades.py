"""CREATE OR REPLACE: what a query may become that keeps its state and its place in its topics.

By ksqlDB's rules (KLIP-28): columns may be added and conditions changed; what the state is made of stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.codegen.rewriting import walk
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.planning.model import Analysis, is_aggregate, is_table_function
from clickstream_ksql import ast


def check_source(known: DataSource, new: DataSource) -> None:
    """Raises KsqlError where what reads the one could not read the other."""
    for what, before, after in (
        ("type", f"K{known.kind}", f"K{new.kind}"), ("topic", known.topic, new.topic),
        ("key format", known.key_format, new.key_format),
        ("value format", known.value_format, new.value_format), ("window", known.window, new.window),
        ("window size", known.window_size, new.window_size),
    ):  # fmt: skip
        if before != after:
            raise _refused(new, what, before, after)
    changed = [
        column
        for had, has in ((known.schema.keys, new.schema.keys), (known.schema.values, new.schema.values))
        for place, column in enumerate(had)
        if has[place : place + 1] != (column,)
    ]
    if changed or len(known.schema.keys) != len(new.schema.keys):
        shown = ", ".join(f"`{column.name}` {column.type}" for column in changed or new.schema.keys)
        error = _refused(new, "schema", known.schema.text(), new.schema.text())
        raise KsqlError(
            f"{error.message}. (The following columns are changed, missing or reordered: [{shown}])", error.statement
        )


def _refused(new: DataSource, what: str, before: Any, after: Any) -> KsqlError:
    return KsqlError(
        f"Cannot upgrade data source: DataSource '{new.name}' has {what} = {before} which is not upgradeable to {after}",
        new.statement,
    )


def _aggregates(analysis: Analysis) -> list[ast.Expression]:
    nodes = [*(item.expression for item in analysis.items), *([analysis.having] if analysis.having else [])]
    return list(dict.fromkeys(node for each in nodes for node in walk(each) if is_aggregate(node)))


def _table_functions(analysis: Analysis) -> list[ast.Expression]:
    return [node for item in analysis.items for node in walk(item.expression) if is_table_function(node)]


_STEPS: tuple[tuple[str, Callable[[Analysis], Any]], ...] = (
    ("sources", lambda a: [(each.source.name, each.alias) for each in a.inputs]), ("joins", lambda a: a.joins),
    ("PARTITION BY", lambda a: a.partition_by), ("GROUP BY", lambda a: a.group_by), ("WINDOW", lambda a: a.query.window),
    ("aggregate functions", _aggregates), ("table functions", _table_functions),
    ("EMIT", lambda a: a.query.emit or "CHANGES"),
)  # fmt: skip


def check_query(before: Analysis, after: Analysis) -> None:
    """Raises KsqlError where the state of the one is not that of the other."""
    for what, of in _STEPS:
        if of(before) != of(after):
            raise KsqlError(f"Upgrades not yet supported for {what}: a query that is replaced keeps them as they are")
