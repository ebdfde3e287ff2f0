"""Twenty times kill -9 of the Connect worker: the index ends up with every record of the topic."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from confluent_kafka import Producer

from tests.processes import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
KILLS, RECORDS = 20, 20_000


def test_no_record_is_missing_in_the_index(tmp_path: Path) -> None:
    chance = random.Random(5)
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("search", tmp_path / "search") as search,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        index = httpx.Client(base_url=f"http://{search.address}", timeout=10)
        producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True, "log_level": 0})
        producer.produce("facts", orjson.dumps({"n": 0}))
        producer.flush(10)
        config = {
            "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
            "topics": "facts", "connection.url": f"http://{search.address}", "type.name": "_doc",
            "key.ignore": "true", "schema.ignore": "true", "batch.size": "200",
            # a killed worker leaves a member behind; the next one waits until it is out
            "consumer.override.session.timeout.ms": "6000",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "false",
        }  # fmt: skip
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=10)
        answer = connect.post("/connectors", json={"name": "facts", "config": config})
        assert answer.status_code == 201, answer.text

        def count() -> int:
            index.post("/facts/_refresh")
            answer = index.get("/facts/_count")
            return int(answer.json()["count"]) if answer.status_code == 200 else 0

        sent = 1
        for part in range(1, KILLS + 2):
            while sent < RECORDS * part // (KILLS + 1):
                producer.produce("facts", orjson.dumps({"n": sent}))
                sent += 1
            producer.flush(10)
            if part <= KILLS:
                before = count()
                goal = before + int(chance.random() * 0.5 * (sent - before))
                until(lambda goal=goal: count() >= goal, f"{goal} documents")
                worker.kill()
                worker.start()
        until(lambda: count() >= sent, f"all {sent} documents", 120)
        body = {"size": 0, "aggs": {"kinds": {"cardinality": {"field": "n"}}, "most": {"max": {"field": "n"}}}}
        found = index.post("/facts/_search", json=body).json()["aggregations"]
        assert count() == sent
        assert found["most"]["value"] == sent - 1
        assert found["kinds"]["value"] == sent
        connect.close()
        index.close()


class MixedRecords:
    """Produces records of each kind by chance, and knows what an index must hold of them in the end."""

    def __init__(self, bootstrap: str, chance: random.Random) -> None:
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "log_level": 0})
        self._chance = chance
        self.expected: dict[str, dict[str, int]] = {}

    def produce(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._one(number)
        assert self._producer.flush(10) == 0

    def _one(self, number: int) -> None:
        key, kind = f"k{self._chance.randrange(300)}", self._chance.random()
        if kind < 0.1:
            self._producer.produce("mixed", orjson.dumps({"n": number}), None)
        elif kind < 0.2:
            self._producer.produce("mixed", None, key)
            self.expected.pop(key, None)
        elif kind < 0.25:
            self._producer.produce("mixed", b"{no json", key)
        elif kind < 0.3:
            self._producer.produce("mixed", orjson.dumps({"n": "no number"}), key)
        else:
            self._producer.produce("mixed", orjson.dumps({"n": number}), key)
            self.expected[key] = {"n": number}


def _sink_of_mixed(search: str) -> dict[str, str]:
    return {
        "connector.class": "ElasticsearchSink", "topics": "mixed", "connection.url": f"http://{search}",
        "type.name": "_doc", "schema.ignore": "true", "key.ignore": "false", "batch.size": "100",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
        "key.converter": "org.apache.kafka.connect.storage.StringConverter", "errors.tolerance": "all",
        "drop.invalid.message": "true", "behavior.on.null.values": "delete",
        "behavior.on.malformed.documents": "ignore", "max.retries": "1000000", "retry.backoff.ms": "1",
    }  # fmt: skip


def test_keys_tombstones_and_bad_records_end_as_documented(tmp_path: Path) -> None:
    """Kills of worker and index in turn: the index holds the last value of each key, and nothing that was bad.

    Records without a key are dropped (`drop.invalid.message`), tombstones delete, what is no JSON is tolerated, and what
    the mapping refuses is ignored: the connector's documented semantics, applied to the topic in order.
    """
    chance = random.Random(7)
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("search", tmp_path / "search") as search,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
        httpx.Client(base_url=f"http://{search.address}", timeout=10) as index,
        httpx.Client(base_url=f"http://{worker.address}", timeout=10) as connect,
    ):
        mapping = {"mappings": {"properties": {"n": {"type": "long"}}}}
        assert index.put("/mixed", json=mapping).status_code == 200
        records = MixedRecords(broker.address, chance)
        records.produce([0])
        answer = connect.put("/connectors/mixed/config", json=_sink_of_mixed(search.address))
        assert answer.status_code == 201, answer.text

        def read() -> int:
            found = connect.get("/connectors/mixed/offsets").json().get("offsets", [])
            return int(found[0]["offset"]["kafka_offset"]) if found else 0

        def found() -> dict[str, Any]:
            index.post("/mixed/_refresh")
            hits = index.post("/mixed/_search", json={"size": 1000}).json()["hits"]["hits"]
            return {hit["_id"]: hit["_source"] for hit in hits}

        kills, total = 2 * KILLS, 6000
        for part in range(kills):
            records.produce(range(total * part // kills + 1, total * (part + 1) // kills + 1))
            time.sleep(chance.random() * 0.2)  # where the kill falls is left to chance
            victim = worker if part % 2 else search
            victim.kill()
            victim.start()
        until(lambda: read() == total + 1, "all records read", 120)
        assert found() == records.expected
        tasks = connect.get("/connectors/mixed/status").json()["tasks"]
        assert [task["state"] for task in tasks] == ["RUNNING"]


def until(condition: Any, what: str, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.02)
