"""What a ksqlDB server does with whole requests, restarts and frames: the server as a process, asked over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from tests.processes import Server

_LIMIT = 40.0  # seconds


class Ksqldb:
    """A server over its broker, and how it is asked."""

    def __init__(self, server: Server, broker: Server) -> None:
        self.server = server
        self.broker = broker

    def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return httpx.post(f"http://{self.server.address}{path}", json=body, headers=headers, timeout=_LIMIT)

    def ksql(self, text: str, **more: Any) -> httpx.Response:
        return self.post("/ksql", {"ksql": text, **more})

    def rows(self, text: str) -> list[Any]:
        answer = self.post("/query-stream", {"sql": text, "properties": {}})
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()][1:]

    def until(self, text: str, expected: list[Any]) -> None:
        """Asks until the rows are those."""
        deadline = time.monotonic() + _LIMIT
        while (found := sorted(self.rows(text), key=str)) != expected:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def until_ready(self) -> None:
        """Waits until the command log has been replayed."""
        deadline = time.monotonic() + _LIMIT
        while httpx.get(f"http://{self.server.address}/healthcheck", timeout=_LIMIT).status_code != 200:
            assert time.monotonic() < deadline, self.server.log[-2000:]
            time.sleep(0.05)

    def topics(self) -> set[str]:
        return set(AdminClient({"bootstrap.servers": self.broker.address}).list_topics(timeout=10).topics)


@contextmanager
def opened(folder: Path) -> Generator[Ksqldb]:
    """A ksqlDB server that is ready, with a broker of its own and no Connect."""
    with Server("broker", folder / "broker") as broker:
        arguments = ("--bootstrap", broker.address, "--connect", "http://127.0.0.1:9")
        with Server("ksqldb", folder / "ksqldb", *arguments) as server:
            ksqldb = Ksqldb(server, broker)
            ksqldb.until_ready()
            yield ksqldb


@pytest.fixture(scope="module")
def ksqldb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ksqldb]:
    with opened(tmp_path_factory.mktemp("requests")) as ready:
        yield ready


def test_a_request_with_a_bad_second_statement_changes_nothing(ksqldb: Ksqldb) -> None:
    answer = ksqldb.ksql(
        "CREATE STREAM gone (a INT) WITH (kafka_topic='gone', value_format='JSON', partitions=1);"
        "CREATE STREAM bad AS SELECT nope FROM gone;"
    )
    assert answer.status_code == 400
    assert "NOPE" in answer.json()["message"]
    assert "bad" in answer.json()["statementText"].lower()
    assert ksqldb.ksql("DESCRIBE gone;").status_code == 400
    assert "gone" not in ksqldb.topics()


def test_statements_of_one_request_see_each_other(ksqldb: Ksqldb) -> None:
    answer = ksqldb.ksql(
        "CREATE STREAM one (a INT) WITH (kafka_topic='one', value_format='JSON', partitions=1);"
        "CREATE STREAM two AS SELECT a + 1 AS b FROM one; INSERT INTO one VALUES (41);"
    )
    assert answer.status_code == 200, answer.text
    assert [entity["@type"] for entity in answer.json()] == ["currentStatus", "currentStatus"]
    ksqldb.until("SELECT * FROM two;", [[42]])


def test_a_record_that_cannot_be_read_ends_a_query_that_is_to_end_there(ksqldb: Ksqldb) -> None:
    """Else it is skipped. `ksql.fail.on.deserialization.error` was taken and not heeded."""
    answer = ksqldb.ksql("CREATE STREAM raw (a INT) WITH (kafka_topic='raw', value_format='JSON', partitions=1);")
    assert answer.status_code == 200, answer.text
    given = {"auto.offset.reset": "earliest", "ksql.fail.on.deserialization.error": "true"}
    lax = ksqldb.ksql("CREATE STREAM lax AS SELECT a FROM raw;")
    strict = ksqldb.ksql("CREATE STREAM strict AS SELECT a FROM raw;", streamsProperties=given)
    query_id = strict.json()[0]["commandStatus"]["queryId"]
    producer = Producer({"bootstrap.servers": ksqldb.broker.address})
    for value in (b"no JSON", b'{"a":7}'):
        producer.produce("raw", value)
    assert producer.flush(20) == 0
    ksqldb.until("SELECT * FROM lax;", [[7]])
    assert lax.status_code == 200
    deadline = time.monotonic() + _LIMIT
    while (states := ksqldb.ksql(f"EXPLAIN {query_id};").json()[0]["queryDescription"])["state"] != "ERROR":
        assert time.monotonic() < deadline, states
        time.sleep(0.05)
    assert "Deserialization exception handler is set to fail" in json.dumps(states["queryErrors"])
    assert ksqldb.rows("SELECT * FROM strict;") == []


def test_pull_queries_on_streams_are_refused_where_they_are_off(ksqldb: Ksqldb) -> None:
    ksqldb.ksql("CREATE STREAM off (a INT) WITH (kafka_topic='off', value_format='JSON', partitions=1);")
    given = {"ksql.query.pull.stream.enabled": "false"}
    for path, name, options in (("/query", "ksql", "streamsProperties"), ("/query-stream", "sql", "properties")):
        answer = ksqldb.post(path, {name: "SELECT * FROM off;", options: given})
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("Pull queries on streams are disabled.")
        assert ksqldb.post(path, {name: "SELECT * FROM off;", options: {}}).status_code == 200


def test_variables_hold_statement_by_statement(ksqldb: Ksqldb) -> None:
    answer = ksqldb.ksql(
        "DEFINE t='named'; CREATE STREAM ${t}_s (a INT) WITH (kafka_topic='${t}', value_format='JSON', partitions=1);"
        "DEFINE t='other'; CREATE STREAM ${T}_s (a INT) WITH (kafka_topic='${t}', value_format='JSON', partitions=1);",
    )
    assert answer.status_code == 200, answer.text
    assert {"named", "other"} <= ksqldb.topics()
    assert ksqldb.ksql("DESCRIBE ${x};", sessionVariables={"x": "named_s"}).status_code == 200
    ksqldb.ksql("INSERT INTO one VALUES (1);")
    found = ksqldb.post("/query-stream", {"sql": "SELECT '$${x}' AS v, '${x}' AS w FROM one EMIT CHANGES LIMIT 1;",
                                          "properties": {"auto.offset.reset": "earliest"},
                                          "sessionVariables": {"x": 1}})  # fmt: skip
    assert json.loads(found.text.splitlines()[1]) == ["${x}", "1"]


@pytest.mark.long
def test_tables_without_an_aggregation_are_there_after_a_restart(ksqldb: Ksqldb) -> None:
    ksqldb.ksql(
        "CREATE TABLE t (id STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);"
        "CREATE TABLE small AS SELECT id, v * 2 AS w FROM t WHERE v < 10;"
        "CREATE TABLE u (id STRING PRIMARY KEY, x INT) WITH (kafka_topic='u', value_format='JSON', partitions=1);"
        "CREATE TABLE both AS SELECT ROWKEY AS id, v, x FROM t FULL OUTER JOIN u ON t.id = u.id;"
        "CREATE SOURCE TABLE s (id STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON');"
        "INSERT INTO t VALUES ('a', 4); INSERT INTO t VALUES ('b', 40); INSERT INTO t VALUES ('c', 1);"
        "INSERT INTO u VALUES ('c', 7); INSERT INTO t VALUES ('a', 5);"
    ).raise_for_status()
    wanted = {
        "SELECT * FROM small;": [["a", 10], ["c", 2]],
        "SELECT * FROM both;": [["a", 5, None], ["b", 40, None], ["c", 1, 7]],
        "SELECT * FROM s;": [["a", 5], ["b", 40], ["c", 1]],
    }
    for text, rows in wanted.items():
        ksqldb.until(text, rows)
    ksqldb.server.kill()
    ksqldb.server.start()
    ksqldb.until_ready()
    for text, rows in wanted.items():
        ksqldb.until(text, rows)
    ksqldb.ksql("INSERT INTO t VALUES ('a', 50);").raise_for_status()
    ksqldb.until("SELECT * FROM small;", [["c", 2]])


def test_a_request_may_ask_to_run_behind_a_command(ksqldb: Ksqldb) -> None:
    made = ksqldb.ksql("CREATE TYPE BEHIND AS STRUCT<A INT>;").json()[0]
    sequence = made["commandSequenceNumber"]
    assert ksqldb.ksql("SHOW TYPES;", commandSequenceNumber=sequence).status_code == 200
    late = ksqldb.ksql("SHOW TYPES;", commandSequenceNumber=sequence + 1000)
    assert (late.status_code, late.json()["error_code"]) == (503, 50301)
    assert f"command sequence number: {sequence + 1000}" in late.json()["message"]


@pytest.mark.parametrize(
    "more",
    [{"streamsProperties": []}, {"streamsProperties": "x"}, {"sessionVariables": 5}, {"commandSequenceNumber": "x"}],
)
def test_fields_of_a_request_have_their_types(ksqldb: Ksqldb, more: dict[str, Any]) -> None:
    for path, field in (("/ksql", "ksql"), ("/query", "ksql"), ("/query-stream", "sql")):
        answer = ksqldb.post(path, {field: "SHOW STREAMS;", **more})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 40000)
        assert answer.json()["message"].startswith("Invalid JSON in request: ")


def test_what_topics_hold_is_joined_in_the_order_of_time(ksqldb: Ksqldb) -> None:
    declared = "WITH (kafka_topic='{0}', value_format='JSON', partitions=1);"
    for name in ("EARLY", "LATE"):
        text = f"CREATE STREAM {name} (K INT KEY, V STRING) " + declared.format(name.lower())
        assert ksqldb.ksql(text).status_code == 200
    for place in range(1, 6):
        for name, moment in (("LATE", place * 1000), ("EARLY", place * 1000 - 100)):
            text = f"INSERT INTO {name} (ROWTIME, K, V) VALUES ({moment}, {place}, '{name}{place}');"
            assert ksqldb.ksql(text).status_code == 200
    body = {
        "sql": "SELECT EARLY.K, LATE.V AS V FROM EARLY LEFT JOIN LATE WITHIN 1 SECOND ON EARLY.K = LATE.K EMIT CHANGES LIMIT 8;",
        "properties": {"auto.offset.reset": "earliest"},
    }
    expected = [row for place in range(1, 5) for row in ([place, None], [place, f"LATE{place}"])]
    for _ in range(3):  # whichever topic is read first
        answer = ksqldb.post("/query-stream", body)
        assert [json.loads(line) for line in answer.text.splitlines()][1:] == expected


def test_an_idle_push_query_sends_nothing_but_json_lines(ksqldb: Ksqldb) -> None:
    ksqldb.ksql(
        "CREATE STREAM idle (a INT) WITH (kafka_topic='idle', value_format='JSON', partitions=1);"
    ).raise_for_status()
    body = {"sql": "SELECT * FROM idle EMIT CHANGES LIMIT 2;", "properties": {"auto.offset.reset": "earliest"}}
    seen: list[str] = []
    with httpx.stream("POST", f"http://{ksqldb.server.address}/query-stream", json=body, timeout=_LIMIT) as stream:
        lines = stream.iter_lines()
        seen.append(next(lines))
        ksqldb.ksql("INSERT INTO idle VALUES (1);").raise_for_status()
        seen.append(next(lines))
        idle_until = time.monotonic() + 1.5  # an idle while is what is looked at, so it has to pass
        while time.monotonic() < idle_until:
            ksqldb.ksql("SHOW STREAMS;")
        ksqldb.ksql("INSERT INTO idle VALUES (2);").raise_for_status()
        seen += list(lines)
    assert [json.loads(line) for line in seen[1:]] == [[1], [2]]


def test_a_session_table_is_read_by_key_only(ksqldb: Ksqldb) -> None:
    ksqldb.ksql(
        "CREATE STREAM clicks (k STRING KEY, v INT) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);"
        "CREATE TABLE visits AS SELECT k, COUNT(*) AS n FROM clicks WINDOW SESSION (30 SECONDS) GROUP BY k;"
        "INSERT INTO clicks VALUES ('a', 1);"
    ).raise_for_status()
    for text in ("SELECT * FROM visits;", "SELECT * FROM visits WHERE n > 0;", "SELECT * FROM visits WHERE k <> 'a';"):
        answer = ksqldb.post("/query-stream", {"sql": text, "properties": {}})
        assert (answer.status_code, "Table scan unsupported on session tables" in answer.text) == (400, True)
    ksqldb.until("SELECT n FROM visits WHERE k = 'a';", [[1]])


def test_small_things_that_clients_ask(ksqldb: Ksqldb) -> None:
    root = httpx.get(f"http://{ksqldb.server.address}/", follow_redirects=False, timeout=_LIMIT)
    assert (root.status_code, root.headers["location"]) == (307, "/info")
    ksqldb.ksql("CREATE TYPE point AS STRUCT<x INT, y INT>;").raise_for_status()
    assert "POINT" in ksqldb.ksql("SHOW TYPES;").json()[0]["types"]
    ksqldb.ksql("INSERT INTO one VALUES (9);").raise_for_status()
    assert (
        ksqldb.post("/query", {"ksql": "PRINT one FROM BEGINNING LIMIT 1;", "streamsProperties": {}}).status_code == 200
    )
    kept = ksqldb.ksql("CREATE STREAM IF NOT EXISTS one (a INT) WITH (kafka_topic='one', value_format='JSON');")
    assert kept.json()[0]["@type"] == "warning_entity"
    missing = ksqldb.ksql("ASSERT TOPIC nowhere TIMEOUT 100 MILLISECONDS;")
    assert (missing.status_code, missing.json()["error_code"]) == (417, 41700)
    other = ksqldb.ksql("ASSERT TOPIC one WITH (partitions='1', foo=2) TIMEOUT 100 MILLISECONDS;")
    assert other.status_code == 417
    assert other.json()["message"].splitlines() == [
        "Mismatched configuration for topic one: For config partitions, expected 1 got 1",
        "Cannot assert unknown topic property: FOO",
    ]
    assert ksqldb.ksql("SET 'nope'='1';").json()["message"] == "Unknown property: nope"
    registry = ksqldb.ksql("CREATE STREAM av (a INT) WITH (kafka_topic='av', value_format='AVRO', partitions=1);")
    assert (registry.status_code, registry.json()["error_code"]) == (428, 42801)


def test_what_would_not_run_is_not_explained(ksqldb: Ksqldb) -> None:
    made = ksqldb.ksql(
        "CREATE STREAM ex (k INT KEY, v INT) WITH (kafka_topic='ex', value_format='JSON', partitions=1);"
    )
    assert made.status_code == 200, made.text
    for text, reason in (
        ("CREATE STREAM o AS SELECT v FROM ex;", "Key missing from projection"),
        ("CREATE STREAM ex AS SELECT * FROM ex;", "already exists"),
        ("INSERT INTO ex SELECT k, v AS w FROM ex;", "Incompatible schema"),
        ("DROP STREAM ex;", "does not run a ksql query"),
    ):
        refused = ksqldb.ksql(f"EXPLAIN {text}")
        assert (refused.status_code, refused.json()["error_code"]) == (400, 40001)
        assert reason in refused.json()["message"]
    for text in ("INSERT INTO ex SELECT * FROM ex;", "CREATE STREAM o AS SELECT * FROM ex;"):
        assert ksqldb.ksql(f"EXPLAIN {text}").json()[0]["queryDescription"]["statementText"] == text
    assert "O" not in {each["name"] for each in ksqldb.ksql("SHOW STREAMS;").json()[0]["streams"]}


def test_none_and_too_many_replicas_are_refused(ksqldb: Ksqldb) -> None:
    for count, reason in ((0, "Replication factor must be larger than 0"), (3, "only 1 broker(s) are registered")):
        text = f"CREATE STREAM r (v INT) WITH (kafka_topic='r', value_format='JSON', partitions=1, replicas={count});"
        refused = ksqldb.ksql(text)
        assert refused.status_code == 400
        assert reason in refused.json()["message"]
    assert "r" not in ksqldb.topics()


@pytest.mark.long
def test_without_its_broker_log_and_state_agree(tmp_path: Path) -> None:
    """A statement that the broker could not keep is neither run nor replayed."""
    with opened(tmp_path) as ksqldb:
        ksqldb.ksql(
            "CREATE STREAM a (x INT) WITH (kafka_topic='a', value_format='JSON', partitions=1);"
        ).raise_for_status()
        ksqldb.broker.kill()
        refused = ksqldb.ksql("CREATE STREAM b AS SELECT * FROM a;")
        assert refused.status_code >= 400
        ksqldb.broker.start()
        ksqldb.until_ready()
        names = {each["name"] for each in ksqldb.ksql("SHOW STREAMS;").json()[0]["streams"]}
        ksqldb.server.kill()
        ksqldb.server.start()
        ksqldb.until_ready()
        assert {each["name"] for each in ksqldb.ksql("SHOW STREAMS;").json()[0]["streams"]} == names == {"A"}


_COMMANDS = "_confluent-ksql-ksql-cluster_command_topic"
_SHUT_DOWN = {"@type": "generic_error", "error_code": 50304, "message": "The server is shut down"}


def _terminated(ksqldb: Ksqldb) -> None:
    """Every way in is refused."""
    for path in ("/info", "/healthcheck"):
        answer = httpx.get(f"http://{ksqldb.server.address}{path}", timeout=_LIMIT)
        assert (answer.status_code, answer.json()) == (503, _SHUT_DOWN)
    for path, body in (
        ("/ksql", {"ksql": "SHOW STREAMS;"}), ("/query-stream", {"sql": "SELECT * FROM a EMIT CHANGES;"}),
        ("/ksql/terminate", {}),
    ):  # fmt: skip
        refused = ksqldb.post(path, body)
        assert (refused.status_code, refused.json()) == (503, _SHUT_DOWN)


def test_a_cluster_is_terminated_for_good(tmp_path: Path) -> None:
    with opened(tmp_path) as ksqldb:
        ksqldb.ksql(
            "CREATE STREAM a (x INT) WITH (kafka_topic='a', value_format='JSON', partitions=1);"
            "CREATE STREAM b1 AS SELECT * FROM a; CREATE STREAM c AS SELECT * FROM a;"
        ).raise_for_status()
        for patterns, told in (
            (["C", "[bad"], "Invalid pattern: [bad"),
            ("C", "Invalid JSON in request: deleteTopicList must be an array of strings"),
        ):
            refused = ksqldb.post("/ksql/terminate", {"deleteTopicList": patterns})
            assert refused.status_code == 400
            assert refused.json() == {"@type": "generic_error", "error_code": 40000, "message": told}
        assert len(ksqldb.ksql("SHOW QUERIES;").json()[0]["queries"]) == 2
        push = {"sql": "SELECT * FROM a EMIT CHANGES;"}
        address = f"http://{ksqldb.server.address}/query-stream"
        with httpx.stream("POST", address, json=push, timeout=_LIMIT) as open_query:
            lines = open_query.iter_lines()
            assert "queryId" in next(lines)
            # `a` is no sink: what a query did not make is nobody's to delete
            answer = ksqldb.post("/ksql/terminate", {"deleteTopicList": ["B.*", "a"]})
            assert list(lines) == []
        assert answer.status_code == 200, answer.text
        assert answer.json() == [{
            "@type": "currentStatus", "statementText": "TERMINATE CLUSTER;",
            "commandId": "cluster/TerminateCluster/terminate",
            "commandStatus": {"status": "QUEUED", "message": "Statement written to command topic", "queryId": None},
            "commandSequenceNumber": 3, "warnings": [],
        }]  # fmt: skip
        assert {"a", "C"} <= ksqldb.topics()
        assert not {"B1", _COMMANDS} & ksqldb.topics()
        _terminated(ksqldb)
        ksqldb.server.kill()
        ksqldb.server.start()
        ksqldb.until_ready()
        assert ksqldb.ksql("SHOW STREAMS;").json()[0]["streams"] == []
        assert ksqldb.ksql("SHOW QUERIES;").json()[0]["queries"] == []


def test_a_termination_that_a_crash_cut_off_is_brought_to_its_end(tmp_path: Path) -> None:
    with opened(tmp_path) as ksqldb:
        ksqldb.ksql(
            "CREATE STREAM a (x INT) WITH (kafka_topic='a', value_format='JSON', partitions=1);"
            "CREATE STREAM b AS SELECT * FROM a;"
        ).raise_for_status()
        ksqldb.server.kill()
        producer = Producer({"bootstrap.servers": ksqldb.broker.address, "log_level": 0})
        command = {"statement": "TERMINATE CLUSTER;", "properties": {"deleteTopicList": []}}
        producer.produce(_COMMANDS, json.dumps(command).encode(), b"cluster/TerminateCluster/terminate")
        assert producer.flush(10) == 0
        ksqldb.server.start()
        deadline = time.monotonic() + _LIMIT
        while _COMMANDS in ksqldb.topics():
            assert time.monotonic() < deadline, ksqldb.server.log[-2000:]
        _terminated(ksqldb)
        assert "B" in ksqldb.topics()
