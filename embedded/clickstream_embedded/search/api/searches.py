"""Searching: search, count, msearch, scroll, validate, and writes of all that a query finds."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from clickstream_embedded.search import json_text, positions
from clickstream_embedded.search import request as requests
from clickstream_embedded.search.api.call import TARGETS, Answer, Call
from clickstream_embedded.search.errors import (
    Key,
    SearchError,
    ShardError,
    illegal,
    invalid,
    parsing,
    shards_failed,
)
from clickstream_embedded.search.queries import registry
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.request import Search
from clickstream_embedded.search.scrolls import Scroll, keep_alive
from clickstream_embedded.search.searching import Searching

COUNT = TARGETS | {"q", "df", "analyzer", "default_operator", "lenient", "analyze_wildcard", "routing", "preference", "min_score",
                   "terminate_after", "ignore_throttled"}  # fmt: skip
SEARCH = COUNT | {
    "size", "from", "sort", "_source", "_source_includes", "_source_excludes", "track_total_hits", "track_scores",
    "rest_total_hits_as_int", "scroll", "search_type", "timeout", "version", "seq_no_primary_term", "docvalue_fields",
    "stored_fields", "typed_keys", "batched_reduce_size", "max_concurrent_shard_requests", "pre_filter_shard_size",
    "request_cache", "allow_partial_search_results", "ccs_minimize_roundtrips", "stats", "explain",
}  # fmt: skip
_HEAD = {"index", "indices", "type", "types", "search_type", "preference", "routing", "ignore_unavailable", "allow_no_indices",
         "expand_wildcards", "ignore_throttled", "ccs_minimize_roundtrips", "request_cache", "allow_partial_search_results"}  # fmt: skip
_ALL = 2**31 - 1


def search(call: Call) -> Answer:
    found = requests.read(call.streamed(requests.read), call.query)
    _search_type(call.query.get("search_type"))
    for name in ("request_cache", "allow_partial_search_results", "ccs_minimize_roundtrips"):
        call.truth(name)
    for name in ("max_concurrent_shard_requests", "pre_filter_shard_size"):
        if name in call.query and requests.int_parameter(call.query, name) < 1:
            raise illegal(_POSITIVE[name])
    if call.truth("explain"):
        found = replace(found, explain=True)
    if "batched_reduce_size" in call.query and requests.int_parameter(call.query, "batched_reduce_size") < 2:
        raise illegal("batchedReduceSize must be >= 2")
    if "scroll" in call.query:
        return _opened(call, found)
    if found.slice_of is not None:
        raise ShardError("search_exception", "`slice` cannot be used outside of a scroll context", 500)
    answer = Searching(call.store, found, call.targets()).answer()
    return Answer(_shaped(call, found, answer))


def _search_type(kind: str | None) -> None:
    if kind not in (None, "query_then_fetch", "dfs_query_then_fetch"):
        raise illegal(f"No search type for [{kind}]")


def _shaped(call: Call, found: Search, answer: dict[str, Any]) -> dict[str, Any]:
    if call.truth("rest_total_hits_as_int") and isinstance(answer["hits"].get("total"), dict):
        answer["hits"]["total"] = answer["hits"]["total"]["value"]
    if call.truth("rest_total_hits_as_int") and "total" not in answer["hits"]:
        answer["hits"]["total"] = -1
    if "aggregations" in answer and call.truth("typed_keys"):
        answer["aggregations"] = _typed(answer["aggregations"], found)
    return answer


_TYPED = {"terms": "terms", "percentiles": "tdigest_percentiles", "percentile_ranks": "tdigest_percentile_ranks",
          "min_bucket": "bucket_metric_value", "max_bucket": "bucket_metric_value", "avg_bucket": "simple_value",
          "sum_bucket": "simple_value", "cumulative_sum": "simple_value", "moving_avg": "simple_value",
          "rare_terms": "srareterms"}  # fmt: skip


def _typed(results: dict[str, Any], found: Search) -> dict[str, Any]:
    nodes = {node.name: node for top in found.aggregations for node in [top]}

    def one(result: Any, node: Any) -> Any:
        inner = {each.name: each for each in (*node.children, *node.pipelines)}
        buckets = result.get("buckets")
        listed = buckets.values() if isinstance(buckets, dict) else buckets if isinstance(buckets, list) else [result]
        for bucket in listed:
            for name, child in inner.items():
                if name in bucket:
                    inside = bucket.pop(name)
                    bucket[f"{_type_of(child, inside)}#{name}"] = one(inside, child)
        return result

    return {f"{_type_of(node, results[name])}#{name}": one(results[name], node) for name, node in nodes.items()}


def _type_of(node: Any, result: dict[str, Any]) -> str:
    if node.kind == "terms":
        key = next((bucket["key"] for bucket in result.get("buckets", [])), "")
        return "sterms" if isinstance(key, str) else "dterms" if isinstance(key, float) else "lterms"
    return _TYPED.get(node.kind) or str(node.kind)


# -- scrolls ------------------------------------------------------------------------------------------------------


def _opened(call: Call, found: Search) -> Answer:
    seconds = keep_alive(call.query["scroll"])
    problems: list[str] = []
    if found.start > 0:
        problems.append("using [from] is not allowed in a scroll context")
    if found.size == 0:
        problems.append("[size] cannot be [0] in a scroll context")
    if problems:
        raise invalid(*problems)
    if found.after is not None:
        raise ShardError("search_exception", "`search_after` cannot be used in a scroll context.", 500)
    if found.collapse is not None:
        raise illegal("cannot use `collapse` in a scroll context")
    with call.store.lock:
        searching = Searching(call.store, replace(found, total=2**62), call.targets())
        answer = searching.answer()
        rows = searching.everything()
        shards = answer["_shards"]
        identifier = call.store.scrolls.open(
            found, rows, answer["hits"]["total"], answer["hits"]["max_score"], shards, seconds, found.size
        )
    return Answer(_shaped(call, found, {"_scroll_id": identifier, **answer}))


def _scroll_body(call: Call) -> dict[str, Any]:
    """Raises SearchError for what is no JSON, or no object."""
    if not call.raw.strip():
        return {}
    try:
        call.root = json_text.read(call.raw, only=False)
    except SearchError as error:
        raise illegal("Failed to parse request body", caused_by=error.entry) from None
    if not isinstance(call.root, dict):
        raise illegal("Malformed content, must start with an object")
    return call.root


def scroll(call: Call) -> Answer:
    body = _scroll_body(call)
    for key in body:
        if key not in ("scroll_id", "scroll"):
            raise illegal(
                f"Unknown parameter [{key}] in request body or parameter is of the wrong type[{token(body[key])}] "
            )
        if not isinstance(body[key], str):
            raise illegal(
                f"Unknown parameter [{key}] in request body or parameter is of the wrong type[{token(body[key])}] "
            )
    identifier = str(body.get("scroll_id") or call.query.get("scroll_id") or call.place.get("id") or "")
    if not identifier:
        raise invalid("scrollId is missing")
    given = body.get("scroll") or call.query.get("scroll")
    started = time.monotonic()
    with call.store.lock:
        found: Scroll = call.store.scrolls.get(identifier, keep_alive(str(given)) if given else None)
        rows = call.store.scrolls.page(found, found.search.size)
        hits = Searching(call.store, found.search, {}).hits_of(rows)
    answer = {"_scroll_id": identifier, "took": int((time.monotonic() - started) * 1000), "timed_out": False, **found.terminated, "_shards": found.shards,
              "hits": {"total": found.total, "max_score": found.best, "hits": hits}}  # fmt: skip
    return Answer(_shaped(call, found.search, answer))


def clear_scroll(call: Call) -> Answer:
    body = _scroll_body(call)
    given = body.get("scroll_id", call.place.get("id") or call.query.get("scroll_id") or [])
    names = given if isinstance(given, list) else str(given).split(",")
    for key in body:
        if key != "scroll_id":
            raise illegal(
                f"Unknown parameter [{key}] in request body or parameter is of the wrong type[{token(body[key])}] "
            )
    with call.store.lock:
        if names == ["_all"]:
            names = call.store.scrolls.names()
        elif not names:
            raise invalid("no scroll ids specified")
        for name in names:
            unknown = call.store.scrolls.unknown(str(name))
            if unknown.status == 400:
                raise unknown
        freed = sum(call.store.scrolls.close(str(name)) for name in names)
    return Answer({"succeeded": True, "num_freed": freed}, 200 if freed or call.place.get("id") == "_all" else 404)


# -- counting and many searches -----------------------------------------------------------------------------------


def only_query(call: Call, body: Any) -> Search:
    """The search of a body that may hold a query only."""
    if not isinstance(body, dict):
        raise parsing(f"Expected [START_OBJECT] but found [{token(body)}]")
    for key in body:
        if key != "query":
            raise parsing(f"request does not support [{key}]", body, Key(key))
    query = registry.parse(body["query"]) if "query" in body else None
    if "q" in call.query:
        query = requests.uri_query(call.query)
    return Search(query, size=0)


def query_body(call: Call) -> Any:
    """A body that holds a query only. Raises SearchError."""
    try:
        return call.streamed(lambda body: only_query(call, body))
    except SearchError as error:
        if error.entry["type"] not in ("json_parse_exception", "json_e_o_f_exception"):
            raise
        line, column = error.last
        raise parsing("Failed to parse", line=line, col=column, caused_by=error.entry) from None


def count(call: Call) -> Answer:
    found = only_query(call, query_body(call))
    if "min_score" in call.query:
        found = replace(found, min_score=float(call.query["min_score"]))
    if "terminate_after" in call.query and requests.whole(call.query["terminate_after"]) < 0:
        raise illegal("terminateAfter must be > 0")
    searching = Searching(call.store, found, call.targets())
    total, shards = searching.count()
    most = requests.whole(call.query.get("terminate_after", 0))
    shown = {"count": min(total, most) if most else total}
    if most:
        shown = {**shown, "terminated_early": total > most}
    return Answer({**shown, "_shards": {"total": shards, "successful": shards, "skipped": 0, "failed": 0}})


_PACKAGES = {"number_format_exception": "java.lang.", "illegal_argument_exception": "java.lang.",
             "parse_exception": "org.apache.lucene.queryparser.classic."}  # fmt: skip
_JAVA_NAMES = {"parsing_exception": "org.elasticsearch.common.ParsingException"}


def _java_told(call: Call, index: str, entry: dict[str, Any]) -> str:
    """An exception with its cause as Java writes them in one line."""
    told = f"[{index}/{call.store.indices.all[index].uuid}] {_java_name(entry['type'])}[{entry['reason']}]"
    cause = entry.get("caused_by")
    if cause is None:
        return told
    package = _PACKAGES.get(cause["type"], "org.elasticsearch.")
    at: dict[str, Any] | None = cause
    while at is not None:
        told += f"; nested: {_java_name(at['type'])}[{at['reason']}]"
        at = at.get("caused_by")
    return f"{told};; {package}{_java_name(cause['type'])}: {cause['reason']}"


def _java_name(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("_"))


def validate(call: Call) -> Answer:
    head = {"_shards": {"total": 1, "successful": 1, "failed": 0}}
    try:
        body = query_body(call)
    except SearchError as error:
        if error.status == 404:
            raise
        told = {"error": f"{_JAVA_NAMES.get(error.entry['type'], error.entry['type'])}: {error.entry['reason']}"}
        return Answer({"valid": False, **(told if call.truth("explain") else {})})
    if not body and "q" not in call.query and call.raw:
        raise invalid("query cannot be null")
    try:
        found = only_query(call, body)
        searching = Searching(call.store, found, call.targets())
        searching.count()
        count = max(len(call.targets()), 1)
        head = {"_shards": {"total": count, "successful": count, "failed": 0}}
        if call.truth("explain") or call.truth("rewrite"):
            return Answer({**head, "valid": True, "explanations": searching.described()})
    except SearchError as error:
        if error.status == 404:
            raise
        if "phase" not in error.entry:
            told = {"error": f"{_JAVA_NAMES.get(error.entry['type'], error.entry['type'])}: {error.entry['reason']}"}
            return Answer({"valid": False, **(told if call.truth("explain") else {})})
        if not call.truth("explain"):
            return Answer({**head, "valid": False})
        return Answer({**head, "valid": False, "explanations": [
            {"index": shard["index"], "valid": False, "error": _java_told(call, shard["index"], shard["reason"])}
            for shard in error.entry["failed_shards"]
        ]})  # fmt: skip
    return Answer({**head, "valid": True})


_POSITIVE = {"max_concurrent_searches": "maxConcurrentSearchRequests must be positive",
             "max_concurrent_shard_requests": "maxConcurrentShardRequests must be >= 1",
             "pre_filter_shard_size": "preFilterShardSize must be >= 1"}  # fmt: skip


def many(call: Call) -> Answer:
    if not call.raw:
        raise SearchError(400, "parse_exception", "request body is required")
    if not call.raw.endswith(b"\n"):
        raise illegal("The msearch request must be terminated by a newline [\n]")
    for name in ("max_concurrent_searches", "max_concurrent_shard_requests", "pre_filter_shard_size"):
        if name in call.query and requests.int_parameter(call.query, name) < 1:
            raise illegal(_POSITIVE[name])
    started = time.monotonic()
    lines = call.raw.removeprefix(b"\n").split(b"\n")[:-1]
    responses: list[Any] = []
    asked: list[tuple[dict[str, Any], Search | ShardError]] = []
    for head, body in zip(lines[::2], lines[1::2], strict=False):
        target = _head(head)
        try:
            asked.append((target, _read(body)))
        except ShardError as error:
            asked.append((target, error))
    if not asked:
        raise invalid("no requests added")
    for target, found in asked:
        try:
            responses.append({**_one_of_many(call, target, found), "status": 200})
        except ShardError as error:
            responses.append(shards_failed([("", error)]).body())
        except SearchError as error:
            responses.append(error.body())
    return Answer({"responses": responses} if call.store.dialect.has_types else
                  {"took": int((time.monotonic() - started) * 1000), "responses": responses})  # fmt: skip


def _head(line: bytes) -> dict[str, Any]:
    if not line.strip():
        return {}
    target = json_text.read(line, only=False)
    if not isinstance(target, dict):  # a map of none, for the server
        return {}
    for key in target:
        if key not in _HEAD:
            raise illegal(f"key [{key}] is not supported in the metadata section")
    _search_type(target.get("search_type"))
    return target


def _read(raw: bytes) -> Search:
    if not raw.strip():
        raise parsing("Expected [START_OBJECT] but found [null]", col=0)
    body = json_text.streamed(raw, requests.read)
    try:
        return requests.read(body)
    except SearchError as error:
        raise positions.placed(error, raw, body) from None


def _one_of_many(call: Call, target: dict[str, Any], found: Search | ShardError) -> dict[str, Any]:
    index = target.get("index") or target.get("indices") or call.place.get("index")
    names: str | list[str] | None = index
    targets = call.store.indices.resolve(
        names, ignore_missing=target.get("ignore_unavailable") in (True, "true"),
        no_indices=target.get("allow_no_indices", True) in (True, "true"),
    )  # fmt: skip
    if isinstance(found, ShardError):
        raise shards_failed([(next(iter(targets), ""), found)])
    return _shaped(call, found, Searching(call.store, found, targets).answer())
