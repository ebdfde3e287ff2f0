"""Who reads in a consumer group besides its members: a ksqlDB query or a connector that keeps a place of its own.

A persistent query goes on where its own state says and commits over what was set meanwhile; here it has no member in its
group, so Kafka would let the offsets be moved, and nothing would come of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from clickstream_pipeline.model import Connector, Query

_STREAMS = "_confluent-ksql-"  # before the service id: ksqlDB's application ids
_RUNS = ("RUNNING", "PAUSED", "UNASSIGNED", "RESTARTING")  # of a task: a paused one stays in its group


def is_of_ksqldb(group: str) -> bool:
    """Whether a group has the name that ksqlDB gives to those of its persistent queries."""
    return group.startswith(_STREAMS)


def group_of(connector: Connector) -> str:
    """The group in which a sink reads (KIP-458: its own setting comes before the worker's name for it); "" for a source."""
    own = dict(connector.config).get("consumer.override.group.id", "")
    return (own or f"connect-{connector.name}") if connector.kind == "sink" else ""


def obstacle(group: str, queries: Iterable[Query], connectors: Iterable[Connector]) -> str:
    """Why the offsets of a group must not be touched now, and what to do first; "" where nobody holds them."""
    if is_of_ksqldb(group):
        query = next((each for each in queries if group.endswith(f"query_{each.query_id}")), None)
        if query is not None:
            return (f"The ksqlDB query {query.query_id} reads in it and keeps its place itself: it would go on where it is and "
                    "write over the group's offsets. Terminate the query first.")  # fmt: skip
    for each in connectors:
        if group_of(each) == group and any(task.state in _RUNS for task in each.tasks):
            return f"The connector {each.name} reads in it and writes over its offsets. Stop the connector first."
    return ""
