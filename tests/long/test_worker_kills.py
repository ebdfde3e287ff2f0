"""Twenty times kill -9 of the Connect worker: the index ends up with every record of the topic."""

from __future__ import annotations

import random
import time
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


def until(condition: Any, what: str, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.02)
