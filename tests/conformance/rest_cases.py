"""REST cases: statements as one batch, then records, then each SELECT on its own."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from clickstream_embedded.ksqldb.api.streaming import RowWriter, schema_text
from clickstream_embedded.ksqldb.commands.effects import PersistentQuery
from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.materialization.partitioning import partition_of
from clickstream_embedded.ksqldb.materialization.table_view import TableView
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.pull.execution import check_stream, is_over_stream, pull
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import Parsed, parse
from tests.conformance.compare import same
from tests.conformance.offline import Message, OfflineEngine, decode, input_message, run_query


def run(case: dict[str, Any], engine: OfflineEngine) -> str:
    """Why the case fails, "" where it passes."""
    expected = case["expect_error"]
    properties = dict(case["properties"])
    answers: list[dict[str, Any]] = []
    try:
        statements = _parse(case["statements"])
        selects = [p for p in statements if isinstance(p.statement, ast.QueryStatement)]
        for parsed in statements:
            if parsed not in selects:
                engine.run(parsed, properties)
                if not isinstance(parsed.statement, ast.InsertValues | ast.SetProperty | ast.UnsetProperty):
                    answers.append({"admin": {"@type": "currentStatus"}})
        inputs = _feed(case, engine)
        answers += [{"query": _select(engine, parsed, inputs, properties)} for parsed in selects]
    except (KsqlError, KsqlSyntaxError) as error:
        if expected is None:
            return f"refused: {error}"
        message = str(getattr(error, "message", error))
        return (
            "" if expected["message"] in message else f"message {expected['message'][:200]!r} not in {message[:200]!r}"
        )
    if expected is not None:
        return f"not refused; expected: {expected['message'][:200]}"
    return _compare(case, answers) or _outputs(case, engine)


def _parse(texts: list[str]) -> list[Any]:
    """The statements as a client sends them: those that make things in one text, each query alone."""
    queries = [text for text in texts if text.lstrip().upper().startswith("SELECT")]
    together = parse("\n".join(text for text in texts if text not in queries))
    return [*together, *(parsed for text in queries for parsed in _parse_query(text))]


def _parse_query(text: str) -> list[Parsed]:
    try:
        return parse(text)
    except KsqlSyntaxError as error:  # as the endpoints of queries say it
        raise KsqlError(f"{error.message}\nStatement: {text}") from None


def _feed(case: dict[str, Any], engine: OfflineEngine) -> list[tuple[str, Message]]:
    by_topic = {source.topic: source for source in reversed(engine.metastore.sources.values())}
    inputs = [(r["topic"], input_message(r, by_topic.get(r["topic"]))) for r in case["inputs"]]
    for topic, message in inputs:
        engine.topics.logs.setdefault(topic, []).append(message)
    for query in engine.planned:
        topics = {side.source.topic for side, _ in query.topology.inputs}
        topic_readers = [(topic, message) for topic, message in inputs if topic in topics]
        for topic in sorted(topics - {topic for topic, _ in inputs}):
            topic_readers += [(topic, message) for message in engine.topics.logs.get(topic, [])]
        results = run_query(engine, query, topic_readers)
        if not query.sink.read_only:
            engine.topics.logs.setdefault(query.sink.topic, []).extend(result.message for result in results)
        view = TableView()
        view.update([result.raw for result in results])
        runner: Any = SimpleNamespace(view=view)
        engine.queries[query.query_id] = PersistentQuery(
            query.query_id, query.sink.name, query.reads, "", runner, None, ""
        )
    return inputs


def _is_scalable(engine: OfflineEngine, query: ast.Query, properties: dict[str, Any]) -> bool:
    """Whether ksqlDB answers a push query from the query that writes its source, as it does where it may."""
    source = engine.metastore.sources.get(query.relation.name)
    clauses = (query.group_by, query.partition_by, query.having, query.window)
    latest = properties.get("auto.offset.reset") == "latest"
    return latest and source is not None and bool(source.query_id) and not query.joins and not any(clauses)


def _row(writer: RowWriter, row: tuple[Any, ...]) -> dict[str, Any]:
    return {"row": {"columns": json.loads(writer.write(row), parse_float=Decimal)}}


def _select(
    engine: OfflineEngine, parsed: Parsed, inputs: list[tuple[str, Message]], properties: dict[str, Any]
) -> list[dict[str, Any]]:
    assert isinstance(parsed.statement, ast.QueryStatement)
    query = parsed.statement.query
    if query.emit is None and not is_over_stream(engine, query):
        columns, schema, rows = pull(engine, query, properties)
        entries: list[dict[str, Any]] = [{"header": {"schema": schema_text(columns, schema)}}]
        writer = RowWriter(columns)
        entries += [_row(writer, row) for row in rows]
        return entries
    else:
        if query.emit is None:
            check_stream(engine, query, properties)
        analysis = analyze(query, engine.metastore, transient=True)
        topology = plan(analysis, transient=True, cached=False, on_error=lambda *_: None)
        columns = list(topology.columns)
        entries = [{"header": {"schema": ", ".join(f"`{c.name}` {c.type}" for c in columns)}}]
        writer = RowWriter(columns)
        rows = _push_rows(engine, topology, scalable=_is_scalable(engine, query, properties))
        limited = query.limit is not None and len(rows) >= query.limit
        for row, tombstone in rows[: query.limit]:
            entry = _row(writer, row)
            if tombstone:
                entry["row"]["tombstone"] = True
            entries.append(entry)
        if query.emit is None:
            return [*entries, {"finalMessage": "Limit Reached" if limited else "Query Completed"}]
    return entries + ([{"finalMessage": "Limit Reached"}] if limited else [])


def _push_rows(engine: OfflineEngine, topology: Any, *, scalable: bool) -> list[tuple[tuple[Any, ...], bool]]:
    rows: list[tuple[tuple[Any, ...], bool]] = []
    for side, node in topology.inputs:
        read = Codec(side.source).reader()
        offsets: Counter[int] = Counter()
        for key, value, timestamp, headers in engine.topics.logs.get(side.source.topic, []):
            partition = partition_of(key, side.source.partitions)
            offset = offsets[partition]
            offsets[partition] += 1
            try:
                record = read(key, value, timestamp, partition, offset, headers)
                # a scalable push query is given no record without a key where there are key columns, or without a value
                if scalable and (record[1] is None or (record[0] is None and side.source.schema.keys)):
                    continue
                node.process([record])
            except (SerializationError, ValueError):
                continue
            for found, row, _, window, _ in topology.output.take():
                if row is not None:
                    rows.append((row, False))
                elif topology.is_table:
                    rows.append((topology.tombstone(found, window), True))
    return rows


def _compare(case: dict[str, Any], answers: list[dict[str, Any]]) -> str:
    for number, expected in enumerate(case["responses"] or []):
        if number >= len(answers):
            return f"answer {number} is missing"
        actual = answers[number]
        if "query" in expected:
            if "query" not in actual:
                return f"answer {number} is no query"
            reason = _compare_query(expected["query"], actual["query"])
            if reason:
                return f"answer {number}: {reason}"
    return ""


def _compare_query(expected: list[dict[str, Any]], actual: list[dict[str, Any]]) -> str:
    if len(expected) != len(actual):
        return f"{len(expected)} entries expected, got {len(actual)}: {actual[:4]}"
    wanted = Counter(repr([str(c) for c in e["row"]["columns"]]) for e in expected if "row" in e)
    for position, (a, b) in enumerate(zip(expected, actual, strict=True)):
        for name, value in a.items():
            if name == "row":
                continue
            if name.split("|")[0] not in b or not _entry(value, b.get(name.split("|")[0])):
                return f"entry {position}: {a} != {b}"
    rows = [e["row"]["columns"] for e in expected if "row" in e]
    left = [e["row"]["columns"] for e in actual if "row" in e]
    for row in rows:
        found = next((other for other in left if same(row, other)), None)
        if found is None:
            return f"row {row} is not among {left[:3]} ({len(wanted)} kinds expected)"
        left.remove(found)
    return ""


def _entry(expected: Any, actual: Any) -> bool:
    if isinstance(expected, dict):
        for name, value in expected.items():
            plain, _, how = name.partition("|")
            if not isinstance(actual, dict) or plain not in actual:
                return plain == "queryId"
            if how == "starts_with":
                if not str(actual[plain]).startswith(str(value)):
                    return False
            elif not _entry(value, actual[plain]):
                return False
        return True
    return expected == actual


def _outputs(case: dict[str, Any], engine: OfflineEngine) -> str:
    wanted: dict[str, list[dict[str, Any]]] = {}
    for record in case["outputs"] or []:
        wanted.setdefault(record["topic"], []).append(record)
    by_topic = {source.topic: source for source in reversed(engine.metastore.sources.values())}
    for topic, records in wanted.items():
        source, log = by_topic.get(topic), engine.topics.logs.get(topic, [])
        if source is None or len(log) < len(records):
            return f"{topic}: {len(records)} records expected, {len(log)} written"
        for record, (key, value, timestamp, _) in zip(records, log, strict=False):
            shown = (
                decode(key, source.key_format, source.schema.keys),
                decode(value, source.value_format, source.schema.values),
            )
            if not same(record.get("key"), shown[0]) or not same(record.get("value"), shown[1]):
                return f"{topic}: {(record.get('key'), record.get('value'))} != {shown}"
            if record.get("timestamp") is not None and record["timestamp"] != timestamp:
                return f"{topic}: timestamp {record['timestamp']} != {timestamp}"
    return ""
