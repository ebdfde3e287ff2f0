"""Opens the pipeline for one command and closes it again."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from clickstream_pipeline.errors import Unreachable
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.composition import make_pipeline, make_stack
from clickstream_tui.settings import Settings

Result = TypeVar("Result")


def _absent(settings: Settings) -> Unreachable:
    return Unreachable(f"The embedded servers of {settings.home} do not run",
                       hint="Start them with: clickstream-tui up --through services")  # fmt: skip


async def not_running(settings: Settings) -> Unreachable | None:
    """Why there is nothing to ask: the embedded stack of this home does not run. None where there may be."""
    if settings.profile != "embedded":
        return None
    stack = EmbeddedStack(settings.home, settings.ports)
    try:
        return None if await stack.attach() else _absent(settings)
    finally:
        await stack.close()


@asynccontextmanager
async def pipeline(settings: Settings, *, start: bool = False) -> AsyncGenerator[PipelineSession, None]:
    """The pipeline of the profile; with `start` its servers are started where they do not run.

    Raises Unreachable where they are the embedded ones of this home and do not run: those of another are never asked.
    """
    stack = make_stack(settings)
    if start:
        await stack.ensure()
    elif not await stack.attach() and settings.profile == "embedded":
        raise _absent(settings)
    opened = make_pipeline(settings, stack)
    try:
        yield opened
    finally:
        await opened.close()


def run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Runs a coroutine; SIGTERM and SIGHUP end it as Ctrl-C does, so that its clean-up runs."""

    async def main() -> Result:
        task = asyncio.ensure_future(work())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    return asyncio.run(main())


def say(text: str) -> None:
    """Progress and remarks go to stderr; stdout is for data."""
    print(text, file=sys.stderr, flush=True)
