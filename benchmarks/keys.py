"""`python -m benchmarks.keys [--size 120x36] [--keys 60]`: how soon a key is answered while a server hangs.

Each server in turn is stopped with SIGSTOP, and goes on after. A key is answered when its pane is chosen; it is painted
when the screen has been drawn after that.
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
import time
from collections.abc import Callable
from pathlib import Path

from textual import events

from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_tui.app import ConsoleApp
from clickstream_tui.settings import Settings

PANES = ("stages", "services", "connectors")
SERVERS = ("kafka", "connect", "ksqldb", "elasticsearch")
PAUSE = 0.15  # seconds between two keys
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


async def run(size: tuple[int, int], count: int) -> None:
    logging.disable(logging.CRITICAL)  # of the servers that do not answer
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            await measure(home, size, count)
        finally:
            stack = EmbeddedStack(home)
            with contextlib.suppress(Exception):
                if await stack.attach():
                    await stack.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="120x36")
    parser.add_argument("--keys", type=int, default=60)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    asyncio.run(run((width, height), options.keys))


if __name__ == "__main__":
    main()
