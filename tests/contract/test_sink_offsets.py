"""A sink's offsets are asked for by a process of its own, whose end is not the end of the worker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from clickstream_embedded.connect.worker import offsets_process
from tests.conftest import wait_until
from tests.contract.conftest import committed_group
from tests.processes import Server


def _children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if any("offsets_process" in word for word in each.cmdline())]


async def test_a_process_that_ends_within_a_question_is_told_and_the_next_question_works(tmp_path: Path) -> None:
    with Server("broker", tmp_path / "broker") as broker:
        committed_group(broker.address, "connect-s", 1)
        with broker.held():  # so that the question is under way for as long as this test wants
            question = asyncio.create_task(offsets_process.ask("committed", broker.address, "connect-s"))

            async def asked() -> list[psutil.Process]:
                return [each for each in _children() if each.num_threads() > 1]  # librdkafka is at work in it

            await wait_until(asked)
            (child,) = await asked()
            child.kill()
            with pytest.raises(offsets_process.Unreachable):
                await question
        found = await offsets_process.ask("committed", broker.address, "connect-s")
        assert found == [{"partition": {"kafka_topic": "t", "kafka_partition": 0}, "offset": {"kafka_offset": 1}}]
        assert not _children()
