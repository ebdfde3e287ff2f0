"""What each changing statement does to the metastore and the queries: the same code in validation, live and in replay."""

from __future__ import annotations

import dataclasses
from typing import Any

from clickstream_embedded.ksqldb.commands.effects import CommandResult, Effects
from clickstream_embedded.ksqldb.commands.references import check_not_referred_to
from clickstream_embedded.ksqldb.errors import BadRequest, KsqlError, NoRegistry
from clickstream_embedded.ksqldb.functions import aggregates
from clickstream_embedded.ksqldb.metastore import DataSource, MetaStore
from clickstream_embedded.ksqldb.planning import query_properties, upgrades, with_clause
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.checks import check_limit
from clickstream_embedded.ksqldb.planning.model import Analysis
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.planning.sinks import check_query_id, insertable, insertion, sink_of
from clickstream_embedded.ksqldb.planning.sources import (
    check_name,
    check_wrapping,
    create_source,
    missing_topic,
)
from clickstream_embedded.ksqldb.runtime.codec import check_formats
from clickstream_embedded.ksqldb.types.schema import Column, Schema
from clickstream_embedded.ksqldb.types.sql_types import resolve
from clickstream_ksql import ast, formatter
from clickstream_ksql.parser import Parsed
from clickstream_ksql.syntax_errors import unknown_statement

_CHANGING = (ast.CreateSource, ast.CreateAs, ast.InsertInto, ast.QueryControl, ast.CreateType, ast.Alter)


def as_written(properties: ast.Properties) -> dict[str, Any]:
    """The values of a WITH clause by their names in upper case."""
    return {name.upper(): getattr(value, "value", value) for name, value in properties}


def changes_metastore(statement: ast.Statement) -> bool:
    """Whether it is one of the statements that `Interpreter.apply` knows."""
    return isinstance(statement, _CHANGING) or (isinstance(statement, ast.Drop) and statement.kind != "CONNECTOR")


class Interpreter:
    """Applies statements to a metastore; what goes beyond it (topics, running queries) is left to `effects`."""

    def __init__(self, metastore: MetaStore, effects: Effects, analyses: dict[str, Analysis] | None = None) -> None:
        self.metastore = metastore
        self._effects = effects
        self._analyses = analyses if analyses is not None else {}  # of the queries that made a source, by its name

    def trial(self, effects: Effects) -> Interpreter:
        """A copy on which statements can be tried: nothing that is done to it is seen here."""
        return Interpreter(self.metastore.copy(), effects, dict(self._analyses))

    def apply(self, parsed: Parsed, properties: dict[str, Any], sequence: int) -> CommandResult:
        """Does what a statement says. Raises KsqlError; then nothing has changed."""
        statement = parsed.statement
        try:
            return self._dispatch(parsed, properties, sequence)
        except NoRegistry as error:
            named = as_written(getattr(statement, "properties", ()))
            topic = named.get("KAFKA_TOPIC") or getattr(statement, "name", "")
            raise NoRegistry(f"Cannot create topic '{topic}' {error.message}") from None

    def _dispatch(self, parsed: Parsed, properties: dict[str, Any], sequence: int) -> CommandResult:
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
            return CommandResult(command, message, None, sequence, source.statement, kept=True)
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
        topics = self._effects.topics()
        wanted = with_clause.of_source(statement.properties).get("PARTITIONS")
        if source.topic not in topics and wanted is None:
            raise missing_topic(source, statement)
        if wanted is not None and topics.get(source.topic) != wanted:
            self._effects.make_topic(source, wanted)
        self._effects.use_schemas(source, again=False)
        source = dataclasses.replace(source, partitions=topics.get(source.topic, wanted or 1))
        if source.read_only and source.is_table:
            source = dataclasses.replace(source, query_id=f"CST_{source.name}_{sequence}")
        self.metastore.sources[source.name] = source
        if source.query_id is not None:
            self._materialize(source, properties)
        return CommandResult(command, f"{statement.kind.title()} created", None, sequence, source.statement)

    def _materialize(self, source: DataSource, properties: dict[str, Any]) -> None:
        """Keeps a source table at hand for pull queries; nothing is written to its topic."""
        everything = ast.Query((ast.SelectItem(None, star=True),), ast.Relation(source.name, source.name))
        analysis = analyze(everything, self.metastore)
        assert source.query_id is not None
        on_error = self._effects.on_error(source.query_id)
        options: dict[str, Any] = {"cached": False, "name": source.name}
        topology = plan(analysis, transient=False, on_error=on_error, **options)
        self._effects.start(source.query_id, source.statement, source, analysis, topology, properties, options)

    def _create_as(self, statement: ast.CreateAs, properties: dict[str, Any], sequence: int) -> CommandResult:
        kind = statement.kind
        check_limit(statement)
        written = with_clause.of_sink(statement.properties)
        key_format = written.get("KEY_FORMAT") or written.get("FORMAT")
        analysis = analyze(statement.query, self.metastore, key_format=key_format)
        known = self.metastore.sources.get(statement.name)
        command = f"{kind.lower()}/`{statement.name}`/create"
        if known is not None and statement.if_not_exists:
            message = f"Cannot add {kind.lower()} `{statement.name}`: A {known.kind.lower()} with the same name already exists."
            return CommandResult(command, message, None, sequence, "", kept=True)
        query_id = f"C{kind[0]}AS_{statement.name}_{sequence}"
        replaced = (
            self._effects.queries.get(known.query_id or "") if known is not None and statement.or_replace else None
        )
        if replaced is not None:
            query_id = replaced.query_id  # with its state, and its place in its topics
        timestamp = (written.get("TIMESTAMP"), written.get("TIMESTAMP_FORMAT"))
        options: dict[str, Any] = {
            "cached": query_properties.is_cached(properties), "name": statement.name, "limits": aggregates.limits(properties),
            "new_planner": query_properties.is_on(properties, "ksql.new.query.planner.enabled"),
            **query_properties.strictness(properties),
        }  # fmt: skip
        on_error = self._effects.on_error(query_id)
        topology = plan(analysis, transient=False, on_error=on_error, timestamp=timestamp, **options)
        source, text = sink_of(statement, analysis, topology, written, query_id, properties, self.metastore.registry)
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
        try:
            check_formats(source)
        except KsqlError as error:  # ksqlDB finds this out when it builds the query, not the statement
            raise BadRequest(error.message) from error
        check_wrapping(written, source.value_format, list(source.schema.values))
        if known is not None:
            upgrades.check_source(known, source)
            if known.name in self._analyses:
                upgrades.check_query(self._analyses[known.name], analysis)
        self._effects.make_topic(source, source.partitions)
        self._effects.use_schemas(source, again=True)
        if replaced is not None:
            self._effects.stop(replaced)
        self.metastore.sources[source.name] = source
        self._analyses[source.name] = analysis
        self._effects.start(query_id, text, source, analysis, topology, properties, options)
        return CommandResult(command, f"Created query with ID {query_id}", query_id, sequence, text)

    def _insert_into(self, statement: ast.InsertInto, properties: dict[str, Any], sequence: int) -> CommandResult:
        sink = insertable(statement, self.metastore)
        written = with_clause.of_insert(statement.properties)
        analysis = analyze(statement.query, self.metastore)
        query_id = f"INSERTQUERY_{sequence}"
        if "QUERY_ID" in written:
            query_id = check_query_id(str(written["QUERY_ID"]).upper(), self._effects.queries)
        options: dict[str, Any] = {"cached": False, **query_properties.strictness(properties)}
        on_error = self._effects.on_error(query_id)
        selected = plan(analysis, transient=False, on_error=on_error, name=sink.name, **options)
        inserted = insertion(sink, analysis, selected)
        topology = plan(inserted, transient=False, on_error=on_error, **options)
        text = formatter.statement(dataclasses.replace(statement, query=analysis.canonical()), "")
        self._effects.start(query_id, text, sink, inserted, topology, properties, options)
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
            raise BadRequest(f"Cannot delete topic for read-only source: {name}")
        if delete_topic:
            self._check_nobody_else_uses(source)
        check_not_referred_to(source, self.metastore, self._effects.queries.values())
        writers = [query for query in self._effects.queries.values() if query.sink == name]
        for query in writers:
            self._effects.end(query)
        del self.metastore.sources[name]
        self._analyses.pop(name, None)
        if delete_topic:
            self._effects.delete_topic(source)
        return CommandResult(command, f"Source `{name}` (topic: {source.topic}) was dropped.", None, sequence, text)

    def _check_nobody_else_uses(self, source: DataSource) -> None:
        """Of a topic that is to be deleted. Source: `TopicDeleteInjector` of ksqlDB."""
        others = sorted(
            each.name for each in self.metastore.sources.values() if each.topic == source.topic and each is not source
        )
        if others:
            raise KsqlError(f"Refusing to delete topic. Found other data sources ({', '.join(others)}) using topic "
                            f"{source.topic}")  # fmt: skip

    def _control(self, action: str, query_id: str | None, sequence: int, text: str) -> CommandResult:
        if query_id is not None and action == "TERMINATE" and self._effects.end_transient(query_id):
            return CommandResult(f"terminate/{query_id}/execute", "Query terminated.", None, sequence, text)
        chosen = (
            [*self._effects.queries.values()]
            if query_id is None
            else [q for q in [self._effects.queries.get(query_id)] if q]
        )
        if query_id is not None and not chosen:
            raise KsqlError(f"Unknown queryId: {query_id}")
        for query in chosen:
            if action == "TERMINATE":
                self._effects.end(query)
            else:
                self._effects.control(action, query)
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
        if source.kind != statement.kind:
            raise KsqlError(f"Incompatible data source type is {source.kind}, but statement was ALTER {statement.kind}")
        if source.read_only:
            raise KsqlError(
                f"Cannot alter {source.kind.lower()} '{source.name}': ALTER operations are not supported on source "
                f"{source.kind.lower()}s."
            )
        if source.query_id is not None:
            raise KsqlError("ALTER command is not supported for CREATE ... AS statements.")
        added = [Column(e.name, resolve(e.type, self.metastore.types)) for e in statement.columns]
        for number, column in enumerate(added):
            twice = any(each.name == column.name for each in added[:number])
            if twice or source.schema.find(column.name) is not None:
                raise KsqlError(
                    f"Cannot add column `{column.name}` to schema. A column with the same name already exists."
                )
            check_name(column.name)
        schema = Schema(source.schema.keys, (*source.schema.values, *added))
        altered = dataclasses.replace(source, schema=schema)
        check_formats(altered)
        self.metastore.sources[source.name] = altered
        kind = statement.kind.title()
        return CommandResult(
            f"{kind.lower()}/{source.name}/alter", f"{kind} {source.name} altered.", None, sequence, text
        )
