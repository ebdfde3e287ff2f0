"""`+ - * / %` and the sign, as Java's operators and BigDecimal compute them."""

from __future__ import annotations

from clickstream_embedded.ksqldb.codegen import runtime
from clickstream_embedded.ksqldb.codegen.emitter import Emitter
from clickstream_embedded.ksqldb.codegen.scope import Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.java_numbers import wrap
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

_BITS = {"INTEGER": 32, "BIGINT": 64}


def arithmetic(emit: Emitter, node: ast.Arithmetic) -> Typed:
    """Raises KsqlError for types that have no such operator."""
    left, right = emit.compile(node.left), emit.compile(node.right)
    kinds = (left.type.name, right.type.name)
    if node.operator == "+" and kinds == ("STRING", "STRING"):
        return Typed(f"{emit.bind(runtime.joined)}({left.source}, {right.source})", t.STRING, nullable=False)
    if not (left.type.is_number and right.type.is_number):
        raise _unsupported(emit, node, left.type, right.type)
    if "DOUBLE" in kinds:
        return _doubles(emit, node.operator, left, right)
    if "DECIMAL" in kinds:
        return _decimals(emit, node.operator, left, right)
    kind = t.common_number(left.type, right.type)
    if node.operator in "/%":
        function = emit.bind(runtime.divide if node.operator == "/" else runtime.remainder)
        return emit.operator([left, right], function + "({0}, {1})", kind)
    bits = str(_BITS[kind.name])
    return emit.operator([left, right], emit.bind(wrap) + "({0} " + node.operator + " {1}, " + bits + ")", kind)


def _unsupported(emit: Emitter, node: ast.Arithmetic, left: SqlType, right: SqlType) -> KsqlError:
    if "NULL" in (left.name, right.name):
        sides = [str(kind) if kind.name != "NULL" else "null" for kind in (left, right)]
        reason = f"Arithmetic on types {sides[0]} and {sides[1]} are not supported."
    else:
        reason = f"Unsupported arithmetic types. {left.name} {right.name}"
    return KsqlError(f"Error processing expression: {emit.scope.text(node)}. {reason}")


def _doubles(emit: Emitter, operator: str, left: Typed, right: Typed) -> Typed:
    if operator in "/%":
        function = emit.bind(runtime.float_divide if operator == "/" else runtime.float_remainder)
        return emit.operator([left, right], function + "(float({0}), float({1}))", t.DOUBLE)
    first, second = "{0}", "{1}"
    first = first if left.type.name == "DOUBLE" else f"float({first})"
    second = second if right.type.name == "DOUBLE" else f"float({second})"
    return emit.operator([left, right], f"{first} {operator} {second}", t.DOUBLE)


def decimal_type(operator: str, left: SqlType, right: SqlType) -> SqlType:
    """The type of a decimal operation's result (`SqlDecimal`)."""
    a, b = t.as_decimal(left), t.as_decimal(right)
    scale = max(a.scale, b.scale)
    match operator:
        case "+" | "-":
            precision = scale + max(a.precision - a.scale, b.precision - b.scale) + 1
        case "*":
            precision, scale = a.precision + b.precision + 1, a.scale + b.scale
        case "/":
            scale = max(6, a.scale + b.precision + 1)
            precision = a.precision - a.scale + b.scale + scale
        case _:
            precision = min(a.precision - a.scale, b.precision - b.scale) + scale
    return t.decimal(precision, scale)


def _decimals(emit: Emitter, operator: str, left: Typed, right: Typed) -> Typed:
    kind = decimal_type(operator, left.type, right.type)
    apply = emit.bind(runtime.decimal_operation(operator, kind.precision, kind.scale))
    return emit.operator([left, right], apply + "({0}, {1})", kind)


def negation(emit: Emitter, node: ast.Negate) -> Typed:
    """Raises KsqlError for what is no number."""
    inner = emit.compile(node.operand)
    if not inner.type.is_number:
        raise KsqlError(f"Negation on non-numeric type: {inner.type}")
    if inner.type.name in _BITS:
        bits = str(_BITS[inner.type.name])
        return emit.operator([inner], emit.bind(wrap) + "(-{0}, " + bits + ")", inner.type)
    negate = "-{0}" if inner.type.name == "DOUBLE" else emit.bind(runtime.negated) + "({0})"
    return emit.operator([inner], negate, inner.type)


def plus(emit: Emitter, node: ast.Plus) -> Typed:
    """Raises KsqlError for what is no number."""
    inner = emit.compile(node.operand)
    if not inner.type.is_number:
        raise KsqlError(f"Unary plus on non-numeric type: {inner.type}")
    if isinstance(node.operand, ast.Plus) and inner.type.name != "DECIMAL" and not emit.interpreted:
        raise KsqlError("Two unary pluses are an increment in Java, which needs a variable")
    return inner
