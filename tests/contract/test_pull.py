"""Pull queries over a table: whatever the condition, the rows are those that it holds for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from confluent_kafka import Producer

from tests.processes import Server

KEYS = 5


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("pull")
    with (
        Server("broker", home / "broker") as broker,
        Server("ksqldb", home / "ksqldb", "--bootstrap", broker.address) as server,
        httpx.Client(base_url=f"http://{server.address}", timeout=10) as opened,
    ):
        producer = Producer({"bootstrap.servers": broker.address})
        for number in range(KEYS * 3):
            producer.produce("clicks", orjson.dumps({"U": number % KEYS}), timestamp=1000 + number)
        assert producer.flush(10) == 0
        properties = {"ksql.streams.auto.offset.reset": "earliest"}
        for statement in (
            "CREATE STREAM C (U INT) WITH (kafka_topic='clicks', value_format='JSON');",
            "CREATE TABLE T AS SELECT U, COUNT(*) AS N FROM C GROUP BY U;",
        ):
            opened.post("/ksql", json={"ksql": statement, "streamsProperties": properties}).raise_for_status()
        deadline = time.monotonic() + 20
        while len(rows(opened, "SELECT * FROM T WHERE N = 3;")) < KEYS:
            assert time.monotonic() < deadline, "the table has not all its rows"
            time.sleep(0.05)
        yield opened


def rows(client: httpx.Client, statement: str) -> list[list[Any]]:
    answer = client.post("/query", json={"ksql": statement})
    assert answer.status_code == 200, answer.text
    return sorted(part["row"]["columns"] for part in answer.json() if "row" in part)


@pytest.mark.parametrize(("condition", "keys"), [
    ("U = 2", [2]), ("2 = U", [2]), ("U = 2 AND N = 3", [2]), ("U = 2 AND N = 4", []),
    ("U = 2 OR N = 3", [0, 1, 2, 3, 4]), ("U IN (2, 4, 9)", [2, 4]),
    ("U BETWEEN 1 AND 2", [1, 2]), ("U <> 2", [0, 1, 3, 4]), ("U = 2 AND U = 3", []),
    ("(U = 2) = false", [0, 1, 3, 4]), ("U + 1 = 2", [1]),
    ("U = 9", []), ("U = 1/0", []), ("N / (U - 2) > 0", [3, 4]), ("U = -1", []),
])  # fmt: skip
def test_conditions(client: httpx.Client, condition: str, keys: list[int]) -> None:
    assert rows(client, f"SELECT U, N FROM T WHERE {condition};") == [[key, 3] for key in keys]


def test_a_column_that_fails_on_a_row_is_null(client: httpx.Client) -> None:
    assert rows(client, "SELECT U, N / (U - 2) AS X, REGEXP_EXTRACT('(', 'x') AS Y FROM T WHERE U > 1;") == [
        [2, None, None], [3, 3, None], [4, 1, None],
    ]  # fmt: skip


@pytest.mark.parametrize(("statement", "message"), [
    ("SELECT * FROM T WHERE ROWTIME > 'soon';", "Failed to parse timestamp 'soon'"),
    ("SELECT * FROM T WHERE U = null;", "Comparison with NULL not supported"),
    ("SELECT * FROM T WHERE NOT (U = 2);", "Unsupported expression in WHERE clause: (NOT (U = 2))"),
    ("SELECT * FROM T WHERE NOT (U = 2 AND N = 3);", "Unsupported expression in WHERE clause: (NOT (U = 2))"),
    ("SELECT * FROM T WHERE U NOT IN (2, 4);", "Unsupported expression in WHERE clause: (NOT (U = 2))"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(client: httpx.Client, statement: str, message: str) -> None:
    answer = client.post("/query", json={"ksql": statement})
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_a_setting_that_no_query_can_have_changes_nothing(client: httpx.Client) -> None:
    body = {"ksql": "CREATE TABLE BAD AS SELECT U, COUNT(*) AS N FROM C GROUP BY U;",
            "streamsProperties": {"ksql.streams.commit.interval.ms": "often"}}  # fmt: skip
    answer = client.post("/ksql", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, 40001)
    shown = client.post("/ksql", json={"ksql": "SHOW TABLES;"}).json()[0]["tables"]
    assert [table["name"] for table in shown] == ["T"]
