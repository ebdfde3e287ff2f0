"""State and offsets of the persistent queries in one SQLite file: what a commit wrote is all there or not at all."""

from __future__ import annotations

import pickle
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.outbox import Outbox
from clickstream_embedded.ksqldb.stores import Store

Offsets = dict[tuple[str, int], int]


class StateStore:
    """Shared by all query threads; a lock keeps their transactions apart."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS outbox (query TEXT PRIMARY KEY, content BLOB)")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS state (query TEXT, store TEXT, key BLOB, value BLOB,"
            " PRIMARY KEY (query, store, key)) WITHOUT ROWID"
        )
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS offsets (query TEXT, topic TEXT, partition INTEGER, offset INTEGER,"
            " PRIMARY KEY (query, topic, partition)) WITHOUT ROWID"
        )

    def outbox(self, query: str) -> Outbox | None:
        """What the last commit of a query was to send, None where it is known to have been sent."""
        with self._lock:
            row = self._database.execute("SELECT content FROM outbox WHERE query = ?", (query,)).fetchone()
        return None if row is None else pickle.loads(row[0])  # noqa: S301 - our own file

    def sent(self, query: str) -> None:
        """Forgets the outbox of a query: the topic holds all of it."""
        with self._lock:
            self._database.execute("DELETE FROM outbox WHERE query = ?", (query,))

    def load(self, query: str, stores: Iterable[Store]) -> Offsets:
        """Fills the stores of a query; gives the offsets to go on from (none for a new query)."""
        with self._lock:
            for store in stores:
                rows = self._database.execute(
                    "SELECT key, value FROM state WHERE query = ? AND store = ?", (query, store.name)
                )
                # the file is our own, readable by this user only
                store.data = {pickle.loads(key): pickle.loads(value) for key, value in rows}  # noqa: S301
            rows = self._database.execute("SELECT topic, partition, offset FROM offsets WHERE query = ?", (query,))
            return {(topic, partition): offset for topic, partition, offset in rows}

    def commit(self, query: str, stores: Iterable[Store], offsets: Offsets, outbox: Outbox | None = None) -> None:
        """Writes the changes of the stores, the offsets and what is to be sent, in one transaction."""
        changes: list[tuple[str, bytes, Any]] = []
        for store in stores:
            changes += [(store.name, pickle.dumps(key, 5), value) for key, value in store.drain()]
        puts = [(query, store, key, pickle.dumps(value, 5)) for store, key, value in changes if value is not None]
        gone = [(query, store, key) for store, key, value in changes if value is None]
        with self._lock:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)", puts)
            self._database.executemany("DELETE FROM state WHERE query = ? AND store = ? AND key = ?", gone)
            self._database.executemany(
                "INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?)",
                [(query, topic, partition, offset) for (topic, partition), offset in offsets.items()],
            )
            if outbox is not None:
                content = pickle.dumps(outbox, 5)
                self._database.execute("INSERT OR REPLACE INTO outbox VALUES (?, ?)", (query, content))
            self._database.execute("COMMIT")

    def forget(self, query: str) -> None:
        with self._lock:
            self._database.execute("DELETE FROM state WHERE query = ?", (query,))
            self._database.execute("DELETE FROM offsets WHERE query = ?", (query,))
            self._database.execute("DELETE FROM outbox WHERE query = ?", (query,))

    def close(self) -> None:
        with self._lock:
            self._database.close()
