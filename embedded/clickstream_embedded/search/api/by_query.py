"""Writes of all that a query finds: _delete_by_query, _update_by_query and _reindex."""

from __future__ import annotations

import time
from typing import Any

import orjson

from clickstream_embedded.search import hits
from clickstream_embedded.search import request as requests
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.api.searches import COUNT
from clickstream_embedded.search.errors import content, content_within, illegal, invalid, no_scripts, parsing
from clickstream_embedded.search.queries import registry
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.request import Search
from clickstream_embedded.search.searching import Searching
from clickstream_embedded.search.store import Operation

_ALL = 2**31 - 1

BY_QUERY = COUNT | {"conflicts", "refresh", "timeout", "wait_for_active_shards", "wait_for_completion", "requests_per_second",
                    "scroll", "scroll_size", "search_timeout", "search_type", "size", "max_docs", "slices", "sort", "stats",
                    "version", "pipeline", "from", "_source", "_source_includes", "_source_excludes"}  # fmt: skip


def _by_query(call: Call, action: str) -> Answer:
    started = time.monotonic()
    body = call.json(needed=action == "delete")
    if not isinstance(body, dict):
        raise parsing(f"Expected [START_OBJECT] but found [{token(body)}]")
    known = ("query", "max_docs", "size", "conflicts", "slice", "sort") + (("script",) if action == "update" else ())
    for key in body:
        if key not in known:
            raise content(f"[{action}_by_query] unknown field [{key}], parser not found", body, key)
    if "script" in body:
        raise no_scripts(body["script"])
    if action == "delete" and "query" not in body and "q" not in call.query:
        raise invalid("query is missing")
    if not call.truth("wait_for_completion", True) or "pipeline" in call.query:
        raise illegal("[wait_for_completion=false] and [pipeline] are not there in this server")
    query = registry.parse(body["query"]) if "query" in body else None
    query = requests.uri_query(call.query) if "q" in call.query else query
    most = requests.whole(
        body.get("max_docs", body.get("size", call.query.get("max_docs", call.query.get("size", _ALL))))
    )
    with call.store.lock:
        rows = Searching(call.store, Search(query, size=0), call.targets()).matching()[:most]
        sources = (
            {} if action == "delete" else {(index, name): call.store.source(index, name) for index, name, *_ in rows}
        )
        kind = "delete" if action == "delete" else "index"
        items = call.store.bulk(
            [Operation(kind, index, name, sources.get((index, name), b"")) for index, name, *_ in rows]
        )
    failures = _failures(items)
    done = len(items) - len(failures)
    shown = {"deleted": done} if action == "delete" else {"updated": done, "deleted": 0}
    size = int(call.query.get("scroll_size", 1000))
    return _told(started, shown, len(rows), size, failures)


def _failures(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**{key: entry[key] for key in ("_index", "_type", "_id")}, "cause": entry["error"], "status": entry["status"]}
        for item in items for entry in item.values() if "error" in entry
    ]  # fmt: skip


def _told(started: float, counts: dict[str, int], total: int, size: int, failures: list[dict[str, Any]]) -> Answer:
    shown = {"took": int((time.monotonic() - started) * 1000), "timed_out": False, "total": total, **counts}
    answer = {**shown, "batches": -(-total // size), "version_conflicts": 0, "noops": 0, "retries": {"bulk": 0, "search": 0},
              "throttled_millis": 0, "requests_per_second": -1.0, "throttled_until_millis": 0, "failures": failures}  # fmt: skip
    return Answer(answer, 400 if failures else 200)


def delete_by_query(call: Call) -> Answer:
    return _by_query(call, "delete")


def update_by_query(call: Call) -> Answer:
    return _by_query(call, "update")


REINDEX = {
    "refresh",
    "timeout",
    "wait_for_active_shards",
    "wait_for_completion",
    "requests_per_second",
    "scroll",
    "slices",
    "max_docs",
}
_BODY = ("source", "dest", "max_docs", "size", "conflicts", "script")
_DEST = ("index", "type", "op_type", "routing", "pipeline", "version_type")


def reindex(call: Call) -> Answer:
    """_reindex: what a query finds in some indices, written to another."""
    started = time.monotonic()
    body = call.object(needed=True)
    for key in body:
        if key not in _BODY:
            raise content(f"[reindex] unknown field [{key}], parser not found", body, key)
    source, dest = body.get("source") or {}, body.get("dest") or {}
    for key in dest:
        if key not in _DEST:
            raise content_within("reindex", "dest", "dest", dest, key, whole=True)
    problems = [
        f"{name} is missing" for name, given in (("source index", source), ("index", dest)) if not given.get("index")
    ]
    if problems:
        raise invalid(*[problem if problem != "source index is missing" else "use _all if you really want to copy from all existing indexes"
                        for problem in problems])  # fmt: skip
    if "script" in body:
        raise no_scripts(body["script"])
    for key in ("remote", "slice"):
        if key in source:
            raise illegal(f"[{key}] of a reindex's source is not there in this server")
    if not call.truth("wait_for_completion", True) or "pipeline" in dest:
        raise illegal("[wait_for_completion=false] and [pipeline] are not there in this server")
    return _copied(call, source, dest, body, started)


def _copied(call: Call, source: dict[str, Any], dest: dict[str, Any], body: dict[str, Any], started: float) -> Answer:
    query = registry.parse(source["query"]) if "query" in source else None
    shown = hits.source_of(source.get("_source"), source)
    most = requests.whole(body.get("max_docs", body.get("size", call.query.get("max_docs", _ALL))))
    names = source["index"] if isinstance(source["index"], list) else str(source["index"])
    kind = "create" if dest.get("op_type") == "create" else "index"
    with call.store.lock:
        targets = call.store.indices.resolve(names)
        if str(dest["index"]) in targets:
            raise invalid(f"reindex cannot write into an index its reading from [{dest['index']}]")
        rows = Searching(call.store, Search(query, size=0), targets).matching()[:most]
        versions = dest.get("version_type", "internal")
        operations = [
            Operation(kind, str(dest["index"]), name, orjson.dumps(shown.of(orjson.loads(call.store.source(index, name)))),
                      {} if versions == "internal" else {"version": version, "version_type": versions})
            for index, name, version, _ in rows
        ]  # fmt: skip
        items = call.store.bulk(operations)
    entries = [entry for item in items for entry in item.values()]
    conflicts = [entry for entry in entries if entry["status"] == 409]
    failures = _failures(items)
    if body.get("conflicts") == "proceed":
        failures = [each for each in failures if each["status"] != 409]
    counts = {"updated": sum(entry.get("result") == "updated" for entry in entries),
              "created": sum(entry.get("result") == "created" for entry in entries), "deleted": 0}  # fmt: skip
    answer = _told(started, counts, len(rows), requests.whole(source.get("size", 1000)), failures)
    answer.body["version_conflicts"] = len(conflicts)
    return Answer(answer.body, max((each["status"] for each in failures), default=200))
