"""The broker's log: batches, segments, recovery, sequences."""

from __future__ import annotations

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
