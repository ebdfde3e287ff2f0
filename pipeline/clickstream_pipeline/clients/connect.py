"""Kafka Connect's REST API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from clickstream_pipeline.clients.connect_settings import ConfigProblem, Plugin, PluginSetting, masked, plugin, setting
from clickstream_pipeline.clients.http import HttpServer
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.model import Connector, Task


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

    async def required(self, plugin: str) -> frozenset[str]:
        """Names of the settings that the worker's version of the plugin cannot do without.

        From the definitions in the answer of `config/validate`, which makes nothing. Raises Unreachable or Refused.
        """
        path = f"/connector-plugins/{quote(plugin.rpartition('.')[2], safe='')}/config/validate"
        found = await self.http.json("PUT", path, {"connector.class": plugin, "topics": "any"})
        return frozenset(
            str(each["definition"]["name"]) for each in found["configs"] if each["definition"].get("required")
        )

    async def act(self, name: str, action: str) -> None:
        """pause, resume, stop, restart or delete."""
        path = f"/connectors/{quote(name, safe='')}"
        if action == "delete":
            await self.http.json("DELETE", path)
        elif action == "restart":
            await self.http.json("POST", f"{path}/restart?includeTasks=true&onlyFailed=false")
        else:
            await self.http.json("PUT", f"{path}/{action}")

    async def restart_task(self, name: str, number: int) -> None:
        """Restarts one task."""
        await self.http.json("POST", f"/connectors/{quote(name, safe='')}/tasks/{number}/restart")

    async def restart_failed(self, name: str) -> None:
        """Restarts the connector and its tasks, those only that have failed (KIP-745)."""
        await self.http.json("POST", f"/connectors/{quote(name, safe='')}/restart?includeTasks=true&onlyFailed=true")

    async def version(self) -> str:
        """The worker's version."""
        return str((await self.http.json("GET", "/")).get("version", ""))

    async def config(self, name: str) -> dict[str, str]:
        """A connector's configuration as it is, with its secrets: to be edited and sent back, never to be shown.

        Show it by `masked`.
        """
        return await self.http.json("GET", f"/connectors/{quote(name, safe='')}/config")

    async def validate(self, config: dict[str, str]) -> tuple[ConfigProblem, ...]:
        """What the plugin has against a configuration; nothing where it takes it. Raises Refused for an unknown class."""
        kind = config.get("connector.class", "").rsplit(".", 1)[-1]
        path = f"/connector-plugins/{quote(kind, safe='')}/config/validate"
        answer = await self.http.json("PUT", path, config)
        values = [entry["value"] for entry in answer["configs"]]
        return tuple(
            ConfigProblem(str(each["name"]), str(error)) for each in values for error in each.get("errors") or ()
        )

    async def offsets(self, name: str) -> list[dict[str, Any]]:
        """The offsets of a connector as Connect tells them (KIP-875)."""
        return (await self.http.json("GET", f"/connectors/{quote(name, safe='')}/offsets"))["offsets"]

    async def alter_offsets(self, name: str, pairs: Sequence[Mapping[str, Any]]) -> None:
        """Moves the offsets of a connector that is STOPPED (KIP-875). Raises Refused where it is not.

        Args:
            name: of the connector.
            pairs: {partition, offset}; an offset None is forgotten.
        """
        await self.http.json("PATCH", f"/connectors/{quote(name, safe='')}/offsets", {"offsets": [*map(dict, pairs)]})

    async def reset_offsets(self, name: str) -> None:
        """Forgets all offsets of a connector that is STOPPED (KIP-875). Raises Refused where it is not."""
        await self.http.json("DELETE", f"/connectors/{quote(name, safe='')}/offsets")

    async def plugins(self) -> tuple[Plugin, ...]:
        """The kinds of connectors that the worker has, by class."""
        found = [plugin(entry) for entry in await self.http.json("GET", "/connector-plugins")]
        return tuple(sorted(found, key=lambda each: each.class_name))

    async def settings(self, class_name: str) -> tuple[PluginSetting, ...]:
        """What a plugin takes, in the order in which a person wants to see it (KIP-769). Raises Refused where there is none."""
        name = quote(class_name.rpartition(".")[2], safe="")
        found = await self.http.json("GET", f"/connector-plugins/{name}/config")
        return tuple(sorted(map(setting, found), key=lambda each: each.order))


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
        status["connector"].get("trace", ""),
    )
