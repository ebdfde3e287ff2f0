"""Ingest pipelines: kept and shown; as a node without processors, this server refuses each that would change a document."""

from __future__ import annotations

import fnmatch
import time
from typing import Any

from clickstream_embedded.search.api.call import DONE, Answer, Call
from clickstream_embedded.search.errors import SearchError

_KNOWN = {"description", "processors", "version", "on_failure"}


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """Raises SearchError."""
    if "processors" not in body:
        raise SearchError(
            400, "parse_exception", "[processors] required property is missing", property_name="processors"
        )
    for each in [*(body["processors"] or []), *(body.get("on_failure") or [])]:
        kind = next(iter(each), "") if isinstance(each, dict) else str(each)
        raise SearchError(400, "parse_exception", f"No processor type exists with name [{kind}]", processor_type=kind)
    odd = [key for key in body if key not in _KNOWN]
    if odd:
        told = f"pipeline doesn't support one or more provided configuration parameters [{', '.join(odd)}]"
        raise SearchError(400, "parse_exception", told)
    return body


def put(call: Call) -> Answer:
    body = _checked(call.object(needed=True))
    with call.store.lock:
        call.store.indices.pipelines.put(call.place["name"], body)
    return Answer(DONE)


def get(call: Call) -> Answer:
    known, wanted = call.store.indices.pipelines, call.place.get("name")
    found = {name: body for name, body in known.items()
             if wanted is None or any(fnmatch.fnmatchcase(name, each) for each in wanted.split(","))}  # fmt: skip
    return Answer(found, 200 if found else 404)


def delete(call: Call) -> Answer:
    known, wanted = call.store.indices.pipelines, call.place["name"]
    with call.store.lock:
        found = fnmatch.filter(list(known), wanted)
        if not found and wanted != "*":
            raise SearchError(404, "resource_not_found_exception", f"pipeline [{wanted}] is missing")
        for name in found:
            known.remove(name)
    return Answer(DONE)


def simulate(call: Call) -> Answer:
    """What a pipeline would make of documents: as there are no processors, the documents."""
    body = call.object(needed=True)
    if "pipeline" in body:
        _checked(body["pipeline"])
    elif call.place.get("name") not in call.store.indices.pipelines:
        raise SearchError(400, "illegal_argument_exception", f"pipeline [{call.place.get('name')}] does not exist")
    if "docs" not in body:
        raise SearchError(400, "parse_exception", "[docs] required property is missing", property_name="docs")
    if not body["docs"]:
        raise SearchError(400, "illegal_argument_exception", "must specify at least one document in [docs]")
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    found: list[Any] = []
    for each in body["docs"]:
        if "_source" not in each:
            raise SearchError(400, "parse_exception", "[_source] required property is missing", property_name="_source")
        head = {
            "_index": str(each.get("_index", "_index")),
            "_type": str(each.get("_type", "_doc")),
            "_id": str(each.get("_id", "_id")),
        }
        found.append({"doc": {**head, "_source": each["_source"], "_ingest": {"timestamp": now}}})
    return Answer({"docs": found})
