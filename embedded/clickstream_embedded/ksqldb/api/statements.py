"""The statements of `/ksql`: tried as a whole, then run one by one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.api import connectors, entities
from clickstream_embedded.ksqldb.api.explanations import explained_query
from clickstream_embedded.ksqldb.commands.insert_values import written_row
from clickstream_embedded.ksqldb.commands.interpreter import changes_metastore
from clickstream_embedded.ksqldb.engine import Engine, Trial
from clickstream_embedded.ksqldb.errors import AssertionFailed, KsqlError
from clickstream_embedded.ksqldb.planning import query_properties, with_clause
from clickstream_embedded.ksqldb.planning.inference import schema_exists
from clickstream_ksql import ast
from clickstream_ksql.parser import Parsed


class Statements:
    """What one server does with the statements that do not answer with rows."""

    def __init__(self, engine: Engine, connect: connectors.ConnectForwarder) -> None:
        self._engine = engine
        self._connect = connect

    def validate(self, statements: list[Parsed], properties: dict[str, Any]) -> None:
        """Tries all statements of a request on a copy first: one bad statement, and none is run. Raises KsqlError."""
        trial = self._engine.trial()
        for parsed in statements:
            try:
                self._try(trial, parsed, properties)
            except KsqlError as error:
                error.statement = error.statement or parsed.text
                raise

    def _try(self, trial: Trial, parsed: Parsed, properties: dict[str, Any]) -> None:
        match parsed.statement:
            case ast.SetProperty(name, value):
                query_properties.check_set(name, value)
                properties[name] = value
            case ast.UnsetProperty(name):
                query_properties.check_unset(name)
                properties.pop(name, None)
            case ast.InsertValues() as statement:
                source = trial.insertable(statement.name)
                written_row(statement, source, trial.metastore.types)
            case ast.Describe("SOURCE", name) if name not in trial.metastore.sources:
                raise KsqlError(f"Could not find STREAM/TABLE '{name}' in the Metastore")
            case statement if changes_metastore(statement):
                trial.apply(parsed, properties)
            case _:
                pass  # it reads, or is Kafka Connect's to judge

    async def run(self, parsed: Parsed, properties: dict[str, Any]) -> Any:
        statement, text, engine = parsed.statement, parsed.text, self._engine
        entity = await connectors.run(self._connect, statement, text)
        if entity is not None:
            return entity
        match statement:
            case ast.SetProperty(name, value):
                query_properties.check_set(name, value)
                properties[name] = value
                return None
            case ast.UnsetProperty(name):
                query_properties.check_unset(name)
                properties.pop(name, None)
                return None
            case ast.Define() | ast.Undefine():
                return None
            case ast.InsertValues():
                await asyncio.to_thread(engine.insert_values, statement)
                return None
            case ast.Show() | ast.Describe():
                return await asyncio.to_thread(self._shown, statement, text)
            case ast.Explain():
                return self._explain(statement, text)
            case ast.Assert("TOPIC"):
                return await self._assert_topic(statement, text)
            case ast.Assert("SCHEMA") if engine.metastore.registry:
                return await self._assert_schema(statement, text)
            case ast.Assert("SCHEMA"):
                raise AssertionFailed(
                    "Cannot check the existence of a schema: this server has no Schema Registry "
                    "(ksql.schema.registry.url is not set)"
                )
            case ast.AlterSystem(name):
                query_properties.check_unset(name)
                raise KsqlError(f"Cannot alter system property '{name}': the properties of this server are fixed")
            case ast.RunScript():
                raise KsqlError("RUN SCRIPT is a command of the client, not a statement of the server")
            case _:
                result = await asyncio.to_thread(engine.execute, parsed, properties)
                return entities.command_status(result)

    def _shown(self, statement: ast.Show | ast.Describe, text: str) -> dict[str, Any]:
        """The entity of a statement that only looks. Raises KsqlError."""
        match statement:
            case ast.Show():
                return entities.show(self._engine, statement, text)
            case ast.Describe("FUNCTION", name):
                return entities.describe_function(name, text)
            case ast.Describe("STREAMS" | "TABLES" as kind):
                return entities.show(self._engine, ast.Show(kind, extended=True), text)
            case ast.Describe(_, name, extended):
                source = self._engine.metastore.sources.get(name)
                if source is None:
                    raise KsqlError(f"Could not find STREAM/TABLE '{name}' in the Metastore")
                shown = entities.source_description(source, self._engine, extended=extended)
                return {"@type": "sourceDescription", "statementText": text, "sourceDescription": shown, "warnings": []}

    def _explain(self, statement: ast.Explain, text: str) -> dict[str, Any]:
        if statement.query_id is not None:
            query = self._engine.queries.get(statement.query_id)
            if query is None:
                raise KsqlError(
                    f"Query with id:{statement.query_id} does not exist, use SHOW QUERIES to view the full set of queries."
                )
            shown = entities.query_description(query, self._engine)
        else:
            inner, explained = statement.statement, re.sub(r"(?i)^\s*explain\s+", "", text)
            if not isinstance(inner, ast.QueryStatement | ast.CreateAs | ast.InsertInto):
                raise KsqlError("The provided statement does not run a ksql query")
            if not isinstance(inner, ast.QueryStatement):  # what would not run is not explained
                self._engine.trial().apply(Parsed(explained, inner, 1), {})
            runner, topology = self._engine.push(inner.query, {}, lambda _: None)
            self._engine.transient.pop(runner.query_id, None)
            execution_plan, described = explained_query(self._engine, inner.query, runner.query_id, None)
            keys = {key.name for side, _ in topology.inputs for key in side.source.schema.keys}
            fields = [
                {"name": c.name, "schema": entities.type_schema(c.type), **({"type": "KEY"} if c.name in keys else {})}
                for c in topology.columns
            ]
            shown = {
                "id": runner.query_id, "statementText": explained, "windowType": topology.window,
                "fields": fields, "sources": [side.source.name for side, _ in topology.inputs], "sinks": [],
                "topology": described, "executionPlan": execution_plan, "overriddenProperties": {}, "ksqlHostQueryStatus": {},
                "queryType": "PUSH", "queryErrors": [], "tasksMetadata": [], "consumerGroupId": runner.group, "state": None,
            }  # fmt: skip
        return {"@type": "queryDescription", "statementText": text, "queryDescription": shown, "warnings": []}

    async def _assert_topic(self, statement: ast.Assert, text: str) -> dict[str, Any]:
        await self._until(statement, self._topic_mismatch)
        return {"@type": "assert_topic", "statementText": text, "topicName": statement.name,
                "exists": statement.exists, "warnings": []}  # fmt: skip

    async def _assert_schema(self, statement: ast.Assert, text: str) -> dict[str, Any]:
        await self._until(statement, self._schema_mismatch)
        return {"@type": "assert_schema", "statementText": text, "subject": statement.name or None,
                "id": statement.schema_id, "exists": statement.exists, "warnings": []}  # fmt: skip

    @staticmethod
    async def _until(statement: ast.Assert, mismatch: Callable[[ast.Assert], str]) -> None:
        """Waits for what is asserted until the statement's time is over. Raises AssertionFailed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (1000 if statement.timeout is None else statement.timeout) / 1000
        while why := await asyncio.to_thread(mismatch, statement):
            if loop.time() > deadline:
                raise AssertionFailed(why)
            await asyncio.sleep(0.1)

    def _schema_mismatch(self, statement: ast.Assert) -> str:
        """Why the assertion does not hold, "" where it does; in the words of ksqlDB's AssertSchemaExecutor."""
        try:
            exists = schema_exists(self._engine.metastore.registry, statement.name, statement.schema_id)
        except KsqlError as error:
            return error.message
        subject = f" subject name {statement.name}" if statement.name else ""
        number = "" if statement.schema_id is None else f" id {statement.schema_id}"
        if exists == statement.exists:
            return ""
        return f"Schema with{subject}{number} {'exists' if exists else 'does not exist'}"

    def _topic_mismatch(self, statement: ast.Assert) -> str:
        """Why the assertion does not hold, "" where it does."""
        name, partitions = statement.name, self._engine.kafka.topics().get(statement.name)
        if (partitions is not None) != statement.exists:
            return f"Topic {name} {'does not exist' if statement.exists else 'exists'}"
        if not statement.exists:
            return ""
        present = {"PARTITIONS": partitions, "REPLICAS": 1}
        wrong: list[str] = []
        for key, value in with_clause.as_written(statement.properties).items():
            if key not in present:
                wrong.append(f"Cannot assert unknown topic property: {key}")
            elif type(value) is not int or value != present[key]:
                wrong.append(f"Mismatched configuration for topic {name}: For config {key.lower()}, "
                             f"expected {str(value).lower() if isinstance(value, bool) else value} got {present[key]}")  # fmt: skip
        return "\n".join(wrong)
