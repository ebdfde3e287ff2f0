"""The SQLite file that all is kept in, with the functions of ours that its statements call."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CACHE = 512  # KiB of pages: the system keeps the file in memory anyway, and more would fill up over hours
Row = tuple[Any, ...]


class Database:
    """One connection; whoever uses it holds `lock`. Its methods block for as long as SQLite does."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=NORMAL",
            f"PRAGMA main.cache_size=-{_CACHE}",
            f"PRAGMA temp.cache_size=-{_CACHE}",  # an aggregation's tables left two megabytes behind
            "CREATE TABLE IF NOT EXISTS indices (name TEXT PRIMARY KEY, mapping TEXT, kind TEXT DEFAULT '_doc')",
            "CREATE TABLE IF NOT EXISTS docs (seq INTEGER PRIMARY KEY, idx TEXT, id TEXT, version INTEGER, source TEXT)",
            "CREATE UNIQUE INDEX IF NOT EXISTS docs_id ON docs (idx, id)",
        ):
            self.run(statement)

    def add_column(self, table: str, column: str, kind: str) -> bool:
        """Adds a column to a file of an earlier form; whether it was missing."""
        if column in {row[1] for row in self.rows(f"PRAGMA table_info({table})")}:
            return False
        self.run(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        return True

    def function(self, name: str, arguments: int, body: Callable[..., Any]) -> None:
        """Makes a pure function known to statements."""
        self._connection.create_function(name, arguments, body, deterministic=True)

    def aggregate(self, name: str, arguments: int, body: Any) -> None:
        """Makes an aggregate (a class with `step` and `finalize`) known to statements."""
        self._connection.create_aggregate(name, arguments, body)

    def run(self, statement: str, parameters: Any = ()) -> int:
        """Runs a statement; how many rows it changed."""
        with self.lock:
            return self._connection.execute(statement, parameters).rowcount

    def roll_back(self) -> None:
        """Takes back what the transaction did; where the disk is full SQLite may have done so already."""
        with self.lock:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def rows(self, statement: str, parameters: Any = ()) -> list[Row]:
        with self.lock:
            return self._connection.execute(statement, parameters).fetchall()

    def row(self, statement: str, parameters: Any = ()) -> Row | None:
        with self.lock:
            return self._connection.execute(statement, parameters).fetchone()

    def close(self) -> None:
        with self.lock:
            self._connection.close()
