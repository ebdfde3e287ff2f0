"""Puts the rules to a snapshot: every part gets its health, its numbers their rates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clickstream_pipeline.group_readers import group_of
from clickstream_pipeline.health import rules
from clickstream_pipeline.health.explain import SERVERS
from clickstream_pipeline.health.memory import Counter, Memory
from clickstream_pipeline.health.rules import WELL, Verdict
from clickstream_pipeline.lineage import indices_of, reads
from clickstream_pipeline.model import (
    Connector,
    ConsumerGroup,
    Health,
    Index,
    Query,
    Snapshot,
    StageState,
    Topic,
)  # fmt: skip


class Judge:
    """Judges one snapshot after the other.

    Args:
        memory: what was remembered from looks before.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()

    def judge(self, snapshot: Snapshot, now: int) -> Snapshot:
        """The snapshot with the health of all its parts.

        Args:
            snapshot: what the servers said; a server that did not answer left what was known of it before.
            now: ms since the epoch.
        """
        return _Look(self.memory, snapshot, now).judged()


class _Look:
    def __init__(self, memory: Memory, snapshot: Snapshot, now: int) -> None:
        self._memory = memory
        self._snapshot = snapshot
        self._now = now
        self._silent = {server.name: server.reason for server in snapshot.servers if not server.ok}
        self._groups = {group.name: group for group in snapshot.groups}

    def judged(self) -> Snapshot:
        snapshot = self._snapshot
        topics = tuple(self._topic(each) for each in snapshot.topics)
        indices = tuple(self._counted(each) for each in snapshot.indices)
        connectors = tuple(self._connector(each, topics, indices) for each in snapshot.connectors)
        feeding: dict[str, list[Connector]] = {}
        for each in connectors:
            for name in indices_of(each):
                feeding.setdefault(name, []).append(each)
        servers = tuple(replace(each, changed=self._memory.since(f"server:{each.name}", _answers(each.ok), self._now))
                        for each in snapshot.servers)  # fmt: skip
        judged = replace(
            snapshot, topics=topics, connectors=connectors, servers=servers, at=self._now,
            services=tuple(self._with("service", each.name, each, rules.service(each, self._unreachable(each.name)))
                           for each in snapshot.services),
            indices=tuple(self._index(each, tuple(feeding.get(each.name, ()))) for each in indices),
            queries=tuple(self._query(each, topics) for each in snapshot.queries),
            stages=tuple(self._with("stage", each.name, each, rules.stage(each)) for each in snapshot.stages),
            groups=tuple(self._group(each) for each in snapshot.groups),
        )  # fmt: skip
        self._memory.forget(self._now)
        return replace(judged, health=overall(judged))

    def _unreachable(self, name: str) -> str:
        return self._silent.get(SERVERS.get(name, ""), "")

    def _with(self, kind: str, name: str, part: Any, verdict: Verdict, **more: Any) -> Any:
        since = self._memory.since(f"{kind}:{name}", verdict.health, self._now, verdict.began)
        return replace(part, health=verdict.health, since=since, why=verdict.why, **more)

    def _unknown(self, server: str) -> Verdict | None:
        reason = self._silent.get(server)
        return None if reason is None else Verdict(Health.UNKNOWN, rules.words(reason))

    def _topic(self, topic: Topic) -> Topic:
        unknown = self._unknown("Kafka")
        moved = self._memory.count(f"topic:{topic.name}", None if unknown else topic.end, self._now, waiting=1)
        last = None if moved is None or not moved.seen_moving else moved.moved
        rate = None if unknown or moved is None else moved.rate
        return self._with("topic", topic.name, topic, unknown or rules.topic(topic), rate=rate, last_write=last)

    def _counted(self, index: Index) -> Index:
        known = "Elasticsearch" not in self._silent
        value = index.documents + index.deleted if known else None
        moved = self._memory.count(f"index:{index.name}", value, self._now, waiting=1)
        last = None if moved is None or not moved.seen_moving else moved.moved
        return replace(index, rate=moved.rate if known and moved is not None else None, last_write=last)

    def _index(self, index: Index, feeding: tuple[Connector, ...]) -> Index:
        return self._with("index", index.name, index, self._unknown("Elasticsearch") or rules.index(index, feeding))

    def _connector(self, connector: Connector, topics: tuple[Topic, ...], indices: tuple[Index, ...]) -> Connector:
        name = connector.name
        verdict = self._unknown("Connect") or rules.connector_state(connector)
        if connector.kind == "source":
            ends = [topic.end for topic in topics if topic.name in connector.topics and topic.end is not None]
            known = bool(ends) and "Kafka" not in self._silent
            made = self._memory.count(f"source:{name}", sum(ends) if known else None, self._now, waiting=1)
            if verdict == WELL:
                verdict = self._unknown("Kafka") or rules.generator(connector, made, self._now)
            last = made.moved if made is not None and made.seen_moving else None
            return self._with("connector", name, connector, verdict, last_write=last, lag=None,
                              rate=made.rate if made is not None and known else None)  # fmt: skip
        group = self._groups.get(group_of(connector))
        lag = None if group is None else group.lag
        written = [index.documents + index.deleted for index in indices if index.name in indices_of(connector)]
        wrote = self._wrote(name, group, sum(written) if written else None)
        if verdict == WELL:
            sees = bool(written) or "Elasticsearch" in self._silent
            cause = self._silent.get("Elasticsearch", "") if "lasticsearch" in connector.class_name else ""
            verdict = self._unknown("Kafka") or rules.sink(
                connector, wrote, lag, sees_writes=sees, cause=cause, now=self._now
            )
        last = wrote.moved if wrote is not None and wrote.seen_moving else None
        rates = [index.rate for index in indices if index.name in indices_of(connector) and index.rate is not None]
        return self._with(
            "connector", name, connector, verdict, lag=lag, rate=sum(rates) if rates else None, last_write=last
        )

    def _wrote(self, name: str, group: ConsumerGroup | None, written: int | None) -> Counter | None:
        """When a sink last committed or wrote; documents count only while their server tells them.

        The two are counted apart: a sum of both would change, and look like work, where one is not known any more.
        """
        lag = None if group is None else group.lag
        committed = None if group is None or lag is None else sum(place.committed or 0 for place in group.partitions)
        documents = None if lag is None or "Elasticsearch" in self._silent else written
        counted = [
            self._memory.count(f"sink:{name}", committed, self._now, waiting=lag or 0),
            self._memory.count(f"written:{name}", documents, self._now, waiting=lag or 0),
        ]
        return max((each for each in counted if each is not None), key=lambda each: each.moved, default=None)

    def _query(self, query: Query, topics: tuple[Topic, ...]) -> Query:
        group = self._groups.get(query.group) if query.group else None
        lag = None if group is None else group.lag
        committed = None if group is None else sum(place.committed or 0 for place in group.partitions)
        read = self._memory.count(f"query:{query.query_id}", committed, self._now, waiting=lag or 0)
        verdict = self._unknown("ksqlDB") or rules.query(query, read, lag, self._missing(query, topics), self._now)
        if verdict.health is Health.OK:
            verdict = self._unknown("Kafka") or verdict
        rate = read.rate if read is not None and lag is not None else None
        return self._with("query", query.query_id, query, verdict, lag=lag, rate=rate)

    def _missing(self, query: Query, topics: tuple[Topic, ...]) -> str:
        """The topics that a query reads and that are not there any more."""
        if not topics or "Kafka" in self._silent or query.kind != "PERSISTENT":
            return ""
        there = {topic.name for topic in topics}
        gone = {source.name: source.topic for source in self._snapshot.sources if source.topic not in there}
        # a query's text is parsed only where it matters
        return ", ".join(f"the topic {gone[name]}" for name in reads(query) if name in gone) if gone else ""

    def _group(self, group: ConsumerGroup) -> ConsumerGroup:
        before = self._memory.counters.get(f"lag:{group.name}")
        if group.lag is None:
            return group
        trend = None
        if before is not None and self._now > before.at:
            trend = (group.lag - before.value) / (self._now - before.at) * 1000
        self._memory.count(f"lag:{group.name}", group.lag, self._now)
        return replace(group, trend=trend)


def _answers(ok: bool) -> Health:
    return Health.OK if ok else Health.FAILED


def overall(snapshot: Snapshot) -> Health:
    """The health of the whole: the worst of its parts; what is unknown counts as degraded."""
    needed = [each.health for each in snapshot.stages if each.state is not StageState.OPTIONAL]
    parts = (snapshot.services, snapshot.connectors, snapshot.queries, snapshot.topics, snapshot.indices)
    found = {*needed, *(each.health for group in parts for each in group)}
    if Health.FAILED in found or any(not server.ok for server in snapshot.servers):
        return Health.FAILED
    if found & {Health.DEGRADED, Health.UNKNOWN}:
        return Health.DEGRADED
    return Health.OK if snapshot.servers else Health.UNKNOWN
