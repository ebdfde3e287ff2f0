"""Windows that are past, kept packed: a fiftieth of the memory that they take while records come to them.

ksqlDB keeps a window for its retention, a day at least, on disk. Here they stay in memory, so that a pull query reads
them at once; but a dictionary entry, a tuple and a list for each would take half a kilobyte.
"""

from __future__ import annotations

import marshal
import threading
import zlib
from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

from clickstream_embedded.ksqldb.operators.operator import Row
from clickstream_embedded.ksqldb.operators.state_store import StateStore

_MARSHAL = 2  # a format that every Python 3 reads
_LEVEL = 1  # of compression: an eighth more memory for a third of the time
_BUCKETS = 32  # of keys, by their hash: what is read for one key is a part of all
_LARGE = 16_384  # bytes of a chunk that grows no more
Place = tuple[int, Row]  # start of the window, key
Entry = tuple[Any, Any]  # states of the aggregates, timestamp
Window = tuple[int, Row, Any, Any]  # start, key, states, timestamp


class Chunk(NamedTuple):
    """Windows of one bucket, compressed, and the first and the last start among them."""

    first: int
    last: int
    packed: bytes


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
        for place, entry in data.items():
            if place[0] < before and place not in changed:
                found[_bucket(place[1])].append((*place, *entry))
        for number, windows in enumerate(found):
            if not windows:
                continue
            windows.sort(key=_start)
            try:
                chunks = _with(self._buckets[number], windows)
            except ValueError:  # keys or states of other types stay as they are
                continue
            with self._lock:
                self._buckets[number] = chunks
                for start, key, _, _ in windows:
                    del data[start, key]
            self.until = max(self.until, windows[-1][0])

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
        """Drops what holds only windows that start before `limit` (ms); the next commit deletes them."""
        for number, chunks in enumerate(self._buckets):
            gone = [chunk for chunk in chunks if chunk.last < limit]
            if gone:
                with self._lock:
                    self._buckets[number] = [chunk for chunk in chunks if chunk.last >= limit]
                for place in _windows(gone):
                    self._store.put(place, None)

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


def _with(chunks: list[Chunk], windows: list[Window]) -> list[Chunk]:
    """The chunks with more windows behind them; the last ones grow together as the digits of a number that is counted
    up, so that each window is written a few times only and there are few chunks. Raises ValueError."""
    kept = list(chunks)
    grown = _packed(windows)
    size, together = len(grown.packed), list[list[Window]]()
    while kept and len(kept[-1].packed) < min(_LARGE, 2 * size):
        chunk = kept.pop()
        size += len(chunk.packed)
        together.append(_unpacked(chunk))
    if together:
        grown = _packed([*chain.from_iterable(reversed(together)), *windows])
    return [*kept, grown]


def _packed(windows: list[Window]) -> Chunk:
    starts = [*map(_start, windows)]
    return Chunk(min(starts), max(starts), zlib.compress(marshal.dumps(windows, _MARSHAL), _LEVEL))


def _unpacked(chunk: Chunk) -> list[Window]:
    return marshal.loads(zlib.decompress(chunk.packed))  # noqa: S302 - our own


def _start(window: Window) -> int:
    return window[0]


def _windows(chunks: Iterable[Chunk]) -> dict[Place, Entry]:
    return {(start, key): (states, latest) for chunk in chunks for start, key, states, latest in _unpacked(chunk)}
