"""`python -m benchmarks.latency [--rate N] [--seconds S]`: how soon a push query's row is on the client, and a pull query's.

A stream gets N records a second; a push query reads it, a table counts it by key, and pull queries ask for one key.
"""

from __future__ import annotations

import argparse
import json
import threading
import time

import httpx
import orjson
from confluent_kafka import Producer

from benchmarks.servers import server

STATEMENTS = """
CREATE STREAM S (K INT, SENT DOUBLE) WITH (kafka_topic='s', value_format='JSON', partitions=1);
CREATE TABLE T AS SELECT K, COUNT(*) AS N, LATEST_BY_OFFSET(SENT) AS L FROM S GROUP BY K;
"""


def produce(bootstrap: str, rate: int, stop: threading.Event) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "log_level": 0})
    begin, sent = time.monotonic(), 0
    while not stop.is_set():
        goal = int((time.monotonic() - begin) * rate)
        for number in range(sent, goal):
            producer.produce("s", orjson.dumps({"K": number % 100, "SENT": time.time()}))
        sent = goal
        producer.poll(0)
        stop.wait(0.002)
    producer.flush(5)


def percentile(values: list[float], part: float) -> float:
    """In ms."""
    return round(1000 * sorted(values)[min(int(len(values) * part), len(values) - 1)], 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    with server("broker") as (port, _), server("ksqldb", "--bootstrap", f"127.0.0.1:{port}") as (ksqldb, _):
        client = httpx.Client(base_url=f"http://127.0.0.1:{ksqldb}", timeout=30)
        while client.get("/healthcheck").status_code != 200:
            time.sleep(0.1)
        client.post("/ksql", json={"ksql": STATEMENTS}).raise_for_status()
        stop = threading.Event()
        flow = threading.Thread(target=produce, args=(f"127.0.0.1:{port}", options.rate, stop))
        flow.start()
        pushes: list[float] = []
        body = {"sql": "SELECT K, SENT FROM S EMIT CHANGES;", "properties": {}}
        with client.stream("POST", "/query-stream", json=body) as response:
            end = time.monotonic() + options.seconds
            for line in response.iter_lines():
                now = time.time()
                if line.startswith("["):
                    pushes.append(now - json.loads(line)[1])
                if time.monotonic() > end:
                    break
        pulls: list[float] = []
        for number in range(500):
            begun = time.perf_counter()
            found = client.post("/query-stream", json={"sql": f"SELECT * FROM T WHERE K = {number % 100};"})
            pulls.append(time.perf_counter() - begun)
            assert found.status_code == 200, found.text
        stop.set()
        flow.join()
    settled = pushes[options.rate :]  # the first second is the query's start
    print(json.dumps({
        "rate": options.rate, "rows": len(settled), "push_p50_ms": percentile(settled, 0.5), "push_p99_ms": percentile(settled, 0.99),
        "pull_p50_ms": percentile(pulls, 0.5), "pull_p99_ms": percentile(pulls, 0.99),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
