"""Windowed state in the checkpoint's file: what a commit changed of one window start is one row.

A row for each window and key would cost five microseconds each, and most are never written again. The rows of a start
are read in the order they came, a later one over an earlier one; eight of a level become one of the next, so a window
that changes with every commit is written again once for each eightfold of them.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping

from clickstream_embedded.ksqldb.operators.state_store import Changes
from clickstream_embedded.ksqldb.runtime.state_serde import dump_value, load_value

_TOGETHER = 8  # rows of a level that become one
_LEVELS = "SELECT id, level FROM windows WHERE store = ? AND start = ? ORDER BY id"
_LAST = "FROM windows WHERE store = ? AND start = ? AND id >= ?"
_INSERT = "INSERT INTO windows (store, start, level, data) VALUES (?, ?, ?, ?)"


def make_table(database: sqlite3.Connection) -> None:
    """The empty table, in the transaction under way."""
    database.execute("DROP TABLE IF EXISTS windows")
    database.execute(
        "CREATE TABLE windows (id INTEGER PRIMARY KEY, store INTEGER, start INTEGER, level INTEGER, data BLOB)"
    )
    database.execute("CREATE INDEX windows_of ON windows (store, start)")


def dump(parts: Mapping[int, Changes]) -> list[tuple[int, bytes]]:
    """What changed, by start, as it is written."""
    return [(start, dump_value(changes)) for start, changes in sorted(parts.items())]


def write(database: sqlite3.Connection, store: int, rows: Iterable[tuple[int, bytes]], limit: int) -> None:
    """Adds rows, and takes away the windows that start before `limit` (ms); in the transaction under way."""
    for start, data in rows:
        database.execute(_INSERT, (store, start, 0, data))
        _merge(database, store, start)
    database.execute("DELETE FROM windows WHERE store = ? AND start < ?", (store, limit))


def load(database: sqlite3.Connection, query: str, name: str) -> dict[int, Changes]:
    """All windows of a store, by start and key."""
    found: defaultdict[int, Changes] = defaultdict(dict)
    for start, data in database.execute(
        "SELECT start, data FROM windows WHERE store = (SELECT id FROM stores WHERE query = ? AND name = ?) ORDER BY id",
        (query, name),
    ):
        found[start].update(load_value(data))
    return dict(found)


def forget(database: sqlite3.Connection, query: str) -> None:
    """Deletes all windows of a query."""
    database.execute("DELETE FROM windows WHERE store IN (SELECT id FROM stores WHERE query = ?)", (query,))


def _merge(database: sqlite3.Connection, store: int, start: int) -> None:
    levels: list[tuple[int, int]] = database.execute(_LEVELS, (store, start)).fetchall()
    level = 0
    while len(levels) >= _TOGETHER and all(each == level for _, each in levels[-_TOGETHER:]):
        last = (store, start, levels[-_TOGETHER][0])
        merged: Changes = {}
        for (data,) in database.execute(f"SELECT data {_LAST} ORDER BY id", last):
            merged.update(load_value(data))
        level += 1
        database.execute(f"DELETE {_LAST}", last)
        database.execute(_INSERT, (store, start, level, dump_value(merged)))
        levels[-_TOGETHER:] = [(last[2], level)]
