"""What a commit wrote is what the next process finds."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clickstream_embedded.ksqldb.operators.operator import hashable
from clickstream_embedded.ksqldb.operators.state_store import StateStore
from clickstream_embedded.ksqldb.runtime import checkpoint_store
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.outbox import Messages, Outbox

KEYS: list[Any] = [
    5, "five", None, True, 2.5, b"\x00", (1, "a"), (None,), (1_700_000_000_000, ("u", 1)), (("u",), (0, 10)),
    (Decimal("1.50"),), (0, (Decimal("1.5"), None)), hashable(([1, 2], {"a": [3]})), (7, hashable(([1], "x"))),
]  # fmt: skip


def store(name: str, data: dict[Any, Any]) -> StateStore:
    made = StateStore(name)
    for key, value in data.items():
        made.put(key, value)
    return made


def loaded(path: Path, query: str, name: str) -> tuple[dict[Any, Any], dict[tuple[str, int], int]]:
    again, found = CheckpointStore(path), StateStore(name)
    offsets = again.load(query, [found])
    again.close()
    return found.data, offsets


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_keys_of_every_shape_come_back(tmp_path: Path, key: Any) -> None:
    state = CheckpointStore(tmp_path / "state.sqlite")
    state.commit("Q", [store("s", {key: ([1], 2)})], {("t", 0): 3})
    state.close()
    data, offsets = loaded(tmp_path / "state.sqlite", "Q", "s")
    assert data == {key: ([1], 2)}
    assert type(next(iter(data))) is type(key)
    assert offsets == {("t", 0): 3}


def test_queries_and_stores_are_kept_apart_and_deletions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    state = CheckpointStore(path)
    first = store("s", {1: "a", 2: "b"})
    state.commit("Q", [first, store("other", {1: "c"})], {})
    state.commit("R", [store("s", {1: "d"})], {})
    first.put(1, None)
    state.commit("Q", [first], {})
    state.forget("R")
    state.close()
    assert loaded(path, "Q", "s")[0] == {2: "b"}
    assert loaded(path, "Q", "other")[0] == {1: "c"}
    assert loaded(path, "R", "s")[0] == {}


def test_an_outbox_counts_with_its_commit_until_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    state, box = CheckpointStore(path), Outbox("t", (4,), Messages([b"k"], [b"v"], [5]))
    state.commit("Q", [], {}, box)
    again = CheckpointStore(path)
    assert again.outbox("Q") == box
    again.sent("Q")
    assert again.outbox("Q") is None
    state.close()
    again.close()


def test_two_processes_may_write_to_it(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    one, two = CheckpointStore(path), CheckpointStore(path)
    one.commit("Q", [store("s", {1: 1})], {("t", 0): 1})
    two.commit("R", [store("s", {2: 2})], {("t", 0): 2})
    one.commit("Q", [store("s", {3: 3})], {("t", 0): 3})
    one.close()
    two.close()
    assert loaded(path, "Q", "s") == ({1: 1, 3: 3}, {("t", 0): 3})
    assert loaded(path, "R", "s") == ({2: 2}, {("t", 0): 2})


def test_the_state_of_an_earlier_layout_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    old = sqlite3.connect(path)
    old.execute("CREATE TABLE state (query TEXT, store TEXT, key BLOB, value BLOB)")
    old.execute("CREATE TABLE offsets (query TEXT, topic TEXT, partition INTEGER, offset INTEGER)")
    old.execute("INSERT INTO offsets VALUES ('Q', 't', 0, 9)")
    old.commit()
    old.close()
    assert loaded(path, "Q", "s") == ({}, {})


def test_what_a_full_disk_did_not_take_is_written_by_the_next_commit(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    state, kept = CheckpointStore(path), store("s", {1: "a" * 100_000})
    database: sqlite3.Connection = state._database
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count={pages}")  # as if the disk ended there
    with pytest.raises(OSError, match="full"):
        state.commit("Q", [kept], {("t", 0): 1})
    database.execute("PRAGMA max_page_count=1000000")
    kept.put(2, "b")
    state.commit("Q", [kept], {("t", 0): 2})
    state.close()
    assert loaded(path, "Q", "s") == ({1: "a" * 100_000, 2: "b"}, {("t", 0): 2})


def test_another_process_may_write_while_a_state_is_turned_to_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.sqlite"
    mine = CheckpointStore(path)
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    turned = checkpoint_store.dump_values

    def meanwhile(values: Any) -> list[bytes]:
        other.execute("BEGIN IMMEDIATE")  # raises where somebody else holds the file
        other.execute("COMMIT")
        return turned(values)

    monkeypatch.setattr(checkpoint_store, "dump_values", meanwhile)
    mine.commit("Q", [store("s", {1: "a"})], {})
    mine.close()
    other.close()
    assert loaded(path, "Q", "s")[0] == {1: "a"}
