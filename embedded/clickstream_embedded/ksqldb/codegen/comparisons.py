"""Comparisons, BETWEEN, IN and LIKE, by ksqlDB's `ComparisonUtil` and the Java that it writes for them."""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal

from clickstream_embedded.ksqldb.codegen import runtime
from clickstream_embedded.ksqldb.codegen.coercion import CoercionError, unify
from clickstream_embedded.ksqldb.codegen.emitter import Emitter
from clickstream_embedded.ksqldb.codegen.scope import Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.java_regex.matching import like as like_pattern
from clickstream_embedded.ksqldb.types.java_time.sql import parse_timestamp
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

NAMES = {
    "=": "EQUAL", "<>": "NOT_EQUAL", "<": "LESS_THAN", "<=": "LESS_THAN_OR_EQUAL", ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL", "IS DISTINCT FROM": "IS_DISTINCT_FROM",
    "IS NOT DISTINCT FROM": "IS_NOT_DISTINCT_FROM",
}  # fmt: skip
_PYTHON = {"=": "==", "<>": "!=", "IS DISTINCT FROM": "!="}
_EQUALITY = ("=", "<>", "IS DISTINCT FROM")
_TIMES = ("DATE", "TIME", "TIMESTAMP")
_STRUCTURED = ("ARRAY", "MAP", "STRUCT")


def _where(emit: Emitter) -> str:
    return emit.clause if emit.clause in ("WHERE", "HAVING") else "SELECT"


def _incomparable(emit: Emitter, node: ast.Comparison, a: SqlType, b: SqlType) -> KsqlError:
    left, right = emit.scope.text(node.left), emit.scope.text(node.right)
    return KsqlError(
        f"Error in {_where(emit)} expression: Cannot compare {left} ({a}) to {right} ({b}) with "
        f"{NAMES[node.operator]}.\nStatement: ({left} {node.operator} {right})"
    )


def comparable(left: SqlType, operator: str, right: SqlType) -> bool:
    """Whether ksqlDB compares values of these types."""
    a, b = left.name, right.name
    if left.is_number:
        return right.is_number
    match a:
        case "STRING":
            return b == "STRING" or b in _TIMES
        case "DATE" | "TIMESTAMP":
            return b in ("DATE", "TIMESTAMP", "STRING")
        case "TIME":
            return b in ("TIME", "STRING")
        case "BYTES":
            return b == "BYTES"
        case _:
            return a == b and operator in _EQUALITY


def _writable(left: SqlType, operator: str, right: SqlType) -> bool:
    """Whether the Java that compares them compiles: all that is asked within NOT and BETWEEN."""
    kinds = {left.name, right.name}
    if "NULL" in kinds:
        return False
    if "DECIMAL" in kinds:
        return all(kind.is_number or kind.name == "STRING" for kind in (left, right))
    if kinds & set(_TIMES):
        highest = next(name for name in ("TIME", "TIMESTAMP", "DATE") if name in kinds)
        return kinds <= {"STRING", highest} | ({"DATE"} if highest == "TIMESTAMP" else set())
    if left.name == "STRING" or left.name in _STRUCTURED:
        return operator in _EQUALITY or kinds == {"STRING"}
    if left.name in ("BOOLEAN", "BYTES"):
        return left.name == right.name and (left.name == "BYTES" or operator in _EQUALITY)
    return right.is_number


def comparison(emit: Emitter, node: ast.Comparison) -> Typed:
    """Raises KsqlError for types that are not compared."""
    if node.operator == "IS NOT DISTINCT FROM":
        inner = ast.Comparison("IS DISTINCT FROM", node.left, node.right)
        before, emit.unchecked = emit.unchecked, True
        try:
            distinct = _compare(emit, inner, node)
        finally:
            emit.unchecked = before
        return Typed(f"(not {distinct.source})", t.BOOLEAN, nullable=False)
    return _compare(emit, node, node)


def _compare(emit: Emitter, node: ast.Comparison, shown: ast.Comparison) -> Typed:
    left, right = _pseudo_times(emit, node)
    a, b = left.type, right.type
    if "NULL" in (a.name, b.name):
        sides = f"{a.name} {node.operator} {b.name}"
        text = f"({emit.scope.text(node.left)} {node.operator} {emit.scope.text(node.right)})"
        raise KsqlError(
            f"Error in {_where(emit)} expression: Comparison with NULL not supported: {sides}\n"
            f"Use 'IS NULL' or 'IS NOT NULL' instead.\nStatement: {text}"
        )
    allowed = _writable if emit.unchecked else comparable
    if isinstance(node.left, ast.Like) or not allowed(a, node.operator, b):  # LIKE is written as if it were a text
        raise _incomparable(emit, shown, a, b)
    values, tests = emit.checked([left, right])
    body = _body(emit, node.operator, a, b, values)
    if not tests:
        return Typed(f"({body})", t.BOOLEAN, nullable=False)
    if node.operator != "IS DISTINCT FROM":
        return Typed(f"(False if {' or '.join(tests)} else {body})", t.BOOLEAN, nullable=False)
    sides = list(zip(values, (left, right), strict=True))
    taken = [f"({value} is None)" if side.nullable or not side.atom else "False" for value, side in sides]
    first = [test if side.atom else f"(({value} := {side.source}) is None)"
             for test, (value, side) in zip(taken, sides, strict=True)]  # fmt: skip
    alone = " | ".join(first)  # both sides are evaluated
    return Typed(f"(({taken[0]} != {taken[1]}) if {alone} else {body})", t.BOOLEAN, nullable=False)


def _body(emit: Emitter, operator: str, a: SqlType, b: SqlType, values: list[str]) -> str:
    """The comparison of two values that are no nulls."""
    x, y = values
    sign = _PYTHON.get(operator, operator)
    kinds = {a.name, b.name}
    if "DECIMAL" in kinds:
        x, y = (_as_decimal(emit, value, kind) for value, kind in ((x, a), (y, b)))
        return f"{x} {sign} {y}"
    if kinds & set(_TIMES):
        return " ".join((_as_time(emit, x, a, kinds), sign, _as_time(emit, y, b, kinds)))
    if "DOUBLE" in kinds and a.is_number and b.is_number:
        x, y = (value if kind.name == "DOUBLE" else f"float({value})" for value, kind in ((x, a), (y, b)))
        return f"{emit.bind(runtime.double_distinct)}({x}, {y})" if sign == "!=" else f"{x} {sign} {y}"
    if operator in _EQUALITY:
        if a.name == b.name or (a.is_number and b.is_number):
            return f"{x} {sign} {y}"
        return "True" if sign == "!=" else "False"  # objects of different classes
    if a.name in ("STRING", "BYTES"):
        order = emit.bind(runtime.text_order if a.name == "STRING" else runtime.bytes_order)
        return f"{order}({x}, {y}) {sign} 0"
    return f"{x} {sign} {y}"


def _as_decimal(emit: Emitter, value: str, kind: SqlType) -> str:
    if kind.name == "DOUBLE":
        return f"{emit.bind(runtime.exact_double)}({value})"
    return f"{emit.bind(Decimal)}({value})" if kind.name == "STRING" else value


def _as_time(emit: Emitter, value: str, kind: SqlType, kinds: Set[str]) -> str:
    wanted = next(each for each in (t.TIME, t.TIMESTAMP, t.DATE) if each.name in kinds)
    return emit.convert(Typed(value, kind, nullable=False, atom=True), wanted).source


def _pseudo_times(emit: Emitter, node: ast.Comparison) -> tuple[Typed, Typed]:
    """Both sides compiled; a text beside ROWTIME or a window's bound is read as a time."""
    nodes = (node.left, node.right)
    sides = [emit.compile_hard(each) for each in nodes]
    for number, written in enumerate(nodes):
        other = sides[1 - number]
        is_time = isinstance(written, ast.Column) and written.name in ("ROWTIME", "WINDOWSTART", "WINDOWEND")
        if is_time and other.type.name == "STRING":
            text = nodes[1 - number]
            if isinstance(text, ast.Literal) and isinstance(text.value, str):
                _check_time(text.value)
            moment = emit.convert(other, t.TIMESTAMP)
            sides[1 - number] = Typed(moment.source, t.BIGINT, moment.nullable)
    return sides[0], sides[1]


def _check_time(text: str) -> None:
    try:
        parse_timestamp(text)
    except ValueError as error:
        raise KsqlError(str(error)) from None


def between(emit: Emitter, node: ast.Between) -> Typed:
    """Raises KsqlError."""
    before, emit.unchecked = emit.unchecked, True
    try:
        low = comparison(emit, ast.Comparison(">=", node.operand, node.low))
        high = comparison(emit, ast.Comparison("<=", node.operand, node.high))
    finally:
        emit.unchecked = before
    found = f"({low.source} and {high.source})"
    return Typed(f"(not {found})" if node.negated else found, t.BOOLEAN, nullable=False)


# -- IN --------------------------------------------------------------------------------------------------------


def in_list(emit: Emitter, node: ast.InList) -> Typed:
    """Raises KsqlError for items that the operand's type does not hold."""
    items = [each for each in node.items if not (isinstance(each, ast.Literal) and each.value is None)]  # never match
    try:
        with emit.nulls(fail=True):
            (operand, *rest), _ = unify(emit, [node.operand, *items])
    except CoercionError as error:
        clause = "Predicate" if emit.clause in ("WHERE", "HAVING") else "Select"
        raise KsqlError(f"Invalid {clause}: {error.message}") from None
    name = emit.temporary()
    among = "".join(f"{item.source}, " for item in rest)
    found = f"(({name} := {operand.source}) is not None and {name} in ({among}))"
    return Typed(f"(not {found})" if node.negated else found, t.BOOLEAN, nullable=False)


# -- LIKE ------------------------------------------------------------------------------------------------------


def like(emit: Emitter, node: ast.Like) -> Typed:
    """Raises KsqlError for what is no text."""
    operand, pattern = emit.compile(node.operand), emit.compile(node.pattern)
    for side in (operand, pattern):
        if side.type.name != "STRING":
            raise KsqlError(f"The column type for Like condition must be VARCHAR. The column type is {side.type}")
    if node.escape is not None and len(node.escape) != 1:
        raise KsqlError(f"Failed to prepare statement: ESCAPE must be a single character, but it was '{node.escape}'.")
    if isinstance(node.pattern, ast.Literal):
        found = emit.operator([operand], _literal_like(emit, str(node.pattern.value), node.escape), t.BOOLEAN)
    else:
        template = emit.bind(runtime.like) + "({0}, {1}, " + emit.bind(node.escape) + ")"
        found = emit.operator([operand, pattern], template, t.BOOLEAN)
    return negated(emit, found) if node.negated else found


def _literal_like(emit: Emitter, pattern: str, escape: str | None) -> str:
    inner = pattern.strip("%")
    if escape is None and pattern == f"%{inner}%" and inner and not set(inner) & set("%_\n\r\x85\u2028\u2029"):
        return emit.bind(inner) + " in {0}"
    try:
        match = emit.bind(like_pattern(pattern, escape).fullmatch)
    except ValueError as error:
        raise KsqlError(str(error)) from None
    return match + "({0}) is not None"


def negated(emit: Emitter, typed: Typed) -> Typed:
    """NOT of a condition: of a null it fails."""
    if not typed.nullable:
        return Typed(f"(not {typed.source})", t.BOOLEAN, nullable=False)
    return emit.operator([typed], "not {0}" if not emit.hard else f"not {emit.bind(runtime.needed)}({{0}})", t.BOOLEAN)
