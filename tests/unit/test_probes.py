"""The comparison of answers with those of a real server, and one round over a small folder of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.probes.__main__ import run
from tests.probes.verdict import same, same_rows

SETUP = {
    "streams": [
        "CREATE STREAM V (K INT KEY, I INT, S STRING) WITH (KAFKA_TOPIC='v', PARTITIONS=1, VALUE_FORMAT='JSON');"
    ],
    "tables": [],
    "records": {
        "v": [{"key": 0, "timestamp": 1, "value": {"I": 1, "S": "a"}}, {"key": 1, "timestamp": 2, "value": {}}]
    },
    "topics": {"partitions": 1, "retention.ms": "-1"},
}
INTEGER = {"type": "INTEGER", "fields": None, "memberSchema": None}


@pytest.mark.parametrize(
    ("expected", "actual", "equal"),
    [
        (1, 1.0, True), (1, True, False), (0.1 + 0.2, 0.3, True), (1.0, 1.0001, False), (None, 0, False),
        ([1, None], [1, None], True), ([1], [1, 2], False), ({"A": 1}, {"A": 1.0}, True), ({"A": 1}, {"B": 1}, False),
        ("1", 1, False), ("NaN", "NaN", True), (0.0, 1e-12, False),
    ],
)  # fmt: skip
def test_values_are_compared_as_json(expected: object, actual: object, equal: bool) -> None:
    assert same(expected, actual) is equal


def test_rows_without_an_order_are_compared_as_a_bag() -> None:
    assert same_rows([[1], [2], [1]], [[2], [1], [1]], ordered=False)
    assert not same_rows([[1], [2]], [[2], [1]], ordered=True)
    assert not same_rows([[1], [1]], [[1], [2]], ordered=False)


def test_an_expression_is_judged_by_acceptance_type_and_values(tmp_path: Path) -> None:
    right = {"kind": "expression", "expression": "I + 1", "accepted": True, "type": INTEGER, "values": [2, None]}
    probes = [
        right,
        {**right, "values": [2, 3]},
        {**right, "type": {**INTEGER, "type": "BIGINT"}},
        {**right, "expression": "I + S"},
        {"kind": "expression", "expression": "I + S", "accepted": False, "message": "no"},
        {"kind": "expression", "expression": "I", "accepted": False, "message": "no"},
    ]
    score = run(SETUP, probes, tmp_path)
    assert [set(verdict.failed) for _, verdict in score.failures] == [{"values"}, {"type"}, {"accepted"}, {"accepted"}]
    assert score.summary()["passed"] == 2
    assert score.summary()["by_kind"]["expression"]["by_aspect"]["accepted"] == {"passed": 4, "failed": 2}
