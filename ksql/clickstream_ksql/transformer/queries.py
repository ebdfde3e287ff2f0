"""Queries: windows, joins, select items."""

from __future__ import annotations

from typing import Any

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.source_names import check_source_name
from clickstream_ksql.transformer.expressions import ExpressionBuilder
from clickstream_ksql.transformer.parts import KEYWORD, Part, named, part, without_tokens


class QueryBuilder(ExpressionBuilder):
    """Builds what stands between SELECT and the end of a query."""

    def unit(self, children: list[Any]) -> str:
        word = str(children[0]).upper()
        return word if word.endswith("S") else word + "S"

    def duration(self, children: list[Any]) -> ast.Duration:
        """A span is counted in whole units, which may be negative: what takes it refuses those."""
        number, unit = children
        if type(number.value) is not int:
            raise KsqlSyntaxError(f'Failed to prepare statement: For input string: "{number.value}"', 1, 1)
        return ast.Duration(number.value, unit)

    def _whole(self, number: ast.Literal, command: str) -> int:
        if type(number.value) is not int or not -(2**31) <= number.value < 2**31:
            raise KsqlSyntaxError(f"Failed to prepare statement: Value must be integer for command: {command}", 1, 1)
        return number.value

    def retention(self, children: list[Any]) -> Part:
        return Part("retention", children[-1])

    def grace(self, children: list[Any]) -> Part:
        return Part("grace", children[-1])

    def _window(self, kind: str, children: list[Any]) -> ast.Window:
        spans = [c for c in children if isinstance(c, ast.Duration)]
        advance = spans[1] if len(spans) > 1 else None
        return ast.Window(kind, spans[0], advance, part(children, "retention"), part(children, "grace"))

    def tumbling(self, children: list[Any]) -> ast.Window:
        return self._window("TUMBLING", children)

    def hopping(self, children: list[Any]) -> ast.Window:
        return self._window("HOPPING", children)

    def session(self, children: list[Any]) -> ast.Window:
        return self._window("SESSION", children)

    def window(self, children: list[Any]) -> Part:
        return Part("window", children[-1])

    def where(self, children: list[Any]) -> Part:
        return Part("where", children[-1])

    def having(self, children: list[Any]) -> Part:
        return Part("having", children[-1])

    def grouping(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(without_tokens(children))

    def group_by(self, children: list[Any]) -> Part:
        return Part("group_by", children[-1])

    def partition_by(self, children: list[Any]) -> Part:
        return Part("partition_by", children[-1])

    def emit_changes(self, _: list[Any]) -> Part:
        return Part("emit", "CHANGES")

    def emit_final(self, _: list[Any]) -> Part:
        return Part("emit", "FINAL")

    def limit(self, children: list[Any]) -> Part:
        return Part("limit", self._whole(children[-1], "LIMIT"))

    def select_single(self, children: list[Any]) -> ast.SelectItem:
        names = named(children)
        return ast.SelectItem(children[0], names[0] if names else None)

    def select_all(self, _: list[Any]) -> ast.SelectItem:
        return ast.SelectItem(None, star=True)

    def select_all_of(self, children: list[Any]) -> ast.SelectItem:
        return ast.SelectItem(None, star=True, source=children[0])

    def select_struct(self, children: list[Any]) -> ast.SelectItem:
        return ast.SelectItem(children[0], star=True)

    def aliased(self, children: list[Any]) -> ast.Relation:
        names = named(children)
        return ast.Relation(check_source_name(names[0]), check_source_name(names[-1]))

    def inner_join(self, _: list[Any]) -> Part:
        return Part(KEYWORD, "INNER")

    def left_join(self, _: list[Any]) -> Part:
        return Part(KEYWORD, "LEFT")

    def right_join(self, _: list[Any]) -> Part:
        return Part(KEYWORD, "RIGHT")

    def full_join(self, _: list[Any]) -> Part:
        return Part(KEYWORD, "FULL")

    def within_grace(self, children: list[Any]) -> Part:
        return Part("grace", children[-1].milliseconds)

    def within_single(self, children: list[Any]) -> Part:
        span = next(c for c in children if isinstance(c, ast.Duration)).milliseconds
        return Part("within", ast.Within(span, span, part(children, "grace")))

    def within_pair(self, children: list[Any]) -> Part:
        before, after = (c.milliseconds for c in children if isinstance(c, ast.Duration))
        return Part("within", ast.Within(before, after, part(children, "grace")))

    def join(self, children: list[Any]) -> ast.Join:
        relation = next(c for c in children if isinstance(c, ast.Relation))
        return ast.Join(part(children, KEYWORD), relation, part(children, "within"), children[-1])

    def relation(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def query(self, children: list[Any]) -> ast.Query:
        items = tuple(c for c in children if isinstance(c, ast.SelectItem))
        relation = next(c for c in children if isinstance(c, tuple) and isinstance(c[0], ast.Relation))
        return ast.Query(
            items,
            relation[0],
            tuple(relation[1:]),
            part(children, "window"),
            part(children, "where"),
            part(children, "group_by"),
            part(children, "partition_by"),
            part(children, "having"),
            part(children, "emit"),
            part(children, "limit"),
        )
