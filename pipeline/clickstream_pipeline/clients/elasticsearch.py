"""Elasticsearch's REST API, versions 6 and 7."""

from __future__ import annotations

from typing import Any

import httpx

from clickstream_pipeline.clients.bodies import TEMPLATE, template_body
from clickstream_pipeline.clients.http import HttpServer
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import Refused
from clickstream_pipeline.model import Index


class ElasticsearchClient:
    """One search cluster."""

    def __init__(
        self, url: str, transport: httpx.AsyncBaseTransport | None = None, access: Credentials | None = None
    ) -> None:
        self.http = HttpServer("Elasticsearch", url, transport, access)

    async def close(self) -> None:
        await self.http.close()

    async def version(self) -> str:
        """The version, as `7.17.28`."""
        return str((await self.http.json("GET", "/"))["version"]["number"])

    async def major(self) -> int:
        """The major version."""
        return int((await self.version()).split(".")[0])

    async def has_template(self) -> bool:
        try:
            return TEMPLATE in (await self.http.json("GET", f"/_template/{TEMPLATE}") or {})
        except Refused as refused:
            if refused.status == 404:
                return False
            raise

    async def put_template(self) -> None:
        await self.http.json("PUT", f"/_template/{TEMPLATE}", template_body(await self.major()))

    async def indices(self) -> tuple[Index, ...]:
        rows = await self.http.json("GET", "/_cat/indices?format=json")
        return tuple(sorted(map(_index, rows or ()), key=lambda index: index.name))

    async def search(self, index: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self.http.json("POST", f"/{index}/_search", body)


def _index(row: dict[str, Any]) -> Index:
    """A row of `_cat/indices`; the counts of a closed index are empty."""
    return Index(
        str(row["index"]), int(row.get("docs.count") or 0), int(row.get("docs.deleted") or 0),
        str(row.get("store.size") or ""), str(row.get("health") or ""), str(row.get("status") or "open"),
    )  # fmt: skip
