"""Statements one by one against a server of the test's own: results, variables, places of errors, queued commands."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_ksql.session import Session
from clickstream_pipeline.clients.connect import ConnectClient
from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient
from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.command_log import CommandLog
from clickstream_pipeline.entity_layout import Lines, Table, lay_out
from clickstream_pipeline.operations import Operations, ReadOnly
from clickstream_pipeline.runtimes.stack import RemoteStack
from clickstream_pipeline.statement_runner import Entity, Failure, Header, Note, Result, Rows, StatementRunner

URL = "http://127.0.0.1:1"


class Server:
    """Answers as a ksqlDB server whose commands are queued for two looks."""

    def __init__(self, final: str = "SUCCESS") -> None:
        self.texts: list[str] = []
        self.properties: list[dict[str, Any]] = []
        self.looks = 0
        self._final = final

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/status/"):
            self.looks += 1
            status = "EXECUTING" if self.looks < 2 else self._final
            return httpx.Response(
                200, json={"status": status, "message": "Stream created" if status == "SUCCESS" else "It broke"}
            )
        body = json.loads(request.content)
        self.texts.append(body.get("ksql") or body.get("sql"))
        self.properties.append(body.get("streamsProperties") or body.get("properties") or {})
        if request.url.path == "/query-stream":
            lines = [{"queryId": "q", "columnNames": ["A"], "columnTypes": ["INTEGER"]}, [1], [2], [3]]
            return httpx.Response(200, content="\n".join(json.dumps(line) for line in lines) + "\n")
        queued = {"@type": "currentStatus", "commandId": "stream/`S`/create", "statementText": self.texts[-1],
                  "commandStatus": {"status": "QUEUED", "message": "Statement written to command topic"}}  # fmt: skip
        return httpx.Response(200, json=[queued])


def runner(server: Server, home: Path, *, read_only: bool = False, session: Session | None = None) -> StatementRunner:
    transport = httpx.MockTransport(server)
    ksqldb = KsqlClient(URL, transport)
    operations = Operations(
        KafkaClient("127.0.0.1:1"), ConnectClient(URL, transport), ksqldb, ElasticsearchClient(URL, transport),
        RemoteStack(home, {}), CommandLog(None), read_only=read_only,
    )  # fmt: skip
    return StatementRunner(ksqldb, operations, session)


async def results(made: StatementRunner, text: str, **more: Any) -> list[Result]:
    async with aclosing(made.run(text, **more)) as found:
        return [result async for result in found]


async def test_a_queued_statement_is_waited_for_by_its_id(tmp_path: Path) -> None:
    server = Server()
    [result] = await results(
        runner(server, tmp_path), "CREATE STREAM S (A INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON')"
    )
    assert isinstance(result, Entity)
    assert result.entity["commandStatus"]["message"] == "Stream created"
    assert server.looks == 2
    assert server.texts[0].endswith(";")  # the last may lack it


async def test_a_queued_statement_that_fails_is_a_failure(tmp_path: Path) -> None:
    found = await results(runner(Server("ERROR"), tmp_path), "DROP STREAM S; SELECT A FROM T;")
    assert len(found) == 1
    assert isinstance(found[0], Failure)
    assert "It broke" in str(found[0].error)


async def test_variables_and_properties_are_kept_for_the_statements_after(tmp_path: Path) -> None:
    server = Server()
    made = runner(server, tmp_path, session=Session(variables={"T": "clicks"}))
    found = await results(made, "DEFINE n = '5'; SET 'auto.offset.reset' = 'earliest'; SELECT '$${n}', ${n} FROM ${t};")
    assert [type(each) for each in found] == [Note, Note, Header, Rows]
    assert server.texts == ["SELECT '${n}', 5 FROM clicks;"]
    assert server.properties == [{"auto.offset.reset": "earliest"}]
    [failure] = await results(made, "SELECT ${missing} FROM t;")
    assert isinstance(failure, Failure)
    assert "missing" in failure.error.message


async def test_a_limit_ends_a_query(tmp_path: Path) -> None:
    found = await results(runner(Server(), tmp_path), "SELECT A FROM T EMIT CHANGES;", limit=2)
    assert found[0] == Header(1, ("A",), ("INTEGER",), True)
    assert found[1] == Rows(1, [[1], [2]])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("SELEC 1", 1, "Did you mean 'SELECT'"), ("SHOW STREAMS;\n\n  SELECT FROM t;", 3, "Syntax Error"),
        ("SHOW STREAMS; SELECT A FRM T;", 1, "Syntax Error"),
    ],
)  # fmt: skip
async def test_syntax_errors_tell_their_place(tmp_path: Path, text: str, line: int, words: str) -> None:
    failure = (await results(runner(Server(), tmp_path), text))[-1]
    assert isinstance(failure, Failure)
    assert failure.line == line
    assert failure.column > 1 or text.startswith("SELEC")
    assert words in failure.error.message


async def test_read_only_changes_nothing(tmp_path: Path) -> None:
    server = Server()
    [failure] = await results(runner(server, tmp_path, read_only=True), "DROP STREAM S;")
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, ReadOnly)
    assert server.texts == []


def test_queries_are_laid_out_as_ksqldb_prints_them() -> None:
    entity = {"@type": "queries", "queries": [{
        "id": "CSAS_A_1", "queryType": "PERSISTENT", "statusCount": {"RUNNING": 1}, "sinks": ["A"], "sinkKafkaTopics": ["A"],
        "queryString": "CREATE STREAM A AS\n  SELECT *\n  FROM B;"}]}  # fmt: skip
    table, hint = lay_out(entity)
    assert isinstance(table, Table)
    assert table.rows == (("CSAS_A_1", "PERSISTENT", "RUNNING:1", "A", "A", "CREATE STREAM A AS SELECT * FROM B;"),)
    assert isinstance(hint, Lines)
    assert "EXPLAIN" in hint.text


def test_a_description_is_fields_and_types() -> None:
    fields = [{"name": "K", "type": "KEY", "schema": {"type": "STRING"}},
              {"name": "V", "schema": {"type": "ARRAY", "memberSchema": {"type": "BIGINT"}}}]  # fmt: skip
    entity = {"@type": "sourceDescription", "sourceDescription": {"name": "T", "type": "TABLE", "fields": fields}}
    head, table, _ = lay_out(entity)
    assert isinstance(head, Lines)
    assert head.text.startswith("Name                 : T")
    assert isinstance(table, Table)
    assert table.rows == (("K", "VARCHAR(STRING) (primary key)"), ("V", "ARRAY<BIGINT>"))
