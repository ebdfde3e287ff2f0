"""What the whole embedded stack costs at the tutorial's rate: `python -m benchmarks.idle [--minutes M] [--console]`.

Prints one JSON object: `cpu_percent` of a core and `uss_mb`, each in total and by process. With `--console` a console of 120x36
looks at it and its home screen is not touched: `console_percent` is its own processor time, `bytes_per_second` what the terminal
is sent. With `--still` the generators are paused first, so that nothing changes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.containers import Meter, rate
from benchmarks.stacks import running_stack
from benchmarks.terminal import watch
from benchmarks.usage import look, memory


def console(home: Path, seconds: float, settle: float) -> dict[str, object]:
    """A console over the stack of a folder: its processor time and what it writes."""
    meter = Meter(settle, seconds, "clickstream_tui")
    meter.start()
    command = [sys.executable, "-m", "clickstream_tui", "--home", str(home)]
    environment = {**os.environ, "TERM": "xterm-256color"}
    seen = watch(command, environment, seconds=settle + seconds + 2, size=(120, 36))
    meter.ended.set()
    meter.join()
    return {"console_percent": meter.percent, "bytes_per_second": round(rate(seen, settle), 1)}


async def measure(minutes: float, settle: float, *, with_console: bool, still: bool) -> dict[str, object]:
    """Runs a stack with the whole pipeline in a folder of its own."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="clickstream-idle-") as folder:
        home = Path(folder)
        async with running_stack(home) as session:
            if still:
                for each in await session.connect.connectors():
                    if each.kind == "source":
                        await session.operations.connector("pause", each.name)
            await asyncio.sleep(settle)  # the start itself is not measured
            before, began = look(home), time.monotonic()
            if with_console:
                found = await asyncio.to_thread(console, home, minutes * 60, settle)
            else:
                await asyncio.sleep(minutes * 60)
            after, lasted = look(home), time.monotonic() - began
    cpu = {
        name: round(100 * (part.cpu_seconds - before[name].cpu_seconds) / lasted, 1)
        for name, part in after.items()
        if name in before
    }
    return {
        "cpu_percent": {**cpu, "total": round(sum(cpu.values()), 1)}, "uss_mb": memory(after), "minutes": minutes,
        **found, "cores": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--settle", type=float, default=30.0, help="seconds before the measurement begins")
    parser.add_argument("--console", action="store_true", help="a console looks at it")
    parser.add_argument("--still", action="store_true", help="with the generators paused")
    given = parser.parse_args()
    work = measure(given.minutes, given.settle, with_console=given.console, still=given.still)
    print(json.dumps(asyncio.run(work)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
