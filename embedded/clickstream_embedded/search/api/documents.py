"""Single documents, several by id, and bulk writes."""

from __future__ import annotations

from typing import Any

import orjson

from clickstream_embedded.search import hits
from clickstream_embedded.search import mapping as mappings
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.errors import SearchError, illegal, index_not_found, invalid, parsing
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.request import source_from, whole
from clickstream_embedded.search.store import Operation

WRITE = {"refresh", "timeout", "routing", "wait_for_active_shards", "version", "version_type", "if_seq_no", "if_primary_term",
         "op_type", "pipeline", "include_type_name"}  # fmt: skip
READ = {"_source", "_source_includes", "_source_excludes", "stored_fields", "refresh", "realtime", "preference", "routing",
        "version", "version_type"}  # fmt: skip


_GET = {"_index", "_type", "_id", "routing", "_routing", "_parent", "fields", "stored_fields", "_stored_fields", "version", "_version",
        "_version_type", "version_type", "_source", "_source_includes", "_source_excludes"}  # fmt: skip


def options(call: Call, *, bulk: bool = False) -> dict[str, Any]:
    """What the parameters of a write say. Raises SearchError."""
    found: dict[str, Any] = {
        key: call.query[key]
        for key in ("version", "version_type", "if_seq_no", "if_primary_term", "routing")
        if key in call.query
    }
    for key in ("version", "if_seq_no", "if_primary_term"):
        if key in found:
            try:
                found[key] = int(found[key])
            except ValueError:
                told = {"type": "number_format_exception", "reason": f'For input string: "{found[key]}"'}
                raise illegal(
                    f"Failed to parse long parameter [{key}] with value [{found[key]}]", caused_by=told
                ) from None
    if "wait_for_active_shards" in call.query:
        found |= {
            "wait_for_active_shards": call.query["wait_for_active_shards"],
            "timeout": call.query.get("timeout", "1m"),
        }
    if found.get("if_seq_no", -1) >= 0 and found.get("if_primary_term", 0) == 0:
        raise invalid("ifSeqNo is set, but primary term is [0]")
    if call.query.get("pipeline", "_none") not in ("_none", *call.store.indices.pipelines) and not bulk:
        raise illegal(f"pipeline with id [{call.query['pipeline']}] does not exist")
    refresh = call.query.get("refresh")
    if refresh not in (None, "", "true", "false", "wait_for"):
        raise illegal(f"Unknown value for refresh: [{refresh}].")
    kind = found.get("version_type", "internal")
    if kind not in ("internal", "external", "external_gt", "external_gte"):
        raise illegal(f"No version type match [{kind}]")
    if kind != "internal" and "version" not in found and call.raw:
        raise invalid(f"illegal version value [-3] for version type [{kind.upper()}]")
    return found


def _write(call: Call, action: str, identifier: str | None) -> Answer:
    if action != "delete" and not call.raw.strip():
        raise SearchError(400, "parse_exception", "request body is required")
    operation = Operation(action, call.place["index"], identifier, call.raw, options(call), alone=True)
    with call.store.lock:
        call.store.database.run("BEGIN")
        try:
            entry = call.store.write(operation)
            call.store.database.run("COMMIT")
        except BaseException as error:  # whatever it was: a transaction left open would fail every write after it
            call.store.database.run("ROLLBACK")
            if isinstance(error, SearchError | mappings.MappingError | mappings.LimitError):
                raise _as_search(error, operation.index) from None
            raise
    status = entry.pop("status")
    if entry["result"] == "noop":
        entry["_shards"] = {"total": 0, "successful": 0, "failed": 0}
    elif call.query.get("refresh") in ("true", ""):
        entry["forced_refresh"] = True
    return Answer(entry, status)


def _as_search(error: Exception, index: str) -> Exception:
    """Errors of a mapping as those of a request."""
    if isinstance(error, mappings.MappingError):
        more: dict[str, Any] = {} if error.caused_by is None else {"caused_by": error.caused_by}
        cause = error.caused_by or {}
        if cause.get("type") in (
            "mapper_parsing_exception",
            "parse_exception",
            "parsing_exception",
        ):  # one of its own is the root
            more["root_cause"] = [{key: each for key, each in cause.items() if key != "caused_by"}]
        return SearchError(400, error.kind, str(error), **more)
    if isinstance(error, mappings.LimitError):
        return illegal(str(error).replace(" has been", f" in index [{index}] has been", 1))
    return error


def index(call: Call) -> Answer:
    kind = call.query.get("op_type", "index")
    if kind not in ("index", "create"):
        raise illegal(f"opType must be 'create' or 'index', found: [{kind}]")
    if kind == "create" and call.query.get("version_type", "internal") != "internal":
        raise invalid("create operations only support internal versioning. use index instead")
    return _write(call, kind, call.place.get("id"))


def create(call: Call) -> Answer:
    return _write(call, "create", call.place["id"])


def delete(call: Call) -> Answer:
    return _write(call, "delete", call.place["id"])


def update(call: Call) -> Answer:
    if not call.raw.strip():
        raise invalid("script or doc is missing")
    answer = _write(call, "update", call.place["id"])
    if asks_source(call, call.raw):
        answer.body |= shown_source(call, call.place["index"], call.place["id"], call.raw)
    return answer


def asks_source(call: Call, raw: bytes) -> bool:
    """Whether an update is to show its document, by the parameters or by its body."""
    named = any(key in call.query for key in ("_source", "_source_includes", "_source_excludes"))
    return named or bool(orjson.loads(raw).get("_source"))


def shown_source(call: Call, index: str, identifier: str, raw: bytes, asked: Any = None) -> dict[str, Any]:
    """`get` of an update: the document as it is after it; what the body says of it counts before the parameters."""
    asked = orjson.loads(raw).get("_source", asked)
    source = hits.source_of(asked) if asked is not None else source_from(call.query)
    found = call.store.read(call.store.indices.one(index), identifier)
    if not source.is_shown or not found["found"]:
        return {}
    return {
        "get": {"_seq_no": found["_seq_no"], "_primary_term": 1, "found": True, "_source": source.of(found["_source"])}
    }


def _read(call: Call) -> dict[str, Any]:
    try:
        found = call.store.read(call.store.indices.one(call.place["index"], reads=True), call.place["id"])
    except SearchError as error:
        if "resource.type" in error.entry:
            error.entry["resource.type"] = "index_expression"
        raise
    wanted = call.query.get("version")
    if wanted is not None and found["found"] and whole(wanted) != found["_version"]:
        reason = f"[{found['_id']}]: version conflict, current version [{found['_version']}] is different than the one provided [{wanted}]"
        raise SearchError(409, "version_conflict_engine_exception", reason, shard="0", index=found["_index"],
                          index_uuid=call.store.indices.all[found["_index"]].uuid)  # fmt: skip
    return found


def read(call: Call) -> Answer:
    found = _read(call)
    if not found["found"]:
        return Answer(found, 404)
    return Answer(
        _with_source(
            found,
            source_from(call.query),
            stored="_source" not in call.split("stored_fields")
            and "stored_fields" in call.query
            and "_source" not in call.query,
        )
    )


def _with_source(found: dict[str, Any], source: hits.Source, *, stored: bool = False) -> dict[str, Any]:
    whole_source = found.pop("_source")
    if not source.is_shown:
        found.pop("_ignored", None)
    return found if not source.is_shown or stored else {**found, "_source": source.of(whole_source)}


def source(call: Call) -> Answer:
    found = _read(call)
    if not found["found"]:
        reason = f"Document not found [{found['_index']}]/[_doc]/[{found['_id']}]"
        raise SearchError(404, "resource_not_found_exception", reason)
    return Answer(source_from(call.query).of(found["_source"]))


def _check_several(body: Any) -> None:
    """Raises SearchError for a body of other parts than lists of documents or ids."""
    if not isinstance(body, dict):
        raise parsing(f"unexpected token [{token(body)}], expected [START_OBJECT]", [body], 0)
    for key in body:
        if not isinstance(body[key], list):
            raise parsing(f"unexpected token [{token(body[key])}], expected [FIELD_NAME] or [START_ARRAY]", body, key)
        if key not in ("docs", "ids"):
            raise parsing(f"unknown key [{key}] for a {token(body[key])}, expected [docs] or [ids]", body, key)


def several(call: Call) -> Answer:
    """_mget: each with its own head, or with an error of its own."""
    if not call.raw.strip():
        raise SearchError(400, "parse_exception", "request body or source parameter is required")
    body = call.streamed(_check_several)
    _check_several(body)
    wanted: list[Any] = []
    for key, listed in body.items():
        if key == "ids" and any(each is None or isinstance(each, dict | list) for each in listed):
            raise illegal("ids array element should only contain ids")
        wanted += listed if key == "docs" else [{"_id": each} for each in listed]
    for each in wanted:
        if not isinstance(each, dict):
            raise illegal("docs array element should include an object")
        if "fields" in each:
            raise parsing("Unsupported field [fields] used, expected [stored_fields] instead", each, "fields")
        odd = next((key for key in each if key not in _GET), None)
        if odd is not None:
            raise SearchError(400, "parse_exception", f"failed to parse multi get request. unknown field [{odd}]")
    if not wanted:
        raise invalid("no documents to get")
    missing = [each for each in wanted if "_index" not in each and "index" not in call.place]
    problems = [f"index is missing for doc {number}" for number, each in enumerate(wanted) if each in missing]
    problems += [f"id is missing for doc {number}" for number, each in enumerate(wanted) if "_id" not in each]
    if problems:
        raise invalid(*problems)
    plain = source_from(call.query)
    return Answer({"docs": [_one_of(call, each, plain) for each in wanted]})


def _one_of(call: Call, wanted: dict[str, Any], plain: hits.Source) -> dict[str, Any]:
    name = str(wanted.get("_index") or call.place.get("index"))
    try:
        found = call.store.read(call.store.indices.one(name), str(wanted["_id"]))
    except SearchError:
        error = index_not_found(name, named=not call.store.dialect.has_types)
        error.entry["resource.type"] = "index_expression"
        return {"_index": name, "_type": None, "_id": str(wanted["_id"]), "error": error.body()["error"]}
    kind = str(wanted.get("_type") or found["_type"])
    if not found["found"] or kind not in ("_doc", found["_type"]):
        return {"_index": found["_index"], "_type": kind, "_id": str(wanted["_id"]), "found": False}
    version = wanted.get("version", wanted.get("_version"))
    if version is not None and int(version) != found["_version"]:
        told = f"[{wanted['_id']}]: version conflict, current version [{found['_version']}] is different than the one provided [{version}]"
        uuid = call.store.indices.one(name).uuid
        error = SearchError(409, "version_conflict_engine_exception", told, index_uuid=uuid, shard="0", index=name)
        return {"_index": name, "_type": None, "_id": str(wanted["_id"]), "error": error.body()["error"]}
    stored = ("stored_fields" in wanted or "stored_fields" in call.query) and "_source" not in wanted
    return _with_source(found, hits.source_of(wanted["_source"]) if "_source" in wanted else plain, stored=stored)
