"""Session variables: `${name}` in a statement is replaced before it is parsed (ksqlDB's "Variable substitution").

Names are those of a request's `sessionVariables` and of the DEFINE statements before; case does not count. In a text in
quotes any value can stand, and `$${name}` stands for the text `${name}` there; outside of them a value is a name, a
number, a truth value or a text in quotes of its own: more of a statement than that cannot be put in by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import Parsed, parse
from clickstream_ksql.splitter import split

_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_]\w*)\}", re.ASCII)
_PART = re.compile(
    r"(?P<text>'(?:[^']|'')*(?:'|\Z))|(?P<kept>--[^\n]*|/\*.*?\*/|`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\")|(?P<variable>\$\{[A-Za-z_]\w*\})",
    re.DOTALL | re.ASCII,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_@]*")
_LITERAL = re.compile(r"'.*'|true|false|[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.DOTALL | re.IGNORECASE | re.ASCII)


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables replaced; `variables` by their names in upper case.

    Raises KsqlSyntaxError for a value that is none of what can stand outside of quotes, and for a variable there that
    is not known.
    """

    def within(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        value = variables.get(match[2].upper())
        return match[0] if value is None else _escaped(value)

    def part(match: re.Match[str]) -> str:
        if match["text"]:
            return _VARIABLE.sub(within, match["text"]) if variables else match["text"]
        if match["kept"]:
            return match["kept"]
        return _outside(match["variable"], variables, text, match.start())

    return _PART.sub(part, text)


def _escaped(value: str) -> str:
    """The value with its quotes doubled, but for those around it."""
    if _quoted(value, "'"):
        inner = value[1:-1].replace("''", "'")
        return f"'{_escaped(inner)}'"
    return value.replace("'", "''")


def _quoted(value: str, quote: str) -> bool:
    return len(value) > 1 and value[0] == quote == value[-1]


def _outside(variable: str, variables: Mapping[str, str], text: str, start: int) -> str:
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    place = f"Illegal argument at Line: {line}, Col: {column}."
    if not variables:  # ksqlDB then takes the reference itself for a name
        message = f"{place} Source names may only contain alphanumeric values, '_' or '-'. Got: '{variable.upper()}'"
        raise KsqlSyntaxError(message, line, column, text)
    value = variables.get(variable[2:-1].upper(), variable)
    if _LITERAL.fullmatch(value.strip()):
        return _escaped(value)
    if not _NAME.fullmatch(value[1:-1] if _quoted(value, "`") or _quoted(value, '"') else value):
        raise KsqlSyntaxError(
            f"{place} Identifier names cannot start with '@' and may only contain alphanumeric values and '_'. "
            f"Got: '{value}'", line, column, text,
        )  # fmt: skip
    return value


def known(given: Mapping[str, Any]) -> dict[str, str]:
    """A request's variables by their names in upper case."""
    return {name.upper(): str(value) for name, value in given.items()}


def statements(text: str, variables: dict[str, str]) -> Iterator[Parsed]:
    """The statements of a request, one by one: what one defines holds in those behind it. Raises KsqlSyntaxError."""
    if "${" not in text:  # line and column of an error count from the request's beginning
        for parsed in parse(text):
            _define(parsed.statement, variables)
            yield parsed
        return
    for piece in split(text):
        for parsed in parse(substitute(piece.text, variables)):
            _define(parsed.statement, variables)
            yield parsed


def _define(statement: ast.Statement, variables: dict[str, str]) -> None:
    if isinstance(statement, ast.Define):
        variables[statement.name.upper()] = statement.value
    elif isinstance(statement, ast.Undefine):
        variables.pop(statement.name.upper(), None)


def entity(text: str, given: Mapping[str, Any], before: Iterable[Parsed]) -> dict[str, Any]:
    """What SHOW VARIABLES answers behind other statements of its request: names as they were written."""
    held = {name.upper(): (name, str(value)) for name, value in given.items()}
    for statement in (parsed.statement for parsed in before):
        if isinstance(statement, ast.Define):
            held[statement.name.upper()] = (getattr(statement.name, "written", statement.name), statement.value)
        elif isinstance(statement, ast.Undefine):
            held.pop(statement.name.upper(), None)
    shown = [{"name": name, "value": value} for name, value in sorted(held.values())]
    return {"@type": "variables", "statementText": text, "variables": shown, "warnings": []}
