"""kill -9 of the ksqlDB server while clicks flow: what its queries count stays exact."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import PipelineSession, embedded_addresses
from tests.conftest import FREE_PORTS, wait_until

pytestmark = pytest.mark.long

KILLS, ROUND = 4, 4_000
STATEMENTS = """
CREATE STREAM CLICKS (U INT, B BIGINT) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);
CREATE STREAM DERIVED AS SELECT U, B FROM CLICKS WHERE U >= 0;
CREATE TABLE DIRECT AS SELECT U, COUNT(*) AS N, SUM(B) AS S FROM CLICKS GROUP BY U;
CREATE TABLE BEHIND AS SELECT U, COUNT(*) AS N, SUM(B) AS S FROM DERIVED GROUP BY U;
"""


async def test_counts_are_exact_after_kills(tmp_path: Path) -> None:
    stack = EmbeddedStack(tmp_path / "home", FREE_PORTS)
    await stack.ensure()
    pipeline = PipelineSession(stack.home, stack, embedded_addresses(stack))
    await pipeline.run_stage("services", lambda _: None)
    await pipeline.ksqldb.execute(STATEMENTS, {"ksql.streams.auto.offset.reset": "earliest"})
    producer = Producer({"bootstrap.servers": pipeline.kafka.bootstrap, "enable.idempotence": True, "log_level": 0})
    expected: dict[int, list[int]] = {}

    async def ready() -> bool:
        service = next(s for s in await stack.services() if s.name == "ksqldb")
        return service.ready

    for number in range(KILLS + 1):
        for click in range(ROUND):
            user, size = click % 7, (click * 31 + number) % 1000
            producer.produce("clicks", orjson.dumps({"u": user, "b": size}))
            counts = expected.setdefault(user, [0, 0])
            counts[0] += 1
            counts[1] += size
        producer.flush(10)
        if number < KILLS:
            service = next(s for s in await stack.services() if s.name == "ksqldb")
            assert service.pid is not None
            os.kill(service.pid, signal.SIGKILL)
            await wait_until(lambda old=service.pid: _replaced(stack, old), 20, "the server is restarted")
            await wait_until(ready, 20)

    async def rows(table: str) -> dict[int, list[int]]:
        try:
            async with pipeline.ksqldb.stream(f"SELECT U, N, S FROM {table};") as stream:
                return {row[0]: row[1:] async for row in stream}
        except PipelineError:
            return {}

    for table in ("DIRECT", "BEHIND"):

        async def counted(table: str = table) -> bool:
            return sum(n for n, _ in (await rows(table)).values()) >= (KILLS + 1) * ROUND

        await wait_until(counted, 60, f"{table} has counted every click")
        assert await rows(table) == expected, table
    assert pipeline.stack.connected
    await pipeline.stack.shutdown()
    await pipeline.close()


async def _replaced(stack: EmbeddedStack, old: int) -> bool:
    service = next(s for s in await stack.services() if s.name == "ksqldb")
    return service.pid not in (None, old)
