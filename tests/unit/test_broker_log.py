"""The broker's log: batches, segments, recovery, sequences."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.batches import CorruptBatch, iterate, parse_header
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.log import PartitionLog
from clickstream_embedded.broker.producers import ProducerStates


def batch(
    count: int = 1, timestamp: int = 1000, producer: int = -1, sequence: int = -1, body: bytes = b"x" * 40
) -> bytes:
    """A record batch whose records nobody looks into."""
    rest = struct.pack(">hiqqqhii", 0, count - 1, timestamp, timestamp, producer, 0, sequence, count) + body
    return struct.pack(">qiibI", 0, 9 + len(rest), 0, 2, crc32c.crc32c(rest)) + rest


def append(log: PartitionLog, data: bytes, segment_bytes: int = 1 << 20) -> int:
    (header, view) = next(iter(iterate(data)))
    return log.append(header, view, segment_bytes=segment_bytes, flush=False)


def test_offsets_go_on_over_segments_and_restarts(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    assert [append(log, batch(3), segment_bytes=200) for _ in range(5)] == [0, 3, 6, 9, 12]
    assert len(list((tmp_path / "t-0").glob("*.log"))) > 1
    log.close()
    again = PartitionLog(tmp_path / "t-0")
    assert again.end_offset == 15
    assert parse_header(again.read(7, 10_000)).base_offset == 6
    assert again.read(15, 10_000) == b""
    again.close()


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_torn_tail_is_cut_off(tmp_path: Path, damage: str) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for _ in range(3):
        append(log, batch())
    log.close()
    path = next((tmp_path / "t-0").glob("*.log"))
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[-7:]
    else:
        data[-1] ^= 0xFF
    path.write_bytes(data)
    again = PartitionLog(tmp_path / "t-0")
    assert again.end_offset == 2
    assert append(again, batch()) == 2
    again.close()


def test_records_are_found_by_time(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(300):
        append(log, batch(timestamp=1000 + number))
    found, _ = next(iter(log.find_time(1200)))
    assert found.base_offset == 200
    log.close()


def test_retention_deletes_whole_old_segments(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(10):
        append(log, batch(timestamp=number), segment_bytes=250)
    log.apply_retention(now=1000, retention_ms=995, retention_bytes=-1)
    assert 0 < log.start_offset < log.end_offset == 10
    log.close()


@pytest.mark.parametrize(
    ("now", "retention_ms", "retention_bytes", "starts_at"),
    [(1010, 10, -1, 0), (1011, 10, -1, 3), (10**9, -1, 0, 3), (10**9, -1, 1, 0), (10**9, -1, -1, 0)],
)
def test_retention_takes_the_newest_segment_too_and_the_log_goes_on_behind_it(
    tmp_path: Path, now: int, retention_ms: int, retention_bytes: int, starts_at: int
) -> None:
    log = PartitionLog(tmp_path / "t-0")
    append(log, batch(3, timestamp=1000))
    log.apply_retention(now, retention_ms, retention_bytes)
    assert (log.start_offset, log.end_offset) == (starts_at, 3)
    assert bool(log.size) == (starts_at == 0)
    log.apply_retention(now, retention_ms, retention_bytes)  # what is empty is left as it is
    assert append(log, batch(2, timestamp=now)) == 3
    assert parse_header(log.read(3, 1000)).base_offset == 3
    log.close()
    again = PartitionLog(tmp_path / "t-0")
    assert (again.start_offset, again.end_offset) == (starts_at, 5)
    again.close()


def test_records_without_a_time_are_as_old_as_their_file(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    append(log, batch(timestamp=-1))
    (path,) = (tmp_path / "t-0").glob("*.log")
    os.utime(path, (5, 5))
    log.apply_retention(6000, 1000, -1)
    assert log.start_offset == 0
    log.apply_retention(6001, 1000, -1)
    assert log.start_offset == 1
    log.close()


def test_files_stay_for_a_while_and_are_gone_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "t-0"
    log = PartitionLog(folder)
    for _ in range(2):
        append(log, batch(), segment_bytes=100)
    log.apply_retention(10**6, 0, -1)
    assert len(list(folder.glob("*.deleted"))) == 2
    log.delete_files(2000, 500)  # noticed only now
    log.delete_files(2499, 500)
    assert len(list(folder.glob("*.deleted"))) == 2
    log.delete_files(2500, 500)
    assert not list(folder.glob("*.deleted"))
    append(log, batch())
    log.advance_start(3)
    append(log, batch(), segment_bytes=100)
    log.advance_start(4)
    assert list(folder.glob("*.deleted"))
    log.close()
    PartitionLog(folder).close()
    assert not list(folder.glob("*.deleted"))


def test_a_segment_spans_less_by_a_part_of_the_jitter(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for timestamp in range(0, 2000, 10):
        (header, view) = next(iter(iterate(batch(timestamp=timestamp))))
        log.append(header, view, segment_bytes=1 << 20, flush=False, segment_ms=1000, jitter_ms=990)
    assert len(list((tmp_path / "t-0").glob("*.log"))) > 2  # without any it were two
    log.close()


@given(st.binary(max_size=200))
def test_random_bytes_are_no_batches(data: bytes) -> None:
    try:
        batches = list(iterate(data))
    except CorruptBatch:
        return
    assert sum(header.size for header, _ in batches) == len(data)


def test_a_repeated_batch_is_known_and_a_gap_is_refused() -> None:
    states = ProducerStates()
    first = parse_header(batch(2, producer=7, sequence=0))
    assert states.duplicate_of(first) is None
    states.appended(first, 40)
    assert states.duplicate_of(first) == 40
    with pytest.raises(KafkaApiError) as caught:
        states.duplicate_of(parse_header(batch(1, producer=7, sequence=5)))
    assert caught.value.code is ErrorCode.out_of_order_sequence_number
