"""Committed offsets of consumer groups, kept in a SQLite file."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Committed:
    """A group's place in one partition: the next offset to read, with its metadata."""

    offset: int
    leader_epoch: int
    metadata: str


class OffsetStore:
    """Offsets by (group, topic, partition); every change is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute("PRAGMA cache_size=-256")  # KiB: a few pages are all there is
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS offsets (grp TEXT, topic TEXT, partition INTEGER, offset INTEGER,"
            " epoch INTEGER, metadata TEXT, PRIMARY KEY (grp, topic, partition)) WITHOUT ROWID"
        )

    def commit(self, group: str, offsets: dict[tuple[str, int], Committed]) -> None:
        rows = [(group, t, p, c.offset, c.leader_epoch, c.metadata) for (t, p), c in offsets.items()]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def fetch(self, group: str) -> dict[tuple[str, int], Committed]:
        rows = self._database.execute(
            "SELECT topic, partition, offset, epoch, metadata FROM offsets WHERE grp = ?", (group,)
        )
        return {(t, p): Committed(offset, epoch, metadata) for t, p, offset, epoch, metadata in rows}

    def has_group(self, group: str) -> bool:
        """Whether anything is committed of it."""
        return self._database.execute("SELECT 1 FROM offsets WHERE grp = ? LIMIT 1", (group,)).fetchone() is not None

    def groups(self) -> list[str]:
        return [row[0] for row in self._database.execute("SELECT DISTINCT grp FROM offsets ORDER BY grp")]

    def delete_group(self, group: str) -> None:
        self._database.execute("DELETE FROM offsets WHERE grp = ?", (group,))

    def delete_all(self) -> None:
        self._database.execute("DELETE FROM offsets")

    def delete(self, group: str, topic: str, partition: int) -> None:
        key = (group, topic, partition)
        self._database.execute("DELETE FROM offsets WHERE grp = ? AND topic = ? AND partition = ?", key)

    def delete_topic(self, topic: str) -> None:
        self._database.execute("DELETE FROM offsets WHERE topic = ?", (topic,))

    def close(self) -> None:
        self._database.close()
