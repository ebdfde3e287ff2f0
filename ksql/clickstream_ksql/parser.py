"""Text to statements, with ksqlDB's messages for what does not parse."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.keywords import KEYWORDS, NON_RESERVED, RESERVED
from clickstream_ksql.splitter import Piece, split
from clickstream_ksql.transformer import StatementBuilder

_STARTERS = [
    "LIST",
    "SHOW",
    "DESCRIBE",
    "PRINT",
    "TERMINATE",
    "PAUSE",
    "RESUME",
    "SET",
    "UNSET",
    "ALTER",
    "DEFINE",
    "UNDEFINE",
    "EXPLAIN",
    "RUN",
    "CREATE",
    "INSERT",
    "DROP",
    "ASSERT",
    "SELECT",
]


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
    """The parser itself, built once; its tables also serve completion."""
    return Lark(_grammar(), parser="lalr", lexer="contextual", maybe_placeholders=False, propagate_positions=False)


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
    if not piece.terminated:
        line, column = piece.end
        message = f"line {line}:{column}: Syntax Error\nmissing ';' at '<EOF>'"
        raise KsqlSyntaxError(message, line, column, piece.text)
    try:
        tree = grammar().parse(piece.text)
        statement = StatementBuilder(piece.line, piece.column).transform(tree)
    except UnexpectedInput as error:
        raise _explain(error, piece) from error
    except VisitError as error:
        if isinstance(error.orig_exc, KsqlSyntaxError):
            raise error.orig_exc from error
        raise
    assert isinstance(statement, ast.Statement)
    return statement


def _explain(error: UnexpectedInput, piece: Piece) -> KsqlSyntaxError:
    row, column = error.line, error.column
    if row < 1:  # the end of the text
        row = piece.text.count("\n") + 1
        column = len(piece.text) - (piece.text.rfind("\n") + 1)
    line = piece.line + row - 1
    if row == 1:
        column += piece.column - 1
    where = f"line {line}:{column}: Syntax Error"
    first = re.match(r"\s*(\w+)", piece.text)
    word = first.group(1) if first else ""
    if word.upper() not in _STARTERS or (isinstance(error, UnexpectedToken) and _is_first(error, piece)):
        near = difflib.get_close_matches(word.upper(), _STARTERS, 1)
        hint = f"\nDid you mean '{near[0]}'?" if near and near[0] != word.upper() else ""
        return KsqlSyntaxError(f"{where}\nUnknown statement '{word}'{hint}", line, column, piece.text)
    return KsqlSyntaxError(f"{where}\n{_detail(error, piece.text)}", line, column, piece.text)


def _is_first(error: UnexpectedToken, piece: Piece) -> bool:
    position = error.pos_in_stream
    return position is not None and not piece.text[:position].strip()


def _detail(error: UnexpectedInput, text: str) -> str:
    if isinstance(error, UnexpectedToken):
        token = error.token
        expected = set(error.accepts or error.expected)
    else:
        assert isinstance(error, UnexpectedCharacters)
        position = error.pos_in_stream or 0
        word = re.match(r"\w+|\S", text[position:])
        token = Token("?", word.group() if word else "<EOF>")
        expected = set(error.allowed)
    value = str(token) or "<EOF>"
    upper = value.upper()
    if upper in RESERVED and "IDENTIFIER" in expected:
        return (
            f'"{value}" is a reserved keyword and it can\'t be used as an identifier.'
            " You can use it as an identifier by escaping it as 'x' "
        )
    names = sorted(_readable(name) for name in expected if name not in NON_RESERVED or len(expected) <= 6)
    if len(names) == 1:
        return f"Expecting {names[0]}"
    if expected == {"$END", "SEMICOLON"} or expected == {"SEMICOLON"}:
        return "Expecting ';'"
    if 1 < len(names) <= 12:
        return "Expecting {" + ", ".join(names) + "}"
    return f"mismatched input '{value}'"


_SYMBOLS = {
    "SEMICOLON": "';'", "LPAR": "'('", "RPAR": "')'", "COMMA": "','", "$END": "<EOF>", "DOT": "'.'", "STAR": "'*'",
    "EQ": "'='", "LSQB": "'['", "RSQB": "']'", "STRING": "STRING", "STRING_WORD": "'STRING'", "MINUS": "'-'", "PLUS": "'+'",
}  # fmt: skip


def _readable(name: str) -> str:
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    return f"'{name}'" if name in KEYWORDS else name
