"""What the stages of a plan share: the operators so far, and what is known of the rows that come out of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clickstream_embedded.ksqldb.codegen import batches
from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.operators.operator import (
    Filter,
    Operator,
    TableFilter,
)
from clickstream_embedded.ksqldb.planning.model import (
    Analysis,
)
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.planning.source_planner import From
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

OnError = Callable[[str, Exception], None]


class Building:
    """A plan in the making."""

    def __init__(self, analysis: Analysis, *, transient: bool, cached: bool, on_error: OnError, name: str) -> None:
        self._analysis = analysis
        self._transient = transient
        self._cached = cached
        self._on_error = on_error
        self._name = name
        self.new_planner = False
        self.limits: Mapping[str, int] = {}
        self.timestamp: tuple[Any, Any] = (None, None)
        self._later: list[KsqlError] = []  # see `From.later`
        self._written: dict[ast.Expression, ast.Expression] = {}
        self._key_order: tuple[int, ...] | None = None
        self._scope = analysis.scope
        self._items = list(analysis.items)
        self._from = From()
        # what is known of the rows so far: at first as FROM leaves them
        self._nodes: list[Operator] = []
        self._is_table = False
        self._window: str | None = None
        self._window_size: int | None = None
        self._keys: list[tuple[ast.Expression, SqlType]] = []
        self._equivalents: list[ast.Expression] = []

    def _add(self, tail: Operator, node: Operator) -> Operator:
        self._nodes.append(node)
        tail.then(node)
        return node

    def _filter(self, node: ast.Expression, clause: str, *, quiet: bool | None) -> Filter:
        """The filter of a stream where `quiet` is None, else of a table."""
        compiler = Compiler(self._scope, clause)
        typed = compiler.compile(node)
        if typed.type.name != "BOOLEAN":
            raise refused("filter_type", clause=clause, expression=compiler.scope.text(node), type=typed.type)
        predicate = compiler.function(typed)
        if quiet is None:
            return Filter(predicate, self._on_error, batches.passing(compiler, typed.source))
        passing = batches.table_passing(compiler, typed.source, quiet=quiet)
        return TableFilter(predicate, self._on_error, passing, quiet=quiet)
