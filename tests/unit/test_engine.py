"""The engine's operators, without servers: plan a query over a metastore and push records through."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.metastore import MetaStore
from clickstream_embedded.ksqldb.planning import query_properties as settings
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.planning.sources import create_source
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_ksql import ast
from clickstream_ksql.parser import parse_one


class Run:
    """One query over sources that were declared."""

    def __init__(self, *statements: str, cached: bool = False) -> None:
        self.metastore = MetaStore()
        *sources, query = [parse_one(text) for text in statements]
        for source in sources:
            assert isinstance(source, ast.CreateSource)
            self.metastore.sources[source.name] = create_source(source, self.metastore, {})
        assert isinstance(query, ast.CreateAs | ast.QueryStatement)
        transient = isinstance(query, ast.QueryStatement)
        analysis = analyze(query.query, self.metastore)
        self.topology: Topology = plan(analysis, transient=transient, cached=cached, on_error=lambda *_: None)
        self._readers = {side.source.name: (Codec(side.source).reader(), node) for side, node in self.topology.inputs}

    def feed(self, source: str, value: bytes | None, timestamp: int = 0, key: bytes | None = b"k") -> list[Any]:
        read, node = self._readers[source]
        node.process([read(key, value, timestamp, 0, 0, [])])
        return [record[:4] for record in self.topology.output.take()]


CLICKS = "CREATE STREAM C (K STRING KEY, U INT, S STRING) WITH (kafka_topic='c', value_format='JSON');"


def test_json_columns_are_found_whatever_their_case_and_strings_become_numbers() -> None:
    run = Run(CLICKS, "SELECT U, S FROM C EMIT CHANGES;")
    assert run.feed("C", b'{"u": "7", "s": {"a": 1}}')[0][1] == (7, '{"a":1}')
    assert run.feed("C", b'{"U": 8}')[0][1] == (8, None)
    with pytest.raises(SerializationError):
        run.feed("C", b'{"u": "x"}')


def test_a_tumbling_window_counts_and_closes() -> None:
    window = "WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS)"
    run = Run(CLICKS, f"CREATE TABLE T AS SELECT U, COUNT(*) AS N FROM C {window} GROUP BY U;")
    assert run.feed("C", b'{"u": 1}', 1_000) == [((1,), (1,), 1_000, (0, 10_000))]
    assert run.feed("C", b'{"u": 1}', 9_999) == [((1,), (2,), 9_999, (0, 10_000))]
    assert run.feed("C", b'{"u": 1}', 10_000) == [((1,), (1,), 10_000, (10_000, 20_000))]
    assert run.feed("C", b'{"u": 1}', 5_000) == []  # late
    assert run.topology.late == 1


def test_a_hopping_window_counts_a_record_in_each_window_that_holds_it() -> None:
    run = Run(
        CLICKS,
        "CREATE TABLE T AS SELECT U, COUNT(*) AS N FROM C WINDOW HOPPING (SIZE 30 SECONDS, ADVANCE BY 10 SECONDS) GROUP BY U;",
    )
    windows = [record[3] for record in run.feed("C", b'{"u": 1}', 45_000)]
    assert windows == [(20_000, 50_000), (30_000, 60_000), (40_000, 70_000)]


def test_sessions_merge_and_say_so() -> None:
    run = Run(CLICKS, "CREATE TABLE T AS SELECT U, COUNT(*) AS N FROM C WINDOW SESSION (30 SECONDS) GROUP BY U;")
    assert run.feed("C", b'{"u": 1}', 0) == [((1,), (1,), 0, (0, 0))]
    assert run.feed("C", b'{"u": 1}', 50_000) == [((1,), (1,), 50_000, (50_000, 50_000))]
    merged = run.feed("C", b'{"u": 1}', 25_000)
    assert [(record[1], record[3]) for record in merged] == [
        (None, (0, 0)),
        (None, (50_000, 50_000)),
        ((3,), (0, 50_000)),
    ]


def test_the_cache_emits_a_key_once_a_commit() -> None:
    run = Run(CLICKS, "CREATE TABLE T AS SELECT U, COUNT(*) AS N FROM C GROUP BY U;", cached=True)
    for _ in range(3):
        assert run.feed("C", b'{"u": 1}') == []
    run.topology.flush()
    assert [record[1] for record in run.topology.output.take()] == [(3,)]


def test_a_stream_looks_up_a_table() -> None:
    users = "CREATE TABLE W (ID INT PRIMARY KEY, NAME STRING) WITH (kafka_topic='w', value_format='JSON');"
    run = Run(CLICKS, users, "CREATE STREAM J AS SELECT U, NAME FROM C LEFT JOIN W ON C.U = W.ID;")
    assert run.feed("C", b'{"u": 1}')[0][:2] == ((1,), (None,))
    run.feed("W", b'{"name": "ada"}', key=b"\0\0\0\1")
    assert run.feed("C", b'{"u": 1}')[0][:2] == ((1,), ("ada",))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT NOPE FROM C EMIT CHANGES;", "SELECT column 'NOPE' cannot be resolved."),
        ("SELECT * FROM D EMIT CHANGES;", "D does not exist."),
        ("SELECT U, COUNT(*) FROM C EMIT CHANGES;", "Non-aggregate SELECT expression(s) not part of GROUP BY: U"),
        (
            "SELECT U, S, COUNT(*) FROM C GROUP BY U EMIT CHANGES;",
            "Non-aggregate SELECT expression(s) not part of GROUP BY: S",
        ),
        ("SELECT U + S FROM C EMIT CHANGES;", "Unsupported arithmetic types. INTEGER STRING"),
        ("SELECT NOFUN(U) FROM C EMIT CHANGES;", "Can't find any functions with the name 'NOFUN'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_ksqldbs_words(query: str, message: str) -> None:
    with pytest.raises(KsqlError, match="(?s).*") as caught:
        Run(CLICKS, query)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("U + 1", 8), ("U / 2", 3), ("-U", -7), ("S LIKE 'a%'", True), ("U BETWEEN 1 AND 7", True),
        ("CASE WHEN U > 5 THEN 'big' ELSE 'small' END", "big"), ("SUBSTRING(S, 2, 2)", "bc"), ("LEN(S)", 4),
        ("CAST(U AS STRING)", "7"), ("COALESCE(NULLIF(U, 7), 3)", 3), ("UCASE(S)", "ABCD"),
        ("ARRAY[1, 2][2]", 2), ("STRUCT(A := U)->A", 7), ("REDUCE(ARRAY[1, 2], 0, (P, X) => P + X)", 3),
        ("EXTRACTJSONFIELD('{\"a\": {\"b\": 5}}', '$.a.b')", "5"), ("U IN (1, 7)", True), ("ROUND(2.5)", 3),
        ("TIMESTAMPTOSTRING(0, 'yyyy-MM-dd''T''HH:mm:ss')", "1970-01-01T00:00:00"),
    ],
)  # fmt: skip
def test_expressions(expression: str, value: object) -> None:
    run = Run(CLICKS, f"SELECT {expression} AS X FROM C EMIT CHANGES;")
    assert run.feed("C", b'{"u": 7, "s": "abcd"}')[0][1] == (value,)


@pytest.mark.parametrize(("name", "message"), [
    ("ksql.streams.commit.interval.ms", "Invalid value x for configuration commit.interval.ms: Not a number of type LONG"),
    ("cache.max.bytes.buffering", "Invalid value x for configuration cache.max.bytes.buffering: Not a number"),
    ("auto.offset.reset", "Invalid value x for configuration auto.offset.reset: String must be one of: latest,"),
])  # fmt: skip
def test_settings_that_no_query_can_have_are_refused(name: str, message: str) -> None:
    with pytest.raises(KsqlError) as refused:
        settings.check({name: "x"})
    assert refused.value.message.startswith(message)
    settings.check({"commit.interval.ms": "100", "auto.offset.reset": "EARLIEST", "something.else": {}})
