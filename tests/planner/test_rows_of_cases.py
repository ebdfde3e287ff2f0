"""Each row of the faults that were found beside a real ksqlDB server, with other instances of its kind.

`ROWS` has the rows by number, as they stood, and where each is tested; those that an expression shows are below.
"""

from __future__ import annotations

import ast as python
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.offline import OfflineEngine, input_message, run_query, run_statements

_ROOT = Path(__file__).parents[2]
_HERE = "tests/planner/test_rows_of_cases.py::"
_REQUESTS = "tests/contract/test_ksqldb_requests.py::"
_RECORDS = "tests/planner/test_records.py::test_what_queries_make_of_records"
ROWS: dict[int, tuple[str, str]] = {
    1: ("pull query on a table without aggregation after a restart", f"{_REQUESTS}test_tables_without_an_aggregation_are_there_after_a_restart"),
    2: ("frames of /query-stream", f"{_REQUESTS}test_an_idle_push_query_sends_nothing_but_json_lines"),
    3: ("DOUBLE as text", f"{_HERE}test_expressions"),
    4: ("DEFINE", f"{_REQUESTS}test_variables_hold_statement_by_statement"),
    5: ("$${x}", f"{_REQUESTS}test_variables_hold_statement_by_statement"),
    6: ("KEY_FORMAT without a key column", "tests/planner/test_queries.py::test_what_a_statement_becomes"),
    7: ("SHOW TYPES once a type exists", f"{_REQUESTS}test_small_things_that_clients_ask"),
    8: ("several statements in one request, a later one bad", f"{_REQUESTS}test_a_request_with_a_bad_second_statement_changes_nothing"),
    9: ("co-partitioning", "tests/planner/test_queries.py::test_what_a_statement_becomes"),
    10: ("Java's regular expressions", "tests/unit/test_java_rules.py::test_patterns_match_as_in_java"),
    11: ("impossible days", f"{_HERE}test_expressions"),
    12: ("date patterns", "tests/unit/test_java_rules.py::test_letters_are_printed_by_their_count"),
    13: ("URL functions", f"{_HERE}test_expressions"),
    14: ("STRING column over JSON numbers and arrays", f"{_HERE}test_a_text_column_keeps_what_json_has"),
    15: ("characters beyond U+FFFF", f"{_HERE}test_expressions"),
    16: ("GET /", f"{_REQUESTS}test_small_things_that_clients_ask"),
    17: ("a topic name or partition count that Kafka refuses", "tests/contract/test_results.py::test_a_topic_with_other_partitions_is_refused_and_not_after_a_restart"),
    18: ("refusals", "tests/planner/test_queries.py::test_what_a_statement_becomes"),
    19: ("words of a refusal", _RECORDS),
    20: ("crash", _RECORDS),
    21: ("values", f"{_HERE}test_expressions"),
    22: ("session-windowed joins, EMIT FINAL, ROWKEY, headers, LIMIT", _RECORDS),
    23: ("not there", "tests/planner/test_explain.py::test_each_arrow_has_one_back"),
    24: ("scan of a session table by a pull query", f"{_REQUESTS}test_a_session_table_is_read_by_key_only"),
    25: ("PRINT of an unquoted topic", f"{_REQUESTS}test_small_things_that_clients_ask"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_each_row_has_its_test(row: int) -> None:
    file, _, name = ROWS[row][1].partition("::")
    tree = python.parse((_ROOT / file).read_text("utf-8"))
    assert name in {
        node.name for node in python.walk(tree) if isinstance(node, python.FunctionDef | python.AsyncFunctionDef)
    }


_EXPRESSIONS: list[tuple[int, str, Any]] = [
    (3, "CAST(CAST('25000000' AS DOUBLE) AS STRING)", "2.5E7"), (3, "CAST(0.001 * 1E0 AS STRING)", "0.001"),
    (3, "CAST(1E-4 AS STRING)", "1.0E-4"), (3, "CAST(9999999E0 AS STRING)", "9999999.0"),
    (3, "CONCAT('a', CAST(12345678.9E0 AS STRING))", "a1.23456789E7"), (3, "ARRAY_JOIN(ARRAY[1E10, 2E0], '|')", "1.0E10|2.0"),
    (10, "REGEXP_REPLACE('abc', 'b', '[$0]')", "a[b]c"), (10, "REGEXP_EXTRACT('[a-z&&[^b]]+', 'bac')", "ac"),
    (10, "REGEXP_EXTRACT('\\Q.\\E', 'a.b')", "."), (10, "REGEXP_EXTRACT('\\w+', 'é1')", "1"), (10, "REGEXP_EXTRACT('\\p{L}+', '1éa')", "éa"),
    (11, "CAST(PARSE_TIMESTAMP('2021-02-31', 'yyyy-MM-dd') AS STRING)", "2021-02-28T00:00:00.000"),
    (12, "FORMAT_DATE(FROM_DAYS(19782), 'E u Q QQQ')", "Thu 2024 1 Q1"), (12, "FORMAT_TIME(CAST('10:11' AS TIME), 'k K h a')", "10 10 10 AM"),
    (12, "FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'yyyy[-MM]')", "1970-01"),
    (13, "URL_EXTRACT_QUERY('http://test.com?a=foo%20bar&b=baz')", "a=foo bar&b=baz"), (13, "URL_ENCODE_PARAM('~')", "%7E"),
    (13, "URL_EXTRACT_FRAGMENT('http://test.com#a%20b')", "a b"), (13, "URL_EXTRACT_PATH('http://test.com/a%20b')", "/a b"),
    (15, "LEN('a😀')", 3), (15, "SUBSTRING('😀a', 3)", "a"), (15, "INSTR('😀a', 'a')", 3), (15, "LPAD('a', 3, '😀')", "😀a"),
    (21, "ROUND(12.345, 1)", 12.3), (21, "ROUND(12.345, -1)", 10.0), (21, "SPLIT('', ',')", [""]), (21, "ENCODE('', 'utf8', 'hex')", ""),
    (21, "JSON_RECORDS('{\"a\": 1.50, \"b\": [\"x\"]}')", {"a": "1.50", "b": '["x"]'}),
    (21, "EXTRACTJSONFIELD('{\"a\": null}', '$.a')", "null"),
    (21, "EXTRACTJSONFIELD('[1]', '$')", "[1]"), (21, "ARRAY_JOIN(ARRAY[1, CAST(null AS INT)], ',')", "1,null"),
    (21, "REDUCE(MAP('b' := 1, 'a' := 2), '', (st, mk, mv) => st + mk)", "ba"), (21, "MAP(1 := 'x')[1]", "x"), (21, "V IN (1.0, 2E0)", True),
    (20, "FROM_BYTES(CONCAT(TO_BYTES('a', 'utf8'), TO_BYTES('b', 'utf8')), 'utf8')", "ab"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "text", "value"), _EXPRESSIONS)
def test_expressions(row: int, text: str, value: Any, tmp_path: Path) -> None:
    del row
    [shown] = _values(text, {"V": 1}, tmp_path)
    assert (float(shown) if isinstance(value, float) else shown) == value


@pytest.mark.parametrize(
    ("text", "value"), [("1.50", "1.50"), ('[1, "a", 2.50]', "[1, a, 2.50]"), ('{"x": 1}', '{"x":1}'), ("true", "true")]
)
def test_a_text_column_keeps_what_json_has(text: str, value: str, tmp_path: Path) -> None:
    engine = OfflineEngine(tmp_path)
    run_statements(engine, [_STREAM, "CREATE STREAM O AS SELECT K, S AS X FROM S;"], {})
    message = (struct.pack(">i", 1), f'{{"S": {text}}}'.encode(), 0, [])
    [result] = run_query(engine, engine.planned[-1], [("s", message)])
    engine.close()
    assert result.value == {"X": value}


_STREAM = "CREATE STREAM S (K INT KEY, V INT, S STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"


def _values(text: str, row: dict[str, Any], folder: Path) -> list[Any]:
    engine = OfflineEngine(folder)
    try:
        run_statements(engine, [_STREAM, f"CREATE STREAM O AS SELECT K, {text} AS X FROM S;"], {})
        record = {"key": 1, "value": row, "timestamp": 0}
        message = input_message(record, engine.metastore.sources["S"])
        return [
            json.loads(json.dumps(p.value["X"], default=float))
            for p in run_query(engine, engine.planned[-1], [("s", message)])
        ]
    finally:
        engine.close()
