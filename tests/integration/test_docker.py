"""The container side against a real Docker engine, with an image made here from nothing."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickstream_pipeline.clients.compose_stack import ComposeStack
from clickstream_pipeline.errors import PipelineError
from clickstream_stack.engine import Engine
from clickstream_tui.composition import compose_files
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
    stack = ComposeStack(tmp_path, PROJECT, [project])
    assert not await stack.attach()
    assert await stack.ensure()

    async def one_is_ready() -> bool:
        return any(s.name == "one" and s.ready for s in await stack.services())

    await wait_until(one_is_ready, 60)
    services = {service.name: service for service in await stack.services()}
    assert services["one"].memory > 0
    assert services["two"].state == "exited"
    assert "Exited (3)" in services["two"].reason
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


async def test_an_engine_that_does_not_run_is_said(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    with pytest.raises(PipelineError) as caught:
        await ComposeStack(tmp_path, PROJECT, [project]).attach()
    assert "engine does not run" in str(caught.value)
    assert "systemctl start docker" in str(caught.value)


@pytest.mark.parametrize(
    "overlays", [[], ["kraft"], ["low-memory"], ["no-ulimits"], ["cluster"], ["cluster", "low-memory"]]
)
async def test_compose_takes_every_file(engine: Path, overlays: list[str]) -> None:
    files = compose_files(overlays)
    os.environ.pop("COMPOSE_FILE", None)
    shown = await Engine().compose("clickstream", files, "config", timeout=60)
    assert "elasticsearch" in shown
    assert ("kafka-3" in shown) is ("cluster" in overlays)
