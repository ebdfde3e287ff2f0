"""The `_cat` tables of what one node does and has: where its shards are, their segments, its tasks and threads."""

from __future__ import annotations

import shutil
import time

from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.api.cat import Row, bytes_of, table
from clickstream_embedded.search.api.cluster import NODE, NODE_ID, shard_counts
from clickstream_embedded.search.errors import SearchError

_POOLS = ("analyze", "fetch_shard_started", "fetch_shard_store", "flush", "force_merge", "generic", "get", "listener", "management",
          "refresh", "search", "search_throttled", "snapshot", "warmer", "write")  # fmt: skip
_PATHS = ("allocation", "shards", "shards/{index}", "master", "nodes", "tasks", "indices", "indices/{index}", "segments",
          "segments/{index}", "count", "count/{index}", "recovery", "recovery/{index}", "health", "pending_tasks", "aliases",
          "aliases/{alias}", "thread_pool", "thread_pool/{thread_pools}", "plugins", "fielddata", "fielddata/{fields}", "nodeattrs",
          "repositories", "snapshots/{repository}", "templates")  # fmt: skip


def listed(_: Call) -> Answer:
    return Answer(None, text="=^.^=\n" + "".join(f"/_cat/{path}\n" for path in _PATHS))


def snapshots(call: Call) -> Answer:
    """There are no repositories here. Raises SearchError."""
    raise SearchError(404, "repository_missing_exception", f"[{call.place['repository']}] missing")


def allocation(call: Call) -> Answer:
    primary, missing = shard_counts([*call.store.indices.all.values()])
    disk = shutil.disk_usage("/")
    size = sum(each[1] for each in call.store.counts().values())
    cells = (str(primary), *(bytes_of(call, each) for each in (size, disk.used, disk.free, disk.total)),
             str(100 * disk.used // disk.total), "127.0.0.1", "127.0.0.1", NODE)  # fmt: skip
    names = ("shards", "disk.indices", "disk.used", "disk.avail", "disk.total", "disk.percent", "host", "ip", "node")
    rows: list[Row] = [dict(zip(names, cells, strict=True))]
    if missing:
        rows.append({**dict.fromkeys(names), "shards": str(missing), "node": "UNASSIGNED"})
    return table(call, names, rows)


def segments(call: Call) -> Answer:
    """An index with documents has one segment, as this server keeps them in one table."""
    names = ("index", "shard", "prirep", "ip", "segment", "generation", "docs.count", "docs.deleted", "size", "size.memory", "committed",
             "searchable", "version", "compound")  # fmt: skip
    counts = call.store.counts()
    rows: list[Row] = []
    for name in call.names():
        documents, size = counts[name]
        if documents:
            cells = (
                name,
                "0",
                "p",
                "127.0.0.1",
                "_0",
                "0",
                str(documents),
                "0",
                bytes_of(call, size),
                "0",
                "true",
                "true",
                "8.3.0",
                "true",
            )
            rows.append(dict(zip(names, cells, strict=True)))
    return table(call, names, rows)


def recovery(call: Call) -> Answer:
    names = ("index", "shard", "time", "type", "stage", "source_host", "source_node", "target_host", "target_node", "repository", "snapshot",
             "files", "files_recovered", "files_percent", "files_total", "bytes", "bytes_recovered", "bytes_percent", "bytes_total",
             "translog_ops", "translog_ops_recovered", "translog_ops_percent")  # fmt: skip
    rows: list[Row] = []
    for name in call.names(closed=True):
        for shard in range(call.store.indices.all[name].shards):
            cells = (name, str(shard), "0s", "empty_store", "done", "n/a", "n/a", "127.0.0.1", NODE, "n/a", "n/a", "0", "0", "0.0%", "0", "0",
                     "0", "0.0%", "0", "0", "0", "100.0%")  # fmt: skip
            rows.append(dict(zip(names, cells, strict=True)))
    return table(call, names, rows)


def tasks(call: Call) -> Answer:
    names = ("action", "task_id", "parent_task_id", "type", "start_time", "timestamp", "running_time", "ip", "node")
    now = time.time()
    rows: list[Row] = []
    for action, number, parent, kind in (("lists", 1, "-", "transport"), ("lists[n]", 2, f"{NODE_ID}:1", "direct")):
        cells = (f"cluster:monitor/tasks/{action}", f"{NODE_ID}:{number}", parent, kind, str(int(now * 1000)),
                 time.strftime("%H:%M:%S", time.gmtime(now)), "0s", "127.0.0.1", NODE)  # fmt: skip
        rows.append(dict(zip(names, cells, strict=True)))
    return table(call, names, rows)


def thread_pool(call: Call) -> Answer:
    wanted = call.place.get("name", "*").split(",")
    rows: list[Row] = [
        {"node_name": NODE, "name": name, "active": "0", "queue": "0", "rejected": "0"}
        for name in _POOLS if "*" in wanted or name in wanted
    ]  # fmt: skip
    return table(call, ("node_name", "name", "active", "queue", "rejected"), rows)
