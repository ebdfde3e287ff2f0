"""What is done with Lark: a piece of text to its statement, and which words may come next."""

from __future__ import annotations

import functools
from importlib import resources

from lark import Lark, UnexpectedInput
from lark.exceptions import LarkError, VisitError

from clickstream_ksql import ast, tables
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.keywords import KEYWORDS, NON_RESERVED, RESERVED
from clickstream_ksql.splitter import Piece
from clickstream_ksql.syntax_errors import explain
from clickstream_ksql.transformer import StatementBuilder


def grammar_text() -> str:
    """The whole grammar in Lark's language: the file's rules, and those that the keywords make."""
    text = resources.files("clickstream_ksql").joinpath("grammar.lark").read_text("utf-8")
    reserved = "|".join(sorted(RESERVED))
    lines = [f"{word}.1: /{word}(?![A-Za-z0-9_@])/i" for word in sorted(KEYWORDS)]
    lines.append(f"IDENTIFIER: /(?!(?:{reserved})(?![A-Za-z0-9_@]))[A-Za-z_][A-Za-z0-9_@]*/i")
    lines.append("!non_reserved: " + " | ".join(sorted(NON_RESERVED)))
    # these words open the next clause where an alias without AS could stand
    words = sorted(NON_RESERVED - {"PARTITION", "EMIT"})
    lines.append("!alias_word: " + " | ".join(words))
    return text + "\n" + "\n".join(lines) + "\n"


@functools.cache
def grammar() -> Lark:
    """The parser itself, loaded once a process."""
    return tables.load(grammar_text())


def statement_of(piece: Piece) -> ast.Statement:
    """What a piece of a split text says. Raises KsqlSyntaxError."""
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
    return statement


def accepted(text: str) -> set[str] | None:
    """The terminals that may come after `text`; None where it is wrong already."""
    parser = grammar().parse_interactive(text)
    try:
        parser.exhaust_lexer()
        return set(parser.accepts())
    except LarkError:
        return None
