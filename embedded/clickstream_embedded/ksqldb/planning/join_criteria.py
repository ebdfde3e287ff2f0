"""JOIN ... ON: what a condition may be, and which columns can stand for the key of the result."""

from __future__ import annotations

import dataclasses

from clickstream_embedded.ksqldb.codegen.rewriting import walk
from clickstream_embedded.ksqldb.planning.model import Input, describe
from clickstream_embedded.ksqldb.planning.names import Resolver
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_ksql import ast


def is_equality(node: ast.Expression) -> bool:
    return isinstance(node, ast.Comparison) and node.operator == "="


def check_criteria(join: ast.Join, known: list[Input], resolver: Resolver) -> ast.Join:
    """The join with its condition resolved, the new source on its right side; `known` ends with that source.

    Raises:
        KsqlError: in the words and in the order of ksqlDB's analyzer.
    """
    condition = resolver.qualified(join.condition)
    if not isinstance(condition, ast.Comparison):
        if isinstance(condition, ast.Logical) and is_equality(condition.left) and is_equality(condition.right):
            raise refused("many_conditions", condition=describe(condition))
        raise refused("join_expression", condition=describe(condition))
    if not is_equality(condition):
        raise refused("join_not_equality")
    resolved = resolver.join_condition(condition)
    assert isinstance(resolved, ast.Comparison)
    sides = (resolved.left, resolved.right)
    sources = [list(dict.fromkeys(n.source for n in walk(s) if isinstance(n, ast.Column) and n.source)) for s in sides]
    for side, named in zip(sides, sources, strict=True):
        if len(named) != 1:
            raise refused("join_side", side=describe(side), condition=describe(resolved))
    left, right = str(sources[0][0]), str(sources[1][0])
    if left == right:
        raise refused("join_same_source", left=left, right=right)
    _check_windows(*(next(each for each in known if each.alias == alias) for alias in (left, right)))
    new = known[-1].alias
    if new not in (left, right):
        raise refused("join_other_source", source=new, left=left, right=right)
    return dataclasses.replace(join, condition=resolved)


def _check_windows(left: Input, right: Input) -> None:
    """Which windowed sources may be joined."""
    a, b = left.source.window, right.source.window
    if (a is None) != (b is None):
        raise refused(
            "join_windowed", left=left.alias, left_window=a or "not", right=right.alias, right_window=b or "not"
        )
    if a is not None and (a == "SESSION") != (b == "SESSION"):
        raise refused("join_windows", left=a, right=b)


def key_columns(joins: list[ast.Join]) -> list[ast.Column]:
    """The columns that can stand for the key of a chain of joins, by ksqlDB's join tree (empty: none can)."""
    equal: set[ast.Expression] = set()
    viable: list[ast.Column] = []
    for join in joins:
        condition = join.condition
        assert isinstance(condition, ast.Comparison)
        if join.kind == "FULL":
            equal, viable = set(), []
            continue
        left, right = sides(join)
        both = {left, right}
        equal = both | equal if both & equal else both
        chosen = [*viable, *(side for side in (left, right) if isinstance(side, ast.Column))]
        viable = [column for column in dict.fromkeys(chosen) if column in equal]
    return viable


def sides(join: ast.Join) -> tuple[ast.Expression, ast.Expression]:
    """(of the sources before, of the new source): the sides of a checked condition, turned where it was written so."""
    condition = join.condition
    assert isinstance(condition, ast.Comparison)
    new = join.relation.alias
    if any(isinstance(node, ast.Column) and node.source == new for node in walk(condition.left)):
        return condition.right, condition.left
    return condition.left, condition.right
