"""The WHERE clause of a pull query as a disjunction of conjunctions, by ksqlDB's `PullQueryRewriter`.

BETWEEN becomes two comparisons, IN a disjunction of equalities; NOT is moved inwards, AND is distributed over OR.
"""

from __future__ import annotations

from collections.abc import Iterator

from clickstream_ksql import ast


def normal_form(where: ast.Expression) -> ast.Expression:
    """The condition rewritten."""
    return _distributed(_negations_inwards(_plain(where), negated=False))


def disjuncts(node: ast.Expression) -> Iterator[ast.Expression]:
    """The alternatives of a condition in its normal form."""
    return _parts(node, "OR")


def conjuncts(node: ast.Expression) -> Iterator[ast.Expression]:
    """The conditions that all have to hold."""
    return _parts(node, "AND")


def _parts(node: ast.Expression, operator: str) -> Iterator[ast.Expression]:
    if isinstance(node, ast.Logical) and node.operator == operator:
        yield from _parts(node.left, operator)
        yield from _parts(node.right, operator)
    else:
        yield node


def _plain(node: ast.Expression) -> ast.Expression:
    match node:
        case ast.Logical(operator, left, right):
            return ast.Logical(operator, _plain(left), _plain(right))
        case ast.Not(operand):
            return ast.Not(_plain(operand))
        case ast.Between(operand, low, high, negated):
            within = ast.Logical("AND", ast.Comparison(">=", operand, low), ast.Comparison("<=", operand, high))
            return ast.Not(within) if negated else within
        case ast.InList(operand, items, negated):
            *before, last = (ast.Comparison("=", operand, item) for item in items)
            among: ast.Expression = last
            for each in reversed(before):
                among = ast.Logical("OR", each, among)
            return ast.Not(among) if negated else among
        case _:
            return node


def _negations_inwards(node: ast.Expression, *, negated: bool) -> ast.Expression:
    match node:
        case ast.Not(operand):
            return _negations_inwards(operand, negated=not negated)
        case ast.Logical(operator, left, right):
            other = "OR" if operator == "AND" else "AND"
            parts = [_negations_inwards(each, negated=negated) for each in (left, right)]
            return ast.Logical(other if negated else operator, *parts)
        case _:
            return ast.Not(node) if negated else node


def _distributed(node: ast.Expression) -> ast.Expression:
    if not isinstance(node, ast.Logical):
        return node
    left, right = _distributed(node.left), _distributed(node.right)
    if node.operator == "AND":
        if isinstance(left, ast.Logical) and left.operator == "OR":
            parts = (ast.Logical("AND", left.left, right), ast.Logical("AND", left.right, right))
            return ast.Logical("OR", *map(_distributed, parts))
        if isinstance(right, ast.Logical) and right.operator == "OR":
            parts = (ast.Logical("AND", left, right.left), ast.Logical("AND", left, right.right))
            return ast.Logical("OR", *map(_distributed, parts))
    return ast.Logical(node.operator, left, right)
