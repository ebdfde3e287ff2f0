"""Memory and processor time of the processes of a running stack, by service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Usage:
    """One service, children included.

    Args:
        uss_mb: What would be free without it, in MiB (USS). Pages of libraries count while nobody else has them open: a
            process that starts from the same folder, and ends, moves it by some MiB.
        written_mb: What it has written itself, in MiB (private dirty pages, those in swap too): what can grow.
        rss_mb: All that it holds of the machine's memory, in MiB, what it shares with others included.
        cpu_seconds: Its processor time.
    """

    uss_mb: float
    written_mb: float
    rss_mb: float
    cpu_seconds: float


def _names(home: Path) -> dict[int, str]:
    """Process id of each server by the supervisor's tree: the folder of its data tells which it is."""
    supervisor = int(json.loads((home / "stack.json").read_text())["pid"])
    found = {supervisor: "supervisor"}
    for process in psutil.Process(supervisor).children():
        line = process.cmdline()
        place = line.index("--data") + 1 if "--data" in line else 0
        found[process.pid] = Path(line[place]).name if place else f"process {process.pid}"
    return found


def look(home: Path) -> dict[str, Usage]:
    """The usage of each service now. Raises OSError where the stack does not run."""
    found: dict[str, Usage] = {}
    for pid, name in _names(home).items():
        parent = psutil.Process(pid)
        family = [parent] if name == "supervisor" else [parent, *parent.children(recursive=True)]
        uss = written = rss = seconds = 0.0
        for process in family:
            try:
                maps, times = process.memory_maps(grouped=True), process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            # memory_full_info would read the maps a second time for its USS
            uss += sum(each.private_clean + each.private_dirty for each in maps) / MIB
            rss += sum(each.rss for each in maps) / MIB
            written += sum(each.private_dirty + each.swap for each in maps) / MIB
            seconds += times.user + times.system
        found[name] = Usage(round(uss, 1), round(written, 1), round(rss, 1), seconds)
    return found


def memory(usage: dict[str, Usage], kind: str = "uss_mb") -> dict[str, float]:
    """One kind of memory alone, with the sum as `total`."""
    each: dict[str, float] = {name: getattr(part, kind) for name, part in usage.items()}
    return {**each, "total": round(sum(each.values()), 1)}
