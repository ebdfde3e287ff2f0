"""State and offsets of the persistent queries in one SQLite file: what a commit wrote is all there or not at all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from clickstream_embedded.ksqldb.operators.state_store import Changes, StateStore, WindowStore
from clickstream_embedded.ksqldb.runtime import window_rows
from clickstream_embedded.ksqldb.runtime.outbox import Outbox
from clickstream_embedded.ksqldb.runtime.state_serde import dump_keys, dump_values, load_key, load_value

Offsets = dict[tuple[str, int], int]
Put = tuple[bytes, bytes]  # key, value
_VERSION = 4  # of the tables below
_CACHE = 1024  # KiB of pages that a process keeps
_PATIENCE = 30.0  # seconds that a transaction waits for one of another process


def _rows(changes: Changes) -> tuple[list[Put], list[bytes]]:
    """What is to be written, and the keys of what is gone."""
    if None not in changes.values():
        return list(zip(dump_keys([*changes]), dump_values(changes.values()), strict=True)), []
    kept = {key: value for key, value in changes.items() if value is not None}
    return _rows(kept)[0], dump_keys([key for key, value in changes.items() if value is None])


class CheckpointStore:
    """Shared by all query threads; a lock keeps their transactions apart, SQLite those of several processes.

    Keys are stored in the order of their bytes: what belongs to one window lies together, and is written together.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._folder = path.parent
        self._numbers: dict[str, int] = {}
        self._database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(f"PRAGMA cache_size=-{_CACHE}")
        self._database.execute("BEGIN IMMEDIATE")
        self._make_tables()
        self._database.execute("COMMIT")

    def _make_tables(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:
            return
        for table in ("state", "stores", "offsets", "outbox"):  # of another version: its queries start anew
            self._database.execute(f"DROP TABLE IF EXISTS {table}")
        self._database.execute("CREATE TABLE outbox (query TEXT PRIMARY KEY, number INTEGER)")
        self._database.execute(
            "CREATE TABLE stores (id INTEGER PRIMARY KEY, query TEXT, name TEXT, UNIQUE (query, name))"
        )
        self._database.execute(
            "CREATE TABLE state (store INTEGER, key BLOB, value BLOB, PRIMARY KEY (store, key)) WITHOUT ROWID"
        )
        self._database.execute(
            "CREATE TABLE offsets (query TEXT, topic TEXT, partition INTEGER, offset INTEGER,"
            " PRIMARY KEY (query, topic, partition)) WITHOUT ROWID"
        )
        window_rows.make_table(self._database)
        self._database.execute(f"PRAGMA user_version={_VERSION}")

    def outbox(self, query: str) -> Outbox | None:
        """What the last commit of a query was to send, None where it is known to have been sent."""
        with self._lock:
            row = self._database.execute("SELECT number FROM outbox WHERE query = ?", (query,)).fetchone()
        if row is None:
            return None
        self._numbers[query] = row[0]
        try:
            return Outbox.load(self._file(query, row[0]).read_bytes())
        except FileNotFoundError:
            return None

    def sent(self, query: str) -> None:
        """Forgets the outbox of a query: the topic holds all of it."""
        self._file(query, self._numbers[query]).unlink(missing_ok=True)

    def _file(self, query: str, number: int) -> Path:
        return self._folder / f"{quote(query, safe='')}.{number}.outbox"

    def _keep(self, query: str, outbox: Outbox) -> int:
        """Writes an outbox to a file of its own; it counts once a commit names it."""
        number = self._numbers.get(query, 0) + 1
        self._file(query, number).write_bytes(outbox.dump())
        return number

    def load(self, query: str, stores: Iterable[StateStore]) -> Offsets:
        """Fills the stores of a query; gives the offsets to go on from (none for a new query)."""
        with self._lock:
            for store in stores:
                if isinstance(store, WindowStore):
                    store.data = window_rows.load(self._database, query, store.name)
                    continue
                rows = self._database.execute(
                    "SELECT key, value FROM state WHERE store = (SELECT id FROM stores WHERE query = ? AND name = ?)",
                    (query, store.name),
                )
                # the file is our own, readable by this user only
                store.data = {load_key(key): load_value(value) for key, value in rows}
            rows = self._database.execute("SELECT topic, partition, offset FROM offsets WHERE query = ?", (query,))
            return {(topic, partition): offset for topic, partition, offset in rows}

    def commit(self, query: str, stores: Iterable[StateStore], offsets: Offsets, outbox: Outbox | None = None) -> None:
        """Writes the changes of the stores, the offsets and what is to be sent, in one transaction.

        Raises:
            OSError: the disk is full or cannot be written; all of it is still to be written, by the next commit.
        """
        drained = [(store, store.drain()) for store in stores]
        try:
            self._commit(query, drained, offsets, outbox)
        except (sqlite3.OperationalError, OSError) as error:
            for store, changes in drained:
                store.put_back(changes)
            raise OSError(f"the state of {query} cannot be written: {error}") from error

    def _commit(
        self, query: str, drained: list[tuple[StateStore, Changes]], offsets: Offsets, outbox: Outbox | None
    ) -> None:  # fmt: skip
        number = None if outbox is None else self._keep(query, outbox)
        writes = [self._writes(store, changes) for store, changes in drained if changes]
        with self._lock, self._transaction():
            for name, write in writes:
                write(self._store_id(query, name))
            self._database.executemany(
                "INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?)",
                [(query, topic, partition, offset) for (topic, partition), offset in offsets.items()],
            )
            if number is not None:
                self._database.execute("INSERT OR REPLACE INTO outbox VALUES (?, ?)", (query, number))
        if number is not None:
            self._numbers[query] = number

    def _writes(self, store: StateStore, changes: Changes) -> tuple[str, Callable[[int], None]]:
        """What writes the changes of a store; all is turned to bytes before the others are kept from the file."""
        if isinstance(store, WindowStore):
            rows = window_rows.dump(changes)
            return store.name, lambda number: window_rows.write(self._database, number, rows, store.limit)
        puts, gone = _rows(changes)
        return store.name, lambda number: self._write(number, puts, gone)

    @contextmanager
    def _transaction(self) -> Generator[None, None, None]:
        """All or nothing; one that fails leaves the connection free for the next."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # a full disk may have ended it already
                self._database.execute("ROLLBACK")
            raise

    def _store_id(self, query: str, name: str) -> int:
        self._database.execute("INSERT OR IGNORE INTO stores (query, name) VALUES (?, ?)", (query, name))
        found = self._database.execute("SELECT id FROM stores WHERE query = ? AND name = ?", (query, name)).fetchone()
        return found[0]

    def _write(self, store: int, puts: list[Put], gone: list[bytes]) -> None:
        puts.sort()  # neighbours land on the same pages
        self._database.executemany(f"INSERT OR REPLACE INTO state VALUES ({store}, ?, ?)", puts)
        if gone:
            self._database.executemany("DELETE FROM state WHERE store = ? AND key = ?", [(store, key) for key in gone])

    def forget(self, query: str) -> None:
        with self._lock, self._transaction():
            self._database.execute("DELETE FROM state WHERE store IN (SELECT id FROM stores WHERE query = ?)", (query,))
            window_rows.forget(self._database, query)
            self._database.execute("DELETE FROM stores WHERE query = ?", (query,))
            self._database.execute("DELETE FROM offsets WHERE query = ?", (query,))
            self._database.execute("DELETE FROM outbox WHERE query = ?", (query,))
        for file in self._folder.glob(f"{quote(query, safe='')}.*.outbox"):
            file.unlink(missing_ok=True)

    def close(self) -> None:
        with self._lock:
            self._database.close()
