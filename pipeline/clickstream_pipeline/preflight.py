"""What would keep a profile from working on this machine, as findings with cause and cure."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

_WANTED = 200 * 1024 * 1024  # bytes that the embedded stack wants free
_FULL = 1024 * 1024  # bytes below which a server cannot write any more


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `problem` is "" where it is well; severity is `error` or `warning`; `fixed` what `--fix` did."""

    check: str
    what: str
    problem: str = ""
    cure: str = ""
    severity: str = "error"
    fixed: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem


def home_findings(home: Path, *, needs_room: bool = True) -> tuple[Finding, ...]:
    """Whether the home folder can be used; `needs_room` where servers keep their data in it."""
    cure = "Make it writable, or choose another with --home DIR or CLICKSTREAM_HOME"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".write-test"
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        return (
            Finding(
                "home", f"{home} can be written", f"The home folder {home} cannot be written ({error.strerror})", cure
            ),
        )
    found = Finding("home", f"{home} can be written")
    return (found, room(home)) if needs_room else (found,)


def room(home: Path) -> Finding:
    """Whether the disk has room for what the servers write. Raises OSError where there is no such folder."""
    free = shutil.disk_usage(home).free
    what = f"{free // 2**20:,} MiB are free at {home}"
    if free >= _WANTED:
        return Finding("disk", what)
    begin = "The disk is full: only" if free < _FULL else "Only"
    problem = f"{begin} {free // 2**20} MiB are free at {home}; the stack wants 200"
    return Finding("disk", what, problem, "Free some disk space, or choose another --home")
