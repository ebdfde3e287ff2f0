"""What ksqlDB's grammar takes, and what only a looser one would: one predicate an operand, values that are no conditions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse


@pytest.mark.parametrize(
    "text",
    [
        "SELECT I = 1 = TRUE FROM V EMIT CHANGES;",
        "SELECT 1 < I < 3 FROM V EMIT CHANGES;",
        "SELECT I IS NULL IS NULL FROM V EMIT CHANGES;",
        "SELECT CASE I > 1 WHEN TRUE THEN 1 END FROM V EMIT CHANGES;",
        "SELECT DATE '2024-01-01' FROM V EMIT CHANGES;",
        "SELECT DECIMAL 'x' FROM V EMIT CHANGES;",
        "INSERT INTO V (B) VALUES (1 = 1);",
        "INSERT INTO V (B) VALUES (NOT TRUE);",
        "SELECT COUNT(*) FROM V WINDOW SESSION (5 SECONDS, GRACE PERIOD 1 SECOND, RETENTION 1 DAY) GROUP BY I;",
        "ASSERT SCHEMA ID 5 SUBJECT x;",
        "ASSERT SCHEMA ID 'x';",
        "ASSERT SCHEMA TIMEOUT 1 SECOND;",
    ],
)
def test_what_the_grammar_does_not_take_is_refused(text: str) -> None:
    with pytest.raises(KsqlSyntaxError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (I = 1) = TRUE, NOT I IS NULL FROM V EMIT CHANGES;",
        "SELECT CAST(A AS INT ARRAY) FROM V EMIT CHANGES;",
        "INSERT INTO V (B) VALUES ((1 = 1));",
        "SELECT COUNT(*) FROM V WINDOW SESSION (5 SECONDS, RETENTION 1 DAY, GRACE PERIOD 1 SECOND) GROUP BY I;",
        "ASSERT TOPIC 'a-b' TIMEOUT 1 SECOND;",
    ],
)
def test_what_the_grammar_takes_is_parsed(text: str) -> None:
    assert len(parse(text)) == 1


def expression(text: str) -> ast.Expression | None:
    statement = parse(f"SELECT {text} AS C FROM V EMIT CHANGES;")[0].statement
    assert isinstance(statement, ast.QueryStatement)
    return statement.query.items[0].expression


def test_a_decimal_may_be_written_with_its_type() -> None:
    assert expression("`DECIMAL` '1.50'") == ast.Literal(Decimal("1.50"))


@pytest.mark.parametrize(
    "word", ["DECIMAL", "SIZE", "WITHIN", "TOPICS", "DAYS", "AT", "TO", "QUERY", "VIEW", "EXTENDED"]
)
def test_a_token_of_the_grammar_is_no_name(word: str) -> None:
    with pytest.raises(KsqlSyntaxError, match="reserved keyword|Syntax Error"):
        parse(f"SELECT {word} FROM V;")
    assert expression(f"`{word}`") == ast.Column(word)


@pytest.mark.parametrize(
    "word", ["DEFINE", "UNION", "CUBE", "ROLLUP", "AFTER", "SHOW", "SET", "ID", "DAY", "STRING", "EMIT"]
)
def test_other_words_are_names(word: str) -> None:
    assert expression(word) == ast.Column(word)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM V LIMIT 1.5;", "Failed to prepare statement: Value must be integer for command: LIMIT"),
        ("PRINT v INTERVAL 1e0;", "Failed to prepare statement: Value must be integer for command: INTERVAL"),
        ("SELECT COUNT(*) FROM V WINDOW TUMBLING (SIZE 1.5 SECONDS) GROUP BY I;",
         'Failed to prepare statement: For input string: "1.5"'),
        ("SELECT TS AT TIME ZONE 'UTC' FROM V;", "Failed to prepare statement: not yet implemented"),
        ("CREATE STREAM A (X INT) WITH (KAFKA_TOPIC='a', PARTITIONS=1, PARTITIONS=2);",
         "Failed to prepare statement: Multiple entries with same key: PARTITIONS=1 and PARTITIONS=2"),
        ("CREATE STREAM A (X DECIMAL(4)) WITH (KAFKA_TOPIC='a');", "line 1:29: Syntax Error\n"),
        ("CREATE STREAM A (X INT) WITH (KAFKA_TOPIC=a);", "line 1:43: Syntax Error\n"),
        ("DESCRIBE EXTENDED V;", "Syntax Error"),
        ("PRINT v LIMIT 1 FROM BEGINNING;", "Syntax Error"),
        ("SELECT COUNT(*) FROM V WINDOW TUMBLING (SIZE 1 MONTH) GROUP BY I;", "Syntax Error"),
    ],
)  # fmt: skip
def test_what_ksqldbs_grammar_has_no_rule_for(text: str, message: str) -> None:
    with pytest.raises(KsqlSyntaxError) as caught:
        parse(text)
    assert message in caught.value.message


def test_units_of_time_are_words_of_the_grammar() -> None:
    call = expression("DATEADD(DAYS, 5, D)")
    assert isinstance(call, ast.Call)
    assert call.arguments[0] == ast.IntervalUnit("DAYS")
    singular = expression("DATEADD(DAY, 5, D)")  # a name, as every word that ksqlDB does not reserve
    assert isinstance(singular, ast.Call)
    assert singular.arguments[0] == ast.Column("DAY")


def test_texts_are_joined_after_numbers_are_added() -> None:
    joined = expression("S || I + 1")
    assert isinstance(joined, ast.Call)
    assert joined.name == "CONCAT"
    assert isinstance(joined.arguments[1], ast.Arithmetic)
