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

_LIMIT = 4.0  # seconds: longer than the 3 that Kafka's client looks for its cluster, so that the cause is told
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
        self._closes: list[Callable[[], Awaitable[None]]] = []

    def _ask(self, name: str) -> Callable[[], Awaitable[str]]:
        """What asks for a server's version; its client is made once."""
        if name not in self._asks:
            access = self._servers[name]
            if name == "kafka":
                kafka = KafkaClient(access.url, access)
                kafka.hint = _HINT
                self._asks[name] = kafka.version
            else:
                maker = {"connect": ConnectClient, "ksqldb": KsqlClient, "elasticsearch": ElasticsearchClient,
                         "grafana": GrafanaClient}[name]  # fmt: skip
                client = maker(access.url, access=access)
                client.http.hint = _HINT
                self._closes.append(client.close)
                self._asks[name] = client.version
        return self._asks[name]

    async def look(self) -> tuple[ServerCheck, ...]:
        """Each server as it is now."""
        return tuple(await asyncio.gather(*(self._one(name) for name in self._servers)))

    async def _one(self, name: str) -> ServerCheck:
        address = self._servers[name].url
        began = time.monotonic()
        try:
            async with asyncio.timeout(_LIMIT):
                version = await self._ask(name)()
        except TimeoutError:
            return ServerCheck(name, address, False, reason=f"{name} at {address} did not answer within {_LIMIT:.0f} s")
        except PipelineError as error:
            return ServerCheck(name, address, False, reason=str(error), answers=isinstance(error, Refused))
        except (KeyError, TypeError, ValueError, AttributeError):
            return ServerCheck(name, address, False, reason=f"What answers at {address} is not {name}", answers=True)
        return ServerCheck(name, address, True, version, round(time.monotonic() - began, 4))

    async def close(self) -> None:
        """Closes the clients."""
        for close in self._closes:
            await close()
        self._asks.clear()
        self._closes.clear()
