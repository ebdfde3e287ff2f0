"""Grafana's HTTP API, versions 5 to 11: data sources over Elasticsearch, and a dashboard."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from clickstream_pipeline.clients.http import HttpServer
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import Refused

_NUMBERS = {5: 56, 6: 60, 7: 70}  # what Grafana before 8 calls the versions of Elasticsearch that it knows


class GrafanaClient:
    """One Grafana. Methods raise Unreachable and Refused."""

    def __init__(
        self, url: str, transport: httpx.AsyncBaseTransport | None = None, access: Credentials | None = None
    ) -> None:
        self.http = HttpServer("Grafana", url, transport, access)

    async def close(self) -> None:
        await self.http.close()

    async def version(self) -> str:
        """The version; asks nothing that needs credentials."""
        return str((await self.http.json("GET", "/api/health")).get("version", ""))

    async def sources(self) -> dict[str, int]:
        """Ids of the data sources by name."""
        return {str(each["name"]): int(each["id"]) for each in await self.http.json("GET", "/api/datasources")}

    async def put_source(self, body: dict[str, Any]) -> None:
        """Makes the data source, or gives it this form where one of its name exists."""
        known = await self.sources()
        body = self._fitting(body, await self.version())
        if body["name"] in known:
            await self.http.json("PUT", f"/api/datasources/{known[body['name']]}", body)
        else:
            await self.http.json("POST", "/api/datasources", body)

    @staticmethod
    def _fitting(body: dict[str, Any], version: str) -> dict[str, Any]:
        """Before 8, Grafana takes a number for the version of Elasticsearch; later, the version itself."""
        major = version.split(".")[0]
        if major.isdigit() and int(major) >= 8:
            return body
        search = str(body["jsonData"]["esVersion"]).split(".")[0]
        number = _NUMBERS.get(int(search), 70) if search.isdigit() else 70
        return {**body, "jsonData": {**body["jsonData"], "esVersion": number}}

    async def has_dashboard(self, uid: str) -> bool:
        try:
            await self.http.json("GET", f"/api/dashboards/uid/{quote(uid, safe='')}")
        except Refused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    async def put_dashboard(self, dashboard: dict[str, Any]) -> str:
        """Writes the dashboard, over an older one of its uid; gives its address."""
        body = {"dashboard": {**dashboard, "id": None}, "overwrite": True}
        answer = await self.http.json("POST", "/api/dashboards/db", body)
        return self.http.url.rstrip("/") + str(answer.get("url", "/"))
