"""Which Java type an expression has in the source that ksqlDB writes: where that does not compile, it is refused."""

from __future__ import annotations

from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

_NUMBERS = {"INTEGER": "int", "BIGINT": "long", "DOUBLE": "double"}
_CONDITIONS = (ast.Comparison, ast.Logical, ast.Not, ast.IsNull, ast.Between, ast.InList, ast.Like)


def primitive_name(node: ast.Expression, kind: SqlType) -> str | None:
    """The primitive type of `node`: literals, arithmetic and conditions have one, what is kept in an object has none.

    Args:
        node: The expression.
        kind: Its type in SQL; texts, decimals, times and whatever is structured are objects always.
    """
    if isinstance(node, _CONDITIONS):
        return "boolean"
    if isinstance(node, ast.Literal | ast.Arithmetic | ast.Negate | ast.Plus):
        return "boolean" if kind.name == "BOOLEAN" else _NUMBERS.get(kind.name)
    return None
