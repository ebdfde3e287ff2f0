"""`python -m benchmarks.keys [--size 120x36] [--keys 60] [--push 1000]`: how soon a key is answered while a server hangs.

Each server in turn is stopped with SIGSTOP, and goes on after. A key is answered when its pane is chosen; it is painted
when the screen has been drawn after that. With `--push` no server hangs: a push query gets that many rows a second, then
`escape` ends it; it is answered when the query has ended.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from textual import events

from benchmarks.latency import STATEMENTS, produce
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_tui.app import ConsoleApp
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.settings import Settings

PANES = ("stages", "services", "connectors")
SERVERS = ("kafka", "connect", "ksqldb", "elasticsearch")
PAUSE = 0.15  # seconds between two keys
_ESCAPES = 5  # push queries that are begun and ended
_ROWS = 500  # that are shown before a key is pressed; a result keeps a thousand
LEAD = 2.0  # seconds from the stop of a server to the first key


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - what is measured must not be told to say when
        await asyncio.sleep(0.001)


async def answers(app: ConsoleApp, count: int) -> tuple[list[float], list[float]]:
    """Seconds to the answer and to the paint of each of `count` keys."""
    answered: list[float] = []
    painted: list[float] = []
    for number in range(count):
        place = number % len(PANES) + 1
        pane, key = app.query_one(f"#{PANES[place - 1]}"), str(place)
        started = time.perf_counter()
        app.post_message(events.Key(key, key))
        await until(lambda pane=pane: pane.has_class("-active"))
        answered.append(time.perf_counter() - started)
        drawn = asyncio.Event()
        app.call_after_refresh(drawn.set)
        await drawn.wait()
        painted.append(time.perf_counter() - started)
        await asyncio.sleep(PAUSE)
    return sorted(answered), sorted(painted)


def row(label: str, times: tuple[list[float], list[float]]) -> dict[str, object]:
    found: dict[str, object] = {"state": label}
    for name, values in zip(("answered", "painted"), times, strict=True):
        found |= {
            f"{name}_median_ms": round(values[len(values) // 2] * 1000),
            f"{name}_max_ms": round(values[-1] * 1000),
        }
    return found


async def measure(home: Path, size: tuple[int, int], count: int) -> None:
    app = ConsoleApp(Settings(home=home, ports=dict.fromkeys(SERVERS, 0)))
    async with app.run_test(size=size):
        await until(lambda: app.snapshot.ready and app.has_charts)
        await asyncio.sleep(LEAD)
        print(json.dumps(row("all well", await answers(app, count))), flush=True)
        assert app.pipeline is not None
        processes = {service.name: service.pid for service in await app.pipeline.stack.services()}
        for name in SERVERS:
            pid = processes[name]
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(LEAD)
                print(json.dumps(row(f"{name} hanging", await answers(app, count))), flush=True)
            finally:
                os.kill(pid, signal.SIGCONT)
            print(json.dumps(row(f"{name} back", await answers(app, count))), flush=True)


async def pushed(home: Path, size: tuple[int, int], count: int, rate: int) -> None:
    """Keys, and then escape, while rows come."""
    app = ConsoleApp(Settings(home=home, ports=dict.fromkeys(SERVERS, 0)))
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.snapshot.ready and app.has_charts)
        assert app.pipeline is not None
        await app.pipeline.ksqldb.execute(STATEMENTS)
        stop = threading.Event()
        flow = threading.Thread(target=produce, args=(app.pipeline.addresses.kafka, rate, stop))
        flow.start()
        try:
            pane, ended = app.query_one(KsqlPane), []
            for _ in range(_ESCAPES):
                pane.post_message(KsqlPane.Run("SELECT * FROM S EMIT CHANGES;"))
                await until(lambda: len(pane.results.result.rows) >= min(rate, _ROWS))
                if not ended:
                    print(json.dumps(row(f"push query, {rate} rows/s", await answers(app, count))), flush=True)
                await pilot.press("5")
                started = time.perf_counter()
                app.post_message(events.Key("escape", None))
                await until(lambda: not [each for each in app.workers if each.group == "ksql.run" and each.is_running])
                ended.append(time.perf_counter() - started)
        finally:
            stop.set()
            flow.join()
    print(json.dumps(row("escape", (sorted(ended), sorted(ended)))))


async def run(size: tuple[int, int], count: int, push: int) -> None:
    logging.disable(logging.CRITICAL)  # of the servers that do not answer
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            await (pushed(home, size, count, push) if push else measure(home, size, count))
        finally:
            stack = EmbeddedStack(home)
            with contextlib.suppress(Exception):
                if await stack.attach():
                    await stack.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="120x36")
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument(
        "--push", type=int, default=0, help="rows a second of a push query, in place of servers that hang"
    )
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    asyncio.run(run((width, height), options.keys, options.push))


if __name__ == "__main__":
    main()
