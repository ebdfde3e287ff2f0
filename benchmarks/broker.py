"""`python -m benchmarks.broker [--messages N] [--vs kafka]`: confluent-kafka against the embedded broker, 230-byte values."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from benchmarks.servers import server


def measure(bootstrap: str, process: psutil.Process, messages: int) -> dict[str, Any]:
    """Produces that many records to a topic and reads them back in a group: rates per second, the broker's CPU, RSS."""
    before = process.cpu_times()
    value = b"x" * 230
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": messages + 1})
    started = time.perf_counter()
    for number in range(messages):
        producer.produce("bench", value)
        if number % 10_000 == 0:
            producer.poll(0)
    if producer.flush(120):
        raise SystemExit("not every message was acknowledged")
    produced = time.perf_counter() - started
    # a client whose queue is full once asks for no more for a second, as a rule: that would be its time, not the broker's
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench",
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 5,
        }
    )
    consumer.subscribe(["bench"])
    seen, first = 0, 0.0
    while seen < messages:
        batch = consumer.consume(10_000, 10.0)
        first = first or time.perf_counter()
        seen += len(batch)
    consumed = time.perf_counter() - first
    consumer.close()
    times = process.cpu_times()
    return {
        "messages": messages,
        "produce_per_s": round(messages / produced),
        "consume_per_s": round(messages / consumed),
        "broker_cpu_s": round(times.user + times.system - before.user - before.system, 2),
        "rss_mb": round(process.memory_info().rss / 1e6, 1),
    }


def of_kafka(messages: int) -> dict[str, Any]:
    """The same with Apache Kafka, which the integration tier installs; a first round warms its JVM up."""
    from tests.integration.jvm.processes import kafka_broker

    with tempfile.TemporaryDirectory() as folder, kafka_broker(Path(folder)) as kafka:
        bootstrap = f"127.0.0.1:{kafka.ports['PLAINTEXT']}"
        process = psutil.Process(kafka.pid)
        admin = AdminClient({"bootstrap.servers": bootstrap})
        measure(bootstrap, process, messages)
        admin.delete_topics(["bench"])["bench"].result(10)
        admin.delete_consumer_groups(["bench"])["bench"].result(10)
        return measure(bootstrap, process, messages)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=500_000)
    parser.add_argument("--vs", choices=["kafka"], help="measures Apache Kafka too, in the same run")
    options = parser.parse_args()
    with server("broker") as (port, process):
        result = measure(f"127.0.0.1:{port}", process, options.messages)
    if options.vs:
        other = of_kafka(options.messages)
        result["kafka"] = other
        result["ratio"] = {
            name: round(result[name] / other[name], 2)
            for name in ("produce_per_s", "consume_per_s", "broker_cpu_s", "rss_mb")
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
