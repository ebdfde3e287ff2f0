"""What statements do beyond the metastore: for real, or only noted while a request is validated (ksqlDB's sandbox)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.planning import inference, query_properties
from clickstream_embedded.ksqldb.planning.model import Analysis
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.kafka import Kafka, OtherPartitions
from clickstream_embedded.ksqldb.runtime.placement import Placement
from clickstream_embedded.ksqldb.runtime.query_spec import QueryHandle, QuerySpec
from clickstream_embedded.ksqldb.runtime.remote import RemoteRunner, WorkerLink
from clickstream_embedded.ksqldb.runtime.runner import QueryRunner
from clickstream_embedded.ksqldb.runtime.topic_reader import TopicReaders
from clickstream_ksql import formatter

log = logging.getLogger("ksqldb")
COMMIT_INTERVAL = 2.0  # seconds; commit.interval.ms of the tutorial's server
OnError = Callable[[str, Exception], None]


@dataclass
class CommandResult:
    """What a changing statement did."""

    command_id: str
    message: str
    query_id: str | None
    sequence: int
    text: str
    kept: bool = False  # nothing was to be done: what IF NOT EXISTS names is there


@dataclass
class QueryFacts:
    """What other statements need to know of a query that writes into `sink`."""

    query_id: str
    sink: str
    reads: tuple[str, ...]


@dataclass
class PersistentQuery(QueryFacts):
    """A query that runs."""

    text: str
    runner: QueryHandle
    window: str | None
    canonical: str
    properties: dict[str, Any] = field(default_factory=dict[str, Any])


class NewTopic(NamedTuple):
    """A topic that a statement needs."""

    name: str
    partitions: int
    config: dict[str, str]


class Registration(NamedTuple):
    """A source whose schemas are to be registered."""

    source: DataSource
    again: bool


def topic_of(source: DataSource, partitions: int) -> NewTopic:
    """The topic of a source, with the cleanup policy that its kind needs."""
    policy = "delete"
    if source.is_table:
        policy = "compact,delete" if source.window else "compact"
    return NewTopic(source.topic, partitions, {"cleanup.policy": policy})


class Effects(Protocol):
    """What an interpreter does beyond its metastore."""

    @property
    def queries(self) -> Mapping[str, QueryFacts]: ...

    def topics(self) -> dict[str, int]:
        """Partitions by topic."""
        ...

    def make_topic(self, source: DataSource, partitions: int) -> None:
        """Raises OtherPartitions where the topic is there with another number of them."""
        ...

    def use_schemas(self, source: DataSource, *, again: bool) -> None:
        """Has the schemas of a source registered; with `again` also where their subjects are there. Raises KsqlError."""
        ...

    def delete_topic(self, source: DataSource) -> None:
        """Deletes a source's topic, and what the Schema Registry has for it."""
        ...

    def on_error(self, query_id: str) -> OnError: ...

    def start(
        self, query_id: str, text: str, sink: DataSource, analysis: Analysis, topology: Topology,
        properties: dict[str, Any], options: dict[str, Any],
    ) -> None: ...  # fmt: skip

    def stop(self, query: QueryFacts) -> None: ...

    def end(self, query: QueryFacts) -> None:
        """Stops a query for good: its state is forgotten."""
        ...

    def end_transient(self, query_id: str) -> bool: ...

    def control(self, action: str, query: QueryFacts) -> None:
        """PAUSE or RESUME."""
        ...


class Sandbox:
    """Notes what would be done. Nothing outside changes."""

    def __init__(self, queries: Mapping[str, QueryFacts], topics: Mapping[str, int], transient: set[str]) -> None:
        self.queries: dict[str, QueryFacts] = dict(queries)
        self.made: list[NewTopic] = []
        self.deleted: list[DataSource] = []
        self.schemas: list[Registration] = []
        self._topics = dict(topics)
        self._transient = transient

    def topics(self) -> dict[str, int]:
        return self._topics

    def make_topic(self, source: DataSource, partitions: int) -> None:
        present = self._topics.get(source.topic)
        if present is not None and present != partitions:
            raise OtherPartitions(source.topic, partitions, present)
        if present is None:
            self.made.append(topic_of(source, partitions))
            self._topics[source.topic] = partitions

    def use_schemas(self, source: DataSource, *, again: bool) -> None:
        inference.check_chosen(source)
        self.schemas.append(Registration(source, again))

    def delete_topic(self, source: DataSource) -> None:
        self.deleted.append(source)
        self._topics.pop(source.topic, None)

    def on_error(self, query_id: str) -> OnError:
        return lambda clause, error: None

    def start(
        self, query_id: str, text: str, sink: DataSource, analysis: Analysis, topology: Topology,
        properties: dict[str, Any], options: dict[str, Any],
    ) -> None:  # fmt: skip
        query_properties.commit_interval(properties, COMMIT_INTERVAL)
        query_properties.from_start(properties, "earliest")
        reads = tuple(each.source.name for each in analysis.inputs)
        self.queries[query_id] = QueryFacts(query_id, sink.name, reads)

    def stop(self, query: QueryFacts) -> None:
        self.queries.pop(query.query_id, None)

    def end(self, query: QueryFacts) -> None:
        self.stop(query)

    def end_transient(self, query_id: str) -> bool:
        return query_id in self._transient

    def control(self, action: str, query: QueryFacts) -> None:
        """Whoever is paused is so once the statement is applied."""


class Live:
    """Does it. Topics are made before a statement is logged, so what is applied needs no broker."""

    def __init__(
        self, kafka: Kafka, topic_readers: TopicReaders, store: CheckpointStore, worker: WorkerLink | None, prefix: str
    ) -> None:
        self.queries: dict[str, PersistentQuery] = {}
        self.transient: dict[str, QueryRunner] = {}
        self.replaying = False
        self._known: dict[str, int] = {}
        self._kafka = kafka
        self._topic_readers = topic_readers
        self._store = store
        self._worker = worker
        self._placement = Placement(1 if worker is None else 2)
        self._prefix = prefix

    def provision(self, trial: Sandbox) -> None:
        """Makes topics and registers schemas. Raises KafkaException, OtherPartitions, KsqlError."""
        for name, partitions, config in trial.made:
            self._kafka.create_topic(name, partitions, config)
        for source, again in trial.schemas:
            inference.register(source, again=again)
        self._known = trial.topics()

    def use_schemas(self, source: DataSource, *, again: bool) -> None:
        """They were registered before the statement was logged."""

    def delete_topics(self, sources: list[DataSource]) -> None:
        """Deletes topics and schemas of sources that are gone; what cannot be deleted is told in the log."""
        for source in sources:
            try:
                self._kafka.delete_topic(source.topic)
                inference.forget(source)
            except Exception as error:  # noqa: BLE001 - the statement is done; the topic, or a schema, is left over
                log.error("the topic %s, or its schemas, could not be deleted: %s", source.topic, error)

    def topics(self) -> dict[str, int]:
        return self._kafka.topics() if self.replaying else self._known

    def make_topic(self, source: DataSource, partitions: int) -> None:
        if not self.replaying:
            return  # it was made before the statement was logged
        wanted = topic_of(source, partitions)
        try:
            self._kafka.create_topic(*wanted)
        except OtherPartitions as error:  # it was right when the statement was first run
            log.warning("%s", error)

    def delete_topic(self, source: DataSource) -> None:
        """Left to `delete_topics`, once the statement is applied."""

    def on_error(self, query_id: str) -> OnError:
        def report(clause: str, error: Exception) -> None:
            query = self.queries.get(query_id)
            if query is not None:
                query.runner.statistics.error(f"{clause}: {error}")

        return report

    def start(
        self, query_id: str, text: str, sink: DataSource, analysis: Analysis, topology: Topology,
        properties: dict[str, Any], options: dict[str, Any],
    ) -> None:  # fmt: skip
        interval = query_properties.commit_interval(properties, COMMIT_INTERVAL)
        spec = QuerySpec(
            query_id, f"{self._prefix}query_{query_id}", analysis, sink,
            # the tutorial's server has ksql.streams.auto.offset.reset=earliest
            earliest=query_properties.from_start(properties, "earliest"),
            commit_interval=interval if query_properties.is_cached(properties) else 0.05, options=options,
        )  # fmt: skip
        runner: QueryHandle
        if self._placement.place(query_id, spec.topics) == 0 or self._worker is None:
            runner = spec.runner(topology, self._kafka, self._topic_readers, self._store)
        else:
            runner = RemoteRunner(spec, topology, self._worker)
        reads = tuple(each.source.name for each in analysis.inputs)
        canonical = formatter.query(analysis.canonical())
        self.queries[query_id] = PersistentQuery(
            query_id, sink.name, reads, text, runner, topology.window, canonical, properties
        )
        if not self.replaying:
            runner.start()

    def stop(self, query: QueryFacts) -> None:
        running = self.queries.pop(query.query_id, None)
        if running is not None:
            running.runner.stop()
        self._placement.forget(query.query_id)

    def end(self, query: QueryFacts) -> None:
        self.stop(query)
        self._store.forget(query.query_id)

    def end_transient(self, query_id: str) -> bool:
        runner = self.transient.pop(query_id, None)
        if runner is not None:
            runner.stop()
        return runner is not None

    def control(self, action: str, query: QueryFacts) -> None:
        runner = self.queries[query.query_id].runner
        if action == "PAUSE":
            runner.pause()
        else:
            runner.resume()
