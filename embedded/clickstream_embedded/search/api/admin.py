"""Indices, their mappings, settings, aliases and templates."""

from __future__ import annotations

import fnmatch
from typing import Any

from clickstream_embedded.search import definitions
from clickstream_embedded.search import mapping as mappings
from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search.api import aliases, bodies
from clickstream_embedded.search.api.call import DONE, Answer, Call
from clickstream_embedded.search.errors import SearchError, illegal, index_not_found, invalid
from clickstream_embedded.search.field_defaults import with_defaults
from clickstream_embedded.search.indices import Index
from clickstream_embedded.search.request import int_parameter


def shards(call: Call) -> dict[str, int]:
    indices = [call.store.indices.all[name] for name in call.names()]
    total = sum(each.shards * (1 + each.replicas) for each in indices)
    return {"total": total, "successful": sum(each.shards for each in indices), "failed": 0}


def touched(call: Call) -> Answer:
    """refresh, flush, forcemerge, cache/clear: what is written can be searched at once anyway."""
    if "max_num_segments" in call.query:
        int_parameter(call.query, "max_num_segments")
    return Answer({"_shards": shards(call)})


def create(call: Call) -> Answer:
    body = call.object()
    for key in body:
        if key not in ("settings", "mappings", "aliases"):
            raise SearchError(400, "parse_exception", f"unknown key [{key}] for create index")
    bodies.check_index(body)
    name = call.place["index"]
    body = untyped(call, body)
    with call.store.lock:
        body = {**body, "aliases": aliases.of_body(call.store, body, name)}
        made = wrapped(lambda: call.store.indices.create(name, body, kind=_kind(call, body)))
    return Answer({**DONE, "shards_acknowledged": True, "index": made.name})


def untyped(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """The body with its mappings out of the type `_doc` that they may stand in since 7 where it is asked for so."""
    given = body.get("mappings")
    if call.store.dialect.has_types or not isinstance(given, dict) or list(given) != ["_doc"]:
        return body
    if not call.truth("include_type_name"):
        raise illegal(
            "The mapping definition cannot be nested under a type [_doc] unless include_type_name is set to true."
        )
    return {**body, "mappings": given["_doc"]}


def _shown_mapping(call: Call, index: Index) -> dict[str, Any]:
    shown = call.store.dialect.mapping(index.kind, index.mapping.shown())
    return {"_doc": shown} if call.truth("include_type_name") and not call.store.dialect.has_types else shown


def _kind(call: Call, body: dict[str, Any]) -> str:
    named = [key for key in body.get("mappings") or {} if key != "_default_"]
    return named[0] if call.store.dialect.has_types and named else "_doc"


def wrapped(action: Any) -> Any:
    """Errors of a mapping in the words of a create."""
    try:
        return action()
    except mappings.MappingError as error:
        if error.is_plain:
            told = f"Failed to parse mapping [_doc]: {error}"
            raise SearchError(400, "mapper_parsing_exception", told, caused_by=error.caused_by) from None
        if (
            error.kind == "illegal_argument_exception" and error.caused_by is not None
        ):  # one of Java's is a cause, no root
            told = f"Failed to parse mapping [_doc]: {error}"
            raise SearchError(400, "mapper_parsing_exception", told, caused_by=error.entry) from None
        if error.kind == "illegal_argument_exception":
            raise illegal(str(error)) from None
        cause = {"type": error.kind, "reason": str(error)}
        raise SearchError(
            400, error.kind, f"Failed to parse mapping [_doc]: {error}", caused_by=cause, root_cause=[cause]
        ) from None
    except mappings.LimitError as error:
        raise illegal(str(error)) from None


def check_blocks(call: Call, names: list[str], level: str) -> None:
    """Raises SearchError where one of the indices has a block."""
    for name in names:
        index_settings.check_blocks(name, call.store.indices.all[name].settings, level)


def delete(call: Call) -> Answer:
    with call.store.lock:
        names = [*call.targets(aliases=False, closed=True)]
        check_blocks(call, names, "delete")
        for name in names:
            call.store.forget(name)
    return Answer(DONE)


def delete_none(call: Call) -> Answer:
    """DELETE without a name."""
    raise invalid("index / indices is missing")


def get(call: Call) -> Answer:
    dialect = call.store.dialect
    found: dict[str, Any] = {}
    for name in call.names(closed=True):
        index = call.store.indices.all[name]
        found[name] = {"aliases": index.aliases, "mappings": _shown_mapping(call, index),
                       "settings": index.shown_settings(dialect)}  # fmt: skip
    return Answer(found)


# -- mappings and settings ----------------------------------------------------------------------------------------


def get_mapping(call: Call) -> Answer:
    found = {name: {"mappings": _shown_mapping(call, call.store.indices.all[name])} for name in call.names(closed=True)}
    return Answer(found)


def _check_kind(call: Call) -> None:
    """Raises SearchError for a type in the path that is not asked for, or is another one than the indices have."""
    kind = call.place.get("kind")
    if kind is None or call.store.dialect.has_types:
        return
    if not call.truth("include_type_name"):
        raise illegal(
            "Types cannot be provided in put mapping requests, unless the include_type_name parameter is set to true."
        )
    for name in call.names(closed=True):
        if kind != call.store.indices.all[name].kind:
            raise illegal(
                f"Rejecting mapping update to [{name}] as the final mapping would have more than 1 type: [_doc, {kind}]"
            )


def typed_mapping(call: Call) -> Answer:
    """GET with a type in the path."""
    if not call.truth("include_type_name"):
        raise illegal("Types cannot be provided in get mapping requests, unless include_type_name is set to true.")
    kinds = call.place["kind"].split(",")
    names = [name for name in call.names(closed=True) if {call.store.indices.all[name].kind, "*"} & {*kinds}]
    if not names:
        raise SearchError(
            404, "type_missing_exception", f"type[[{', '.join(kinds)}]] missing", index_uuid="_na_", index="_all"
        )
    return Answer({name: {"mappings": _shown_mapping(call, call.store.indices.all[name])} for name in names})


def put_mapping(call: Call) -> Answer:
    body = call.object(needed=True)
    _check_kind(call)
    if not call.store.dialect.has_types and list(body) == ["_doc"]:
        if not call.truth("include_type_name"):
            raise illegal(
                "Types cannot be provided in put mapping requests, unless the include_type_name parameter is set to true."
            )
        body = body["_doc"]
    with call.store.lock:
        names = call.names(closed=True)
        check_blocks(call, names, "metadata_write")
        given = call.store.dialect.create_mapping(body) if call.store.dialect.has_types else body
        for name in names:
            index = call.store.indices.all[name]
            _merged(index, given)
            call.store.indices.save(index)
    return Answer(DONE)


def _restore(index: Index, saved: dict[str, Any]) -> None:
    known = index.mapping.analyzers, index.mapping.normalizers
    index.mapping = mappings.loaded(saved)
    index.mapping.analyzers, index.mapping.normalizers = known


def _merged(index: Index, given: dict[str, Any]) -> None:
    saved = index.mapping.saved()
    try:
        new = definitions.checked(given)
        known = index.mapping.flat()
        mappings.check_analyzers(new, index.mapping.analyzers, index.mapping.normalizers, known)
        mappings.merge(index.mapping, new)
    except mappings.MappingError as error:
        _restore(index, saved)
        more: dict[str, Any] = {}
        if error.caused_by is not None:
            inner = error.caused_by.get("caused_by") if error.is_plain else error.caused_by
            more = {} if inner is None else {"caused_by": inner}
        raise SearchError(400, error.kind, str(error), **more) from None
    except mappings.LimitError as error:
        _restore(index, saved)
        raise illegal(f"{error}".replace(" has been", f" in index [{index.name}] has been", 1)) from None


_OWN_FIELDS = ("_ignored", "_routing", "_seq_no", "_index", "_field_names", "_type", "_source", "_id", "_version")


def field_mapping(call: Call) -> Answer:
    found: dict[str, Any] = {}
    for name in call.names(closed=True):
        flat = call.store.indices.all[name].mapping.flat()
        shown: dict[str, Any] = {}
        for wanted in call.place["fields"].split(","):
            for own in _OWN_FIELDS if "*" in wanted else ():
                if fnmatch.fnmatchcase(own, wanted):
                    shown[own] = {"full_name": own, "mapping": {}}
            for path, rule in flat.items():
                if fnmatch.fnmatchcase(path, wanted) and rule.get("type") != "object":
                    plain = {key: value for key, value in rule.items() if key not in ("of", "in")}
                    plain = with_defaults(plain) if call.truth("include_defaults") else plain
                    shown[path] = {"full_name": path, "mapping": {path.rpartition(".")[2]: plain}}
        found[name] = {
            "mappings": {call.store.indices.all[name].kind: shown} if call.truth("include_type_name") else shown
        }
    return Answer(found)


def get_settings(call: Call) -> Answer:
    found: dict[str, Any] = {}
    names = call.place.get("name")
    for name in call.names(closed=True):
        shown = call.store.indices.all[name].shown_settings(call.store.dialect)
        plain = index_settings.flat(shown)
        if names:
            plain = {
                key: value
                for key, value in plain.items()
                if any(fnmatch.fnmatchcase(key, each) for each in names.split(","))
            }
        if names and not plain:
            continue
        found[name] = {"settings": plain if call.truth("flat_settings") else index_settings.nested(plain)}
    return Answer(found)


def put_settings(call: Call) -> Answer:
    body = call.settings()
    body = body["settings"] if set(body) == {"settings"} else body
    if not body:
        raise invalid("no settings to update")
    with call.store.lock:
        indices = [call.store.indices.all[name] for name in call.names(closed=True)]
        if not index_settings.unblocks(body):
            check_blocks(call, [each.name for each in indices], "metadata_write")
        kept = call.truth("preserve_existing")
        changed = [
            index_settings.changed(each.name, each.uuid, each.settings, body, keep=kept, closed=each.closed)
            for each in indices
        ]
        for index, settings in zip(indices, changed, strict=True):
            index.settings = settings
            index.mapping.analyzers, index.mapping.normalizers = index_settings.analyzers_of(settings)
            call.store.indices.save(index)
    return Answer(DONE)


def exists(call: Call) -> Answer:
    """HEAD of an index."""
    try:
        return Answer(None, 200 if call.names(closed=True) or "*" in call.place["index"] else 404)
    except SearchError as error:
        if error.entry["type"] != index_not_found("", named=True).entry["type"]:
            raise
        return Answer(None, 404)


def close(call: Call) -> Answer:
    """_close: the indices stay, their documents cannot be asked for."""
    with call.store.lock:
        done = _opened(call, closed=True)
    return Answer({**DONE, "shards_acknowledged": True, "indices": {name: {"closed": True} for name in done}})


def reopen(call: Call) -> Answer:
    """_open."""
    with call.store.lock:
        _opened(call, closed=False)
    return Answer({**DONE, "shards_acknowledged": True})


def _opened(call: Call, *, closed: bool) -> list[str]:
    changed = [name for name in call.targets(closed=True) if call.store.indices.all[name].closed != closed]
    for name in changed:
        call.store.indices.all[name].closed = closed
        call.store.indices.save(call.store.indices.all[name])
    return changed
