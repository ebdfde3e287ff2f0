"""An index keeps its newest documents, whichever way they come, and looking after them takes no memory to speak of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clickstream_embedded.search import retention
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.store import Operation, Store

_MOST, _EVERY = 20, 10


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(retention, "MAX_DOCUMENTS", _MOST)
    monkeypatch.setattr(retention, "LOOK_EVERY", _EVERY)
    made = Store(tmp_path / "search.sqlite")
    made.indices.create("clicks", {"aliases": {"all_clicks": {}}})
    yield made
    made.close()


def _operations(count: int, index: str = "clicks", first: int = 0) -> list[Operation]:
    return [Operation("index", index, f"{number}", b'{"a":1}') for number in range(first, first + count)]


def _kept(store: Store) -> list[str]:
    return [name for (name,) in store.database.rows("SELECT id FROM docs ORDER BY seq")]


@pytest.mark.parametrize("way", ["bulk", "one by one", "by an alias"])
def test_the_oldest_go_whichever_way_documents_come(store: Store, way: str) -> None:
    operations = _operations(5 * _MOST, "all_clicks" if way == "by an alias" else "clicks")
    if way == "one by one":
        for each in operations:
            store.write(each)
    else:
        store.bulk(operations)
    kept = _kept(store)
    assert _MOST <= len(kept) < _MOST + _EVERY
    assert kept == [f"{number}" for number in range(5 * _MOST - len(kept), 5 * _MOST)]


def test_a_document_that_is_written_again_is_a_new_one(store: Store) -> None:
    store.bulk(_operations(_MOST))
    store.bulk([*_operations(1), *_operations(_MOST, first=_MOST)])
    assert "0" in _kept(store)
    assert "1" not in _kept(store)


def test_another_index_keeps_what_it_has(store: Store) -> None:
    store.bulk(_operations(5, "pages"))
    store.bulk(_operations(5 * _MOST))
    assert store.counts("pages")["pages"][0] == 5


def test_looking_puts_nothing_in_order_while_there_are_not_too_many(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []
    for name in ("run", "row", "rows"):
        plain = getattr(Database, name)

        def told(self: Database, statement: str, parameters: Any = (), plain: Any = plain) -> Any:
            asked.append((statement, parameters))
            return plain(self, statement, parameters)

        monkeypatch.setattr(Database, name, told)
    store.bulk(_operations(_MOST))
    looks = [(statement, parameters) for statement, parameters in asked if "docs" in statement]
    with sqlite3.connect(tmp_path / "search.sqlite") as reader:
        plans = [
            str(row[3]) for each in looks for row in reader.execute(f"EXPLAIN QUERY PLAN {each[0]}", each[1]).fetchall()
        ]
    reader.close()
    assert any("FROM totals" in statement for statement, _ in asked)
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]
