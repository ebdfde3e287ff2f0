"""INSERT INTO … VALUES: what a value may become, and how one that does not fit is told."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_embedded.ksqldb.commands.insert_values import written_row
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import MetaStore
from clickstream_embedded.ksqldb.planning.sources import create_source
from clickstream_ksql.parser import parse_one

SOURCE = """CREATE STREAM C (K INT KEY, U INT, B BIGINT, D DECIMAL(5,2), S STRING, T TIMESTAMP, F DOUBLE, Y BOOLEAN,
            A ARRAY<INT>, M MAP<STRING, BIGINT>, Z STRUCT<P INT>)
            WITH (kafka_topic='c', value_format='JSON');"""


def written(text: str) -> Any:
    metastore = MetaStore()
    source: Any = parse_one(SOURCE)
    statement: Any = parse_one(f"INSERT INTO C {text};")
    return written_row(statement, create_source(source, metastore, {}), {})


@pytest.mark.parametrize(("text", "value"), [
    ("(U) VALUES (5)", b'"U":5'), ("(B) VALUES (5)", b'"B":5'), ("(D) VALUES (5)", b'"D":5.00'),
    ("(F) VALUES (5)", b'"F":5.0'), ("(F) VALUES (2.5)", b'"F":2.5'), ("(Y) VALUES (true)", b'"Y":true'),
    ("(T) VALUES ('1970-01-02')", b'"T":86400000'), ("(U) VALUES (ABS(-3))", b'"U":3'), ("(S) VALUES (null)", b'"S":null'),
    ("(A) VALUES (ARRAY[7, null])", b'"A":[7,null]'), ("(M) VALUES (MAP('a' := 1))", b'"M":{"a":1}'),
])  # fmt: skip
def test_values_become_what_their_columns_hold(text: str, value: bytes) -> None:
    assert value in written(text)[1]


@pytest.mark.parametrize(("text", "message"), [
    ("(U) VALUES (3000000000)", "Expected type INTEGER for field `U` but got BIGINT(3000000000)"),
    ("(S) VALUES (5)", "Expected type STRING for field `S` but got INTEGER(5)"),
    ("(U) VALUES ('x')", "Expected type"), ("(U) VALUES (1/0)", "/ by zero"), ("(D) VALUES (12345)", "Expected type DECIMAL"),
    ("(Y) VALUES ('true')", "Expected type BOOLEAN"), ("(U) VALUES (CAST('x' AS INT))", 'For input string: "x"'),
    ("(A) VALUES (ARRAY[1.5])", "got ARRAY([1.5])"), ("(M) VALUES (MAP(1 := 1))", "({1=1})"),
    ("(M) VALUES (MAP('a' := 1.5))", "Expected type MAP"), ("(Z) VALUES (STRUCT(P := 1.5))", "Expected type STRUCT"),
    ("(T) VALUES ('soon')", "got STRING(soon). Timestamp format must be yyyy-mm-ddThh:mm:ss[.S]"),
    ("(U) VALUES ('7')", "Expected type INTEGER for field `U` but got STRING(7)"),
    ("(A) VALUES (ARRAY['7'])", "Expected type ARRAY<INTEGER> for field `A` but got ARRAY([7])"),
    ("(U) VALUES (NOPE(1))", "Invalid insert value: Can't find any functions with the name 'NOPE'."),
    ("(ROWTIME) VALUES (-5)", "Invalid timestamp: -5"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(text: str, message: str) -> None:
    with pytest.raises(KsqlError) as refused:
        written(text)
    assert refused.value.message.startswith("Failed to insert values into 'C'. ")
    assert message in refused.value.message
    assert refused.value.status == 400


def test_a_row_has_its_key_and_its_time() -> None:
    key, value, moment = written("(K, U, ROWTIME) VALUES (1, 2, 1234)")
    assert (key, moment) == (b"\x00\x00\x00\x01", 1234)
    assert b'"U":2' in value
    assert written("(U) VALUES (2)")[::2] == (None, None)
