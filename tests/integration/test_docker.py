"""The container side against a real Docker engine, with an image made here from nothing."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickstream_compose.command import Compose, Progress
from clickstream_compose.connection import Connection, Place, place
from clickstream_compose.engine import DockerEngine
from clickstream_compose.model import EngineEvent
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.runtimes.compose import ComposeStack
from clickstream_tui.app import ConsoleApp
from clickstream_tui.composition import compose_files
from clickstream_tui.dialogs import ConfirmScreen
from clickstream_tui.screens.logs import LogScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.line_view import LineView
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.status_table import StatusTable
from tests.conftest import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
IMAGE, PROJECT = "clickstream-test:1", "clickstream-test"
COMPOSE = f"""
version: "2.4"
services:
  one:
    image: {IMAGE}
    network_mode: none
    command: ["/bin/busybox", "sh", "-c", "echo one is up; exec /bin/busybox sleep 1000"]
    healthcheck:
      test: ["CMD", "/bin/busybox", "true"]
      interval: 1s
      timeout: 5s
      retries: 3
  two:
    image: {IMAGE}
    network_mode: none
    command: ["/bin/busybox", "sh", "-c", "echo two failed for a reason; exit 3"]
"""
HUNGRY = f"""
version: "2.4"
services:
  hungry:
    image: {IMAGE}
    network_mode: none
    mem_limit: 12m
    memswap_limit: 12m
    command: ["/bin/busybox", "tail", "/dev/zero"]
"""


def docker(*arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["docker", *arguments], input=data, capture_output=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def project(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(engine, "bin/busybox")
    made = docker("import", "-", IMAGE, data=archive.getvalue())
    assert made.returncode == 0, made.stderr
    file = tmp_path_factory.mktemp("compose") / "docker-compose.yml"
    file.write_text(COMPOSE)
    yield file
    names = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}").stdout.decode().split()
    if names:
        docker("rm", "-f", *names)
    docker("rmi", "-f", IMAGE)


async def test_containers_are_started_seen_steered_and_removed(project: Path, tmp_path: Path) -> None:
    steps: list[Progress] = []
    stack = ComposeStack(tmp_path, PROJECT, [project], report=steps.append)
    assert not await stack.attach()
    assert await stack.ensure()
    assert any("one" in step.part for step in steps)

    async def one_is_ready() -> bool:
        return any(s.name == "one" and s.ready for s in await stack.services())

    await wait_until(one_is_ready, 60)
    services = {service.name: service for service in await stack.services()}

    async def one_is_measured() -> bool:
        return any(s.name == "one" and s.memory > 0 for s in await stack.services())

    await wait_until(one_is_measured, 30)
    assert services["two"].state == "exited"
    assert "ended with 3" in services["two"].reason
    assert "two failed for a reason" in services["two"].reason
    assert "two failed for a reason" in await stack.logs("two")
    await stack.act("stop", "one")
    assert next(s for s in await stack.services() if s.name == "one").state == "exited"
    await stack.act("start", "one")
    await wait_until(one_is_ready, 60)
    await stack.act("restart", "one")
    await wait_until(one_is_ready, 60)
    with pytest.raises(PipelineError, match="no service 'three'"):
        await stack.act("stop", "three")
    await stack.shutdown()
    assert not await stack.attach()
    await stack.close()


async def test_kill_and_lack_of_memory_are_seen_in_events(project: Path, tmp_path: Path) -> None:
    stack, engine = ComposeStack(tmp_path, PROJECT, [project]), DockerEngine()
    await stack.ensure()
    seen: list[EngineEvent] = []

    async def watch() -> None:
        async for each in stack.events():
            seen.append(each)  # noqa: PERF401 - each as it comes

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch())
        one = next(each for each in await engine.containers(PROJECT) if each.service == "one")

        # the watcher is on once it sees something; a restart does not end it
        async def on() -> bool:
            if not seen:
                await engine.act("restart", one.name)
            return bool(seen)

        await wait_until(on, 60)
        # two health checks later: their commands are no events of ours
        assert (await engine.execute(one.name, ["/bin/busybox", "echo", "hello"])).output == "hello\n"
        assert (await engine.execute(one.name, ["/bin/busybox", "false"])).exit_code == 1
        await stack.act("kill", "one")
        await wait_until(lambda: _holds(any(e.action == "die" and e.exit_code == 137 for e in seen)), 30)
        watching.cancel()
    assert all(e.service in ("one", "two") and not e.action.startswith("exec") for e in seen)
    service = next(s for s in await stack.services() if s.name == "one")
    assert not service.ready
    assert "137" in service.reason
    await stack.shutdown()
    await engine.close()
    await stack.close()


async def test_a_container_that_goes_over_its_memory_is_told_with_the_cure(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "docker-compose.yml"
    file.write_text(HUNGRY)
    stack = ComposeStack(tmp_path, PROJECT, [file])
    await stack.ensure()
    told: list[str] = []

    async def ended() -> bool:
        told[:] = [service.reason for service in await stack.services() if service.state == "exited"]
        return bool(told)

    await wait_until(ended, 60)
    assert "over its memory limit of 12 MiB" in told[0]
    assert "mem_limit of hungry" in told[0]
    await stack.shutdown()
    await stack.close()


async def test_an_image_that_cannot_be_had_and_a_wrong_command_are_told(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "docker-compose.yml"
    file.write_text(HUNGRY.replace('"/bin/busybox", "tail", "/dev/zero"', '"/bin/nothing"'))
    stack = ComposeStack(tmp_path, PROJECT, [file])
    with pytest.raises(PipelineError) as caught:
        await stack.ensure()
    assert "hungry" in str(caught.value)
    assert "/bin/nothing" in str(caught.value)
    await stack.shutdown()
    await stack.close()


async def test_a_log_is_followed_and_merged(project: Path, tmp_path: Path) -> None:
    stack, engine = ComposeStack(tmp_path, PROJECT, [project]), DockerEngine()
    await stack.ensure()
    containers = await engine.containers(PROJECT)
    lines = await engine.logs(containers)
    assert {line.service for line in lines} == {"one", "two"}
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert await engine.logs(containers, since=time.time() + 60) == []
    one = next(each for each in containers if each.service == "one")
    followed: list[str] = []

    async def follow() -> None:
        async for line in engine.follow_logs(one, 10):
            followed.append(line.text)  # noqa: PERF401 - each as it comes

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow())
        await wait_until(lambda: _holds("one is up" in followed), 30)
        write = ["/bin/busybox", "sh", "-c", "echo said later > /proc/1/fd/1"]
        assert (await engine.execute(one.name, write)).exit_code == 0
        await wait_until(lambda: _holds("said later" in followed), 30)
        following.cancel()
    await stack.shutdown()
    await engine.close()
    await stack.close()


async def _holds(value: bool) -> bool:
    return value


async def test_the_stack_works_again_once_the_engine_is_back(project: Path, tmp_path: Path) -> None:
    address = {"now": f"unix://{tmp_path / 'none.sock'}"}
    stack = ComposeStack(
        tmp_path, PROJECT, [project], DockerEngine(Connection(lambda: Place(address["now"], "a test")))
    )
    with pytest.raises(PipelineError, match="engine does not run"):
        await stack.services()
    assert not stack.connected
    address["now"] = place().address
    await stack.services()  # no longer refused
    await stack.close()


async def test_an_engine_that_does_not_run_is_said(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    with pytest.raises(PipelineError) as caught:
        await ComposeStack(tmp_path, PROJECT, [project]).attach()
    assert "engine does not run" in str(caught.value)
    assert "systemctl start docker" in str(caught.value)


@pytest.mark.parametrize(
    "overlays", [[], ["kraft"], ["low-memory"], ["no-ulimits"], ["cluster"], ["cluster", "low-memory"], ["tutorial"]]
)
async def test_compose_takes_every_file(engine: Path, overlays: list[str]) -> None:
    files = compose_files(overlays)
    os.environ.pop("COMPOSE_FILE", None)
    shown = str(await Compose("clickstream", files).config())
    assert "elasticsearch" in shown
    assert ("kafka-3" in shown) is ("cluster" in overlays)


async def test_the_console_drives_containers(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickstream_tui.sources.make_stack", lambda _: ComposeStack(tmp_path, PROJECT, [project]))
    app = ConsoleApp(Settings(profile="docker", home=tmp_path))
    async with app.run_test(size=(160, 44)) as pilot:
        table = app.query_one("#services-table", StatusTable)

        async def state(name: str, wanted: str) -> None:
            async def holds() -> bool:
                await pilot.pause()
                found = next((s for s in app.snapshot.services if s.name == name), None)
                return found is not None and (found.state, "ready" if found.ready else "")[wanted == "ready"] == wanted

            await wait_until(holds, 90, f"{name} is {wanted}")

        await state("one", "ready")
        assert all(service.memory > 0 for service in app.snapshot.services if service.name == "one")
        await pilot.press("2", "ctrl+home")
        while table.selected != "one":
            await pilot.press("down")
        await pilot.press("s")

        async def asked() -> bool:
            await pilot.pause()
            return isinstance(app.screen, ConfirmScreen)

        await wait_until(asked, 20, "the question is asked")
        await pilot.press("y")
        await state("one", "exited")
        await pilot.press("S")
        await state("one", "ready")
        await pilot.press("r")
        await wait_until(lambda: _logged(app, "restart"), 60)
        await state("one", "ready")
        await pilot.press("l")
        await wait_until(lambda: _shows(app, "one is up"), 30, "the log is shown")
        await pilot.press("escape")
        for action in ("stop", "start", "restart"):
            assert await _logged(app, action)
    stack = ComposeStack(tmp_path, PROJECT, [project])
    await stack.attach()
    await stack.shutdown()


async def _logged(app: ConsoleApp, action: str) -> bool:
    wanted = f"docker compose -p {PROJECT} {action} one"
    return app.pipeline is not None and any(command.line == wanted for command in app.pipeline.log.commands)


async def _said(app: ConsoleApp, text: str) -> bool:
    return text in app.query_one("#status", MessageLine).text


async def _shows(app: ConsoleApp, text: str) -> bool:
    """Whether the screen of a log is there with that text."""
    return isinstance(app.screen, LogScreen) and any(text in line for line in app.screen.query_one(LineView).lines)


async def test_the_console_says_that_the_engine_does_not_run(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    monkeypatch.setattr("clickstream_tui.sources.make_stack", lambda _: ComposeStack(tmp_path, PROJECT, [project]))
    app = ConsoleApp(Settings(profile="docker", home=tmp_path))
    async with app.run_test(size=(160, 44)) as pilot:

        async def said() -> bool:
            await pilot.pause()
            return await _said(app, "engine does not run") and await _said(app, "systemctl start docker")

        await wait_until(said, 30, app.query_one("#status", MessageLine).text)
