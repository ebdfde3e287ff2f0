"""Which columns of a source a query asks for: of a stream those it names, of what it keeps in its state all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.offline import OfflineEngine, run_statements

_SOURCES = """
CREATE STREAM A (K INT KEY, V STRING, W STRING, X STRING) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM B (K INT KEY, V STRING, W STRING) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE T (K INT PRIMARY KEY, V STRING, W STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);
"""


@pytest.mark.parametrize(("query", "wanted"), [
    ("CREATE STREAM O AS SELECT * FROM A;", ["KVWX"]),
    ("CREATE STREAM O AS SELECT K, UCASE(V) AS U FROM A WHERE W LIKE 'x%';", ["KVW"]),
    ("CREATE STREAM O AS SELECT V, K FROM A PARTITION BY V;", ["KV"]),
    ("CREATE TABLE O AS SELECT V, COUNT(X) AS C FROM A GROUP BY V HAVING MAX(LEN(W)) > 1;", ["VXW"]),
    ("CREATE STREAM O AS SELECT K, EXPLODE(SPLIT(V, ',')) AS E FROM A;", ["KV"]),
    ("CREATE STREAM O AS SELECT T.K, A.X FROM A JOIN T ON CAST(A.V AS INT) = T.K;", ["KVX", None]),
    ("CREATE STREAM O AS SELECT A.K, A.V, B.V FROM A JOIN B WITHIN 1 MINUTE ON A.K = B.K;", [None, None]),
    ("CREATE TABLE O AS SELECT K, V FROM T;", [None]),
])  # fmt: skip
def test_what_is_asked_for(query: str, wanted: list[str | None], tmp_path: Path) -> None:
    engine = OfflineEngine(tmp_path)
    try:
        run_statements(engine, [_SOURCES, query], {})
        sides = [side for side, _ in engine.planned[-1].topology.inputs]
        assert [side.wanted for side in sides] == [None if names is None else frozenset(names) for names in wanted]
    finally:
        engine.close()
