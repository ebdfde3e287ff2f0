"""Pauses and resumes the clicks so that sessions end; however it ends, the connector is left running."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clickstream_pipeline.errors import PipelineError

if TYPE_CHECKING:
    from clickstream_pipeline.operations import Operations

CONNECTOR = "DATAGEN_CLICKSTREAM"
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Phase:
    """What happens now: `running` or `paused`, for how many seconds, in which cycle."""

    name: str
    seconds: float
    cycle: int


class Mark:
    """A file that says that the connector is paused, and by which process: it outlives a kill -9 of it."""

    def __init__(self, home: Path) -> None:
        self._path = home / "sessionize-paused.json"

    def set(self) -> None:
        with contextlib.suppress(OSError):  # a full disk must not stop the cycle
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps({"connector": CONNECTOR, "pid": os.getpid()}))

    def clear(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def is_left(self) -> bool:
        """Whether the process that set it is gone."""
        try:
            pid = int(json.loads(self._path.read_text())["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return self._path.exists()
        import psutil  # only a pause that was left behind needs it

        return pid != os.getpid() and not psutil.pid_exists(pid)


async def mend(operations: Operations, home: Path) -> bool:
    """Resumes the connector where a sessionize was killed in its pause; True where it was. Raises PipelineError."""
    mark = Mark(home)
    if not mark.is_left():
        return False
    await operations.connector("resume", CONNECTOR)
    mark.clear()
    return True


async def sessionize(
    operations: Operations, home: Path, run: float = 90, pause: float = 35, cycles: int = 100,
    sleep: Sleep = asyncio.sleep,
) -> AsyncGenerator[Phase, None]:  # fmt: skip
    """Yields each phase as it begins. Raises PipelineError."""
    mark = Mark(home)
    paused = False
    try:
        for cycle in range(1, cycles + 1):
            yield Phase("running", run, cycle)
            await sleep(run)
            paused = True
            mark.set()
            await operations.connector("pause", CONNECTOR)
            yield Phase("paused", pause, cycle)
            await sleep(pause)
            await operations.connector("resume", CONNECTOR)
            paused = False
            mark.clear()
    finally:
        if paused:
            await asyncio.shield(_resume(operations, mark))


async def _resume(operations: Operations, mark: Mark) -> None:
    for _ in range(5):
        with contextlib.suppress(PipelineError):
            await operations.connector("resume", CONNECTOR)
            mark.clear()
            return
        await asyncio.sleep(0.5)
