"""Numbers are read as Java reads them, from texts, JSON and DELIMITED, and decimals keep all their digits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.test_engine import Run

SOURCE = "CREATE STREAM C (S STRING, D DECIMAL(38, 10), E DECIMAL(20, 5)) WITH (kafka_topic='c', value_format='JSON');"
TEXTS: dict[str, dict[str, Any]] = {  # null where it is left out
    "7": {"INT": 7, "BIGINT": 7, "DOUBLE": 7.0, "DECIMAL(5, 2)": Decimal("7.00")},
    " -7 ": {"INT": -7, "BIGINT": -7, "DOUBLE": -7.0, "DECIMAL(5, 2)": Decimal("-7.00")},
    "+2147483648": {"BIGINT": 2147483648, "DOUBLE": 2147483648.0},
    "9223372036854775808": {"DOUBLE": 9223372036854775808.0},
    "1.5": {"DOUBLE": 1.5, "DECIMAL(5, 2)": Decimal("1.50")},
    "1e2": {"DOUBLE": 100.0, "DECIMAL(5, 2)": Decimal("100.00")},
    "1.5d": {"DOUBLE": 1.5},
    "Infinity": {}, "NaN": {}, "1e999": {},
    # what Python takes for a number and Java does not
    "1_0": {}, "nan": {}, "inf": {}, "": {}, "0x10": {},
}  # fmt: skip


@pytest.mark.parametrize("kind", ["INT", "BIGINT", "DOUBLE", "DECIMAL(5, 2)"])
@pytest.mark.parametrize("text", TEXTS)
def test_texts_become_numbers_as_in_java(kind: str, text: str) -> None:
    run = Run(SOURCE, f"SELECT CAST(S AS {kind}) AS X FROM C EMIT CHANGES;")
    assert run.feed("C", json.dumps({"S": text}).encode())[0][1] == (TEXTS[text].get(kind),)


@pytest.mark.parametrize(("kind", "texts"), [("INT", ["1_0", " 1", "2147483648"]), ("DOUBLE", ["1_0", "nan"]),
                                             ("DECIMAL(5, 2)", ["1_0", "NaN", " 1"])])  # fmt: skip
def test_json_texts_in_place_of_numbers_too(kind: str, texts: list[str]) -> None:
    source = f"CREATE STREAM C (X {kind}) WITH (kafka_topic='c', value_format='JSON');"
    run = Run(source, "SELECT X FROM C EMIT CHANGES;")
    assert run.feed("C", b'{"X":"1"}')[0][1][0] == 1
    for text in texts:
        with pytest.raises(Exception, match="Can't convert type"):
            run.feed("C", json.dumps({"X": text}).encode())


def test_decimals_keep_all_their_digits() -> None:
    value = b'{"D":1234567890123456789012345678.0123456789,"E":123456789012345.12345}'
    for expression, wanted in {
        "D + 1": "1234567890123456789012345679.0123456789",
        "D - E": "1234567890123333332223333332.8888956789",
        "E * E": "15241578753238699602043606172.9957399025",
        "D / 3": "411522630041152263004115226.004115226300000000000",
        "ROUND(D, 2)": "1234567890123456789012345678.0100000000",
        "CAST(CAST(D AS STRING) AS DECIMAL(38, 10))": "1234567890123456789012345678.0123456789",
    }.items():
        run = Run(SOURCE, f"SELECT {expression} AS X FROM C EMIT CHANGES;")
        assert str(run.feed("C", value)[0][1][0]) == wanted
    run = Run(SOURCE, "CREATE TABLE T AS SELECT S, SUM(D) AS X FROM C GROUP BY S;")
    run.feed("C", value[:-1] + b',"S":"s"}')
    assert str(run.feed("C", value[:-1] + b',"S":"s"}')[0][1][0]) == "2469135780246913578024691356.0246913578"


@pytest.mark.parametrize(
    ("kind", "json_text", "wanted"),
    [
        ("STRING", b'1.50', "1.50"), ("STRING", b'[1,"a",2.50,null]', "[1, a, 2.50, null]"), ("STRING", b'{"a":1.50}', '{"a":1.50}'),
        ("STRING", b'true', "true"), ("ARRAY<STRING>", b'[1.0,"x"]', ["1.0", "x"]), ("MAP<STRING, STRING>", b'{"a":2.50}', {"a": "2.50"}),
    ],
)  # fmt: skip
def test_numbers_in_place_of_texts_keep_their_digits(kind: str, json_text: bytes, wanted: Any) -> None:
    source = f"CREATE STREAM C (X {kind}, Y INT) WITH (kafka_topic='c', value_format='JSON');"
    run = Run(source, "SELECT X FROM C EMIT CHANGES;")
    assert run.feed("C", b'{"X":' + json_text + b',"Y":1}')[0][1][0] == wanted


def test_joined_bytes_are_written_as_rows() -> None:
    run = Run(SOURCE, "SELECT CONCAT(TO_BYTES(S, 'utf8'), TO_BYTES('b', 'utf8')) AS X FROM C EMIT CHANGES;")
    assert run.feed("C", b'{"S":"a"}')[0][1][0] == b"ab"
