"""What the whole embedded stack costs at the tutorial's rate: `python -m benchmarks.idle [--minutes M]`.

Prints one JSON object: `cpu_percent` of a core and `uss_mb`, each in total and by process.
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

from benchmarks.stacks import running_stack
from benchmarks.usage import look, memory


async def measure(minutes: float, settle: float) -> dict[str, object]:
    """Runs a stack with the whole pipeline in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="clickstream-idle-") as folder:
        home = Path(folder)
        async with running_stack(home):
            await asyncio.sleep(settle)  # the start itself is not measured
            before, began = look(home), time.monotonic()
            await asyncio.sleep(minutes * 60)
            after, lasted = look(home), time.monotonic() - began
    cpu = {
        name: round(100 * (part.cpu_seconds - before[name].cpu_seconds) / lasted, 1)
        for name, part in after.items()
        if name in before
    }
    return {
        "cpu_percent": {**cpu, "total": round(sum(cpu.values()), 1)}, "uss_mb": memory(after), "minutes": minutes,
        "cores": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--settle", type=float, default=30.0, help="seconds before the measurement begins")
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(given.minutes, given.settle))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
