"""Windowed state in the checkpoint's file: a row for each start and commit, merged as they grow many."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clickstream_embedded.ksqldb.operators.state_store import WindowStore
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.state_serde import load_value

_MINUTE = 60_000


class Disk:
    """A checkpoint of one query with one windowed store, and what a restart reads of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.sqlite"
        self.store = WindowStore("windows")
        self.checkpoints = CheckpointStore(self.path)

    def put(self, start: int, key: Any, entry: Any) -> None:
        self.store.data.setdefault(start, {})[key] = entry
        self.store.change(start, [key])

    def commit(self, **changes: Any) -> None:
        self.checkpoints.commit("Q", [self.store], {("t", 0): 1}, **changes)

    def restarted(self) -> dict[Any, Any]:
        again, found = CheckpointStore(self.path), WindowStore("windows")
        again.load("Q", [found])
        again.close()
        return found.data

    def rows(self) -> list[tuple[int, int]]:
        with sqlite3.connect(self.path) as database:
            return database.execute("SELECT start, level FROM windows ORDER BY id").fetchall()


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_a_commit_writes_one_row_for_each_start(disk: Disk) -> None:
    for minute in (1, 2):
        for user in range(100):
            disk.put(minute * _MINUTE, (f"user_{user}",), ([user], minute))
    disk.commit()
    assert disk.rows() == [(_MINUTE, 0), (2 * _MINUTE, 0)]
    assert disk.restarted() == disk.store.data


@pytest.mark.parametrize("commits", [1, 7, 8, 9, 63, 64, 65, 520])
def test_a_window_that_changes_with_each_commit_has_few_rows_and_its_last_value(disk: Disk, commits: int) -> None:
    for number in range(commits):
        disk.put(0, ("always",), ([number], number))
        disk.put(0, (f"once_{number}",), ([1], number))
        disk.commit()
    assert disk.restarted() == disk.store.data
    digits, left = [], commits
    for level in range(4):  # as many rows of each level as that digit of the number of commits says
        digits.append([(0, level)] * (left % 8))
        left //= 8
    assert disk.rows() == [row for rows in reversed(digits) for row in rows]


def test_a_commit_writes_only_what_changed(disk: Disk) -> None:
    for user in range(100):
        disk.put(0, (f"user_{user}",), ([user], 0))
    disk.commit()
    disk.store.data[0]["user_5",] = ([7], 1)
    disk.put(0, ("user_6",), ([8], 1))
    disk.commit()
    with sqlite3.connect(disk.path) as database:
        whole, part = (load_value(data) for (data,) in database.execute("SELECT data FROM windows ORDER BY id"))
    assert len(whole) == 100
    assert part == {("user_6",): ([8], 1)}


def test_windows_past_their_retention_are_gone_from_the_file(disk: Disk) -> None:
    for minute in range(5):
        disk.put(minute * _MINUTE, ("k",), ([minute], 0))
    disk.commit()
    disk.put(0, ("k",), ([9], 9))  # a change of a window that goes before it is written
    disk.store.expire(3 * _MINUTE)
    disk.put(4 * _MINUTE, ("k",), ([5], 0))
    disk.commit()
    assert disk.restarted() == {3 * _MINUTE: {("k",): ([3], 0)}, 4 * _MINUTE: {("k",): ([5], 0)}}
    assert {start for start, _ in disk.rows()} == {3 * _MINUTE, 4 * _MINUTE}


def test_types_that_marshal_does_not_know_come_back(disk: Disk) -> None:
    disk.put(0, (Decimal("1.50"), "a"), ([Decimal("2.5"), {"b": [1]}], 3))
    disk.commit()
    assert disk.restarted() == {0: {(Decimal("1.50"), "a"): ([Decimal("2.5"), {"b": [1]}], 3)}}


def test_a_commit_that_fails_writes_nothing_and_the_next_writes_all(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.put(0, ("k",), ([1], 1))
    disk.commit()
    disk.put(0, ("k",), ([2], 2))
    disk.put(_MINUTE, ("k",), ([3], 3))

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("clickstream_embedded.ksqldb.runtime.window_rows._merge", full)
        with pytest.raises(OSError, match="full"):
            disk.commit()
    assert disk.restarted() == {0: {("k",): ([1], 1)}}
    disk.commit()
    assert disk.restarted() == disk.store.data


def test_a_query_that_is_dropped_leaves_no_windows(disk: Disk) -> None:
    disk.put(0, ("k",), ([1], 1))
    disk.commit()
    disk.checkpoints.forget("Q")
    assert disk.rows() == []
