"""Which statements only read, which change something, and which stream rows."""

from __future__ import annotations

from enum import Enum

from clickstream_ksql import ast


class Effect(Enum):
    """What running a statement does."""

    READS = "reads"
    CHANGES = "changes"
    SESSION = "session"


def effect(statement: ast.Statement) -> Effect:
    """What `statement` does: read-only mode lets READS and SESSION through."""
    match statement:
        case ast.QueryStatement() | ast.Show() | ast.Describe() | ast.Print() | ast.Explain():
            return Effect.READS
        case ast.SetProperty() | ast.UnsetProperty() | ast.Define() | ast.Undefine() | ast.Assert():
            return Effect.SESSION
        case _:
            return Effect.CHANGES


def streams_rows(statement: ast.Statement) -> bool:
    """Whether the answer is rows from a query endpoint."""
    return isinstance(statement, ast.QueryStatement | ast.Print)


def is_push(statement: ast.Statement) -> bool:
    """Whether it is a push query (or PRINT), which ends only on LIMIT or when closed."""
    if isinstance(statement, ast.Print):
        return statement.limit is None
    return isinstance(statement, ast.QueryStatement) and statement.query.emit is not None
