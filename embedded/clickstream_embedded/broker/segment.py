"""One file of a partition's log, with a sparse index kept in memory."""

from __future__ import annotations

import bisect
import os
import random
from array import array
from collections.abc import Iterator
from pathlib import Path

from clickstream_embedded.broker.batches import (
    CONTROL,
    HEADER_SIZE,
    BatchHeader,
    Bytes,
    CorruptBatch,
    check_crc,
    is_commit,
    parse_header,
)

_INDEX_STEP = 8192  # bytes of log between two index entries
_SEALED = 16  # of so many entries of a segment that is written to no more one is kept: 3 KB of memory for 16 MB of log


class Segment:
    """One file of batches, named after its first offset."""

    def __init__(self, path: Path, base_offset: int) -> None:
        self.path = path
        self.base_offset = base_offset
        self.next_offset = base_offset
        self.size = 0
        self.max_timestamp = -1
        self.first_timestamp: int | None = None
        self.luck = random.random()  # what of the topic's jitter is this one's
        self._offsets = array("q")
        self._positions = array("q")
        self._timestamps = array("q")  # the largest timestamp before that position
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def load(self, *, verify: bool) -> Iterator[BatchHeader]:
        """Reads every header and fills the index; with `verify` cuts a damaged tail off. Yields the headers."""
        length = os.fstat(self._file).st_size
        while self.size < length:
            try:
                header = parse_header(os.pread(self._file, HEADER_SIZE, self.size))
                if verify:
                    check_crc(memoryview(os.pread(self._file, header.size, self.size)), header)
                elif self.size + header.size > length:
                    raise CorruptBatch("cut short")
            except CorruptBatch:
                os.ftruncate(self._file, self.size)
                return
            self._note(header)
            yield header

    def decided(self, header: BatchHeader) -> tuple[BatchHeader, bool | None]:
        """The header, with what it says of its transaction where it is a control batch."""
        if not header.attributes & CONTROL:
            return header, None
        return header, is_commit(self.read(header.base_offset, header.size))

    def _note(self, header: BatchHeader) -> None:
        if not self._positions or self.size - self._positions[-1] >= _INDEX_STEP:
            self._offsets.append(header.base_offset)
            self._positions.append(self.size)
            self._timestamps.append(self.max_timestamp)
        if self.first_timestamp is None:
            self.first_timestamp = header.max_timestamp
        self.size += header.size
        self.next_offset = header.next_offset
        self.max_timestamp = max(self.max_timestamp, header.max_timestamp)

    def append(self, parts: tuple[bytearray, memoryview], header: BatchHeader, *, flush: bool) -> None:
        """Writes one batch, in parts, at the end; on a short write (disk full) takes it back and raises OSError."""
        try:
            written = os.writev(self._file, parts)
            if written != header.size:
                raise OSError(28, "No space left on device", str(self.path))
            if flush:
                os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self._note(header)

    @property
    def newest(self) -> int:
        """The time of its newest record, in ms; where none has a time, that of the last write."""
        return self.max_timestamp if self.max_timestamp >= 0 else os.fstat(self._file).st_mtime_ns // 1_000_000

    @property
    def index_entries(self) -> int:
        """How many of its places are known."""
        return len(self._offsets)

    def seal(self) -> None:
        """Nothing is written to it any more: its index is thinned, so that a log of any age costs little memory."""
        self._offsets, self._positions, self._timestamps = (
            array("q", each[::_SEALED]) for each in (self._offsets, self._positions, self._timestamps)
        )

    def read(self, offset: int, max_bytes: int, before: int | None = None) -> Bytes:
        """Whole batches from the one that holds `offset`; at least one, else at most `max_bytes`.

        None that begins at or after the offset `before`.
        """
        before = self.next_offset if before is None else before
        index = max(bisect.bisect_right(self._offsets, offset) - 1, 0)
        position = self._positions[index] if self._positions else 0
        window = self._window(position, max(max_bytes, 2 * _INDEX_STEP) + _INDEX_STEP)
        start = 0
        while True:  # skip to the batch that holds the offset
            if start + HEADER_SIZE > len(window):
                if position + start >= self.size:
                    return b""
                position, start = position + start, 0
                window = self._window(position, max(max_bytes, 2 * _INDEX_STEP))
            header = parse_header(window, start)
            if header.next_offset > offset:
                break
            start += header.size
        if header.base_offset >= before:
            return b""
        end = start
        while end + HEADER_SIZE <= len(window):
            following = parse_header(window, end)
            size = following.size
            if following.base_offset >= before:
                break
            if end + size > len(window) or (end > start and end + size - start > max_bytes):
                break
            end += size
        if end == start:  # the first batch alone is larger than the window
            return os.pread(self._file, header.size, position + start)
        return memoryview(window)[start:end]  # a megabyte, mostly: it is not copied

    def _window(self, position: int, most: int) -> bytes:
        """Bytes from `position` on; no more room is taken for them than there are, at the end mostly a few hundred."""
        return os.pread(self._file, min(most, max(self.size - position, 0)), position)

    def headers_from_time(self, timestamp: int) -> Iterator[tuple[BatchHeader, bytes]]:
        """Batches from shortly before the first that can hold a record at or after `timestamp`."""
        index = max(bisect.bisect_left(self._timestamps, timestamp) - 1, 0)
        position = self._positions[index] if self._positions else 0
        while position < self.size:
            header = parse_header(os.pread(self._file, HEADER_SIZE, position))
            if header.max_timestamp >= timestamp:
                yield header, os.pread(self._file, header.size, position)
            position += header.size

    def batches(self) -> Iterator[tuple[BatchHeader, bytes]]:
        """Every batch, in order."""
        position, end = 0, self.size
        while position < end:
            header = parse_header(os.pread(self._file, HEADER_SIZE, position))
            yield header, os.pread(self._file, header.size, position)
            position += header.size

    def close(self) -> None:
        os.close(self._file)

    def retire(self) -> None:
        """It is no part of the log any more; its file stays for those who read it, under another name."""
        path = self.path.with_suffix(".deleted")
        self.path.rename(path)
        self.path = path

    def delete(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)
