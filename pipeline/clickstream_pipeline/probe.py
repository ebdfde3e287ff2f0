"""What the stages and the monitor work with, and one look at the servers in which each thing is asked for once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clickstream_pipeline.errors import Unreachable
from clickstream_pipeline.model import Connector, Index, Query, Service, Source
from clickstream_pipeline.words import BUSY, EMBEDDED, Words

if TYPE_CHECKING:
    from clickstream_pipeline.clients.connect import ConnectClient
    from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient
    from clickstream_pipeline.clients.grafana import GrafanaClient
    from clickstream_pipeline.clients.ksqldb import KsqlClient
    from clickstream_pipeline.operations import Operations
    from clickstream_pipeline.runtimes.stack import Stack

LIMIT = 4.0  # seconds that one look waits for an answer
QUICK = 2.0  # the same once the servers have answered: one that hangs is named within five seconds


@dataclass(frozen=True, slots=True)
class StageReport:
    """What the run of a stage has made, and what was there already, each by name."""

    created: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(slots=True)
class StageProgress:
    """The stages that run now, each with what it does, and those whose last run failed, each with why."""

    running: dict[str, str] = field(default_factory=dict[str, str])
    failed: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Context:
    """What the stages work with."""

    stack: Stack
    connect: ConnectClient
    ksqldb: KsqlClient
    elasticsearch: ElasticsearchClient
    operations: Operations
    search_inside: str = ""  # the search server's address as Connect and Grafana see it, where that is another one
    grafana: GrafanaClient | None = None
    words: Words = EMBEDDED
    progress: StageProgress = field(default_factory=StageProgress)
    owns_data: bool = True  # whether the servers keep their data in the home folder

    @property
    def sink_url(self) -> str:
        return self.search_inside or self.elasticsearch.http.url


class Probe:
    """One look at the servers: each thing is asked for once, whoever wants to know it.

    Args:
        context: the clients.
        limit: seconds that each answer is waited for.
    """

    def __init__(self, context: Context, limit: float = LIMIT) -> None:
        self.context = context
        self._limit = limit
        self._asked: dict[str, asyncio.Future[Any]] = {}

    def _who(self, name: str) -> str:
        """The server that is asked about a thing, with its address."""
        context = self.context
        http = {"connectors": context.connect.http, "sources": context.ksqldb.http, "queries": context.ksqldb.http}.get(
            name, context.elasticsearch.http
        )
        return "What runs the servers" if name == "services" else f"{http.server} at {http.url}"

    async def _in_time(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            async with asyncio.timeout(self._limit):
                return await call()
        except TimeoutError:
            raise Unreachable(f"{self._who(name)} did not answer within {self._limit:.0f} s",
                              hint=BUSY) from None  # fmt: skip

    async def _once(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        if name not in self._asked:
            self._asked[name] = asyncio.ensure_future(self._in_time(name, call))
        # shielded: who gives up waiting does not take the answer from the others
        return await asyncio.shield(self._asked[name])

    async def services(self) -> tuple[Service, ...]:
        return await self._once("services", self.context.stack.services)

    async def connectors(self) -> tuple[Connector, ...]:
        return await self._once("connectors", self.context.connect.connectors)

    async def sources(self) -> tuple[Source, ...]:
        return await self._once("sources", self.context.ksqldb.sources)

    async def queries(self) -> tuple[Query, ...]:
        return await self._once("queries", self.context.ksqldb.queries)

    async def indices(self) -> tuple[Index, ...]:
        return await self._once("indices", self.context.elasticsearch.indices)

    async def has_template(self) -> bool:
        return await self._once("template", self.context.elasticsearch.has_template)

    def close(self) -> None:
        """Ends what nobody waits for any more."""
        for asked in self._asked.values():
            if not asked.done():
                asked.cancel()
            elif not asked.cancelled():
                asked.exception()  # seen, even if nobody came for it
