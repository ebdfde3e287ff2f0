"""What a persistent query is made from, in a form that can be handed to another process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.planning.model import Analysis
from clickstream_embedded.ksqldb.planning.planner import OnError, plan
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore, Offsets
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.runner import QueryRunner, Statistics, View
from clickstream_embedded.ksqldb.runtime.topic_reader import TopicReaders


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """A query, its sink, and how it is to be planned and run. `options` are those of `planner.plan`."""

    query_id: str
    group: str
    analysis: Analysis
    sink: DataSource
    earliest: bool
    commit_interval: float  # seconds
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def topics(self) -> set[str]:
        return {each.source.topic for each in self.analysis.inputs}

    def plan(self, on_error: OnError) -> Topology:
        """The operators. Raises KsqlError."""
        return plan(self.analysis, transient=False, on_error=on_error, **self.options)

    def runner(
        self, topology: Topology, kafka: Kafka, topic_readers: TopicReaders, store: CheckpointStore
    ) -> QueryRunner:
        """The query, to be run in this process."""
        return QueryRunner(
            self.query_id, self.group, topology, kafka, topic_readers, sink=self.sink, store=store, earliest=self.earliest,
            commit_interval=self.commit_interval,
        )  # fmt: skip


class Status(NamedTuple):
    """How a query stands."""

    state: str
    statistics: Statistics
    offsets: Offsets
    ends: Offsets


class QueryHandle(Protocol):
    """A persistent query wherever it runs."""

    query_id: str
    group: str
    topology: Topology
    statistics: Statistics
    offsets: Offsets
    ends: Offsets

    @property
    def state(self) -> str: ...

    @property
    def view(self) -> View: ...

    def start(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def ask_to_stop(self) -> None: ...

    def stop(self, timeout: float = 10.0) -> None: ...
