"""`python -m benchmarks.broker [--messages N]`: confluent-kafka against the embedded broker, 230-byte values."""

from __future__ import annotations

import argparse
import json
import time

from confluent_kafka import Consumer, Producer

from benchmarks.servers import server


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=500_000)
    parser.add_argument("--vs", choices=["kafka"])
    options = parser.parse_args()
    if options.vs:
        raise SystemExit("--vs kafka needs the integration tier, which this version does not have yet.")
    value = b"x" * 230
    with server("broker") as (port, process):
        bootstrap = f"127.0.0.1:{port}"
        producer = Producer(
            {"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": options.messages + 1}
        )
        started = time.perf_counter()
        for number in range(options.messages):
            producer.produce("bench", value)
            if number % 10_000 == 0:
                producer.poll(0)
        if producer.flush(120):
            raise SystemExit("not every message was acknowledged")
        produced = time.perf_counter() - started
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench", "auto.offset.reset": "earliest"})
        consumer.subscribe(["bench"])
        seen, first = 0, 0.0
        while seen < options.messages:
            batch = consumer.consume(10_000, 10.0)
            first = first or time.perf_counter()
            seen += len(batch)
        consumed = time.perf_counter() - first
        consumer.close()
        times = process.cpu_times()
        print(json.dumps({
            "messages": options.messages, "produce_per_s": round(options.messages / produced),
            "consume_per_s": round(options.messages / consumed), "broker_cpu_s": round(times.user + times.system, 2),
            "rss_mb": round(process.memory_info().rss / 1e6, 1),
        }))  # fmt: skip


if __name__ == "__main__":
    main()
