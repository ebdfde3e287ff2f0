"""Windows that are past, kept packed: a tenth of the memory that they take while records come to them.

ksqlDB keeps a window for its retention, a day at least, on disk. Here they stay in memory, so that a pull query reads
them at once; but a dictionary entry, a tuple and a list for each would take half a kilobyte.
"""

from __future__ import annotations

import marshal
import threading
import zlib
from collections.abc import Iterable
from typing import Any

from clickstream_embedded.ksqldb.operators.operator import Row
from clickstream_embedded.ksqldb.operators.state_store import StateStore

_MARSHAL = 2  # a format that every Python 3 reads
_LARGE = 2048  # bytes of a chunk that is compressed, and grows no more
Place = tuple[int, Row]  # start of the window, key
Entry = tuple[Any, Any]  # states of the aggregates, timestamp
Chunk = tuple[int, bytes]  # the latest start in it, and its windows


class PackedWindows:
    """What of a windowed store is packed. Readers of other threads take what they look at in one step.

    Args:
        store: Whose entries are taken out of its dictionary, and put back when one of their key is asked for.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._chunks: dict[Row, list[Chunk]] = {}
        self._lock = threading.Lock()
        self.until = -1  # no window that starts later is packed

    def pack(self, before: int) -> None:
        """Packs the windows that start before a time (ms), but for those that the next commit is to write."""
        data, changed = self._store.data, self._store.changed
        found: dict[Row, list[tuple[int, Any, Any]]] = {}
        for place, entry in data.items():
            if place[0] < before and place not in changed:
                found.setdefault(place[1], []).append((place[0], *entry))
        for key, windows in found.items():
            windows.sort(key=_start)
            try:
                chunks = _with(self._chunks.get(key, []), windows)
            except ValueError:  # states of other types stay as they are
                continue
            with self._lock:
                self._chunks[key] = chunks
                for start, _, _ in windows:
                    del data[start, key]
            self.until = max(self.until, windows[-1][0])

    def entry(self, place: Place) -> Entry | None:
        """What the store holds of a window, packed or not."""
        found = self._store.data.get(place)
        if found is None and place[0] <= self.until:
            self.unpack(place[1])
            found = self._store.data.get(place)
        return found

    def unpack(self, key: Row) -> None:
        """Puts all windows of a key back into the store's dictionary: a late record has come."""
        if key in self._chunks:
            with self._lock:
                self._store.data.update(_windows(key, self._chunks.pop(key)))

    def expire(self, limit: int) -> None:
        """Drops what holds only windows that start before `limit` (ms); the next commit deletes them."""
        for key in [key for key, chunks in self._chunks.items() if any(latest < limit for latest, _ in chunks)]:
            gone = [chunk for chunk in self._chunks[key] if chunk[0] < limit]
            with self._lock:
                self._chunks[key] = [chunk for chunk in self._chunks[key] if chunk[0] >= limit]
                if not self._chunks[key]:
                    del self._chunks[key]
            for place in _windows(key, gone):
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
                held, chunks = list(data.items()), {each: list(of) for each, of in self._chunks.items()}
            else:
                held = [(place, entry) for start in starts if (entry := data.get(place := (start, key))) is not None]
                chunks = {key: list(self._chunks.get(key, ()))}
        found: dict[Place, Entry] = {}
        for each, packed in chunks.items():
            found.update(_windows(each, packed))
        found.update(held)
        return found


def _with(chunks: list[Chunk], windows: list[tuple[int, Any, Any]]) -> list[Chunk]:
    """The chunks with more windows behind them; the last ones grow together as the digits of a number that is counted
    up, so that each window is written a few times only and there are few chunks. Raises ValueError."""
    kept = list(chunks)
    latest, packed = windows[-1][0], marshal.dumps(windows, _MARSHAL)
    while kept and not _is_sealed(kept[-1]) and len(kept[-1][1]) < 2 * len(packed):
        last, before = kept.pop()
        latest, packed = max(latest, last), marshal.dumps(marshal.loads(before) + marshal.loads(packed), _MARSHAL)  # noqa: S302
    return [*kept, (latest, packed if len(packed) < _LARGE else zlib.compress(packed, 1))]


def _is_sealed(chunk: Chunk) -> bool:
    """Whether a chunk is compressed, and grows no more: zlib's first byte is none of marshal's."""
    return chunk[1][:1] == b"x"


def _start(window: tuple[int, Any, Any]) -> int:
    return window[0]


def _windows(key: Row, chunks: Iterable[Chunk]) -> dict[Place, Entry]:
    return {
        (start, key): (states, latest)
        for chunk in chunks
        for start, states, latest in marshal.loads(zlib.decompress(chunk[1]) if _is_sealed(chunk) else chunk[1])  # noqa: S302
    }
