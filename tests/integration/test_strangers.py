"""Our servers under clients that we did not write, in the languages and versions that people use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import strangers
from tests.integration.jvm.packages import NotInstallable
from tests.processes import Server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
KAFKA = {
    "kafka_python.py": ("kafka-python==3.0.12", "lz4", "zstandard", "python-snappy"),
    "aiokafka_client.py": ("aiokafka==0.14.0",),
    "kafkajs_client.js": ("kafkajs@2.2.4",),
    "platformatic_client.js": ("@platformatic/kafka@1.20.0",),
    "franz.go": ("github.com/twmb/franz-go@v1.22.3", "github.com/twmb/franz-go/pkg/kadm@latest"),
}
SEARCH = {
    "elasticsearch_py.py": ("elasticsearch>=7.17,<8",),
    "elasticsearch_client.js": ("@elastic/elasticsearch@7.17.14",),
}
KSQLDB = {
    "ksqldb_python.py": ("ksqldb==1.0.1", "h2"),
    "ksqldb_client.js": ("ksqldb-client@1.0.5",),
}


def run(program: str, packages: tuple[str, ...], address: str) -> None:
    try:
        strangers.run(program, packages, address)
    except NotInstallable as error:
        pytest.skip(f"{program} did not run: {error}")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server("broker", tmp_path_factory.mktemp("broker")) as server:
        yield server


@pytest.mark.parametrize("program", KAFKA)
def test_kafka_clients(program: str, broker: Server) -> None:
    run(program, KAFKA[program], broker.address)


@pytest.mark.parametrize("program", SEARCH)
def test_elasticsearch_clients(program: str, tmp_path: Path) -> None:
    with Server("search", tmp_path / "search") as server:
        run(program, SEARCH[program], f"http://{server.address}")


@pytest.mark.parametrize("program", KSQLDB)
def test_ksqldb_clients(program: str, broker: Server, tmp_path: Path) -> None:
    with Server("ksqldb", tmp_path / "ksqldb", "--bootstrap", broker.address) as server:
        run(program, KSQLDB[program], f"http://{server.address}")
