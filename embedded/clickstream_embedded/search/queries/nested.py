"""The nested query: what objects of their own within a document are like, and which of them its inner hits show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search.errors import SearchError, ShardError, illegal, parsing
from clickstream_embedded.search.queries.arguments import boost_of, finished, options, token
from clickstream_embedded.search.queries.base import NONE, Context, Query, Sql, pretty

_MODES = {"avg": "AVG", "sum": "SUM", "min": "MIN", "max": "MAX", "none": ""}
_INNER = {"name", "ignore_unmapped", "from", "size", "sort", "_source", "highlight", "version", "seq_no_primary_term", "explain",
          "docvalue_fields", "stored_fields", "script_fields", "track_scores", "collapse"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inner:
    """The inner hits of a query: of which objects, on which condition, and how they are shown."""

    path: str
    context: Context  # of the nested objects
    condition: Sql
    spec: dict[str, Any]
    query: Query


def checked_inner(given: Any) -> dict[str, Any]:
    """The options of `inner_hits`. Raises SearchError."""
    if not isinstance(given, dict):
        raise parsing(f"[inner_hits] unexpected token [{token(given)}]")
    for key in given:
        if key not in _INNER:
            cause = {
                "type": "x_content_parse_exception",
                "reason": f"[1:1] [inner_hits] unknown field [{key}], parser not found",
            }
            raise SearchError(400, "x_content_parse_exception", cause["reason"], at=(given, key))
        if key in ("size", "from") and isinstance(given[key], str) and not given[key].lstrip("-").isdigit():
            failed = {
                "type": "x_content_parse_exception",
                "reason": f"[1:1] [inner_hits] failed to parse field [{key}]",
            }
            why = {
                **failed,
                "caused_by": {"type": "number_format_exception", "reason": f'For input string: "{given[key]}"'},
            }
            raise SearchError(400, "x_content_parse_exception", "[1:1] [collapse] failed to parse field [inner_hits]", at=(given, key),
                              caused_by=why, root_cause=[failed])  # fmt: skip
    return given


def nested(body: Any, parse: Callable[[Any], Query]) -> Query:
    given = options("nested", body, {"path", "query", "score_mode", "ignore_unmapped", "inner_hits"})
    path = given.get("path")
    if path is None:
        raise illegal("[nested] requires 'path' field")
    if given.get("query") is None:
        raise illegal("[nested] requires 'query' field")
    mode = str(given.get("score_mode") or "avg")
    if mode not in _MODES:
        raise illegal(f"No score mode for child query [{mode}] found")
    inner = parse(given["query"])
    spec = checked_inner(given["inner_hits"]) if "inner_hits" in given else None
    unmapped = given.get("ignore_unmapped") in (True, "true")

    def build(context: Context) -> Sql:
        reason = no_nested(context, str(path))
        if reason:
            if unmapped:
                return NONE
            raise ShardError("query_shard_exception", f"failed to create query: {pretty(shown)}", 400,
                             {"type": "illegal_state_exception", "reason": reason})  # fmt: skip
        within = context.nested(str(path))
        found = inner.build(within)
        if spec is not None:
            context.inner[str(spec.get("name", path))] = Inner(str(path), within, found, spec, inner)
        return on_objects(context, within, str(path), found, mode)

    shown = {"nested": {"query": inner.shown, "path": path, "ignore_unmapped": unmapped, "score_mode": mode,
                        "boost": boost_of(given)}}  # fmt: skip
    if spec is not None:
        shown["nested"]["inner_hits"] = _shown(spec)
    return finished(build, given, shown)


def no_nested(context: Context, path: str) -> str:
    """Why there are no nested objects under a path; empty where there are."""
    rule = context.index.mapping.flat().get(path, {})
    if rule.get("nested"):
        return ""
    return f"[nested] nested object under path [{path}] is not of nested type" if rule else (
        f"[nested] failed to find nested object under path [{path}]"
    )  # fmt: skip


def _shown(spec: dict[str, Any]) -> dict[str, Any]:
    """Inner hits as the server writes a query."""
    made: dict[str, Any] = {"name": spec["name"]} if "name" in spec else {}
    made |= {"ignore_unmapped": spec.get("ignore_unmapped", False) in (True, "true"), "from": int(spec.get("from", 0)),
             "size": int(spec.get("size", 3))}  # fmt: skip
    made |= {
        key: spec.get(key, False) in (True, "true")
        for key in ("version", "seq_no_primary_term", "explain", "track_scores")
    }
    if "_source" in spec:
        made["_source"] = _shown_source(spec["_source"])
    if "docvalue_fields" in spec:
        made["docvalue_fields"] = spec["docvalue_fields"]
    if spec.get("sort"):
        listed = spec["sort"] if isinstance(spec["sort"], list) else [spec["sort"]]
        made["sort"] = [{each: {"order": "asc"}} if isinstance(each, str) else _shown_sort(each) for each in listed]
    if "highlight" in spec:
        made["highlight"] = spec["highlight"]
    return made


def _shown_sort(given: dict[str, Any]) -> dict[str, Any]:
    return {name: {"order": how} if isinstance(how, str) else {"order": "asc", **how} for name, how in given.items()}


def _shown_source(given: Any) -> Any:
    if isinstance(given, bool):
        return given
    if isinstance(given, dict):
        included, excluded = given.get("includes", given.get("include")), given.get("excludes", given.get("exclude"))
    else:
        included, excluded = given, None
    return {
        name: [each] if isinstance(each, str) else each or []
        for name, each in (("includes", included), ("excludes", excluded))
    }


def on_objects(context: Context, within: Context, path: str, found: Sql, mode: str) -> Sql:
    """That one of the objects meets the condition, with the scores of those that do put together."""
    table = f"{context.each(path)} AS {within.values.removesuffix('.value')}"
    where = f"EXISTS (SELECT 1 FROM {table} WHERE {found.where})"
    how = _MODES[mode]
    if not how or not context.scoring:
        return Sql(where, found.values, "0.0")
    score = f"(SELECT {how}({found.score}) FROM {table} WHERE {found.where})"
    return Sql(where, found.values, score, (*found.weights, *found.values))
