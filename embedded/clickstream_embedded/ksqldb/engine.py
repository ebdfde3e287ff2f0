"""Runs statements: keeps the metastore, starts and ends queries, logs commands so that a restart finds them again."""

from __future__ import annotations

import dataclasses
import json
import logging
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.commands.insert_values import written_row
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions import aggregates
from clickstream_embedded.ksqldb.metastore import MetaStore, Source
from clickstream_embedded.ksqldb.planning import query_properties, upgrades, with_clause
from clickstream_embedded.ksqldb.planning.analysis import Analysis, analyze
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.planning.sinks import check_insert, insertable, sink_of
from clickstream_embedded.ksqldb.planning.sources import (
    check_wrapping,
    create_source,
    missing_topic,
)
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.codec import check_formats
from clickstream_embedded.ksqldb.runtime.kafka import Kafka, OtherPartitions
from clickstream_embedded.ksqldb.runtime.placement import Placement
from clickstream_embedded.ksqldb.runtime.query_spec import QueryHandle, QuerySpec
from clickstream_embedded.ksqldb.runtime.remote import RemoteRunner, WorkerLink
from clickstream_embedded.ksqldb.runtime.runner import QueryRunner
from clickstream_embedded.ksqldb.runtime.topic_reader import TopicReaders
from clickstream_embedded.ksqldb.types.sql_types import resolve
from clickstream_ksql import ast, formatter
from clickstream_ksql.parser import Parsed, parse
from clickstream_ksql.syntax_errors import unknown_statement

log = logging.getLogger("ksqldb")

SERVICE_ID = "ksql-cluster"
PREFIX = f"_confluent-ksql-{SERVICE_ID}"
COMMAND_TOPIC = f"{PREFIX}_command_topic"
COMMIT_INTERVAL = 2.0  # seconds; commit.interval.ms of the tutorial's server


@dataclasses.dataclass
class PersistentQuery:
    """A query that writes into `sink`."""

    query_id: str
    text: str
    sink: str
    reads: tuple[str, ...]
    runner: QueryHandle
    window: str | None
    canonical: str
    properties: dict[str, Any] = dataclasses.field(default_factory=dict[str, Any])


@dataclasses.dataclass
class CommandResult:
    """What a changing statement did."""

    command_id: str
    message: str
    query_id: str | None
    sequence: int
    text: str


class Engine:
    """One ksqlDB server's statements and queries. Its methods block: call them off the event loop."""

    def __init__(
        self, kafka: Kafka, data: Path, new_suffix: Callable[[], int] | None = None, worker: WorkerLink | None = None
    ) -> None:
        self.kafka = kafka
        self.topic_readers = TopicReaders(kafka)
        self.metastore = MetaStore()
        self.queries: dict[str, PersistentQuery] = {}
        self.transient: dict[str, QueryRunner] = {}
        self.statuses: dict[str, str] = {}
        self._store = CheckpointStore(data / "state.sqlite")
        self._worker = worker
        self._placement = Placement(1 if worker is None else 2)
        self._lock = threading.RLock()
        self._new_suffix = new_suffix or (lambda: random.getrandbits(62))
        self._sequence = 0
        self._replaying = False
        self._analyses: dict[str, Analysis] = {}  # of the queries that made a stream or table, by its name

    # -- start and end -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Replays the command log."""
        if self._worker is not None:
            self._worker.open()
        if COMMAND_TOPIC not in self.kafka.topics():
            # retention.ms -1: the log is what the server is rebuilt from
            self.kafka.create_topic(COMMAND_TOPIC, 1, {"retention.ms": "-1", "retention.bytes": "-1"})
        self._replaying = True
        for message in self.kafka.read_all(COMMAND_TOPIC):
            self._sequence = message.offset()
            command = json.loads(message.value())
            try:
                self._apply(parse(command["statement"])[0], command["properties"], self._sequence)
            except Exception as error:  # noqa: BLE001 - one command that no longer applies must not stop the server
                log.error("the command %r could not be replayed: %s", command.get("statement"), error)
            self._sequence += 1
        self._replaying = False
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

    def execute(self, parsed: Parsed, properties: dict[str, Any]) -> CommandResult:
        """Runs a statement that changes something and logs it. Raises KsqlError, KafkaException; then nothing has changed."""
        query_properties.check(properties)
        with self._lock:
            self.kafka.topics()  # a broker that does not answer would not keep the statement either
            result = self._apply(parsed, properties, self._sequence)
            record = json.dumps({"statement": parsed.text, "properties": properties}).encode()
            self._sequence = self.kafka.write(COMMAND_TOPIC, result.command_id.encode(), record) + 1
            self.statuses[result.command_id] = "SUCCESS"
            return result

    def _apply(self, parsed: Parsed, properties: dict[str, Any], sequence: int) -> CommandResult:
        statement = parsed.statement
        match statement:
            case ast.CreateSource():
                return self._create_source(statement, parsed.text, properties, sequence)
            case ast.CreateAs():
                return self._create_as(statement, properties, sequence)
            case ast.InsertInto():
                return self._insert_into(statement, properties, sequence)
            case ast.Drop(kind, name, if_exists, delete_topic) if kind in ("STREAM", "TABLE"):
                text = parsed.text.replace(" DELETE TOPIC", "")
                return self._drop(kind, name, if_exists, delete_topic, sequence, text)
            case ast.QueryControl(action, query_id):
                return self._control(action, query_id, sequence, parsed.text)
            case ast.CreateType(name, kind, if_not_exists):
                return self._create_type(name, kind, if_not_exists, sequence, parsed.text)
            case ast.Drop("TYPE", name, if_exists):
                if self.metastore.types.pop(name, None) is None and not if_exists:
                    raise KsqlError(f"Type {name} does not exist.")
                return CommandResult(f"type/{name}/drop", f"Dropped type '{name}'", None, sequence, parsed.text)
            case ast.Alter():
                return self._alter(statement, sequence, parsed.text)
            case ast.RunScript():  # of the client: the server's parser knows no such statement
                raise KsqlError(f"line {parsed.line}:1: Syntax Error\n{unknown_statement('RUN')}")
            case _:
                raise KsqlError(f"This server does not run the statement: {parsed.text}")

    def _create_source(
        self, statement: ast.CreateSource, text: str, properties: dict[str, Any], sequence: int
    ) -> CommandResult:
        source = create_source(statement, self.metastore, properties)
        kind = statement.kind.lower()
        command = f"{kind}/`{source.name}`/create"
        known = self.metastore.sources.get(source.name)
        if statement.or_replace and (source.read_only or (known is not None and known.read_only)):
            raise KsqlError(f"Cannot add {kind} '{source.name}': CREATE OR REPLACE is not supported on source {kind}s.")
        if known is not None and statement.if_not_exists:
            message = f"Cannot add {kind} `{source.name}`: A {known.kind.lower()} with the same name already exists."
            return CommandResult(command, message, None, sequence, source.statement)
        if known is not None and not statement.or_replace:
            error = KsqlError("")
            try:
                self.metastore.check_new(source.name, source.kind)
            except KsqlError as refused:
                error = refused
            error.statement = source.statement
            raise error
        check_formats(source)
        if known is not None:
            upgrades.check_source(known, source)
        topics = self.kafka.topics()
        wanted = with_clause.of_source(statement.properties).get("PARTITIONS")
        if source.topic not in topics and wanted is None:
            raise missing_topic(source, statement)
        if wanted is not None and topics.get(source.topic) != wanted:
            self._make_topic(source, wanted)
        source = dataclasses.replace(source, partitions=topics.get(source.topic, wanted or 1))
        if source.read_only and source.is_table:
            source = dataclasses.replace(source, query_id=f"CST_{source.name}_{sequence}")
        self.metastore.sources[source.name] = source
        if source.query_id is not None:
            self._materialize(source, properties)
        return CommandResult(command, f"{statement.kind.title()} created", None, sequence, source.statement)

    def _materialize(self, source: Source, properties: dict[str, Any]) -> None:
        """Keeps a source table at hand for pull queries; nothing is written to its topic."""
        everything = ast.Query((ast.SelectItem(None, star=True),), ast.Relation(source.name, source.name))
        analysis = analyze(everything, self.metastore)
        assert source.query_id is not None
        on_error = self._on_error(source.query_id)
        options: dict[str, Any] = {"cached": False, "name": source.name}
        topology = plan(analysis, transient=False, on_error=on_error, **options)
        self._start_query(source.query_id, source.statement, source, analysis, topology, properties, options)

    def _make_topic(self, source: Source, partitions: int) -> None:
        """Makes a source's topic where it is not there. Raises KsqlError where it has other partitions."""
        config = {"cleanup.policy": "delete"}
        if source.is_table:
            config = {"cleanup.policy": "compact,delete" if source.window else "compact"}
        try:
            self.kafka.create_topic(source.topic, partitions, config)
        except OtherPartitions:
            if not self._replaying:  # it was right when the statement was first run
                raise

    def _on_error(self, query_id: str) -> Callable[[str, Exception], None]:
        def report(clause: str, error: Exception) -> None:
            query = self.queries.get(query_id)
            if query is not None:
                query.runner.statistics.error(f"{clause}: {error}")

        return report

    def _create_as(self, statement: ast.CreateAs, properties: dict[str, Any], sequence: int) -> CommandResult:
        kind = statement.kind
        written = with_clause.of_sink(statement.properties)
        key_format = written.get("KEY_FORMAT") or written.get("FORMAT")
        analysis = analyze(statement.query, self.metastore, key_format=key_format)
        known = self.metastore.sources.get(statement.name)
        command = f"{kind.lower()}/`{statement.name}`/create"
        if known is not None and statement.if_not_exists:
            message = f"Cannot add {kind.lower()} `{statement.name}`: A {known.kind.lower()} with the same name already exists."
            return CommandResult(command, message, None, sequence, "")
        query_id = f"C{kind[0]}AS_{statement.name}_{sequence}"
        replaced = self.queries.get(known.query_id or "") if known is not None and statement.or_replace else None
        if replaced is not None:
            query_id = replaced.query_id  # with its state, and its place in its topics
        timestamp = (written.get("TIMESTAMP"), written.get("TIMESTAMP_FORMAT"))
        options: dict[str, Any] = {
            "cached": query_properties.is_cached(properties), "name": statement.name, "limits": aggregates.limits(properties),
            "new_planner": str(properties.get("ksql.new.query.planner.enabled", "false")).lower() == "true",
        }  # fmt: skip
        topology = plan(analysis, transient=False, on_error=self._on_error(query_id), timestamp=timestamp, **options)
        source, text = sink_of(statement, analysis, topology, written, query_id, properties)
        if known is not None and not statement.or_replace:
            message = (
                f"Could not determine output schema for query due to error: Cannot add {kind.lower()} '{statement.name}':"
                f" A {known.kind.lower()} with the same name already exists"
            )
            raise KsqlError(message, text)
        if (kind == "TABLE") != topology.is_table:
            wanted = "CREATE STREAM AS SELECT" if kind == "TABLE" else "CREATE TABLE AS SELECT"
            raise KsqlError(
                f"Invalid result type. Your SELECT query produces a {'TABLE' if topology.is_table else 'STREAM'}. "
                f"Please use {wanted} statement instead.", text,
            )  # fmt: skip
        check_formats(source)
        check_wrapping(written, source.value_format, list(source.schema.values))
        if known is not None:
            upgrades.check_source(known, source)
            if known.name in self._analyses:
                upgrades.check_query(self._analyses[known.name], analysis)
        self._make_topic(source, source.partitions)
        if replaced is not None:
            self._stop(replaced)
        self.metastore.sources[source.name] = source
        self._analyses[source.name] = analysis
        self._start_query(query_id, text, source, analysis, topology, properties, options)
        return CommandResult(command, f"Created query with ID {query_id}", query_id, sequence, text)

    def _start_query(
        self, query_id: str, text: str, sink: Source, analysis: Analysis, topology: Topology,
        properties: dict[str, Any], options: dict[str, Any],
    ) -> None:  # fmt: skip
        interval = query_properties.commit_interval(properties, COMMIT_INTERVAL)
        spec = QuerySpec(
            query_id, f"{PREFIX}query_{query_id}", analysis, sink,
            # the tutorial's server has ksql.streams.auto.offset.reset=earliest
            earliest=query_properties.from_start(properties, "earliest"),
            commit_interval=interval if query_properties.is_cached(properties) else 0.05, options=options,
        )  # fmt: skip
        runner: QueryHandle
        if self._placement.place(query_id, spec.topics) == 0 or self._worker is None:
            runner = spec.runner(topology, self.kafka, self.topic_readers, self._store)
        else:
            runner = RemoteRunner(spec, topology, self._worker)
        reads = tuple(each.source.name for each in analysis.inputs)
        canonical = formatter.query(analysis.canonical())
        self.queries[query_id] = PersistentQuery(
            query_id, text, sink.name, reads, runner, topology.window, canonical, properties
        )
        if not self._replaying:
            runner.start()

    def _insert_into(self, statement: ast.InsertInto, properties: dict[str, Any], sequence: int) -> CommandResult:
        sink = insertable(statement, self.metastore)
        written = with_clause.of_insert(statement.properties)
        analysis = analyze(statement.query, self.metastore)
        query_id = written.get("QUERY_ID") or f"INSERTQUERY_{sequence}"
        options: dict[str, Any] = {"cached": False}
        topology = plan(analysis, transient=False, on_error=self._on_error(query_id), **options)
        check_insert(sink, topology)
        text = formatter.statement(dataclasses.replace(statement, query=analysis.canonical()), "")
        self._start_query(query_id, text, sink, analysis, topology, properties, options)
        command = f"stream/`{sink.name}`/create"
        return CommandResult(command, f"Created query with ID {query_id}", query_id, sequence, text)

    def _drop(
        self, kind: str, name: str, if_exists: bool, delete_topic: bool, sequence: int, text: str
    ) -> CommandResult:
        command = f"{kind.lower()}/{name}/drop"
        source = self.metastore.sources.get(name)
        if source is None:
            if if_exists:
                return CommandResult(command, f"Source `{name}` does not exist.", None, sequence, text)
            raise KsqlError(f"{kind.title()} {name} does not exist.")
        if source.kind != kind:
            raise KsqlError(f"Incompatible data source type is {source.kind}, but statement was DROP {kind}")
        if delete_topic and source.read_only:
            raise KsqlError(f"Cannot delete topic for read-only source: {name}")
        readers = sorted({query.sink for query in self.queries.values() if name in query.reads and query.sink != name})
        if readers:
            raise KsqlError(
                f"Cannot drop {name}.\nThe following streams and/or tables read from this source: "
                f"[{', '.join(readers)}].\nYou need to drop them before dropping {name}."
            )
        writers = [query for query in self.queries.values() if query.sink == name]
        if any(query.query_id != source.query_id for query in writers):
            raise KsqlError(f"Cannot drop {name}.\nThe following queries write into this source: "
                            f"[{', '.join(q.query_id for q in writers)}].\nYou need to terminate them before dropping {name}.")  # fmt: skip
        for query in writers:
            self._end(query)
        del self.metastore.sources[name]
        self._analyses.pop(name, None)
        if delete_topic and not self._replaying:
            self.kafka.delete_topic(source.topic)
        return CommandResult(command, f"Source `{name}` (topic: {source.topic}) was dropped.", None, sequence, text)

    def _stop(self, query: PersistentQuery) -> None:
        self.queries.pop(query.query_id, None)
        query.runner.stop()
        self._placement.forget(query.query_id)

    def _end(self, query: PersistentQuery) -> None:
        self._stop(query)
        self._store.forget(query.query_id)

    def _control(self, action: str, query_id: str | None, sequence: int, text: str) -> CommandResult:
        if query_id is not None and action == "TERMINATE" and query_id in self.transient:
            self.transient.pop(query_id).stop()
            return CommandResult(f"terminate/{query_id}/execute", "Query terminated.", None, sequence, text)
        chosen = [*self.queries.values()] if query_id is None else [q for q in [self.queries.get(query_id)] if q]
        if query_id is not None and not chosen:
            raise KsqlError(f"Unknown queryId: {query_id}")
        for query in chosen:
            if action == "TERMINATE":
                self._end(query)
            elif action == "PAUSE":
                query.runner.pause()
            else:
                query.runner.resume()
        done = {"TERMINATE": "terminated", "PAUSE": "paused", "RESUME": "resumed"}[action]
        return CommandResult(f"{action.lower()}/{query_id or 'all'}/execute", f"Query {done}.", None, sequence, text)

    def _create_type(
        self, name: str, kind: ast.TypeName, if_not_exists: bool, sequence: int, text: str
    ) -> CommandResult:
        command = f"type/`{name}`/create"
        if name in self.metastore.types:
            if not if_not_exists:
                raise KsqlError(f"Cannot register custom type '{name}' since it is already registered with type: "
                                f"{self.metastore.types[name]}")  # fmt: skip
            return CommandResult(command, f"{name} is already registered", None, sequence, text)
        found = self.metastore.types[name] = resolve(kind, self.metastore.types)
        return CommandResult(
            command, f"Registered custom type with name '{name}' and SQL type {found}", None, sequence, text
        )

    def _alter(self, statement: ast.Alter, sequence: int, text: str) -> CommandResult:
        source = self.metastore.get(statement.name)
        if source.read_only:
            raise KsqlError(
                f"Cannot alter {source.kind.lower()} '{source.name}': ALTER operations are not supported on source "
                f"{source.kind.lower()}s."
            )
        if source.query_id is not None:
            raise KsqlError(f"ALTER command is not supported for CREATE ... AS statements: {statement.name}")
        from clickstream_embedded.ksqldb.types.schema import Column, Schema

        added = [Column(e.name, resolve(e.type, self.metastore.types)) for e in statement.columns]
        for column in added:
            if source.schema.find(column.name) is not None:
                raise KsqlError(
                    f"Cannot add column `{column.name}` to schema. A column with the same name already exists."
                )
        schema = Schema(source.schema.keys, (*source.schema.values, *added))
        self.metastore.sources[source.name] = dataclasses.replace(source, schema=schema)
        kind = statement.kind.title()
        return CommandResult(
            f"{kind.lower()}/{source.name}/alter", f"{kind} {source.name} altered.", None, sequence, text
        )

    # -- values and queries ------------------------------------------------------------------------------------

    def insert_values(self, statement: ast.InsertValues) -> None:
        """Writes one row into a source's topic. Raises KsqlError."""
        source = self.insertable(statement.name)
        self.kafka.write(source.topic, *written_row(statement, source, self.metastore.types))

    def insertable(self, name: str) -> Source:
        """The source that rows can be written into. Raises KsqlError where there is none."""
        source = self.metastore.sources.get(name)
        if source is None:
            near = next((other for other in self.metastore.sources if other.upper() == name.upper()), None)
            hint = ""
            if near is not None:
                hint = f"\nDid you mean {near}? Hint: try removing double quotes from the source name."
                if near != near.upper():
                    hint = f'\nDid you mean "{near}"? Hint: wrap the source name in double quotes to make it case-sensitive.'
            raise KsqlError(f"Cannot insert values into an unknown stream/table: `{name}`{hint}")
        if source.read_only:
            raise KsqlError(f"Cannot insert values into read-only {source.kind.lower()}: {name}")
        return source

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
            analysis = analyze(query, self.metastore, transient=True)
            query_id = f"transient_{analysis.inputs[0].source.name}_{self._new_suffix()}"
            topology = plan(analysis, transient=True, cached=False, on_error=lambda *_: None)
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
