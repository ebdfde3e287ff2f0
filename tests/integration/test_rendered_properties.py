"""Every form of the compose files, rendered by the images' rules, starts the real Apache Kafka and the real Connect."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_compose.images import image_of
from clickstream_pipeline.clients.connect import ConnectClient
from clickstream_pipeline.sinks import sink_config
from clickstream_pipeline.stages import TABLES
from tests.compose_project import project
from tests.conftest import wait_until
from tests.integration.jvm import packages, processes
from tests.processes import free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"


class Places:
    """Hosts and ports of the containers' network as free ports of this machine, and folders of theirs as ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports: dict[str, int] = {}

    def port(self, number: str) -> int:
        return self._ports.setdefault(number, free_port())

    def moved(self, properties: Mapping[str, str]) -> dict[str, str]:
        """The properties with each address and folder moved; nothing else is touched."""
        found: dict[str, str] = {}
        for name, value in properties.items():
            value = re.sub(r"(?:[a-z][\w.-]*|0\.0\.0\.0):(\d{4,5})\b", lambda m: f"127.0.0.1:{self.port(m[1])}", value)
            if value.isdigit() and name in ("clientPort", "rest.port"):
                value = str(self.port(value))
            if name in ("dataDir", "dataLogDir", "log.dirs"):
                value = str(self._folder / value.strip("/").replace("/", "-"))
            found[name] = "127.0.0.1" if name == "rest.advertised.host.name" else value
        return found


@contextlib.contextmanager
def server(folder: Path, main: str, properties: Mapping[str, str], jars: Path, port: int) -> Generator[None]:
    """A server of Apache's with these properties, until it listens."""
    file = folder / f"{main.rpartition('.')[2]}.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    command = [packages.program("java"), packages.LOGGING, "-Xmx512m", "-Dzookeeper.admin.enableServer=false", "-cp",
               f"{jars}/*", main, str(file)]  # fmt: skip
    with processes.running(command, file.with_suffix(".log"), lambda: processes.listens(port), limit=240):
        yield


@contextlib.contextmanager
def kafka(form: tuple[str, ...], folder: Path, jars: Path) -> Generator[tuple[Places, dict[str, Any]]]:
    """The broker of a form; with ZooKeeper where the form has it."""
    places, services = Places(folder), project(form)

    def rendered(name: str) -> dict[str, str]:
        service = services[name]
        return places.moved(image_of(service["image"]).render(service["environment"]))

    with contextlib.ExitStack() as stack:
        properties = rendered("kafka")
        if "kraft" in form:
            assert "zookeeper.connect" not in properties
            file = folder / "format.properties"
            file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
            processes.kafka_tool(
                "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(file), jars=jars, limit=180
            )
        else:
            zookeeper = rendered("zookeeper")
            main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
            stack.enter_context(server(folder, main, zookeeper, jars, int(zookeeper["clientPort"])))
        stack.enter_context(server(folder, "kafka.Kafka", properties, jars, places.port("29092")))
        yield places, services


@pytest.mark.parametrize(
    ("form", "version"),
    [((), ""), (("low-memory",), ""), (("kraft",), ""), (("kraft", "low-memory"), "4.0.0"), (("kraft",), "4.0.0")],
    ids=str,
)
def test_kafka_starts(form: tuple[str, ...], version: str, jvm: None, tmp_path: Path) -> None:
    with kafka(form, tmp_path, packages.kafka_jars(version)) as (places, _):
        processes.kafka_tool(
            "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", f"127.0.0.1:{places.port('9092')}",
            "--create", "--topic", "clickstream", "--partitions", "1", jars=packages.kafka_jars(version), limit=180,
        )  # fmt: skip


async def test_connect_starts_and_takes_the_sinks_without_a_transform(jvm: None, tmp_path: Path) -> None:
    jars = packages.kafka_jars()
    with kafka(("kraft",), tmp_path, jars) as (places, services):
        service = services["connect"]
        properties = places.moved(image_of(service["image"]).render(service["environment"]))
        properties["listeners"] = f"http://127.0.0.1:{properties.pop('rest.port')}"
        properties["plugin.discovery"] = "only_scan"  # the jars are on the class path, not in a plugin folder
        port = places.port("8083")
        with server(tmp_path, "org.apache.kafka.connect.cli.ConnectDistributed", properties, jars, port):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=90) as client:

                async def answers() -> bool:  # the port is open before the worker's resources are there
                    return (await client.get("/connectors")).status_code == 200

                await wait_until(answers, 240)
                config: dict[str, str] = {}
                for table in TABLES:
                    # the sink's own class is Confluent's and not to be had here; all that is the worker's is judged
                    config = {**sink_config(table, "http://127.0.0.1:9200/", typed=True),
                              "connector.class": "FileStreamSink", "file": "/dev/null"}  # fmt: skip
                    assert await errors(client, config) == {}
                asked = {**config, "transforms": "n", "transforms.n.type": "io.confluent.transforms.NullFilter"}
                assert "transforms.n.type" in await errors(client, asked)
            worker = ConnectClient(f"http://127.0.0.1:{port}")
            assert "topics" not in await worker.required("org.apache.kafka.connect.file.FileStreamSinkConnector")
            await worker.close()


async def errors(client: httpx.AsyncClient, config: dict[str, str]) -> dict[str, list[str]]:
    answer = await client.put(
        "/connector-plugins/FileStreamSinkConnector/config/validate", json={"name": "s", **config}
    )
    assert answer.status_code == 200, answer.text
    values = [each["value"] for each in answer.json()["configs"]]
    return {value["name"]: value["errors"] for value in values if value["errors"]}
