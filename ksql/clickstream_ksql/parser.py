"""Text to statements, with ksqlDB's messages for what does not parse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.splitter import Piece, split


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement: its text as written, with the semicolon, and what it says."""

    text: str
    statement: ast.Statement
    line: int


def parse(text: str) -> list[Parsed]:
    """All statements of `text`. Raises KsqlSyntaxError at the first that is none."""
    return list(iter_parse(text))


def iter_parse(text: str) -> Iterator[Parsed]:
    """The statements of `text` one by one; raises KsqlSyntaxError only when it gets to a wrong one."""
    for piece in split(text):
        statement = parse_piece(piece)
        yield Parsed(piece.text, statement, piece.line)


def parse_one(text: str) -> ast.Statement:
    """The only statement of `text`. Raises KsqlSyntaxError where there is none or more than one."""
    parsed = parse(text)
    if len(parsed) != 1:
        raise KsqlSyntaxError(f"Expected one statement, got {len(parsed)}", 1, 1, text)
    return parsed[0].statement


def parse_piece(piece: Piece) -> ast.Statement:
    """One piece of a split text."""
    from clickstream_ksql import lalr  # Lark and its tables are loaded by who parses, not by who only could

    statement = lalr.statement_of(piece)
    if not piece.terminated:
        line, column = piece.end
        message = f"line {line}:{column}: Syntax Error\nmissing ';' at '<EOF>'"
        raise KsqlSyntaxError(message, line, column, piece.text)
    return statement
