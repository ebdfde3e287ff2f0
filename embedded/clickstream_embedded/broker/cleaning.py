"""What a compaction writes and remembers lies on the disk: what it costs in memory does not go by what there is to compact.

The last offsets of some hundred thousand keys would be as many small objects of Python's. What they leave free behind them is
not given back as long as one object that was made meanwhile is in use, and each compaction has more of them than the one before.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

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
    """The last offset of each key, in a file for as long as it is entered. Raises OSError where the disk is full."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "keys.cleaned"

    def __enter__(self) -> LastOffsets:
        self._path.unlink(missing_ok=True)
        self._database = sqlite3.connect(self._path, isolation_level=None)
        try:
            for statement in _OPENING:
                self._database.execute(statement)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        self._database.close()
        self._path.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise OSError(f"what is compacted cannot be remembered: {error}") from error

    def update(self, found: Iterable[tuple[bytes, int]]) -> None:
        """Takes keys with their offsets, the later ones last."""
        self._database.executemany("INSERT OR REPLACE INTO latest VALUES (?, ?)", found)

    def get(self, key: bytes, default: int) -> int:
        """The last offset of a key, the default where it has none."""
        row = self._database.execute("SELECT offset FROM latest WHERE key = ?", (key,)).fetchone()
        return default if row is None else row[0]


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
            rest.discard()
            raise
        return rest

    def take_place(self, path: Path) -> None:
        """Puts the file, once it is on the disk, where another one was. Raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.path.replace(path)

    def discard(self) -> None:
        """Nothing comes of it."""
        self._file.close()
        self.path.unlink(missing_ok=True)
