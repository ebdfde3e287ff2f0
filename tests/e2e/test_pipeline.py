"""From nothing to a full dashboard over the real protocols, and through faults."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from clickstream_pipeline import charts
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses
from clickstream_pipeline.sessionize import CONNECTOR, sessionize
from clickstream_pipeline.stages import TABLES
from tests.conftest import wait_until


def cli(home: Path, *arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CLICKSTREAM_HOME": str(home), "CLICKSTREAM_PORTS": "free"}
    command = [sys.executable, "-m", "clickstream_tui", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=timeout, check=False, stdin=subprocess.DEVNULL
    )


def processes_of(home: Path) -> list[int]:
    return [
        p.pid for p in psutil.process_iter(["cmdline"]) if any(str(home) in part for part in p.info["cmdline"] or [])
    ]


def test_up_query_status_and_down(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert cli(home, "status").returncode == 2
    up = cli(home, "up", "--detach")
    assert up.returncode == 0, up.stderr
    deadline = time.monotonic() + 20
    while True:  # within 20 s every one of the seven indices has documents, and the pull query has rows
        status = json.loads(cli(home, "status", "--json").stdout)
        filled = {index["name"] for index in status["indices"] if index["documents"]}
        rows = cli(home, "query", "SELECT * FROM EVENTS_PER_MIN WHERE K1 = 5;", "--json")
        if filled >= {table.lower() for table in TABLES} and json.loads(rows.stdout):
            break
        assert time.monotonic() < deadline, (filled, rows.stdout)
    assert (status["status"], status["ready"]) == ("ready", True)
    again = cli(home, "up")
    assert again.returncode == 0, again.stderr
    assert "connectors  Data generators: nothing to do" in again.stderr
    failing = cli(home, "query", "SHOW TABLES; SELECT NOPE FROM CLICKSTREAM EMIT CHANGES;")
    assert failing.returncode == 1
    assert "Statement 2 failed" in failing.stderr
    assert "EVENTS_PER_MIN" in failing.stdout
    tail = cli(
        home, "tail", "clickstream", "--from", "beginning", "--where", "status=404", "--limit", "2", "--output", "jsonl"
    )
    assert [json.loads(line)["value"]["status"] for line in tail.stdout.splitlines()] == ["404", "404"]
    assert cli(home, "--read-only", "connectors", "pause", CONNECTOR).returncode == 1
    down = cli(home, "down", "--volumes")
    assert down.returncode == 0, down.stderr
    assert processes_of(home) == []
    assert not (home / "data").exists()


def test_wrong_usage_and_missing_things_have_their_exit_codes(tmp_path: Path) -> None:
    assert cli(tmp_path, "--nope").returncode == 64
    assert cli(tmp_path, "query").returncode == 64
    assert cli(tmp_path, "--profile", "nowhere", "status").returncode == 64
    unreachable = cli(tmp_path, "topics")
    assert unreachable.returncode == 2
    assert "do not run" in unreachable.stderr  # and no other pipeline is asked in their place


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = cli(blocked / "home", "up")
    assert result.returncode == 1
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr


async def test_charts_have_data(pipeline: PipelineSession) -> None:
    async def errors() -> object:
        return await charts.errors(pipeline.ksqldb)

    async def sessions() -> object:
        return await charts.OpenSessions().look(pipeline.kafka, "CLICK_USER_SESSIONS", int(time.time() * 1000))

    await wait_until(errors, 20)
    await wait_until(sessions, 20)


async def test_sessionize_leaves_the_clicks_running_however_it_ends(pipeline: PipelineSession) -> None:
    async def state() -> str:
        return next(c.state for c in await pipeline.connect.connectors() if c.name == CONNECTOR)

    seen: list[tuple[str, str]] = []

    async def no_wait(_: float) -> None:
        return None

    phases = sessionize(pipeline.operations, pipeline.home, 1, 1, cycles=2, sleep=no_wait)
    async for phase in phases:
        seen.append((phase.name, await state()))
        if len(seen) == 4:
            break  # left while paused
    await phases.aclose()
    assert seen == [("running", "RUNNING"), ("paused", "PAUSED")] * 2
    assert await state() == "RUNNING"


async def test_a_console_killed_in_a_pause_is_mended_by_the_next_start(pipeline: PipelineSession) -> None:
    async def state() -> str:
        return next(c.state for c in await pipeline.connect.connectors() if c.name == CONNECTOR)

    async def paused() -> bool:
        return await state() == "PAUSED"

    environment = {**os.environ, "CLICKSTREAM_HOME": str(pipeline.home), "CLICKSTREAM_PORTS": "free"}
    command = [sys.executable, "-m", "clickstream_tui", "sessionize", "--run", "0", "--pause", "300"]
    cycle = await asyncio.create_subprocess_exec(*command, env=environment, stdin=subprocess.DEVNULL)
    try:
        await wait_until(paused, 30)
    finally:
        cycle.kill()
        await cycle.wait()
    assert await paused()
    again = await asyncio.to_thread(cli, pipeline.home, "up")
    assert again.returncode == 0, again.stderr
    assert "DATAGEN_CLICKSTREAM is resumed" in again.stderr
    assert await state() == "RUNNING"


async def test_a_topic_is_deleted_only_when_asked_outside_read_only(pipeline: PipelineSession) -> None:
    await pipeline.operations.create_topic("t-e2e", 2, {})
    assert len((await pipeline.kafka.describe_topic("t-e2e"))["partitions"]) == 2
    for key in (b"a", b"b", b"c"):
        await pipeline.kafka.produce("t-e2e", key, b"{}")
    assert {topic.name: topic.records for topic in await pipeline.kafka.topics()}["t-e2e"] == 3
    pipeline.operations.read_only = True
    with pytest.raises(PipelineError, match="read-only"):
        await pipeline.operations.delete_topic("t-e2e")
    pipeline.operations.read_only = False
    await pipeline.operations.delete_topic("t-e2e")
    assert "t-e2e" not in {topic.name for topic in await pipeline.kafka.topics()}


@pytest.mark.long
async def test_killed_servers_come_back_and_clicks_flow_again(tmp_path: Path) -> None:
    stack = EmbeddedStack(tmp_path / "home", dict.fromkeys(("kafka", "connect", "ksqldb", "elasticsearch"), 0))
    await stack.ensure()
    pipeline = PipelineSession(stack.home, stack, embedded_addresses(stack))
    for stage in pipeline.stages():
        await stage.run(pipeline.context, lambda _: None)

    async def end_offset() -> int:
        try:
            return sum(p["next"] for p in (await pipeline.kafka.describe_topic("clickstream"))["partitions"])
        except PipelineError:
            return -1

    for service in ("kafka", "elasticsearch", "connect", "ksqldb"):
        before = next(s for s in await stack.services() if s.name == service)
        assert before.pid is not None
        os.kill(before.pid, signal.SIGKILL)

        async def restarted(name: str = service, old: int = before.restarts) -> bool:
            found = next(s for s in await stack.services() if s.name == name)
            return found.ready and found.restarts > old

        await wait_until(restarted, 10, f"{service} is restarted")
        at = await end_offset()

        async def more(at: int = at) -> bool:
            return await end_offset() > at >= 0

        await wait_until(more, 10, f"clicks after {service} was killed")
    assert {q.state for q in await pipeline.ksqldb.queries() if q.kind == "PERSISTENT"} == {"RUNNING"}
    # nobody holds the stack any more: it ends by itself, leaving no process behind
    await pipeline.close()

    async def all_gone() -> bool:
        return not await asyncio.to_thread(processes_of, stack.home)

    await wait_until(all_gone, 30, "the stack ends without its last client")
