"""Typed expressions, compiled to Python source over a row tuple `r`.

Nulls follow ksqlDB: operators and most functions of a null are null, a comparison with a null is false.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from clickstream_embedded.ksqldb.codegen import runtime
from clickstream_embedded.ksqldb.codegen.scope import Scope, Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.registry import SCALARS
from clickstream_embedded.ksqldb.planning.rewriting import rewrite
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.casts import cast_function, implicit_cast, parse_timestamp
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast, formatter

_PRECISE = ("INTEGER", "BIGINT", "DECIMAL")


def _check_time(text: str) -> None:
    try:
        parse_timestamp(text)
    except ValueError as error:
        raise KsqlError(str(error)) from None


@dataclass
class Compiler:
    """Compiles expressions of one query; `names` collects the constants and functions that the source refers to."""

    scope: Scope
    clause: str = "SELECT"
    names: dict[str, Any] = field(default_factory=dict[str, Any])
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _locals: dict[str, Typed] = field(default_factory=dict[str, Typed])
    _strict: bool = False

    def _bind(self, value: Any, prefix: str = "k") -> str:
        name = f"{prefix}{next(self._numbers)}"
        self.names[name] = value
        return name

    def _temporary(self) -> str:
        return f"t{next(self._numbers)}"

    def function(self, typed: Typed) -> Callable[[tuple[Any, ...]], Any]:
        """A Python function of one row."""
        return self.evaluate(f"lambda r: {typed.source}")

    def evaluate(self, source: str) -> Any:
        """Evaluates generated source with the collected names in reach."""
        return eval(compile(source, "<expression>", "eval"), self.names)  # noqa: S307 - generated from typed nodes

    def define(self, source: str, name: str) -> Any:
        """Runs a generated definition with the collected names in reach; gives what it named `name`."""
        exec(compile(source, "<expression>", "exec"), self.names)  # noqa: S102 - generated from typed nodes
        return self.names[name]

    # -- nodes -------------------------------------------------------------------------------------------------

    def compile(self, node: ast.Expression) -> Typed:  # noqa: C901 - one case a kind of node
        """Types and compiles `node`. Raises KsqlError."""
        match node:
            case ast.Literal(value):
                return self._literal(value)
            case ast.Column(name, source):
                if source is None and name in self._locals:
                    return self._locals[name]
                column = self.scope.find(node, self.clause)
                return Typed(f"r[{column.index}]", column.type)
            case ast.Arithmetic():
                return self._arithmetic(node)
            case ast.Comparison():
                return self._comparison(node)
            case ast.Logical(operator, left, right):
                return Typed(f"({self._boolean(left)} {operator.lower()} {self._boolean(right)})", t.BOOLEAN)
            case ast.Not(operand):
                return Typed(f"(not {self._boolean(operand)})", t.BOOLEAN)
            case ast.Negate(operand):
                inner = self.compile(operand)
                if not inner.type.is_number:
                    raise KsqlError(f"Negation on non-numeric type: {inner.type}")
                return self._nullsafe([inner], "-{0}", inner.type, arithmetic=True)
            case ast.IsNull(operand, negated):
                return Typed(f"({self.compile(operand).source} is {'not ' if negated else ''}None)", t.BOOLEAN)
            case ast.Between(operand, low, high, negated):
                both = ast.Logical("AND", ast.Comparison(">=", operand, low), ast.Comparison("<=", operand, high))
                return self.compile(ast.Not(both) if negated else both)
            case ast.InList():
                return self._in_list(node)
            case ast.Like():
                return self._like(node)
            case ast.Case():
                return self._case(node)
            case ast.Cast(operand, target):
                inner = self.compile(operand)
                wanted = t.resolve(target, self.scope.custom_types)
                try:
                    convert = self._bind(cast_function(inner.type, wanted))
                except KsqlError as error:
                    raise KsqlError(
                        f"Invalid Select: {error.message}" if self.clause == "SELECT" else error.message
                    ) from None
                return self._nullsafe([inner], convert + "({0})", wanted)
            case ast.Subscript(base, index):
                return self._subscript(base, index)
            case ast.Dereference(base, name):
                return self._dereference(base, name)
            case ast.ArrayOf() | ast.MapOf() | ast.StructOf():
                return self._constructor(node)
            case ast.Call():
                return self._call(node)
            case _:
                raise KsqlError(f"Unsupported expression: {formatter.expression(node)}")

    def _literal(self, value: Any) -> Typed:
        if value is None:
            return Typed("None", t.NULL)
        if isinstance(value, bool):
            return Typed(str(value), t.BOOLEAN)
        if isinstance(value, int):
            return Typed(repr(value), t.INTEGER if -(2**31) <= value < 2**31 else t.BIGINT)
        if isinstance(value, Decimal):
            digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
            scale = max(0, -int(exponent))
            return Typed(self._bind(value), SqlType("DECIMAL", max(len(digits), scale), scale))
        if isinstance(value, float):
            return Typed(self._bind(value), t.DOUBLE)
        return Typed(self._bind(value), t.STRING)

    def _nullsafe(self, arguments: list[Typed], template: str, kind: SqlType, *, arithmetic: bool = False) -> Typed:
        """`template` over the arguments, None where one of them is."""
        names: list[str] = []
        checks: list[str] = []
        for argument in arguments:
            if re.fullmatch(r"r\[\d+\]|k\d+|-?\d+|True|False", argument.source):
                names.append(argument.source)
                if argument.source.startswith("r["):
                    checks.append(f"{argument.source} is None")
            else:
                name = self._temporary()
                names.append(name)
                checks.append(f"({name} := {argument.source}) is None")
        body = template.format(*names)
        if self._strict and arithmetic:
            # inside a lambda ksqlDB does not look for nulls: one makes the whole expression null
            return Typed("(" + template.format(*(a.source for a in arguments)) + ")", kind)
        return Typed(f"(None if {' or '.join(checks)} else {body})" if checks else f"({body})", kind)

    def _boolean(self, node: ast.Expression) -> str:
        inner = self.compile(node)
        if inner.type.name not in ("BOOLEAN", "NULL"):
            raise KsqlError(
                f"Type error in {self.clause} expression: Should evaluate to boolean but is"
                f" {formatter.expression(node)} ({inner.type}) instead."
            )
        return inner.source

    def _arithmetic(self, node: ast.Arithmetic) -> Typed:
        left, right = self.compile(node.left), self.compile(node.right)
        operator = node.operator
        if operator == "+" and left.type.name == right.type.name == "STRING":
            return self._nullsafe([left, right], "{0} + {1}", t.STRING, arithmetic=True)
        if "NULL" in (left.type.name, right.type.name):
            shown = [str(x.type) if x.type.name != "NULL" else "null" for x in (left, right)]
            raise KsqlError(
                f"Error processing expression: {formatter.expression(node)}. "
                f"Arithmetic on types {shown[0]} and {shown[1]} are not supported."
            )
        if not (left.type.is_number and right.type.is_number):
            raise KsqlError(
                f"Error processing expression: {formatter.expression(node)}. Unsupported arithmetic types. "
                f"{left.type.name} {right.type.name}"
            )
        if "DOUBLE" in (left.type.name, right.type.name):
            if operator == "/":
                divide = self._bind(runtime.float_divide)
                return self._nullsafe([left, right], divide + "(float({0}), float({1}))", t.DOUBLE, arithmetic=True)
            if operator == "%":
                fmod = self._bind(lambda a, b: math.nan if b == 0 else math.fmod(a, b))
                return self._nullsafe([left, right], fmod + "(float({0}), float({1}))", t.DOUBLE, arithmetic=True)
            return self._nullsafe([left, right], "float({0}) " + operator + " float({1})", t.DOUBLE, arithmetic=True)
        if "DECIMAL" in (left.type.name, right.type.name):
            kind = runtime.decimal_type(operator, left.type, right.type)
            apply = self._bind(runtime.decimal_operation(operator, kind.scale))
            return self._nullsafe([left, right], apply + "({0}, {1})", kind, arithmetic=True)
        kind = t.common_number(left.type, right.type)
        if operator == "/":
            return self._nullsafe([left, right], self._bind(runtime.divide) + "({0}, {1})", kind, arithmetic=True)
        if operator == "%":
            remainder = self._bind(lambda a, b: a - b * runtime.divide(a, b))
            return self._nullsafe([left, right], remainder + "({0}, {1})", kind, arithmetic=True)
        wrap, bits = self._bind(runtime.wrap), 64 if kind.name == "BIGINT" else 32
        return self._nullsafe(
            [left, right], wrap + "({0} " + operator + " {1}, " + str(bits) + ")", kind, arithmetic=True
        )

    def _same_type(self, left: Typed, right: Typed, node: ast.Expression) -> tuple[Typed, Typed]:
        a, b = left.type, right.type
        if {a.name, b.name} == {"DOUBLE", "DECIMAL"}:
            return self._convert(left, t.DOUBLE), self._convert(right, t.DOUBLE)
        if a == b or "NULL" in (a.name, b.name) or (a.is_number and b.is_number):
            return left, right
        if a.name in ("ARRAY", "MAP", "STRUCT") and a.name == b.name:
            common = t.common(a, b)
            if common is not None:
                return self._convert(left, common), self._convert(right, common)
        times = ("DATE", "TIME", "TIMESTAMP")
        if a.name in times and b.name == "STRING":
            return left, self._convert(right, a)
        if b.name in times and a.name == "STRING":
            return self._convert(left, b), right
        if {a.name, b.name} == {"DATE", "TIMESTAMP"}:
            return self._convert(left, t.TIMESTAMP), self._convert(right, t.TIMESTAMP)
        raise self._incomparable(node, a, b)

    _NAMES: ClassVar[dict[str, str]] = {
        "=": "EQUAL", "<>": "NOT_EQUAL", "<": "LESS_THAN", "<=": "LESS_THAN_OR_EQUAL", ">": "GREATER_THAN",
        ">=": "GREATER_THAN_OR_EQUAL", "IS DISTINCT FROM": "IS_DISTINCT_FROM",
        "IS NOT DISTINCT FROM": "IS_NOT_DISTINCT_FROM",
    }  # fmt: skip

    def _incomparable(self, node: ast.Expression, a: SqlType, b: SqlType) -> KsqlError:
        if not isinstance(node, ast.Comparison):
            return KsqlError(f"Invalid Predicate: operator does not exist: {a} = {b}")
        left, right = (self._plain(side) for side in (node.left, node.right))
        name = self._NAMES[node.operator]
        where = self.clause if self.clause in ("WHERE", "HAVING") else "SELECT"
        return KsqlError(
            f"Error in {where} expression: Cannot compare {left} ({a}) to {right} ({b}) with {name}.\n"
            f"Statement: ({left} {node.operator} {right})"
        )

    def _plain(self, node: ast.Expression) -> str:
        """An expression without its columns' sources, as such messages show it; `S_COL` in a join."""
        many = len(self.scope.aliases - {""}) > 1

        def change(inner: ast.Expression) -> ast.Expression | None:
            if isinstance(inner, ast.Column) and inner.source:
                return ast.Column(f"{inner.source}_{inner.name}" if many else inner.name)
            return None

        return formatter.expression(rewrite(node, change))

    def _convert(self, typed: Typed, wanted: SqlType) -> Typed:
        if typed.type == wanted or typed.type.name == "NULL":
            return Typed(typed.source, wanted)
        return self._nullsafe([typed], self._bind(cast_function(typed.type, wanted)) + "({0})", wanted)

    _OPERATORS = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

    def _comparison(self, node: ast.Comparison) -> Typed:
        left, right = self._times(node)
        left, right = self._same_type(left, right, node)
        if node.operator == "IS DISTINCT FROM":
            return Typed(f"({left.source} != {right.source})", t.BOOLEAN)
        if node.operator == "IS NOT DISTINCT FROM":
            return Typed(f"({left.source} == {right.source})", t.BOOLEAN)
        if "NULL" in (left.type.name, right.type.name):
            raise KsqlError(f"Comparison with NULL not supported: {left.type.name} {node.operator} {right.type.name}")
        complex_type = next(
            (x.type for x in (left, right) if x.type.name in ("MAP", "STRUCT", "ARRAY", "BOOLEAN")), None
        )
        if complex_type is not None and node.operator not in ("=", "<>"):
            raise self._incomparable(node, left.type, right.type)
        safe = self._nullsafe([left, right], "{0} " + self._OPERATORS[node.operator] + " {1}", t.BOOLEAN)
        # ksqlDB: a comparison with a null is false
        return Typed(safe.source.replace("(None if ", "(False if ", 1), t.BOOLEAN)

    def _times(self, node: ast.Comparison) -> tuple[Typed, Typed]:
        """Both sides compiled; a text beside ROWTIME or a window's bound is read as a time."""
        sides = [self.compile(node.left), self.compile(node.right)]
        for number, (written, other) in enumerate(((node.left, sides[1]), (node.right, sides[0]))):
            is_time = isinstance(written, ast.Column) and written.name in ("ROWTIME", "WINDOWSTART", "WINDOWEND")
            if is_time and other.type.name == "STRING":
                text = (node.left, node.right)[1 - number]
                if isinstance(text, ast.Literal) and isinstance(text.value, str):
                    _check_time(text.value)
                sides[1 - number] = Typed(self._convert(other, t.TIMESTAMP).source, t.BIGINT)
        return sides[0], sides[1]

    def _in_list(self, node: ast.InList) -> Typed:
        operand = self.compile(node.operand)
        items: list[str] = []
        for item in node.items:
            item = self._as_written(item, operand.type)
            typed = self.compile(item)
            if operand.type.is_number and typed.type.is_number and typed.type != operand.type:
                operand = Typed(operand.source, t.common_number(operand.type, typed.type))
            items.append(self._in_item(operand, typed, item))
        name = self._temporary()
        found = f"(({name} := {operand.source}) is not None and {name} in ({', '.join(items)},))"
        return Typed(f"(not {found})" if node.negated else found, t.BOOLEAN)

    def _as_written(self, node: ast.Expression, wanted: SqlType) -> ast.Expression:
        """`node` with the texts in it that stand where `wanted` has numbers made numbers. Raises KsqlError."""
        if isinstance(node, ast.Literal) and isinstance(node.value, str) and wanted.is_number:
            try:
                number = Decimal(node.value)
            except InvalidOperation:
                raise KsqlError(
                    f'Invalid Predicate: invalid input syntax for type {wanted.name}: "{node.value}".'
                ) from None
            return ast.Literal(
                int(number) if wanted.name in ("INTEGER", "BIGINT") and number == int(number) else number
            )
        if isinstance(node, ast.ArrayOf) and wanted.name == "ARRAY" and wanted.element is not None:
            element = wanted.element
            return ast.ArrayOf(tuple(self._as_written(item, element) for item in node.items))
        if isinstance(node, ast.StructOf) and wanted.name == "STRUCT":
            fields = ((name, wanted.field(name), value) for name, value in node.fields)
            return ast.StructOf(
                tuple((name, value if kind is None else self._as_written(value, kind)) for name, kind, value in fields)
            )
        return node

    def _in_item(self, operand: Typed, typed: Typed, item: ast.Expression) -> str:
        try:
            return self._same_type(operand, typed, item)[1].source
        except KsqlError:
            shown = self._plain(item)
            if typed.type.name != "STRING" or not isinstance(item, ast.Literal):
                raise KsqlError(
                    f"Invalid Predicate: operator does not exist: {operand.type} = {typed.type} ({shown})\n"
                    "Hint: You might need to add explicit type casts."
                ) from None
            other = self._convert(typed, operand.type)
            try:
                self.function(other)(())
            except (ValueError, ArithmeticError):
                raise KsqlError(
                    f'Invalid Predicate: invalid input syntax for type {operand.type.name}: "{item.value}".'
                ) from None
            return other.source

    def _like(self, node: ast.Like) -> Typed:
        operand = self.compile(node.operand)
        if operand.type.name != "STRING":
            raise KsqlError(f"The column type for Like condition must be VARCHAR. The column type is {operand.type}")
        if isinstance(node.pattern, ast.Literal) and isinstance(node.pattern.value, str):
            name = self._temporary()
            source = self._literal_like(node.pattern.value, node.escape, name)
            found = f"(({name} := {operand.source}) is not None and {source})"
        else:
            pattern = self.compile(node.pattern)
            escape = self._bind(node.escape)
            found = f"{self._bind(runtime.like)}({operand.source}, {pattern.source}, {escape})"
        return Typed(f"(not {found})" if node.negated else found, t.BOOLEAN)

    def _literal_like(self, pattern: str, escape: str | None, name: str) -> str:
        inner = pattern.strip("%")
        if escape is None and pattern == f"%{inner}%" and inner and not set(inner) & set("%_"):
            return f"{self._bind(inner)} in {name}"
        match = self._bind(runtime.like_pattern(pattern, escape).fullmatch)
        return f"{match}({name}) is not None"

    def _case(self, node: ast.Case) -> Typed:
        whens = node.whens
        if node.operand is not None:
            whens = tuple((ast.Comparison("=", node.operand, value), result) for value, result in whens)
        results = [self.compile(result) for _, result in whens]
        default = self.compile(node.default) if node.default is not None else Typed("None", t.NULL)
        kinds = [x.type for x in (*results, default) if x.type.name != "NULL"]
        if not kinds:
            raise KsqlError("Invalid Case expression. All case branches have a NULL type")
        kind = kinds[0]
        for other in kinds[1:]:
            if other == kind:
                continue
            if not (other.is_number and kind.is_number):
                raise KsqlError(
                    "Invalid Case expression. Type for all 'THEN' clauses should be the same."
                    f" THEN expression '{formatter.expression(whens[0][1])}' has type: {other}."
                    f" Previous THEN expression(s) type: {kind}."
                )
            kind = t.common_number(kind, other)
        source = implicit_cast(default, kind, self._bind).source
        for (condition, _), result in reversed(list(zip(whens, results, strict=True))):
            shown = implicit_cast(result, kind, self._bind).source
            source = f"({shown} if {self._boolean(condition)} else {source})"
        return Typed(source, kind)

    def _subscript(self, base: ast.Expression, index: ast.Expression) -> Typed:
        container, position = self.compile(base), self.compile(index)
        if container.type.name not in ("ARRAY", "MAP") or container.type.element is None:
            raise KsqlError(f"Subscript is only supported for arrays and maps, got {container.type}")
        return self._nullsafe([container, position], self._bind(runtime.item) + "({0}, {1})", container.type.element)

    def _dereference(self, base: ast.Expression, name: str) -> Typed:
        container = self.compile(base)
        if container.type.name != "STRUCT":
            raise KsqlError(f"Expected STRUCT type, got: {container.type}")
        kind = container.type.field(name)
        if kind is None:
            raise KsqlError(f"Could not find field '{name}' in '{formatter.expression(base)}'.")
        return self._nullsafe([container], "{0}.get(" + self._bind(name) + ")", kind)

    def _constructor(self, node: ast.ArrayOf | ast.MapOf | ast.StructOf) -> Typed:
        if isinstance(node, ast.ArrayOf):
            items, kind = self._unify(node.items, "array")
            return Typed(f"[{', '.join(self._careful(item) for item in items)}]", t.array(kind))
        if isinstance(node, ast.MapOf):
            if not node.entries:
                raise KsqlError(
                    "Map constructor cannot be empty. Please supply at least one key value pair "
                    "(see https://github.com/confluentinc/ksql/issues/4239)."
                )
            keys, key_kind = self._unify(tuple(key for key, _ in node.entries), "map keys")
            values, kind = self._unify(tuple(value for _, value in node.entries), "map values")
            pairs = ", ".join(f"{key.source}: {self._careful(value)}" for key, value in zip(keys, values, strict=True))
            return Typed("{" + pairs + "}", t.map_of(key_kind, kind))
        fields = [(name, self.compile(value)) for name, value in node.fields]
        if len({name for name, _ in fields}) < len(fields):
            raise KsqlError("Duplicate field names found in STRUCT: " + ", ".join(f"`{name}`" for name, _ in fields))
        pairs = ", ".join(f"{self._bind(name)}: {self._careful(value)}" for name, value in fields)
        return Typed("{" + pairs + "}", t.struct(tuple((name, value.type) for name, value in fields)))

    def _careful(self, typed: Typed) -> str:
        """Source that is null where the expression fails: one bad element does not take the others with it."""
        if re.fullmatch(r"r\[\d+\]|k\d+|-?\d+|True|False|None", typed.source):
            return typed.source
        return f"{self._bind(runtime.or_none)}(lambda: {typed.source})"

    def _unify(self, nodes: tuple[ast.Expression, ...], what: str) -> tuple[list[Typed], SqlType]:
        """The elements of a constructor, converted to the type that all of them widen to."""
        items = [self.compile(node) for node in nodes]
        if not any(item.type.name != "NULL" for item in items):
            raise KsqlError(
                f"Cannot construct an {what} with all NULL elements (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL value to the desired type."
            )
        number = next((item.type for item in items if item.type.is_number), None)
        if number is not None:  # a text among numbers stands for a number
            items = [
                self._number_of(node, number) if self._is_text(node) else item
                for node, item in zip(nodes, items, strict=True)
            ]
        kinds = [item.type for item in items if item.type.name != "NULL"]
        kind = kinds[0]
        for other in kinds[1:]:
            common = t.common(kind, other)
            if common is None and "STRING" in (kind.name, other.name):
                common = kind if other.name == "STRING" else other
            if common is None:
                raise KsqlError(f"Cannot construct an {what} with mismatching types ({kind}, {other}).")
            kind = common
        return [self._convert(item, kind) if item.type != kind else item for item in items], kind

    @staticmethod
    def _is_text(node: ast.Expression) -> bool:
        return isinstance(node, ast.Literal) and isinstance(node.value, str)

    def _number_of(self, node: ast.Expression, wanted: SqlType) -> Typed:
        assert isinstance(node, ast.Literal)
        text = str(node.value).strip()
        try:
            return self._literal(int(text))
        except ValueError:
            pass
        try:
            return self._literal(Decimal(format(Decimal(text), "f")))
        except InvalidOperation:
            raise KsqlError(f'invalid input syntax for type {wanted.name}: "{node.value}".') from None

    def _call(self, node: ast.Call) -> Typed:
        function = SCALARS.get(node.name)
        if function is None:
            raise KsqlError(f"Can't find any functions with the name '{node.name}'")
        plain = [None if isinstance(a, ast.Lambda) else self.compile(a) for a in node.arguments]
        if node.name in ("GREATEST", "LEAST"):
            plain = self._comparable(node, plain)
        kinds = [None if typed is None else typed.type for typed in plain]
        variant, bindings = function.choose(kinds)
        arguments: list[Typed] = []
        for number, (argument, typed) in enumerate(zip(node.arguments, plain, strict=True)):
            if isinstance(argument, ast.Lambda):
                arguments.append(self._lambda(argument, variant.lambda_parameters(number, bindings), variant, bindings))
            else:
                assert typed is not None
                wanted = variant.parameter(number, bindings)
                arguments.append(implicit_cast(typed, wanted, self._bind) if wanted else typed)
        kind = variant.returns(bindings, [a.type for a in arguments], node.arguments)
        call = self._bind(variant.implementation(kind, [a.type for a in arguments]), "f")
        if variant.nulls:
            # an argument that fails is a null like any other to such a function
            return Typed(f"{call}({', '.join(self._careful(a) for a in arguments)})", kind)
        return self._nullsafe(arguments, call + "(" + ", ".join(f"{{{i}}}" for i in range(len(arguments))) + ")", kind)

    def _comparable(self, node: ast.Call, items: list[Typed | None]) -> list[Typed | None]:
        """The arguments of GREATEST and LEAST: texts beside numbers or times stand for such."""
        kinds = [item.type for item in items if item is not None]
        name = node.name.lower()
        if not kinds:
            raise KsqlError(f"Function '{name}' does not accept parameters ().")
        if all(kind.name == "NULL" for kind in kinds):
            shown = ", ".join("null" for _ in kinds)
            raise KsqlError(f"Function '{name}' cannot be resolved due to ambiguous method parameters ({shown}).")
        if {kind.name for kind in kinds} == {"INTEGER", "BIGINT"}:
            shown = ", ".join(map(str, kinds))
            raise KsqlError(f"Function '{name}' cannot be resolved due to ambiguous method parameters ({shown}).")
        time = next((kind for kind in kinds if kind.name in ("DATE", "TIME", "TIMESTAMP")), None)
        if time is None:
            return items
        return [
            self._convert(item, time) if item is not None and self._is_text(argument) else item
            for argument, item in zip(node.arguments, items, strict=True)
        ]

    def _lambda(self, node: ast.Lambda, kinds: list[SqlType], variant: Any, bindings: dict[str, SqlType]) -> Typed:
        if len(kinds) != len(node.parameters):
            raise KsqlError(f"The lambda takes {len(node.parameters)} arguments where {len(kinds)} are given")
        outer, strict = dict(self._locals), self._strict
        self._strict = True
        names = [self._temporary() for _ in node.parameters]
        for parameter, name, kind in zip(node.parameters, names, kinds, strict=True):
            self._locals[parameter] = Typed(name, kind)
        body = self.compile(node.body)
        self._locals, self._strict = outer, strict
        variant.bind_lambda_result(body.type, bindings)
        return Typed(f"(lambda {', '.join(names)}: {body.source})", body.type)
