"""Which items of a select list become the key of the result, and what ksqlDB says where one is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.ksqldb.codegen.rewriting import rewrite
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.model import Analysis, Item, describe
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.types.schema import SYSTEM_COLUMNS, WINDOW_COLUMNS, Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast


def bare(node: ast.Expression) -> ast.Expression:
    """An expression without its columns' sources."""
    return rewrite(node, lambda inner: ast.Column(inner.name) if isinstance(inner, ast.Column) else None)


@dataclass
class ResultKeys:
    """The key expressions that a query's operators leave, against its select list.

    `equivalents` are expressions equal to the only key; `written` has what stands for each in the query; `order` is set to the places of the keys that are kept where
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
    written: dict[ast.Expression, ast.Expression] = field(default_factory=dict[ast.Expression, ast.Expression])
    order: tuple[int, ...] | None = None
    missing: list[ast.Expression] = field(default_factory=list[ast.Expression])

    def split(self, typed: list[tuple[Item, Any]]) -> tuple[list[Column], list[tuple[Item, Any]]]:
        """Which items of the select list are key columns of the result.

        Raises:
            KsqlError: An item is there twice, or nothing is left for the value (see `check_present` for missing keys).
        """
        keys: list[Column] = []
        rest = list(typed)
        for expression, kind in self._written_order(typed):
            choices = [expression, *(self.equivalents if len(self.keys) == 1 else [])]
            chosen = next((choice for choice in choices if any(p[0].expression == choice for p in rest)), None)
            if chosen is None:
                self._absent(expression, kind, keys, rest)
                continue
            found = [pair for pair in rest if pair[0].expression == chosen]
            if len(found) > 1:
                raise self._twice(chosen, [item.name for item, _ in found])
            keys.append(Column(found[0][0].name, kind))
            rest.remove(found[0])
        if self.window is not None and not self.analysis.aggregates:
            rest = [p for p in rest if not (isinstance(p[0].expression, ast.Column) and p[0].name in WINDOW_COLUMNS)]
        names = {column.name for column in keys}
        rest = [pair for pair in rest if pair[0].name not in names]
        if not rest:
            raise refused("no_value_columns")
        return keys, rest

    def _absent(self, expression: ast.Expression, kind: SqlType, keys: list[Column], rest: list[Any]) -> None:
        """A key expression that is not in the projection."""
        if self.new_planner and not self.is_table:
            return
        implied = self._implied_key(expression, kind, rest)
        if implied is None:
            self.missing.append(expression)
        else:
            keys.append(implied)

    def check_present(self) -> None:
        """Raises KsqlError where the projection lacks a key."""
        if self.missing:
            raise self._missing_key()

    def _twice(self, expression: ast.Expression, names: list[str]) -> KsqlError:
        if self.analysis.aggregates:
            return refused("group_key_twice", names=listed([f"`{name}`" for name in names], " and "))
        key = names[0]
        if isinstance(expression, ast.Column) and expression.source:
            key = f"{expression.source}_{expression.name}" if self.analysis.is_join else expression.name
        return refused("key_twice", key=key, names=listed(sorted(names), " and "))

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
        chosen = [item.expression for item in self.items]
        missing = [f"`{key.name}`" for key, _ in self.keys if isinstance(key, ast.Column) and key not in chosen]
        columns = "columns" if len(missing) > 1 else "column"
        table = self.analysis.inputs[0].source.name
        return refused("primary_key_missing", columns=columns, table=table, names=", ".join(missing))

    def _missing_key(self) -> KsqlError:
        """What the projection lacks, in ksqlDB's words."""
        analysis = self.analysis
        if self.is_foreign and len(analysis.inputs) == 2:
            return self._missing_primary()
        more = ""
        if analysis.aggregates:
            missing = [self.written.get(key, key) for key in self.missing]
            what, shown, joined = "grouping expression", [describe(bare(key)) for key in missing], " and "
        elif analysis.partition_by is not None:
            what, shown, joined = "partitioning expression", [describe(key) for key in analysis.partition_by], " and "
        elif analysis.is_join:
            shown = [describe(key) for key in analysis.viable_keys] or [analysis.rowkey_name]
            what, joined = "join expression", " or "
            more = "" if analysis.viable_keys else (
                f"\n{analysis.rowkey_name} was added as a synthetic key column because the join criteria did not match any "
                "source column. This expression must be included in the projection and may be aliased. "
            )  # fmt: skip
        else:
            what, shown, joined = "key column", [describe(bare(key)) for key, _ in self.keys], " and "
        return refused(
            "key_missing", sink=self.name, what=what + ("s" if len(shown) > 1 else ""), keys=listed(shown, joined),
            example=shown[0] if joined == " or " else ", ".join(shown), more=more,
        )  # fmt: skip


def listed(names: list[str], last: str) -> str:
    """`names` with commas, and `last` before the last one."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + last + names[-1]


def check_unique(typed: list[tuple[Item, Any]], keys: list[Any]) -> None:
    """Raises KsqlError where two columns of a projection have one name, keys and values apart; or a type is null."""
    seen: set[tuple[bool, str]] = set()
    for item, found in typed:
        if found.type.name == "NULL":
            raise refused("null_type")
        is_key = item.expression in keys
        if (is_key, item.name) in seen:
            raise refused("duplicate_keys" if is_key else "duplicate_values", name=item.name, type=found.type)
        seen.add((is_key, item.name))
