"""Shared by all tests: a fixed surrounding, and one real embedded stack for those that need servers."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.update({"TEXTUAL_ANIMATIONS": "none", "TZ": "UTC", "LC_ALL": "C.UTF-8", "COLUMNS": "120", "LINES": "36"})
for _name in ("CLICKSTREAM_HOME", "CLICKSTREAM_PORTS", "NO_COLOR"):
    os.environ.pop(_name, None)
time.tzset()

import pytest
import pytest_asyncio

from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
FREE_PORTS: dict[str, int] = dict.fromkeys(("kafka", "connect", "ksqldb", "elasticsearch"), 0)


def shared(path: str) -> Path:
    """A file of the shared folder; the test is skipped where it is absent."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{path} of the shared folder is not here")
    return found


async def wait_until(condition: Callable[[], Awaitable[object]], timeout: float = 30.0, what: str = "") -> object:
    """Waits for a condition to hold, with a limit; gives what it gave."""
    deadline = time.monotonic() + timeout
    while True:
        found = await condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what or condition}")
        await asyncio.sleep(0.05)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("update_snapshots", default=False) and sys.version_info[:2] != (3, 11):
        raise pytest.UsageError("Snapshots are made with Python 3.11 only, so that they stay comparable.")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says loudly which tiers a machine could not run: a skip among hundreds of dots is easy to miss."""
    reasons = {str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ()) if report.longrepr}
    for reason in sorted(reason for reason in reasons if "did not run" in reason):
        terminalreporter.write_line(f"NOTE: {reason.removeprefix('Skipped: ').upper()}", yellow=True, bold=True)


@pytest.fixture(scope="session")
def stack_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of one stack that all tests share, on free ports; stopped at the end."""
    home = tmp_path_factory.mktemp("stack")

    async def start() -> None:
        stack = EmbeddedStack(home, FREE_PORTS)
        await stack.ensure()
        await stack.pin()
        pipeline = PipelineSession(home, stack, embedded_addresses(stack))
        for stage in pipeline.stages():
            await stage.run(pipeline.context, lambda _: None)
        await pipeline.close()

    async def stop() -> None:
        stack = EmbeddedStack(home)
        if await stack.attach():
            await stack.shutdown()

    asyncio.run(start())
    yield home
    asyncio.run(stop())


@pytest_asyncio.fixture
async def pipeline(stack_home: Path) -> AsyncIterator[PipelineSession]:
    """The whole pipeline, running."""
    stack = EmbeddedStack(stack_home)
    assert await stack.attach()
    opened = PipelineSession(stack_home, stack, embedded_addresses(stack))
    yield opened
    await opened.close()
