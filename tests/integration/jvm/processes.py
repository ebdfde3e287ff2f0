"""Programs of the real world as processes of a test: Kafka's tools, its broker and Connect, and Elasticsearch."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.integration.jvm import packages
from tests.processes import free_port


def kafka_tool(main: str, *arguments: str, data: str = "", limit: float = 60, jars: Path | None = None) -> str:
    """What one of Kafka's command line tools prints; fails where it ends with an error."""
    command = [
        packages.program("java"),
        packages.LOGGING,
        "-Xmx256m",
        "-cp",
        f"{jars or packages.kafka_jars()}/*",
        main,
    ]
    done = subprocess.run(
        [*command, *arguments], input=data, capture_output=True, text=True, timeout=limit, check=False
    )
    assert done.returncode == 0, f"{main} {' '.join(arguments)}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout


@contextlib.contextmanager
def running(
    command: list[str], log: Path, is_up: Callable[[], bool], *, limit: float = 90, user: str | None = None
) -> Generator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, user=user, start_new_session=True)
    try:
        deadline = time.monotonic() + limit
        while not is_up():
            shown = log.read_text(errors="replace")[-2000:]
            assert process.poll() is None, f"{command[0]} ended: {shown}"
            assert time.monotonic() < deadline, f"{command[0]} is not ready: {shown}"
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Kafka:
    """A running Apache Kafka: its ports by listener."""

    ports: dict[str, int]
    pid: int


@contextlib.contextmanager
def kafka_broker(
    folder: Path, *, secure: dict[str, str] | None = None, scram: str = "", more: dict[str, str] | None = None
) -> Generator[Kafka]:
    """Apache Kafka, one node in KRaft mode, with the listeners PLAINTEXT and, with `secure`, SASL_SSL.

    `secure` are the settings of that listener, `more` are others; `scram` is what StorageTool's --add-scram takes.
    """
    ports = {"PLAINTEXT": free_port(), "CONTROLLER": free_port()}
    if secure is not None:
        ports["SASL_SSL"] = free_port()
    listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    settings = {
        "process.roles": "broker,controller", "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
        "listeners": listeners, "controller.listener.names": "CONTROLLER",
        "advertised.listeners": ",".join(each for each in listeners.split(",") if not each.startswith("CONTROLLER")),
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "inter.broker.listener.name": "PLAINTEXT", "log.dirs": str(folder / "data"),
        "offsets.topic.replication.factor": "1", "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1", "group.initial.rebalance.delay.ms": "0",
        **(secure or {}), **(more or {}),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "server.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    format_ = ["format", "-t", "4L6g3nShT-eMCtK--X86sw", "-c", str(file)]
    kafka_tool("kafka.tools.StorageTool", *format_, *(["--add-scram", scram] if scram else []))
    command = [packages.program("java"), packages.LOGGING, "-Xms512m", "-Xmx512m", "-cp", f"{packages.kafka_jars()}/*",
               "kafka.Kafka", str(file)]  # fmt: skip
    with running(command, folder / "kafka.log", lambda: listens(ports["PLAINTEXT"])) as process:
        yield Kafka(ports, process.pid)


@contextlib.contextmanager
def connect_worker(folder: Path, bootstrap: str, *, group: str = "connect") -> Generator[str]:
    """Kafka Connect, distributed mode, with the file connectors: its address."""
    port = free_port()
    settings = {
        "bootstrap.servers": bootstrap, "group.id": group, "listeners": f"http://127.0.0.1:{port}",
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.flush.interval.ms": "500", "plugin.discovery": "only_scan",
        **{f"{what}.storage.topic": f"{group}-{what}s" for what in ("config", "offset")},
        "status.storage.topic": f"{group}-status",
        **{f"{what}.storage.replication.factor": "1" for what in ("config", "offset", "status")},
        "offset.storage.partitions": "1", "status.storage.partitions": "1",
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "connect.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    command = [packages.program("java"), packages.LOGGING, "-Xmx512m", "-cp", f"{packages.kafka_jars()}/*",
               "org.apache.kafka.connect.cli.ConnectDistributed", str(file)]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with running(command, folder / "connect.log", lambda: _answers(f"{address}/connectors")):
        yield address


@contextlib.contextmanager
def elasticsearch(version: str) -> Generator[str]:
    """A real Elasticsearch of that version, one node: its address."""
    installed = packages.elasticsearch(version)
    port = free_port()
    # it refuses to run as root, and the folders of a test are closed to others
    user = "nobody" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="elasticsearch-"))
    try:
        shutil.copytree(installed, home, dirs_exist_ok=True)
        (home / "tmp").mkdir()
        transport = free_port()
        settings = {
            "http.port": str(port), "network.host": "127.0.0.1", "discovery.type": "single-node", "node.name": "one",
            "transport.tcp.port" if version.startswith("6") else "transport.port": str(transport),
        }  # fmt: skip
        (home / "config" / "elasticsearch.yml").write_text("".join(f"{k}: {v}\n" for k, v in settings.items()))
        if user is not None:
            owner = pwd.getpwnam(user)
            for path in (home, *home.rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        command = [
            packages.program("java"), "-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.security.manager=allow",
            f"-Djava.io.tmpdir={home / 'tmp'}", "-Dio.netty.noUnsafe=true", "-Dlog4j2.disable.jmx=true",
            "-Dio.netty.recycler.maxCapacityPerThread=0", f"-Des.path.home={home}", f"-Des.path.conf={home / 'config'}",
            "-Des.distribution.flavor=oss", "-Des.distribution.type=zip", "-cp", f"{home / 'lib'}/*",
            "org.elasticsearch.bootstrap.Elasticsearch",
        ]  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        with running(command, home / "out.log", lambda: _answers(f"{address}/_cluster/health"), user=user):
            yield address
    finally:
        shutil.rmtree(home, ignore_errors=True)
