"""A bulk that fails as a whole, as on a full disk, leaves nothing behind: neither in the file nor in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clickstream_embedded.search.indices import Index
from clickstream_embedded.search.store import Operation, Store

_LARGE = b'{"seen":1,"new":"%s"}' % (b"x" * 100_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with the index `old`, which a bulk to it and to another index has failed on: the file may not grow."""
    made = Store(tmp_path / "search.sqlite")
    made.bulk([Operation("index", "old", "1", b'{"seen":1}')])
    pages = made.database.row("PRAGMA page_count")
    assert pages is not None
    made.database.run(f"PRAGMA max_page_count={pages[0] + 5}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        made.bulk(
            [
                Operation("index", name, "2", body)
                for name in ("old", "new")
                for body in (b'{"seen":2,"new":"x"}', _LARGE)
            ]
        )
    made.database.run("PRAGMA max_page_count=1000000")
    yield made
    made.close()


def _told(index: Index) -> dict[str, Any]:
    return {"mapping": index.mapping.saved(), "settings": index.settings, "aliases": index.aliases}


def test_what_it_made_is_not_there(store: Store) -> None:
    assert store.counts() == {"old": (1, 10)}
    assert set(store.indices.all["old"].mapping.properties) == {"seen"}


def test_the_next_write_is_there_after_a_restart(store: Store, tmp_path: Path) -> None:
    items = store.bulk([Operation("index", name, "3", b'{"seen":3,"new":"x"}') for name in ("old", "new")])
    assert [item["index"]["result"] for item in items] == ["created", "created"]
    counted, told = store.counts(), {name: _told(each) for name, each in store.indices.all.items()}
    again = Store(tmp_path / "search.sqlite")
    assert again.counts() == counted == {"new": (1, 20), "old": (2, 30)}
    assert {name: _told(each) for name, each in again.indices.all.items()} == told
    again.close()


def test_what_could_not_be_saved_is_not_there(store: Store) -> None:
    pages = store.database.row("PRAGMA page_count")
    assert pages is not None
    store.database.run(f"PRAGMA max_page_count={pages[0]}")
    mapping = {"properties": {f"field_{number}": {"type": "keyword"} for number in range(900)}}
    with pytest.raises(sqlite3.OperationalError, match="full"):
        store.indices.create("large", {"mappings": mapping})
    with pytest.raises(sqlite3.OperationalError, match="full"):
        store.indices.put_template("large", {"index_patterns": ["large*"], "mappings": mapping})
    assert [*store.indices.all] == ["old"]
    assert not store.indices.templates
