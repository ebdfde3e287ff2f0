"""Our clients, and the embedded Connect and ksqlDB, with the real Apache Kafka and the real Elasticsearch."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.credentials import Credentials, Secret
from clickstream_pipeline.errors import PipelineError
from tests.certificates import openssl
from tests.conftest import wait_until
from tests.e2e.test_pipeline import cli
from tests.integration.jvm import packages
from tests.integration.jvm.processes import connect_worker, elasticsearch, kafka_broker
from tests.processes import Server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
PASSWORD = "correct-horse"


@pytest.fixture(scope="module")
def certificates(jvm: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CA (ca.pem), the server's certificate and key in one (server.pem), and another CA (other.pem)."""
    packages.program("openssl")
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/{name}.key", "-out",
                f"{folder}/{name}.pem", "-days", "2", "-subj", f"/CN={name}")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.csr",
            "-subj", "/CN=localhost")  # fmt: skip
    names = folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", f"{folder}/server.csr", "-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", str(names), "-out", f"{folder}/server.crt")  # fmt: skip
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", f"{folder}/server.key", "-out", f"{folder}/server.pkcs8")
    joined = (folder / "server.pkcs8").read_text() + (folder / "server.crt").read_text()
    (folder / "server.pem").write_text(joined)
    return folder


@pytest.fixture(scope="module")
def guarded(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Kafka with a listener that wants TLS and SCRAM."""
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    secure = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates / "server.pem"),
        "sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": module,
    }
    scram = f"SCRAM-SHA-256=[name=ada,password={PASSWORD}]"
    with kafka_broker(tmp_path_factory.mktemp("kafka"), secure=secure, scram=scram) as kafka:
        yield kafka.ports


async def test_a_guarded_cluster(guarded: dict[str, int], certificates: Path) -> None:
    address = f"127.0.0.1:{guarded['SASL_SSL']}"

    def client(password: str, ca: str) -> KafkaClient:
        access = Credentials(
            address, "ada", Secret(password), ca=str(certificates / ca), mechanism="SCRAM-SHA-256", tls=True
        )
        return KafkaClient(address, access)

    good = client(PASSWORD, "ca.pem")
    await good.create_topic("guarded", 2, {})
    await good.produce("guarded", b"k", b"v")
    found = {topic.name: topic for topic in await good.topics()}
    assert found["guarded"].partitions == 2
    assert found["guarded"].records == 1

    async def refusal(password: str, ca: str) -> str:
        started = time.monotonic()
        with pytest.raises(PipelineError) as caught:
            await client(password, ca).topics()
        assert time.monotonic() - started < 6
        assert password not in str(caught.value)
        return str(caught.value)

    wrong, unknown = await refusal("guessed", "ca.pem"), await refusal(PASSWORD, "other.pem")
    assert "credentials" in wrong
    assert "certificate" in unknown
    assert wrong != unknown


async def test_our_client_steers_apache_connect(guarded: dict[str, int], tmp_path: Path) -> None:
    from clickstream_pipeline.clients.connect import ConnectClient

    source = tmp_path / "source.txt"
    source.write_text("one\n")
    with connect_worker(tmp_path / "connect", f"127.0.0.1:{guarded['PLAINTEXT']}") as address:
        client = ConnectClient(address)
        config = {"connector.class": "FileStreamSource", "file": str(source), "topic": "lines"}
        await client.create("reader", config)

        async def state(wanted: str) -> None:
            async def holds() -> bool:
                return any(c.name == "reader" and c.state == wanted for c in await client.connectors())

            await wait_until(holds, 60, wanted)

        await state("RUNNING")
        await client.act("reader", "pause")
        await state("PAUSED")
        await client.act("reader", "resume")
        await state("RUNNING")
        await client.act("reader", "stop")
        await state("STOPPED")
        await client.act("reader", "delete")
        assert await client.connectors() == ()
        await client.close()


@pytest.mark.parametrize("version", ["6.3.0", "7.5.2"])
async def test_the_whole_pipeline(version: str, elasticsearches: None, tmp_path: Path) -> None:
    with kafka_broker(tmp_path / "kafka") as kafka, elasticsearch(version) as search:
        bootstrap = f"127.0.0.1:{kafka.ports['PLAINTEXT']}"
        with (
            Server("connect", tmp_path / "connect", "--bootstrap", bootstrap) as connect,
            Server("ksqldb", tmp_path / "ksqldb", "--bootstrap", bootstrap, "--connect",
                   f"http://{connect.address}") as ksqldb,
        ):  # fmt: skip
            settings = tmp_path / "settings.toml"
            settings.write_text(
                f'read_only = false\n[remote.kafka]\nbootstrap = "{bootstrap}"\n'
                f'[remote.connect]\nurl = "http://{connect.address}"\n'
                f'[remote.ksqldb]\nurl = "http://{ksqldb.address}"\n[remote.elasticsearch]\nurl = "{search}"\n'
            )
            options = ("--profile", "remote", "--config", str(settings))
            up = cli(tmp_path / "home", *options, "up")
            assert up.returncode == 0, up.stderr
            status = cli(tmp_path / "home", *options, "status", "--json")
            assert json.loads(status.stdout)["ready"] is True
            tail = cli(
                tmp_path / "home", *options, "tail", "clickstream", "--from", "beginning", "--limit", "3", "--json"
            )
            assert tail.returncode == 0, tail.stderr
            assert len(tail.stdout.splitlines()) == 3
            async with httpx.AsyncClient(base_url=search, timeout=10) as client:
                await the_dashboards_queries_answer(client)


async def the_dashboards_queries_answer(client: httpx.AsyncClient) -> None:
    async def counted() -> int:
        answer = await client.get("/events_per_min/_count")
        return int(answer.json()["count"]) if answer.status_code == 200 else 0

    await wait_until(counted, 90, "documents in the index")
    mapping = (await client.get("/events_per_min/_mapping")).json()["events_per_min"]["mappings"]
    properties: dict[str, Any] = mapping.get("properties") or mapping["_doc"]["properties"]
    assert properties["EVENT_TS"]["type"] == "date"  # the template came before the first document
    body = {
        "size": 0,
        "aggs": {
            "over_time": {
                "date_histogram": {"field": "EVENT_TS", "interval": "1m"},
                "aggs": {"most": {"max": {"field": "EVENTS"}}, "mean": {"avg": {"field": "EVENTS"}}},
            },
            "users": {"terms": {"field": "USERID", "size": 5}},
        },
    }
    await client.post("/events_per_min/_refresh")
    answer = await client.post("/events_per_min/_search", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()["aggregations"]
    assert found["over_time"]["buckets"]
    assert all(bucket["most"]["value"] >= 1 for bucket in found["over_time"]["buckets"] if bucket["doc_count"])
