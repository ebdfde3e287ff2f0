"""New indices out of others: rollover of an alias, and clone, shrink and split."""

from __future__ import annotations

import fnmatch
import re
import time
from typing import Any

from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search import times
from clickstream_embedded.search.api import aliases, bodies
from clickstream_embedded.search.api.admin import wrapped
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.errors import SearchError, content, illegal
from clickstream_embedded.search.indices import Index

_CONDITIONS = ("max_age", "max_docs", "max_size")


def rollover(call: Call) -> Answer:
    """A new index behind an alias, where the old one meets one of the conditions or there are none."""
    body = call.object()
    for key in body:
        if key not in ("conditions", "settings", "mappings", "aliases"):
            raise content(f"[rollover] unknown field [{key}], parser not found", body, key)
    with call.store.lock:
        old = _source(call, call.place["index"])
        target = call.place.get("target") or _following(old)
        met = {
            f"[{name}: {value}]": _is_met(call, old, name, value)
            for name, value in (body.get("conditions") or {}).items()
        }
        dry = call.truth("dry_run")
        call.store.indices.check_name(target)
        if target in call.store.indices.all:
            raise SearchError(400, "resource_already_exists_exception", f"index [{target}/{call.store.indices.all[target].uuid}] already exists",
                              index_uuid=call.store.indices.all[target].uuid, index=target)  # fmt: skip
        _check_templates(call, target, call.place["index"])
        done = not dry and (not met or any(met.values()))
        if done:
            _roll(call, old, target, body)
    return Answer({"acknowledged": done, "shards_acknowledged": done, "old_index": old.name, "new_index": target, "rolled_over": done,
                   "dry_run": dry, "conditions": met})  # fmt: skip


def _check_templates(call: Call, target: str, alias: str) -> None:
    """Raises SearchError where a template gives the new index the alias too, which would then stand for both."""
    for name, template in call.store.indices.templates.items():
        fits = any(fnmatch.fnmatchcase(target, each) for each in template.get("index_patterns", []))
        if fits and alias in (template.get("aliases") or {}):
            raise illegal(f"Rollover alias [{alias}] can point to multiple indices, found duplicated alias [[{alias}]] in index template "
                          f"[{name}]")  # fmt: skip


def _source(call: Call, alias: str) -> Index:
    """The index that the alias writes to. Raises SearchError."""
    known = call.store.indices.all
    if alias in known:
        raise illegal("source alias is a concrete index")
    behind = [index for index in known.values() if alias in index.aliases]
    if not behind:
        raise illegal("source alias does not exist")
    if len(behind) == 1:
        return behind[0]
    writing = [index for index in behind if index.aliases[alias].get("is_write_index")]
    if not writing:
        raise illegal(f"source alias [{alias}] does not point to a write index")
    return writing[0]


def _following(old: Index) -> str:
    found = re.fullmatch(r"(.*)-(\d+)", old.name)
    if not found:
        raise illegal(f"index name [{old.name}] does not match pattern '^.*-\\d+$'")
    return f"{found[1]}-{int(found[2]) + 1:06d}"


def _is_met(call: Call, old: Index, name: str, value: Any) -> bool:
    if name not in _CONDITIONS:
        raise illegal(f"unknown condition [{name}]")
    documents, size = call.store.counts()[old.name]
    if name == "max_docs":
        return documents >= int(value)
    if name == "max_age":
        return int(time.time() * 1000) - old.created >= (times.span(str(value)) or 0)
    units = {"b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4}
    found = re.fullmatch(r"(\d+)(\w+)", str(value).lower())
    if not found or found[2] not in units:
        raise illegal(
            f"failed to parse setting [max_size] with value [{value}] as a size in bytes: unit is missing or unrecognized"
        )
    return size >= int(found[1]) * units[found[2]]


def _roll(call: Call, old: Index, target: str, body: dict[str, Any]) -> None:
    alias = call.place["index"]
    given = {key: each for key, each in body.items() if key != "conditions"}
    bodies.check_index(given)
    given["aliases"] = aliases.of_body(call.store, given)
    made = wrapped(lambda: call.store.indices.create(target, given))
    if "is_write_index" in old.aliases[alias]:  # filters and routing are not carried over
        made.aliases[alias], old.aliases[alias] = {"is_write_index": True}, {"is_write_index": False}
    else:
        made.aliases[alias] = {}
        del old.aliases[alias]
    call.store.indices.save(made)
    call.store.indices.save(old)


def resize(call: Call) -> Answer:
    """clone, shrink and split: the documents of a read-only index in a new one with other settings."""
    kind = call.path.split("/")[2].removeprefix("_")
    body = call.object()
    bodies.check_index(body)
    with call.store.lock:
        old, target = call.store.indices.one(call.place["index"]), call.place["target"]
        given = index_settings.flat(body.get("settings"))
        shards = int(given.get("index.number_of_shards", 1 if kind == "shrink" else old.shards))
        if old.settings.get("index.blocks.write") != "true" and old.settings.get("index.blocks.read_only") != "true":
            raise SearchError(500, "illegal_state_exception", f"index {old.name} must be read-only to resize index. use "
                              '"index.blocks.write=true"')  # fmt: skip
        _check_resize(kind, old, shards, given)
        settings = {**old.settings, **given, "index.number_of_shards": shards}
        made = wrapped(lambda: call.store.indices.create(target, {"settings": settings, "mappings": old.mapping.shown(),
                                                                  "aliases": aliases.of_body(call.store, body)}))  # fmt: skip
        made.mapping.many |= old.mapping.many
        call.store.indices.save(made)
        call.store.database.run(
            "INSERT INTO docs (idx, id, version, seq_no, source, vals, routing) SELECT ?, id, version, seq_no, source, vals, routing "
            "FROM docs WHERE idx = ? ORDER BY seq", (made.name, old.name),
        )  # fmt: skip
        made.next_seq = old.next_seq
    return Answer({"acknowledged": True, "shards_acknowledged": True, "index": made.name})


def _check_resize(kind: str, old: Index, shards: int, given: dict[str, Any]) -> None:
    if kind == "split" and "index.number_of_shards" not in given:
        raise illegal("index.number_of_shards is required for split operations")
    if kind == "shrink":
        if old.shards == 1:
            raise illegal("can't shrink an index with only one shard")
        if shards >= old.shards or old.shards % shards:
            raise illegal(f"the number of source shards [{old.shards}] must be a multiple of [{shards}]" if shards < old.shards else
                          f"the number of target shards [{shards}] must be less that the number of source shards [{old.shards}]")  # fmt: skip
    if kind == "split" and (shards < old.shards or shards % old.shards):
        raise illegal(f"the number of source shards [{old.shards}] must be a factor of [{shards}]" if shards > old.shards else
                      f"the number of source shards [{old.shards}] must be less that the number of target shards [{shards}]")  # fmt: skip
    if kind == "clone" and shards != old.shards:
        raise illegal(f"the number of source shards [{old.shards}] must be equal to [{shards}]")


def search_shards(call: Call) -> Answer:
    """Which shards a search would ask."""
    names = call.names()
    shards = [
        [{"state": "STARTED", "primary": True, "node": "clickstreamEmbeddedNode", "relocating_node": None, "shard": number, "index": name,
          "allocation_id": {"id": call.store.indices.all[name].uuid}}]
        for name in names for number in range(call.store.indices.all[name].shards)
    ]  # fmt: skip
    node = {
        "name": "n1",
        "ephemeral_id": "clickstreamEmbeddedNode",
        "transport_address": "127.0.0.1:9300",
        "attributes": {},
    }
    return Answer(
        {"nodes": {"clickstreamEmbeddedNode": node}, "indices": {name: {} for name in names}, "shards": shards}
    )
