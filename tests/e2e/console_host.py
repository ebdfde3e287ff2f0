"""The console over the real embedded servers, with its keys in a test's hand."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from clickstream_tui.app import ConsoleApp
from clickstream_tui.settings import Settings
from tests.conftest import wait_until

Keys = Pilot[int]


@asynccontextmanager
async def console(
    home: Path, *, size: tuple[int, int] = (120, 36), read_only: bool = False
) -> AsyncGenerator[tuple[ConsoleApp, Keys]]:
    """A console that has joined the stack of a home folder and has looked at it once."""
    app = ConsoleApp(Settings(home=home, read_only=read_only))
    async with app.run_test(size=size) as pilot:

        async def looked() -> bool:
            return app.snapshot.number > 0 and bool(app.snapshot.topics)

        await wait_until(looked, what="the first look at the servers")
        yield app, pilot


async def until(condition: Callable[[], object], what: str = "", limit: float = 20.0) -> None:
    """Waits for what is to be seen."""

    async def holds() -> object:
        return condition()

    await wait_until(holds, limit, what)


def text_of(app: ConsoleApp, selector: str) -> str:
    """What a text of the open screen reads."""
    return str(app.screen.query_one(selector, Static).render())
