"""The embedded broker under other people's programs: Apache Kafka's own tools and Connect, and kcat."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import wait_until
from tests.integration.jvm import packages
from tests.integration.jvm.processes import connect_worker, kafka_tool
from tests.processes import Server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
TOPICS, GROUPS = "org.apache.kafka.tools.TopicCommand", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
CONSUME = "org.apache.kafka.tools.consumer.ConsoleConsumer"
CONSOLE_PRODUCE = "kafka.tools.ConsoleProducer"
LOAD, TRANSACTIONS = "org.apache.kafka.tools.ProducerPerformance", "org.apache.kafka.tools.TransactionsCommand"
SERVER = "--bootstrap-server"


@pytest.fixture(scope="module")
def broker(jvm: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server("broker", tmp_path_factory.mktemp("broker")) as server:
        yield server


def consumed(broker: Server, topic: str, count: int, *more: str) -> list[str]:
    shown = kafka_tool(
        CONSUME, SERVER, broker.address, "--topic", topic, "--from-beginning", "--max-messages", str(count),
        "--timeout-ms", "20000", *more,
    )  # fmt: skip
    return shown.splitlines()


def test_topics_are_made_shown_grown_changed_and_deleted(broker: Server) -> None:
    kafka_tool(TOPICS, SERVER, broker.address, "--create", "--topic", "made", "--partitions", "2",
               "--config", "retention.ms=60000")  # fmt: skip
    kafka_tool(TOPICS, SERVER, broker.address, "--alter", "--topic", "made", "--partitions", "3")
    shown = kafka_tool(TOPICS, SERVER, broker.address, "--describe", "--topic", "made")
    assert "PartitionCount: 3" in shown
    assert "retention.ms=60000" in shown
    kafka_tool("kafka.admin.ConfigCommand", SERVER, broker.address, "--alter", "--entity-type", "topics",
               "--entity-name", "made", "--add-config", "cleanup.policy=compact")  # fmt: skip
    described = kafka_tool("kafka.admin.ConfigCommand", SERVER, broker.address, "--describe", "--entity-type",
                           "topics", "--entity-name", "made")  # fmt: skip
    assert "cleanup.policy=compact" in described
    kafka_tool(TOPICS, SERVER, broker.address, "--delete", "--topic", "made")
    assert "made" not in kafka_tool(TOPICS, SERVER, broker.address, "--list").splitlines()


def test_kafkas_quickstart(broker: Server) -> None:
    kafka_tool(TOPICS, SERVER, broker.address, "--create", "--topic", "quickstart-events")
    events = "This is my first event\nThis is my second event\n"
    kafka_tool(CONSOLE_PRODUCE, SERVER, broker.address, "--topic", "quickstart-events", data=events)
    assert consumed(broker, "quickstart-events", 2) == events.splitlines()


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_compression(broker: Server, codec: str) -> None:
    topic = f"packed-{codec}"
    shown = kafka_tool(
        LOAD, "--topic", topic, "--num-records", "5000", "--record-size", "200", "--throughput", "-1",
        "--producer-props", f"bootstrap.servers={broker.address}", f"compression.type={codec}",
    )  # fmt: skip
    assert "5000 records sent" in shown
    assert len(consumed(broker, topic, 5000)) == 5000


def test_groups_are_shown_and_set_back(broker: Server) -> None:
    kafka_tool(CONSOLE_PRODUCE, SERVER, broker.address, "--topic", "grouped", data="a\nb\nc\n")
    assert consumed(broker, "grouped", 3, "--group", "readers") == ["a", "b", "c"]
    shown = kafka_tool(GROUPS, SERVER, broker.address, "--describe", "--group", "readers")
    (row,) = [line.split() for line in shown.splitlines() if line.startswith("readers")]
    assert row[2:6] == ["0", "3", "3", "0"]
    kafka_tool(GROUPS, SERVER, broker.address, "--group", "readers", "--topic", "grouped", "--reset-offsets",
               "--to-offset", "1", "--execute")  # fmt: skip
    again = kafka_tool(GROUPS, SERVER, broker.address, "--describe", "--group", "readers")
    (row,) = [line.split() for line in again.splitlines() if line.startswith("readers")]
    assert row[2:6] == ["0", "1", "3", "2"]
    kafka_tool(GROUPS, SERVER, broker.address, "--delete", "--group", "readers")
    assert "readers" not in kafka_tool(GROUPS, SERVER, broker.address, "--list").splitlines()


def test_transactions_of_the_java_producer(broker: Server) -> None:
    kafka_tool(
        LOAD, "--topic", "exact", "--num-records", "3000", "--record-size", "100", "--throughput", "-1",
        "--transactional-id", "load", "--transaction-duration-ms", "50",
        "--producer-props", f"bootstrap.servers={broker.address}",
    )  # fmt: skip
    assert len(consumed(broker, "exact", 3000, "--isolation-level", "read_committed")) == 3000
    listed = kafka_tool(TRANSACTIONS, SERVER, broker.address, "list")
    assert "CompleteCommit" in listed
    described = kafka_tool(TRANSACTIONS, SERVER, broker.address, "describe", "--transactional-id", "load")
    assert "CompleteCommit" in described


def test_records_are_deleted_and_offsets_told(broker: Server, tmp_path: Path) -> None:
    kafka_tool(CONSOLE_PRODUCE, SERVER, broker.address, "--topic", "purged", data="a\nb\nc\n")
    wanted = tmp_path / "delete.json"
    wanted.write_text('{"partitions": [{"topic": "purged", "partition": 0, "offset": 2}], "version": 1}')
    kafka_tool("org.apache.kafka.tools.DeleteRecordsCommand", SERVER, broker.address, "--offset-json-file", str(wanted))
    offsets = "org.apache.kafka.tools.GetOffsetShell"
    assert "purged:0:2" in kafka_tool(offsets, SERVER, broker.address, "--topic", "purged", "--time", "earliest")
    assert "purged:0:3" in kafka_tool(offsets, SERVER, broker.address, "--topic", "purged")
    shown = kafka_tool("org.apache.kafka.tools.LogDirsCommand", SERVER, broker.address, "--describe", "--topic-list",
                       "purged")  # fmt: skip
    assert "purged-0" in shown


def test_kcat(broker: Server) -> None:
    try:
        kcat = packages.program("kcat")
    except packages.NotInstallable as error:
        pytest.skip(f"kcat did not run: {error}")

    def run(*arguments: str, data: str = "") -> str:
        done = subprocess.run([kcat, "-b", broker.address, *arguments], input=data, capture_output=True, text=True,
                              timeout=60, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-P", "-t", "catted", "-K:", "-H", "source=test", data="k1:v1\nk2:v2\n")
    assert run("-C", "-t", "catted", "-e", "-q", "-f", "%o %k %s %h\n").splitlines() == [
        "0 k1 v1 source=test",
        "1 k2 v2 source=test",
    ]
    assert 'topic "catted" with 1 partitions' in run("-L", "-t", "catted")
    assert run("-Q", "-t", "catted:0:-1").strip() == "catted [0] offset 2"


async def test_apache_connect_keeps_its_state_in_the_embedded_broker(broker: Server, tmp_path: Path) -> None:
    source, copy = tmp_path / "source.txt", tmp_path / "copy.txt"
    source.write_text("one\ntwo\n")
    connectors = {
        "reader": {"connector.class": "FileStreamSource", "file": str(source), "topic": "lines"},
        "writer": {"connector.class": "FileStreamSink", "file": str(copy), "topics": "lines"},
    }

    async def copied(*lines: str) -> None:
        async def is_there() -> bool:
            return copy.exists() and copy.read_text().split() == list(lines)

        await wait_until(is_there, 60, f"{lines} in the copy")

    async with httpx.AsyncClient(timeout=30) as client:
        with connect_worker(tmp_path / "first", broker.address) as address:
            for name, config in connectors.items():
                made = await client.put(f"{address}/connectors/{name}/config", json=config)
                assert made.status_code == 201, made.text
            await copied("one", "two")
        with source.open("a") as file:
            file.write("three\n")
        # a second worker finds connectors, offsets and status in the topics of the first
        with connect_worker(tmp_path / "second", broker.address) as address:
            await copied("one", "two", "three")
            assert sorted((await client.get(f"{address}/connectors")).json()) == ["reader", "writer"]
