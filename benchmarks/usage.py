"""Memory and processor time of the processes of a running stack, by service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Usage:
    """One service: its unique memory (USS) in MiB and its processor time in seconds, children included."""

    uss_mb: float
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
        memory = seconds = 0.0
        for process in family:
            try:
                memory += process.memory_full_info().uss / MIB
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds += times.user + times.system
        found[name] = Usage(round(memory, 1), seconds)
    return found


def memory(usage: dict[str, Usage]) -> dict[str, float]:
    """The memory alone, with the sum as `total`."""
    each = {name: part.uss_mb for name, part in usage.items()}
    return {**each, "total": round(sum(each.values()), 1)}
