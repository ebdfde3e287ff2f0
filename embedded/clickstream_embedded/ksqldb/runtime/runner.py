"""Runs one query in a thread of its own: reads its topics, pushes records through, commits at intervals."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from confluent_kafka import KafkaException, TopicPartition

from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.materialization.derived_view import DerivedView
from clickstream_embedded.ksqldb.materialization.table_view import Entry, TableView
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.operators.operator import Row
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore, Offsets
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.partition_group import PartitionGroup
from clickstream_embedded.ksqldb.runtime.sink_writer import SinkWriter
from clickstream_embedded.ksqldb.runtime.table_restore import table_changes
from clickstream_embedded.ksqldb.runtime.topic_reader import Chunk, TopicReaders

log = logging.getLogger("ksqldb")
_POLL = 0.25  # seconds
_PATIENCE_MOST, _PATIENCE_PART = (
    0.25,
    8,
)  # seconds that records may wait for others, and that part of the commit interval
_HELD = 20_000  # results that wait for a commit at most
_BULK = 1_000  # records since the last commit
_LULL = 0.1  # seconds without a record, beyond those that the broker may gather for, after which a bulk has ended
_ERRORS_KEPT = 20
_PATIENCE = 10.0  # seconds that a pull query waits for a table that is being restored


class View(Protocol):
    """The present rows of a table."""

    def of_key(self, key: Row) -> list[Entry]: ...

    def all(self) -> list[Entry]: ...


@dataclass
class Statistics:
    """What a query has done so far. `last` is wall time in ms."""

    consumed: int = 0
    consumed_bytes: int = 0
    produced: int = 0
    skipped: int = 0
    last: int = 0
    started: float = field(default_factory=time.monotonic)
    errors: list[str] = field(default_factory=list[str])

    def error(self, message: str) -> None:
        self.skipped += 1
        self.errors = [*self.errors[-_ERRORS_KEPT + 1 :], message]


Rows = Callable[[list[Any]], None]


def _told(error: Exception) -> str:
    """Why a query ended, in our own words or a server's; what went wrong inside is for the log."""
    if isinstance(error, KsqlError | SerializationError):
        return str(error)
    return "The query ended on an internal error; the server's log has it."


class QueryRunner:
    """A running query. Its state is RUNNING, PAUSED, ERROR or, once ended, NOT_RUNNING."""

    def __init__(
        self,
        query_id: str,
        group: str,
        topology: Topology,
        kafka: Kafka,
        topic_readers: TopicReaders,
        *,
        sink: DataSource | None,
        store: CheckpointStore | None,
        earliest: bool,
        commit_interval: float,
        on_rows: Rows | None = None,
        to_end: bool = False,
    ) -> None:
        self.query_id = query_id
        self.group = group
        self.topology = topology
        self.statistics = Statistics()
        self.state = "RUNNING"
        self.offsets: Offsets = {}
        self.ends: Offsets = {}  # where the topics ended when the query last looked
        derived = DerivedView.of(topology)
        self._table = TableView() if topology.is_table and derived is None else None  # rows that no state holds
        self._view = derived or self._table or TableView()
        self._readable = threading.Event()  # once the view is what it was when the query last ran
        self._kafka = kafka
        self._feeds = topic_readers
        self._restored = False
        self._store = store
        self._sink = sink
        self._earliest = earliest
        self._interval = commit_interval
        self._on_rows = on_rows
        # results are sent at commits: what comes between two of them can be fetched in a few larger answers
        patience = min(_PATIENCE_MOST, commit_interval / _PATIENCE_PART)
        self._patience = 0.0 if commit_interval < 1.0 or on_rows is not None else patience
        self._lull = self._patience + _LULL
        self._to_end = to_end
        self._stop = threading.Event()
        self._resume = threading.Event()
        self._resume.set()
        self._prune_due = 0.0
        self._results: SinkWriter | None = None
        if sink is not None and store is not None:
            self._results = SinkWriter(query_id, sink, kafka, store, self.statistics.error, self._stop.is_set)
        self._thread = threading.Thread(target=self._run, name=query_id, daemon=True)

    @property
    def view(self) -> View:
        """The present rows. Raises KsqlError while they are not restored: none would be a wrong answer."""
        if not self._readable.wait(_PATIENCE):
            raise KsqlError(f"The table of the query {self.query_id} is being restored. Try again in a moment.")
        return self._view

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Has the thread commit and end, without waiting for it."""
        self._stop.set()
        self._resume.set()

    def stop(self, timeout: float = 10.0) -> None:
        """Commits and ends; waits for the thread."""
        self.ask_to_stop()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def pause(self) -> None:
        self._resume.clear()
        self.state = "PAUSED"

    def resume(self) -> None:
        self.state = "RUNNING"
        self._resume.set()

    # -- in the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        delay = 0.5
        while not self._stop.is_set():
            self._resume.wait()
            try:
                self._consume()
            except (KafkaException, OSError, TimeoutError) as error:
                log.warning(
                    "query %s lost its broker or its disk, trying again in %.1f s: %s", self.query_id, delay, error
                )
                self._stop.wait(delay)
                delay = min(delay * 2, 5.0)
            except Exception as error:
                log.exception("query %s failed", self.query_id)
                self.statistics.errors.append(_told(error))
                self.state = "ERROR"
                return
        self.state = "NOT_RUNNING"

    def _consume(self) -> None:
        is_first = not self._restored
        self._restore()
        if self._results is not None:
            self._results.resend()
        if is_first:
            self._load_table()
            self._readable.set()
        consumer = self._kafka.consumer(self.group)
        before = self.statistics.consumed
        partition_group: PartitionGroup | None = None
        try:
            self._feeds.expect()
            try:
                partition_group = self._partition_group()
                partition_group.open(self._stop.is_set)  # a join takes in its tables here already
            finally:
                self._feeds.came()
            self._loop(consumer, partition_group, pending=self.statistics.consumed > before)
        finally:
            if partition_group is not None:
                partition_group.close()
            consumer.close()

    def _partition_group(self) -> PartitionGroup:
        """What the topics hold now, not read yet."""
        counts = self._kafka.topics()
        topics = {side.source.topic for side, _ in self.topology.inputs}
        ranges = {topic: self._kafka.offsets(topic, counts.get(topic, 1)) for topic in topics}
        self.ends = {(t, n): high for t, places in ranges.items() for n, (_, high) in enumerate(places)}
        return PartitionGroup(
            self._feeds, self.topology, self.offsets, ranges, earliest=self._earliest, patience=self._patience,
            on_chunk=self._count,
        )  # fmt: skip

    def _restore(self) -> None:
        """Takes up state and offsets, once in the life of this runner."""
        if self._store is not None and not self._restored:
            self.offsets = self._store.load(self.query_id, [*self.topology.stores])
            self._load_view()
        self._restored = True

    def _count(self, chunk: Chunk, errors: list[str]) -> None:
        self.statistics.consumed += len(chunk.columns)
        self.statistics.consumed_bytes += chunk.size
        self.statistics.last = int(time.time() * 1000)
        for error in errors:
            self.statistics.error(error)

    def _loop(self, consumer: Any, partition_group: PartitionGroup, *, pending: bool) -> None:
        """Reads until the query is stopped, or paused: then its places are given up until it goes on.

        `pending` says that records were taken in which no commit has covered yet.
        """
        due = time.monotonic() + self._interval
        caught_up = partition_group.is_at_end and not pending
        came_last, committed = due, self.statistics.consumed
        while not self._stop.is_set() and self._resume.is_set():
            is_bulk = pending and self.statistics.consumed - committed >= _BULK
            lull = came_last + self._lull - time.monotonic() if is_bulk else _POLL
            if partition_group.read(max(min(_POLL, self._interval, lull), 0.0) if pending else _POLL):
                pending, came_last = True, time.monotonic()
            if self._on_rows is not None:
                self._deliver()
            if self._to_end and partition_group.is_at_end:
                self._stop.set()
            now = time.monotonic()
            # the interval bounds what a flowing stream costs; at the end of a bulk, or of what the topics held when the
            # query began, there is nothing to wait for
            ended = is_bulk and now - came_last >= self._lull
            if not caught_up and partition_group.is_at_end:
                ended = caught_up = True
            if pending and (ended or now >= due or len(self.topology.output.records) >= _HELD):
                self._commit(consumer)
                due, pending, committed = now + self._interval, False, self.statistics.consumed
        self._commit(consumer)

    def _deliver(self) -> None:
        self.topology.flush()
        rows = self.topology.output.take()
        if rows and self._on_rows is not None:
            self._on_rows(rows)

    def _commit(self, consumer: Any) -> None:
        """Flushes the cache; keeps state, offsets and results together; then sends the results."""
        if self._on_rows is not None:
            self._deliver()
            return
        with self._feeds.turn:
            self.topology.flush()
            self._collect()
            self._prune()
        if self._results is not None:
            self._results.commit(consumer, self.topology.stores, self.offsets)
            self.statistics.produced = self._results.produced
        if self.offsets:
            places = [TopicPartition(topic, number, offset) for (topic, number), offset in self.offsets.items()]
            consumer.commit(offsets=places, asynchronous=True)
            consumer.poll(0)  # nothing is assigned; but for this, the answers to commits would pile up in it

    def _collect(self) -> None:
        batch = self.topology.output.take()
        if self._table is not None:
            self._table.update(batch)
        if self._results is not None:
            self._results.add(batch)

    def _prune(self) -> None:
        """Forgets windows that are past their retention, once a minute."""
        now, retention = time.monotonic(), self.topology.retention
        if self._table is not None and retention is not None and now >= self._prune_due:
            self._prune_due = now + 60
            self._table.prune(retention)

    def _load_table(self) -> None:
        """Reads the rows that no state holds from the topic that they were written to, once in this runner's life.

        Raises KafkaException, OSError.
        """
        if self._table is None or self._sink is None or not self.offsets:
            return
        # a source table is read to its own place, for what comes behind it is still to be taken in
        until = self.offsets if self._sink.read_only else None
        for batch in table_changes(self._kafka, self._sink, until, self._stop.is_set):
            self._table.update(batch)

    def _load_view(self) -> None:
        """Restores the table from its state: what the operators would emit for every key they hold."""
        for node in self.topology.nodes:
            node.restore()
        self.topology.flush()
        batch = self.topology.output.take()
        if self._table is not None:
            self._table.update(batch)
