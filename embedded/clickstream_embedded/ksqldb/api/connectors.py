"""Connector statements, passed on to Kafka Connect's REST API."""

from __future__ import annotations

import re
from typing import Any

import httpx

from clickstream_embedded.ksqldb.errors import ConnectorError, KsqlError
from clickstream_ksql import ast

_TIMEOUT = httpx.Timeout(10.0)


class ConnectForwarder:
    """The Connect worker that this server speaks for."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT)

    async def close(self) -> None:
        await self._client.aclose()

    async def _call(self, method: str, path: str, failed: str, body: Any = None) -> Any:
        try:
            response = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise ConnectorError(
                f"{failed}: Kafka Connect does not answer at {self._client.base_url}: {error}", 500
            ) from None
        if response.is_error:
            try:
                message = str(response.json()["message"])
            except (ValueError, KeyError, TypeError):
                message = response.text
            if response.status_code == 409 and "already exists" in message:
                raise ConnectorError(message, 409)
            raise ConnectorError(f"{failed}: {response.text or message}", response.status_code)
        return response.json() if response.content else None

    async def create(self, statement: ast.CreateConnector, text: str) -> dict[str, Any]:
        config = {name: str(v.value) if isinstance(v, ast.Literal) else "" for name, v in statement.properties}
        config = {name: value.lower() if value in ("True", "False") else value for name, value in config.items()}
        try:
            info = await self._call(
                "POST",
                "/connectors",
                f"Failed to create connector {statement.name}",
                {"name": statement.name, "config": config},
            )
        except ConnectorError as error:
            if error.status == 409 and "already exists" in error.message:
                if statement.if_not_exists:
                    return {"@type": "warning_entity", "statementText": text, "warnings": [],
                            "message": f"Connector {statement.name} already exists"}  # fmt: skip
                raise ConnectorError(f"Connector {statement.name} already exists", 409) from None
            raise
        return {"@type": "connector_info", "statementText": masked(text), "info": info, "warnings": []}

    async def drop(self, name: str, text: str, *, if_exists: bool) -> dict[str, Any]:
        try:
            await self._call("DELETE", f"/connectors/{name}", f"Failed to drop connector {name}")
        except ConnectorError as error:
            if not (if_exists and error.status == 404):
                raise
            return {"@type": "warning_entity", "statementText": text, "message": f"Connector '{name}' does not exist.",
                    "warnings": []}  # fmt: skip
        return {"@type": "drop_connector", "statementText": text, "connectorName": name, "warnings": []}

    async def show(self, what: str, text: str) -> dict[str, Any]:
        if what == "CONNECTOR PLUGINS":
            plugins = await self._call("GET", "/connector-plugins", "Failed to list connector plugins")
            shown = [{"className": p["class"], "type": p["type"], "version": p.get("version")} for p in plugins]
            return {
                "@type": "connector_plugins_list",
                "statementText": text,
                "warnings": [],
                "connectorsPlugins": shown,
            }
        found = await self._call("GET", "/connectors?expand=status&expand=info", "Failed to list connectors")
        connectors: list[dict[str, Any]] = []
        for name, entry in sorted(found.items()):
            kind, tasks = entry["info"]["type"], entry["status"]["tasks"]
            if what.startswith(("SOURCE", "SINK")) and not what.startswith(kind.upper()):
                continue
            running = sum(task["state"] == "RUNNING" for task in tasks)
            state = entry["status"]["connector"]["state"]
            shown = f"{state} ({running}/{len(tasks)} tasks RUNNING)" if state == "RUNNING" else state
            config = entry["info"]["config"]
            connectors.append({"name": name, "type": kind, "className": config["connector.class"], "state": shown})
        return {"@type": "connector_list", "statementText": text, "warnings": [], "connectors": connectors}

    async def describe(self, name: str, text: str) -> dict[str, Any]:
        status = await self._call("GET", f"/connectors/{name}/status", "Failed to query connector status")
        info = await self._call("GET", f"/connectors/{name}", "Failed to query connector")
        topics = await self._call("GET", f"/connectors/{name}/topics", "Failed to query connector topics")
        return {
            "@type": "connector_description", "statementText": text, "connectorClass": info["config"]["connector.class"],
            "status": status, "sources": [], "topics": topics[name]["topics"], "warnings": [],
        }  # fmt: skip


def masked(text: str) -> str:
    """The statement with every property but the class hidden, as ksqlDB echoes it."""
    head, _, tail = text.partition("(")

    def hide(match: re.Match[str]) -> str:
        name, value = match.group(1), match.group(2)
        return f"'{name}'='{value if name == 'connector.class' else '[string]'}'"

    body = re.sub(r"\s*['\"]?([\w.\-]+)['\"]?\s*=\s*'((?:[^']|'')*)'\s*", hide, tail)
    return head + "(" + re.sub(r",\s*", ", ", body)


async def run(client: ConnectForwarder, statement: ast.Statement, text: str) -> dict[str, Any] | None:
    """The entity of a connector statement, None where it is another kind of statement."""
    match statement:
        case ast.CreateConnector():
            return await client.create(statement, text)
        case ast.Drop("CONNECTOR", name, if_exists):
            return await client.drop(name, text, if_exists=if_exists)
        case ast.Show(what) if "CONNECTOR" in what:
            return await client.show(what, text)
        case ast.Describe("CONNECTOR", name):
            return await client.describe(name, text)
        case _:
            return None


__all__ = ["ConnectForwarder", "KsqlError", "masked", "run"]
