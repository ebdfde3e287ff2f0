"""Single documents: index, create, get and delete."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from clickstream_embedded.search import query
from clickstream_embedded.search.answers import as_json
from clickstream_embedded.search.errors import SearchError
from clickstream_embedded.search.store import Store


class Documents:
    """The endpoints `/{index}/_doc/{id}`, `/{index}/_doc` and `/{index}/_create/{id}` over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def _run(self, action: str, request: Request) -> Response:
        place = request.path_params
        target = {"_index": place["index"], "_type": "_doc"} | ({"_id": place["id"]} if "id" in place else {})
        items = await asyncio.to_thread(self._store.bulk, [(action, target, await request.body())])
        entry = dict(items[0][action])
        status = entry.pop("status")
        if "error" in entry:
            error = dict(entry["error"])
            raise SearchError(status, error.pop("type"), error.pop("reason"), **error)
        return as_json(entry, status)

    async def write(self, request: Request) -> Response:
        return await self._run("create" if request.query_params.get("op_type") == "create" else "index", request)

    async def create(self, request: Request) -> Response:
        return await self._run("create", request)

    async def delete(self, request: Request) -> Response:
        self._store.resolve(request.path_params["index"])
        return await self._run("delete", request)

    async def read(self, request: Request) -> Response:
        (index,) = self._store.resolve(request.path_params["index"])[:1] or [""]
        identifier = request.path_params["id"]
        found = await asyncio.to_thread(
            self._store.select, "version, seq, source", "idx = ? AND id = ?", [index, identifier]
        )
        head = {"_index": index, "_type": self._store.kinds.get(index, "_doc"), "_id": identifier}
        if not found:
            return as_json({**head, "found": False}, 404)
        version, number, source = found[0]
        more = {"_version": version, "_seq_no": number, "_primary_term": 1, "found": True}
        return as_json({**head, **more, "_source": query.decode(source)}, 200)
