"""The REST API, in the shapes of Elasticsearch 6.3 or 7.5."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from clickstream_embedded.search import aggregations, query
from clickstream_embedded.search.answers import as_json
from clickstream_embedded.search.documents import Documents
from clickstream_embedded.search.errors import SearchError
from clickstream_embedded.search.store import Operation, Store

log = logging.getLogger("search")
_SHARDS = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}


def _loads(raw: bytes) -> Any:
    try:
        return orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as error:
        raise SearchError(500, "json_parse_exception", f"Unexpected character: {error}") from None


def search(store: Store, expression: str, body: dict[str, Any], *, ignore_missing: bool = False) -> dict[str, Any]:
    """One search. Raises SearchError."""
    started = time.monotonic()
    names = store.resolve(expression, ignore_missing=ignore_missing)
    sql, values = query.condition(body.get("query"))
    where = f"idx IN ({','.join('?' * len(names))}) AND ({sql})" if names else "0"
    parameters = [*names, *values] if names else []
    total = store.select("COUNT(*)", where, parameters)[0][0]
    size, start = int(body.get("size", 10)), int(body.get("from", 0))
    order, sorted_by = query.sort_sql(body.get("sort"))
    hits: list[dict[str, Any]] = []
    if size:
        for index, identifier, source in store.select(
            "idx, id, source", where, [*parameters, size, start], f"{order} LIMIT ? OFFSET ?"
        ):
            document = query.decode(source)
            hit = {
                "_index": index,
                "_type": store.kinds.get(index, "_doc"),
                "_id": identifier,
                "_score": None if sorted_by else 1.0,
                "_source": document,
            }
            if sorted_by:
                hit["sort"] = [document.get(name.removesuffix(".keyword")) for name in sorted_by]
            hits.append(hit)
    score = hits[0]["_score"] if hits else 0.0 if store.dialect.has_types and not size else None
    answer: dict[str, Any] = {
        "took": int((time.monotonic() - started) * 1000), "timed_out": False, "_shards": {**_SHARDS, "total": len(names), "successful": len(names)},
        "hits": {"total": store.dialect.total(total), "max_score": score, "hits": hits},
    }  # fmt: skip
    wanted = body.get("aggs") or body.get("aggregations")
    if wanted:
        names_read = sorted(aggregations.fields(wanted))
        columns = ", ".join(query.field_sql(name) for name in names_read) or "1"
        rows = store.select(columns, where, parameters)
        documents = [dict(zip(names_read, row, strict=False)) for row in rows]
        answer["aggregations"] = aggregations.run(wanted, documents)
    return answer


def _action(line: bytes) -> tuple[str, dict[str, Any]]:
    """(action, target) of a line of a bulk. Raises SearchError."""
    parsed = _loads(line)
    if not isinstance(parsed, dict) or len(parsed) != 1 or not isinstance(target := next(iter(parsed.values())), dict):
        raise SearchError(400, "illegal_argument_exception", "Malformed action/metadata line, expected one object "
                          "with an action and its object")  # fmt: skip
    return next(iter(parsed)), target


def _bulk_operations(raw: bytes, default: str | None) -> list[Operation]:
    operations: list[Operation] = []
    lines = iter([line for line in raw.split(b"\n") if line.strip()])
    for line in lines:
        action, target = _action(line)
        if action not in ("index", "create", "delete"):
            raise SearchError(
                400,
                "illegal_argument_exception",
                f"Malformed action/metadata line, expected one of [create, delete, index] but found [{action}]",
            )
        if default is not None:
            target.setdefault("_index", default)
        source = b"" if action == "delete" else next(lines, None)
        if source is None:
            raise SearchError(
                400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]"
            )
        operations.append((action, target, source))
    return operations


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def root(self, _: Request) -> Response:
        version = self._store.dialect.version()
        return as_json({"name": "n1", "cluster_name": "clickstream", "cluster_uuid": "embedded", "version": version,
                      "tagline": "You Know, for Search"})  # fmt: skip

    async def health(self, _: Request) -> Response:
        shards = len(self._store.indices)
        return as_json({
            "cluster_name": "clickstream", "status": "green", "timed_out": False, "number_of_nodes": 1,
            "number_of_data_nodes": 1, "active_primary_shards": shards, "active_shards": shards, "relocating_shards": 0,
            "initializing_shards": 0, "unassigned_shards": 0, "delayed_unassigned_shards": 0,
            "number_of_pending_tasks": 0, "number_of_in_flight_fetch": 0, "task_max_waiting_in_queue_millis": 0,
            "active_shards_percent_as_number": 100.0,
        })  # fmt: skip

    async def template(self, request: Request) -> Response:
        name, store = request.path_params["name"], self._store
        if request.method == "PUT":
            body = _loads(await request.body())
            await asyncio.to_thread(store.put_template, name, body)
            return as_json({"acknowledged": True})
        if request.method == "DELETE":
            await asyncio.to_thread(store.delete_template, name)
            return as_json({"acknowledged": True})
        if name not in store.templates:
            return as_json({}, 404)
        body = store.templates[name]
        settings = {key: str(value) for key, value in (body.get("settings") or {}).items()}
        return as_json({name: {"order": body.get("order", 0), "index_patterns": body["index_patterns"],
                             "settings": {"index": settings}, "mappings": body.get("mappings", {}), "aliases": {}}})  # fmt: skip

    async def composable(self, request: Request) -> Response:
        name, store = request.path_params["name"], self._store
        if request.method in ("PUT", "POST"):
            await asyncio.to_thread(store.put_composable, name, _loads(await request.body()))
            return as_json({"acknowledged": True})
        if request.method == "DELETE":
            await asyncio.to_thread(store.delete_composable, name)
            return as_json({"acknowledged": True})
        if name not in store.composables:
            raise SearchError(404, "resource_not_found_exception", f"index template matching [{name}] not found")
        return as_json({"index_templates": [{"name": name, "index_template": store.composables[name]}]})

    async def bulk(self, request: Request) -> Response:
        started = time.monotonic()
        operations = _bulk_operations(await request.body(), request.path_params.get("index"))
        items = await asyncio.to_thread(self._store.bulk, operations)
        if request.query_params.get("refresh") in ("true", ""):  # what is written can be searched at once anyway
            for item in items:
                for entry in item.values():
                    if "result" in entry:
                        entry["forced_refresh"] = True
        failed = any("error" in next(iter(item.values())) for item in items)
        return as_json({"took": int((time.monotonic() - started) * 1000), "errors": failed, "items": items})

    async def search(self, request: Request) -> Response:
        body = _loads(await request.body())
        if "size" in request.query_params:
            body.setdefault("size", int(request.query_params["size"]))
        if "sort" in request.query_params:
            fields = (part.partition(":") for part in request.query_params["sort"].split(","))
            body.setdefault("sort", [{name: order or "asc"} for name, _, order in fields])
        if "q" in request.query_params:
            body.setdefault("query", {"query_string": {"query": request.query_params["q"]}})
        ignore = request.query_params.get("ignore_unavailable") == "true"
        expression = request.path_params.get("index", "_all")
        return as_json(await asyncio.to_thread(search, self._store, expression, body, ignore_missing=ignore))

    async def msearch(self, request: Request) -> Response:
        lines = [line for line in (await request.body()).split(b"\n") if line.strip()]
        responses: list[Any] = []
        for head, body in zip(lines[::2], lines[1::2], strict=False):
            target = _loads(head)
            index = target.get("index", "_all")
            expression = ",".join(index) if isinstance(index, list) else index
            try:
                found = await asyncio.to_thread(
                    search, self._store, expression, _loads(body), ignore_missing=bool(target.get("ignore_unavailable"))
                )
                responses.append({**found, "status": 200})
            except SearchError as error:
                responses.append(error.body())
        return as_json(
            {"responses": responses} if self._store.dialect.has_types else {"took": 0, "responses": responses}
        )

    async def count(self, request: Request) -> Response:
        body = {**_loads(await request.body()), "size": 0}
        found = await asyncio.to_thread(search, self._store, request.path_params.get("index", "_all"), body)
        total = found["hits"]["total"]
        return as_json({"count": total if isinstance(total, int) else total["value"], "_shards": found["_shards"]})

    async def mapping(self, request: Request) -> Response:
        names = self._store.resolve(request.path_params.get("index", "_all"))
        return as_json({name: {"mappings": self._store.mapping(name)} for name in names})

    async def cat(self, request: Request) -> Response:
        counts = await asyncio.to_thread(self._store.counts)
        rows = [
            {"health": "green", "status": "open", "index": name, "uuid": name, "pri": "1", "rep": "0",
             "docs.count": str(count), "docs.deleted": "0", "store.size": f"{size}b", "pri.store.size": f"{size}b"}
            for name, (count, size) in counts.items()
        ]  # fmt: skip
        if request.query_params.get("format") == "json":
            return as_json(rows)
        lines = [" ".join(row.values()) for row in rows]
        return PlainTextResponse("\n".join(lines) + ("\n" if lines else ""))

    async def refresh(self, _: Request) -> Response:
        return as_json({"_shards": _SHARDS})

    async def index(self, request: Request) -> Response:
        name, store = request.path_params["index"], self._store
        if request.method == "DELETE":
            await asyncio.to_thread(store.delete_index, name)
            return as_json({"acknowledged": True})
        if request.method == "PUT":
            if name in store.indices:
                raise SearchError(400, "resource_already_exists_exception", f"index [{name}] already exists")
            properties = (_loads(await request.body()).get("mappings") or {}).get("properties")
            await asyncio.to_thread(store.create_index, name, properties)
            return as_json({"acknowledged": True, "shards_acknowledged": True, "index": name})
        if name.startswith("_"):
            raise SearchError(400, "invalid_index_name_exception", f"Invalid index name [{name}], must not start with '_'.",
                              index_uuid="_na_", index=name)  # fmt: skip
        found = store.resolve(name)
        return as_json({each: {"aliases": {}, "mappings": store.mapping(each), "settings": {}} for each in found})


def application(store: Store) -> Starlette:
    """The ASGI application."""
    api, documents = Api(store), Documents(store)

    def guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def run(request: Request) -> Response:
            try:
                return await handler(request)
            except SearchError as error:
                return as_json(error.body(), error.status)
            except Exception as error:  # a body in a form that no handler was made for
                log.exception("%s %s could not be answered", request.method, request.url.path)
                reason = f"{type(error).__name__}: {error}"
                return as_json(SearchError(500, "exception", reason).body(), 500)

        return run

    table: list[tuple[str, Any, list[str]]] = [
        ("/", api.root, ["GET", "HEAD"]),
        ("/_cluster/health", api.health, ["GET"]),
        ("/_template/{name}", api.template, ["GET", "PUT", "POST", "DELETE"]),
        ("/_index_template/{name}", api.composable, ["GET", "PUT", "POST", "DELETE"]),
        ("/_cat/indices", api.cat, ["GET"]),
        ("/_bulk", api.bulk, ["POST", "PUT"]),
        ("/{index}/_bulk", api.bulk, ["POST", "PUT"]),
        ("/_search", api.search, ["GET", "POST"]),
        ("/{index}/_search", api.search, ["GET", "POST"]),
        ("/_msearch", api.msearch, ["GET", "POST"]),
        ("/_count", api.count, ["GET", "POST"]),
        ("/{index}/_count", api.count, ["GET", "POST"]),
        ("/_mapping", api.mapping, ["GET"]),
        ("/{index}/_mapping", api.mapping, ["GET"]),
        ("/_refresh", api.refresh, ["GET", "POST"]),
        ("/{index}/_refresh", api.refresh, ["GET", "POST"]),
        ("/{index}/_doc", documents.write, ["POST"]),
        ("/{index}/_doc/{id}", documents.write, ["PUT", "POST"]),
        ("/{index}/_doc/{id}", documents.read, ["GET", "HEAD"]),
        ("/{index}/_doc/{id}", documents.delete, ["DELETE"]),
        ("/{index}/_create/{id}", documents.create, ["PUT", "POST"]),
        ("/{index}", api.index, ["GET", "HEAD", "PUT", "DELETE"]),
    ]

    async def failed(request: Request, error: Exception) -> Response:
        status = int(getattr(error, "status_code", 500))
        message = f"no handler found for uri [{request.url.path}] and method [{request.method}]"
        if status == 405:
            message = f"Incorrect HTTP method for uri [{request.url.path}] and method [{request.method}]"
        return as_json({"error": message, "status": status}, 400 if status == 404 else status)

    routes = [Route(path, guarded(handler), methods=methods) for path, handler, methods in table]
    return Starlette(routes=routes, exception_handlers={404: failed, 405: failed})
