"""Faults that are not a process's death: a full disk, taken ports, bytes that are no request."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer

from clickstream_embedded.supervisor.ports import choose, is_free
from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.errors import PipelineError
from tests.conftest import wait_until

QUIET = {"log_level": 0}


def test_a_taken_port_is_replaced_and_others_are_kept() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        chosen = choose({"kafka": port}, {})
        assert chosen["kafka"] != port
        assert len(set(chosen.values())) == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[int]:
    """The port of a broker that may write files of 64 KiB at most, which fails as a full disk does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = f"ulimit -f 64; exec {sys.executable} -m clickstream_embedded.broker --data {tmp_path} --port {port}"
    with subprocess.Popen(["bash", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield port
        process.terminate()


async def test_a_full_disk_refuses_new_records_and_keeps_the_old_ones(small_disk: int) -> None:
    bootstrap = f"127.0.0.1:{small_disk}"
    client = KafkaClient(bootstrap)

    async def answers() -> bool:
        try:
            await client.topics()
        except PipelineError:
            return False
        return True

    await wait_until(answers, 15)
    producer = Producer({"bootstrap.servers": bootstrap, "message.timeout.ms": 1500, "retries": 0, **QUIET})
    failed: list[str] = []
    stored: list[int] = []

    def delivered(error: object, message: object) -> None:
        if error is not None:
            failed.append(str(error))
        else:
            stored.append(message.offset())  # type: ignore[attr-defined]

    for _ in range(40):
        producer.produce("full", os.urandom(4096), on_delivery=delivered)
        producer.flush(5)
        if failed:
            break
    assert failed, "nothing was refused"
    assert 5 < len(stored) < 20
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "g", "auto.offset.reset": "earliest", **QUIET})
    consumer.subscribe(["full"])
    offsets: list[int] = []
    while len(offsets) < len(stored):
        batch = consumer.consume(100, 5)
        assert batch, "records that were acknowledged are gone"
        offsets += [message.offset() or 0 for message in batch]
    consumer.close()
    assert offsets == stored


async def test_bytes_that_are_no_request_end_their_connection_only(pipeline: object) -> None:
    from clickstream_pipeline.session import PipelineSession

    assert isinstance(pipeline, PipelineSession)
    host, port = pipeline.kafka.bootstrap.split(":")
    for data in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x00\x00\x08" + b"\xff" * 8,
        b"\x7f\xff\xff\xff",
        b"\x00\x00\x00\x20" + os.urandom(32),
    ):
        with socket.create_connection((host, int(port)), 5) as connection:
            connection.sendall(data)
            connection.settimeout(5)
            assert connection.recv(100) == b""
    assert "clickstream" in {topic.name for topic in await pipeline.kafka.topics()}
