"""Runs statements: keeps the metastore, starts and ends queries, logs commands so that a restart finds them again."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException

from clickstream_embedded.ksqldb.commands.command_log import CommandLog, CommandStatuses
from clickstream_embedded.ksqldb.commands.effects import CommandResult, Live, PersistentQuery, Sandbox
from clickstream_embedded.ksqldb.commands.insert_values import written_row
from clickstream_embedded.ksqldb.commands.interpreter import Interpreter
from clickstream_embedded.ksqldb.errors import KsqlError, ShutDown, ShuttingDown
from clickstream_embedded.ksqldb.metastore import DataSource, MetaStore
from clickstream_embedded.ksqldb.planning import query_properties
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.inference import with_columns
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.query_spec import QueryHandle
from clickstream_embedded.ksqldb.runtime.remote import WorkerLink
from clickstream_embedded.ksqldb.runtime.runner import QueryRunner
from clickstream_embedded.ksqldb.runtime.topic_reader import TopicReaders
from clickstream_embedded.ksqldb.types.java_regex import matching
from clickstream_ksql import ast
from clickstream_ksql.parser import Parsed, parse

log = logging.getLogger("ksqldb")

SERVICE_ID = "ksql-cluster"
PREFIX = f"_confluent-ksql-{SERVICE_ID}"
COMMAND_TOPIC = f"{PREFIX}_command_topic"
TERMINATE = "TERMINATE CLUSTER;"
DELETED_TOPICS = "deleteTopicList"
_TERMINATE_ID = "cluster/TerminateCluster/terminate"
_DEFAULT_REPLICAS = -1


def _check_replicas(properties: ast.Properties) -> None:
    """Raises KsqlError for none, or more replicas than the one broker can hold, in Kafka's words."""
    for name, value in properties:
        count = getattr(value, "value", None)
        if name.upper() != "REPLICAS" or not isinstance(count, int):
            continue
        if count < 1 and count != _DEFAULT_REPLICAS:
            raise KsqlError("Replication factor must be larger than 0, or -1 to use the default value.")
        if count > 1:
            raise KsqlError(
                f"Unable to replicate the partition {count} time(s): The target replication factor of {count} cannot "
                "be reached because only 1 broker(s) are registered."
            )


class Trial:
    """A copy of the server's state for the statements of one request."""

    def __init__(self, interpreter: Interpreter, sandbox: Sandbox, sequence: int) -> None:
        self._interpreter = interpreter
        self.sandbox = sandbox
        self._sequence = sequence
        self.parsed: Parsed | None = None  # the last statement, with the columns that a Schema Registry has for it

    @property
    def metastore(self) -> MetaStore:
        return self._interpreter.metastore

    def insertable(self, name: str) -> DataSource:
        """The source that rows could be written into. Raises KsqlError where there is none."""
        return self.metastore.insertable(name)

    def apply(self, parsed: Parsed, properties: dict[str, Any]) -> CommandResult:
        """What the statement would do. Raises KsqlError."""
        query_properties.check(properties)
        _check_replicas(getattr(parsed.statement, "properties", ()))
        parsed = with_columns(parsed, self.metastore.registry, properties)
        result = self._interpreter.apply(parsed, properties, self._sequence)
        self._sequence += 1
        self.parsed = parsed
        return result


class Engine:
    """One ksqlDB server's statements and queries. Its methods block: call them off the event loop."""

    def __init__(
        self, kafka: Kafka, data: Path, new_suffix: Callable[[], int] | None = None, worker: WorkerLink | None = None,
        registry: str = "",
    ) -> None:  # fmt: skip
        self.kafka = kafka
        self.topic_readers = TopicReaders(kafka)
        self.statuses = CommandStatuses()
        self._store = CheckpointStore(data / "state.sqlite")
        self._worker = worker
        self._live = Live(kafka, self.topic_readers, self._store, worker, PREFIX)
        self._interpreter = Interpreter(MetaStore(registry=registry), self._live)
        self._log = CommandLog(kafka, COMMAND_TOPIC)
        self._lock = threading.RLock()
        self._new_suffix = new_suffix or (lambda: random.getrandbits(62))
        self._sequence = 0  # the place in the log behind the last command that was run
        self._ran = threading.Condition()
        self._in_doubt = False  # whether the log may hold a command that was told to have failed
        self.refusal: KsqlError | None = None  # of every request, once the cluster is terminated

    @property
    def metastore(self) -> MetaStore:
        return self._interpreter.metastore

    @property
    def queries(self) -> dict[str, PersistentQuery]:
        """The persistent queries by their ids."""
        return self._live.queries

    def caught_up(self, number: int, patience: float) -> bool:
        """Whether the command of that place in the log has been run, or is within so many seconds."""
        with self._ran:
            return self._ran.wait_for(lambda: self._sequence > number, patience)

    def _reached(self, sequence: int) -> None:
        with self._ran:
            self._sequence = sequence
            self._ran.notify_all()

    @property
    def transient(self) -> dict[str, QueryRunner]:
        """The push queries that run, by their ids."""
        return self._live.transient

    # -- start and end -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Replays the command log."""
        if self._worker is not None:
            self._worker.open()
        self._live.replaying = True
        self._replay()
        self._live.replaying = False
        for query in self.queries.values():  # not before: one that ended, or was replaced, later on must not run again
            query.runner.start()

    def close(self) -> None:
        runners: list[QueryHandle] = [*(query.runner for query in self.queries.values()), *self.transient.values()]
        for runner in runners:
            runner.ask_to_stop()  # all at once: ending takes as long as the slowest
        for runner in runners:
            runner.stop()
        if self._worker is not None:
            self._worker.close()
        self.topic_readers.close()
        self._store.close()

    # -- changing statements -----------------------------------------------------------------------------------

    def trial(self) -> Trial:
        """What a request's statements are tried on before any of them is run, as ksqlDB's sandbox does.

        Raises KafkaException: without a broker nothing can be kept, so nothing is tried.
        """
        with self._lock:
            self._catch_up()
            sandbox = Sandbox(self.queries, self.kafka.topics(), set(self.transient))
            return Trial(self._interpreter.trial(sandbox), sandbox, self._sequence)

    def execute(self, parsed: Parsed, properties: dict[str, Any]) -> CommandResult:
        """Validates a statement that changes something, logs it and applies it.

        Raises KsqlError, KafkaException; then it is neither in the log nor applied.
        """
        query_properties.check(properties)
        with self._lock, self._expected():
            trial = self.trial()
            planned = trial.apply(parsed, properties)
            if planned.kept:
                return planned
            self._live.provision(trial.sandbox)
            parsed = trial.parsed or parsed  # what is logged has its columns: a replay asks no registry
            self._in_doubt = True
            sequence = self._log.append(planned.command_id, parsed.text, properties)
            self._in_doubt = False
            result = self._interpreter.apply(parsed, properties, sequence)
            self._reached(sequence + 1)
            self._live.delete_topics(trial.sandbox.deleted)
            self.statuses.note(result.command_id, "SUCCESS")
            return result

    @contextmanager
    def _expected(self) -> Generator[None]:
        """Within, a query may begin: those that began just before read the same topic with it."""
        self.topic_readers.expect()
        if self._worker is not None:
            self._worker.tell("expect", "")
        try:
            yield
        finally:
            self.topic_readers.came()
            if self._worker is not None:
                self._worker.tell("came", "")

    def _catch_up(self) -> None:
        """Applies what the log holds although its writing failed: the log is what counts.

        Raises KafkaException, and KsqlError where the cluster is terminated.
        """
        if self._in_doubt and self.refusal is None:
            self._replay()
            self._in_doubt = False
        if self.refusal is not None:
            raise self.refusal

    def _replay(self) -> None:
        """Applies the commands of the log that were not applied yet. Raises KafkaException, TimeoutError."""
        commands = list(self._log.replay())
        ended = next((each for each in commands if each.statement.upper() == TERMINATE), None)
        if ended is not None:  # it was not brought to its end
            self._end_all(ended.properties.get(DELETED_TOPICS) or [])
            return
        for command in commands:
            if command.sequence < self._sequence:
                continue
            try:
                self._interpreter.apply(parse(command.statement)[0], command.properties, command.sequence)
                self.statuses.note(command.command_id, "SUCCESS")
            except Exception as error:  # noqa: BLE001 - one command that no longer applies must not stop the server
                self.statuses.note(command.command_id, "ERROR")
                log.error("the command %r could not be replayed: %s", command.statement, error)
            self._reached(command.sequence + 1)

    def terminate(self, patterns: list[str]) -> CommandResult:
        """Terminates the cluster: queries and command topic are gone for good, and no request is taken any more.

        Args:
            patterns: regular expressions; topics of queries' sinks whose whole names match one are deleted.

        Raises:
            KafkaException: the command could not be logged; nothing was done.
        """
        with self._lock:
            self._catch_up()
            self._in_doubt = True
            sequence = self._log.append(_TERMINATE_ID, TERMINATE, {DELETED_TOPICS: patterns})
            self._in_doubt = False
            self._end_all(patterns)
        return CommandResult(_TERMINATE_ID, "Statement written to command topic", None, sequence, TERMINATE)

    def _end_all(self, patterns: list[str]) -> None:
        self.refusal = ShuttingDown("The server is shutting down")
        queries = list(self.queries.values())
        for query in queries:
            query.runner.ask_to_stop()
        for query in queries:
            self._live.end(query)
        for query_id in list(self.transient):
            self.end_push(query_id)
        sinks = {
            source.topic: source
            for source in self.metastore.sources.values()
            if source.query_id is not None and any(matching.matches(each, source.topic) for each in patterns)
        }
        self._live.delete_topics(list(sinks.values()))
        try:
            self.kafka.delete_topic(COMMAND_TOPIC)
        except KafkaException as error:  # a restart finds the command in it, and deletes it
            log.error("the command topic could not be deleted: %s", error)
        self.refusal = ShutDown("The server is shut down")
        log.info("the cluster was terminated")

    # -- values and queries ------------------------------------------------------------------------------------

    def insert_values(self, statement: ast.InsertValues) -> None:
        """Writes one row into a source's topic. Raises KsqlError."""
        source = self.insertable(statement.name)
        self.kafka.write(source.topic, *written_row(statement, source, self.metastore.types))

    def insertable(self, name: str) -> DataSource:
        """The source that rows can be written into. Raises KsqlError where there is none."""
        return self.metastore.insertable(name)

    def push(
        self,
        query: ast.Query,
        properties: dict[str, Any],
        on_rows: Callable[[list[Any]], None],
        *,
        to_end: bool = False,
    ) -> tuple[QueryRunner, Topology]:
        """A push query, not started yet; with `to_end` it ends where its topics end now. Raises KsqlError."""
        with self._lock:
            if self.refusal is not None:
                raise self.refusal
            analysis = analyze(query, self.metastore, transient=True)
            query_id = f"transient_{analysis.inputs[0].source.name}_{self._new_suffix()}"
            options: dict[str, Any] = {"cached": False, **query_properties.strictness(properties)}
            topology = plan(analysis, transient=True, on_error=lambda *_: None, **options)
            earliest = query_properties.from_start(properties, "latest")
            runner = QueryRunner(
                query_id, f"{PREFIX}transient_{query_id}", topology, self.kafka, self.topic_readers, sink=None, store=None,
                earliest=earliest, commit_interval=0.05, on_rows=on_rows, to_end=to_end,
            )  # fmt: skip
            self.transient[query_id] = runner
            return runner, topology

    def end_push(self, query_id: str) -> bool:
        """Ends a push query; False where there is none of that id."""
        runner = self.transient.pop(query_id, None)
        if runner is None:
            return False
        runner.stop(5.0)
        return True
