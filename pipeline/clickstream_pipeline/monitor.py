"""Asks all servers and publishes one Snapshot; the next round begins when the last has ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clickstream_pipeline.errors import PipelineError, Unreachable
from clickstream_pipeline.event_log import EventLog
from clickstream_pipeline.group_readers import group_of
from clickstream_pipeline.health import Judge, MemoryFile
from clickstream_pipeline.model import ConsumerGroup, Query, Reachability, Snapshot
from clickstream_pipeline.probe import LIMIT, QUICK, Probe
from clickstream_pipeline.stages import STAGES

if TYPE_CHECKING:
    from clickstream_pipeline.clients.kafka import KafkaClient
    from clickstream_pipeline.probe import Context

log = logging.getLogger("clickstream.monitor")
_GROUPS = "groups"
_CAUSE = 0.75  # the part of a look's time after which Kafka's client gives up, so that it tells the cause
_LEAST = 0.75  # seconds that lags are waited for, however long the servers took: what they told is not held up for them
_STALE = 15.0  # seconds that what was known of groups is kept for
_SERVERS = frozenset({"stack", "Kafka", "Connect", "ksqlDB", "Elasticsearch"})
_SAVE_EVERY = 5.0  # seconds between two writes of what is remembered


class Monitor:
    """Owns the latest snapshot. `poll` makes one round; nothing is asked for twice in it.

    Args:
        context: the clients.
        kafka: the client whose topics and groups are looked at.
        memory: the file that keeps what was seen, for the looks of other processes; None for none.
        events: gets what has changed since the look before.
        clock: monotonic seconds.
        now: seconds since the epoch.
    """

    def __init__(
        self, context: Context, kafka: KafkaClient, memory: Path | None = None, events: EventLog | None = None, *,
        clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._context = context
        self.events = events or EventLog()
        self._kafka = kafka
        self._clock = clock
        self._now = now
        self._seen: dict[str, float] = {}
        self._service_id: str | None = None
        self._file = None if memory is None else MemoryFile(memory)
        self._judge: Judge | None = None
        self._saved = 0.0
        self.snapshot = Snapshot()

    async def _ask(
        self, name: str, address: str, call: Callable[[], Awaitable[Any]], before: Any
    ) -> tuple[Any, Reachability]:
        began = self._clock()
        try:
            async with asyncio.timeout(self._limit + 0.5):
                found = await call()
        except (PipelineError, TimeoutError) as error:
            reason = str(error) or f"{name} at {address} did not answer within {self._limit:.0f} s"
            return before, Reachability(name, address, False, reason, self._seen.get(name))
        self._seen[name] = self._clock()
        return found, Reachability(name, address, True, "", self._seen[name], round(self._seen[name] - began, 4))

    @property
    def _limit(self) -> float:
        """How long an answer is waited for: less once all servers have answered, as then they can."""
        return QUICK if self._seen.keys() >= _SERVERS else LIMIT

    async def poll(self) -> Snapshot:
        """One round over all servers, side by side."""
        look = Probe(self._context, self._limit)
        try:
            return await self._round(look)
        finally:
            look.close()  # also where the console ends in the middle of it: no failure is left that nobody took

    async def _round(self, look: Probe) -> Snapshot:
        context, last, joined = self._context, self.snapshot, asyncio.Event()
        end = self._clock() + self._limit

        async def services() -> Any:
            try:
                if not context.stack.connected and not await context.stack.attach():
                    raise Unreachable(context.words.absent, hint=context.words.start)
            finally:
                joined.set()
            return await look.services()

        async def stage_states() -> Any:
            await joined.wait()
            return await asyncio.gather(*(stage.status(look) for stage in STAGES))

        async def topics() -> Any:
            return await self._kafka.topics(self._limit * _CAUSE)

        async def ksqldb() -> Any:
            found, queries = await asyncio.gather(look.sources(), look.queries())
            return found, await self._with_groups(await self._with_errors(queries))

        # stages ask beside the servers, not behind them: what hangs holds each of them up as long
        *asked, stages = await asyncio.gather(
            self._ask("stack", "supervisor", services, last.services if context.stack.connected else ()),
            self._ask("Kafka", self._kafka.bootstrap, topics, last.topics),
            self._ask("Connect", context.connect.http.url, look.connectors, last.connectors),
            self._ask("ksqlDB", context.ksqldb.http.url, ksqldb, (last.sources, last.queries)),
            self._ask("Elasticsearch", context.elasticsearch.http.url, look.indices, last.indices),
            stage_states(),
        )
        answers: Any = zip(*asked, strict=True)
        found, servers = answers
        groups = await self._groups(found[2], found[3][1], end, reachable=servers[1].ok)
        snapshot = replace(
            last, services=found[0], topics=found[1], connectors=found[2], sources=found[3][0], queries=found[3][1],
            indices=found[4], stages=tuple(stages), servers=servers, groups=groups, number=last.number + 1,
        )  # fmt: skip
        judge = await self._judging()
        self.snapshot = judge.judge(snapshot, int(self._now() * 1000))
        self.events.snapshot(self.snapshot)
        await self._remember(judge)
        return self.snapshot

    async def _with_errors(self, queries: tuple[Query, ...]) -> tuple[Query, ...]:
        """The queries, those in error with why: a list of queries does not say it."""

        async def told(each: Query) -> Query:
            if each.state != "ERROR":
                return each
            with contextlib.suppress(PipelineError):  # its state is told without it
                return replace(each, why=await self._context.ksqldb.query_error(each.query_id))
            return each

        return tuple(await asyncio.gather(*(told(each) for each in queries)))

    async def _with_groups(self, queries: tuple[Query, ...]) -> tuple[Query, ...]:
        """The queries with their consumer groups: Kafka Streams' application id, which ksqlDB makes of its service id."""
        if not queries:
            return queries
        if self._service_id is None:
            self._service_id = str((await self._context.ksqldb.info()).get("ksqlServiceId", "default_"))
        return tuple(
            replace(each, group=f"_confluent-ksql-{self._service_id}query_{each.query_id}")
            if each.kind == "PERSISTENT"
            else each
            for each in queries
        )

    async def _groups(
        self, connectors: Any, queries: Any, end: float, *, reachable: bool
    ) -> tuple[ConsumerGroup, ...]:  # fmt: skip
        """The lag of what reads topics here; where it cannot be had by the look's end what was known before, for a while.

        A lag that does not change any more looks like a query that reads nothing: then it is not known.
        """
        names = [group for each in connectors if (group := group_of(each))]
        names += [each.group for each in queries if each.group]
        if not names:
            return ()
        if reachable:
            left = max(_LEAST, end - self._clock())
            try:
                async with asyncio.timeout(left):
                    found = await self._kafka.lags(names)
            except (PipelineError, TimeoutError) as error:
                reason = str(error) or f"no answer within {left:.1f} s"
                log.warning("the lag of consumer groups is not known: %s", reason)
            else:
                self._seen[_GROUPS] = self._clock()
                return found
        fresh = self._clock() - self._seen.get(_GROUPS, -math.inf) < _STALE
        return self.snapshot.groups if fresh else ()

    async def _judging(self) -> Judge:
        if self._judge is None:
            memory = None if self._file is None else await asyncio.to_thread(self._file.load)
            self._judge = Judge(memory)
        return self._judge

    async def _remember(self, judge: Judge) -> None:
        if self._file is not None and (not self._saved or self._clock() - self._saved >= _SAVE_EVERY):
            self._saved = self._clock()
            await asyncio.to_thread(self._file.save, judge.memory)
