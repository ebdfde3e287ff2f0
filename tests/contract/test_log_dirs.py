"""What topics take on disk, asked of a broker by Kafka's protocol, and what cannot be told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from confluent_kafka import Producer

from clickstream_pipeline.clients.log_dirs import topic_sizes, whole
from clickstream_pipeline.credentials import Credentials
from tests.processes import Server, free_port


async def test_a_topic_has_the_size_of_its_files(tmp_path: Path) -> None:
    with Server("broker", tmp_path / "broker") as server:
        producer = Producer({"bootstrap.servers": server.address, "log_level": 0})
        for name, count in (("small", 1), ("large", 500)):
            for _ in range(count):
                producer.produce(name, b"x" * 1_000)
        assert producer.flush(10) == 0
        host, _, port = server.address.rpartition(":")
        found = (await topic_sizes([(host, int(port))], None, 10.0)).by_topic
        files = {
            name: sum(each.stat().st_size for each in (tmp_path / "broker").rglob("*.log") if f"{name}-0" in str(each))
            for name in ("small", "large")
        }
        assert {name: found[name] for name in files} == files
        assert 500_000 < found["large"] < 600_000
        # a part would look like the whole
        gone = free_port()
        part = await topic_sizes([(host, int(port)), ("127.0.0.1", gone)], None, 10.0)
        assert part.by_topic == {}
        assert f"127.0.0.1:{gone} did not tell: " in part.why
        signed = await topic_sizes([(host, int(port))], Credentials("", mechanism="PLAIN"), 10.0)
        assert (signed.by_topic, "SASL" in signed.why) == ({}, True)


async def test_a_broker_that_hangs_or_answers_garbage_is_told(tmp_path: Path) -> None:
    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    for answer, words in ((garbage, "no answer of Kafka's"), (silent, "within 0.2 s")):
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            place = ("127.0.0.1", int(server.sockets[0].getsockname()[1]))
            assert words in (await topic_sizes([place], None, 0.2 if answer is silent else 10.0)).why


def test_of_replicas_one_copy_counts_and_of_partitions_all() -> None:
    first = {("a", 0): 100, ("a", 1): 7, ("b", 0): 5}
    second = {("a", 0): 90, ("b", 1): 2}
    assert whole([first, second]) == {"a": 107, "b": 7}
