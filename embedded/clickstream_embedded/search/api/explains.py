"""What is said of one document: _explain, why a query finds it or not, and _termvectors, the terms that it has."""

from __future__ import annotations

import json
import time
from typing import Any

from clickstream_embedded.search import request as requests
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.api.searches import only_query, query_body
from clickstream_embedded.search.errors import SearchError, ShardError, index_not_found, invalid
from clickstream_embedded.search.explaining import Explaining
from clickstream_embedded.search.indices import Index
from clickstream_embedded.search.queries.base import Context, Field

VECTORS = {"fields", "field_statistics", "term_statistics", "positions", "offsets", "payloads", "preference", "routing", "realtime",
           "version", "version_type"}  # fmt: skip


def _index(call: Call) -> Index:
    try:
        return call.store.indices.one(call.place["index"])
    except SearchError as error:
        if "resource.type" in error.entry:
            error.entry["resource.type"] = "index_expression"
        raise


def _context(call: Call, index: Index) -> Context:
    return Context(call.store.database, index, int(time.time() * 1000))


def explain(call: Call) -> Answer:
    query = only_query(call, query_body(call)).query
    if query is None:
        raise invalid("query is missing")
    with call.store.lock:
        index = _index(call)
        identifier = call.place["id"]
        head: dict[str, Any] = {"_index": index.name, "_type": index.kind, "_id": identifier}
        row = call.store.database.row("SELECT seq FROM docs WHERE idx = ? AND id = ?", (index.name, identifier))
        if row is None:
            return Answer({**head, "matched": False}, 404)
        matched, why = Explaining(_context(call, index), int(row[0])).of(query)
        more: dict[str, Any] = {}
        if any(name in call.query for name in ("_source", "_source_includes", "_source_excludes")):
            source = requests.source_from(call.query)
            document = json.loads(call.store.source(index.name, identifier))
            more = {"get": {"found": True, **({"_source": source.of(document)} if source.is_shown else {})}}
    return Answer({**head, "matched": matched, "explanation": why, **more})


def vectors(call: Call) -> Answer:
    body = call.object()
    asked = {**{key: each for key, each in body.items() if key != "doc"}, **call.query}
    with call.store.lock:
        return Answer(_vectors_of(call, _index(call), call.place.get("id"), asked, body.get("doc")))


def several_vectors(call: Call) -> Answer:
    """_mtermvectors: each with its own head, or with an error of its own."""
    body = call.object()
    shared = {**call.query, **(body.get("parameters") or {})}
    wanted = [*(body.get("docs") or []), *({"_id": each} for each in body.get("ids") or [])]
    if not wanted:
        raise invalid("multi term vectors: no documents requested")
    found: list[dict[str, Any]] = []
    with call.store.lock:
        for each in wanted:
            name = str(each.get("_index") or call.place.get("index"))
            asked = {**shared, **{key: value for key, value in each.items() if not key.startswith("_")}}
            try:
                index = call.store.indices.one(name)
            except SearchError:
                error = index_not_found(name, named=not call.store.dialect.has_types)
                told = error.body()["error"]
                found.append({"_index": name, "_type": "_doc", "_id": each.get("_id"), "error": told})
                continue
            identifier = None if each.get("_id") is None else str(each["_id"])
            found.append(_vectors_of(call, index, identifier, asked, each.get("doc")))
    return Answer({"docs": found})


def _vectors_of(call: Call, index: Index, identifier: str | None, asked: dict[str, Any], given: Any) -> dict[str, Any]:
    """The terms of one document, or of one that is given."""

    def wanted(name: str, default: bool) -> bool:
        return str(asked.get(name, default)).lower() in ("true", "")

    head: dict[str, Any] = {"_index": index.name, "_type": index.kind}
    row = call.store.database.row("SELECT version, source FROM docs WHERE idx = ? AND id = ?", (index.name, identifier))
    document = json.loads(row[1]) if row else given
    if document is None:
        return {**head, "_id": identifier, "_version": 0, "found": False, "took": 0}
    context = _context(call, index)
    names = asked.get("fields") or [
        each.name for each in context.leaves("text") if each.rule.get("term_vector", "no") != "no"
    ]
    found: dict[str, Any] = {}
    for name in names.split(",") if isinstance(names, str) else names:
        field = context.field(name)
        value = document.get(str(field.rule.get("of", name))) if field is not None else None
        if field is None or field.kind not in ("text", "keyword") or value is None:
            continue
        terms = _terms(context, field, str(value), wanted)
        found[name] = {
            **({"field_statistics": _statistics(context, field)} if wanted("field_statistics", True) else {}),
            "terms": terms,
        }
    shown = {"_id": identifier} if identifier is not None else {}
    return {**head, **shown, "_version": int(row[0]) if row else 0, "found": True, "took": 0, "term_vectors": found}


def _statistics(context: Context, field: Field) -> dict[str, int]:
    row = context.database.row(
        f"SELECT COUNT(DISTINCT docs.seq || ' ' || each.value), COUNT(DISTINCT docs.seq), COUNT(*) FROM docs, "
        f"json_each({field.values}, {field.path}) AS each WHERE docs.idx = ?", (context.index.name,),
    )  # fmt: skip
    known = row or (0, 0, 0)
    return {"sum_doc_freq": known[0], "doc_count": known[1], "sum_ttf": known[2]}


def _terms(context: Context, field: Field, text: str, wanted: Any) -> dict[str, Any]:
    used = field.analyzer("keyword" if field.kind == "keyword" else None)
    if used is None:
        raise ShardError("illegal_argument_exception", f"analyzer of [{field.name}] is not there")
    found: dict[str, Any] = {}
    for token in used.tokens(text):
        entry = found.setdefault(token.term, {"term_freq": 0})
        entry["term_freq"] += 1
        place = {**({"position": token.position} if wanted("positions", True) else {}),
                 **({"start_offset": token.start, "end_offset": token.end} if wanted("offsets", True) else {})}  # fmt: skip
        if place:
            entry.setdefault("tokens", []).append(place)
    if wanted("term_statistics", False):
        for word, entry in found.items():
            row = context.database.row(
                f"SELECT COUNT(DISTINCT docs.seq), COUNT(*) FROM docs, json_each({field.values}, {field.path}) AS each WHERE docs.idx = ? "
                "AND each.value = ?", (context.index.name, word),
            )  # fmt: skip
            many, total = row or (0, 0)
            found[word] = {"doc_freq": many, "ttf": total, **entry}
    return dict(sorted(found.items()))
