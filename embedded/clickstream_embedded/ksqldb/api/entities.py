"""The JSON entities of ksqlDB's REST answers."""

from __future__ import annotations

import time
from typing import Any

from clickstream_embedded.ksqldb.api.explanations import explained
from clickstream_embedded.ksqldb.engine import (
    COMMAND_TOPIC,
    PREFIX,
    SERVICE_ID,
    CommandResult,
    Engine,
    PersistentQuery,
)
from clickstream_embedded.ksqldb.errors import BadRequest, KsqlError
from clickstream_embedded.ksqldb.functions.aggregates import AGGREGATES
from clickstream_embedded.ksqldb.functions.registry import SCALARS
from clickstream_embedded.ksqldb.functions.tables import TABLE_FUNCTIONS
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_embedded.schemas.client import shown_address
from clickstream_ksql import ast

VERSION = "7.4.0"
HOST = "127.0.0.1:8088"


def command_status(result: CommandResult, status: str = "SUCCESS") -> dict[str, Any]:
    """What a changing statement did, or a warning that there was nothing to do."""
    if result.kept:
        return {"@type": "warning_entity", "statementText": result.text, "message": result.message, "warnings": []}
    return {
        "@type": "currentStatus",
        "statementText": result.text,
        "commandId": result.command_id,
        "commandStatus": {"status": status, "message": result.message, "queryId": result.query_id},
        "commandSequenceNumber": result.sequence,
        "warnings": [],
    }


def type_schema(kind: SqlType) -> dict[str, Any]:
    fields = [{"name": name, "schema": type_schema(field)} for name, field in kind.fields] or None
    member = type_schema(kind.element) if kind.element else None
    shown: dict[str, Any] = {"type": kind.name, "fields": fields, "memberSchema": member}
    if kind.name == "DECIMAL":
        shown["parameters"] = {"precision": kind.precision, "scale": kind.scale}
    return shown


def _fields(source: DataSource) -> list[dict[str, Any]]:
    keys = [{"name": c.name, "schema": type_schema(c.type), "type": "KEY"} for c in source.schema.keys]
    return keys + [{"name": c.name, "schema": type_schema(c.type)} for c in source.schema.values]


def _state(query: PersistentQuery) -> str:
    return query.runner.state


def query_entry(query: PersistentQuery, engine: Engine) -> dict[str, Any]:
    sink = engine.metastore.sources.get(query.sink)
    return {
        "queryString": query.text,
        "sinks": [query.sink],
        "sinkKafkaTopics": [sink.topic if sink else query.sink],
        "id": query.query_id,
        "statusCount": {_state(query): 1},
        "queryType": "PERSISTENT",
        "state": _state(query),
    }


def _transient_entries(engine: Engine) -> list[dict[str, Any]]:
    return [
        {"queryString": "", "sinks": [], "sinkKafkaTopics": [], "id": query_id, "statusCount": {"RUNNING": 1},
         "queryType": "PUSH", "state": "RUNNING"}
        for query_id in list(engine.transient)
    ]  # fmt: skip


def _statistics(source: DataSource, engine: Engine) -> list[dict[str, Any]]:
    now = int(time.time() * 1000)
    values: list[tuple[str, float]] = []
    writers = [query for query in engine.queries.values() if query.sink == source.name]
    readers = [query for query in engine.queries.values() if source.name in query.reads]
    for query in writers:
        done = query.runner.statistics
        elapsed = max(time.monotonic() - done.started, 1e-9)
        values += [("messages-per-sec", done.produced / elapsed), ("total-messages", float(done.produced))]
    if readers:
        consumed = sum(query.runner.statistics.consumed for query in readers)
        size = sum(query.runner.statistics.consumed_bytes for query in readers)
        elapsed = max(max(time.monotonic() - q.runner.statistics.started for q in readers), 1e-9)
        values += [
            ("consumer-messages-per-sec", consumed / elapsed), ("consumer-total-messages", float(consumed)),
            ("consumer-total-bytes", float(size)),
        ]  # fmt: skip
    return [{"name": name, "host": HOST, "value": value, "timestamp": now} for name, value in values]


def _error_statistics(source: DataSource, engine: Engine) -> list[dict[str, Any]]:
    skipped = sum(
        query.runner.statistics.skipped
        for query in engine.queries.values()
        if source.name in (*query.reads, query.sink)
    )
    now = int(time.time() * 1000)
    return [{"name": "total-errors", "host": HOST, "value": float(skipped), "timestamp": now}] if skipped else []


def source_description(source: DataSource, engine: Engine, *, extended: bool) -> dict[str, Any]:
    readers = [query for query in engine.queries.values() if source.name in query.reads]
    writers = [query for query in engine.queries.values() if query.sink == source.name]
    summaries: list[dict[str, Any]] = []
    for query in writers if extended else []:
        topics: dict[str, list[dict[str, Any]]] = {}
        for (topic, partition), offset in sorted(query.runner.offsets.items()):
            end = max(query.runner.ends.get((topic, partition), offset), offset)
            entry = {"partition": partition, "logStartOffset": 0, "logEndOffset": end, "consumerOffset": offset}
            topics.setdefault(topic, []).append(entry)
        shown = [{"kafkaTopic": topic, "offsets": offsets} for topic, offsets in topics.items()]
        summaries.append({"groupId": query.runner.group, "topicSummaries": shown})
    statistics = _statistics(source, engine)
    text = "".join(f"{entry['name']}: {entry['value']:9.2f} " for entry in statistics).strip() if extended else ""
    return {
        "name": source.name, "windowType": source.window, "readQueries": [query_entry(q, engine) for q in readers],
        "writeQueries": [query_entry(q, engine) for q in writers], "fields": _fields(source), "type": source.kind,
        "timestamp": source.timestamp_column or "", "statistics": text, "errorStats": "", "extended": extended,
        "keyFormat": source.key_format, "valueFormat": source.value_format, "topic": source.topic,
        "partitions": source.partitions, "replication": 1, "statement": source.statement,
        "queryOffsetSummaries": summaries, "sourceConstraints": sorted({q.sink for q in readers}),
        "clusterStatistics": statistics, "clusterErrorStats": _error_statistics(source, engine),
    }  # fmt: skip


def _listing(source: DataSource) -> dict[str, Any]:
    return {"type": source.kind, "name": source.name, "topic": source.topic, "keyFormat": source.key_format,
            "valueFormat": source.value_format, "isWindowed": source.window is not None}  # fmt: skip


def _is_hidden(topic: str) -> bool:
    return topic.startswith("_")


def show(engine: Engine, statement: ast.Show, text: str) -> dict[str, Any]:
    """SHOW of everything but connectors, which need Kafka Connect."""
    sources = list(engine.metastore.sources.values())
    match statement.what:
        case "STREAMS" | "TABLES":
            kind = statement.what.removesuffix("S")
            chosen = [source for source in sources if source.kind == kind]
            if statement.extended:
                shown = [source_description(source, engine, extended=True) for source in chosen]
                return {
                    "@type": "source_descriptions",
                    "statementText": text,
                    "sourceDescriptions": shown,
                    "warnings": [],
                }
            key = statement.what.lower()
            return {"@type": key, "statementText": text, key: [_listing(source) for source in chosen], "warnings": []}
        case "TOPICS":
            return _topics(engine, statement, text)
        case "QUERIES":
            entries = [query_entry(query, engine) for query in engine.queries.values()] + _transient_entries(engine)
            if not statement.extended:
                return {"@type": "queries", "statementText": text, "queries": entries, "warnings": []}
            shown = [query_description(query, engine) for query in engine.queries.values()]
            return {"@type": "queryDescriptionList", "statementText": text, "queryDescriptions": shown, "warnings": []}
        case "FUNCTIONS":
            functions = [{"name": f.name, "type": "SCALAR", "category": f.category} for f in SCALARS.values()]
            functions += [{"name": n, "type": "AGGREGATE", "category": "AGGREGATE"} for n in AGGREGATES]
            functions += [{"name": n, "type": "TABLE", "category": "TABLE"} for n in TABLE_FUNCTIONS]
            return {"@type": "function_names", "statementText": text, "functions": functions, "warnings": []}
        case "TYPES":
            types = {name: type_schema(kind) for name, kind in sorted(engine.metastore.types.items())}
            return {"@type": "type_list", "statementText": text, "types": types, "warnings": []}
        case "PROPERTIES":
            properties = _properties(engine.metastore.registry)
            return {
                "@type": "properties", "statementText": text, "properties": properties, "overwrittenProperties": [],
                "defaultProperties": [entry["name"] for entry in properties], "warnings": [],
            }  # fmt: skip
        case _:
            raise KsqlError(f"This server does not run the statement: {text}")


def _properties(registry: str) -> list[dict[str, Any]]:
    values = {
        "ksql.service.id": SERVICE_ID,
        "ksql.streams.auto.offset.reset": "earliest",
        "ksql.streams.commit.interval.ms": "2000",
        "ksql.streams.cache.max.bytes.buffering": "10000000",
        "ksql.query.pull.table.scan.enabled": "true",
        "ksql.hidden.topics": "_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state",
    }
    if registry:
        values["ksql.schema.registry.url"] = shown_address(registry)
    return [
        {"name": name, "scope": "KSQL", "value": value, "editable": name.startswith("ksql.streams."), "level": "SERVER"}
        for name, value in values.items()
    ]


def _topics(engine: Engine, statement: ast.Show, text: str) -> dict[str, Any]:
    topics: list[dict[str, Any]] = []
    for name, partitions in sorted(engine.kafka.topics().items()):
        if _is_hidden(name) and not statement.all:
            continue
        entry: dict[str, Any] = {"name": name, "replicaInfo": [1] * partitions}
        if statement.extended:
            readers = [q for q in engine.queries.values() if any(topic == name for topic, _ in q.runner.offsets)]
            entry |= {"consumerCount": len(readers), "consumerGroupCount": len(readers)}
        topics.append(entry)
    kind = "kafka_topics_extended" if statement.extended else "kafka_topics"
    return {"@type": kind, "statementText": text, "topics": topics, "warnings": []}


def _tasks(query: PersistentQuery) -> list[dict[str, Any]]:
    """How far the query's one task has come; lag is the difference of both offsets."""
    ends = query.runner.ends
    places = [
        {"topicPartitionEntity": {"topic": topic, "partition": partition},
         "endOffset": max(ends.get((topic, partition), offset), offset), "committedOffset": offset}
        for (topic, partition), offset in sorted(query.runner.offsets.items())
    ]  # fmt: skip
    return [{"taskId": "0_0", "topicOffsets": places, "timeCurrentIdlingStarted": None}] if places else []


def query_description(query: PersistentQuery, engine: Engine) -> dict[str, Any]:
    sink = engine.metastore.sources.get(query.sink)
    execution_plan, topology = explained(engine, query.text, query.query_id, sink)
    return {
        "id": query.query_id, "statementText": query.text, "windowType": query.window,
        "fields": _fields(sink) if sink else [], "sources": list(query.reads), "sinks": [query.sink],
        "topology": topology, "executionPlan": execution_plan, "overriddenProperties": dict(query.properties), "ksqlHostQueryStatus": {HOST: _state(query)},
        "queryType": "PERSISTENT", "queryErrors": [{"errorMessage": e, "type": "UNKNOWN", "timestamp": 0}
                                                   for e in query.runner.statistics.errors],
        "tasksMetadata": _tasks(query), "consumerGroupId": query.runner.group, "state": _state(query),
    }  # fmt: skip


def describe_function(name: str, text: str) -> dict[str, Any]:
    """DESCRIBE FUNCTION. Raises KsqlError for an unknown one."""
    base = {"@type": "describe_function", "statementText": text, "name": name, "author": "", "version": "",
            "path": "internal", "warnings": []}  # fmt: skip
    if name in AGGREGATES:
        description, result = AGGREGATES[name][0], "BIGINT" if name.startswith("COUNT") else "T"
        argument = {"name": "val1", "type": "T", "description": "", "isVariadic": False}
        variant = {"arguments": [argument], "returnType": result, "description": description, "argumentTypes": ["T"]}
        return {**base, "description": description, "functions": [variant], "type": "AGGREGATE"}
    if name in TABLE_FUNCTIONS:
        return {**base, "description": TABLE_FUNCTIONS[name].__doc__, "functions": [], "type": "TABLE"}
    function = SCALARS.get(name)
    if function is None:
        raise BadRequest(f"Can't find any functions with the name '{name}'")
    variants = [
        {
            "arguments": [
                {"name": f"arg{i}", "type": str(p), "description": "",
                 "isVariadic": v.variadic and i == len(v.parameters) - 1}
                for i, p in enumerate(v.parameters)
            ],
            "returnType": str(v.result), "description": function.description,
            "argumentTypes": [str(p) for p in v.parameters],
        }
        for v in function.variants
    ]  # fmt: skip
    return {**base, "description": function.description, "functions": variants, "type": "SCALAR"}


__all__ = ["COMMAND_TOPIC", "PREFIX", "command_status", "describe_function", "query_description", "show"]
