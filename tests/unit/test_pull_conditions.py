"""Conditions of pull queries: how rows are found, and what is refused, by ksqlDB's `QueryFilterNode`."""

from __future__ import annotations

import dataclasses

import pytest

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.pull.normal_form import normal_form
from clickstream_embedded.ksqldb.pull.validation import Access, check_condition
from clickstream_embedded.ksqldb.types.schema import Column, Schema
from clickstream_embedded.ksqldb.types.sql_types import BIGINT, INTEGER, STRING
from clickstream_ksql import ast, formatter
from clickstream_ksql.parser import parse_one

_NO_SCANS = {"ksql.query.pull.table.scan.enabled": False}


def _table(*keys: Column, window: str | None = None) -> DataSource:
    return DataSource(
        name="T", kind="TABLE", schema=Schema(keys, (Column("N", BIGINT),)), topic="t", key_format="JSON",
        value_format="JSON", statement="", window=window,
    )  # fmt: skip


_ONE = _table(Column("ID", INTEGER))
_TEXT = _table(Column("ID", STRING))
_TWO = _table(Column("A", INTEGER), Column("B", STRING))
_WINDOWED = _table(Column("ID", INTEGER), window="TUMBLING")


def _where(text: str) -> ast.Expression:
    statement = parse_one(f"SELECT * FROM T WHERE {text};")
    assert isinstance(statement, ast.QueryStatement)
    assert statement.query.where is not None
    return statement.query.where


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ID IN (1, 2, 3)", "((ID = 1) OR ((ID = 2) OR (ID = 3)))"),
        ("ID BETWEEN 1 AND 2", "((ID >= 1) AND (ID <= 2))"),
        ("N > 1 AND ID IN (1, 2)", "(((N > 1) AND (ID = 1)) OR ((N > 1) AND (ID = 2)))"),
        ("NOT (ID = 1 OR N = 2)", "((NOT (ID = 1)) AND (NOT (N = 2)))"),
        ("NOT NOT ID = 1", "(ID = 1)"),
        ("ID NOT IN (1, 2)", "((NOT (ID = 1)) AND (NOT (ID = 2)))"),
    ],
)
def test_the_normal_form(text: str, shown: str) -> None:
    assert formatter.expression(normal_form(_where(text))) == shown


@pytest.mark.parametrize(
    ("source", "text", "access"),
    [
        (_ONE, "ID = 1", Access.LOOK_UP),
        (_ONE, "1 = ID AND N > 2", Access.LOOK_UP),
        (_ONE, "ID IN (1, 2)", Access.LOOK_UP),
        (_ONE, "ID > 1", Access.TABLE_SCAN),
        (_TEXT, "ID > 'a'", Access.RANGE_SCAN),
        (_TEXT, "ID > 'a' OR ID < 'A'", Access.TABLE_SCAN),
        (_ONE, "N = 1", Access.TABLE_SCAN),
        (_ONE, "ID = 1 OR N = 1", Access.TABLE_SCAN),
        (_TWO, "A = 1 AND B = 'x'", Access.LOOK_UP),
        (_TWO, "A = 1", Access.TABLE_SCAN),
        (_WINDOWED, "ID = 1 AND WINDOWSTART > 10 AND WINDOWSTART <= 20", Access.LOOK_UP),
    ],
)
def test_how_rows_are_found(source: DataSource, text: str, access: Access) -> None:
    assert check_condition(source, _where(text), {}) is access


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        (_TWO, "A = 1",
         "every key in the WHERE clause. Specified: [`A`] Expected: [`A` INTEGER KEY, `B` STRING KEY]"),
        (_ONE, "N = 1", "WHERE clause missing key column for disjunct: (N = 1). See https://cnfl.io/queries"),
        (_ONE, "ID + 1 = 2", "A comparison must directly reference a key column"),
        (_ONE, "ID = N", "A comparison must be between a key column and a resolvable expression"),
        (_ONE, "ID <> 1", "Bound on key columns '[`ID` INTEGER KEY]' must currently be '='"),
        (_ONE, "ID > 1 AND ID < 3", "cannot be combined with other comparisons such as an IN predicate"),
        (_ONE, "ID > 1", "Query requires table scan to be enabled. Table scans can be enabled by setting"),
    ],
)  # fmt: skip
def test_what_only_a_table_scan_answers(source: DataSource, text: str, message: str) -> None:
    assert check_condition(source, _where(text), {}) is Access.TABLE_SCAN
    with pytest.raises(KsqlError) as caught:
        check_condition(source, _where(text), _NO_SCANS)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        (_ONE, "ID IS NULL", "Unsupported expression in WHERE clause: (ID IS NULL). "),
        (_ONE, "TRUE", "Unsupported expression in WHERE clause: true. "),
        (_ONE, "NOT ID = 1", "Unsupported expression in WHERE clause: (NOT (ID = 1)). "),
        (_ONE, "ID NOT IN (1)", "Unsupported expression in WHERE clause: (NOT (ID = 1)). "),
        (_ONE, "ID IN ('1', 2)", "'1' can not be converted to the type of the key column: ID INTEGER KEY"),
        (_ONE, "ID = 1.5", "'1.5' can not be converted to the type of the key column: ID INTEGER KEY"),
        (_ONE, "ID = 3000000000", "'3000000000' can not be converted to the type of the key column"),
        (_ONE, "ID IN (NULL)", "Primary key columns can not be NULL: (ID = null)"),
        (_WINDOWED, "ID = 1 AND WINDOWSTART <> 5", "Unsupported `WINDOWSTART` bounds: NOT_EQUAL"),
        (_WINDOWED, "ID = 1 AND WINDOWSTART > 5 AND WINDOWSTART >= 6", "Duplicate `WINDOWSTART` bounds on: GREATER_THAN"),
        (_WINDOWED, "ID = 1 AND WINDOWEND = 5 AND WINDOWEND < 6",
         "`(WINDOWEND < 6)` cannot be combined with other `WINDOWEND` bounds"),
        (_WINDOWED, "ID = 1 AND WINDOWSTART = 'soon'", "Failed to parse datetime: soon"),
        (_WINDOWED, "ID = 1 AND WINDOWSTART = 1.5",
         "Window bounds must resolve to an INT, BIGINT, or STRING containing a datetime."),
    ],
)  # fmt: skip
def test_what_no_pull_query_takes(source: DataSource, text: str, message: str) -> None:
    with pytest.raises(KsqlError) as caught:
        check_condition(source, _where(text), {})
    assert message in caught.value.message


def test_a_session_table_is_read_by_key_only() -> None:
    sessions = dataclasses.replace(_WINDOWED, window="SESSION")
    assert check_condition(sessions, _where("ID = 1"), {}) is Access.LOOK_UP
    for where in (None, _where("N > 1")):
        with pytest.raises(KsqlError, match="Table scan unsupported on session tables"):
            check_condition(sessions, where, {})
