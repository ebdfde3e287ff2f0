"""All endpoints: where, by which method, which parameters; and how a request becomes an answer."""

from __future__ import annotations

import asyncio
import logging
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clickstream_embedded.search import durations, positions
from clickstream_embedded.search.api import (
    admin,
    aliases,
    analyze,
    bulk,
    by_query,
    cat,
    cat_node,
    cluster,
    documents,
    explains,
    lifecycle,
    monitor,
    pipelines,
    searches,
    templates,
    typed,
)
from clickstream_embedded.search.api.call import TARGETS, Answer, Call
from clickstream_embedded.search.api.yaml_text import written
from clickstream_embedded.search.errors import SearchError, ShardError, illegal, shards_failed
from clickstream_embedded.search.hits import filtered
from clickstream_embedded.search.indices import date_name
from clickstream_embedded.search.store import Store

log = logging.getLogger("search")
MOST_BYTES = 100 * 1024 * 1024  # `http.max_content_length`
Handler = Callable[[Call], Answer]
_WAIT = {"timeout", "master_timeout", "wait_for_active_shards", "include_type_name"}
_LOOK = TARGETS | {"local", "master_timeout", "flat_settings", "include_defaults", "include_type_name"}
_SLASH = "\x00"
_STREAMS = ("/_bulk", "/_msearch")
_TYPES = ("application/json", "application/x-ndjson", "application/yaml", "application/smile", "application/cbor")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: its methods, its handler and the parameters that it takes."""

    methods: tuple[str, ...]
    path: str
    handler: Handler
    parameters: frozenset[str]

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


def _on(methods: str, paths: str, handler: Handler, parameters: set[str] | None = None) -> list[Endpoint]:
    return [Endpoint(tuple(methods.split()), path, handler, frozenset(parameters or set())) for path in paths.split()]


# the order counts: the first path that fits is taken, so names that begin with `_` stand before those of indices
ENDPOINTS: tuple[Endpoint, ...] = tuple(
    _on("GET HEAD", "/", cluster.root)
    + _on("DELETE", "/", admin.delete_none)
    + _on("GET", "/_cluster/health /_cluster/health/{index}", cluster.health,
          TARGETS | {"level", "local", "master_timeout", "timeout", "wait_for_active_shards", "wait_for_events", "wait_for_nodes",
                     "wait_for_no_initializing_shards", "wait_for_no_relocating_shards", "wait_for_status"})
    + _on("GET", "/_cluster/settings", cluster.settings, {"flat_settings", "include_defaults", "master_timeout", "timeout"})
    + _on("PUT", "/_cluster/settings", cluster.put_settings, {"flat_settings", "master_timeout", "timeout"})
    + _on("GET", "/_cluster/pending_tasks", cluster.pending, {"local", "master_timeout"})
    + _on("GET", "/_snapshot /_remote/info", cluster.none, {"local", "master_timeout"})
    + _on("GET", "/_ingest/pipeline /_ingest/pipeline/{name}", pipelines.get, {"master_timeout"})
    + _on("GET POST", "/_ingest/pipeline/_simulate /_ingest/pipeline/{name}/_simulate", pipelines.simulate, {"verbose"})
    + _on("PUT", "/_ingest/pipeline/{name}", pipelines.put, {"master_timeout", "timeout"})
    + _on("DELETE", "/_ingest/pipeline/{name}", pipelines.delete, {"master_timeout", "timeout"})
    + _on("GET", "/_nodes/stats /_nodes/_all/stats /_nodes/_local/stats /_nodes/stats/{metric} /_nodes/_local/stats/{metric}",
          monitor.node_stats, {"level", "groups", "types", "timeout", "fields", "completion_fields", "fielddata_fields",
                               "include_segment_file_sizes"})
    + _on("GET", "/_nodes/{node}/stats /_nodes/{node}/stats/{metric}", monitor.node_stats, {"timeout"})
    + _on("PUT POST", "/_scripts/{name}/{context}", cluster.put_script, {"master_timeout", "timeout"})
    + _on("GET", "/_tasks", monitor.tasks, {"nodes", "actions", "detailed", "parent_task_id", "wait_for_completion", "group_by", "timeout"})
    + _on("GET", "/_cluster/state /_cluster/state/{metric} /_cluster/state/{metric}/{index}", monitor.state,
          TARGETS | {"local", "master_timeout", "flat_settings", "wait_for_metadata_version", "wait_for_timeout"})
    + _on("GET", "/_segments /{index}/_segments", monitor.segments, TARGETS | {"verbose"})
    + _on("GET", "/_recovery /{index}/_recovery", monitor.recovery, {"detailed", "active_only"})
    + _on("GET POST", "/_search_shards /{index}/_search_shards", lifecycle.search_shards, TARGETS | {"preference", "routing", "local"})
    + _on("GET", "/_scripts/{name}", cluster.no_script, {"master_timeout"})
    + _on("PUT POST", "/_scripts/{name}", cluster.put_script, {"master_timeout", "timeout", "context"})
    + _on("GET", "/_cat/plugins /_cat/pending_tasks /_cat/nodeattrs /_cat/repositories /_cat/fielddata", cat.nothing, cat.PARAMETERS)
    + _on("GET", "/_cluster/stats", cluster.cluster_stats, {"flat_settings", "timeout"})
    + _on("GET", "/_nodes /_nodes/_local /_nodes/_all /_nodes/http /_nodes/_all/http", cluster.nodes, {"flat_settings", "timeout"})
    + _on("GET", "/_nodes/{metric} /_nodes/_local/{metric} /_nodes/_all/{metric}", cluster.nodes_part, {"flat_settings", "timeout"})
    + _on("GET", "/_stats /{index}/_stats /_stats/{metric} /{index}/_stats/{metric}", cluster.stats,
          TARGETS | {"fields", "groups", "level", "types", "include_segment_file_sizes", "completion_fields", "fielddata_fields"})
    + _on("GET", "/_cat", cat_node.listed, {"help"})
    + _on("GET", "/_cat/snapshots/{repository}", cat_node.snapshots, cat.PARAMETERS | {"ignore_unavailable"})
    + _on("GET", "/_cat/allocation", cat_node.allocation, cat.PARAMETERS)
    + _on("GET", "/_cat/segments /_cat/segments/{index}", cat_node.segments, cat.PARAMETERS)
    + _on("GET", "/_cat/recovery /_cat/recovery/{index}", cat_node.recovery, cat.PARAMETERS | {"active_only", "detailed"})
    + _on("GET", "/_cat/tasks", cat_node.tasks, cat.PARAMETERS | {"nodes", "actions", "detailed", "parent_task_id"})
    + _on("GET", "/_cat/thread_pool /_cat/thread_pool/{name}", cat_node.thread_pool, cat.PARAMETERS)
    + _on("GET", "/_cat/indices /_cat/indices/{index}", cat.indices, cat.PARAMETERS)
    + _on("GET", "/_cat/health", cat.health, cat.PARAMETERS)
    + _on("GET", "/_cat/count /_cat/count/{index}", cat.count, cat.PARAMETERS)
    + _on("GET", "/_cat/aliases /_cat/aliases/{name}", cat.aliases, cat.PARAMETERS)
    + _on("GET", "/_cat/nodes", cat.nodes, cat.PARAMETERS | {"full_id"})
    + _on("GET", "/_cat/templates /_cat/templates/{name}", cat.templates, cat.PARAMETERS)
    + _on("GET", "/_cat/shards /_cat/shards/{index}", cat.shards, cat.PARAMETERS)
    + _on("GET", "/_cat/master", cat.master, cat.PARAMETERS)
    + _on("GET", "/_template", templates.get_template, _LOOK)
    + _on("GET HEAD", "/_template/{name}", templates.get_template, _LOOK)
    + _on("PUT POST", "/_template/{name}", templates.put_template, _WAIT | {"create", "order"})
    + _on("DELETE", "/_template/{name}", templates.delete_template, _WAIT)
    + _on("GET HEAD", "/_index_template /_index_template/{name}", templates.get_composable, _LOOK)
    + _on("PUT POST", "/_index_template/{name}", templates.put_composable, _WAIT | {"create"})
    + _on("DELETE", "/_index_template/{name}", templates.delete_composable, _WAIT)
    + _on("POST PUT", "/_bulk /{index}/_bulk /{index}/{kind}/_bulk", bulk.bulk, documents.WRITE | {"_source", "_source_includes", "_source_excludes"})
    + _on("GET POST", "/_mget /{index}/_mget", documents.several, documents.READ)
    + _on("GET POST", "/_msearch /{index}/_msearch", searches.many,
          {"max_concurrent_searches", "max_concurrent_shard_requests", "pre_filter_shard_size", "rest_total_hits_as_int", "search_type",
           "typed_keys", "ccs_minimize_roundtrips", "ignore_throttled"} | TARGETS)
    + _on("GET POST", "/_search/scroll /_search/scroll/{id}", searches.scroll, {"scroll", "scroll_id", "rest_total_hits_as_int"})
    + _on("DELETE", "/_search/scroll /_search/scroll/{id}", searches.clear_scroll, {"scroll_id"})
    + _on("GET POST", "/_search /{index}/_search /{index}/{kind}/_search", searches.search, searches.SEARCH)
    + _on("GET POST", "/_count /{index}/_count", searches.count, searches.COUNT)
    + _on("GET POST", "/{index}/_explain/{id} /{index}/{kind}/{id}/_explain", explains.explain,
          searches.COUNT | {"_source", "_source_includes", "_source_excludes", "stored_fields", "parent"})
    + _on("GET POST", "/_mtermvectors /{index}/_mtermvectors", explains.several_vectors, explains.VECTORS | {"ids"})
    + _on("GET POST", "/{index}/_termvectors /{index}/_termvectors/{id}", explains.vectors, explains.VECTORS)
    + _on("GET POST", "/_validate/query /{index}/_validate/query", searches.validate, searches.COUNT | {"explain", "rewrite", "all_shards"})
    + _on("POST", "/{index}/_delete_by_query", by_query.delete_by_query, by_query.BY_QUERY)
    + _on("POST", "/{index}/_update_by_query", by_query.update_by_query, by_query.BY_QUERY)
    + _on("POST", "/_reindex", by_query.reindex, by_query.REINDEX)
    + _on("GET POST", "/_analyze /{index}/_analyze", analyze.analyze)
    + _on("GET POST", "/_field_caps /{index}/_field_caps", templates.field_caps, TARGETS | {"fields", "include_unmapped"})
    + _on("GET POST", "/_refresh /{index}/_refresh", admin.touched, TARGETS)
    + _on("GET POST", "/_flush /{index}/_flush", admin.touched, TARGETS | {"force", "wait_if_ongoing"})
    + _on("POST", "/_forcemerge /{index}/_forcemerge", admin.touched, TARGETS | {"flush", "max_num_segments", "only_expunge_deletes"})
    + _on("POST", "/_cache/clear /{index}/_cache/clear", admin.touched, TARGETS | {"query", "fielddata", "request", "fields"})
    + _on("GET", "/_mapping/field/{fields} /{index}/_mapping/field/{fields}", admin.field_mapping, _LOOK)
    + _on("GET", "/_mapping /{index}/_mapping /_mappings /{index}/_mappings", admin.get_mapping, _LOOK)
    + _on("GET", "/{index}/_mapping/{kind}", admin.typed_mapping, _LOOK)
    + _on("PUT POST", "/{index}/_mapping /{index}/_mappings /{index}/_mapping/{kind} /{index}/{kind}/_mapping", admin.put_mapping, _WAIT | TARGETS)
    + _on("GET", "/_settings /{index}/_settings /{index}/_settings/{name}", admin.get_settings, _LOOK)
    + _on("PUT", "/_settings /{index}/_settings", admin.put_settings, _WAIT | TARGETS | {"preserve_existing", "flat_settings"})
    + _on("POST", "/{index}/_rollover /{index}/_rollover/{target}", lifecycle.rollover, _WAIT | {"dry_run"})
    + _on("PUT POST", "/{index}/_clone/{target} /{index}/_shrink/{target} /{index}/_split/{target}", lifecycle.resize,
          _WAIT | {"copy_settings"})
    + _on("GET POST", "/_flush/synced /{index}/_flush/synced", monitor.synced, TARGETS)
    + _on("POST", "/{index}/_close", admin.close, _WAIT | TARGETS)
    + _on("POST", "/{index}/_open", admin.reopen, _WAIT | TARGETS)
    + _on("POST", "/_aliases", aliases.change, _WAIT)
    + _on("GET HEAD", "/_alias /_aliases /_alias/{name} /{index}/_alias /{index}/_alias/{name}", aliases.get_alias, _LOOK)
    + _on("PUT POST", "/{index}/_alias/{name} /{index}/_aliases/{name}", aliases.put_alias, _WAIT)
    + _on("DELETE", "/{index}/_alias/{name} /{index}/_aliases/{name}", aliases.delete_alias, _WAIT)
    + _on("POST", "/{index}/_doc", documents.index, documents.WRITE)
    + _on("PUT POST", "/{index}/_doc/{id}", documents.index, documents.WRITE)
    + _on("GET HEAD", "/{index}/_doc/{id}", documents.read, documents.READ)
    + _on("DELETE", "/{index}/_doc/{id}", documents.delete, documents.WRITE)
    + _on("PUT POST", "/{index}/_create/{id}", documents.create, documents.WRITE)
    + _on("GET HEAD", "/{index}/_source/{id}", documents.source, documents.READ)
    + _on("POST", "/{index}/_update/{id} /{index}/_doc/{id}/_update", documents.update,
          documents.WRITE | {"_source", "_source_includes", "_source_excludes", "retry_on_conflict", "lang"})
    + _on("PUT", "/{index}", admin.create, _WAIT)
    + _on("DELETE", "/{index}", admin.delete, _WAIT | TARGETS)
    + _on("GET", "/{index}", admin.get, _LOOK)
    + _on("HEAD", "/{index}", admin.exists, _LOOK)
)  # fmt: skip
# first parts of paths that are no names of indices
RESERVED = {endpoint.path.split("/")[1] for endpoint in ENDPOINTS if endpoint.path.startswith("/_")}
_ORDER = ("GET", "HEAD", "POST", "PUT", "DELETE")


class Application:
    """The ASGI application over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = [(endpoint.pattern, endpoint) for endpoint in ENDPOINTS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await self._response(request)
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        query = dict(request.query_params)
        raw = b""
        path = _path(request)
        call = Call(self._store, request.method, path, {}, query)
        try:
            raw = await _body(request)
            endpoint, place = self._found(request.method, path, raw, _written(request))
            call.place, call.raw = place, raw or query.get("source", "").encode()
            if raw:
                _check_type(request, path)
            answer = await asyncio.to_thread(_answered, endpoint, call)
        except typed.Missing as missing:
            answer = missing.answer
        except _Refused as refused:
            answer = Answer(refused.body, refused.status, refused.body if isinstance(refused.body, str) else None)
        except SearchError as error:
            answer = Answer(positions.placed(error, call.raw, call.root).body(), error.status)
        except Exception:  # a body in a form that no handler was made for
            log.exception("%s %s could not be answered", request.method, path)
            refused = SearchError(400, "illegal_argument_exception", "the request has a form that cannot be read: a value is not of the "
                                  "type that is expected")  # fmt: skip
            answer = Answer(refused.body(), refused.status)
        return _sent(call, answer)

    def _found(self, method: str, path: str, raw: bytes, written: str) -> tuple[Endpoint, dict[str, str]]:
        allowed: set[str] = set()
        for pattern, endpoint in self._table:
            found = pattern.fullmatch(path)
            name = "" if found is None else found.groupdict().get("index", "")
            if found is None or (
                name.startswith("_")
                and name != "_all"
                and (name in RESERVED or method != "PUT" or endpoint.path != "/{index}")
            ):
                continue
            if method in endpoint.methods:
                place = {
                    name: each.replace(_SLASH, "/") for name, each in found.groupdict().items() if each is not None
                }
                return endpoint, {name: date_name(each) if name == "index" else each for name, each in place.items()}
            allowed |= set(endpoint.methods)
        if not allowed:
            allowed |= set(typed.check(self._store, method, path, raw))
        if allowed and method == "OPTIONS":
            raise _Refused("", 200)
        if allowed:
            told = ", ".join(each for each in _ORDER if each in allowed)
            raise _Refused(
                {
                    "error": f"Incorrect HTTP method for uri [{written}] and method [{method}], allowed: [{told}]",
                    "status": 405,
                },
                405,
            )
        if re.fullmatch(r"/_[^/]+", path):
            name = path[1:]
            raise SearchError(400, "invalid_index_name_exception", f"Invalid index name [{name}], must not start with '_'.",
                              index_uuid="_na_", index=name)  # fmt: skip
        raise _Refused({"error": f"no handler found for uri [{written}] and method [{method}]"}, 400)


class _Refused(Exception):
    """A request that no endpoint is there for."""

    def __init__(self, body: dict[str, Any] | str, status: int) -> None:
        super().__init__()
        self.body, self.status = body, status


def _written(request: Request) -> str:
    """The target of the request as it was written: messages have it so."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope.get("query_string") or b""
    return (raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("ascii", "replace")


def _path(request: Request) -> str:
    """The path with its parts decoded; a slash within a part, as of a name with date maths, is another letter until it is read."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    parts = raw.decode("ascii", "replace").split("?")[0].split("/")
    return "/" + "/".join(unquote(part).replace("/", _SLASH) for part in parts if part)


async def _body(request: Request) -> bytes:
    """The body, unpacked. Raises SearchError for one that is too large or not packed as it says."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise _Refused({"error": "the body is larger than http.max_content_length", "status": 413}, 413)
        parts.append(part)
    raw = b"".join(parts)
    if request.headers.get("content-encoding", "").lower() != "gzip":
        return raw
    try:
        packed = zlib.decompressobj(zlib.MAX_WBITS | 16)
        unpacked = packed.decompress(raw, MOST_BYTES + 1)
        if not packed.eof and len(unpacked) <= MOST_BYTES:
            raise zlib.error("it ends before its end")
    except zlib.error:
        raise SearchError(
            400, "illegal_argument_exception", "the body is not packed with gzip, as its header says"
        ) from None
    if len(unpacked) > MOST_BYTES:
        raise _Refused({"error": "the body is larger than http.max_content_length", "status": 413}, 413)
    return unpacked


def _check_type(request: Request, path: str) -> None:
    """Raises _Refused for a content type that no body of ours has."""
    given = request.headers.get("content-type")
    plain = (given or "").partition(";")[0].strip().lower()
    streams = path.endswith(_STREAMS)
    if plain in ("application/json", *(("application/x-ndjson",) if streams else ())):
        return
    shown = f"[{given}]" if given is not None else "[null]"
    raise _Refused({"error": f"Content-Type header {shown} is not supported", "status": 406}, 406)


def _answered(endpoint: Endpoint, call: Call) -> Answer:
    call.check(endpoint.parameters)
    for name in ("timeout", "master_timeout"):
        if name in call.query:
            durations.millis(call.query[name], name)
    shards = call.query.get("wait_for_active_shards", "all")
    if shards != "all" and not shards.isdigit():
        cause = {"type": "number_format_exception", "reason": f'For input string: "{shards}"'}
        raise illegal(f"cannot parse ActiveShardCount[{shards}]", caused_by=cause)
    try:
        return endpoint.handler(call)
    except StopIteration as error:  # a future never ends by this one: what waits for it would wait for ever
        raise ValueError("an object or a list is empty") from error
    except ShardError as error:  # what only a shard finds out: an index that is not there is told before
        raise shards_failed([(next(iter(call.targets()), ""), error)]) from None


def _sent(call: Call, answer: Answer) -> Response:
    headers = {"X-elastic-product": "Elasticsearch"}
    if call.method == "HEAD":
        return Response(b"", answer.status, {**headers, "content-type": "application/json; charset=UTF-8"})
    if answer.text is not None:
        return Response(answer.text, answer.status, {**headers, "content-type": "text/plain; charset=UTF-8"})
    body = answer.body
    if call.query.get("filter_path") and not (
        answer.status >= 400 and isinstance(body, dict) and {*body} == {"error", "status"}
    ):
        body = filtered(body, call.split("filter_path"))
    if call.query.get("format") == "yaml":
        return Response(written(body), answer.status, {**headers, "content-type": "application/yaml"})
    pretty = orjson.OPT_INDENT_2 if call.query.get("pretty") in ("", "true") else 0
    return Response(orjson.dumps(body, option=pretty | orjson.OPT_NON_STR_KEYS), answer.status,
                    {**headers, "content-type": "application/json; charset=UTF-8"})  # fmt: skip
