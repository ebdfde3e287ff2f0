"""Typed expressions, compiled to Python source over a row tuple `r`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.codegen import arithmetic, calls, comparisons, constructors, runtime
from clickstream_embedded.ksqldb.codegen.emitter import NULL, Emitter
from clickstream_embedded.ksqldb.codegen.java_types import primitive_name
from clickstream_embedded.ksqldb.codegen.scope import Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.casts import cast_function
from clickstream_ksql import ast


class Compiler(Emitter):
    """Compiles expressions of one query."""

    def compile(self, node: ast.Expression) -> Typed:  # noqa: C901 - one case a kind of node
        """Types and compiles `node`. Raises KsqlError."""
        match node:
            case ast.Literal(value):
                return self._literal(value)
            case ast.Column(name, source):
                if source is None and name in self.locals:
                    return self.locals[name]
                column = self.scope.find(node, self.clause)
                return Typed(f"r[{column.index}]", column.type, atom=True)
            case ast.Arithmetic():
                return arithmetic.arithmetic(self, node)
            case ast.Negate():
                return arithmetic.negation(self, node)
            case ast.Plus():
                return arithmetic.plus(self, node)
            case ast.Comparison():
                return comparisons.comparison(self, node)
            case ast.Logical():
                return self._logical(node)
            case ast.Not(operand):
                return self._not(operand)
            case ast.IsNull(operand, negated):
                return self._is_null(operand, negated=negated)
            case ast.Between():
                return comparisons.between(self, node)
            case ast.InList():
                return comparisons.in_list(self, node)
            case ast.Like():
                return comparisons.like(self, node)
            case ast.Case():
                return constructors.case(self, node)
            case ast.Cast():
                return self._cast(node)
            case ast.Subscript():
                return constructors.subscript(self, node)
            case ast.Dereference():
                return constructors.dereference(self, node)
            case ast.ArrayOf():
                return constructors.array(self, node)
            case ast.MapOf():
                return constructors.map_of(self, node)
            case ast.StructOf():
                return constructors.struct(self, node)
            case ast.Call():
                return calls.call(self, node)
            case _:
                raise KsqlError(f"Unsupported expression: {self.scope.text(node)}")

    def _literal(self, value: Any) -> Typed:
        if value is None:
            return NULL
        if isinstance(value, bool):
            return Typed(str(value), t.BOOLEAN, nullable=False, atom=True)
        if isinstance(value, int):
            kind = t.INTEGER if -(1 << 31) <= value < 1 << 31 else t.BIGINT
            return Typed(repr(value) if value >= 0 else self.bind(value), kind, nullable=False, atom=True)
        kind = t.decimal_of(value) if isinstance(value, Decimal) else t.DOUBLE if isinstance(value, float) else t.STRING
        return Typed(self.bind(value), kind, nullable=False, atom=True)

    def _condition(self, node: ast.Expression) -> Typed:
        inner = self.compile(node)
        if inner.type.name != "BOOLEAN":
            raise KsqlError(
                f"Type error in {self.clause} expression: Should evaluate to boolean but is"
                f" {self.scope.text(node)} ({inner.type}) instead."
            )
        return inner

    def _logical(self, node: ast.Logical) -> Typed:
        left, right = self._condition(node.left), self._condition(node.right)
        operator = node.operator.lower()
        if self.hard or not left.nullable:
            second = self.needed(right) if self.hard else right.source
            nullable = right.nullable and not self.hard
            return Typed(
                f"({self.needed(left) if self.hard else left.source} {operator} {second})", t.BOOLEAN, nullable
            )
        name = self.temporary()
        return Typed(f"(None if ({name} := {left.source}) is None else {name} {operator} {right.source})", t.BOOLEAN)

    def _not(self, operand: ast.Expression) -> Typed:
        before, self.unchecked = self.unchecked, True
        try:
            return comparisons.negated(self, self._condition(operand))
        finally:
            self.unchecked = before

    def _is_null(self, operand: ast.Expression, *, negated: bool) -> Typed:
        """Java compares no primitive value with null. Raises KsqlError."""
        inner = self.compile_hard(operand)
        primitive = primitive_name(operand, inner.type)
        if primitive is not None and not self.interpreted:
            raise KsqlError(
                f'Invalid {"Select" if self.clause == "SELECT" else "Predicate"}: Cannot compare "null" with primitive '
                f'type "{primitive}". expression: {self.scope.text(operand)}'
            )
        return Typed(f"({inner.source} is {'not ' if negated else ''}None)", t.BOOLEAN, nullable=False)

    def _cast(self, node: ast.Cast) -> Typed:
        wanted = t.resolve(node.type, self.scope.custom_types)
        before, self.unchecked = self.unchecked, True
        try:
            with self.nulls(fail=False):
                inner = self.compile(node.operand)
        finally:
            self.unchecked = before
        try:
            convert = cast_function(inner.type, wanted)
        except KsqlError as error:
            prefix = "Invalid Select: " if self.clause == "SELECT" else ""
            raise KsqlError(prefix + error.message) from None
        cast = self.null_safe([inner], self.bind(convert) + "({0})", wanted, total=True)
        if not self.hard:
            return cast
        return Typed(f"{self.bind(runtime.or_none)}(lambda: {cast.source})", wanted, caught=True)


__all__ = ["Compiler"]
