"""The rules of expressions, a table each: overloads, operators, comparisons, casts, failures within functions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.scope import Scope, ScopeColumn
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse

COLUMNS: list[tuple[str, t.SqlType, Any]] = [
    ("I", t.INTEGER, 7), ("L", t.BIGINT, 9), ("D", t.DOUBLE, 2.5), ("P", t.decimal(6, 2), Decimal("12.50")),
    ("S", t.STRING, "abc"), ("B", t.BOOLEAN, True), ("Y", t.BYTES, b"\xff"), ("DT", t.DATE, 19_000),
    ("TS", t.TIMESTAMP, 1_700_000_000_123), ("TM", t.TIME, 3_600_000), ("A", t.array(t.INTEGER), [3, None, 1]),
    ("M", t.map_of(t.STRING, t.INTEGER), {"a": 1}), ("N", t.INTEGER, None), ("NS", t.STRING, None),
    ("NB", t.BOOLEAN, None),
]  # fmt: skip
SCOPE = Scope([ScopeColumn("X", name, kind, place) for place, (name, kind, _) in enumerate(COLUMNS)])
ROW = tuple(value for _, _, value in COLUMNS)


def compiled(text: str) -> Any:
    statement = parse(f"SELECT {text} AS C FROM X EMIT CHANGES;")[0].statement
    assert isinstance(statement, ast.QueryStatement)
    expression = statement.query.items[0].expression
    assert expression is not None
    compiler = Compiler(SCOPE)
    typed = compiler.compile(expression)
    return typed.type, compiler.function(typed)


def value(text: str) -> Any:
    """What an expression comes to over the row; None where it fails."""
    _, function = compiled(text)
    try:
        return function(ROW)
    except Exception:
        return None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I + L", "BIGINT"), ("I + D", "DOUBLE"), ("P + I", "DECIMAL(13, 2)"), ("P * P", "DECIMAL(13, 4)"),
        ("P / I", "DECIMAL(17, 13)"), ("P % I", "DECIMAL(6, 2)"), ("P + D", "DOUBLE"), ("0.5", "DECIMAL(2, 1)"),
        ("ABS(P)", "DECIMAL(6, 2)"), ("ROUND(P)", "DECIMAL(4, 0)"), ("ROUND(P, 1)", "DECIMAL(6, 2)"),
        ("GREATEST(P, 1.2345)", "DECIMAL(8, 4)"), ("SQRT(P)", "DOUBLE"), ("LEAST(I, D)", "DOUBLE"),
        ("TRANSFORM(A, x => x * 2.5)", "ARRAY<DECIMAL(13, 1)>"), ("REDUCE(A, L, (q, x) => q + x)", "BIGINT"),
        ("COALESCE(I, N)", "INTEGER"), ("ARRAY[I, P]", "ARRAY<DECIMAL(12, 2)>"), ("MAP(1 := 'a')", "MAP<INTEGER, STRING>"),
        ("DATEADD(DAYS, 1, DT)", "DATE"), ("S || S", "STRING"), ("CASE WHEN B THEN I END", "INTEGER"),
    ],
)  # fmt: skip
def test_types_follow_from_those_of_the_parts(text: str, kind: str) -> None:
    assert str(compiled(text)[0]) == kind


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SQRT(null)", "ambiguous"), ("ROUND(I, 1)", "ambiguous"), ("GREATEST(I, P)", "ambiguous"),
        ("COALESCE('', null)", "ambiguous"), ("LEN(null)", "ambiguous"), ("CONCAT(null, null)", "ambiguous"),
        ("IFNULL(P, 1)", "does not accept"), ("NULLIF(S, I)", "does not accept"), ("ARRAY_CONTAINS(A, S)", "does not accept"),
        ("UCASE(I)", "does not accept"), ("S || I", "does not accept"), ("DATEADD('DAYS', 1, DT)", "does not accept"),
        ("FILTER(A, x => x + 1)", "Found invalid instance"), ("REDUCE(A, 0, (q, x) => q + 1.5)", "Found invalid instance"),
        ("TRANSFORM(A, i => i)", "can't be a column name"), ("IFNULL(null, 1)", "Was expecting type"),
        ("I = S", "Cannot compare"), ("B > B", "Cannot compare"), ("I = null", "Comparison with NULL"),
        ("NOT (I = S)", "Cannot compare"), ("S BETWEEN 1 AND 2", "Cannot compare"), ("S LIKE I", "must be VARCHAR"),
        ("CASE WHEN B THEN 1 ELSE 2.5 END", "default clause"), ("CASE WHEN S THEN 1 END", "should be boolean"),
        ("CAST(I AS BOOLEAN)", "Cast of INTEGER to BOOLEAN"), ("CAST(Y AS STRING)", "Cast of BYTES to STRING"),
        ("I + null", "Arithmetic on types INTEGER and null"), ("DT + 1", "Unsupported arithmetic"), ("ARRAY[]", "empty"),
        ("LEVENSHTEIN(S, S)", "Can't find any functions"), ("ENTRIES(null, true)", "ambiguous"),
        ("GREATEST(I, x => x)", "does not accept"), ("FIELD(S, x => x)", "does not accept"),
        ("JSON_CONCAT(x => x)", "does not accept"), ("A['a']", "must be an INTEGER"), ("A[L]", "must be an INTEGER"),
        ("A[null]", "must be an INTEGER"), ("A[1.5]", "must be an INTEGER"), ("ENTRIES(MAP(1 := 2), true)", "does not accept"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(text: str, reason: str) -> None:
    with pytest.raises(KsqlError, match=reason.replace("(", r"\(").replace(")", r"\)")):
        compiled(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2147483647 + I", -2147483642), ("-I / 2", -3), ("-I % 2", -1), ("I / 0", None), ("D / 0", float("inf")),
        ("P / 3", None), ("P / 2.5", Decimal("5.000000")), ("P % 0.7", Decimal("0.60")), ("NS + 'x'", "nullx"),
        ("NS || 'x'", "x"), ("N + 1", None), ("N = 1", False), ("N + 1 = 1", None), ("COALESCE(N, 5)", 5),
        ("COALESCE(N + 1, 5)", None), ("COALESCE(CAST('x' AS INT), 5)", 5), ("COALESCE(ABS(N + 1), 5)", 5),
        ("NOT NB", None), ("NB OR B", None), ("B OR NB", True), ("B AND NB", None), ("N IS NULL", True),
        ("N IS DISTINCT FROM 1", True), ("N IS NOT DISTINCT FROM CAST(null AS INT)", True),
        ("S IS NOT DISTINCT FROM I", False), ("N NOT BETWEEN 1 AND 2", True), ("NS LIKE '%'", None),
        ("S LIKE '_b%'", True), ("'a\nb' LIKE 'a%'", False), ("I IN (7.0, null)", True), ("D IN (1, '2.5')", True),
        ("N IN (1)", False), ("D = 2.5", True), ("DT < TS", True), ("TM = '01:00'", True), ("TS > 'never'", None),
        ("Y < TO_BYTES('00', 'hex')", True), ("'\uffff' < '\U0001f600'", False), ("A[1]", 3), ("A[-1]", 1), ("A[9]", None), ("A[L - 8]", 3),
        ("M['zz']", None), ("ARRAY[1, CAST('x' AS INT)]", [1, None]), ("TRANSFORM(A, x => x + 1)", None),
        ("1 IS DISTINCT FROM N", True), ("1 IS NOT DISTINCT FROM 1", True), ("I IS DISTINCT FROM N + 1", None),
        ("CAST(ROUND(-0.4, 0) AS STRING)", "0.0"), ("CAST(CAST(-0.4 AS DECIMAL(3, 0)) AS STRING)", "0"),
        ("CAST(-1 * 0.0 AS STRING)", "0.0"), ("CAST(-(P - P) AS STRING)", "0.00"), ("CAST(CEIL(-0.5) AS STRING)", "0.0"),
        ("CAST(TRUNC(-0.5E0, 0) AS STRING)", "0.0"), ("CAST(-(D - D) AS STRING)", "-0.0"),
        ("CAST(CAST('-0.0' AS DECIMAL(3, 1)) AS STRING)", "0.0"), ("EXTRACTJSONFIELD('{\"a\":-0.0}', '$.a')", "0.0"),
        ("CASE WHEN NB THEN 1 ELSE 2 END", None), ("CAST(1E300 AS INT)", 2147483647), ("CAST('NaN' AS DOUBLE)", None),
        ("CAST(0.15E0 AS DECIMAL(3, 1))", Decimal("0.2")), ("CAST(123.4 AS DECIMAL(3, 1))", None),
        ("CAST('YWJj' AS BYTES)", b"abc"), ("CAST(25000000E0 AS STRING)", "2.5E7"), ("CAST(P AS STRING)", "12.50"),
        ("CAST(TM AS STRING)", "01:00"), ("CAST('2024-02' AS DATE)", 19_754), ("CAST('2024-02-30' AS DATE)", None),
    ],
)  # fmt: skip
def test_values_are_javas(text: str, wanted: Any) -> None:
    found = value(text)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("ARRAY['a', 1]", "ARRAY<STRING>", ["a", "1"]), ("ARRAY[1, '2']", "ARRAY<INTEGER>", [1, 2]),
        ("ARRAY[1, '2.5']", "ARRAY<DECIMAL(11, 1)>", [Decimal("1.0"), Decimal("2.5")]),
        ("ARRAY[S, 1.5]", "ARRAY<STRING>", ["abc", "1.5"]), ("ARRAY[B, 'n']", "ARRAY<BOOLEAN>", [True, False]),
        ("ARRAY[DT, S]", "ARRAY<DATE>", [19_000, None]), ("ARRAY[A, ARRAY['4']]", "ARRAY<ARRAY<INTEGER>>", [[3, None, 1], [4]]),
        ("MAP('a' := 'x', 'b' := 1)", "MAP<STRING, STRING>", {"a": "x", "b": "1"}),
        ("MAP('a' := 1, 2 := 3)", "MAP<STRING, INTEGER>", {"a": 1, "2": 3}),
        ("S IN ('x', 1, true)", "BOOLEAN", False), ("'1' IN (1)", "BOOLEAN", True), ("I IN (1, '7.0')", "BOOLEAN", True),
        ("DT IN (S)", "BOOLEAN", False), ("B IN ('tr')", "BOOLEAN", True), ("Y IN ('/w==')", "BOOLEAN", True),
        ("A IN (ARRAY['3', null, 1])", "BOOLEAN", True), ("N IN (null)", "BOOLEAN", False),
    ],
)  # fmt: skip
def test_the_parts_of_a_list_come_to_one_type(text: str, kind: str, expected: Any) -> None:
    assert str(compiled(text)[0]) == kind
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ARRAY[1, 'a']", 'invalid input syntax for type INTEGER: "a".'),
        ("ARRAY[S, I]", "operator does not exist: STRING = INTEGER (I)"),
        ("ARRAY[B, 1]", "operator does not exist: BOOLEAN = INTEGER (1)"),
        ("1 IN (S)", "Invalid Select: operator does not exist: INTEGER = STRING (S)"),
        ("B IN ('x')", 'Invalid Select: invalid input syntax for type BOOLEAN: "x".'),
        ("I + 1 IS NULL", 'Cannot compare "null" with primitive type "int"'),
        ("(I = 1) IS NOT NULL", 'Cannot compare "null" with primitive type "boolean"'),
        ("B AND null", "Should evaluate to boolean but is null"),
        ("NOT null", "Should evaluate to boolean but is null"),
        ("(S LIKE 'a%') = true", "Cannot compare (S LIKE 'a%')"),
        ("MAP('a' := 1, 'a' := 2)", "Multiple entries with same key: 'a'"),
        ("STRUCT(X := null)", "Can't infer a type of null"),
        ("CASE I WHEN 1 THEN 2 END", "CASE with an operand is not supported"),
        ("+S", "Unary plus on non-numeric type: STRING"),
        ("+ +I", "Two unary pluses are an increment"),
        ("+I IS NULL", 'Cannot compare "null" with primitive type "int"'),
    ],
)
def test_what_the_real_server_does_not_compile_is_refused(text: str, told: str) -> None:
    with pytest.raises(KsqlError) as refusal:
        compiled(text)
    assert told in refusal.value.message


def test_an_integer_beyond_the_longs_is_a_wrong_literal() -> None:
    with pytest.raises(KsqlSyntaxError, match="Invalid numeric literal: 9223372036854775808"):
        compiled("9223372036854775808")
    assert value("-9223372036854775808") == -(1 << 63)
