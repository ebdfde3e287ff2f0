"""A sink's offsets are asked for by a process of its own, whose end is not the end of the worker."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, TopicPartition

from clickstream_embedded.connect.worker import offsets_process
from clickstream_pipeline.clients.kafka import KafkaClient
from tests.conftest import wait_until
from tests.processes import Server


def _children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if any("offsets_process" in word for word in each.cmdline())]


async def test_a_process_that_ends_within_a_question_is_told_and_the_next_question_works(tmp_path: Path) -> None:
    with Server("broker", tmp_path / "broker") as broker:
        client = KafkaClient(broker.address)
        await client.create_topic("t", 1, {})
        await client.produce("t", None, b"x")
        await client.close()
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "connect-s", "log_level": 0})
        consumer.commit(offsets=[TopicPartition("t", 0, 1)], asynchronous=False)
        consumer.close()
        os.kill(broker.pid, signal.SIGSTOP)  # so that the question is under way for as long as this test wants
        question = asyncio.create_task(offsets_process.ask("committed", broker.address, "connect-s"))

        async def is_asked() -> bool:
            return any(each.num_threads() > 1 for each in _children())  # librdkafka is at work in it

        await wait_until(is_asked)
        _children()[0].kill()
        with pytest.raises(offsets_process.Unreachable):
            await question
        os.kill(broker.pid, signal.SIGCONT)
        found = await offsets_process.ask("committed", broker.address, "connect-s")
        assert found == [{"partition": {"kafka_topic": "t", "kafka_partition": 0}, "offset": {"kafka_offset": 1}}]
        assert not _children()
