"""The columns that expressions may name, and what an expression becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clickstream_embedded.ksqldb.codegen.rewriting import rewrite
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast, formatter


@dataclass(frozen=True, slots=True)
class Typed:
    """Python source of an expression, and its type.

    `nullable`: it may come to None. `atom`: it is a name, a constant or a column, which costs nothing to write twice and
    never fails. `caught`: where it fails it is null, as a CAST, and what stands around it goes on.
    """

    source: str
    type: SqlType
    nullable: bool = True
    atom: bool = False
    caught: bool = False


@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """A column that expressions may name: its source's alias, its place in the row tuple."""

    alias: str
    name: str
    type: SqlType
    index: int


class Scope:
    """The columns in reach of a clause."""

    def __init__(
        self,
        columns: list[ScopeColumn],
        custom_types: Mapping[str, SqlType] | None = None,
        shown: Mapping[str, str] | None = None,
    ) -> None:
        self.columns = columns
        self.shown = dict(shown or {})  # what messages call columns that no statement names
        self.custom_types = dict(custom_types or {})
        self._by_name: dict[str, list[ScopeColumn]] = {}
        for column in columns:
            self._by_name.setdefault(column.name, []).append(column)

    @property
    def aliases(self) -> set[str]:
        return {column.alias for column in self.columns}

    def text(self, node: ast.Expression) -> str:
        """An expression as messages show it: columns without their sources, in a join as `SOURCE_COLUMN`."""
        many = len(self.aliases - {""}) > 1

        def change(inner: ast.Expression) -> ast.Expression | None:
            if not isinstance(inner, ast.Column) or inner.source is None:
                return None
            if inner.source:
                return ast.Column(f"{inner.source}_{inner.name}" if many else inner.name)
            return ast.Column(self.shown.get(inner.name, inner.name))

        return formatter.expression(rewrite(node, change))

    def find(self, node: ast.Column, clause: str) -> ScopeColumn:
        """The column that `node` names. Raises KsqlError where there is none or more than one."""
        found = self._by_name.get(node.name, [])
        if node.source is not None:
            found = [column for column in found if column.alias == node.source]
        if len(found) == 1:
            return found[0]
        shown = formatter.expression(node)
        where = "" if node.position is None else f"Line: {node.position[0]}, Col: {node.position[1]}: "
        if not found:
            if node.source is not None and node.source not in self.aliases:
                raise KsqlError(f"'{node.source}' is not a valid stream/table name or alias.")
            why = ""
            if clause == "PARTITION BY":
                why = f" '{shown}' must be a column in the source schema since PARTITION BY is applied on the input."
            raise KsqlError(f"{where}{clause} column '{shown}' cannot be resolved.{why}")
        choices = " or ".join(f"{c.alias}.{formatter.name(c.name)}" for c in found)
        raise KsqlError(f"{where}Column '{shown}' is ambiguous. Could be {choices}.")
