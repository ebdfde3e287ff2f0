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


@dataclass(frozen=True, slots=True)
class Dated:
    """When an offset was committed, and when it ends where its commit said so itself; both in ms."""

    committed: int
    ends: int | None


@dataclass(frozen=True, slots=True)
class KeptGroup:
    """What is known of a group of the classic protocol without its members; -1 where it is not empty."""

    protocol_type: str
    generation: int
    empty_since: int


class OffsetStore:
    """Offsets by (group, topic, partition), and the groups themselves; every change is on disk when the call returns.

    Args:
        path: the file.
        now: the time (ms), for offsets of which an older version of this broker kept none.
    """

    def __init__(self, path: Path, now: int) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute("PRAGMA cache_size=-256")  # KiB: a few pages are all there is
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS offsets (grp TEXT, topic TEXT, partition INTEGER, offset INTEGER,"
            " epoch INTEGER, metadata TEXT, committed INTEGER, ends INTEGER, PRIMARY KEY (grp, topic, partition))"
            " WITHOUT ROWID"
        )
        if not any(row[1] == "ends" for row in self._database.execute("PRAGMA table_info(offsets)")):
            self._database.execute(f"ALTER TABLE offsets ADD COLUMN committed INTEGER DEFAULT {int(now)}")
            self._database.execute("ALTER TABLE offsets ADD COLUMN ends INTEGER")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS groups (grp TEXT PRIMARY KEY, type TEXT, generation INTEGER, since INTEGER)"
        )

    def commit(self, group: str, offsets: dict[tuple[str, int], Committed], now: int, ends: int | None = None) -> None:
        """Keeps offsets that were committed at `now` (ms); `ends` is when they end, where the commit says so."""
        rows = [(group, t, p, c.offset, c.leader_epoch, c.metadata, now, ends) for (t, p), c in offsets.items()]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def dates(self, group: str) -> dict[tuple[str, int], Dated]:
        """When the group's offsets were committed."""
        rows = self._database.execute("SELECT topic, partition, committed, ends FROM offsets WHERE grp = ?", (group,))
        return {(topic, partition): Dated(committed, ends) for topic, partition, committed, ends in rows}

    def keep_group(self, group: str, kept: KeptGroup) -> None:
        row = (group, kept.protocol_type, kept.generation, kept.empty_since)
        self._database.execute("INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?)", row)

    def forget_group(self, group: str) -> None:
        self._database.execute("DELETE FROM groups WHERE grp = ?", (group,))

    def kept_groups(self) -> dict[str, KeptGroup]:
        """The groups that were kept, by name."""
        return {name: KeptGroup(*row) for name, *row in self._database.execute("SELECT * FROM groups ORDER BY grp")}

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
