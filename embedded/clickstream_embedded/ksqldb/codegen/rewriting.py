"""Walks and rewrites expressions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from clickstream_ksql import ast

Rewrite = Callable[[ast.Expression], ast.Expression | None]


def rewrite(node: ast.Expression, change: Rewrite) -> ast.Expression:
    """`node` with each subexpression, outermost first, replaced by what `change` gives (None keeps it)."""
    changed = change(node)
    if changed is not None:
        return changed
    values = {field.name: _value(getattr(node, field.name), change) for field in dataclasses.fields(node)}
    return dataclasses.replace(node, **values)


def _value(value: Any, change: Rewrite) -> Any:
    if isinstance(value, ast.Expression):
        return rewrite(value, change)
    if isinstance(value, tuple):
        return tuple(_value(item, change) for item in value)
    return value


def walk(node: Any) -> Iterator[ast.Expression]:
    """Every subexpression of `node`, itself first."""
    if isinstance(node, ast.Expression):
        yield node
        for field in dataclasses.fields(node):
            yield from walk(getattr(node, field.name))
    elif isinstance(node, tuple):
        for item in node:
            yield from walk(item)


def children(node: ast.Expression) -> Iterator[ast.Expression]:
    """The expressions that stand directly in `node`."""
    for field in dataclasses.fields(node):
        yield from _expressions(getattr(node, field.name))


def _expressions(value: Any) -> Iterator[ast.Expression]:
    if isinstance(value, ast.Expression):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)
