"""Aliases: other names of indices, which may show some of their documents only."""

from __future__ import annotations

import fnmatch
from typing import Any

import orjson

from clickstream_embedded.search.api import bodies
from clickstream_embedded.search.api.call import DONE, Answer, Call
from clickstream_embedded.search.errors import (
    SearchError,
    ShardError,
    content_within,
    field_failed,
    illegal,
    index_uuid,
)
from clickstream_embedded.search.indices import ODD
from clickstream_embedded.search.positions import placed
from clickstream_embedded.search.queries import registry
from clickstream_embedded.search.store import Store

_RULE = ("filter", "is_write_index", "routing", "index_routing", "search_routing")


def checked(name: str, rule: Any) -> dict[str, Any]:
    """An alias as it is kept. Raises SearchError."""
    if rule is not None and not isinstance(rule, dict):
        raise illegal(f"alias [{name}] is no object")
    given: dict[str, Any] = rule or {}
    for key in given:
        if key not in _RULE:
            raise illegal(f"Unknown field [{key}] in alias [{name}]")
    if given.get("filter"):
        _check_filter(name, given["filter"])
    found = {key: each for key, each in given.items() if not key.endswith("routing")}
    for key in ("index_routing", "search_routing"):
        value = given.get(key, given.get("routing"))
        if value is not None:
            found[key] = str(value)
    return found


def _check_filter(name: str, given: Any) -> None:
    """Raises SearchError for a filter that is no query; where it is at fault is told of its text by itself."""
    try:
        registry.parse(given)
    except SearchError as error:
        cause = placed(error, orjson.dumps(given), given).entry
        raise illegal(f"failed to parse filter for alias [{name}]", caused_by=cause) from None
    except ShardError:  # what only a shard finds out
        return


def check_name(alias: str) -> None:
    """Raises SearchError for a name that no alias may have (MetaDataCreateIndexService.validateIndexOrAliasName)."""
    reason = ""
    if any(each in ODD for each in alias.replace("#", "").replace(":", "")):
        reason = 'must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]'
    elif "#" in alias or ":" in alias:
        reason = f"must not contain '{'#' if '#' in alias else ':'}'"
    elif alias.startswith(("_", "-", "+")):
        reason = "must not start with '_', '-', or '+'"
    elif alias in (".", ".."):
        reason = "must not be '.' or '..'"
    if reason:
        raise SearchError(400, "invalid_alias_name_exception", f"Invalid alias name [{alias}]: {reason}")


def check(store: Store, alias: str) -> None:
    """Raises SearchError for a name that no alias may have here."""
    check_name(alias)
    if alias in store.indices.all:
        raise SearchError(400, "invalid_alias_name_exception", f"Invalid alias name [{alias}], an index exists with the same name as the alias",
                          index_uuid=store.indices.all[alias].uuid, index=alias)  # fmt: skip


def of_body(store: Store, body: dict[str, Any], index: str = "") -> dict[str, Any]:
    """The aliases of a new index or of a template. Raises SearchError."""
    found: dict[str, Any] = {}
    for name, rule in (body.get("aliases") or {}).items():
        if name == index and name not in store.indices.all:
            told = f"{name} (alias of [{name}/{index_uuid(name)}])"
            raise SearchError(500, "illegal_state_exception", "index and alias names need to be unique, but the following duplicates were "
                              f"found [{told}]")  # fmt: skip
        check(store, name)
        found[name] = checked(name, rule)
    return found


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
            check(call.store, alias)
            index.aliases[alias] = checked(alias, call.object())
            call.store.indices.save(index)
    return Answer(DONE)


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


_ACTIONS = ("add", "remove", "remove_index")
_KEYS = {"add": {"index", "indices", "alias", "aliases", *_RULE}, "remove": {"index", "indices", "alias", "aliases"},
         "remove_index": {"index", "indices"}}  # fmt: skip


def change(call: Call) -> Answer:
    """All actions of one request, or none of them (TransportIndicesAliasesAction)."""
    body = call.declared("aliases", ("actions",), needed=True)
    bodies.check_actions(body)
    actions = body.get("actions")
    actions = [actions] if isinstance(actions, dict) else actions
    if not actions:
        raise illegal("No action specified")
    with call.store.lock:
        planned = [_planned(call, body, action) for action in actions]
        only_removes = all(kind == "remove" for kind, *_ in planned)
        removed = [name for kind, _, aliases, _, targets in planned if kind == "remove" for name in aliases
                   if any(fnmatch.filter(call.store.indices.all[each].aliases, name) for each in targets)]  # fmt: skip
        if only_removes and not removed:
            told = ",".join(name for _, _, aliases, _, _ in planned for name in aliases)
            raise SearchError(404, "aliases_not_found_exception", f"aliases [{told}] missing", **{
                "resource.type": "aliases", "resource.id": told})  # fmt: skip
        before = {name: set(index.aliases) for name, index in call.store.indices.all.items()}
        for kind, spec, aliases, rule, targets in planned:
            if kind == "remove":  # what to remove is looked for in the state before all actions
                targets = [each for each in targets if any(fnmatch.filter(before[each], name) for name in aliases)]
            _done(call.store, kind, spec, aliases, rule, targets)
    return Answer(DONE)


def _listed(spec: dict[str, Any], key: str) -> list[Any]:
    """A list, which may be written as one text."""
    given = spec.get(key) or []
    return given if isinstance(given, list) else [given]


def _planned(call: Call, body: dict[str, Any], action: Any) -> tuple[str, Any, list[str], dict[str, Any], list[str]]:
    """(kind, spec, aliases, rule, indices) of one action. Raises SearchError."""
    kind, spec = next(iter(action.items()))
    if kind not in _ACTIONS:
        raise content_within("aliases", "actions", "alias_action", action, kind)
    for key in spec:
        if key not in _KEYS[kind]:
            error = content_within("alias_action", kind, kind, spec, key)
            inner = {
                "type": error.entry["type"],
                "reason": error.entry["reason"],
                "caused_by": error.entry["caused_by"],
            }
            error.entry["caused_by"] = inner
            error.entry["reason"] = "[1:1] [aliases] failed to parse field [actions]"
            raise error
    names = [str(each) for each in _listed(spec, "indices") or [spec.get("index")] if each]
    if not names:
        raise field_failed(
            "aliases", body, "actions", "illegal_argument_exception", "One of [index] or [indices] is required"
        )
    aliases = [str(each) for each in _listed(spec, "aliases") or ([spec["alias"]] if "alias" in spec else [])]
    if kind != "remove_index" and not aliases:
        raise field_failed(
            "aliases", body, "actions", "illegal_argument_exception", "One of [alias] or [aliases] is required"
        )
    rule = {key: value for key, value in spec.items() if key in _RULE}
    targets = [*call.store.indices.resolve(names, aliases=False)]
    for alias in aliases if kind == "add" else ():
        check(call.store, alias)
        checked(alias, rule)
        writing = {
            name for name, index in call.store.indices.all.items() if index.aliases.get(alias, {}).get("is_write_index")
        }
        if rule.get("is_write_index") in (True, "true") and len(writing | {*targets}) > 1:
            told = f"alias [{alias}] has more than one write index [{','.join(sorted(writing | {*targets}))}]"
            raise SearchError(500, "illegal_state_exception", told)
    return kind, spec, aliases, rule, targets


def _done(store: Store, kind: str, _: Any, aliases: list[str], rule: dict[str, Any], targets: list[str]) -> None:
    for name in targets:
        if kind == "remove_index":
            store.forget(name)
            continue
        index = store.indices.all[name]
        for alias in aliases:
            if kind == "add":
                index.aliases[alias] = dict(rule)
                continue
            for each in fnmatch.filter(list(index.aliases), alias):
                del index.aliases[each]
        store.indices.save(index)
