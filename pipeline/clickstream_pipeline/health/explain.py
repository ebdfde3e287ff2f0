"""A problem in full: what is broken, since when, and why, in the words of the servers, nothing cut."""

from __future__ import annotations

import time
from collections.abc import Iterable

from clickstream_pipeline.model import Problem, Snapshot

# the server that answers for a service, by the service's name; containers have names of their own
SERVERS = {"kafka": "Kafka", "broker": "Kafka", "connect": "Connect", "ksqldb": "ksqlDB", "ksqldb-server": "ksqlDB",
           "elasticsearch": "Elasticsearch"}  # fmt: skip


def explain(problem: Problem, snapshot: Snapshot) -> str:
    """The whole of a problem as text of several lines.

    Args:
        problem: one of those of the snapshot.
        snapshot: the latest one, with traces of tasks and reasons of servers.
    """
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(problem.since / 1000)) if problem.since else "not known"
    lines = [f"{problem.kind} {problem.name}: {problem.health.value}", f"since {since}", "", problem.why]
    said = [text for text in _said(problem, snapshot) if text and text != problem.why]
    if said:
        lines += ["", "In the server's own words:", *said]
    return "\n".join(lines)


def _said(problem: Problem, snapshot: Snapshot) -> Iterable[str]:
    if problem.kind == "connector":
        for each in snapshot.connectors:
            if each.name == problem.name:
                if each.trace:
                    yield f"the connector itself\n{each.trace}"
                for task in each.tasks:
                    if task.trace:
                        yield f"task {task.number}: {task.state} on {task.worker}\n{task.trace}"
    elif problem.kind == "service":
        wanted = SERVERS.get(problem.name, problem.name)
        yield from (each.reason for each in snapshot.services if each.name == problem.name)
        yield from (each.reason for each in snapshot.servers if each.name == wanted and not each.ok)
    elif problem.kind == "stage":
        yield from (each.reason for each in snapshot.stages if each.name == problem.name)
    elif problem.kind == "query":
        yield from (each.text for each in snapshot.queries if each.query_id == problem.name)
