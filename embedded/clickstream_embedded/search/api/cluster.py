"""The node and the cluster: what it is, how it is, what it holds."""

from __future__ import annotations

import sys
import time
from typing import Any

from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.errors import illegal, invalid
from clickstream_embedded.search.indices import Index

NODE = "n1"
NODE_ID = "clickstreamEmbeddedNode"  # what the keys of nodes are


def root(call: Call) -> Answer:
    version = call.store.dialect.version()
    return Answer({"name": NODE, "cluster_name": "clickstream", "cluster_uuid": "embedded", "version": version,
                   "tagline": "You Know, for Search"})  # fmt: skip


def shard_counts(indices: list[Index]) -> tuple[int, int]:
    """(primary shards, shards that no second node could take)."""
    return sum(each.shards for each in indices), sum(each.shards * each.replicas for each in indices)


def status(indices: list[Index]) -> str:
    return "yellow" if any(each.replicas for each in indices) else "green"


def health(call: Call) -> Answer:
    missing_names = [each for each in call.place.get("index", "").split(",") if each and "*" not in each and each != "_all"
                     and each not in call.store.indices.all and not any(each in one.aliases for one in call.store.indices.all.values())]  # fmt: skip
    names = (
        [*call.store.indices.resolve(call.place.get("index"), ignore_missing=True)] if missing_names else call.names()
    )
    indices = [call.store.indices.all[name] for name in names]
    wanted = call.query.get("wait_for_status")
    if wanted is not None and wanted not in ("green", "yellow", "red"):
        raise illegal(f"No enum constant org.elasticsearch.cluster.health.ClusterHealthStatus.{wanted.upper()}")
    level = call.query.get("level", "cluster")
    now = status(indices)
    now = "red" if missing_names else now
    late = bool(missing_names) or (wanted == "green" and now == "yellow")
    primary, missing = shard_counts(indices)
    everywhere = shard_counts(
        [*call.store.indices.all.values()]
    )  # this one figure is of all indices, whatever is asked for
    body: dict[str, Any] = {
        "cluster_name": "clickstream", "status": now, "timed_out": late, "number_of_nodes": 1, "number_of_data_nodes": 1,
        **_shards(primary, missing), "delayed_unassigned_shards": 0, "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0, "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0 * everywhere[0] / sum(everywhere) if now != "green" and everywhere[0] and not missing_names else 100.0,
    }  # fmt: skip
    if level in ("indices", "shards"):
        body["indices"] = {
            each.name: {"status": status([each]), "number_of_shards": each.shards, "number_of_replicas": each.replicas,
                        **_shards(*shard_counts([each])), **(_each_shard(each) if level == "shards" else {})} for each in indices
        }  # fmt: skip
    return Answer(body, 408 if late else 200)


def _each_shard(index: Index) -> dict[str, Any]:
    one = {"status": status([index]), "primary_active": True, "active_shards": 1, "relocating_shards": 0, "initializing_shards": 0,
           "unassigned_shards": index.replicas}  # fmt: skip
    return {"shards": {str(number): dict(one) for number in range(index.shards)}}


def _shards(primary: int, missing: int) -> dict[str, int]:
    return {"active_primary_shards": primary, "active_shards": primary, "relocating_shards": 0, "initializing_shards": 0,
            "unassigned_shards": missing}  # fmt: skip


# settings of the cluster that one node alone can take: they are about moving shards, of which it has no use
_SETTINGS = (
    "cluster.routing.",
    "indices.recovery.",
    "cluster.info.update.",
    "cluster.blocks.",
    "cluster.max_shards_per_node",
    "search.max_buckets",
    "action.auto_create_index",
    "action.destructive_requires_name",
    "indices.breaker.",
    "logger.",
)


_NUMBERS = ("search.max_buckets", "cluster.max_shards_per_node")


def settings(call: Call) -> Answer:
    shown = {part: call.store.cluster[part] for part in ("persistent", "transient")}
    return Answer(
        shown if call.truth("flat_settings") else {part: index_settings.nested(each) for part, each in shown.items()}
    )


def put_settings(call: Call) -> Answer:
    """What is told and kept; a setting that would change an answer here is refused as one that is not known."""
    body = call.settings()
    given = {part: _flat(body.get(part) or {}) for part in ("persistent", "transient")}
    if not any(given.values()):
        raise invalid("no settings to update")
    for part in ("transient", "persistent"):
        for name in given[part]:
            if not name.startswith(_SETTINGS):
                raise illegal(f"{part} setting [{name}], not recognized")
            value = given[part][name]
            if name in _NUMBERS and value is not None and not str(value).lstrip("-").isdigit():
                cause = {"type": "number_format_exception", "reason": f'For input string: "{value}"'}
                raise illegal(f"Failed to parse value [{value}] for setting [{name}]", caused_by=cause)
    with call.store.lock:
        for part, each in given.items():
            kept = {
                **call.store.cluster[part],
                **{name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in each.items()},
            }
            call.store.cluster[part] = {name: value for name, value in kept.items() if each.get(name, "") is not None}
    changed = {part: index_settings.nested({name: call.store.cluster[part][name] for name in each if name in call.store.cluster[part]})
               for part, each in given.items()}  # fmt: skip
    return Answer({"acknowledged": True, **changed})


def _flat(given: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def pending(_: Call) -> Answer:
    return Answer({"tasks": []})


def none(_: Call) -> Answer:
    """What a node without snapshots and other clusters has of them."""
    return Answer({})


def no_script(call: Call) -> Answer:
    """GET of a stored script: there are none, as there is no language for them."""
    return Answer({"_id": call.place["name"], "found": False}, 404)


def put_script(call: Call) -> Answer:
    script = call.object(needed=True).get("script")
    lang = script.get("lang") if isinstance(script, dict) else None
    if lang is None:
        raise illegal("must specify lang for stored script")
    raise illegal(f"unable to put stored script with unsupported lang [{lang}]")


def nodes(call: Call) -> Answer:
    version = call.store.dialect.version()
    node = {"name": NODE, "transport_address": "127.0.0.1:9300", "host": "127.0.0.1", "ip": "127.0.0.1",
            "version": version["number"], "build_flavor": version["build_flavor"], "build_type": version["build_type"],
            "build_hash": version["build_hash"], "roles": ["ingest", "master", "data"], "os": {"name": sys.platform},
            "http": {"publish_address": "127.0.0.1"}, "plugins": [], "modules": []}  # fmt: skip
    return Answer(
        {"_nodes": {"total": 1, "successful": 1, "failed": 0}, "cluster_name": "clickstream", "nodes": {NODE_ID: node}}
    )


_INFO = ("settings", "os", "process", "jvm", "thread_pool", "transport", "http", "plugins", "ingest", "indices")


def nodes_part(call: Call) -> Answer:
    """A part of what is known of the node; another word is the name of a node that there is not."""
    wanted = call.place["metric"].split(",")
    if not all(each in _INFO for each in wanted):
        return Answer(
            {"_nodes": {"total": 0, "successful": 0, "failed": 0}, "cluster_name": "clickstream", "nodes": {}}
        )
    answer = nodes(call)
    node = answer.body["nodes"][NODE_ID]
    answer.body["nodes"] = {NODE_ID: {name: each for name, each in node.items() if name not in _INFO or name in wanted}}
    return answer


def _figures(documents: int, size: int) -> dict[str, Any]:
    return {"docs": {"count": documents, "deleted": 0}, "store": {"size_in_bytes": size}}


def stats(call: Call) -> Answer:
    """The figures that there are: documents and bytes."""
    metric = call.place.get("metric")
    if metric is not None:
        odd = [each for each in metric.split(",") if each not in _METRICS]
        if odd:
            raise illegal(f"request [{call.path}] contains unrecognized metric: [{odd[0]}]")
    names = call.names()
    counts = call.store.counts()
    asked = {"docs", "store"} if metric in (None, "_all") else set(str(metric).split(","))

    def shown(documents: int, size: int) -> dict[str, Any]:
        figures = {key: value for key, value in _figures(documents, size).items() if key in asked}
        return {"primaries": figures, "total": figures}

    total = sum(counts[name][0] for name in names), sum(counts[name][1] for name in names)
    primary, missing = shard_counts([call.store.indices.all[name] for name in names])
    return Answer({
        "_shards": {"total": primary + missing, "successful": primary, "failed": 0}, "_all": shown(*total),
        "indices": {name: {"uuid": call.store.indices.all[name].uuid, **shown(*counts[name])} for name in names},
    })  # fmt: skip


_METRICS = {"_all", "docs", "store", "indexing", "get", "search", "merge", "refresh", "flush", "warmer", "query_cache",
            "fielddata", "completion", "segments", "translog", "request_cache", "recovery"}  # fmt: skip


def _shards_of(indices: list[Index]) -> dict[str, Any]:
    """How many shards there are, and how many of an index at least, at most and on average. Replicas have no place here."""
    if not indices:
        return {}
    counts = [each.shards for each in indices]
    spread = {"min": min(counts), "max": max(counts), "avg": sum(counts) / len(counts)}
    none = {"min": 0.0, "max": 0.0, "avg": 0.0}
    return {"total": sum(counts), "primaries": sum(counts), "replication": 0.0,
            "index": {"shards": spread, "primaries": spread, "replication": none}}  # fmt: skip


def cluster_stats(call: Call) -> Answer:
    counts = call.store.counts().values()
    indices = [*call.store.indices.all.values()]
    documents, size = sum(each[0] for each in counts), sum(each[1] for each in counts)
    return Answer({
        "_nodes": {"total": 1, "successful": 1, "failed": 0}, "cluster_name": "clickstream", "timestamp": int(time.time() * 1000),
        "status": status(indices), "indices": {
            "count": len(indices), "shards": _shards_of(indices), "docs": {"count": documents, "deleted": 0},
            "store": {"size_in_bytes": size},
        },
        "nodes": {"count": {"total": 1, "data": 1, "ingest": 1, "master": 1, "coordinating_only": 0},
                  "versions": [call.store.dialect.number]},
    })  # fmt: skip
