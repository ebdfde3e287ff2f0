"""The broker's log against a model: whatever is appended, read, deleted, compacted and reopened in which order ever."""

from __future__ import annotations

import gzip
import struct
import tempfile
from pathlib import Path
from typing import Any

import crc32c
import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clickstream_embedded.broker import compaction
from clickstream_embedded.broker.batches import iterate
from clickstream_embedded.broker.log import PartitionLog

KEYS = [b"a", b"b", b"c", None]
SEGMENT = 400  # bytes: small, so that there are many


def zigzag(value: int) -> bytes:
    number = (value << 1) ^ (value >> 63)
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def field(data: bytes | None) -> bytes:
    return zigzag(-1) if data is None else zigzag(len(data)) + data


def batch(records: list[tuple[bytes | None, bytes | None]], timestamp: int, *, packed: bool) -> bytes:
    """A record batch of format 2."""
    body = b""
    for number, (key, value) in enumerate(records):
        record = b"\x00" + zigzag(0) + zigzag(number) + field(key) + field(value) + zigzag(0)
        body += zigzag(len(record)) + record
    attributes = 1 if packed else 0
    count = len(records)
    rest = struct.pack(">hiqqqhii", attributes, count - 1, timestamp, timestamp, -1, -1, -1, count)
    rest += gzip.compress(body) if packed else body
    return struct.pack(">qiibI", 0, 9 + len(rest), 0, 2, crc32c.crc32c(rest)) + rest


def content(log: PartitionLog, start: int) -> dict[int, tuple[bytes | None, bool]]:
    """Offset -> (key, whether it is a tombstone), read as a consumer reads: from offset to offset."""
    found: dict[int, tuple[bytes | None, bool]] = {}
    offset = start
    while offset < log.end_offset:
        data = log.read(offset, 300)
        if not data:
            break
        for header, view in iterate(data):  # checks each batch's checksum
            payload = compaction.unpacked(header, bytes(view))
            assert payload is not None
            for record in compaction.records(header, payload):
                if record.offset >= start:
                    found[record.offset] = (record.key, record.is_tombstone)
            offset = header.next_offset
    return found


class LogMachine(RuleBasedStateMachine):
    """The model is a dictionary of offsets."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "t-0"
        self.log = PartitionLog(self._path)
        self.model: dict[int, tuple[bytes | None, bool]] = {}
        self.times: dict[int, int] = {}
        self.end = 0
        self.compacted = False
        self.clock = 1000

    def teardown(self) -> None:
        self.log.close()
        self._folder.cleanup()

    @rule(
        records=st.lists(st.tuples(st.sampled_from(KEYS), st.none() | st.binary(max_size=60)), min_size=1, max_size=5),
        packed=st.booleans(),
    )
    def append(self, records: list[Any], packed: bool) -> None:
        self.clock += 10
        ((header, view),) = iterate(batch(records, self.clock, packed=packed))
        base = self.log.append(header, view, segment_bytes=SEGMENT, flush=False)
        assert base == self.end
        for number, (key, value) in enumerate(records):
            self.model[base + number] = (key, value is None)
            self.times[base + number] = self.clock
        self.end += len(records)

    @rule()
    def reopen(self) -> None:
        self.log.close()
        self.log = PartitionLog(self._path)

    @precondition(lambda self: self.end > 0)
    @rule(part=st.floats(0, 1))
    def delete_records(self, part: float) -> None:
        offset = int(self.end * part)
        self.log.advance_start(offset)
        self.model = {at: record for at, record in self.model.items() if at >= self.log.start_offset}

    @rule(old=st.integers(-10, 200))
    def retain(self, old: int) -> None:
        """What retention takes away is whole and from the beginning; all of it where all is too old."""
        self.log.apply_retention(self.clock, old if old >= 0 else -1, -1)
        if old >= 0 and all(self.times[at] < self.clock - old for at in range(self.end)):
            assert self.log.start_offset == self.end
        assert all(self.times[at] < self.clock - old for at in self.model if at < self.log.start_offset)
        self.model = {at: record for at, record in self.model.items() if at >= self.log.start_offset}

    @rule(old=st.integers(0, 200))
    def compact(self, old: int) -> None:
        """What a compaction may take away: records whose key came again, and old tombstones; never the newest."""
        before = content(self.log, self.log.start_offset)
        self.log.compact(self.clock, old)
        after = content(self.log, self.log.start_offset)
        latest = {key: at for at, (key, _) in self.model.items() if key is not None}
        for at, record in before.items():
            if at in after:
                assert after[at] == record
            else:
                key, tombstone = record
                assert key is not None
                assert latest[key] > at or (tombstone and self.times[at] < self.clock - old)
        assert set(after) <= set(before)
        self.model = after

    @invariant()
    def same_as_the_model(self) -> None:
        assert self.log.end_offset == self.end
        assert content(self.log, self.log.start_offset) == {
            at: record for at, record in self.model.items() if at >= self.log.start_offset
        }

    @invariant()
    def every_offset_can_be_read_from(self) -> None:
        for offset in range(self.log.start_offset, self.end, 3):
            expected = [at for at in self.model if at >= offset]
            found = content(self.log, offset)
            assert min(found, default=None) == min(expected, default=None)


TestLog = LogMachine.TestCase
TestLog.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_of_a_key_the_latest_stays(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(60):
        key = b"k%d" % (number % 4)
        ((header, view),) = iterate(batch([(key, None if number == 41 else b"v" * 30)], number, packed=number % 2 == 0))
        log.append(header, view, segment_bytes=SEGMENT, flush=False)
    size = log.size
    assert log.compact(10_000, 86_400_000) > 0
    assert log.size < size / 3
    found = content(log, 0)
    assert {key for key, _ in found.values()} == {b"k0", b"k1", b"k2", b"k3"}
    assert max(found) == 59
    assert log.compact(10_000, 86_400_000) == 0  # nothing is new
    log.close()


@pytest.mark.parametrize(
    ("settings", "is_done"),
    [({}, True), ({"youngest_ms": 1000}, False), ({"dirty_ratio": 1.0}, False), ({"dirty_ratio": 1.0, "oldest_ms": 500}, True)],
)  # fmt: skip
def test_compaction_waits_until_there_is_enough_to_do_and_it_is_old_enough(
    tmp_path: Path, settings: dict[str, Any], is_done: bool
) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(40):
        ((header, view),) = iterate(batch([(b"k", b"v" * 30)], number, packed=False))
        log.append(header, view, segment_bytes=SEGMENT, flush=False)
    assert bool(log.compact(900, 86_400_000, **settings)) == is_done
    log.close()


def test_a_record_is_not_taken_away_for_one_that_is_not_compacted_yet(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(8):
        ((header, view),) = iterate(batch([(b"a" if number in (0, 7) else b"b", b"v" * 200)], number, packed=False))
        log.append(header, view, segment_bytes=SEGMENT, flush=False)
    log.compact(10, 86_400_000)
    assert 0 in content(log, 0)
    log.close()
