"""CREATE OR REPLACE of a running query: it goes on where it was, with what it knew."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from confluent_kafka import Producer

from tests.processes import Server

pytestmark = pytest.mark.long

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}


class Console:
    """What the tests ask of a server."""

    def __init__(self, broker: Server, server: Server) -> None:
        self._server = server
        self._producer = Producer({"bootstrap.servers": broker.address})

    def run(self, statement: str) -> httpx.Response:
        body = {"ksql": statement, "streamsProperties": EARLIEST}
        return httpx.post(f"http://{self._server.address}/ksql", json=body, timeout=15)

    def refused(self, statement: str) -> str:
        answer = self.run(statement)
        assert answer.status_code == 400, answer.text
        return answer.json()["message"]

    def produce(self, *users: int) -> None:
        for user in users:
            self._producer.produce("clicks", orjson.dumps({"U": user}))
        assert self._producer.flush(10) == 0

    def rows(self, statement: str) -> list[Any]:
        body = {"ksql": statement, "streamsProperties": EARLIEST}
        answer = httpx.post(f"http://{self._server.address}/query", json=body, timeout=15)
        assert answer.status_code == 200, answer.text
        return sorted((part["row"]["columns"] for part in answer.json() if "row" in part), key=repr)

    def until(self, statement: str, rows: list[Any]) -> None:
        deadline = time.monotonic() + 20
        while (found := self.rows(statement)) != rows:
            assert time.monotonic() < deadline, f"{found} is not {rows}"
            time.sleep(0.05)

    def statuses(self) -> dict[str, str]:
        return httpx.get(f"http://{self._server.address}/status", timeout=15).json()["commandStatuses"]

    def queries(self) -> list[str]:
        return sorted(query["id"] for query in self.run("SHOW QUERIES;").json()[0]["queries"])


def test_a_replaced_query_goes_on_where_it_was(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("ksqldb", tmp_path / "ksqldb", "--bootstrap", broker.address) as server,
    ):
        console = Console(broker, server)
        console.produce(0, 1, 2, 3)
        for statement in (
            "CREATE STREAM C (U INT) WITH (kafka_topic='clicks', value_format='JSON');",
            "CREATE STREAM D AS SELECT U FROM C WHERE U >= 0;",
            "CREATE TABLE T AS SELECT U, COUNT(*) AS N FROM C GROUP BY U;",
        ):
            console.run(statement).raise_for_status()
        console.until("SELECT * FROM D;", [[0], [1], [2], [3]])
        console.until("SELECT * FROM T;", [[0, 1], [1, 1], [2, 1], [3, 1]])
        before = console.queries()

        console.run("CREATE OR REPLACE STREAM D AS SELECT U, U * 2 AS V FROM C WHERE U > 1;").raise_for_status()
        console.run(
            "CREATE OR REPLACE TABLE T AS SELECT U, COUNT(*) AS N, 'x' AS X FROM C WHERE U < 3 GROUP BY U;"
        ).raise_for_status()
        assert console.queries() == before
        console.produce(0, 1, 2, 3)
        # what was there stays as it was written: nothing is computed again
        console.until("SELECT * FROM D;", [[0, None], [1, None], [2, 4], [2, None], [3, 6], [3, None]])
        # what was counted under the old condition stays counted
        console.until("SELECT U, N FROM T;", [[0, 2], [1, 2], [2, 2], [3, 1]])

        server.kill()
        server.start()
        assert console.queries() == before
        console.produce(0, 3)
        console.until("SELECT * FROM T;", [[0, 3, "x"], [1, 2, "x"], [2, 2, "x"], [3, 1, "x"]])
        console.until("SELECT V FROM D WHERE V IS NOT NULL;", [[4], [6], [6]])

        for statement, message in {
            "CREATE OR REPLACE STREAM C (V INT) WITH (kafka_topic='clicks', value_format='JSON');": "reordered: [`U` INTEGER])",
            "CREATE OR REPLACE TABLE C (U INT PRIMARY KEY) WITH (kafka_topic='clicks', value_format='JSON');": (
                "has type = KSTREAM which is not upgradeable to KTABLE"
            ),
            "CREATE OR REPLACE STREAM D AS SELECT U FROM C;": "changed, missing or reordered: [`V` INTEGER])",
            "CREATE OR REPLACE STREAM D WITH (kafka_topic='d2') AS SELECT U, U * 2 AS V FROM C;": "has topic = D which",
            "CREATE OR REPLACE TABLE T AS SELECT U, SUM(U) AS N, 'x' AS X FROM C GROUP BY U;": "Cannot upgrade data source",
            "CREATE OR REPLACE TABLE T AS SELECT U, COUNT(*) AS N, 'x' AS X, MAX(U) AS M FROM C GROUP BY U;": (
                "Upgrades not yet supported for aggregate functions"
            ),
            "CREATE OR REPLACE TABLE T AS SELECT U, COUNT(*) AS N, 'x' AS X FROM D GROUP BY U;": "not yet supported for sources",
        }.items():
            assert message in console.refused(statement)
        assert console.queries() == before
        console.produce(1)
        console.until("SELECT N FROM T WHERE U = 1;", [[3]])


def test_a_query_that_was_ended_does_not_run_again_after_a_restart(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("ksqldb", tmp_path / "ksqldb", "--bootstrap", broker.address) as server,
    ):
        console = Console(broker, server)
        console.produce(*range(5))
        console.run("CREATE STREAM C (U INT) WITH (kafka_topic='clicks', value_format='JSON');").raise_for_status()
        console.run("CREATE STREAM D AS SELECT U FROM C;").raise_for_status()
        console.until("SELECT * FROM D;", [[n] for n in range(5)])
        console.run(f"TERMINATE {console.queries()[0]};").raise_for_status()
        statuses = console.statuses()
        assert set(statuses.values()) == {"SUCCESS"}
        for _ in range(3):
            server.kill()
            server.start()
            assert console.queries() == []
            assert console.statuses() == statuses
        # the topic has each row once: had the query run, from the start, there would be more
        assert console.rows("SELECT * FROM D;") == [[n] for n in range(5)]


def test_without_its_broker_a_server_changes_nothing(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("ksqldb", tmp_path / "ksqldb", "--bootstrap", broker.address) as server,
    ):
        console = Console(broker, server)
        console.produce(1)
        console.run("CREATE STREAM C (U INT) WITH (kafka_topic='clicks', value_format='JSON');").raise_for_status()
        console.run("CREATE TABLE T AS SELECT U, COUNT(*) AS N FROM C GROUP BY U;").raise_for_status()
        console.until("SELECT * FROM T;", [[1, 1]])
        before = console.queries()
        broker.kill()
        for statement in ("TERMINATE ALL;", "CREATE STREAM D AS SELECT * FROM C;", "DROP TABLE T;"):
            answer = console.run(statement)
            assert answer.status_code == 500
            assert "Kafka did not do its part" in answer.json()["message"]
        broker.start()
        assert console.queries() == before
        console.produce(1)
        console.until("SELECT * FROM T;", [[1, 2]])
