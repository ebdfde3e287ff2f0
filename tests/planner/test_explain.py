"""What EXPLAIN says: the execution plan, and the topology in Kafka Streams' words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clickstream_embedded.ksqldb.api.explanations import explained
from tests.conformance.offline import OfflineEngine, run_statements

_SOURCES = """
CREATE STREAM A (K INT KEY, V INT, L ARRAY<INT>) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM B (K INT KEY, V INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE T (K INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE U (K INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON', PARTITIONS=1);
"""
_QUERIES = (
    "CREATE STREAM O AS SELECT * FROM A WHERE V > 1;",
    "CREATE STREAM O AS SELECT K, EXPLODE(L) AS E FROM A;",
    "CREATE STREAM O AS SELECT V, K FROM A PARTITION BY V;",
    "CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM A GROUP BY K;",
    "CREATE TABLE O AS SELECT V, COUNT(*) AS C FROM A WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY V HAVING COUNT(*) > 1 EMIT FINAL;",
    "CREATE TABLE O AS SELECT V, COUNT(*) AS C FROM T GROUP BY V;",
    "CREATE STREAM O AS SELECT A.K, A.V, T.V FROM A LEFT JOIN T ON A.K = T.K;",
    "CREATE STREAM O AS SELECT T.K, A.K, T.V FROM A JOIN T ON A.V = T.K;",
    "CREATE STREAM O AS SELECT A.K, A.V, B.V FROM A LEFT JOIN B WITHIN 1 MINUTE ON A.K = B.K;",
    "CREATE TABLE O AS SELECT ROWKEY, T.V, U.V FROM T FULL OUTER JOIN U ON T.K = U.K;",
    "CREATE STREAM O AS SELECT A.K, A.V, T.V, U.V FROM A JOIN T ON A.K = T.K JOIN U ON A.K = U.K;",
)  # fmt: skip


def _explained(query: str, folder: Path) -> tuple[str, str]:
    engine = OfflineEngine(folder)
    try:
        run_statements(engine, [_SOURCES, query], {})
        return explained(engine, query, "CSAS_O_1", engine.metastore.sources["O"])
    finally:
        engine.close()


def test_a_filter_and_a_projection(tmp_path: Path) -> None:
    plan, topology = _explained(_QUERIES[0], tmp_path)
    lines = plan.splitlines()
    assert lines[0] == " > [ SINK ] | Schema: K INTEGER KEY, V INTEGER, L ARRAY<INTEGER> | Logger: CSAS_O_1.O"
    assert [re.findall(r"\[ (\w+) \]", line)[0] for line in lines] == ["SINK", "PROJECT", "FILTER", "SOURCE"]
    assert [line[: line.index(" >")] for line in lines] == ["", "\t\t", "\t\t\t\t", "\t\t\t\t\t\t"]
    assert lines[3].endswith("Logger: CSAS_O_1.KsqlTopic.Source")
    assert topology.splitlines() == [
        "Topologies:",
        "   Sub-topology: 0",
        "    Source: KSTREAM-SOURCE-0000000000 (topics: [a])",
        "      --> KSTREAM-TRANSFORMVALUES-0000000001",
        "    Processor: KSTREAM-TRANSFORMVALUES-0000000001 (stores: [])",
        "      --> WhereFilter",
        "      <-- KSTREAM-SOURCE-0000000000",
        "    Processor: WhereFilter (stores: [])",
        "      --> Project",
        "      <-- KSTREAM-TRANSFORMVALUES-0000000001",
        "    Processor: Project (stores: [])",
        "      --> KSTREAM-SINK-0000000004",
        "      <-- WhereFilter",
        "    Sink: KSTREAM-SINK-0000000004 (topic: O)",
        "      <-- Project",
        "",
    ]


def test_a_grouping_by_another_column_goes_through_a_topic(tmp_path: Path) -> None:
    _, topology = _explained(_QUERIES[4], tmp_path)
    assert "    Sink: Aggregate-GroupBy-repartition-sink (topic: Aggregate-GroupBy-repartition)" in topology
    assert "  Sub-topology: 1\n    Source: Aggregate-GroupBy-repartition-source" in topology
    assert "(stores: [Aggregate-Aggregate-Materialize])" in topology
    _, topology = _explained(_QUERIES[3], tmp_path)
    assert "Sub-topology: 1" not in topology


def test_a_join_reads_the_tables_store(tmp_path: Path) -> None:
    _, topology = _explained(_QUERIES[6], tmp_path)
    assert "    Processor: Join (stores: [KafkaTopic_Right-Reduce])" in topology
    assert "Sub-topology: 1" not in topology
    _, topology = _explained(_QUERIES[7], tmp_path)
    assert "Join-left-repartition-source" in topology


@pytest.mark.parametrize("query", _QUERIES)
def test_each_arrow_has_one_back(query: str, tmp_path: Path) -> None:
    plan, topology = _explained(query, tmp_path)
    assert plan.startswith(" > [ SINK ]")
    there: set[tuple[str, str]] = set()
    back: set[tuple[str, str]] = set()
    name = ""
    for line in topology.splitlines():
        if found := re.match(r"    \w+: (\S+) \(", line):
            name = found[1]
        elif line.startswith("      --> ") and not line.endswith("none"):
            there |= {(name, other) for other in line[10:].split(", ")}
        elif line.startswith("      <-- "):
            back |= {(other, name) for other in line[10:].split(", ")}
    assert there
    assert there == back
