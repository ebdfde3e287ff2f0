"""What a SELECT means, once its names are resolved."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from clickstream_embedded.ksqldb.codegen.rewriting import walk
from clickstream_embedded.ksqldb.codegen.scope import Scope
from clickstream_embedded.ksqldb.functions.aggregates import AGGREGATES
from clickstream_embedded.ksqldb.functions.tables import TABLE_FUNCTIONS
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.types.schema import PSEUDO_COLUMNS, WINDOW_COLUMNS
from clickstream_embedded.ksqldb.types.sql_types import BIGINT, INTEGER, SqlType
from clickstream_ksql import ast, formatter


@dataclass(frozen=True, slots=True)
class Input:
    """One source of a query under its alias; its internal row starts at `offset` of a joined row.

    An internal row is the value columns, ROWTIME, ROWPARTITION, ROWOFFSET, the window's bounds where there is one,
    and the key columns. Of value columns that are not `wanted` it may hold nothing; None wants all.
    """

    alias: str
    source: DataSource
    offset: int
    wanted: frozenset[str] | None = None

    @property
    def columns(self) -> list[tuple[str, SqlType]]:
        pseudo = [(name, INTEGER if name == "ROWPARTITION" else BIGINT) for name in PSEUDO_COLUMNS]
        window = [(name, BIGINT) for name in WINDOW_COLUMNS] if self.source.window else []
        schema = self.source.schema
        return [(c.name, c.type) for c in schema.values] + pseudo + window + [(c.name, c.type) for c in schema.keys]

    @property
    def width(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class Item:
    """A select item with its output name, fully resolved."""

    expression: ast.Expression
    name: str


@dataclass
class Analysis:
    """A query with names resolved; `items` is the expanded select list."""

    query: ast.Query
    inputs: list[Input]
    scope: Scope
    items: list[Item] = field(default_factory=list[Item])
    group_by: tuple[ast.Expression, ...] | None = None
    partition_by: tuple[ast.Expression, ...] | None = None
    where: ast.Expression | None = None
    having: ast.Expression | None = None
    joins: list[ast.Join] = field(default_factory=list[ast.Join])
    is_star: bool = False
    rowkey: ast.Expression | None = None  # the key of a join that no column of a source gives
    rowkey_name: str = "ROWKEY"
    viable_keys: list[ast.Column] = field(default_factory=list[ast.Column])  # that can stand for a join's key
    is_one_group: bool = False  # whether it aggregates without GROUP BY
    transient: bool = False

    @property
    def is_join(self) -> bool:
        return len(self.inputs) > 1

    @property
    def is_foreign(self) -> bool:
        """Whether it is a table-table join on a column that is not the left table's key."""
        if len(self.inputs) != 2 or not all(each.source.is_table for each in self.inputs):
            return False
        condition, left = self.joins[0].condition, self.inputs[0]
        assert isinstance(condition, ast.Comparison)
        keys = [ast.Column(column.name, left.alias) for column in left.source.schema.keys]
        return len(keys) > 1 or not any(side in keys for side in (condition.left, condition.right))

    @property
    def aggregates(self) -> bool:
        return self.group_by is not None

    def columns_of(self, side: Input) -> frozenset[str] | None:
        """The columns of a source that the query names, None where all of its rows are kept: a table's, as a query that
        replaces this one goes on with them, and those of a join of streams."""
        others = [each for each in self.inputs if each is not side]
        if side.source.is_table or not all(each.source.is_table for each in others):
            return None
        conditions = (join.condition for join in self.joins)
        parts = (
            *(item.expression for item in self.items), self.group_by, self.partition_by, self.where, self.having,
            *conditions, self.rowkey, *self.viable_keys,
        )  # fmt: skip
        return frozenset(node.name for part in parts for node in walk(part) if isinstance(node, ast.Column))

    def canonical(self) -> ast.Query:
        """The query as ksqlDB shows it: columns qualified, every item with its name."""
        items = tuple(ast.SelectItem(i.expression, None if self._keeps_own_name(i) else i.name) for i in self.items)
        return dataclasses.replace(
            self.query, items=items, where=self.where, having=self.having, group_by=self.group_by,
            partition_by=self.partition_by, joins=tuple(self.joins), emit=self.query.emit or "CHANGES",
        )  # fmt: skip

    @staticmethod
    def _keeps_own_name(item: Item) -> bool:
        return (
            isinstance(item.expression, ast.Column)
            and item.expression.source is None
            and (item.expression.name == item.name)
        )


def is_aggregate(node: ast.Expression) -> bool:
    return isinstance(node, ast.Call) and node.name in AGGREGATES


def is_table_function(node: ast.Expression) -> bool:
    return isinstance(node, ast.Call) and node.name in TABLE_FUNCTIONS


def describe(node: ast.Expression) -> str:
    """An expression as error messages show it."""
    return formatter.expression(node)
