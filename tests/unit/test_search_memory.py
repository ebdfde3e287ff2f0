"""What the search server keeps of a search is bounded."""

from __future__ import annotations

import _sqlite3
import ctypes
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from clickstream_embedded.search import request, times
from clickstream_embedded.search.searching import Searching
from clickstream_embedded.search.store import Operation, Store

_BOUND = 700_000  # bytes: its cache of temporary pages, and the statements that it has read


@pytest.fixture
def used() -> Callable[[], int]:
    """The bytes that SQLite holds; a SQLite that is built into Python does not tell."""
    try:
        ask = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    except (AttributeError, OSError):
        pytest.skip("this SQLite does not tell")
    ask.restype = ctypes.c_int64
    return lambda: int(ask())


def test_the_tables_of_an_aggregation_leave_little_behind(tmp_path: Path, used: Callable[[], int]) -> None:
    store = Store(tmp_path / "search.sqlite")
    store.bulk(
        [Operation("index", "clicks", f"{number}", b'{"user":%d,"at":%d}' % (number % 40, number)) for number in range(50_000)]
    )  # fmt: skip
    before = used()
    body = {"size": 0, "aggs": {"users": {"terms": {"field": "user"}, "aggs": {"latest": {"max": {"field": "at"}}}}}}
    answer = Searching(store, request.read(body), store.indices.resolve("clicks")).answer()
    assert answer["aggregations"]["users"]["buckets"]
    assert used() - before < _BOUND
    store.close()


def test_a_histogram_of_the_calendar_does_not_remember_each_moment() -> None:
    tracemalloc.start()
    for second in range(10_000):
        times.floor(1_700_000_000_000 + second * 1000, "minute")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 500_000
