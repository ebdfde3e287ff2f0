"""Consumer groups are asked by a process of its own, whose end is not the end of the console."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.errors import Unreachable
from clickstream_pipeline.monitor import Monitor
from clickstream_pipeline.session import PipelineSession
from tests.conftest import wait_until
from tests.contract.conftest import committed_group
from tests.processes import Server


@pytest_asyncio.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Server]:
    """A broker with a group that has an offset."""
    with Server("broker", tmp_path / "broker") as server:
        committed_group(server.address, "g", 0)
        yield server


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if any("group_process" in word for word in each.cmdline())]


async def names(client: KafkaClient) -> list[tuple[str, int | None]]:
    return [(group.name, group.lag) for group in await client.groups()]


async def test_a_child_that_ends_within_a_question_is_kafka_not_answering_and_the_next_question_works(
    broker: Server,
) -> None:
    client = KafkaClient(broker.address)
    assert await names(client) == [("g", 1)]
    (child,) = children()
    read = child.io_counters().read_chars
    with broker.held():  # so that the question is under way for as long as this test wants
        question = asyncio.create_task(client.groups())

        async def has_it() -> bool:
            return child.io_counters().read_chars > read

        await wait_until(has_it, 10)
        child.send_signal(signal.SIGABRT)  # as librdkafka's assertion does
        with pytest.raises(Unreachable):
            await question
    assert await names(client) == [("g", 1)]
    (successor,) = children()
    assert successor.pid != child.pid
    await client.close()
    assert children() == []


async def test_a_child_that_ended_between_two_questions_is_not_noticed(broker: Server) -> None:
    client = KafkaClient(broker.address)
    assert await names(client) == [("g", 1)]
    (child,) = children()
    child.kill()
    child.wait(10)
    assert await names(client) == [("g", 1)]
    await client.close()


async def test_nothing_is_started_where_nothing_is_asked_nor_after_the_end(broker: Server) -> None:
    client = KafkaClient(broker.address)
    await client.topics()
    assert children() == []
    await client.close()
    with pytest.raises(Unreachable):
        await client.groups()
    assert children() == []


async def test_a_lag_that_can_no_longer_be_had_is_kept_for_a_while_and_then_not_known(
    pipeline: PipelineSession,
) -> None:
    """One that stands still for ever looks like queries that read nothing."""
    passed = 0.0
    kafka = KafkaClient(pipeline.addresses.kafka)
    monitor = Monitor(pipeline.context, kafka, clock=lambda: time.monotonic() + passed)

    async def has_groups() -> bool:
        return bool((await monitor.poll()).groups)

    try:
        await wait_until(has_groups, 30)
        known = [(group.name, group.lag) for group in monitor.snapshot.groups]
        await kafka.close()  # nobody asks about groups any more; all else goes on
        assert [(group.name, group.lag) for group in (await monitor.poll()).groups] == known
        passed = 60.0
        assert (await monitor.poll()).groups == ()
        assert all(connector.lag is None for connector in monitor.snapshot.connectors)
    finally:
        await kafka.close()


async def test_a_broker_that_comes_back_is_asked_again_by_a_new_client(broker: Server) -> None:
    """librdkafka may go on to wait for the coordinator that it had before."""
    client = KafkaClient(broker.address)
    assert await names(client) == [("g", 1)]
    (before,) = children()
    broker.kill()
    with pytest.raises(Unreachable):
        await client.groups()
    assert before not in children()
    broker.start()

    async def known() -> bool:
        with contextlib.suppress(Unreachable):
            return await names(client) == [("g", 1)]
        return False

    await wait_until(known, 30)
    await client.close()
