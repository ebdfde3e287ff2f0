"""What the one node does and holds: its statistics, tasks, segments and recoveries, and the state of the cluster."""

from __future__ import annotations

import os
import resource
import time
from typing import Any

from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.api.cluster import NODE, NODE_ID
from clickstream_embedded.search.errors import illegal

_HEAD: dict[str, Any] = {"name": NODE, "transport_address": "127.0.0.1:9300", "host": "127.0.0.1", "ip": "127.0.0.1:9300",
                         "roles": ["ingest", "master", "data"]}  # fmt: skip
_ONE = {"total": 1, "successful": 1, "failed": 0}
_METRICS = ("_all", "indices", "os", "process", "jvm", "thread_pool", "fs", "transport", "http", "breaker", "script", "discovery",
            "ingest", "adaptive_selection")  # fmt: skip


def node_stats(call: Call) -> Answer:
    """The figures that there are: documents, bytes, memory and time of the process."""
    wanted = call.place.get("metric", "_all").split(",")
    odd = next((each for each in wanted if each not in _METRICS), None)
    if odd is not None:
        raise illegal(f"request [{call.path}] contains unrecognized metric: [{odd}]")
    if call.place.get("node", "_all") not in ("_all", "_local", "_master", NODE, NODE_ID, "*"):
        return Answer(
            {"_nodes": {"total": 0, "successful": 0, "failed": 0}, "cluster_name": "clickstream", "nodes": {}}
        )
    counts = call.store.counts().values()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    now = int(time.time() * 1000)
    figures: dict[str, Any] = {
        "indices": {"docs": {"count": sum(each[0] for each in counts), "deleted": 0},
                    "store": {"size_in_bytes": sum(each[1] for each in counts)}},
        "os": {"timestamp": now, "cpu": {"load_average": dict(zip(("1m", "5m", "15m"), os.getloadavg(), strict=True))}},
        "process": {"timestamp": now, "cpu": {"total_in_millis": int((usage.ru_utime + usage.ru_stime) * 1000)},
                    "mem": {"total_virtual_in_bytes": usage.ru_maxrss * 1024}},
    }  # fmt: skip
    shown = {name: each for name, each in figures.items() if name in wanted or "_all" in wanted}
    return Answer(
        {"_nodes": _ONE, "cluster_name": "clickstream", "nodes": {NODE_ID: {"timestamp": now, **_HEAD, **shown}}}
    )


def tasks(call: Call) -> Answer:
    """Nothing runs longer than its request: the one that asks is all there is."""
    now = int(time.time() * 1000)
    one = {"node": NODE_ID, "id": 1, "type": "transport", "action": "cluster:monitor/tasks/lists", "start_time_in_millis": now,
           "running_time_in_nanos": 1, "cancellable": False, "headers": {}}  # fmt: skip
    two = {
        **one,
        "id": 2,
        "type": "direct",
        "action": "cluster:monitor/tasks/lists[n]",
        "parent_task_id": f"{NODE_ID}:1",
    }
    listed = {f"{NODE_ID}:2": two, f"{NODE_ID}:1": one}
    if call.query.get("group_by") == "none":
        return Answer({"tasks": [*listed.values()]})
    if call.query.get("actions") and not any("tasks" in each or each == "*" for each in call.split("actions")):
        return Answer({"nodes": {}})
    return Answer({"nodes": {NODE_ID: {**_HEAD, "tasks": listed}}})


def segments(call: Call) -> Answer:
    names, counts = call.names(), call.store.counts()
    found: dict[str, Any] = {}
    for name in names:
        documents, size = counts[name]
        held = {"_0": {"generation": 0, "num_docs": documents, "deleted_docs": 0, "size_in_bytes": size, "memory_in_bytes": 0,
                       "committed": True, "search": True, "version": "8.3.0", "compound": True,
                       "attributes": {"Lucene50StoredFieldsFormat.mode": "BEST_SPEED"}}}  # fmt: skip
        empty = {"routing": {"state": "STARTED", "primary": True, "node": NODE_ID}, "num_committed_segments": 0,
                 "num_search_segments": 0, "segments": {}}  # fmt: skip
        first = (
            {**empty, "num_committed_segments": 1, "num_search_segments": 1, "segments": held} if documents else empty
        )
        found[name] = {
            "shards": {str(at): [empty if at else first] for at in range(call.store.indices.all[name].shards)}
        }
    return Answer({"_shards": _shards(call, names), "indices": found})


def _shards(call: Call, names: list[str]) -> dict[str, int]:
    indices = [call.store.indices.all[name] for name in names]
    return {"total": sum(each.shards * (1 + each.replicas) for each in indices), "successful": sum(each.shards for each in indices),
            "failed": 0}  # fmt: skip


def recovery(call: Call) -> Answer:
    found: dict[str, Any] = {}
    for name in call.names(closed=True):
        index = call.store.indices.all[name]
        percent = {"recovered": 0, "percent": "0.0%"}
        shard = {"type": "EMPTY_STORE", "stage": "DONE", "primary": True, "start_time_in_millis": index.created,
                 "stop_time_in_millis": index.created, "total_time_in_millis": 0, "source": {},
                 "target": {"id": NODE_ID, "host": "127.0.0.1", "transport_address": "127.0.0.1:9300", "ip": "127.0.0.1", "name": NODE},
                 "index": {"size": {"total_in_bytes": 0, "reused_in_bytes": 0, "recovered_in_bytes": 0, "percent": "0.0%"},
                           "files": {"total": 0, "reused": 0, **percent}, "total_time_in_millis": 0, "source_throttle_time_in_millis": 0,
                           "target_throttle_time_in_millis": 0},
                 "translog": {"recovered": 0, "total": 0, "percent": "100.0%", "total_on_start": 0, "total_time_in_millis": 0},
                 "verify_index": {"check_index_time_in_millis": 0, "total_time_in_millis": 0}}  # fmt: skip
        found[name] = {"shards": [{"id": number, **shard} for number in range(index.shards)]}
    return Answer(found)


def state(call: Call) -> Answer:
    """The parts of the cluster's state that are asked for."""
    wanted = call.place.get("metric", "_all").split(",")
    head: dict[str, Any] = {"cluster_name": "clickstream", "cluster_uuid": "embedded"}
    node = {"name": NODE, "ephemeral_id": NODE_ID, "transport_address": "127.0.0.1:9300", "attributes": {}}
    templates = {name: dict(body) for name, body in call.store.indices.templates.items()}
    indices = {
        name: {"state": "close" if each.closed else "open", "settings": each.shown_settings(call.store.dialect),
               "mappings": {"_doc": each.mapping.shown()} if each.mapping.properties else {}, "aliases": [*each.aliases]}
        for name in call.names(closed=True) for each in [call.store.indices.all[name]]
    }  # fmt: skip
    parts: dict[str, Any] = {
        "version": {"version": 1, "state_uuid": "embedded"}, "master_node": {"master_node": NODE_ID}, "blocks": {"blocks": {}},
        "nodes": {"nodes": {NODE_ID: node}},
        "metadata": {"metadata": {"cluster_uuid": "embedded", "templates": templates, "indices": indices,
                                  "index-graveyard": {"tombstones": []}}},
    }  # fmt: skip
    for name, part in parts.items():
        if name in wanted or "_all" in wanted:
            head |= part
    return Answer(head)


def synced(call: Call) -> Answer:
    """_flush/synced."""
    names = call.names()
    each = {name: _shards(call, [name]) for name in names}
    return Answer({"_shards": _shards(call, names), **each})
