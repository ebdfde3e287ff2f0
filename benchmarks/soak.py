"""Whether memory stays flat: `python -m benchmarks.soak [--minutes M]`.

Runs the whole pipeline with the tasks' tables. With 15 minutes or more the index server is away for 3 of them, from minute 5.
Prints one JSON object: `written_mb` and `rss_mb` by process at minute 1, 10, the middle and the end (what it has written itself,
and all that it holds), `growth_percent` of what was written after minute 10, `rss_growth_percent` of the other, and
`after_outage_percent`: how far what each process wrote stands above where it was before the outage.
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

_OUTAGE = (5.0, 8.0)  # minutes: the index server is stopped and started again
_OUTAGE_FROM = 15.0  # a shorter run has none


async def soak(minutes: float, home: Path) -> dict[str, object]:
    """Runs for some minutes; what is measured is told on stderr as it comes."""
    moments = {1.0: "minute_1", 10.0: "minute_10", minutes / 2: "middle", minutes: "end"}
    outage = minutes >= _OUTAGE_FROM
    if outage:
        moments[_OUTAGE[0] - 0.05] = "before_outage"
    steps = sorted({*(moment for moment in moments if moment <= minutes), *(_OUTAGE if outage else ())})
    written: dict[str, dict[str, float]] = {}
    resident: dict[str, dict[str, float]] = {}
    async with running_stack(home, tasks=True) as session:
        began = time.monotonic()
        for step in steps:
            await asyncio.sleep(max(0.0, step * 60 - (time.monotonic() - began)))
            if outage and step in _OUTAGE:
                await session.operations.service("stop" if step == _OUTAGE[0] else "start", "elasticsearch")
            if step in moments:
                usage, name = look(home), moments[step]
                written[name], resident[name] = memory(usage, "written_mb"), memory(usage, "rss_mb")
                print(f"minute {step:g}: {written[name]}", file=sys.stderr, flush=True)
    start = next(name for name in ("minute_10", "middle", "end") if name in written)
    result: dict[str, object] = {
        "minutes": minutes, "outage": outage, "written_mb": written, "rss_mb": resident, "growth_from": start,
        "growth_percent": growth(written[start], written["end"]),
        "rss_growth_percent": growth(resident[start], resident["end"]), "cores": os.cpu_count(),
    }  # fmt: skip
    if outage:
        result["after_outage_percent"] = growth(written["before_outage"], written["end"])
    return result


def growth(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """By how many percent each process has grown."""
    return {
        name: round(100 * (after[name] / value - 1), 1) for name, value in before.items() if value and name in after
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clickstream-soak-") as folder:
        print(json.dumps(asyncio.run(soak(given.minutes, Path(folder)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
