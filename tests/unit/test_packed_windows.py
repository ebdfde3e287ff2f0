"""Windows that are past: packed at a bounded cost, and found again."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

from typing import Any

import cramjam
import pytest

from clickstream_embedded.ksqldb.operators import packed_windows
from clickstream_embedded.ksqldb.operators.packed_windows import PackedWindows
from clickstream_embedded.ksqldb.operators.state_store import WindowStore

_MINUTE = 60_000
_KEYS = [(f"user_{number}", f"10.0.0.{number}") for number in range(64)]


def _entry(minute: int, number: int) -> tuple[list[int], int]:
    return [minute % 7 + number], minute * _MINUTE + number


def _packed(minutes: int) -> tuple[PackedWindows, dict[Any, Any]]:
    """Windows of many minutes, packed minute by minute, and all of them as they were."""
    store = WindowStore("windows")
    packed, all_windows = PackedWindows(store), dict[Any, Any]()
    for minute in range(minutes):
        came = {key: _entry(minute, number) for number, key in enumerate(_KEYS)}
        store.data[minute * _MINUTE] = dict(came)
        all_windows[minute * _MINUTE] = came
        packed.pack((minute + 1) * _MINUTE)
    assert store.data == {}
    return packed, all_windows


def test_a_window_is_compressed_twice_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    compress = cramjam.zstd.compress

    def counted(data: bytes, level: int) -> cramjam.Buffer:
        sizes.append(len(data))
        return compress(data, level)

    monkeypatch.setattr(cramjam.zstd, "compress", counted)
    packed, _ = _packed(1500)
    whole = sum(len(chunk.plain) for chunks in packed._buckets for chunk in chunks)
    assert 0 < sum(sizes) <= 2 * whole


def test_all_windows_are_found_packed_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_windows, "_LARGE", 512)
    packed, all_windows = _packed(200)
    assert packed.items(None) == all_windows
    key = _KEYS[5]
    assert packed.items(key) == {start: {key: windows[key]} for start, windows in all_windows.items()}
    assert packed.entry(17 * _MINUTE, key) == _entry(17, 5)
    assert packed.entry(200 * _MINUTE, key) is None


def test_windows_of_one_key_are_put_back_and_packed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_windows, "_LARGE", 512)
    packed, all_windows = _packed(200)
    for minute in (3, 90, 199):
        packed.unpack(_KEYS[7], minute * _MINUTE, minute * _MINUTE)
    assert packed.items(None) == all_windows
    packed.pack(500 * _MINUTE)
    assert packed.items(None) == all_windows


def test_what_is_too_old_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_windows, "_LARGE", 512)
    packed, all_windows = _packed(200)
    packed.expire(100 * _MINUTE)
    left = packed.items(None)
    assert {start for start in all_windows if start >= 100 * _MINUTE} <= left.keys()
    assert len(left) < len(all_windows)
    packed.expire(500 * _MINUTE)
    assert packed.items(None) == {}


def test_states_that_have_no_bytes_stay_as_they_are() -> None:
    store = WindowStore("windows")
    packed = PackedWindows(store)
    store.data[0] = {_KEYS[0]: ([object()], 5)}
    before = {0: dict(store.data[0])}
    packed.pack(_MINUTE)
    assert store.data == before
    assert packed.items(None) == before


def test_states_that_have_no_bytes_keep_none_of_the_others_from_being_packed() -> None:
    store = WindowStore("windows")
    packed = PackedWindows(store)
    for minute in range(3):
        store.data[minute * _MINUTE] = {key: _entry(minute, number) for number, key in enumerate(_KEYS)}
    store.data[_MINUTE][_KEYS[0]] = ([object()], 5)
    before = {start: dict(windows) for start, windows in store.data.items()}
    packed.pack(3 * _MINUTE)
    assert 0 < sum(map(len, store.data.values())) < len(_KEYS)  # those of one bucket
    assert packed.items(None) == before


def test_what_the_next_commit_is_to_write_is_not_packed() -> None:
    store = WindowStore("windows")
    packed = PackedWindows(store)
    for minute in range(2):
        store.data[minute * _MINUTE] = {_KEYS[0]: _entry(minute, 0)}
    store.change(_MINUTE, [_KEYS[0]])
    packed.pack(2 * _MINUTE)
    assert store.data == {_MINUTE: {_KEYS[0]: _entry(1, 0)}}
    store.drain()
    packed.pack(2 * _MINUTE)
    assert store.data == {}
