"""Pauses and resumes the clicks so that sessions end; however it ends, the connector is left running."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.operations import Operations

CONNECTOR = "DATAGEN_CLICKSTREAM"
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Phase:
    """What happens now: `running` or `paused`, for how many seconds, in which cycle."""

    name: str
    seconds: float
    cycle: int


async def sessionize(
    operations: Operations, run: float = 90, pause: float = 35, cycles: int = 100, sleep: Sleep = asyncio.sleep
) -> AsyncGenerator[Phase, None]:
    """Yields each phase as it begins. Raises PipelineError."""
    paused = False
    try:
        for cycle in range(1, cycles + 1):
            yield Phase("running", run, cycle)
            await sleep(run)
            paused = True
            await operations.connector("pause", CONNECTOR)
            yield Phase("paused", pause, cycle)
            await sleep(pause)
            await operations.connector("resume", CONNECTOR)
            paused = False
    finally:
        if paused:
            await asyncio.shield(_resume(operations))


async def _resume(operations: Operations) -> None:
    for _ in range(5):
        with contextlib.suppress(PipelineError):
            await operations.connector("resume", CONNECTOR)
            return
        await asyncio.sleep(0.5)
