"""Indices, their mappings, settings, aliases and templates."""

from __future__ import annotations

import fnmatch
from typing import Any

from clickstream_embedded.search import mapping as mappings
from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.errors import SearchError, content, illegal, index_not_found, invalid
from clickstream_embedded.search.indices import Index
from clickstream_embedded.search.queries import registry

DONE = {"acknowledged": True}


def shards(call: Call) -> dict[str, int]:
    indices = [call.store.indices.all[name] for name in call.names()]
    total = sum(each.shards * (1 + each.replicas) for each in indices)
    return {"total": total, "successful": sum(each.shards for each in indices), "failed": 0}


def touched(call: Call) -> Answer:
    """refresh, flush, forcemerge, cache/clear: what is written can be searched at once anyway."""
    return Answer({"_shards": shards(call)})


def create(call: Call) -> Answer:
    body = call.object()
    for key in body:
        if key not in ("settings", "mappings", "aliases"):
            raise SearchError(400, "parse_exception", f"unknown key [{key}] for create index")
    name = call.place["index"]
    with call.store.lock:
        made = wrapped(lambda: call.store.indices.create(name, _with_checked_aliases(body), kind=_kind(call, body)))
    return Answer({**DONE, "shards_acknowledged": True, "index": made.name})


def _kind(call: Call, body: dict[str, Any]) -> str:
    named = [key for key in body.get("mappings") or {} if key != "_default_"]
    return named[0] if call.store.dialect.has_types and named else "_doc"


def _with_checked_aliases(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "aliases": {name: _alias(name, rule) for name, rule in (body.get("aliases") or {}).items()}}


def wrapped(action: Any) -> Any:
    """Errors of a mapping in the words of a create."""
    try:
        return action()
    except mappings.MappingError as error:
        if error.kind == "illegal_argument_exception":
            raise illegal(str(error)) from None
        cause = {"type": error.kind, "reason": str(error)}
        raise SearchError(
            400, error.kind, f"Failed to parse mapping [_doc]: {error}", caused_by=cause, root_cause=[cause]
        ) from None
    except mappings.LimitError as error:
        raise illegal(str(error)) from None


def delete(call: Call) -> Answer:
    with call.store.lock:
        resolved = call.store.indices.resolve(
            call.place["index"], aliases=False, ignore_missing=call.truth("ignore_unavailable")
        )
        for name in resolved:
            call.store.indices.delete(name)
    return Answer(DONE)


def get(call: Call) -> Answer:
    dialect = call.store.dialect
    found: dict[str, Any] = {}
    for name in call.names():
        index = call.store.indices.all[name]
        found[name] = {"aliases": index.aliases, "mappings": dialect.mapping(index.kind, index.mapping.shown()),
                       "settings": index.shown_settings(dialect)}  # fmt: skip
    return Answer(found)


# -- mappings and settings ----------------------------------------------------------------------------------------


def get_mapping(call: Call) -> Answer:
    dialect = call.store.dialect
    found: dict[str, Any] = {}
    for name in call.names():
        index = call.store.indices.all[name]
        found[name] = {"mappings": dialect.mapping(index.kind, index.mapping.shown())}
    return Answer(found)


def put_mapping(call: Call) -> Answer:
    body = call.object(needed=True)
    if not body:
        raise invalid("mapping source is empty")
    with call.store.lock:
        names = call.names()
        given = call.store.dialect.create_mapping(body) if call.store.dialect.has_types else body
        for name in names:
            index = call.store.indices.all[name]
            _merged(index, given)
            call.store.indices.save(index)
    return Answer(DONE)


def _merged(index: Index, given: dict[str, Any]) -> None:
    saved = index.mapping.saved()
    try:
        mappings.merge(index.mapping, mappings.checked(given))
    except mappings.MappingError as error:
        index.mapping = mappings.loaded(saved)
        raise SearchError(400, error.kind, str(error)) from None
    except mappings.LimitError as error:
        index.mapping = mappings.loaded(saved)
        raise illegal(f"{error}".replace(" has been", f" in index [{index.name}] has been", 1)) from None


def field_mapping(call: Call) -> Answer:
    found: dict[str, Any] = {}
    for name in call.names():
        flat = call.store.indices.all[name].mapping.flat()
        shown: dict[str, Any] = {}
        for wanted in call.place["fields"].split(","):
            for path, rule in flat.items():
                if fnmatch.fnmatchcase(path, wanted) and rule.get("type") != "object":
                    plain = {key: value for key, value in rule.items() if key != "of"}
                    shown[path] = {"full_name": path, "mapping": {path.rpartition(".")[2]: plain}}
        found[name] = {"mappings": shown}
    return Answer(found)


def get_settings(call: Call) -> Answer:
    found: dict[str, Any] = {}
    names = call.place.get("name")
    for name in call.names():
        shown = call.store.indices.all[name].shown_settings(call.store.dialect)
        plain = index_settings.flat(shown)
        if names:
            plain = {
                key: value
                for key, value in plain.items()
                if any(fnmatch.fnmatchcase(key, each) for each in names.split(","))
            }
        found[name] = {"settings": plain if call.truth("flat_settings") else index_settings.nested(plain)}
    return Answer(found)


def put_settings(call: Call) -> Answer:
    body = call.object(needed=True)
    body = body["settings"] if set(body) == {"settings"} else body
    if not body:
        raise invalid("no settings to update")
    with call.store.lock:
        indices = [call.store.indices.all[name] for name in call.names()]
        changed = [index_settings.changed(each.name, each.uuid, each.settings, body) for each in indices]
        for index, settings in zip(indices, changed, strict=True):
            index.settings = settings
            call.store.indices.save(index)
    return Answer(DONE)


# -- aliases ------------------------------------------------------------------------------------------------------


def _alias(name: str, rule: Any) -> dict[str, Any]:
    for key in rule or {}:
        if key not in ("filter", "is_write_index", "routing", "index_routing", "search_routing"):
            raise illegal(f"Unknown field [{key}] in alias [{name}]")
    if any(key.endswith("routing") for key in rule or {}):
        raise illegal(f"[routing] of alias [{name}] is not there in this server")
    if (rule or {}).get("filter"):
        registry.parse(rule["filter"])
    return dict(rule or {})


def get_alias(call: Call) -> Answer:
    wanted = call.place.get("name")
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for name in call.names():
        index = call.store.indices.all[name]
        chosen = {
            a: rule
            for a, rule in index.aliases.items()
            if not wanted or any(fnmatch.fnmatchcase(a, each) for each in wanted.split(","))
        }
        seen |= set(chosen)
        if chosen or (not wanted):
            found[name] = {"aliases": chosen}
    missing = [
        each for each in (wanted or "").split(",") if each and "*" not in each and each != "_all" and each not in seen
    ]
    if missing:
        told = f"alias{'es' if len(missing) > 1 else ''} [{','.join(missing)}] missing"
        return Answer({"error": told, "status": 404, **found}, 404)
    return Answer(found)


def put_alias(call: Call) -> Answer:
    with call.store.lock:
        for name in call.names():
            index = call.store.indices.all[name]
            alias = call.place["name"]
            _check_alias(call, alias)
            index.aliases[alias] = _alias(alias, call.object())
            call.store.indices.save(index)
    return Answer(DONE)


def _check_alias(call: Call, alias: str) -> None:
    if alias in call.store.indices.all:
        raise SearchError(400, "invalid_alias_name_exception", f"Invalid alias name [{alias}], an index exists with the same name as the alias",
                          index_uuid=call.store.indices.all[alias].uuid, index=alias)  # fmt: skip


def delete_alias(call: Call) -> Answer:
    with call.store.lock:
        gone = False
        for name in call.names():
            index = call.store.indices.all[name]
            for wanted in call.place["name"].split(","):
                for alias in [
                    each for each in index.aliases if fnmatch.fnmatchcase(each, "*" if wanted == "_all" else wanted)
                ]:
                    del index.aliases[alias]
                    gone = True
            call.store.indices.save(index)
    if not gone:
        raise SearchError(404, "aliases_not_found_exception", f"aliases [{call.place['name']}] missing", **{
            "resource.type": "aliases", "resource.id": call.place["name"]})  # fmt: skip
    return Answer(DONE)


def change_aliases(call: Call) -> Answer:
    body = call.object(needed=True)
    for key in body:
        if key != "actions":
            raise content(f"[aliases] unknown field [{key}], parser not found", body, key)
    actions = body.get("actions")
    if not actions:
        raise illegal("No action specified")
    with call.store.lock:
        for action in actions:
            _act(call, action)
    return Answer(DONE)


def _act(call: Call, action: dict[str, Any]) -> None:
    kind, spec = next(iter(action.items()))
    if kind not in ("add", "remove", "remove_index"):
        raise content(f"[alias_action] unknown field [{kind}], parser not found", action, kind)
    names = (
        [str(each) for each in spec.get("indices") or [spec["index"]] if each]
        if "index" in spec or "indices" in spec
        else []
    )
    if not names:
        raise illegal("One of [index] or [indices] is required")
    targets = call.store.indices.resolve(names, aliases=False)
    if kind == "remove_index":
        for name in targets:
            call.store.indices.delete(name)
        return
    aliases = [str(each) for each in spec.get("aliases") or ([spec["alias"]] if "alias" in spec else [])]
    if not aliases:
        raise illegal("One of [alias] or [aliases] is required")
    for name in targets:
        index = call.store.indices.all[name]
        for alias in aliases:
            if kind == "add":
                _check_alias(call, alias)
                index.aliases[alias] = _alias(
                    alias, {k: v for k, v in spec.items() if k not in ("index", "indices", "alias", "aliases")}
                )
            elif index.aliases.pop(alias, None) is None:
                raise SearchError(404, "aliases_not_found_exception", f"aliases [{alias}] missing", **{
                    "resource.type": "aliases", "resource.id": alias})  # fmt: skip
        call.store.indices.save(index)


def exists(call: Call) -> Answer:
    """HEAD of an index."""
    try:
        return Answer(None, 200 if call.names() or "*" in call.place["index"] else 404)
    except SearchError as error:
        if error.entry["type"] != index_not_found("", named=True).entry["type"]:
            raise
        return Answer(None, 404)
