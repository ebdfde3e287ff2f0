"""What the language refuses."""

from __future__ import annotations


class KsqlSyntaxError(ValueError):
    """The text is not a ksqlDB statement. Lines and columns count from 1, as in ksqlDB's own messages."""

    def __init__(self, message: str, line: int, column: int, statement: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.statement = statement
