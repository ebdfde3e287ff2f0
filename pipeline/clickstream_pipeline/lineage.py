"""How records flow: connector, topic, stream or table, query, topic, sink, index; drawn as a tree from its sources."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse
from clickstream_pipeline.model import Connector, Health, Query, Snapshot, Source


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the pipeline; `kind` is connector, topic, source, query or index, `state` what there is to say of it."""

    kind: str
    name: str
    label: str
    state: str = ""
    bad: bool = False
    children: tuple[Node, ...] = field(default=())

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Line:
    """A node as one line of the drawing."""

    indent: str
    node: Node
    number: int


def indices_of(connector: Connector) -> dict[str, str]:
    """The index of each topic that a sink to the search server reads: {index: topic}; none for other connectors.

    By `topic.index.map` of sinks before version 11, else the topic in lower case (Confluent's Elasticsearch sink).
    """
    if connector.kind != "sink" or "lasticsearch" not in connector.class_name:
        return {}
    pairs = [pair.split(":", 1) for pair in dict(connector.config).get("topic.index.map", "").split(",") if ":" in pair]
    names = {topic.strip(): index.strip() for topic, index in pairs}
    return {names.get(topic, topic.lower()): topic for topic in connector.topics}


@functools.lru_cache(maxsize=512)
def _reads(text: str) -> tuple[str, ...]:
    try:
        statement = parse(text)[0].statement
    except (KsqlSyntaxError, IndexError):
        return ()
    inner = getattr(statement, "query", None)
    if not isinstance(inner, ast.Query):
        return ()
    return (inner.relation.name, *(join.relation.name for join in inner.joins))


def reads(query: Query) -> tuple[str, ...]:
    """The sources that a query reads, by its own text; none where it cannot be parsed."""
    return _reads(query.text)


_SIZE = re.compile(r"WINDOW\s+(?:TUMBLING|HOPPING)\s*\(\s*SIZE\s+(\d+)\s+(\w+)", re.IGNORECASE)
_UNITS = {"MILLISECOND": 1, "SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000}


def window_sizes(sources: Iterable[Source], queries: Iterable[Query]) -> dict[str, int]:
    """The size in ms of the tumbling or hopping windows in the keys of each topic, by the queries that write them.

    Such a key holds only the start of its window.
    """
    topics = {source.name: source.topic for source in sources}
    found: dict[str, int] = {}
    for query in queries:
        match = _SIZE.search(query.text)
        unit = _UNITS.get(match[2].upper().rstrip("S")) if match is not None else None
        if match is not None and unit is not None:
            found |= {topics[sink]: int(match[1]) * unit for sink in query.sinks if sink in topics}
    return found


def build(snapshot: Snapshot) -> tuple[Node, ...]:
    """The trees, one for each source connector and each topic that nothing here writes."""
    return _Builder(snapshot).roots()


def _state(connector: Connector) -> str:
    """What there is to say of a connector: what its server says, and why it is not well where it is not."""
    state = connector.state.lower()
    return (
        f"{state}, {connector.why}" if connector.health in (Health.FAILED, Health.DEGRADED) and connector.why else state
    )


class _Builder:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._records = {topic.name: topic.records for topic in snapshot.topics}
        self._reads = {query.query_id: reads(query) for query in snapshot.queries}
        self._documents = {index.name: index.documents for index in snapshot.indices}
        self._ill = {index.name for index in snapshot.indices if index.health is Health.FAILED}

    def roots(self) -> tuple[Node, ...]:
        snapshot = self._snapshot
        written = {s.topic for q in snapshot.queries for s in snapshot.sources if s.name in q.sinks}
        sources = [c for c in snapshot.connectors if c.kind == "source"]
        fed = {topic for connector in sources for topic in connector.topics}
        loose = [s.topic for s in snapshot.sources if s.topic not in written | fed]
        roots = [
            self._connector(connector, tuple(self._topic(topic, frozenset()) for topic in connector.topics))
            for connector in sources
        ]
        return (*roots, *(self._topic(topic, frozenset()) for topic in dict.fromkeys(loose)))

    @staticmethod
    def _connector(connector: Connector, children: tuple[Node, ...]) -> Node:
        return Node(
            "connector",
            connector.name,
            connector.name,
            _state(connector),
            connector.health is Health.FAILED or connector.failed,
            children,
        )

    def _topic(self, name: str, above: frozenset[str]) -> Node:
        if name in above:  # a query may write what it reads
            return Node("topic", name, name, "see above")
        above |= {name}
        count = self._records.get(name)
        known = name in self._records
        state = "missing" if not known else f"{count:,} records" if count is not None else ""
        children = [self._source(s.name, s.kind, above) for s in self._snapshot.sources if s.topic == name]
        children += [self._sink(c) for c in self._snapshot.connectors if c.kind == "sink" and name in c.topics]
        return Node("topic", name, name, state, not known, tuple(children))

    def _source(self, name: str, kind: str, above: frozenset[str]) -> Node:
        readers = [query for query in self._snapshot.queries if name in self._reads[query.query_id]]
        return Node(
            "source", name, f"{name} ({kind.lower()})", "", False, tuple(self._query(q, above) for q in readers)
        )

    def _query(self, query: Query, above: frozenset[str]) -> Node:
        topics = [s.topic for s in self._snapshot.sources if s.name in query.sinks]
        state = query.state.lower()
        children = tuple(self._topic(topic, above) for topic in topics)
        return Node(
            "query",
            query.query_id,
            query.query_id,
            state,
            query.health is Health.FAILED or state not in ("running", "paused"),
            children,
        )

    def _sink(self, connector: Connector) -> Node:
        indices: list[Node] = []
        for index in indices_of(connector):
            count = self._documents.get(index)
            state = "no documents yet" if count is None else f"{count:,} documents"
            indices.append(Node("index", index, f"index {index}", state, index in self._ill))
        return self._connector(connector, tuple(indices))


def lines(roots: tuple[Node, ...]) -> list[Line]:
    """The trees as lines, each with its branches drawn before it."""
    drawn: list[Line] = []
    for root in roots:
        drawn += [Line(indent, node, len(drawn) + place) for place, (indent, node) in enumerate(_draw(root, "", ""))]
    return drawn


def _draw(node: Node, first: str, rest: str) -> Iterator[tuple[str, Node]]:
    yield first, node
    for number, child in enumerate(node.children):
        last = number == len(node.children) - 1
        yield from _draw(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))
