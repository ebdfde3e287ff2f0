"""Taking records by batch and emitting at intervals ends in the same tables as taking them one by one."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clickstream_embedded.ksqldb.materialization.derived_view import DerivedView
from clickstream_embedded.ksqldb.materialization.table_view import TableView
from clickstream_embedded.ksqldb.metastore import MetaStore
from clickstream_embedded.ksqldb.operators import packed_windows, windows
from clickstream_embedded.ksqldb.operators.packed_windows import PackedWindows
from clickstream_embedded.ksqldb.operators.state_store import WindowStore
from clickstream_embedded.ksqldb.operators.windows import WindowedAggregation
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.planning.sources import create_source
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_ksql import ast
from clickstream_ksql.parser import parse

STREAM = "CREATE STREAM C (U INT, S STRING, N BIGINT, D DOUBLE) WITH (kafka_topic='c', value_format='JSON');"
QUERIES = [
    "SELECT U, COUNT(*) AS A, SUM(N) AS B, LATEST_BY_OFFSET(S) AS L FROM C GROUP BY U",
    "SELECT U, S, COUNT(*) AS A FROM C WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS) GROUP BY U, S",
    "SELECT U, COUNT(*) AS A FROM C WINDOW HOPPING (SIZE 30 SECONDS, ADVANCE BY 10 SECONDS) WHERE N > 1 GROUP BY U",
    """SELECT U, COUNT(N) AS A, SUM(N) AS B, MAX(N) AS M FROM C
       WINDOW HOPPING (SIZE 25 SECONDS, ADVANCE BY 10 SECONDS, GRACE PERIOD 3 SECONDS)
       GROUP BY U HAVING COUNT(*) > 1""",
    """SELECT U, AVG(D) AS A, COLLECT_LIST(S) AS L FROM C WINDOW HOPPING (SIZE 20 SECONDS, ADVANCE BY 5 SECONDS)
       GROUP BY U""",
    "SELECT U, COUNT(*) AS A, COLLECT_LIST(S) AS L FROM C WINDOW SESSION (8 SECONDS) GROUP BY U",
    "SELECT U, COUNT(*) AS A FROM C WINDOW SESSION (8 SECONDS, GRACE PERIOD 2 SECONDS) GROUP BY U HAVING COUNT(*) > 1",
    # expressions that fail on some records
    "SELECT U, SUM(12 / N) AS A, COUNT(*) AS B FROM C WHERE 6 / (N - 1) > 1 GROUP BY U",
    "SELECT 12 / (N - 1) AS X, COUNT(*) AS A FROM C WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY 12 / (N - 1)",
    "SELECT U, 12 / (COUNT(*) - 2) AS A FROM C GROUP BY U HAVING 6 / (COUNT(*) - 1) > 1",
    """SELECT U, COUNT(*) AS A FROM C WINDOW HOPPING (SIZE 20 SECONDS, ADVANCE BY 5 SECONDS)
       GROUP BY U HAVING 6 / (COUNT(*) - 3) > 1""",
]

RECORD = st.tuples(
    st.fixed_dictionaries(
        {
            "u": st.none() | st.integers(1, 3),
            "s": st.none() | st.sampled_from("ab"),
            "n": st.none() | st.integers(0, 4),
            "d": st.none() | st.sampled_from([0.1, 0.2, 0.3]),
        }
    ),
    st.integers(0, 90_000),
)


def table(query: str, batches: list[list[tuple[Any, int]]], *, cached: bool) -> dict[Any, Any]:
    """What the table of a query holds after these records."""
    metastore = MetaStore()
    source: Any = parse(STREAM)[0].statement
    metastore.sources["C"] = create_source(source, metastore, {})
    statement = parse(f"CREATE TABLE T AS {query};")[0].statement
    assert isinstance(statement, ast.CreateAs)
    topology = plan(analyze(statement.query, metastore), transient=False, cached=cached, on_error=lambda *_: None)
    ((side, node),) = topology.inputs
    read = Codec(side.source).reader()
    view = TableView()
    derived = DerivedView.of(topology)
    assert derived is not None
    kept: dict[str, dict[Any, Any]] = {store.name: {} for store in topology.stores}
    offset = 0
    for batch in batches:
        records: list[Any] = []
        for value, timestamp in batch:
            records.append(read(None, json.dumps(value).encode(), timestamp, 0, offset))
            offset += 1
        if cached:
            node.process(records)
            topology.flush()
        else:
            for record in records:
                node.process([record])
        view.update(topology.output.take())
        for store in topology.stores:  # as a commit does
            for place, entry in store.drain().items():
                if isinstance(store, WindowStore):
                    kept[store.name].setdefault(place, {}).update(entry)
                    continue
                kept[store.name].pop(place, None)
                if entry is not None:
                    kept[store.name][place] = entry
        # what the state gives when it is asked is what was emitted
        horizon = derived.aggregation.horizon
        shown = [entry for entry in view.all() if horizon is None or entry[1] is None or entry[1][1] >= horizon]
        assert sorted(derived.all(), key=repr) == sorted(shown, key=repr)
        for key in {entry[0] for entry in shown}:
            assert sorted(derived.of_key(key), key=repr) == sorted((e for e in shown if e[0] == key), key=repr)
    aggregation = derived.aggregation
    if isinstance(aggregation, WindowedAggregation):  # what a restart would load is what is held, packed or not
        limit = aggregation._kept.limit  # of windows before it a commit deletes all, and memory what it has at hand
        loaded = {start: found for start, found in kept[aggregation.store.name].items() if start >= limit}
        held = aggregation._packed.items(None).items()
        assert loaded == {start: found for start, found in held if start >= limit}
    return {(key, window): row for key, window, row, _ in view.all()}


@pytest.mark.parametrize("query", QUERIES)
@settings(deadline=None, max_examples=60)  # tests.fuzz.differential goes on from there
@given(batches=st.lists(st.lists(RECORD, min_size=1, max_size=25), min_size=1, max_size=5), in_order=st.booleans())
def test_batches_and_single_records_agree(query: str, batches: list[list[Any]], in_order: bool) -> None:
    if in_order:
        times = iter(sorted(time for batch in batches for _, time in batch))
        batches = [[(value, next(times)) for value, _ in batch] for batch in batches]
    assert table(query, batches, cached=True) == table(query, batches, cached=False)


LATER = st.tuples(RECORD.map(lambda record: record[0]), st.integers(0, 400_000))


@pytest.mark.parametrize("query", [query for query in QUERIES if "TUMBLING" in query or "HOPPING" in query])
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(LATER, min_size=1, max_size=12), min_size=2, max_size=8), in_order=st.booleans())
def test_windows_that_were_packed_are_as_if_they_were_not(
    monkeypatch: pytest.MonkeyPatch, query: str, batches: list[list[Any]], in_order: bool
) -> None:
    monkeypatch.setattr(windows, "_PACK", 1)
    monkeypatch.setattr(packed_windows, "_LARGE", 100)  # bytes: some chunks are compressed, some grow
    test_batches_and_single_records_agree.hypothesis.inner_test(query, batches, in_order)  # type: ignore[attr-defined]


def test_a_window_is_packed_once_it_is_past_and_read_all_the_same() -> None:
    query = "SELECT U, COUNT(*) AS A FROM C WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY U"
    minutes = [[({"u": 1, "s": None, "n": None, "d": None}, minute * 60_000)] for minute in range(30)]
    held: list[int] = []

    class Watched(PackedWindows):
        def pack(self, before: int) -> None:
            super().pack(before)
            held.append(len(self._store.data))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "PackedWindows", Watched)
        assert len(table(query, minutes, cached=True)) == 30
    assert max(held) <= 3  # the others are packed
