"""What streams and tables, and the names that a query gives them, may be called."""

from __future__ import annotations

import re

from clickstream_ksql.errors import KsqlSyntaxError

_VALID = re.compile(r"[A-Za-z0-9_-]+")


def check_source_name(name: str) -> str:
    """The name of a source as it is, where ksqlDB's statement builder takes it.

    Args:
        name: As it counts; one of the parser knows its `position`, (line, column) from 1.

    Returns:
        The same name.

    Raises:
        KsqlSyntaxError: It holds anything but letters, digits, `_` and `-`, also in quotes.
    """
    if _VALID.fullmatch(name):
        return name
    line, column = getattr(name, "position", (1, 1))
    raise KsqlSyntaxError(
        f"Illegal argument at Line: {line}, Col: {column}. "
        f"Source names may only contain alphanumeric values, '_' or '-'. Got: '{name}'",
        line,
        column,
    )
