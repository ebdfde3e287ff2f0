"""Which joins ksqlDB has: by the kinds of both sides, their keys, types, windows and partitions."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.model import Input, describe
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

_SHOWN = {
    "INNER": "[INNER] JOIN",
    "LEFT": "LEFT [OUTER] JOIN",
    "RIGHT": "RIGHT [OUTER] JOIN",
    "FULL": "[FULL] OUTER JOIN",
}


@dataclass(frozen=True, slots=True)
class JoinedLeft:
    """What a join has on its left: a source, or the joins before; `source` is the last one of it."""

    source: Input
    is_table: bool
    key: list[ast.Expression]  # expressions that equal its key; of a source alone, its key columns
    width: int


@dataclass(frozen=True, slots=True)
class Joining:
    """One step of a FROM clause."""

    join: ast.Join
    number: int
    left: JoinedLeft
    right: Input
    left_side: ast.Expression
    right_side: ast.Expression
    left_type: SqlType
    right_type: SqlType

    @property
    def right_key(self) -> list[ast.Column]:
        return [ast.Column(column.name, self.right.alias) for column in self.right.source.schema.keys]

    @property
    def is_on_right_key(self) -> bool:
        return [self.right_side] == self.right_key

    @property
    def is_on_left_key(self) -> bool:
        key = self.left.key
        return self.left_side in key and not (self.number == 0 and len(key) > 1)

    @property
    def condition(self) -> str:
        written = self.join.condition
        assert isinstance(written, ast.Comparison)
        return f"{describe(written.left)} = {describe(written.right)}"

    def named(self) -> dict[str, str]:
        """Both sides and the join, as ksqlDB's messages name them."""
        return {"left": self.left.source.source.name, "join": _SHOWN[self.join.kind], "right": self.right.source.name}


def check_logical(joining: Joining, count: int) -> bool:
    """Whether it is a foreign-key join, of `count` sources in all. Raises KsqlError as ksqlDB's logical planner."""
    left_is_table, right_is_table = joining.left.is_table, joining.right.source.is_table
    foreign = False
    if not left_is_table and right_is_table:
        if joining.join.kind == "FULL":
            raise refused("stream_table_outer", **joining.named())
        if not joining.is_on_right_key:
            raise refused("stream_table_key", condition=joining.condition)
    elif left_is_table and not right_is_table:
        raise refused("table_stream", **joining.named())
    elif left_is_table:
        if not joining.is_on_right_key:
            raise refused("table_table_key", condition=joining.condition)
        foreign = not joining.is_on_left_key
        if foreign and joining.join.kind == "FULL":
            raise refused("foreign_outer", **joining.named())
        if foreign and joining.number > 0:
            raise refused("foreign_nway", condition=joining.condition)
        _check_types(joining)
        if foreign and joining.right.source.window is not None:
            raise refused("foreign_windowed")
    if joining.left_type != joining.right_type:
        raise refused("join_key_types", left=joining.left_type, right=joining.right_type)
    return foreign


def has_map(kind: SqlType) -> bool:
    inner = (kind.element, *(field for _, field in kind.fields))
    return kind.name == "MAP" or any(has_map(each) for each in inner if each is not None)


def _check_types(joining: Joining) -> None:
    if joining.left_type == joining.right_type:
        return
    left, right = (describe(joining.left_side), joining.left_type), (describe(joining.right_side), joining.right_type)
    written = joining.join.condition
    assert isinstance(written, ast.Comparison)
    if written.left != joining.left_side:
        left, right = right, left
    raise refused("join_types", left=left[0], left_type=left[1], right=right[0], right_type=right[1])


def check_physical(joining: Joining, *, foreign: bool) -> list[KsqlError]:
    """What ksqlDB refuses when it builds the topology of a join, in its order."""
    left, right, within = joining.left, joining.right, joining.join.within
    found: list[KsqlError] = []
    counts = (left.source.source.partitions, right.source.partitions)
    if counts[0] != counts[1] and not foreign:
        found.append(
            refused(
                "copartitioning", left=left.source.alias, right=right.alias, left_count=counts[0], right_count=counts[1]
            )
        )
    if not foreign and has_map(joining.left_type):
        side = joining.left_side
        name = f"{side.source}_{side.name}" if isinstance(side, ast.Column) else f"{left.source.alias}_KSQL_COL_0"
        found.append(refused("map_key", name=name, type=joining.left_type))
    if not left.is_table and not right.source.is_table:
        if within is None:
            found.append(refused("no_within"))
        elif within.before + within.after < 0:
            found.append(refused("within_negative"))
        elif within.grace is not None and within.grace < 0:
            found.append(refused("window_grace"))
    elif within is not None:
        found.append(refused("within_table_table" if left.is_table else "within_stream_table"))
    if right.source.window is not None and _needs_repartition(joining):
        found.append(refused("windowed_repartition"))
    if not left.is_table and right.source.is_table and joining.join.kind == "RIGHT":
        found.append(refused("join_type", join=_SHOWN["RIGHT"]))
    if foreign and joining.join.kind == "RIGHT":
        found.append(refused("foreign_right"))
    return found


def _needs_repartition(joining: Joining) -> bool:
    """Whether a side has another key, or another key format, than the join."""
    left, right = joining.left.source.source, joining.right.source
    keyed = joining.left_side in joining.left.key and joining.is_on_right_key
    formats = [(side.key_format, side.window, side.window_size or 0) for side in (left, right)]
    return not keyed or formats[0] != formats[1]
