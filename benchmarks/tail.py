"""`python -m benchmarks.tail [--rate R] [--seconds S]`: the console while R records a second flow through its tail.

The console runs in a pseudo terminal of 80x24 with the tail in front, over a real stack; the figures are of its own
process: CPU, what it writes to the terminal, how late its event loop is, and memory at the end and after a quarter.
"""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import orjson
import psutil
from confluent_kafka import Producer

from benchmarks.terminal import watch
from clickstream_embedded.connect.datagen.clickstream import clicks
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses
from clickstream_tui.app import ConsoleApp
from clickstream_tui.settings import Settings
from clickstream_tui.sources import LiveSource

WARM = 4.0  # seconds before the figures begin


class MeasuredApp(ConsoleApp):
    """The console, with the lateness of its loop and its counters written down."""

    def __init__(self, settings: Settings, seconds: float, out: Path) -> None:
        super().__init__(settings)
        self._seconds = seconds
        self._out = out

    def on_ready(self) -> None:
        self.action_pane(4)
        self.measuring = asyncio.get_running_loop().create_task(self.measure())

    async def measure(self) -> None:
        await asyncio.sleep(WARM)
        process = psutil.Process()
        loop = asyncio.get_running_loop()
        begin, before = loop.time(), sum(process.cpu_times()[:2])
        assert isinstance(self.source, LiveSource)
        buffer = self.source._buffer
        shown, dropped = buffer.received, buffer.dropped
        lags: list[float] = []
        early = 0.0
        while loop.time() - begin < self._seconds:
            due = loop.time() + 0.02
            await asyncio.sleep(0.02)
            lags.append(loop.time() - due)
            if not early and loop.time() - begin > self._seconds / 4:
                early = process.memory_info().rss / 1e6
        elapsed = loop.time() - begin
        lags.sort()
        drops = buffer.dropped - dropped
        self._out.write_text(json.dumps({
            "cpu_percent": round(100 * (sum(process.cpu_times()[:2]) - before) / elapsed, 1),
            "loop_lag_p99_ms": round(1000 * lags[int(len(lags) * 0.99)], 1),
            "received": buffer.received - shown, "shown": buffer.received - shown - drops, "dropped": drops,
            "rss_mb": round(process.memory_info().rss / 1e6, 1), "rss_early_mb": round(early, 1),
        }))  # fmt: skip
        self.exit()


def produce(bootstrap: str, rate: int, stop: threading.Event) -> None:
    """Clicks at a rate, in steps of 20 ms."""
    if not rate:
        return
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "log_level": 0})
    stream = clicks(random.Random(1))
    values = [orjson.dumps(next(stream)[1]) for _ in range(5000)]
    begin, sent = time.monotonic(), 0
    while not stop.is_set():
        goal = int((time.monotonic() - begin) * rate)
        for number in range(sent, goal):
            producer.produce("clickstream", values[number % len(values)])
        sent = goal
        producer.poll(0)
        stop.wait(0.02)
    producer.flush(5)


async def with_stack(home: Path, work: Any) -> Any:
    """Runs `work(bootstrap)` in a thread while a whole pipeline runs in `home`, its own clicks stopped."""
    stack = EmbeddedStack(home, dict.fromkeys(("kafka", "connect", "ksqldb", "elasticsearch"), 0))
    await stack.ensure()
    try:
        pipeline = PipelineSession(home, stack, embedded_addresses(stack))
        for each in pipeline.stages():
            await pipeline.run_stage(each.name, lambda _: None)
        await pipeline.operations.connector("pause", "DATAGEN_CLICKSTREAM")
        await asyncio.gather(pipeline.connect.close(), pipeline.ksqldb.close(), pipeline.elasticsearch.close())
        found = stack.addresses()
        assert found is not None
        return await asyncio.to_thread(work, found["kafka"])
    finally:
        await stack.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--child", nargs=2, metavar=("HOME", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        home, out = map(Path, options.child)
        MeasuredApp(Settings(home=home, read_only=True), options.seconds, out).run()
        return
    with tempfile.TemporaryDirectory() as folder:
        home, out = Path(folder) / "home", Path(folder) / "figures.json"
        command = [
            sys.executable,
            "-m",
            "benchmarks.tail",
            "--seconds",
            str(options.seconds),
            "--child",
            str(home),
            str(out),
        ]

        def work(bootstrap: str) -> Any:
            stop = threading.Event()
            flow = threading.Thread(target=produce, args=(bootstrap, options.rate, stop))
            flow.start()
            try:
                environment = {**os.environ, "TERM": "xterm-256color"}
                return watch(command, environment, seconds=options.seconds + WARM + 25, done=lambda _: out.exists())
            finally:
                stop.set()
                flow.join()

        seen = asyncio.run(with_stack(home, work))
        figures = json.loads(out.read_text())
    marks = [(at, count) for at, count in seen.marks if at >= seen.marks[-1][0] - options.seconds]
    span = max(marks[-1][0] - marks[0][0], 0.001)
    figures["kib_per_s"] = round((marks[-1][1] - marks[0][1]) / 1024 / span, 1)
    print(json.dumps({"rate": options.rate, "seconds": options.seconds, **figures}))


if __name__ == "__main__":
    main()
