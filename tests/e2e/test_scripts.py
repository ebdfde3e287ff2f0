"""The tutorial's scripts, used by hand against servers that run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes import Server, free_port

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="needs bash and curl"),
    pytest.mark.timeout(180),
]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Servers of this module's own: the scripts make what others would find."""
    folder = tmp_path_factory.mktemp("scripts")
    with (
        Server("broker", folder / "broker") as broker,
        Server("search", folder / "search") as search,
        Server("connect", folder / "connect", "--bootstrap", broker.address) as connect,
        Server("ksqldb", folder / "ksqldb", "--bootstrap", broker.address, "--connect",
               f"http://{connect.address}") as ksqldb,
    ):  # fmt: skip
        yield {
            "ELASTICSEARCH_URL": f"http://{search.address}", "CONNECT_URL": f"http://{connect.address}",
            "KSQLDB_URL": f"http://{ksqldb.address}", "NO_GRAFANA": "1",
        }  # fmt: skip


def script(name: str, addresses: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(SCRIPTS / name), *arguments]
    environment = {**os.environ, **addresses}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_the_tutorial_by_hand_and_again(addresses: dict[str, str]) -> None:
    for again in (False, True):
        for name in (
            "create-connectors.sh",
            "statements.sh",
            "elastic-dynamic-template.sh",
            "ksql-tables-to-grafana.sh",
        ):
            done = script(name, addresses)
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
            if name == "statements.sh":
                assert ("exists already" in done.stdout) is again
    status = httpx.get(f"{addresses['CONNECT_URL']}/connectors?expand=status").json()
    assert len(status) == 10
    assert all(each["status"]["connector"]["state"] == "RUNNING" for each in status.values())
    template = httpx.get(f"{addresses['ELASTICSEARCH_URL']}/_template/kafkaconnect").json()
    assert template["kafkaconnect"]["index_patterns"] == ["*"]


def test_a_refusal_is_said_and_ends_it(addresses: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "wrong.sql"
    file.write_text("CREATE STREAM s AS\n  SELECT * FROM nothing_there;\n")
    done = script("run-sql.sh", addresses, str(file))
    assert done.returncode == 1
    assert "NOTHING_THERE" in done.stderr
    nobody = script("elastic-dynamic-template.sh", {"ELASTICSEARCH_URL": f"http://127.0.0.1:{free_port()}"})
    assert nobody.returncode == 1
    assert "nobody answers at" in nobody.stderr
    absent = script("sessionize-data.sh", {**addresses, "CONNECTOR": "NOT_THERE"}, "1")
    assert absent.returncode == 1
    assert "404" in absent.stderr


def test_sessionize_leaves_the_clicks_running_when_it_is_killed(addresses: dict[str, str]) -> None:
    url = f"{addresses['CONNECT_URL']}/connectors/DATAGEN_CLICKSTREAM/status"

    def until(state: str) -> None:
        deadline = time.monotonic() + 30
        while httpx.get(url).json()["connector"]["state"] != state:
            assert time.monotonic() < deadline, f"the connector is not {state}"
            time.sleep(0.05)

    environment = {**os.environ, **addresses, "RUN_SECONDS": "0.1", "PAUSE_SECONDS": "60"}
    with subprocess.Popen(
        [str(SCRIPTS / "sessionize-data.sh"), "1"], env=environment, stdout=subprocess.DEVNULL
    ) as running:
        until("PAUSED")
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 143
    until("RUNNING")
