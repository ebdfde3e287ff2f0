"""Kafka Connect's REST API."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import httpx

from clickstream_pipeline.clients.http import HttpServer
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.model import Connector, Task

_SECRET = re.compile(r"password|secret|token|credential|api\.key|sasl\.jaas", re.IGNORECASE)
MASK = "********"


def masked(config: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The configuration with secrets hidden; references such as `${file:…}` stay readable."""
    return tuple(
        (name, MASK if _SECRET.search(name) and not str(value).startswith("${") else str(value))
        for name, value in sorted(config.items())
    )


class ConnectClient:
    """One Connect cluster."""

    def __init__(
        self, url: str, transport: httpx.AsyncBaseTransport | None = None, access: Credentials | None = None
    ) -> None:
        self.http = HttpServer("Kafka Connect", url, transport, access)

    async def close(self) -> None:
        await self.http.close()

    async def connectors(self) -> tuple[Connector, ...]:
        """All connectors with their tasks, by name. Raises Unreachable or Refused."""
        found = await self.http.json("GET", "/connectors?expand=status&expand=info")
        return tuple(_connector(entry) for _, entry in sorted(found.items()))

    async def create(self, name: str, config: dict[str, str]) -> None:
        """Makes the connector, or gives it this configuration where it exists."""
        await self.http.json("PUT", f"/connectors/{quote(name, safe='')}/config", config)

    async def act(self, name: str, action: str) -> None:
        """pause, resume, stop, restart or delete."""
        path = f"/connectors/{quote(name, safe='')}"
        if action == "delete":
            await self.http.json("DELETE", path)
        elif action == "restart":
            await self.http.json("POST", f"{path}/restart?includeTasks=true&onlyFailed=false")
        else:
            await self.http.json("PUT", f"{path}/{action}")


def _connector(entry: dict[str, Any]) -> Connector:
    status, info = entry["status"], entry["info"]
    config = info["config"]
    topics = config.get("topics") or config.get("kafka.topic") or ""
    tasks = tuple(Task(t["id"], t["state"], t["worker_id"], t.get("trace", "")) for t in status["tasks"])
    return Connector(
        info["name"],
        info.get("type") or status.get("type") or "",
        status["connector"]["state"],
        config.get("connector.class", ""),
        tuple(topic.strip() for topic in topics.split(",") if topic.strip()),
        tasks,
        masked(config),
    )
