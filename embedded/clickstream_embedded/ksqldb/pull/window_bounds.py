"""The bounds of windows that a pull query by key names, by ksqlDB's `WindowBoundsExtractor`."""

from __future__ import annotations

from collections.abc import Callable

from clickstream_embedded.ksqldb.codegen.comparisons import NAMES
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types.java_time.sql import parse_timestamp
from clickstream_ksql import ast, formatter

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class WindowBounds:
    """What is bound of one alternative of a condition: each bound once, an equality alone."""

    def __init__(self, refused: Callable[[str], KsqlError]) -> None:
        self._refused = refused
        self._seen: set[tuple[str, str]] = set()

    def add(self, node: ast.Comparison, name: str, value: ast.Expression) -> None:
        """Takes one comparison with WINDOWSTART or WINDOWEND (`name`). Raises KsqlError."""
        self._check_moment(value)
        operator = node.operator if node.left == ast.Column(name) else _FLIPPED.get(node.operator, node.operator)
        bound = operator[0]
        twice = (name, bound) in self._seen
        self._seen.add((name, bound))
        if (name, "=") in self._seen and {(name, "<"), (name, ">")} & self._seen:
            shown = formatter.expression(node)
            raise self._refused(f"`{shown}` cannot be combined with other `{name}` bounds")
        if twice:
            raise self._refused(f"Duplicate `{name}` bounds on: {NAMES[bound]}")

    def _check_moment(self, value: ast.Expression) -> None:
        if not isinstance(value, ast.Literal):
            return
        if isinstance(value.value, str):
            try:
                parse_timestamp(value.value)
            except ValueError:
                raise self._refused(f"Failed to parse datetime: {value.value}") from None
        elif isinstance(value.value, bool) or not isinstance(value.value, int):
            raise self._refused("Window bounds must resolve to an INT, BIGINT, or STRING containing a datetime.")
