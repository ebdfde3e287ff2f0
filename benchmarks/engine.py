"""`python -m benchmarks.engine [--events N] [--query NAME]`: the tutorial's statements over a preloaded topic.

The time runs from the first statement until every query has committed all of its input.
"""

from __future__ import annotations

import argparse
import json
import random
import struct
import time
from typing import Any

import httpx
import orjson
from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.servers import server
from clickstream_embedded.connect.datagen.clickstream import clicks, users
from clickstream_ksql import ast, scripts
from clickstream_ksql.parser import parse

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}
SOURCES = {"CLICKSTREAM", "CLICKSTREAM_CODES", "WEB_USERS"}
BEHIND = {"CLICK_USER_SESSIONS": "USER_CLICKSTREAM", "USER_IP_ACTIVITY": "USER_CLICKSTREAM",
          "ENRICHED_ERROR_CODES_COUNT": "ENRICHED_ERROR_CODES"}  # fmt: skip


def preload(bootstrap: str, events: int) -> float:
    """Fills the three topics; gives JSON decodes a second of the clicks in one thread."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": events + 1000}
    )
    source = random.Random(1)
    people = users(source)
    for _ in range(200):
        key, value = next(people)
        producer.produce("clickstream_users", orjson.dumps(value), struct.pack(">i", key))
    for code in (200, 302, 404, 405, 406, 407):
        producer.produce(
            "clickstream_codes", orjson.dumps({"code": code, "definition": f"code {code}"}), struct.pack(">i", code)
        )
    now = int(time.time() * 1000) - events * 15
    payloads: list[bytes] = []
    stream = clicks(source)
    for number in range(events):
        key, value = next(stream)
        data = orjson.dumps(value)
        payloads.append(data)
        producer.produce("clickstream", data, key, timestamp=now + number * 15)
        if number % 10_000 == 0:
            producer.poll(0)
    producer.flush(120)
    started = time.perf_counter()
    for data in payloads:
        orjson.loads(data)
    return events / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--query")
    options = parser.parse_args()
    wanted = {options.query, BEHIND.get(options.query)} if options.query else None
    with server("broker") as (port, broker):
        bootstrap = f"127.0.0.1:{port}"
        decodes = preload(bootstrap, options.events)
        broker_before = sum(broker.cpu_times()[:2])
        with server("ksqldb", "--bootstrap", bootstrap) as (ksqldb, process):
            client = httpx.Client(base_url=f"http://127.0.0.1:{ksqldb}", timeout=60)
            while client.get("/healthcheck").status_code != 200:
                time.sleep(0.1)
            statements = parse(scripts.load("statements"))
            started = time.perf_counter()
            queries: list[str] = []
            for parsed in statements:
                statement: Any = parsed.statement
                if statement.name not in SOURCES and wanted is not None and statement.name not in wanted:
                    continue
                answer = client.post(
                    "/ksql", json={"ksql": parsed.text, "streamsProperties": EARLIEST}
                ).raise_for_status()
                if isinstance(statement, ast.CreateAs):
                    queries.append(answer.json()[0]["commandStatus"]["queryId"])
            issued = time.perf_counter() - started
            wait(bootstrap, queries, options.events)
            seconds = time.perf_counter() - started
            family = [process, *process.children(recursive=True)]
            rss = [each.memory_info().rss / 1e6 for each in family]
            cpu = sum(sum(each.cpu_times()[:2]) for each in family)
            broker_cpu = sum(broker.cpu_times()[:2]) - broker_before
    rate = options.events / seconds
    print(json.dumps({
        "events": options.events, "queries": len(queries), "seconds": round(seconds, 2), "events_per_s": round(rate),
        "decode_events_per_s": round(decodes), "ratio": round(rate / decodes, 4), "rss_mb": round(sum(rss), 1), "processes_mb": [round(each) for each in rss], "issued_s": round(issued, 2),
        "engine_cpu_s": round(cpu, 1), "broker_cpu_s": round(broker_cpu, 2),
    }))  # fmt: skip


def wait(bootstrap: str, queries: list[str], events: int) -> None:
    """Until every query has committed the end of each of its topics."""
    consumers = {
        query: Consumer({"bootstrap.servers": bootstrap, "group.id": f"_confluent-ksql-ksql-clusterquery_{query}"})
        for query in queries
    }
    derived = {q: next((t for n, t in BEHIND.items() if f"_{n}_" in q), "clickstream") for q in queries}
    deadline = time.monotonic() + 900
    while consumers:
        for query, consumer in list(consumers.items()):
            place = TopicPartition(derived[query], 0)
            committed = consumer.committed([place], 10)[0].offset
            if committed >= events * (1 if derived[query] == "clickstream" else 0.999):
                consumer.close()
                del consumers[query]
        if time.monotonic() > deadline:
            raise SystemExit(f"not done after 900 s: {list(consumers)}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
