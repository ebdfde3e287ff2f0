"""Session variables: `${name}` in a statement is replaced before it is parsed (ksqlDB's "Variable substitution").

Names are those of a request's `sessionVariables` and of the DEFINE statements before; case does not count. `$${name}`
stands for the text `${name}`; a variable that is not known is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clickstream_ksql import ast
from clickstream_ksql.parser import Parsed, parse
from clickstream_ksql.splitter import split

_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_]\w*)\}", re.ASCII)


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables replaced; `variables` by their names in upper case."""

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        return variables.get(match[2].upper(), match[0])

    return _VARIABLE.sub(value, text)


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
