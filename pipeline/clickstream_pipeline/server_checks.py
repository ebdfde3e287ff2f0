"""Whether each server of a profile answers: its version, how long that takes, or the cause why not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from clickstream_pipeline.clients.connect import ConnectClient
from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient
from clickstream_pipeline.clients.grafana import GrafanaClient
from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import PipelineError, Refused
from clickstream_pipeline.model import Service

# seconds that an answer is waited for, the second once a server has answered; less than a look waits for all of them
_LIMIT, _QUICK = 3.6, 1.8
_CAUSE = 0.75  # the part of it after which Kafka's client gives up, so that the cause is told
_HINT = "See that it runs and that its address in the settings is right"


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """One server: whether it answers, in how many seconds, and why not."""

    name: str
    address: str
    ok: bool
    version: str = ""
    latency: float | None = None
    reason: str = ""
    answers: bool = False  # whether something is there that did not do what it was asked

    def as_service(self) -> Service:
        """The server as the console lists it: it is not run from here, so there is no process."""
        return Service(
            self.name, "running" if self.ok else "refusing" if self.answers else "unreachable", self.ok, self.address, reason=self.reason,
            version=self.version, latency=self.latency,
        )  # fmt: skip


class ServerChecks:
    """Asks the servers of a profile side by side, with clients of its own.

    Args:
        servers: by name (kafka, connect, ksqldb, elasticsearch, grafana), how each is reached.
    """

    def __init__(self, servers: Mapping[str, Credentials]) -> None:
        self._servers = dict(servers)
        self._asks: dict[str, Callable[[], Awaitable[str]]] = {}
        self._answered: set[str] = set()
        self._closes: list[Callable[[], Awaitable[None]]] = []

    def _ask(self, name: str) -> Callable[[], Awaitable[str]]:
        """What asks for a server's version; its client is made once."""
        if name not in self._asks:
            access = self._servers[name]
            if name == "kafka":
                kafka = KafkaClient(access.url, access)
                kafka.hint = _HINT
                self._asks[name] = lambda: kafka.version(self._limit(name) * _CAUSE)
            else:
                maker = {"connect": ConnectClient, "ksqldb": KsqlClient, "elasticsearch": ElasticsearchClient,
                         "grafana": GrafanaClient}[name]  # fmt: skip
                client = maker(access.url, access=access)
                client.http.hint = _HINT
                self._closes.append(client.close)
                self._asks[name] = client.version
        return self._asks[name]

    def _limit(self, name: str) -> float:
        return _QUICK if name in self._answered else _LIMIT

    async def look(self) -> tuple[ServerCheck, ...]:
        """Each server as it is now."""
        return tuple(await asyncio.gather(*(self._one(name) for name in self._servers)))

    async def _one(self, name: str) -> ServerCheck:
        address = self._servers[name].url
        began, limit = time.monotonic(), self._limit(name)
        try:
            async with asyncio.timeout(limit):
                version = await self._ask(name)()
        except TimeoutError:
            return ServerCheck(name, address, False, reason=f"{name} at {address} did not answer within {limit:g} s")
        except PipelineError as error:
            return ServerCheck(name, address, False, reason=str(error), answers=isinstance(error, Refused))
        except (KeyError, TypeError, ValueError, AttributeError):
            return ServerCheck(name, address, False, reason=f"What answers at {address} is not {name}", answers=True)
        self._answered.add(name)
        return ServerCheck(name, address, True, version, round(time.monotonic() - began, 4))

    async def close(self) -> None:
        """Closes the clients."""
        for close in self._closes:
            await close()
        self._asks.clear()
        self._closes.clear()
