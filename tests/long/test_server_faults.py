"""Each server in turn stopped, hanging or answering garbage: the console goes on, says so, and gets its data back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from textual.pilot import Pilot
from textual.widgets import Static

from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses
from clickstream_tui.app import ConsoleApp
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.settings import Settings
from tests.conftest import FREE_PORTS, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
NAMES = {"kafka": "Kafka", "connect": "Connect", "ksqldb": "ksqlDB", "elasticsearch": "Elasticsearch"}
# A network call in the event loop holds it for the two seconds and more of its timeout. Less than this second says more
# of the machine than of us: how soon a key is painted is measured by benchmarks.keys.
PATIENCE = 1.0


@pytest_asyncio.fixture
async def stack(tmp_path: Path) -> AsyncIterator[EmbeddedStack]:
    """A stack of this test's own, with all stages done."""
    stack = EmbeddedStack(tmp_path / "home", FREE_PORTS)
    await stack.ensure()
    pipeline = PipelineSession(stack.home, stack, embedded_addresses(stack))
    for stage in pipeline.stages():
        await stage.run(pipeline.context, lambda _: None)
    yield stack
    await pipeline.close()
    ending = EmbeddedStack(stack.home)
    if await ending.attach():
        await ending.shutdown()


async def reachable(app: ConsoleApp, pilot: Pilot[int], name: str, wanted: bool, limit: float = 60) -> None:
    async def holds() -> bool:
        await pilot.pause()
        found = [server.ok for server in app.snapshot.servers if server.name == name]
        return found == [wanted]

    await wait_until(holds, limit, f"{name} {'answers' if wanted else 'does not answer'}")


def ready_but_waiting() -> float:
    """Seconds for which this thread could have run but the machine ran others (Linux, `schedstat`); 0 elsewhere."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


async def longest_freeze(app: ConsoleApp, pilot: Pilot[int]) -> float:
    """The longest that the event loop did not get its turn, in seconds, while the servers were asked several times.

    Keys are answered by that loop; that they are is looked at too. What the machine gave to other processes meanwhile
    does not count: it is no fault of the loop's.
    """
    longest, running = 0.0, True

    async def measure() -> None:
        nonlocal longest
        while running:
            started, others = time.perf_counter(), ready_but_waiting()
            await asyncio.sleep(0.02)
            longest = max(longest, time.perf_counter() - started - 0.02 - (ready_but_waiting() - others))

    measuring = asyncio.create_task(measure())
    for _ in range(8):
        await pilot.press("f1")
        await wait_until(lambda: _is(isinstance(app.screen, TextScreen)), 20)
        await pilot.press("escape")
        await asyncio.sleep(0.3)
    running = False
    await measuring
    logging.getLogger("tests").warning("longest freeze %.0f ms", longest * 1000)
    return longest


async def _is(value: bool) -> bool:
    return value


@pytest.mark.parametrize("fault", ["stopped", "hanging"])
async def test_a_server_that_is_stopped_or_hangs(stack: EmbeddedStack, fault: str) -> None:
    app = ConsoleApp(Settings(home=stack.home, ports=FREE_PORTS))
    async with app.run_test(size=(120, 36)) as pilot:
        for service, name in NAMES.items():
            await reachable(app, pilot, name, True)
            pid = next(each.pid for each in await stack.services() if each.name == service)
            assert pid is not None
            if fault == "stopped":
                await stack.act("stop", service)
            else:
                os.kill(pid, signal.SIGSTOP)
            try:
                await reachable(app, pilot, name, False)
                assert await longest_freeze(app, pilot) < PATIENCE
                assert "✗" in str(app.query_one("#header-text", Static).render()), (
                    "the first line says that something is wrong"
                )
            finally:
                if fault == "stopped":
                    await stack.act("start", service)
                else:
                    os.kill(pid, signal.SIGCONT)
            await reachable(app, pilot, name, True)


@asynccontextmanager
async def gate(target: str, garbles: Callable[[], bool]) -> AsyncGenerator[str]:
    """The address of a door before `target`: it answers with garbage while `garbles()`, else passes all on."""
    host, port = target.removeprefix("http://").split(":")
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if garbles():
                    break
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        if garbles():
            await reader.read(1)
            writer.write(os.urandom(300) + b"\x1b[2J\x1b]0;evil\x07")
            writer.close()
            return
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        with contextlib.suppress(asyncio.CancelledError):  # the door closes
            await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    own = server.sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{own}" if not target.startswith("http") else f"http://127.0.0.1:{own}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()


@pytest.mark.parametrize("service", NAMES)
async def test_a_server_that_answers_garbage(stack: EmbeddedStack, service: str, tmp_path: Path) -> None:
    garbles = True
    addresses = stack.addresses()
    async with gate(addresses[service], lambda: garbles) as address:
        remote = {name: Credentials(address if name == service else url) for name, url in addresses.items()}
        app = ConsoleApp(Settings(profile="remote", home=tmp_path / "other", remote=remote, read_only=True))
        async with app.run_test(size=(120, 36)) as pilot:
            await reachable(app, pilot, NAMES[service], False)
            assert await longest_freeze(app, pilot) < PATIENCE
            reason = next(server.reason for server in app.snapshot.servers if server.name == NAMES[service])
            assert "\x1b" not in reason
            garbles = False
            await reachable(app, pilot, NAMES[service], True)
