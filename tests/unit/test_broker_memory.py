"""A partition's log costs memory by what it keeps, not by what went through it."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import shutil
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from clickstream_embedded.broker import cleaning, compaction
from clickstream_embedded.broker.batches import BatchHeader, iterate
from clickstream_embedded.broker.log import PartitionLog
from tests.servers.broker_plays import records

_AT = 1_700_000_000_000


def _append(log: PartitionLog, number: int, *, key: bytes, segment_bytes: int = 4000) -> None:
    ((header, batch),) = iterate(records((key, b"v" * 200), at=_AT + number))
    log.append(header, batch, segment_bytes=segment_bytes, flush=False)


def test_compacted_segments_become_one_however_many_there_were(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    counts: list[int] = []
    for _ in range(5):
        for number in range(200):
            _append(log, number, key=b"k%d" % (number % 3))
        log.compact(_AT, 0)
        counts.append(len(list(log.folder.glob("*.log"))))
    assert counts == [2] * 5
    assert log.end_offset == 1000
    kept = log.read(0, 10_000_000)
    assert kept, "the latest of each key is there"
    log.close()
    again = PartitionLog(tmp_path / "t-0")
    assert again.end_offset == 1000
    assert again.read(0, 10_000_000) == kept


def test_only_the_keys_of_what_is_new_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(60):
        _append(log, number, key=b"k%d" % number)
    log.compact(_AT, 0)
    (clean, *_) = sorted(log.folder.glob("*.log"))
    before = {header.base_offset for header, _ in iterate(clean.read_bytes())}
    for number in range(60, 100):
        _append(log, number, key=b"k%d" % (number % 30))
    looked: list[int] = []
    plain = compaction.unpacked

    def unpacked(header: BatchHeader, batch: bytes) -> bytes | None:
        looked.append(header.base_offset)
        return plain(header, batch)

    monkeypatch.setattr(compaction, "unpacked", unpacked)
    log.compact(_AT, 0)
    times = Counter(looked)
    assert {times[offset] for offset in before} == {1}, "for cleaning only, not to learn its keys"
    assert {count for offset, count in times.items() if offset not in before} == {2}
    kept = [header.base_offset for header, _ in iterate(log.read(0, 10_000_000))]
    assert not set(range(30)) & set(kept), "their keys came again"
    assert set(range(30, 45)) <= set(kept), "the keys of a clean segment that did not come again are there"


def test_a_crash_between_merging_and_unlinking_leaves_no_record_twice(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(60):
        _append(log, number, key=b"k%d" % number)
    leftovers = {path: path.read_bytes() for path in sorted(log.folder.glob("*.log"))[1:-1]}
    assert leftovers
    log.compact(_AT, 0)
    log.close()
    for path, data in leftovers.items():
        path.write_bytes(data)
    again = PartitionLog(tmp_path / "t-0")
    offsets: list[int] = []
    while (place := offsets[-1] + 1 if offsets else 0) < again.end_offset:
        offsets += [header.base_offset for header, _ in iterate(again.read(place, 10_000))]
    assert offsets == list(range(60))


def test_a_closed_segment_keeps_a_thin_index_and_finds_all(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(3000):
        _append(log, number, key=b"k", segment_bytes=400_000)
    files = len(list(log.folder.glob("*.log")))
    assert files > 1
    last = 400_000 // 8192 + 1  # entries of the segment that is written to
    assert log.index_entries <= last + (files - 1) * (400_000 // (8192 * 16) + 1)
    for offset in (0, 1, 777, 1400, 1500, 2999):
        (header, _), *_ = iterate(log.read(offset, 1))
        assert header.base_offset == offset
    found = next(log.find_time(_AT + 700))[0]
    assert found.base_offset == 700


def _peak_of_compaction(folder: Path, keys: int) -> int:
    """The most bytes that a compaction of so many keys, three records each, holds at a time."""
    log = PartitionLog(folder)
    for number in range(3 * keys):
        _append(log, number, key=b"key-%d" % (number % keys), segment_bytes=400_000)
    tracemalloc.start()
    log.compact(_AT, 0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    log.close()
    return most


def test_what_a_compaction_holds_does_not_go_by_how_much_there_is(tmp_path: Path) -> None:
    few, many = _peak_of_compaction(tmp_path / "few-0", 500), _peak_of_compaction(tmp_path / "many-0", 8_000)
    assert many < few + 200_000


def test_what_is_left_of_many_segments_is_the_same_in_small_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[bytes] = []
    for limit in (16 * 1024 * 1024, 5_000):
        monkeypatch.setattr("clickstream_embedded.broker.log._MERGED", limit)
        log = PartitionLog(tmp_path / f"t{limit}-0")
        for number in range(400):
            _append(log, number, key=b"k%d" % (number % 150))
        log.compact(_AT, 0)
        sizes = [path.stat().st_size for path in sorted(log.folder.glob("*.log"))[:-1]]
        assert all(size <= limit for size in sizes)
        assert (len(sizes) == 1) is (limit > 5_000)
        kept.append(b"".join(bytes(log.read(header, 1)) for header in _offsets(log)))
        assert not list(log.folder.glob("*.cleaned"))
        log.close()
    assert kept[0] == kept[1]


def _offsets(log: PartitionLog) -> list[int]:
    """Where the batches of a log begin, read one by one across its segments."""
    found, at = list[int](), 0
    while at < log.end_offset:
        ((header, _), *_) = iterate(bytes(log.read(at, 1)))
        found.append(header.base_offset)
        at = header.next_offset
    return found


def test_a_full_disk_ends_a_compaction_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(2_000):
        _append(log, number, key=b"key-%d" % number)
    before = _offsets(log)
    with monkeypatch.context() as patch:
        patch.setattr(cleaning, "_OPENING", (*cleaning._OPENING, "PRAGMA max_page_count=3"))
        with pytest.raises(OSError, match="full"):
            log.compact(_AT, 0)
    assert _offsets(log) == before
    assert not list(log.folder.glob("*.cleaned"))
    log.compact(_AT, 0)
    assert _offsets(log) == before


def test_a_partition_that_is_deleted_meanwhile_is_told_as_a_file_that_is_not_there(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path / "t-0")
    for number in range(60):
        _append(log, number, key=b"k%d" % (number % 3))
    shutil.rmtree(log.folder)
    with pytest.raises(OSError, match="cannot be remembered"):
        log.compact(_AT, 0)
