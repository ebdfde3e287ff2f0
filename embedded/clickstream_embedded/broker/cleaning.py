"""What a compaction writes and remembers lies on the disk: what it costs in memory does not go by what there is to compact.

The last offsets of some hundred thousand keys would be as many small objects of Python's. What they leave free behind them is
not given back as long as one object that was made meanwhile is in use, and each compaction has more of them than the one before.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from pathlib import Path

from clickstream_embedded.broker.segment import Segment

_AT_ONCE = 64 * 1024  # bytes that are written in one step
_OPENING = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA cache_size=-1024",  # KiB that stay in memory
    "CREATE TABLE latest (key BLOB PRIMARY KEY, offset INTEGER) WITHOUT ROWID",
    "BEGIN",
)


class LastOffsets:
    """The last offset of each key."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def update(self, found: Iterable[tuple[bytes, int]]) -> None:
        """Takes keys with their offsets, the later ones last."""
        self._database.executemany("INSERT OR REPLACE INTO latest VALUES (?, ?)", found)

    def get(self, key: bytes, default: int) -> int:
        """The last offset of a key, the default where it has none."""
        row = self._database.execute("SELECT offset FROM latest WHERE key = ?", (key,)).fetchone()
        return default if row is None else row[0]


@contextmanager
def last_offsets(folder: Path) -> Generator[LastOffsets]:
    """Offsets that lie in a file of the folder meanwhile. Raises OSError where the disk is full or the folder has gone."""
    path = folder / "keys.cleaned"
    path.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            for statement in _OPENING:
                database.execute(statement)
            yield LastOffsets(database)
    except sqlite3.Error as error:
        raise OSError(f"what is compacted cannot be remembered: {error}") from error
    finally:
        path.unlink(missing_ok=True)


class Cleaned:
    """What is left of some segments that follow each other."""

    def __init__(self, first: Segment) -> None:
        self.path = first.path.with_suffix(".cleaned")
        self.segments: list[Segment] = []
        self.size = 0
        self._last = 0  # where what is left of the last one begins
        self._file = self.path.open("w+b", buffering=_AT_ONCE)

    def add(self, segment: Segment, batches: Iterable[bytes | None]) -> None:
        """Writes what is left of one more segment, None for a batch of which nothing is. Raises OSError."""
        self._last = self.size
        self.segments.append(segment)
        for batch in batches:
            if batch is not None:
                self._file.write(batch)
                self.size += len(batch)

    def split(self) -> Cleaned:
        """The last segment in a file of its own; it is no part of this one any more. Raises OSError."""
        segment = self.segments.pop()
        rest = Cleaned(segment)
        try:
            rest.segments.append(segment)
            self._file.seek(self._last)
            shutil.copyfileobj(self._file, rest._file, _AT_ONCE)
            rest.size = self.size - self._last
            self._file.truncate(self._last)
            self.size = self._last
        except BaseException:
            rest.close()
            raise
        return rest

    def take_place(self, path: Path) -> None:
        """Puts the file, once it is on the disk, where another one was. Raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.path.replace(path)

    def close(self) -> None:
        """Nothing more comes of it: what has not taken its place is gone."""
        self._file.close()
        self.path.unlink(missing_ok=True)
