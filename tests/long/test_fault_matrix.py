"""Each fault of the pipeline: `status --json` names it in time, says why, and clears once it is mended.

Writes `docs/faults.md` from what it saw.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from clickstream_pipeline.clients.elasticsearch import TEMPLATE
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses
from clickstream_pipeline.sessionize import CONNECTOR
from tests.conftest import FREE_PORTS

# Not part of --all yet: it has not been seen to pass as a whole. CLICKSTREAM_FAULT_MATRIX=1 runs it and writes the page.
_WANTED = bool(os.environ.get("CLICKSTREAM_FAULT_MATRIX"))
pytestmark = [
    pytest.mark.long, pytest.mark.timeout(900),
    pytest.mark.skipif(not _WANTED, reason="the fault matrix runs where CLICKSTREAM_FAULT_MATRIX is set"),
]  # fmt: skip
SERVERS = ("kafka", "connect", "ksqldb", "elasticsearch")
DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "faults.md"
# a loaded machine takes longer to start a process than a quiet one: what counts is the pipeline's own time
SLACK = float(os.environ.get("CLICKSTREAM_TEST_SLACK", "3"))
Fault = Callable[[PipelineSession], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, the part that must be named (kind, name), and the seconds within which it must be."""

    name: str
    kind: str
    part: str
    fault: Fault
    seconds: float
    words: str = ""
    clears: float = 15.0


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


@asynccontextmanager
async def stopped(session: PipelineSession, name: str) -> AsyncGenerator[None, None]:
    await session.stack.act("stop", name)
    try:
        yield
    finally:
        await session.stack.act("start", name)


async def _pid(session: PipelineSession, name: str) -> int:
    return next(each.pid for each in await session.stack.services() if each.name == name) or 0


@asynccontextmanager
async def hanging(session: PipelineSession, name: str) -> AsyncGenerator[None, None]:
    pid = await _pid(session, name)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def index_away(session: PipelineSession) -> AsyncGenerator[None, None]:
    """The sinks' server is stopped; afterwards those that gave up are restarted, as an operator does."""
    async with stopped(session, "elasticsearch"):
        yield
    for each in await session.connect.connectors():
        if each.name.startswith("es_sink") and (
            each.state == "FAILED" or any(task.state == "FAILED" for task in each.tasks)
        ):
            await session.connect.act(each.name, "restart")


@asynccontextmanager
async def failed_task(session: PipelineSession) -> AsyncGenerator[None, None]:
    """A sink that must fail at its first record, which is no JSON."""
    await session.kafka.create_topic("broken", 1, {})
    await session.kafka.produce("broken", None, b"this is no JSON")
    await session.connect.create("es_sink_BROKEN", {
        "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "topics": "broken",
        "key.ignore": "true", "schema.ignore": "true", "connection.url": session.context.sink_url,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
    })  # fmt: skip
    try:
        yield
    finally:
        await session.connect.act("es_sink_BROKEN", "delete")
        await session.kafka.delete_topic("broken")


@asynccontextmanager
async def no_template(session: PipelineSession) -> AsyncGenerator[None, None]:
    await session.elasticsearch.http.json("DELETE", f"/_template/{TEMPLATE}")
    try:
        yield
    finally:
        await session.elasticsearch.put_template()


@asynccontextmanager
async def no_clicks(session: PipelineSession) -> AsyncGenerator[None, None]:
    await session.connect.act(CONNECTOR, "pause")
    try:
        yield
    finally:
        await session.connect.act(CONNECTOR, "resume")


@asynccontextmanager
async def topic_deleted(session: PipelineSession) -> AsyncGenerator[None, None]:
    await session.kafka.create_topic("doomed", 1, {})
    await session.ksqldb.execute("CREATE STREAM DOOMED (A INT) WITH (KAFKA_TOPIC='doomed', VALUE_FORMAT='JSON');")
    made = await session.ksqldb.execute("CREATE STREAM DOOMED_COPY AS SELECT * FROM DOOMED EMIT CHANGES;")
    await session.kafka.delete_topic("doomed")
    try:
        yield
    finally:
        await session.ksqldb.execute(f"TERMINATE {made[0]['commandStatus']['queryId']};")
        await session.ksqldb.execute("DROP STREAM DOOMED_COPY; DROP STREAM DOOMED;")


def _of(fault: Callable[[PipelineSession, str], AbstractAsyncContextManager[None]], name: str) -> Fault:
    return lambda session: fault(session, name)


CASES = [
    *(Case(f"{name} stopped", "service", name, _of(stopped, name), 5, "stopped") for name in SERVERS),
    *(Case(f"{name} hanging", "service", name, _of(hanging, name), 10, "answer") for name in SERVERS),
    Case("index away", "connector", "es_sink_EVENTS_PER_MIN", index_away, 20, "wrote nothing", 30),
    Case("task failed", "connector", "es_sink_BROKEN", failed_task, 10, "task 0"),
    Case("template missing", "stage", "template", no_template, 5, "missing"),
    Case("no clicks", "connector", CONNECTOR, no_clicks, 5, "PAUSED"),
    Case("topic deleted under a query", "query", "CSAS_DOOMED_COPY", topic_deleted, 10, "does not exist"),
]  # fmt: skip
_SEEN: list[tuple[str, str, str, float, float, str]] = []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PipelineSession]:
    """A pipeline of this module's own, all stages done."""
    home = tmp_path_factory.mktemp("faults") / "home"
    stack = EmbeddedStack(home, FREE_PORTS)
    await stack.ensure()
    opened = PipelineSession(home, stack, embedded_addresses(stack))
    for each in opened.stages():
        await opened.run_stage(each.name, lambda _: None)
    yield opened
    await stack.shutdown()
    await opened.close()


async def _until(holds: Callable[[], Awaitable[str | None]], limit: float, what: str) -> tuple[float, str]:
    """(seconds, what was found) of a condition that is asked of one process after the other."""
    began = time.monotonic()
    while True:
        found = await holds()
        if found is not None:
            return time.monotonic() - began, found
        assert time.monotonic() - began < limit, f"not within {limit:.0f} s: {what}"
        await asyncio.sleep(0.2)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
async def test_a_fault_is_named_and_clears(session: PipelineSession, case: Case) -> None:
    async def well() -> str | None:
        code, _ = await asyncio.to_thread(status, session.home)
        return "" if code == 0 else None

    async def named() -> str | None:
        code, body = await asyncio.to_thread(status, session.home)
        health, why = _health(body, case.kind, case.part)
        if health not in ("degraded", "failed") or case.words not in why:
            return None
        assert code in (1, 2)  # degraded, or down where the fault leaves nothing that answers
        assert body["status"] != "ready"
        assert any(problem["name"].startswith(case.part) for problem in body["problems"])
        return why

    async def cleared() -> str | None:
        _, body = await asyncio.to_thread(status, session.home)
        return "" if _health(body, case.kind, case.part)[0] in ("ok", "absent") else None

    await _until(well, 60 * SLACK, "a pipeline that is well before the fault")
    async with case.fault(session):
        seconds, why = await _until(named, case.seconds * SLACK, f"{case.kind} {case.part} named")
    mended, _ = await _until(cleared, case.clears * SLACK, f"{case.kind} {case.part} well again")
    _SEEN.append((case.name, case.kind, case.part, seconds, mended, why))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SERVERS)
async def test_a_killed_server_is_started_again_and_told(session: PipelineSession, name: str) -> None:
    before = next(each.restarts for each in await session.stack.services() if each.name == name)
    os.kill(await _pid(session, name), signal.SIGKILL)

    async def restarted() -> str | None:
        _, body = await asyncio.to_thread(status, session.home)
        found = next(each for each in body["services"] if each["name"] == name)
        return f"restarted {found['restarts']} times" if found["restarts"] > before and found["ready"] else None

    seconds, why = await _until(restarted, 15 * SLACK, "the restart told")
    _SEEN.append((f"{name} killed", "service", name, seconds, 0.0, why))


async def _answering(answer: bytes) -> asyncio.Server:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(handle, "127.0.0.1", 0)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("garbage", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nnot json!", "not JSON"),
        ("no HTTP", b"\x00\x01\x02 what is this\r\n\r\n", "not HTTP"),
        ("credentials refused", b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", "did not accept the credentials"),
        ("a proxy's page", b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>", "502"),
    ],
)  # fmt: skip
async def test_a_remote_server_that_answers_wrongly(
    session: PipelineSession, tmp_path: Path, name: str, answer: bytes, words: str
) -> None:
    server = await _answering(answer)
    port, found = server.sockets[0].getsockname()[1], session.addresses
    file = tmp_path / "remote.toml"
    file.write_text(
        f'[remote.kafka]\nbootstrap = "{found.kafka}"\n[remote.connect]\nurl = "{found.connect}"\n'
        f'[remote.ksqldb]\nurl = "http://127.0.0.1:{port}"\n[remote.elasticsearch]\nurl = "{found.elasticsearch}"\n'
    )
    began = time.monotonic()
    code, body = await asyncio.to_thread(status, tmp_path / "home", "--profile", "remote", "--config", str(file))
    seconds = time.monotonic() - began
    server.close()
    assert code == 1
    health, why = _health(body, "service", "ksqldb")
    assert health == "failed"
    assert words in why
    assert f"127.0.0.1:{port}" in why
    assert "<html" not in json.dumps(body)
    _SEEN.append((f"ksqldb: {name}", "service", "ksqldb", seconds, 0.0, why))


def test_what_was_seen_is_written() -> None:
    """Last: the document is what the tests above saw, not what is believed."""
    if not _SEEN:
        pytest.skip("no fault was tried")
    lines = [
        "# Faults", "", "Written by `tests/long/test_fault_matrix.py`: what `status --json` says of each fault, after how many",
        "seconds (one look is a process of its own, which is part of them), and how long it says so once the fault is mended.",
        "", "| fault | named | after | clears after | why |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name, kind, part, seconds, mended, why in _SEEN:
        plain = why.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {name} | {kind} `{part}` | {seconds:.0f} s | {mended:.0f} s | {plain} |")
    lines += ["", "Not tried here: a full disk, as that needs a file system of its own.", ""]
    DOC.write_text("\n".join(lines), "utf-8")
