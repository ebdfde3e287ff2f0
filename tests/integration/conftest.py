"""The integration tier skips, and says why, what a machine cannot install."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.jvm import packages


def _engine_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=60).returncode == 0


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Docker engine answers while this lives: the host's, or one of our own. Gives a static busybox for images."""
    try:
        busybox = Path(packages.program("busybox"))
        if not _engine_answers():
            packages.program("dockerd")
        packages.program("docker-compose")
    except packages.NotInstallable as error:
        pytest.skip(f"the Docker tier did not run: {error}")
    if _engine_answers():
        yield busybox
        return
    folder = tmp_path_factory.mktemp("docker")
    socket = f"unix://{folder}/docker.sock"
    # no bridge and no iptables: neither is allowed on every host, and the tests' containers need no network
    command = ["dockerd", "--host", socket, "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec",
               "--pidfile", f"{folder}/pid", "--storage-driver=vfs", "--iptables=false", "--bridge=none"]  # fmt: skip
    log = folder / "log"
    before = os.environ.get("DOCKER_HOST")
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as daemon:
        os.environ["DOCKER_HOST"] = socket
        try:
            deadline = time.monotonic() + 30
            while not _engine_answers():
                if daemon.poll() is not None or time.monotonic() > deadline:
                    last = log.read_text(errors="replace").splitlines()[-1:]
                    pytest.skip(f"the Docker tier did not run: the engine does not start here: {last}")
                time.sleep(0.2)
            yield busybox
        finally:
            os.environ.pop("DOCKER_HOST", None)
            if before is not None:
                os.environ["DOCKER_HOST"] = before
            daemon.terminate()
            daemon.wait(30)


@pytest.fixture(scope="session")
def jvm() -> None:
    """Java, Maven and Apache Kafka's jars are here after this."""
    try:
        packages.program("java")
        packages.kafka_jars()
    except packages.NotInstallable as error:
        pytest.skip(f"the tier of real Kafka and Elasticsearch did not run: {error}")


@pytest.fixture(scope="session")
def elasticsearches(jvm: None) -> None:
    """The Elasticsearch distributions are here after this."""
    try:
        for version in ("6.3.0", "7.5.2"):
            packages.elasticsearch(version)
    except packages.NotInstallable as error:
        pytest.skip(f"the tier of real Kafka and Elasticsearch did not run: {error}")
