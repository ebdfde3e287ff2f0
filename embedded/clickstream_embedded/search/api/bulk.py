"""Bulk writes: the lines of a request, and the answer to each (Elasticsearch's BulkRequestParser)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from clickstream_embedded.search import json_text
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.api.documents import asks_source, options, shown_source
from clickstream_embedded.search.errors import SearchError, illegal, invalid
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.store import Operation
from clickstream_embedded.search.updates import checked_update

_LINE = {"_index", "_type", "_id", "routing", "version", "version_type", "if_seq_no",
         "if_primary_term", "retry_on_conflict", "pipeline", "_source", "op_type"}  # fmt: skip
_OPTIONS = {"_type", "version", "version_type", "if_seq_no", "if_primary_term", "routing",
            "pipeline", "_source"}  # fmt: skip
ACTIONS = ("create", "delete", "index", "update")
_INTERNAL = "internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and `if_primary_term` instead"


def bulk(call: Call) -> Answer:
    started = time.monotonic()
    if not call.raw:
        raise SearchError(400, "parse_exception", "request body is required")
    if not call.raw.endswith(b"\n"):
        raise illegal("The bulk request must be terminated by a newline [\\n]")
    options(call, bulk=True)
    operations = [*_operations(call)]
    if not operations:
        raise invalid("no requests added")
    problems = [f"{problem}" for each in operations for problem in _lacks(each)]
    if problems:
        raise invalid(*problems)
    for each in operations:
        if each.action in ("index", "create"):
            _check_alias(call, each.index)
    items = _run(call, operations)
    if call.query.get("refresh") in ("true", ""):  # what is written can be searched at once anyway
        for item in items:
            for entry in item.values():
                if "result" in entry and entry["result"] != "noop":
                    entry["forced_refresh"] = True
    failed = any("error" in next(iter(item.values())) for item in items)
    took = int((time.monotonic() - started) * 1000)
    ingest = {"ingest_took": 0} if any("pipeline" in each.options for each in operations) else {}
    return Answer({"took": took, **ingest, "errors": failed, "items": items})


def _check_alias(call: Call, name: str) -> None:
    """Raises SearchError for an alias of several indices of which none is written to: all of the request is refused then."""
    known = call.store.indices.all
    if name not in known and sum(name in index.aliases for index in known.values()) > 1:
        call.store.indices.one(name)


def _run(call: Call, operations: list[Operation]) -> list[dict[str, Any]]:
    """The items in order; what names a pipeline fails by itself, where there is none of the name."""
    known = ("_none", *call.store.indices.pipelines)
    written = [each for each in operations if each.options.get("pipeline", "_none") in known]
    done = iter(call.store.bulk(written, lambda operation, entry: _add_source(call, operation, entry)))
    items: list[dict[str, Any]] = []
    for each in operations:
        if each.options.get("pipeline", "_none") in known:
            items.append(next(done))
            continue
        why = {
            "type": "illegal_argument_exception",
            "reason": f"pipeline with id [{each.options['pipeline']}] does not exist",
        }
        head = {
            "_index": each.index,
            "_type": call.store.dialect.kind(each.options.get("_type")),
            "_id": each.identifier,
        }
        items.append({each.action: {**head, "status": 400, "error": why}})
    return items


def _add_source(call: Call, operation: Operation, entry: dict[str, Any]) -> None:
    """The document after its update, where it is asked for: before what follows in the request changes it again."""
    asked = operation.options.get("source")
    if (
        operation.action == "update"
        and "error" not in entry
        and (asked is not None or asks_source(call, operation.body))
    ):
        entry |= shown_source(call, entry["_index"], entry["_id"], operation.body, asked)


def _lacks(operation: Operation) -> list[str]:
    found = [] if operation.index else ["index is missing"]
    if operation.identifier is None and operation.action in ("delete", "update"):
        found.append("id is missing")
    if operation.action == "update" and not operation.body.strip():
        found.append("script or doc is missing")
    if operation.options.get("version") is not None and operation.options.get("version_type", "internal") == "internal":
        found.append(_INTERNAL)
    return found


def _operations(call: Call) -> Iterator[Operation]:
    lines = enumerate(call.raw.split(b"\n"), 1)
    default, everywhere = (
        call.place.get("index"),
        {key: call.query[key] for key in ("routing", "pipeline") if key in call.query},
    )
    for number, line in lines:
        if not line.strip():
            continue
        action, target = _action(line, number)
        if not action:
            next(lines, None)  # and the line that it would have as its source
            continue
        for key in target:
            if key not in _LINE:
                raise illegal(f"Action/metadata line [{number}] contains an unknown parameter [{key}]")
            if isinstance(target[key], list | dict):
                raise illegal(f"Malformed action/metadata line [{number}], expected a simple value for field [{key}] but found "
                              f"[{token(target[key])}]")  # fmt: skip
        index = str(target.get("_index") or default or "")
        identifier = target.get("_id")
        kind = "create" if action == "index" and target.get("op_type") == "create" else action
        given = {
            key if key == "_type" else key.removeprefix("_"): value for key, value in target.items() if key in _OPTIONS
        }
        given = {**everywhere, **given}
        if action in ("delete", "update") or given.get("pipeline") == "_none":
            given.pop("pipeline", None)
        body = b""
        if action != "delete":
            body = next(lines, (0, b""))[1]
            if next_is_end(call.raw, number):  # the source is not there: as if the action were not
                return
        if kind == "update":
            checked_update(body)
        yield Operation(kind, index, None if identifier is None else str(identifier), body, given)


def next_is_end(raw: bytes, number: int) -> bool:
    """Whether a line is the last one of a body."""
    return raw.count(b"\n") <= number


def _action(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    """(action, target) of a line; "" for one of another action, which is passed over as the server does."""
    try:
        parsed = json_text.streamed(line, lambda found: _checked_line(found, number), only=False)
    except SearchError as error:
        if error.partial is None or not _ends_early(error.partial, str(error.entry["reason"])):
            raise
        parsed = error.partial
    _checked_line(parsed, number)
    action, target = next(iter(parsed.items()))
    return (action if action in ACTIONS else ""), target


def _ends_early(partial: Any, reason: str) -> bool:
    """Whether only the last bracket of a line is missing: the server reads no further than the target's own."""
    unclosed = "expected close marker for Object (start marker at [Source: (byte[]); line: 1, column: 1])" in reason
    return unclosed and isinstance(partial, dict) and len(partial) == 1


def _checked_line(parsed: Any, number: int) -> None:
    """Raises SearchError for a line that names no action with its target."""
    if not isinstance(parsed, dict):
        raise illegal(f"Malformed action/metadata line [{number}], expected START_OBJECT but found [{token(parsed)}]")
    if not parsed:
        raise illegal(f"Malformed action/metadata line [{number}], expected FIELD_NAME but found [END_OBJECT]")
    action, target = next(iter(parsed.items()))
    if not isinstance(target, dict):
        raise illegal(
            f"Malformed action/metadata line [{number}], expected START_OBJECT or END_OBJECT but found [{token(target)}]",
            at=(parsed, action),
        )
