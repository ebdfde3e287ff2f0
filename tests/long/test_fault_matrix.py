"""Each fault of the pipeline: the home screen names it and says why, `status --json` agrees, both clear once it is mended.

Writes `docs/faults.md` from what it saw. Seconds are written there, not asserted: a loaded machine takes what it takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses
from clickstream_tui import tour
from clickstream_tui.settings import Settings
from tests.conftest import FREE_PORTS
from tests.long.faults import CASES, SERVERS, Case, Door, pid_of, restart_sinks
from tests.screen import ConsoleScreen

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "faults.md"
LIMIT = 150.0  # seconds for what must come to be at all
WELL = "✓ all well"
_DISK = "512m"  # of the pipeline's own file system, where one can be made
_BAD = ("degraded", "failed")
_GARBAGE = (
    ("garbage", bytes(range(7, 200)) + b"\x1b[2J\x1b]0;evil\x07", ("not Kafka's protocol", "not HTTP")),
    ("no JSON", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nnot json!", ("not JSON",)),
    ("credentials refused", b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
     ("did not accept the credentials",)),
    ("a proxy's page",
     b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>",
     ("502",)),
)  # fmt: skip

# each server answers garbage; what all clients of HTTP meet alike is tried with one of them
_WRONG = [(name, *each) for each in _GARBAGE for name in SERVERS if each[0] == "garbage" or name == "ksqldb"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A fault as it was told: after how many seconds on the screen, for how many after the cure, and why."""

    fault: str
    part: str
    after: float
    clears: float
    why: str


_SEEN: list[Seen] = []
_UNTRIED: list[str] = []


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with all stages done, and the console that looks at it."""

    session: PipelineSession
    console: ConsoleScreen


def status(home: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """(exit code, body) of `status --json` as a process of its own."""
    command = [sys.executable, "-m", "clickstream_tui", "--home", str(home), *options, "status", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def _health(body: dict[str, Any], kind: str, part: str) -> tuple[str, str]:
    """(health, why) of a part; `absent` where it is not there."""
    listed = body["queries" if kind == "query" else "indices" if kind == "index" else f"{kind}s"]
    found = next((each for each in listed if (each.get("query_id") or each["name"]).startswith(part)), None)
    return ("absent", "") if found is None else (found["health"], found["why"])


async def until(holds: Callable[[], Awaitable[Any]], what: Callable[[], str]) -> tuple[float, Any]:
    """(seconds, what was found) once there is something to be found."""
    began = time.monotonic()
    while not (found := await holds()):
        assert time.monotonic() - began < LIMIT, f"not within {LIMIT:.0f} s: {what()}"
        await asyncio.sleep(0.1)
    return time.monotonic() - began, found


async def on_screen(console: ConsoleScreen, pattern: str, *, wanted: bool = True) -> float:
    """Seconds until a row of the screen matches, or none does."""

    async def matches() -> bool:
        return any(re.search(pattern, line) for line in console.lines()) is wanted

    seconds, _ = await until(matches, lambda: f"{'a' if wanted else 'no'} row like {pattern!r} in\n{console.text}")
    return seconds


async def told(kind: str, part: str, words: tuple[str, ...], home: Path, *options: str) -> str:
    """What `status --json` says of a part that is not well, once it does."""
    last: Any = None

    async def named() -> str:
        nonlocal last
        code, body = await asyncio.to_thread(status, home, *options)
        health, why = last = _health(body, kind, part)
        if health not in _BAD or not any(word in why for word in words):
            return ""
        assert code in (1, 2)  # degraded, or down where the fault leaves nothing that answers
        assert body["status"] != "ready"
        assert any(problem["name"].startswith(part) for problem in body["problems"])
        assert "<html" not in json.dumps(body)
        assert "\x1b" not in why
        return why

    return (await until(named, lambda: f"{kind} {part} with one of {words}; the last: {last}"))[1]


async def cleared(kind: str, part: str, home: Path, *options: str) -> None:
    """Waits until `status --json` says of a part that it is well."""
    last: Any = None

    async def well() -> bool:
        nonlocal last
        _, body = await asyncio.to_thread(status, home, *options)
        last = _health(body, kind, part)
        return last[0] in ("ok", "absent")

    await until(well, lambda: f"{kind} {part} well again; the last: {last}")


def _mounted(folder: Path) -> bool:
    """Gives a folder a small file system of its own, where this user may do that."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder)]
    if os.geteuid() or shutil.which("mount") is None:
        return False
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of the pipeline, on a disk that can be filled where one can be had."""
    folder = tmp_path_factory.mktemp("faults")
    mounted = _mounted(folder)
    yield folder / "home"
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, timeout=30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pipeline(home: Path) -> AsyncIterator[Pipeline]:
    """A pipeline of this module's own, all stages done, and one console in a terminal for all of its faults."""
    stack = EmbeddedStack(home, FREE_PORTS)
    await stack.ensure()
    session = PipelineSession(home, stack, embedded_addresses(stack))
    for each in session.stages():
        await session.run_stage(each.name, lambda _: None)
    tour.is_due(Settings(home=home))  # from now on it is not: its lines would take room from the panes
    console = ConsoleScreen([], home)
    try:
        await on_screen(console, WELL)
        yield Pipeline(session, console)
    finally:
        await asyncio.to_thread(console.close)
        await stack.shutdown()
        await session.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
async def test_a_fault_is_named_and_clears(pipeline: Pipeline, case: Case) -> None:
    home, console = pipeline.session.home, pipeline.console
    await on_screen(console, case.shown, wanted=False)
    async with case.fault(pipeline.session):
        after = await on_screen(console, case.shown)
        assert WELL not in console.text
        why = await told(case.kind, case.part, (case.words,), home)
    clears = await on_screen(console, case.shown, wanted=False)
    await cleared(case.kind, case.part, home)
    _SEEN.append(Seen(case.name, f"{case.kind} `{case.part}`", after, clears, why))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SERVERS)
async def test_a_killed_server_is_started_again_and_told(pipeline: Pipeline, name: str) -> None:
    home, console = pipeline.session.home, pipeline.console
    told_by = rf"[✗▲] {name}|service {name} restarted"
    await on_screen(console, told_by, wanted=False)
    before = next(each.restarts for each in await pipeline.session.stack.services() if each.name == name)
    os.kill(await pid_of(pipeline.session, name), signal.SIGKILL)
    after = await on_screen(console, told_by)

    async def restarted() -> str:
        _, body = await asyncio.to_thread(status, home)
        found = next(each for each in body["services"] if each["name"] == name)
        return f"restarted {found['restarts']} time(s)" if found["restarts"] > before and found["ready"] else ""

    _, why = await until(restarted, lambda: f"{name} started again")
    clears = await on_screen(console, rf"[✗▲] {name}", wanted=False)
    _SEEN.append(Seen(f"{name} killed", f"service `{name}`", after, clears, why))


@asynccontextmanager
async def fake_remote(
    session: PipelineSession, folder: Path, name: str, answer: bytes
) -> AsyncGenerator[tuple[Door, list[str]], None]:
    """A remote profile whose server of that name answers wrongly: (its door, the options of the command line)."""
    found = session.addresses
    targets = {each: getattr(found, each).removeprefix("http://") for each in SERVERS}
    async with Door(targets[name], answer).opened() as door:
        targets[name] = f"127.0.0.1:{door.port}"
        lines = [f'[remote.kafka]\nbootstrap = "{targets["kafka"]}"']
        lines += [f'[remote.{each}]\nurl = "http://{targets[each]}"' for each in SERVERS[1:]]
        file = folder / "remote.toml"
        file.write_text("\n".join(lines) + "\n")
        yield door, ["--profile", "remote", "--config", str(file)]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("name", "what", "answer", "words"), _WRONG, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_server_that_answers_wrongly(
    pipeline: Pipeline, tmp_path: Path, name: str, what: str, answer: bytes, words: tuple[str, ...]
) -> None:
    home = tmp_path / "home"
    async with fake_remote(pipeline.session, tmp_path, name, answer) as (door, options):
        console = ConsoleScreen(options, home)
        try:
            after = await on_screen(console, rf"[✗▲] {name}")
            why = await told("service", name, words, home, *options)
            assert f"127.0.0.1:{door.port}" in why
            door.turn(None)
            clears = await on_screen(console, rf"[✗▲] {name}", wanted=False)
            await cleared("service", name, home, *options)
        finally:
            await asyncio.to_thread(console.close)
    _SEEN.append(Seen(f"{name}: {what}", f"service `{name}`", after, clears, why))


@contextlib.contextmanager
def _filled(folder: Path) -> Any:
    """The file system of a folder without a free byte."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
                file.flush()
        yield
    finally:
        ballast.unlink()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_full_disk(pipeline: Pipeline, home: Path) -> None:
    """The servers go on once there is room again; a sink whose index refused its documents is restarted, as with `H`."""
    if not os.path.ismount(home.parent):
        _UNTRIED.append("a full disk: no file system could be mounted")
        pytest.skip("The full disk did not run: no file system can be mounted here")
    console, shown = pipeline.console, "[✗▲] doctor"
    with _filled(home.parent):
        after = await on_screen(console, shown)
        why = await told("stage", "doctor", ("disk is full",), home)
    await restart_sinks(pipeline.session)
    clears = await on_screen(console, shown, wanted=False)
    await cleared("stage", "doctor", home)
    _SEEN.append(Seen("disk full", "stage `doctor`", after, clears, why))


@pytest.mark.asyncio(loop_scope="module")
async def test_all_is_well_again(pipeline: Pipeline) -> None:
    """Nothing is left of all those faults, as a sink that never comes back."""
    await on_screen(pipeline.console, WELL)


def test_what_was_seen_is_written() -> None:
    """Last: the document is what the tests above saw, not what is believed."""
    if len(_SEEN) < len(CASES):
        pytest.skip("not all faults were tried")
    lines = [
        "# Faults", "", "Written by `tests/long/test_fault_matrix.py` from what it saw: each fault as the home screen of a console in a",
        "real terminal of 120x36 names it, after how many seconds, and how long it goes on to name it once the fault is mended.",
        "`status --json` was asked in each case and agreed; `why` is what it said.", "",
        "| fault | named | after | clears after | why |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for each in _SEEN:
        plain = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", each.why).replace("|", "\\|").replace("\n", " ")
        plain = re.sub(r"/\S*/home\b", "HOME", plain)
        lines.append(f"| {each.fault} | {each.part} | {each.after:.0f} s | {each.clears:.0f} s | {plain} |")
    lines += ["", *(f"Not tried: {each}." for each in _UNTRIED)]
    DOC.write_text("\n".join(lines).rstrip() + "\n", "utf-8")
