"""The log of one partition: record batches in segment files.

Durability: an append is in the page cache before it is acknowledged, so it survives the death of this process but
not of the machine; with `flush.messages=1` it is also synced to the disk first.
"""

from __future__ import annotations

import bisect
import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from clickstream_embedded.broker import compaction
from clickstream_embedded.broker.batches import BatchHeader, Bytes, parse_header, with_offset
from clickstream_embedded.broker.cleaning import Cleaned, LastOffsets, last_offsets
from clickstream_embedded.broker.segment import Segment
from clickstream_embedded.broker.storage import atomic_write

_MERGED = 16 * 1024 * 1024  # bytes up to which compacted segments become one


class PartitionLog:
    """An ordered sequence of record batches with offsets from `start_offset` to `end_offset` (exclusive)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._segments: list[Segment] = []
        self._compacted_to = 0
        self._retired: list[Segment] = []
        self._doomed: list[tuple[int | None, Segment]] = []  # dropped; since when (ms) that was noticed
        for pattern in ("*.cleaned", "*.deleted"):  # a compaction that a crash ended, and what was to be deleted
            for leftover in folder.glob(pattern):
                leftover.unlink()
        self.recovered: list[tuple[BatchHeader, bool | None]] = []  # of producers with an id; how a marker ended it
        paths = sorted(folder.glob("*.log"))
        for number, path in enumerate(paths):
            segment = Segment(path, int(path.stem))
            headers = list(segment.load(verify=number == len(paths) - 1))
            self.recovered.extend(segment.decided(header) for header in headers if header.producer_id >= 0)
            self._segments.append(segment)
        self._forget_merged()
        for segment in self._segments[:-1]:
            segment.seal()
        if not self._segments:
            self._segments.append(self._new_segment(0))
        marker = folder / "start-offset"
        self.start_offset = self._segments[0].base_offset
        if marker.exists():
            self.start_offset = max(self.start_offset, int(marker.read_text() or 0))

    def _new_segment(self, base_offset: int) -> Segment:
        return Segment(self.folder / f"{base_offset:020d}.log", base_offset)

    @property
    def end_offset(self) -> int:
        """The offset that the next record gets: the high watermark, as there is one replica."""
        return self._segments[-1].next_offset

    @property
    def index_entries(self) -> int:
        """How many places of the log are known by heart."""
        return sum(segment.index_entries for segment in self._segments)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self._segments)

    def append(
        self,
        header: BatchHeader,
        batch: memoryview,
        *,
        segment_bytes: int,
        flush: bool,
        segment_ms: int | None = None,
        jitter_ms: int = 0,
    ) -> int:
        """Stores the batch; gives the offset of its first record. Raises OSError where it cannot be written.

        A new segment begins where this one would grow beyond `segment_bytes`, or span more than `segment_ms`, less a part of `jitter_ms`.
        """
        segment = self._segments[-1]
        first, is_old = segment.first_timestamp, False
        if first is not None and segment_ms is not None:
            span = segment_ms - int(segment.luck * min(jitter_ms, segment_ms)) if jitter_ms else segment_ms
            is_old = header.max_timestamp - first > span
        if segment.size and (is_old or segment.size + header.size > segment_bytes):
            segment.seal()
            segment = self._new_segment(segment.next_offset)
            self._segments.append(segment)
        base = segment.next_offset
        head, records = with_offset(batch, base)
        segment.append((head, records), parse_header(head), flush=flush)
        return base

    def read(self, offset: int, max_bytes: int, before: int | None = None) -> Bytes:
        """Whole batches from `offset` on, none from `before` on; empty at the end of the log."""
        before = self.end_offset if before is None else before
        if offset >= before:
            return b""
        segments = self._segments[:]  # a compaction may put others in their place meanwhile
        bases = [segment.base_offset for segment in segments]
        segments = segments[max(bisect.bisect_right(bases, offset) - 1, 0) :]
        # compaction leaves gaps: what is not in this segment any more is followed by what the next one has
        return next((data for segment in segments if (data := segment.read(offset, max_bytes, before))), b"")

    def find_time(self, timestamp: int) -> Iterator[tuple[BatchHeader, bytes]]:
        """Batches which may hold the first record at or after `timestamp` (ms), in offset order."""
        for segment in self._segments:
            if segment.max_timestamp >= timestamp:
                yield from segment.headers_from_time(timestamp)

    @property
    def max_timestamp(self) -> int:
        """The largest record timestamp in the log, -1 where it is empty."""
        return max(segment.max_timestamp for segment in self._segments)

    def advance_start(self, offset: int) -> None:
        """Forgets records before `offset` (DeleteRecords); whole segments before it leave the disk."""
        self.start_offset = max(self.start_offset, min(offset, self.end_offset))
        marker = self.folder / "start-offset"
        atomic_write(marker, str(self.start_offset))
        self._drop(lambda segment: segment.next_offset <= self.start_offset)

    def apply_retention(self, now: int, retention_ms: int, retention_bytes: int) -> None:
        """Takes out the oldest segments that are too old or too much; -1 is no limit.

        The newest one, too: as Kafka does, another begins then where it ended, so that nothing is left in the log.
        """
        if retention_bytes >= 0:
            self._drop(lambda segment: self.size - segment.size >= retention_bytes, newest_too=True)
        if retention_ms >= 0:
            self._drop(lambda segment: now - segment.newest > retention_ms, newest_too=True)
        self.start_offset = max(self.start_offset, self._segments[0].base_offset)

    def delete_files(self, now: int, delay_ms: int) -> None:
        """Deletes the files of segments that were taken out `delay_ms` ago: a read of one may have been under way."""
        due = [(now if since is None else since, segment) for since, segment in self._doomed]
        self._doomed = [(since, segment) for since, segment in due if now - since < delay_ms]
        for since, segment in due:
            if now - since >= delay_ms:
                segment.delete()

    def compact(
        self,
        now: int,
        delete_retention_ms: int,
        *,
        youngest_ms: int = 0,
        oldest_ms: int = 2**63,
        dirty_ratio: float = 0.0,
    ) -> int:
        """Rewrites the closed segments without records whose key came again later in them; gives how many bytes that freed.

        May run in a thread beside appends and reads: a segment is replaced in one step. Raises OSError.

        Args:
            now: the time, in ms.
            delete_retention_ms: how long tombstones stay.
            youngest_ms: how old all of a segment must be.
            oldest_ms: the age of a record from which on the ratio does not matter.
            dirty_ratio: it is done only where more than that part of the bytes is new since the last time.
        """
        closed = self._segments[:-1]
        if youngest_ms:
            closed = list(itertools.takewhile(lambda segment: segment.newest <= now - youngest_ms, closed))
        if not self._is_worth_it(closed, now - oldest_ms, dirty_ratio):
            return 0
        while self._retired:
            self._retired.pop().close()
        with last_offsets(self.folder) as latest:
            for segment in self._dirty(closed):  # before that each key is there once: what it costs goes by what is new
                for header, batch in segment.batches():
                    payload = compaction.unpacked(header, batch)
                    if payload is not None:
                        found = compaction.records(header, payload)
                        latest.update((each.key, each.offset) for each in found if each.key is not None)
            freed = self._clean(closed, latest, now - delete_retention_ms)
        self._compacted_to = closed[-1].next_offset
        return freed

    def _clean(self, closed: list[Segment], latest: LastOffsets, horizon: int) -> int:
        """Writes what is left of the segments, several to one; gives how many bytes that freed."""
        freed, cleaned = 0, Cleaned(closed[0])
        try:
            for segment in closed:
                batches = segment.batches()
                cleaned.add(segment, (compaction.without(*each, latest, horizon) for each in batches))
                if cleaned.size > _MERGED and len(cleaned.segments) > 1:
                    done, cleaned = cleaned, cleaned.split()
                    with contextlib.closing(done):
                        freed += self._replace(done)
            return freed + self._replace(cleaned)
        finally:
            cleaned.close()

    def _dirty(self, closed: Sequence[Segment]) -> list[Segment]:
        """Those that no compaction has seen yet."""
        return [segment for segment in closed if segment.next_offset > self._compacted_to]

    def _is_worth_it(self, closed: Sequence[Segment], before: int, ratio: float) -> bool:
        """Whether enough is new in these segments, or a record of them is older than `before` (ms)."""
        dirty = self._dirty(closed)
        if not dirty:
            return False
        is_late = (dirty[0].first_timestamp or 0) < before
        return is_late or sum(each.size for each in dirty) > ratio * sum(each.size for each in closed)

    def _replace(self, cleaned: Cleaned) -> int:
        """Puts one segment with what is left of some in their place; gives how many bytes that freed."""
        group = cleaned.segments
        first, last, size = group[0], group[-1], sum(segment.size for segment in group)
        place = self._segments.index(first)
        if (len(group) == 1 and cleaned.size == size) or self._segments[place : place + len(group)] != group:
            return 0  # nothing changes, or retention was there first
        cleaned.take_place(first.path)
        made = Segment(first.path, first.base_offset)
        for _ in made.load(verify=False):
            pass
        made.seal()
        made.next_offset = last.next_offset  # what was written last may be gone, its offset is not free again
        self._segments[place : place + len(group)] = [made]
        for segment in group[1:]:
            segment.path.unlink(missing_ok=True)
        # a read may be under way: the old files are closed with the next compaction, long after
        self._retired += group
        return size - made.size

    def _forget_merged(self) -> None:
        """Takes out segments that a merged one before them holds already: a crash came before they were unlinked."""
        kept: list[Segment] = []
        for segment in self._segments:
            if kept and segment is not self._segments[-1] and segment.next_offset <= kept[-1].next_offset:
                segment.delete()
            else:
                kept.append(segment)
        self._segments = kept

    def _drop(self, unwanted: Callable[[Segment], bool], *, newest_too: bool = False) -> None:
        while True:
            oldest = self._segments[0]
            is_newest = len(self._segments) == 1
            if (is_newest and not (newest_too and oldest.size)) or not unwanted(oldest):
                return
            if is_newest:
                self._segments.append(self._new_segment(oldest.next_offset))
            self._segments.pop(0)
            oldest.retire()
            self._doomed.append((None, oldest))

    def close(self) -> None:
        for segment in (*self._segments, *self._retired, *(each for _, each in self._doomed)):
            segment.close()
        self._retired, self._doomed = [], []

    def delete(self) -> None:
        """Removes the partition from the disk."""
        self.close()
        for leftover in self.folder.iterdir():
            leftover.unlink()
        self.folder.rmdir()
