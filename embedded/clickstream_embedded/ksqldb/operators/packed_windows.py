"""Windows that are past, kept packed: a fiftieth of the memory that they take while records come to them.

ksqlDB keeps a window for its retention, a day at least, on disk. Here they stay in memory, so that a pull query reads
them at once; but a dictionary entry, a tuple and a list for each would take half a kilobyte. Each window is turned to
bytes once, and compressed twice: with some hundred others, and with all that came in the time of some thousand.
"""

from __future__ import annotations

import marshal
import struct
import threading
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import cramjam

from clickstream_embedded.ksqldb.operators.operator import Row
from clickstream_embedded.ksqldb.operators.state_store import StateStore

_MARSHAL = 2  # a format that every Python 3 reads
_LEVEL = 3  # of zstd's compression: a quarter of zlib's time for four fifths of the bytes
_BUCKETS = 32  # of keys, by their hash: what is read for one key is a part of all
_LARGE = 8_192  # bytes of a chunk that is worth compressing
_TOGETHER = 8  # chunks that are compressed once more, as one: a third less memory
_SIZE = struct.Struct(">I")
Place = tuple[int, Row]  # start of the window, key
Entry = tuple[Any, Any]  # states of the aggregates, timestamp
Window = tuple[Place, Entry]


class Chunk(NamedTuple):
    """Windows of one bucket as bytes, and the first and the last start among them: each time that some were packed
    their size and a list of them. `level` says how often they were compressed.
    """

    first: int
    last: int
    data: bytes
    level: int

    @property
    def plain(self) -> bytes:
        """The bytes as they were before."""
        return bytes(cramjam.zstd.decompress(self.data)) if self.level else self.data


class PackedWindows:
    """What of a windowed store is packed. Readers of other threads take what they look at in one step.

    Args:
        store: Whose entries are taken out of its dictionary, and put back when one of their key is asked for.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._buckets: list[list[Chunk]] = [[] for _ in range(_BUCKETS)]
        self._lock = threading.Lock()
        self.until = -1  # no window that starts later is packed

    def pack(self, before: int) -> None:
        """Packs the windows that start before a time (ms), but for those that the next commit is to write."""
        data, changed = self._store.data, self._store.changed
        found: list[list[Window]] = [[] for _ in range(_BUCKETS)]
        for window in data.items():
            place = window[0]
            if place[0] < before and place not in changed:
                found[hash(place[1]) % _BUCKETS].append(window)
        for number, windows in enumerate(found):
            if not windows:
                continue
            try:
                fresh = _packed(windows)
            except ValueError:  # keys or states of other types stay as they are
                continue
            with self._lock:
                self._buckets[number] = _with(self._buckets[number], fresh)
                for place, _ in windows:
                    del data[place]
            self.until = max(self.until, fresh.last)

    def entry(self, place: Place) -> Entry | None:
        """What the store holds of a window, packed or not."""
        found = self._store.data.get(place)
        if found is None and place[0] <= self.until:
            self.unpack(place[1], place[0], place[0])
            found = self._store.data.get(place)
        return found

    def unpack(self, key: Row, first: int, last: int) -> None:
        """Puts what may be packed of a key back into the store's dictionary: a late record has come.

        Args:
            key: Whose windows.
            first: The earliest start (ms) that is asked for.
            last: The latest one.
        """
        chunks = self._buckets[_bucket(key)]
        wanted = [chunk for chunk in chunks if chunk.first <= last and first <= chunk.last]
        if wanted:
            with self._lock:
                self._store.data.update(_windows(wanted))
                self._buckets[_bucket(key)] = [chunk for chunk in chunks if chunk not in wanted]

    def expire(self, limit: int) -> None:
        """Drops what holds only windows that start before `limit` (ms)."""
        for number, chunks in enumerate(self._buckets):
            if any(chunk.last < limit for chunk in chunks):
                with self._lock:
                    self._buckets[number] = [chunk for chunk in chunks if chunk.last >= limit]

    def items(self, key: Row | None, starts: Iterable[int]) -> dict[Place, Entry]:
        """All windows of a key, or of all keys (None), packed or not, by their places. For any thread.

        Args:
            key: Whose windows.
            starts: Where windows of the store start; looked at for one key only.
        """
        data = self._store.data
        with self._lock:
            if key is None:
                held, chunks = list(data.items()), [chunk for bucket in self._buckets for chunk in bucket]
            else:
                held = [(place, entry) for start in starts if (entry := data.get(place := (start, key))) is not None]
                chunks = list(self._buckets[_bucket(key)])
        found = _windows(chunks)
        if key is not None:
            found = {place: entry for place, entry in found.items() if place[1] == key}
        found.update(held)
        return found


def _bucket(key: Row) -> int:
    return hash(key) % _BUCKETS


def _with(chunks: list[Chunk], fresh: Chunk) -> list[Chunk]:
    """The chunks with another one behind them: the last one grows until it is worth compressing, and then some of them
    become one.
    """
    kept = list(chunks)
    if kept and not kept[-1].level:
        fresh = _joined([kept.pop(), fresh], 0)
    if len(fresh.data) >= _LARGE:
        fresh = _joined([fresh], 1 if len(fresh.data) < _LARGE * _TOGETHER else 2)
    kept.append(fresh)
    if all(chunk.level == 1 for chunk in kept[-_TOGETHER:]) and len(kept) >= _TOGETHER:
        kept[-_TOGETHER:] = [_joined(kept[-_TOGETHER:], 2)]
    return kept


def _joined(chunks: list[Chunk], level: int) -> Chunk:
    data = b"".join(chunk.plain for chunk in chunks)
    first, last = min(chunk.first for chunk in chunks), max(chunk.last for chunk in chunks)
    return Chunk(first, last, bytes(cramjam.zstd.compress(data, _LEVEL)) if level else data, level)


def _packed(windows: list[Window]) -> Chunk:
    """Raises ValueError for what cannot be turned to bytes."""
    starts = [place[0] for place, _ in windows]
    data = marshal.dumps(windows, _MARSHAL)
    return Chunk(min(starts), max(starts), _SIZE.pack(len(data)) + data, 0)


def _unpacked(chunk: Chunk) -> Iterator[Window]:
    data = memoryview(chunk.plain)
    at = 0
    while at < len(data):
        begin = at + _SIZE.size
        at = begin + _SIZE.unpack_from(data, at)[0]
        yield from marshal.loads(data[begin:at])  # noqa: S302 - our own


def _windows(chunks: Iterable[Chunk]) -> dict[Place, Entry]:
    return dict(chain.from_iterable(map(_unpacked, chunks)))
