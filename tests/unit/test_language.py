"""The ksqlDB language: splitting, parsing, formatting, classification, sessions."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickstream_ksql import ast, classify, formatter, scripts
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse, parse_one
from clickstream_ksql.session import Session, UndefinedVariable
from clickstream_ksql.splitter import split, statement_at
from tests.conftest import shared


def test_semicolons_in_quotes_and_comments_do_not_split() -> None:
    pieces = split("-- a;b\nSELECT ';' FROM `x;y`; /* ; */ SHOW TABLES;")
    assert [piece.text for piece in pieces] == ["SELECT ';' FROM `x;y`;", "SHOW TABLES;"]
    assert (pieces[0].line, pieces[0].column) == (2, 1)


@given(st.text(alphabet="ab;'`\"-/*\n ", max_size=60))
def test_splitting_loses_no_code(text: str) -> None:
    pieces = split(text)
    for piece in pieces:
        assert text[piece.start : piece.stop] == piece.text
    assert all(a.stop <= b.start for a, b in itertools.pairwise(pieces))


def test_statement_at_the_cursor() -> None:
    text = "SHOW TABLES; SHOW STREAMS;"
    found = statement_at(text, 15)
    assert found is not None
    assert found.text == "SHOW STREAMS;"


def test_the_tutorials_files_parse() -> None:
    connectors = [parsed.statement for parsed in parse(scripts.load("create-connectors"))]
    statements = [parsed.statement for parsed in parse(scripts.load("statements"))]
    assert [type(s) for s in connectors] == [ast.CreateConnector] * 3
    assert len(statements) == 12
    assert sum(isinstance(s, ast.CreateAs) for s in statements) == 9


def test_statements_mean_what_the_recorded_server_understood() -> None:
    """Our SQL gives the very texts that real ksqlDB showed for the tutorial's, but for what it adds to WITH."""
    lines = [json.loads(line) for line in shared("recordings/ksqldb.jsonl").read_text().splitlines()]
    recorded: dict[str, str] = {}
    for line in lines:
        if line["note"] == "the tutorial" and line["response"]["status"] == 200:
            sql, answer = line["request"]["body"]["ksql"], line["response"]["body"][0]
            statement = parse_one(sql)
            if isinstance(statement, ast.CreateSource | ast.CreateAs):
                recorded[statement.name] = sql
                assert answer["statementText"].startswith(f"CREATE {statement.kind} {statement.name}")
    ours = {
        p.statement.name: p.statement
        for p in parse(scripts.load("statements"))
        if isinstance(p.statement, ast.CreateSource | ast.CreateAs)
    }
    assert set(recorded) == set(ours)
    for name, sql in recorded.items():
        theirs = parse_one(sql)
        assert formatter.statement(theirs, "").upper() == formatter.statement(ours[name], "").upper()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELEC * FROM CLICKSTREAM;", "line 1:1: Syntax Error\nUnknown statement 'SELEC'\nDid you mean 'SELECT'?"),
        ("SELECT * FROM CLICKSTREAM EMIT CHANGES", "line 1:39: Syntax Error\nmissing ';' at '<EOF>'"),
        ("SHOW TABLES;\nSELECT FROM X;", "line 2:8: Syntax Error"),
    ],
)
def test_errors_name_the_place(text: str, message: str) -> None:
    with pytest.raises(KsqlSyntaxError) as caught:
        parse(text)
    assert caught.value.message.startswith(message)


def test_reading_and_changing_statements_are_told_apart() -> None:
    effects = {
        "SELECT * FROM T;": classify.Effect.READS,
        "PRINT 't' LIMIT 1;": classify.Effect.READS,
        "SHOW QUERIES;": classify.Effect.READS,
        "SET 'a'='b';": classify.Effect.SESSION,
        "DROP STREAM S;": classify.Effect.CHANGES,
        "TERMINATE ALL;": classify.Effect.CHANGES,
        "INSERT INTO S VALUES (1);": classify.Effect.CHANGES,
    }
    assert {text: classify.effect(parse_one(text)) for text in effects} == effects


def test_variables_are_put_in_by_the_client() -> None:
    session = Session().apply(parse_one("DEFINE name = 'T1';"))
    assert session.substitute("SELECT * FROM ${name};") == "SELECT * FROM T1;"
    with pytest.raises(UndefinedVariable):
        session.substitute("${other}")
