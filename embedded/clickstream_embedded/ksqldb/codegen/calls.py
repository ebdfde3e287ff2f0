"""Calls of functions, and their lambdas, by ksqlDB's `FunctionArgumentsUtil`."""

from __future__ import annotations

from clickstream_embedded.ksqldb.codegen.emitter import Emitter
from clickstream_embedded.ksqldb.codegen.scope import Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.registry import SCALARS, Variant
from clickstream_embedded.ksqldb.functions.signatures import (
    Argument,
    Bindings,
    LambdaArgument,
    Pattern,
    UnitArgument,
    accepts,
    fill,
)
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast


def call(emit: Emitter, node: ast.Call) -> Typed:
    """Raises KsqlError for a function that there is not, or that does not take these arguments."""
    function = SCALARS.get(node.name)
    if function is None:
        raise KsqlError(f"Can't find any functions with the name '{node.name}'")
    given = [_argument(emit, argument) for argument in node.arguments]
    kinds = [argument for argument, _ in given]
    variant = function.choose(kinds)
    bindings: Bindings = {}
    arguments: list[Typed] = []
    for number, (written, (argument, typed)) in enumerate(zip(node.arguments, given, strict=True)):
        pattern = variant.parameter(number)
        if isinstance(written, ast.Lambda):
            arguments.append(_lambda(emit, written, pattern, bindings))
            continue
        if pattern.has_generics:
            accepts(pattern, argument, bindings, casts=False)
        assert typed is not None
        arguments.append(_passed(emit, written, typed, variant, number))
    kind = variant.returns(kinds, bindings)
    implementation = variant.implementation(kind, [argument.type for argument in arguments])
    called = emit.bind(implementation, "f")
    if variant.nulls:
        return Typed(f"{called}({', '.join(argument.source for argument in arguments)})", kind)
    places = ", ".join(f"{{{place}}}" for place in range(len(arguments)))
    return emit.null_safe(arguments, f"{called}({places})", kind)


def _argument(emit: Emitter, node: ast.Expression) -> tuple[Argument, Typed | None]:
    """What is known of an argument before the function's signature is."""
    if isinstance(node, ast.Lambda):
        return LambdaArgument(len(node.parameters)), None
    if isinstance(node, ast.IntervalUnit):
        return UnitArgument(), Typed(emit.bind(node.unit), t.STRING, nullable=False, atom=True)
    with emit.nulls(fail=not isinstance(node, ast.Call | ast.Dereference | ast.Cast)):
        typed = emit.compile(node)
    return typed.type, typed


def _passed(emit: Emitter, node: ast.Expression, typed: Typed, variant: Variant, number: int) -> Typed:
    """An argument as the function takes it: where it is a call of its own that fails, it is null."""
    if variant.nulls and isinstance(node, ast.Call | ast.Dereference | ast.Cast):
        typed = Typed(emit.careful(typed), typed.type, typed.nullable, typed.atom, caught=True)
    wanted = None if isinstance(node, ast.IntervalUnit) else variant.wanted(number, typed.type)
    return typed if wanted is None else emit.convert(typed, wanted)


def _lambda(emit: Emitter, node: ast.Lambda, pattern: Pattern, bindings: Bindings) -> Typed:
    for parameter in node.parameters:
        if any(column.name == parameter for column in emit.scope.columns):
            raise KsqlError(
                f"Exception while preparing statement: Lambda function argument can't be a column name: {parameter}"
            )
    kinds = [fill(each, bindings) for each in pattern.arguments]
    outer = dict(emit.locals)
    names = [emit.temporary() for _ in node.parameters]
    for parameter, name, kind, each in zip(node.parameters, names, kinds, pattern.arguments, strict=True):
        if kind is None:
            raise KsqlError(f"Could not resolve type for generic {each}.")
        emit.locals[parameter] = Typed(name, kind, atom=True)
    try:
        body = emit.compile_hard(node.body)
    finally:
        emit.locals = outer
    assert pattern.result is not None
    _settle(pattern.result, body.type, bindings)
    return Typed(f"(lambda {', '.join(names)}: {body.source})", body.type, nullable=False, atom=True)


def _settle(result: Pattern, kind: SqlType, bindings: Bindings) -> None:
    """The type that a lambda gives, against what the signature has for it. Raises KsqlError."""
    if not accepts(result, kind, bindings, casts=False):
        old = bindings.get(result.name, result.name)
        raise KsqlError(
            f"Found invalid instance of generic schema when mapping LAMBDA to {kind}. Cannot map {result} to both {old} "
            f"and {kind}"
        )
