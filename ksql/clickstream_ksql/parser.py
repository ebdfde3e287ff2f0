"""Text to statements, with ksqlDB's messages for what does not parse."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from lark import Lark, UnexpectedInput
from lark.exceptions import VisitError

from clickstream_ksql import ast, tables
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.keywords import KEYWORDS, NON_RESERVED, RESERVED
from clickstream_ksql.splitter import Piece, split
from clickstream_ksql.syntax_errors import explain
from clickstream_ksql.transformer import StatementBuilder


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement: its text as written, with the semicolon, and what it says."""

    text: str
    statement: ast.Statement
    line: int


def _grammar() -> str:
    text = resources.files("clickstream_ksql").joinpath("grammar.lark").read_text("utf-8")
    reserved = "|".join(sorted(RESERVED))
    lines = [f"{word}.1: /{word}(?![A-Za-z0-9_@])/i" for word in sorted(KEYWORDS)]
    lines.append(f"IDENTIFIER: /(?!(?:{reserved})(?![A-Za-z0-9_@]))[A-Za-z_][A-Za-z0-9_@]*/i")
    lines.append("!non_reserved: " + " | ".join(sorted(NON_RESERVED)))
    # these words open the next clause where an alias without AS could stand
    words = sorted(NON_RESERVED - {"WINDOW", "WITHIN", "PARTITION", "EMIT"})
    lines.append("!alias_word: " + " | ".join(words))
    return text + "\n" + "\n".join(lines) + "\n"


@functools.cache
def grammar() -> Lark:
    """The parser itself, loaded once a process; its tables also serve completion."""
    return tables.load(_grammar())


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
    try:
        tree = grammar().parse(piece.text)
        statement = StatementBuilder(piece.line, piece.column, piece.text).transform(tree)
    except UnexpectedInput as error:
        raise explain(grammar(), piece) from error
    except VisitError as error:
        if isinstance(error.orig_exc, KsqlSyntaxError):
            raise error.orig_exc from error
        raise
    assert isinstance(statement, ast.Statement)
    if not piece.terminated:
        line, column = piece.end
        message = f"line {line}:{column}: Syntax Error\nmissing ';' at '<EOF>'"
        raise KsqlSyntaxError(message, line, column, piece.text)
    return statement
