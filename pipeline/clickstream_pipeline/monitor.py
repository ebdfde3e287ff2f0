"""Asks all servers and publishes one Snapshot; the next round begins when the last has ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Reachability, Snapshot
from clickstream_pipeline.probe import Context, Probe
from clickstream_pipeline.stages import STAGES


class Monitor:
    """Owns the latest snapshot. `poll` makes one round; nothing is asked for twice in it."""

    def __init__(self, context: Context, kafka: KafkaClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._kafka = kafka
        self._clock = clock
        self._seen: dict[str, float] = {}
        self.snapshot = Snapshot()

    async def _ask(
        self, name: str, address: str, call: Callable[[], Awaitable[Any]], before: Any
    ) -> tuple[Any, Reachability]:
        try:
            async with asyncio.timeout(8):
                found = await call()
        except (PipelineError, TimeoutError) as error:
            reason = str(error) or f"{name} at {address} did not answer within 8 s"
            return before, Reachability(name, address, False, reason, self._seen.get(name))
        self._seen[name] = self._clock()
        return found, Reachability(name, address, True, "", self._seen[name])

    async def poll(self) -> Snapshot:
        """One round over all servers, side by side."""
        context, last = self._context, self.snapshot
        look = Probe(context)

        async def services() -> Any:
            if not context.stack.connected and not await context.stack.attach():
                raise PipelineError(
                    "The embedded servers do not run", hint="Start them with: clickstream-tui up --through services"
                )
            return await look.services()

        async def ksqldb() -> Any:
            return await asyncio.gather(look.sources(), look.queries())

        answers: Any = zip(
            *await asyncio.gather(
                self._ask("stack", "supervisor", services, ()),
                self._ask("Kafka", self._kafka.bootstrap, self._kafka.topics, last.topics),
                self._ask("Connect", context.connect.http.url, look.connectors, last.connectors),
                self._ask("ksqlDB", context.ksqldb.http.url, ksqldb, (last.sources, last.queries)),
                self._ask("Elasticsearch", context.elasticsearch.http.url, look.indices, last.indices),
            ),
            strict=True,
        )
        found, servers = answers
        stages = await asyncio.gather(*(stage.status(look) for stage in STAGES))
        look.close()
        self.snapshot = replace(
            last, services=found[0], topics=found[1], connectors=found[2], sources=found[3][0], queries=found[3][1],
            indices=found[4], stages=tuple(stages), servers=servers, number=last.number + 1,
        )  # fmt: skip
        return self.snapshot
