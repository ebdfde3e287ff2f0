"""A whole pipeline on servers of its own, for a measurement."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from clickstream_pipeline import exercises
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses

FREE: dict[str, int] = dict.fromkeys(("kafka", "connect", "ksqldb", "elasticsearch"), 0)


@asynccontextmanager
async def running_stack(home: Path, *, tasks: bool = False) -> AsyncGenerator[PipelineSession, None]:
    """All stages done, with `tasks` the tables of the tutorial's tasks too; the stack ends with the context."""
    stack = EmbeddedStack(home, FREE)
    await stack.ensure()
    try:
        session = PipelineSession(home, stack, embedded_addresses(stack))
        for each in session.stages():
            await session.run_stage(each.name, lambda _: None)
        if tasks:
            await exercises.prepare(session.context)
        yield session
    finally:
        if await stack.attach():
            await stack.shutdown()
