"""ARRAY, MAP and STRUCT, the access to their parts, and CASE, by ksqlDB's `CoercionUtil`."""

from __future__ import annotations

from clickstream_embedded.ksqldb.codegen import runtime
from clickstream_embedded.ksqldb.codegen.coercion import unify
from clickstream_embedded.ksqldb.codegen.emitter import NULL, Emitter
from clickstream_embedded.ksqldb.codegen.java_types import primitive_name
from clickstream_embedded.ksqldb.codegen.scope import Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

_ISSUE = "(see https://github.com/confluentinc/ksql/issues/4239)"


def array(emit: Emitter, node: ast.ArrayOf) -> Typed:
    if not node.items:
        raise KsqlError(f"Array constructor cannot be empty. Please supply at least one element {_ISSUE}.")
    items, kind = _unify(emit, node.items, "an array", "elements")
    return Typed(f"[{', '.join(emit.careful(item) for item in items)}]", t.array(kind), nullable=False)


def map_of(emit: Emitter, node: ast.MapOf) -> Typed:
    if not node.entries:
        raise KsqlError(f"Map constructor cannot be empty. Please supply at least one key value pair {_ISSUE}.")
    _refuse_equal_keys(emit, [key for key, _ in node.entries])
    keys, key_kind = _unify(emit, tuple(key for key, _ in node.entries), "a map", "keys")
    values, kind = _unify(emit, tuple(value for _, value in node.entries), "a map", "values")
    pairs = ", ".join(f"{emit.careful(k)}: {emit.careful(v)}" for k, v in zip(keys, values, strict=True))
    return Typed("{" + pairs + "}", t.map_of(key_kind, kind), nullable=False)


def _refuse_equal_keys(emit: Emitter, keys: list[ast.Expression]) -> None:
    written = [emit.scope.text(key) for key in keys]
    twice = next((text for number, text in enumerate(written) if text in written[:number]), None)
    if twice is not None:
        raise KsqlError(f"Failed to prepare statement: Multiple entries with same key: {twice}")


def struct(emit: Emitter, node: ast.StructOf) -> Typed:
    with emit.nulls(fail=False):
        fields = [(name, emit.compile(value)) for name, value in node.fields]
    for name, value in fields:
        if value.type.name == "NULL":
            raise KsqlError(
                f"Can't infer a type of null for the field `{name}`. Please explicitly cast it to a required type, e.g. "
                "CAST(null AS VARCHAR)."
            )
    if len({name for name, _ in fields}) < len(fields):
        raise KsqlError("Duplicate field names found in STRUCT: " + ", ".join(f"`{name}`" for name, _ in fields))
    pairs = ", ".join(f"{emit.bind(name)}: {emit.careful(value)}" for name, value in fields)
    return Typed("{" + pairs + "}", t.struct(tuple((name, value.type) for name, value in fields)), nullable=False)


def _unify(emit: Emitter, nodes: tuple[ast.Expression, ...], what: str, parts: str) -> tuple[list[Typed], SqlType]:
    """The parts of a constructor, converted to the type that all of them come to."""
    with emit.nulls(fail=False):
        items, kind = unify(emit, nodes)
    if kind is None:
        singular = {"elements": "NULL value", "keys": "NULL key", "values": "NULL value"}[parts]
        raise KsqlError(
            f"Cannot construct {what} with all NULL {parts} {_ISSUE}. As a workaround, you may cast a {singular} to the "
            "desired type."
        )
    return items, kind


def subscript(emit: Emitter, node: ast.Subscript) -> Typed:
    container, position = emit.compile(node.base), emit.compile(node.index)
    if container.type.name not in ("ARRAY", "MAP") or container.type.element is None:
        raise KsqlError(f"Subscript expression ({emit.scope.text(node)}) do not apply to {container.type}.")
    if container.type.name == "ARRAY":
        position = _place(emit, node, position)
    item = emit.bind(runtime.item)
    return emit.null_safe([container, position], item + "({0}, {1})", container.type.element)


def _place(emit: Emitter, node: ast.Subscript, position: Typed) -> Typed:
    """A place in an array, which ksqlDB's Java casts to `int`: that compiles for an Integer and for primitive numbers,
    as literals and arithmetic are, but for no other object. Raises KsqlError."""
    primitive = primitive_name(node.index, position.type) not in (None, "boolean")
    if position.type.name != "INTEGER" and not primitive:
        index = emit.scope.text(node.index)
        raise KsqlError(
            f"Array subscript must be an INTEGER, but {index} is {position.type} in {emit.scope.text(node)}."
        )
    return emit.convert(position, t.INTEGER)


def dereference(emit: Emitter, node: ast.Dereference) -> Typed:
    container = emit.compile(node.base)
    if container.type.name != "STRUCT":
        raise KsqlError(f"Expected STRUCT type, got: {container.type}")
    kind = container.type.field(node.field)
    if kind is None:
        raise KsqlError(f"Could not find field '{node.field}' in '{emit.scope.text(node.base)}'.")
    return emit.null_safe([container], "{0}.get(" + emit.bind(node.field) + ")", kind)


def case(emit: Emitter, node: ast.Case) -> Typed:
    if node.operand is not None:
        raise KsqlError(
            "CASE with an operand is not supported: write CASE WHEN "
            f"{emit.scope.text(ast.Comparison('=', node.operand, node.whens[0][0]))} THEN ..."
        )
    whens = node.whens
    conditions = [_condition(emit, condition) for condition, _ in whens]
    results = [emit.compile(result) for _, result in whens]
    default = emit.compile(node.default) if node.default is not None else NULL
    kind = _case_type(emit, whens, results, default)
    source, nullable = default.source, default.nullable
    for condition, result in reversed(list(zip(conditions, results, strict=True))):
        nullable = nullable or result.nullable
        if condition.nullable and not emit.hard:
            test = emit.temporary()
            source = f"(None if ({test} := {condition.source}) is None else {result.source} if {test} else {source})"
            nullable = True
        else:
            source = f"({result.source} if {emit.needed(condition)} else {source})"
    return Typed(source, kind, nullable)


def _condition(emit: Emitter, node: ast.Expression) -> Typed:
    condition = emit.compile(node)
    if condition.type.name != "BOOLEAN":
        raise KsqlError(f"WHEN operand type should be boolean.\nType for '{emit.scope.text(node)}' is {condition.type}")
    return condition


def _case_type(
    emit: Emitter, whens: tuple[tuple[ast.Expression, ast.Expression], ...], results: list[Typed], default: Typed
) -> SqlType:
    kind: SqlType | None = None
    for (_, written), result in zip(whens, results, strict=True):
        if result.type.name == "NULL":
            continue
        if kind is not None and result.type != kind:
            raise KsqlError(
                "Invalid Case expression. Type for all 'THEN' clauses should be the same."
                f"\nTHEN expression '{emit.scope.text(written)}' has type: {result.type}."
                f"\nPrevious THEN expression(s) type: {kind}."
            )
        kind = result.type
    if default.type.name != "NULL":
        if kind is not None and default.type != kind:
            raise KsqlError(
                "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses."
                f"\nTHEN type: {kind}.\nDEFAULT type: {default.type}."
            )
        kind = default.type
    if kind is None:
        raise KsqlError("Invalid Case expression. All case branches have a NULL type")
    return kind
