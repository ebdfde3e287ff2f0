"""Names, literals, types and expressions: one method a rule of the grammar."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Any

from lark import Token, Transformer

from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.names import Name
from clickstream_ksql.transformer.parts import Part, named, part, position_of, unquote, without_tokens


class ExpressionBuilder(Transformer[Token, Any]):
    """Builds the expressions of a parsed text that begins at `line` and `column` of the whole."""

    def __init__(self, line: int = 1, column: int = 1, text: str = "") -> None:
        super().__init__()
        self._text = text
        self._line = line
        self._column = column

    def _name(self, token: Any, text: str, written: str | None = None) -> str:
        if not isinstance(token, Token) or token.line is None or token.column is None:
            return text
        name = Name(text)
        first = self._column - 1 if token.line == 1 else 0
        name.written = str(token) if written is None else written
        name.position = (self._line + token.line - 1, token.column + first)
        return name

    def __default__(self, data: Any, children: list[Any], meta: Any) -> Any:
        raise NotImplementedError(f"no method for the grammar rule {data}")

    def start(self, children: list[Any]) -> Any:
        return next(child for child in children if isinstance(child, ast.Statement))

    # -- names, literals, types --------------------------------------------------------------------------------

    def plain_identifier(self, children: list[Any]) -> str:
        token = children[0]
        return self._name(token, str(token).upper()) if isinstance(token, Token) else token

    def non_reserved(self, children: list[Any]) -> str:
        return self._name(children[0], str(children[0]).upper())

    alias_word = non_reserved

    def quoted_identifier(self, children: list[Any]) -> str:
        return self._name(children[0], unquote(children[0]), unquote(children[0]))

    def null(self, _: list[Any]) -> ast.Literal:
        return ast.Literal(None)

    def true(self, _: list[Any]) -> ast.Literal:
        return ast.Literal(True)

    def false(self, _: list[Any]) -> ast.Literal:
        return ast.Literal(False)

    def string(self, children: list[Any]) -> ast.Literal:
        return ast.Literal(unquote(children[0]))

    def integer(self, children: list[Any]) -> ast.Literal:
        value = int(children[0])
        if value >= 2**63 and not (value == 2**63 and self._text[: children[0].start_pos].rstrip().endswith("-")):
            raise KsqlSyntaxError(f"Invalid numeric literal: {value}", 1, 1)
        return ast.Literal(value)

    def decimal(self, children: list[Any]) -> ast.Literal:
        return ast.Literal(Decimal(children[0]))

    def floating(self, children: list[Any]) -> ast.Literal:
        value = float(children[0])
        if math.isinf(value):
            before = self._text[: children[0].start_pos].rstrip()
            sign = "-" if before.endswith("-") else ""
            raise KsqlSyntaxError(f"Number overflows DOUBLE: {sign}{children[0]}", 1, 1)
        return ast.Literal(value)

    def typed_literal(self, children: list[Any]) -> ast.Literal:
        name, text = children[0], unquote(children[1])
        if name != "DECIMAL":
            raise KsqlSyntaxError(f"Unknown type: {name}", 1, 1)
        try:
            return ast.Literal(Decimal(text))
        except InvalidOperation:
            raise KsqlSyntaxError(f"Not a number: {text}", 1, 1) from None

    def type_parameter(self, children: list[Any]) -> int:
        token = children[0]
        return int(token) if token.type == "INTEGER_VALUE" else 0

    def decimal_type(self, children: list[Any]) -> ast.TypeName:
        digits: list[int] = []
        for child in children:
            if isinstance(child, ast.Literal):
                if type(child.value) is not int:
                    raise KsqlSyntaxError(f'Failed to prepare statement: For input string: "{child.value}"', 1, 1)
                digits.append(child.value)
        return ast.TypeName("DECIMAL", tuple(digits))

    def base_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName(children[0], tuple(c for c in children[1:] if isinstance(c, int)))

    def array_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName("ARRAY", arguments=tuple(without_tokens(children)))

    def map_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName("MAP", arguments=tuple(without_tokens(children)))

    def struct_type(self, children: list[Any]) -> ast.TypeName:
        return ast.TypeName("STRUCT", fields=tuple(without_tokens(children)))

    def struct_field(self, children: list[Any]) -> tuple[str, ast.TypeName]:
        return children[0], children[1]

    # -- expressions -------------------------------------------------------------------------------------------

    def column(self, children: list[Any]) -> ast.Column:
        return ast.Column(str(children[0]), None, position_of(children[0]))

    def qualified_column(self, children: list[Any]) -> ast.Column:
        source, name = named(children)
        return ast.Column(str(name), str(source), position_of(source))

    def dereference(self, children: list[Any]) -> ast.Dereference:
        return ast.Dereference(children[0], named(children)[-1])

    def subscript(self, children: list[Any]) -> ast.Subscript:
        base, index = without_tokens(children)
        return ast.Subscript(base, index)

    def parenthesised(self, children: list[Any]) -> Any:
        return without_tokens(children)[0]

    def searched_case(self, children: list[Any]) -> ast.Case:
        whens = tuple(c for c in children if isinstance(c, tuple) and not isinstance(c, Part))
        return ast.Case(None, whens, part(children, "else"))

    def simple_case(self, children: list[Any]) -> ast.Case:
        parts = without_tokens(children)
        whens = tuple(c for c in parts[1:] if isinstance(c, tuple) and not isinstance(c, Part))
        return ast.Case(parts[0], whens, part(children, "else"))

    def when(self, children: list[Any]) -> tuple[Any, Any]:
        condition, result = without_tokens(children)
        return condition, result

    def else_(self, children: list[Any]) -> Part:
        return Part("else", without_tokens(children)[0])

    def cast(self, children: list[Any]) -> ast.Cast:
        operand, target = without_tokens(children)
        return ast.Cast(operand, target)

    def array(self, children: list[Any]) -> ast.ArrayOf:
        return ast.ArrayOf(tuple(without_tokens(children)))

    def map(self, children: list[Any]) -> ast.MapOf:
        return ast.MapOf(tuple(without_tokens(children)))

    def pair(self, children: list[Any]) -> tuple[Any, Any]:
        key, value = without_tokens(children)
        return key, value

    def struct(self, children: list[Any]) -> ast.StructOf:
        return ast.StructOf(tuple(without_tokens(children)))

    def field_value(self, children: list[Any]) -> tuple[str, Any]:
        return children[0], without_tokens(children)[-1]

    def call_star(self, children: list[Any]) -> ast.Call:
        return ast.Call(children[0].upper(), (), star=True)

    def call(self, children: list[Any]) -> ast.Call:
        return ast.Call(children[0].upper(), tuple(without_tokens(children[1:])))

    def interval_unit(self, children: list[Any]) -> ast.IntervalUnit:
        word = str(children[0]).upper()
        return ast.IntervalUnit(word if word.endswith("S") else f"{word}S")

    def at_time_zone(self, _: list[Any]) -> Any:
        """A rule of ksqlDB's grammar that its statement builder does not take."""
        raise KsqlSyntaxError("Failed to prepare statement: not yet implemented", 1, 1)

    def lambda1(self, children: list[Any]) -> ast.Lambda:
        *parameters, body = without_tokens(children)
        return ast.Lambda(tuple(self._parameter(p) for p in parameters), body)

    lambda_many = lambda1

    @staticmethod
    def _parameter(expression: Any) -> str:
        if isinstance(expression, ast.Column) and expression.source is None:
            return expression.name
        raise KsqlSyntaxError("Lambda arguments must be names", 1, 1)

    def arithmetic(self, children: list[Any]) -> ast.Expression:
        left, operator, right = children
        return ast.Call("CONCAT", (left, right)) if operator == "||" else ast.Arithmetic(operator, left, right)

    def add_operator(self, children: list[Any]) -> str:
        return str(children[0])

    concat_operator = multiply_operator = comparison = add_operator

    def negate(self, children: list[Any]) -> ast.Expression:
        operand = children[-1]
        if isinstance(operand, ast.Literal) and isinstance(operand.value, (int, float, Decimal)):
            return ast.Literal(-operand.value)
        return ast.Negate(operand)

    def plus(self, children: list[Any]) -> ast.Plus:
        return ast.Plus(children[-1])

    def compare(self, children: list[Any]) -> ast.Comparison:
        left, operator, right = children
        return ast.Comparison("<>" if operator == "!=" else operator, left, right)

    def or_(self, children: list[Any]) -> ast.Logical:
        left, right = without_tokens(children)
        return ast.Logical("OR", left, right)

    def and_(self, children: list[Any]) -> ast.Logical:
        left, right = without_tokens(children)
        return ast.Logical("AND", left, right)

    def not_(self, children: list[Any]) -> ast.Not:
        return ast.Not(without_tokens(children)[0])

    def is_null(self, children: list[Any]) -> ast.IsNull:
        return ast.IsNull(children[0], negated=False)

    def is_not_null(self, children: list[Any]) -> ast.IsNull:
        return ast.IsNull(children[0], negated=True)

    def is_distinct(self, children: list[Any]) -> ast.Comparison:
        left, right = without_tokens(children)
        return ast.Comparison("IS DISTINCT FROM", left, right)

    def is_not_distinct(self, children: list[Any]) -> ast.Comparison:
        left, right = without_tokens(children)
        return ast.Comparison("IS NOT DISTINCT FROM", left, right)

    def between(self, children: list[Any]) -> ast.Between:
        return ast.Between(*without_tokens(children), negated=False)

    def not_between(self, children: list[Any]) -> ast.Between:
        return ast.Between(*without_tokens(children), negated=True)

    def in_list(self, children: list[Any]) -> ast.InList:
        operand, *items = without_tokens(children)
        return ast.InList(operand, tuple(items), negated=False)

    def not_in_list(self, children: list[Any]) -> ast.InList:
        operand, *items = without_tokens(children)
        return ast.InList(operand, tuple(items), negated=True)

    def escape(self, children: list[Any]) -> Part:
        return Part("escape", unquote(children[-1]))

    def like(self, children: list[Any]) -> ast.Like:
        parts = [c for c in without_tokens(children) if not isinstance(c, Part)]
        return ast.Like(parts[0], parts[1], part(children, "escape"), negated=False)

    def not_like(self, children: list[Any]) -> ast.Like:
        parts = [c for c in without_tokens(children) if not isinstance(c, Part)]
        return ast.Like(parts[0], parts[1], part(children, "escape"), negated=True)
