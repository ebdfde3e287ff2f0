"""Which items of a select list become the key of the result, and what ksqlDB says where one is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.analysis import Analysis, Item, describe
from clickstream_embedded.ksqldb.planning.rewriting import rewrite
from clickstream_embedded.ksqldb.types.schema import SYSTEM_COLUMNS, WINDOW_COLUMNS, Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast


def bare(node: ast.Expression) -> ast.Expression:
    """An expression without its columns' sources."""
    return rewrite(node, lambda inner: ast.Column(inner.name) if isinstance(inner, ast.Column) else None)


@dataclass
class ResultKeys:
    """The key expressions that a query's operators leave, against its select list.

    `equivalents` are expressions equal to the only key; `order` is set to the places of the keys that are kept where
    the new planner has them in another order.
    """

    analysis: Analysis
    name: str
    items: list[Item]
    keys: list[tuple[ast.Expression, SqlType]]
    equivalents: list[ast.Expression]
    window: str | None
    is_table: bool
    is_foreign: bool
    new_planner: bool
    order: tuple[int, ...] | None = None

    def split(self, typed: list[tuple[Item, Any]]) -> tuple[list[Column], list[tuple[Item, Any]]]:
        """Which items of the select list are key columns of the result. Raises KsqlError where one is missing."""
        keys: list[Column] = []
        rest = list(typed)
        group_count = len(self.keys)
        for expression, kind in self._written_order(typed):
            choices = [expression, *(self.equivalents if group_count == 1 else [])]
            found = next((pair for choice in choices for pair in rest if pair[0].expression == choice), None)
            if found is None and self.new_planner and not self.is_table:
                continue
            if found is None:
                found = self._implied_key(expression, kind, rest)
                if found is None:
                    raise self._missing_key(expression)
                keys.append(found)
                continue
            keys.append(Column(found[0].name, kind))
            rest.remove(found)
            again = next((pair for pair in rest if pair[0].expression == found[0].expression), None)
            if again is not None:
                name = (
                    found[0].name
                    if not isinstance(expression, ast.Column) or expression.source == ""
                    else (f"{expression.source}_{expression.name}" if self.analysis.is_join else expression.name)
                )
                if self.analysis.aggregates:
                    names = " and ".join(f"`{each}`" for each in sorted((found[0].name, again[0].name)))
                    raise KsqlError(f"The projection contains a key column more than once: {names}.")
                raise KsqlError(
                    f"The projection contains a key column (`{name}`) more than once, aliased as: "
                    f"{' and '.join(sorted((found[0].name, again[0].name)))}.\n"
                    "Each key column must only be in the projection once. If you intended to copy the key into the "
                    "value, then consider using the AS_VALUE function to indicate which key reference should be copied."
                )
        if self.window is not None and not self.analysis.aggregates:
            rest = [p for p in rest if not (isinstance(p[0].expression, ast.Column) and p[0].name in WINDOW_COLUMNS)]
        if not rest:
            raise KsqlError("The projection contains no value columns.")
        return keys, rest

    def _written_order(self, typed: list[tuple[Item, Any]]) -> list[tuple[ast.Expression, SqlType]]:
        """The key columns; ksqlDB's new planner has them in the order of the projection."""
        if not self.new_planner:
            return self.keys
        places = {item.expression: number for number, (item, _) in enumerate(typed)}
        chosen = sorted(self.keys, key=lambda pair: places.get(pair[0], len(places)))
        if not self.is_table:
            chosen = [pair for pair in chosen if pair[0] in places]
        if chosen != self.keys:
            before = [expression for expression, _ in self.keys]
            self.order = tuple(before.index(expression) for expression, _ in chosen)
        return chosen

    def _implied_key(self, expression: ast.Expression, kind: SqlType, rest: list[Any]) -> Any:
        """`SELECT *` with PARTITION BY an expression: ksqlDB adds the key under a generated name."""
        if self.analysis.partition_by is None or not self.analysis.is_star:
            return None
        if isinstance(expression, ast.Column):
            return Column(expression.name, kind) if expression.name in SYSTEM_COLUMNS else None
        used = {item.name for item, _ in rest}
        if isinstance(expression, ast.Dereference):
            return Column(expression.field, kind)
        number = 0
        while f"KSQL_COL_{number}" in used:
            number += 1
        return Column(f"KSQL_COL_{number}", kind)

    def _missing_primary(self) -> KsqlError:
        """What a foreign-key join lacks: the key of its left table."""
        left = self.analysis.inputs[0].source
        chosen = [item.expression for item in self.items]
        missing = [f"`{key.name}`" for key, _ in self.keys if isinstance(key, ast.Column) and key not in chosen]
        many = "s" if len(missing) > 1 else ""
        return KsqlError(
            f"Primary key column{many} missing in projection. For foreign-key table-table joins, the projection must "
            f"include all primary key columns from the left input table (`{left.name}`). Missing column{many}: "
            f"{', '.join(missing)}."
        )

    def _missing_key(self, expression: ast.Expression) -> KsqlError:
        """What the projection lacks, in ksqlDB's words."""
        analysis = self.analysis
        if self.is_foreign and len(analysis.inputs) == 2:
            return self._missing_primary()
        if analysis.aggregates:
            what, keys, joined = "grouping expression", list(analysis.group_by or ()), " and "
        elif analysis.partition_by is not None:
            what, keys, joined = "partitioning expression", list(analysis.partition_by), " and "
        elif analysis.is_join:
            columns = [e for e in self.equivalents if isinstance(e, ast.Column)]
            what, keys, joined = "join expression", columns or [ast.Column("ROWKEY")], " or "
        else:
            what, keys, joined = "key column", [key for key, _ in self.keys], " and "
        keep_source = analysis.is_join or analysis.partition_by is not None
        shown = [describe(key if keep_source else bare(key)) for key in keys]
        listed = shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + joined + shown[-1]
        example = shown[0] if joined == " or " else ", ".join(shown)
        return KsqlError(
            "Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\nThe query used to build "
            f"`{self.name}` must include the {what}{'s' if len(shown) > 1 else ''} {listed} in its projection "
            f"(eg, SELECT {example}...)."
            + (
                "\nROWKEY was added as a synthetic key column because the join criteria did not match any source "
                "column. This expression must be included in the projection and may be aliased. "
                if shown == ["ROWKEY"]
                else ""
            )
        )
