"""Windows that are past, kept packed: a fiftieth of the memory that they take while records come to them.

ksqlDB keeps a window for its retention, a day at least, on disk. Here they stay in memory, so that a pull query reads
them at once; but a dictionary entry, a tuple and a list for each would take half a kilobyte. Each window is turned to
bytes once, and compressed twice: with some hundred others, and with all that came in the time of some thousand.
"""

from __future__ import annotations

import marshal
import struct
import threading
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import cramjam

from clickstream_embedded.ksqldb.operators.operator import Row
from clickstream_embedded.ksqldb.operators.state_store import WindowStore

_MARSHAL = 4  # what is there twice is written once: states, and keys in all windows that they are in
_LEVEL = 3  # of zstd's compression: a quarter of zlib's time for four fifths of the bytes
_BUCKETS = 32  # of keys, by their hash: what is read for one key is a part of all
_LARGE = 8_192  # bytes of a chunk that is worth compressing
_TOGETHER = 8  # chunks that are compressed once more, as one: a third less memory
_SIZE = struct.Struct(">I")
_TIMES = "q"  # of arrays: 64 bits
Entry = tuple[Any, Any]  # states of the aggregates, timestamp
Windows = dict[Row, Entry]  # of one start, by key
Window = tuple[int, Row, Any, int]  # start, key, states, timestamp
Columns = tuple[list[int], list[Row], list[Any], list[int]]  # of windows: starts, keys, states, timestamps


class Chunk(NamedTuple):
    """Windows of one bucket as bytes, and the first and the last start among them: each time that some were packed
    their size and their columns. `level` says how often they were compressed.
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

    def __init__(self, store: WindowStore) -> None:
        self._store = store
        self._buckets: list[list[Chunk]] = [[] for _ in range(_BUCKETS)]
        self._lock = threading.Lock()
        self.until = -1  # no window that starts later is packed

    def pack(self, before: int) -> None:
        """Packs the windows that start before a time (ms), but for starts that the next commit is to write to."""
        data, changed = self._store.data, self._store.changed
        starts = [start for start in data if start < before and start not in changed]
        if not starts:
            return
        left: dict[int, Windows] = {}
        buckets = [*self._buckets]
        for number, columns in enumerate(_by_bucket(data, starts)):
            if columns[0]:
                try:
                    buckets[number] = _with(buckets[number], _packed(columns))
                except ValueError:  # keys or states of other types stay as they are
                    _put(left, zip(*columns, strict=True))
        with self._lock:
            self._buckets = buckets
            for start in starts:
                del data[start]
            data.update(left)
        self.until = max(self.until, *starts)

    def entry(self, start: int, key: Row) -> Entry | None:
        """What the store holds of a window, packed or not."""
        found = self._store.data.get(start, {}).get(key)
        if found is None and start <= self.until:
            self.unpack(key, start, start)
            found = self._store.data.get(start, {}).get(key)
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
                _put(self._store.data, _unpacked(wanted))
                self._buckets[_bucket(key)] = [chunk for chunk in chunks if chunk not in wanted]

    def expire(self, limit: int) -> None:
        """Drops what holds only windows that start before `limit` (ms)."""
        for number, chunks in enumerate(self._buckets):
            if any(chunk.last < limit for chunk in chunks):
                with self._lock:
                    self._buckets[number] = [chunk for chunk in chunks if chunk.last >= limit]

    def items(self, key: Row | None) -> dict[int, Windows]:
        """All windows of a key, or of all keys (None), packed or not, by start and key. For any thread."""
        with self._lock:
            held = list(self._store.data.items())
            if key is None:
                held = [(start, windows.copy()) for start, windows in held]
                chunks = [chunk for bucket in self._buckets for chunk in bucket]
            else:
                held = [(start, {key: entry}) for start, windows in held if (entry := windows.get(key)) is not None]
                chunks = list(self._buckets[_bucket(key)])
        found: dict[int, Windows] = {}
        _put(found, (window for window in _unpacked(chunks) if key is None or window[1] == key))
        for start, windows in held:
            found.setdefault(start, {}).update(windows)
        return dict(sorted(found.items()))


def _bucket(key: Row) -> int:
    return hash(key) % _BUCKETS


def _by_bucket(data: dict[int, Windows], starts: list[int]) -> list[Columns]:
    """The windows of these starts, those of each bucket apart."""
    found: list[Columns] = [([], [], [], []) for _ in range(_BUCKETS)]
    for start in starts:
        for key, (states, time) in data[start].items():
            of_start, of_key, of_states, of_time = found[hash(key) % _BUCKETS]
            of_start.append(start)
            of_key.append(key)
            of_states.append(states)
            of_time.append(time)
    return found


def _put(windows: dict[int, Windows], found: Iterable[Window]) -> None:
    for start, key, states, time in found:
        windows.setdefault(start, {})[key] = (states, time)


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


def _packed(columns: Columns) -> Chunk:
    """Raises ValueError for what cannot be turned to bytes."""
    starts, keys, states, times = columns
    data = marshal.dumps((array(_TIMES, starts).tobytes(), keys, states, array(_TIMES, times).tobytes()), _MARSHAL)
    return Chunk(min(starts), max(starts), _SIZE.pack(len(data)) + data, 0)


def _unpacked(chunks: Iterable[Chunk]) -> Iterator[Window]:
    for chunk in chunks:
        data = memoryview(chunk.plain)
        at = 0
        while at < len(data):
            begin = at + _SIZE.size
            at = begin + _SIZE.unpack_from(data, at)[0]
            starts, keys, states, times = marshal.loads(data[begin:at])  # noqa: S302 - our own
            yield from zip(array(_TIMES, starts), keys, states, array(_TIMES, times), strict=True)
