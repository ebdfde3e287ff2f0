"""A sink task at a real broker, and how much a sink has of it that does not acknowledge."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import Producer

from clickstream_embedded.connect.tasks.sink_record import SinkRecord
from clickstream_embedded.connect.tasks.sink_task import SinkTask
from clickstream_embedded.connect.tasks.tolerance import Tolerance
from tests.conftest import wait_until
from tests.processes import Server

_ALL, _POLL = 2_000, 100  # records there, and of a poll at most


class Slow:
    """A sink that takes all and has nothing arrive until it is told to."""

    gathers = 0

    def __init__(self) -> None:
        self.taken = 0
        self.may_arrive = asyncio.Event()
        self._arrivals: list[asyncio.Task[bool]] = []

    async def start(self) -> None:
        pass

    async def put(self, records: Sequence[SinkRecord]) -> asyncio.Future[None]:
        self.taken += len(records)
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(self.may_arrive.wait())
        waiting.add_done_callback(lambda _: arrived.done() or arrived.set_result(None))
        self._arrivals.append(waiting)
        return arrived

    async def close(self) -> None:
        for each in self._arrivals:
            each.cancel()


async def test_a_sink_that_does_not_acknowledge_has_two_polls_at_most(tmp_path: Path) -> None:
    with Server("broker", tmp_path / "broker") as broker:
        producer = Producer({"bootstrap.servers": broker.address, "log_level": 0})
        for number in range(_ALL):
            producer.produce("t", str(number).encode())
        assert producer.flush(10) == 0
        string = "org.apache.kafka.connect.storage.StringConverter"
        config = {"topics": "t", "key.converter": string, "value.converter": string, "header.converter": string,
                  "consumer.override.max.poll.records": str(_POLL)}  # fmt: skip
        sink = Slow()
        task = SinkTask("s", config, broker.address, sink, Tolerance("s", 0, config, broker.address), lambda _: None)
        running = asyncio.create_task(task.run())
        try:
            await wait_until(lambda: asyncio.sleep(0, task._blocked), 30, "the task has paused")  # pyright: ignore[reportPrivateUsage]
            assert 0 < sink.taken <= 2 * _POLL
            sink.may_arrive.set()
            await wait_until(lambda: asyncio.sleep(0, sink.taken == _ALL), 30, "all are taken")
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
