"""Twenty times kill -9 of the ksqlDB server, and of its worker now and then, while 200,000 clicks flow through the
tutorial's queries.
"""

from __future__ import annotations

import random
import struct
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from clickstream_embedded.connect.datagen.clickstream import clicks, users
from clickstream_ksql import scripts
from tests.processes import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]
KILLS, EVENTS = 20, 200_000
PROPERTIES = {"ksql.streams.auto.offset.reset": "earliest", "ksql.streams.commit.interval.ms": "300"}
TABLES = ("EVENTS_PER_MIN", "PAGES_PER_MIN", "CLICK_USER_SESSIONS", "ERRORS_PER_MIN_ALERT", "ERRORS_PER_MIN",
          "ENRICHED_ERROR_CODES_COUNT", "USER_IP_ACTIVITY")  # fmt: skip
STREAMS = ("USER_CLICKSTREAM", "ENRICHED_ERROR_CODES")


def start_queries(server: Server) -> None:
    with httpx.Client(base_url=f"http://{server.address}", timeout=60) as client:
        wait(lambda: client.get("/info").status_code == 200, "the server is ready")
        answer = client.post("/ksql", json={"ksql": scripts.load("statements"), "streamsProperties": PROPERTIES})
        assert answer.status_code == 200, answer.text


def wait(condition: Any, what: str, limit: float = 180.0) -> None:
    deadline = time.monotonic() + limit
    while True:
        try:
            if condition():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.02)


class Topic:
    """Read access to topics and groups."""

    def __init__(self, bootstrap: str) -> None:
        self._settings = {"bootstrap.servers": bootstrap, "group.id": "test", "enable.auto.commit": False,
                          "log_level": 0, "fetch.queue.backoff.ms": 5}  # fmt: skip
        self._consumer = Consumer(self._settings)

    def end(self, topic: str) -> int:
        return self._consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1]

    def committed(self, query: str, topic: str) -> int:
        reader = Consumer({**self._settings, "group.id": f"_confluent-ksql-ksql-clusterquery_{query}"})
        try:
            return reader.committed([TopicPartition(topic, 0)], 10)[0].offset
        finally:
            reader.close()

    def records(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        end = self.end(topic)
        self._consumer.assign([TopicPartition(topic, 0, 0)])
        found: list[tuple[bytes | None, bytes | None]] = []
        at = 0
        deadline = time.monotonic() + 60
        while at < end:
            assert time.monotonic() < deadline, f"{topic} ends at {at}, not at {end}"
            for message in self._consumer.consume(5000, 0.1):
                assert message.error() is None
                found.append((message.key(), message.value()))
                at = (message.offset() or 0) + 1
        return found


def queries(server: Server) -> dict[str, list[str]]:
    """The topics that each running query reads, by query id."""
    with httpx.Client(base_url=f"http://{server.address}", timeout=30) as client:
        found = client.post("/ksql", json={"ksql": "SHOW QUERIES;"}).json()[0]["queries"]
    return {query["id"]: query["sinkKafkaTopics"] for query in found}


def settle(server: Server, topics: Topic) -> None:
    """Waits until every query has committed all of its input."""

    def reads(query: str) -> str:
        for sink, topic in (("CLICK_USER_SESSIONS", "USER_CLICKSTREAM"), ("USER_IP_ACTIVITY", "USER_CLICKSTREAM"),
                            ("ENRICHED_ERROR_CODES_COUNT", "ENRICHED_ERROR_CODES")):  # fmt: skip
            if f"_{sink}_" in query:
                return topic
        return "clickstream"

    for query in queries(server):
        topic = reads(query)
        wait(lambda q=query, t=topic: topics.committed(q, t) >= topics.end("clickstream") * (1 if t == "clickstream" else 0)
             and topics.committed(q, t) == topics.end(t), f"{query} is at the end of {topic}")  # fmt: skip


def workers(server: Server) -> list[psutil.Process]:
    """The processes that run queries for the server."""
    return psutil.Process(server.pid).children()


def kill_worker(server: Server) -> None:
    """Kills the server's worker, and waits until there is another that tells how its queries stand."""
    for worker in workers(server):
        worker.kill()
        worker.wait(10)
    wait(lambda: workers(server), "the worker is started again")
    with httpx.Client(base_url=f"http://{server.address}", timeout=30) as client:
        ask = {"sql": "SELECT * FROM CLICK_USER_SESSIONS WHERE K = 'nobody';"}
        wait(lambda: client.post("/query-stream", json=ask).status_code == 200, "the worker answers")


def preload(producer: Producer, source: random.Random) -> None:
    people = users(source)
    for _ in range(200):
        key, value = next(people)
        producer.produce("clickstream_users", orjson.dumps(value), struct.pack(">i", key))
    for code in (200, 302, 404, 405, 406, 407):
        value = orjson.dumps({"code": code, "definition": f"code {code}"})
        producer.produce("clickstream_codes", value, struct.pack(">i", code))
    producer.flush(10)


def run(folder: Path, kills: int, begin: int) -> dict[str, Any]:
    """The final tables and the streams after a run with so many kills."""
    source, chance = random.Random(7), random.Random(kills)
    with Server("broker", folder / "broker") as broker:
        producer = Producer(
            {"bootstrap.servers": broker.address, "enable.idempotence": True, "linger.ms": 5, "log_level": 0}
        )
        preload(producer, source)
        topics = Topic(broker.address)
        producer.produce("clickstream", b"no click")  # makes the topic; it is skipped
        producer.flush(10)
        with Server("ksqldb", folder / "ksqldb", "--bootstrap", broker.address) as ksqldb:
            start_queries(ksqldb)
            stream, sent = clicks(source), 0
            for part in range(1, kills + 2):
                while sent < EVENTS * part // (kills + 1):
                    key, value = next(stream)
                    producer.produce("clickstream", orjson.dumps(value), key, timestamp=begin + sent * 15)
                    sent += 1
                    producer.poll(0)
                producer.flush(30)
                if part <= kills:
                    # somewhere between the first result of this part and the last
                    before, room = topics.end("USER_CLICKSTREAM"), sent
                    goal = before + int(chance.random() * max(room - before, 1) * 0.8)
                    wait(lambda goal=goal: topics.end("USER_CLICKSTREAM") >= goal, f"{goal} results")
                    if part % 4 == 0:
                        kill_worker(ksqldb)
                    ksqldb.kill()
                    ksqldb.start()
            wait(lambda: len(queries(ksqldb)) == 9, "the queries are back")
            settle(ksqldb, topics)
            result: dict[str, Any] = {}
            for name in TABLES:
                result[name] = {k: orjson.loads(v) for k, v in dict(topics.records(name)).items() if v is not None}
            for name in STREAMS:
                result[name] = topics.records(name)
            return result


def test_results_are_those_of_an_undisturbed_run(tmp_path: Path) -> None:
    begin = int(time.time() * 1000) - EVENTS * 15  # not older than topics keep
    undisturbed = run(tmp_path / "quiet", 0, begin)
    disturbed = run(tmp_path / "killed", KILLS, begin)
    assert len(undisturbed["USER_CLICKSTREAM"]) == EVENTS
    for name in TABLES + STREAMS:
        assert len(disturbed[name]) == len(undisturbed[name]), name
        assert disturbed[name] == undisturbed[name], name
