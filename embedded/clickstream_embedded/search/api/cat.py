"""The `_cat` endpoints: tables for people, or JSON of the same columns."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Sequence

from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.api.cat_columns import COLUMNS, full_name
from clickstream_embedded.search.api.cluster import NODE, shard_counts, status
from clickstream_embedded.search.errors import SearchError, illegal

PARAMETERS = {"format", "h", "help", "v", "s", "bytes", "time", "local", "master_timeout", "ts", "size", "health", "pri",
              "include_unloaded_segments", "expand_wildcards", "include_hidden"}  # fmt: skip
_RIGHT = {"pri", "rep", "docs.count", "docs.deleted", "store.size", "pri.store.size", "shards", "node.total", "node.data", "relo",
          "init", "unassign", "pending_tasks", "max_task_wait_time", "active_shards_percent", "heap.percent", "ram.percent", "cpu"}  # fmt: skip
Row = dict[str, str | None]


def table(call: Call, columns: Sequence[str], rows: list[Row]) -> Answer:
    table = call.path.split("/")[2]
    if call.truth("help"):
        shown = ((name, ",".join(short)) for name, short in COLUMNS[table].items())
        return Answer(None, text="".join(f"{name} | {short} | {name.replace('.', ' ')}\n" for name, short in shown))
    chosen = [(each, name) for each in call.split("h") for name in _columns(table, each)]
    chosen = chosen if call.split("h") else [(each, each) for each in columns]
    for part in reversed(call.split("s")):
        name, _, direction = part.partition(":")
        full = full_name(table, name)
        if full is None:
            raise SearchError(500, "unsupported_operation_exception", f"Unable to sort by unknown sort key `{name}`")
        rows.sort(key=lambda row, full=full: _sortable(_cell(row, full)), reverse=direction == "desc")
    form = call.query.get("format", "text")
    listed = [{shown: _cell(row, name) for shown, name in chosen} for row in rows]
    if form == "json":
        return Answer(listed)
    if form == "yaml":
        return Answer(None, text="---\n" + "".join(_yaml(row) for row in listed))
    if form in ("smile", "cbor"):  # any other word is text, as in the server
        raise illegal(f"[{form}] is not there as a format of this server: json, yaml and text are")
    return Answer(None, text=_text([shown for shown, _ in chosen], listed, headers=call.truth("v")))


def _columns(table: str, wanted: str) -> list[str]:
    if "*" in wanted:
        return [name for name in COLUMNS[table] if fnmatch.fnmatchcase(name, wanted)]
    full = full_name(table, wanted)
    return [] if full is None else [full]


def _cell(row: Row, name: str) -> str | None:
    """A cell; of what this server does not count there is none, or no bytes, or no time."""
    if name in row:
        return row[name]
    if name.endswith(("memory", "memory_size", "_size", ".size")):
        return "0b"
    return "0s" if name.endswith("time") else "0"


def _yaml(row: Row) -> str:
    lines = [f"{name}: {'null' if value is None else chr(34) + value + chr(34)}" for name, value in row.items()]
    return "- " + "\n  ".join(lines) + "\n"


def _sortable(value: str | None) -> tuple[int, float, str]:
    text = value or ""
    return (0, float(text), "") if text.replace(".", "", 1).isdigit() else (1, 0.0, text)


def _text(columns: list[str], rows: list[Row], *, headers: bool) -> str:
    lines = [[row[name] or "" for name in columns] for row in rows]
    shown = [columns, *lines] if headers else lines
    widths = [max((len(line[place]) for line in shown), default=0) for place in range(len(columns))]
    out: list[str] = []
    for number, line in enumerate(shown):
        cells = [
            cell.rjust(width) if name in _RIGHT and not (headers and number == 0) else cell.ljust(width)
            for name, cell, width in zip(columns, line, widths, strict=True)
        ]
        out.append(" ".join(cells).rstrip() if number == 0 and headers else " ".join(cells))
    return "".join(f"{line}\n" for line in out)


def bytes_of(call: Call, size: int) -> str:
    unit = call.query.get("bytes")
    if unit is not None:
        factor = {"b": 1, "k": 1024, "kb": 1024, "m": 1024**2, "mb": 1024**2, "g": 1024**3, "gb": 1024**3}.get(unit)
        if factor is None:  # the server writes the number of bytes then
            return str(size)
        return str(size // factor)
    for factor, name in ((1024**3, "gb"), (1024**2, "mb"), (1024, "kb")):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + name
    return f"{size}b"


def indices(call: Call) -> Answer:
    columns = (
        "health",
        "status",
        "index",
        "uuid",
        "pri",
        "rep",
        "docs.count",
        "docs.deleted",
        "store.size",
        "pri.store.size",
    )
    counts = call.store.counts()
    rows: list[Row] = []
    for name in call.names(closed=True):
        index = call.store.indices.all[name]
        documents, size = counts[name]
        row = (status([index]), "close" if index.closed else "open", name, index.uuid, str(index.shards), str(index.replicas), str(documents), "0",
               bytes_of(call, size), bytes_of(call, size))  # fmt: skip
        made = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(index.created / 1000)) + f".{index.created % 1000:03d}Z"
        rows.append(
            {**dict(zip(columns, row, strict=True)), "creation.date": str(index.created), "creation.date.string": made}
        )
    if "health" in call.query:
        rows = [row for row in rows if row["health"] == call.query["health"]]
    return table(call, columns, rows)


def health(call: Call) -> Answer:
    all_indices = [*call.store.indices.all.values()]
    primary, missing = shard_counts(all_indices)
    now = time.time()
    percent = 100 * primary / (primary + missing) if primary else 100.0
    row: dict[str, str | None] = {
        "epoch": str(int(now)), "timestamp": time.strftime("%H:%M:%S", time.gmtime(now)), "cluster": "clickstream",
        "status": status(all_indices), "node.total": "1", "node.data": "1", "shards": str(primary), "pri": str(primary),
        "relo": "0", "init": "0", "unassign": str(missing), "pending_tasks": "0", "max_task_wait_time": "-",
        "active_shards_percent": f"{percent:.1f}%",
    }  # fmt: skip
    columns = [name for name in row if call.truth("ts", True) or name not in ("epoch", "timestamp")]
    return table(call, columns, [row])


def count(call: Call) -> Answer:
    counts = call.store.counts()
    now = time.time()
    total = sum(counts[name][0] for name in call.names())
    return table(call, ("epoch", "timestamp", "count"), [
        {"epoch": str(int(now)), "timestamp": time.strftime("%H:%M:%S", time.gmtime(now)), "count": str(total)}])  # fmt: skip


def aliases(call: Call) -> Answer:
    columns = ("alias", "index", "filter", "routing.index", "routing.search", "is_write_index")
    wanted = call.place.get("name", "").split(",") if call.place.get("name") else []
    rows: list[Row] = []
    for index in sorted(call.store.indices.all.values(), key=lambda each: each.name):
        for name, rule in sorted(index.aliases.items()):
            if not wanted or any(fnmatch.fnmatchcase(name, each) for each in wanted):
                cells = (name, index.name, "*" if rule.get("filter") else "-", rule.get("index_routing") or "-",
                         rule.get("search_routing") or "-",
                         str(rule["is_write_index"]).lower() if "is_write_index" in rule else "-")  # fmt: skip
                rows.append(dict(zip(columns, cells, strict=True)))
    return table(call, columns, rows)


def nodes(call: Call) -> Answer:
    columns = (
        "ip",
        "heap.percent",
        "ram.percent",
        "cpu",
        "load_1m",
        "load_5m",
        "load_15m",
        "node.role",
        "master",
        "name",
    )
    row = ("127.0.0.1", "1", "1", "0", "0.00", "0.00", "0.00", "dim", "*", NODE)
    return table(call, columns, [dict(zip(columns, row, strict=True))])


def templates(call: Call) -> Answer:
    columns = ("name", "index_patterns", "order", "version")
    rows: list[Row] = []
    for name, body in sorted(call.store.indices.templates.items()):
        if not any(fnmatch.fnmatchcase(name, each) for each in call.place.get("name", "*").split(",")):
            continue
        patterns = "[" + ", ".join(body.get("index_patterns", [])) + "]"
        version = str(body["version"]) if "version" in body else None
        rows.append({"name": name, "index_patterns": patterns, "order": str(body.get("order", 0)), "version": version})
    return table(call, columns, rows)


def shards(call: Call) -> Answer:
    columns = ("index", "shard", "prirep", "state", "docs", "store", "ip", "node")
    counts = call.store.counts()
    rows: list[Row] = []
    for name in call.names():
        index = call.store.indices.all[name]
        for shard in range(index.shards):
            documents, size = counts[name] if shard == 0 else (0, 0)
            cells = (name, str(shard), "p", "STARTED", str(documents), bytes_of(call, size), "127.0.0.1", NODE)
            rows.append(dict(zip(columns, cells, strict=True)))
            away: dict[str, str | None] = {
                **dict.fromkeys(columns),
                "index": name,
                "shard": str(shard),
                "prirep": "r",
                "state": "UNASSIGNED",
            }
            rows += [dict(away) for _ in range(index.replicas)]
    return table(call, columns, rows)


def master(call: Call) -> Answer:
    columns = ("id", "host", "ip", "node")
    return table(call, columns, [dict(zip(columns, (NODE, "127.0.0.1", "127.0.0.1", NODE), strict=True))])


_NONE: dict[str, tuple[str, ...]] = {
    "plugins": ("name", "component", "version"), "pending_tasks": ("insertOrder", "timeInQueue", "priority", "source"),
    "nodeattrs": ("node", "host", "ip", "attr", "value"), "repositories": ("id", "type"),
    "fielddata": ("id", "host", "ip", "node", "field", "size"),
}  # fmt: skip


def nothing(call: Call) -> Answer:
    """The tables of what one node without plugins, repositories and waiting tasks has none of."""
    return table(call, _NONE[call.path.split("/")[2]], [])
