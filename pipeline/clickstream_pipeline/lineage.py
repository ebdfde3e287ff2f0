"""How records flow: connector, topic (with its streams and tables), query, topic, sink, index; drawn as a tree from its sources."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_pipeline.group_readers import group_of
from clickstream_pipeline.model import Connector, Health, Query, Snapshot, Source


@dataclass(frozen=True, slots=True)
class Edge:
    """What flows into a part from the one before it: records (index: documents) a second, and those that still wait there.

    None where that is not known, or where there is no such thing.
    """

    rate: float | None = None
    lag: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the pipeline, with what flows through it.

    Args:
        kind: connector, topic, query or index.
        name: its name.
        label: what it is called in the drawing: of a topic with the streams and tables over it, which are no parts of their own.
        state: what there is to say of it.
        health: how it is; unknown where it cannot be told.
        rate: records (index: documents) a second, None where that is not known.
        lag: records that wait before it, None where that is not known or there is no such thing.
        children: what reads from it.
        edge: what flows into it from its parent; a part with several has a place, and an edge, below each of them.
    """

    kind: str
    name: str
    label: str
    state: str = ""
    health: Health = Health.UNKNOWN
    rate: float | None = None
    lag: int | None = None
    children: tuple[Node, ...] = field(default=())
    edge: Edge = Edge()

    @property
    def bad(self) -> bool:
        return self.health is Health.FAILED

    @property
    def worst(self) -> Health:
        """The health of what is worst from here on: by it the failing path comes first."""
        below = [child.worst for child in self.children]
        return min((self.health, *below), key=_trouble)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Line:
    """A node as one line of the drawing."""

    indent: str
    node: Node
    number: int


def _trouble(health: Health) -> int:
    """The order of paths; a part of which nothing is known is no trouble."""
    return {Health.FAILED: 0, Health.DEGRADED: 1}.get(health, 2)


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
    # here, as `status` parses no query of a pipeline that is well, and the language takes an eighth of a second to load
    from clickstream_ksql import ast
    from clickstream_ksql.parser import parse

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
    state = "failed" if connector.failed else connector.state.lower()
    return _said(connector.name, connector.health, connector.why) or state


def _said(name: str, health: Health, why: str) -> str:
    """Why a part is not well, without its name, which stands beside it; "" where it is well."""
    return why.removeprefix(f"{name} ") if health in (Health.FAILED, Health.DEGRADED) else ""


def _with_sources(topic: str, sources: Iterable[Source]) -> str:
    """A topic's name, and what ksqlDB reads it as: `clickstream (stream CLICKSTREAM)`, `EVENTS_PER_MIN (table)`."""
    kinds = [each.kind.lower() if each.name == topic else f"{each.kind.lower()} {each.name}" for each in sources]
    return f"{topic} ({', '.join(kinds)})" if kinds else topic


class _Builder:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._topics = {topic.name: topic for topic in snapshot.topics}
        self._reads = {query.query_id: reads(query) for query in snapshot.queries}
        self._indices = {index.name: index for index in snapshot.indices}
        self._groups = {group.name: group for group in snapshot.groups}

    def roots(self) -> tuple[Node, ...]:
        snapshot = self._snapshot
        written = {s.topic for q in snapshot.queries for s in snapshot.sources if s.name in q.sinks}
        sources = [c for c in snapshot.connectors if c.kind == "source"]
        fed = {topic for connector in sources for topic in connector.topics}
        loose = [s.topic for s in snapshot.sources if s.topic not in written | fed]
        roots = [
            self._connector(connector, [self._topic(topic, frozenset(), connector) for topic in connector.topics])
            for connector in sources
        ]
        roots += [self._topic(topic, frozenset()) for topic in dict.fromkeys(loose)]
        return _failing_first(roots)

    @staticmethod
    def _connector(connector: Connector, children: Iterable[Node], edge: Edge = Edge()) -> Node:
        health = Health.FAILED if connector.failed else connector.health
        return Node("connector", connector.name, connector.name, _state(connector), health, connector.rate, connector.lag,
                    _failing_first(children), edge)  # fmt: skip

    def _reading(self, part: Query | Connector, group: str, topic: str, topics: int) -> Edge:
        """What a part that reads `topics` topics takes from one of them: only its lag is known for each of several."""
        known = self._groups.get(group)
        lag = part.lag if topics == 1 else None
        if known is not None and known.lag is not None:
            lag = sum(each.lag for each in known.partitions if each.topic == topic)
        return Edge(part.rate if topics == 1 else None, lag)

    def _topic(self, name: str, above: frozenset[str], writer: Connector | None = None) -> Node:
        if name in above:  # a query may write what it reads
            return Node("topic", name, name, "see above")
        above |= {name}
        topic = self._topics.get(name)
        sources = [source for source in self._snapshot.sources if source.topic == name]
        label, names = _with_sources(name, sources), {source.name for source in sources}
        readers = [query for query in self._snapshot.queries if not names.isdisjoint(self._reads[query.query_id])]
        children = [self._query(query, above, name) for query in readers]
        children += [self._sink(c, name) for c in self._snapshot.connectors if c.kind == "sink" and name in c.topics]
        below = _failing_first(children)
        if topic is None:
            # where no topic is known, Kafka was not asked yet: that says nothing of this one
            return Node("topic", name, label, "missing" if self._topics else "", Health.FAILED if self._topics else
                        Health.UNKNOWN, children=below)  # fmt: skip
        count = topic.end if topic.records is None else topic.records
        state = topic.why or ("" if count is None else f"{count:,} records")
        own = writer is not None and len(writer.topics) == 1 and writer.rate is not None
        edge = Edge(writer.rate if own and writer else topic.rate)
        return Node("topic", name, label, state, topic.health, topic.rate, None, below, edge)

    def _query(self, query: Query, above: frozenset[str], topic: str) -> Node:
        topics = [s.topic for s in self._snapshot.sources if s.name in query.sinks]
        state = query.state.lower()
        health = query.health if state in ("running", "paused", "") else Health.FAILED
        below = _failing_first(self._topic(written, above) for written in topics)
        said = _said(query.query_id, health, query.why) or state
        read = {source.topic for source in self._snapshot.sources if source.name in self._reads[query.query_id]}
        edge = self._reading(query, query.group, topic, len(read))
        return Node("query", query.query_id, query.query_id, said, health, query.rate, query.lag, below, edge)

    def _sink(self, connector: Connector, topic: str) -> Node:
        indices = [self._index(name) for name, read in indices_of(connector).items() if read == topic]
        return self._connector(
            connector, indices, self._reading(connector, group_of(connector), topic, len(connector.topics))
        )

    def _index(self, name: str) -> Node:
        index = self._indices.get(name)
        if index is None:
            return Node("index", name, f"index {name}", "no documents yet")
        said = _said(name, index.health, index.why)
        state = f"{index.documents:,} documents" + (f", {said}" if said else "")
        return Node("index", name, f"index {name}", state, index.health, index.rate, edge=Edge(index.rate))


def _failing_first(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """What leads to something broken before what does not; else as they were."""
    return tuple(sorted(nodes, key=lambda node: _trouble(node.worst)))


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
