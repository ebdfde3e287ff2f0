"""What ksqlDB says of a text that does not parse.

ksqlDB's parser (ANTLR 4) tells apart: an alternative that no statement has, a token too many, a token that is missing,
and any other token than those expected, which it lists while they are few. Lark's parser knows only what it would have
accepted; from that, the token, and the one behind it, the same four follow.
"""

from __future__ import annotations

import re

from lark import Lark, Token
from lark.exceptions import LarkError
from lark.parsers.lalr_interactive_parser import InteractiveParser

from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.keywords import KEYWORDS, NON_RESERVED, RESERVED
from clickstream_ksql.splitter import Piece

_STATEMENTS = (
    "SELECT", "CREATE", "INSERT", "DESCRIBE", "PRINT", "EXPLAIN", "SHOW", "LIST", "TERMINATE", "PAUSE", "RESUME", "DROP",
    "SET", "DEFINE", "UNDEFINE", "UNSET", "ASSERT", "ALTER",
)  # fmt: skip
_SYMBOLS = {
    "$END": "<EOF>", "SEMICOLON": "';'", "COMMA": "','", "LPAR": "'('", "RPAR": "')'", "DOT": "'.'", "LSQB": "'['",
    "RSQB": "']'", "STRING_WORD": "'STRING'", "STAR": "'*'", "EQ": "'='", "MINUS": "'-'", "PLUS": "'+'",
    "MORETHAN": "'>'", "LESSTHAN": "'<'",
}  # fmt: skip
_UNITS = (
    "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS",
)  # fmt: skip
# what may follow a whole operand without having to: ANTLR goes on to what must follow
_AFTER_OPERAND = frozenset(
    (
        "AND", "AT", "OR", "IS", "NOT", "IN", "LIKE", "BETWEEN", "ESCAPE", "AS", "DOT", "LSQB", "LPAR", "EQ", "PLUS", "MINUS", "STAR",
        "SLASH", "PERCENT", "IDENTIFIER", "QUOTED_IDENTIFIER", "BACKQUOTED_IDENTIFIER", "DIGIT_IDENTIFIER", "MORETHAN",
        "LESSTHAN", "STRING",
    )
)  # fmt: skip
_CONSTRAINTS = frozenset(("KEY", "PRIMARY", "HEADER", "HEADERS"))
_FEW = 3  # ksqlDB lists what it expected up to so many, counted by commas


class _Failure:
    """A text up to the token that the parser did not take."""

    def __init__(self, grammar: Lark, text: str) -> None:
        self.before: list[Token] = []
        self.token: Token | None = None
        self.behind: Token | None = None
        self._parser: InteractiveParser = grammar.parse_interactive(text)
        lexed = self._parser.lexer_thread.lex(self._parser.parser_state)
        try:
            for token in lexed:
                if token.type not in self._parser.accepts():
                    self.token = token
                    break
                self._parser.feed_token(token)
                self.before.append(token)
            self.expected = self._parser.accepts()
        except LarkError as error:
            self.expected = self._parser.accepts()
            self._at(error, text)
        if self.token is not None:
            rest = grammar.lex(text[(self.token.start_pos or 0) + len(self.token) :], dont_ignore=False)
            try:
                self.behind = next(iter(rest), None)
            except LarkError:
                self.behind = None

    def _at(self, error: LarkError, text: str) -> None:
        token = getattr(error, "token", None)
        position = getattr(error, "pos_in_stream", None)
        if isinstance(token, Token) and token.type != "$END":
            self.token = token
        elif position is not None and position < len(text):
            word = re.match(r"\w+|\S", text[position:])
            line, start = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position) + 1
            self.token = Token("?", word.group() if word else "", position, line, position - start + 1)

    def takes_after(self, name: str) -> bool:
        """Whether the token would be taken with one of `name` before it."""
        if self.token is None:
            return False
        other = self._parser.copy()
        try:
            other.feed_token(Token(name, name))
        except LarkError:
            return False
        kinds = {self.token.type}
        if self.token.upper() not in RESERVED and re.fullmatch(r"[A-Za-z_]\w*", self.token):
            kinds.add("IDENTIFIER")
        return bool(kinds & other.accepts())


def explain(grammar: Lark, piece: Piece) -> KsqlSyntaxError:
    """The error of a piece that does not parse."""
    failure = _Failure(grammar, piece.text)
    token = failure.token
    if token is None:
        line, column = piece.end
        said = "Syntax error at or near \";\"\n'}', ']', or ')' is missing"
        return KsqlSyntaxError(f"line {line}:{column}: Syntax Error\n{said}", line, column, piece.text)
    line = piece.line + (token.line or 1) - 1
    column = (token.column or 1) + (piece.column - 1 if token.line == 1 else 0)
    said = _said(failure, token, f"{line}:{column}")
    return KsqlSyntaxError(f"line {line}:{column}: Syntax Error\n{said}", line, column, piece.text)


def unknown_statement(word: str) -> str:
    """What is said of a statement that begins with no statement's word."""
    near = min(_STATEMENTS, key=lambda known: _distance(known, word.upper()))
    return f"Unknown statement '{word}'\nDid you mean '{near}'?"


def _said(failure: _Failure, token: Token, place: str) -> str:
    if not failure.before:
        return unknown_statement(str(token))
    required = _required(failure.expected)
    extraneous = failure.behind is not None and failure.behind.type in failure.expected
    if extraneous and (token.upper() in RESERVED or token.upper() == "EXTENDED"):
        return (
            f'"{token}" is a reserved keyword and it can\'t be used as an identifier.'
            f" You can use it as an identifier by escaping it as '{token}' "
        )
    if _is_undecided([str(each).upper() for each in failure.before]):
        return f"Syntax error at or near '{token}' at line {place}"
    listed = _listed(required)
    is_one = len(required) == 1 or (bool(required) and required <= set(_UNITS))
    if not extraneous and is_one and failure.takes_after(next(iter(required))):
        return f"missing {listed} at '{token}'"
    return f"Expecting {listed}" if required and len(listed.split(",")) <= _FEW else ""


def _required(expected: set[str]) -> set[str]:
    """What had to follow, without what only could."""
    found = set(expected)
    if {"AND", "OR"} <= found:
        found -= _AFTER_OPERAND
        found = {name for name in found if name not in NON_RESERVED and not name.startswith("__ANON")}
    if {"COMMA", "RPAR"} <= found and "KEY" in found:
        found = {"COMMA", "RPAR"}
    if "SEMICOLON" in found and "WHERE" not in found:
        found = {"SEMICOLON"}  # behind a whole statement nothing has to follow but its end
    if found in ({"INTEGER_VALUE"}, {"INTEGER_VALUE", "MINUS"}):
        found = {"INTEGER_VALUE", "DECIMAL_VALUE", "FLOAT_VALUE", "MINUS"}  # ksqlDB's grammar has any number there
    if "IDENTIFIER" in found and "QUOTED_IDENTIFIER" not in found:
        return {"IDENTIFIER"}  # the name of a variable
    if "IDENTIFIER" in found:
        found |= {"NULL"}  # a name can be many tokens: too many to be listed
        found |= {"QUOTED_IDENTIFIER", "BACKQUOTED_IDENTIFIER", "DIGIT_IDENTIFIER"}
    return found


def _is_undecided(words: list[str]) -> bool:
    """Whether what was read could still be of several kinds of statement."""
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first == "CREATE":
        if second in ("TYPE", "SINK") or "CONNECTOR" in words[1:3]:
            return False
        head = words[: words.index("WITH")] if "WITH" in words else words
        return "AS" not in words and "(" not in head and not ("SOURCE" in words[1:4] and len(words) > 3)
    if first == "INSERT":
        return len(words) > 2 and not {"SELECT", "VALUES", "WITH", "("} & set(words)
    return len(words) == 1 and first in (
        "DROP",
        "SHOW",
        "LIST",
        "TERMINATE",
        "PAUSE",
        "RESUME",
        "ALTER",
        "ASSERT",
        "DESCRIBE",
    )


def _listed(names: set[str]) -> str:
    symbols, units = list(_SYMBOLS), list(_UNITS)

    def order(name: str) -> tuple[int, int, str]:
        if name in _SYMBOLS:
            return 0, symbols.index(name), name
        return (1, units.index(name), name) if name in _UNITS else (1 if name in KEYWORDS else 2, 0, name)

    shown = [_SYMBOLS.get(name) or (f"'{name}'" if name in KEYWORDS else name) for name in sorted(names, key=order)]
    return shown[0] if len(shown) == 1 else "{" + ", ".join(shown) + "}"


def _distance(a: str, b: str) -> int:
    """Levenshtein's."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
