"""Lists that users write (ARRAY, MAP, IN): the type that all of their parts come to, by ksqlDB's `CoercionUtil`.

Parts are taken one by one from the left. A literal may become a text and a text literal a number or a boolean
(`DefaultSqlValueCoercer.LAX`); other expressions widen only, and texts become times and bytes (`STRICT`). Constructors
are looked into: a text in them counts as what it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from clickstream_embedded.ksqldb.codegen.emitter import Emitter
from clickstream_embedded.ksqldb.codegen.scope import Typed
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.casts import is_boolean
from clickstream_embedded.ksqldb.types.java_numbers import decimal
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

_TEXTS = ("BOOLEAN", "INTEGER", "BIGINT", "DECIMAL", "DOUBLE")
_TIMES = ("DATE", "TIME", "TIMESTAMP")
_Part = tuple[ast.Expression, Typed]


class CoercionError(KsqlError):
    """The parts of a list have no type in common."""


class _NotCoercible(CoercionError):
    """A part that does not come to the type of those before it."""


def unify(emit: Emitter, nodes: Sequence[ast.Expression]) -> tuple[list[Typed], SqlType | None]:
    """The parts of a list, converted to the type that all of them come to; None where all are nulls.

    Raises:
        CoercionError: a part has a type that the others do not come to.
    """
    parts = [(node, emit.compile(node)) for node in nodes]
    common = _common(emit, parts, None)
    if common is None:
        return [typed for _, typed in parts], None
    return [_converted(emit, part, common) for part in parts], common


def _common(emit: Emitter, parts: Iterable[_Part], common: SqlType | None) -> SqlType | None:
    for node, typed in parts:
        if typed.type.name == "NULL":
            continue
        common = typed.type if common is None else _join(emit, node, typed.type, common)
    return common


def _join(emit: Emitter, node: ast.Expression, kind: SqlType, target: SqlType) -> SqlType:
    """The type that one more part and those before it come to. Raises KsqlError."""
    match node:
        case ast.ArrayOf(items):
            return _within(emit, node, kind, target, "ARRAY", lambda: t.array(_inner(emit, items, target.element)))
        case ast.MapOf(entries):
            return _within(
                emit, node, kind, target, "MAP",
                lambda: t.map_of(_inner(emit, [key for key, _ in entries], target.key),
                                 _inner(emit, [value for _, value in entries], target.element)),
            )  # fmt: skip
        case ast.StructOf(fields):
            return _within(emit, node, kind, target, "STRUCT", lambda: _struct(emit, dict(fields), kind, target))
        case ast.Literal(str() as text) if target.is_number:
            return _number_of(text, target)
        case ast.Literal(str() as text) if target.name == "BOOLEAN":
            if not is_boolean(text):
                raise _syntax(text, target)
            return target
        case _:
            lax = isinstance(node, ast.Literal)
            found = _can(kind, target, lax=lax) or _can(target, kind, lax=lax)
            if found is None:
                raise _not_coercible(emit, node, kind, target)
            return found


def _within(
    emit: Emitter, node: ast.Expression, kind: SqlType, target: SqlType, name: str, join: Callable[[], SqlType]
) -> SqlType:
    """What a constructor comes to; where one of its parts does not fit, it is the constructor that is told."""
    if target.name != name:
        raise _not_coercible(emit, node, kind, target)
    try:
        return join()
    except _NotCoercible:
        raise _not_coercible(emit, node, kind, target) from None


def _inner(emit: Emitter, nodes: Iterable[ast.Expression], target: SqlType | None) -> SqlType:
    common = _common(emit, [(node, emit.compile(node)) for node in nodes], target)
    assert common is not None
    return common


def _struct(emit: Emitter, fields: dict[str, ast.Expression], kind: SqlType, target: SqlType) -> SqlType:
    names = dict.fromkeys([*fields, *(name for name, _ in target.fields)])
    joined: list[tuple[str, SqlType]] = []
    for name in names:
        source, wanted = kind.field(name), target.field(name)
        if source is None or wanted is None:
            both = source or wanted
        else:
            both = _join(emit, fields[name], source, wanted)
        assert both is not None
        joined.append((name, both))
    return t.struct(tuple(joined))


def _number_of(text: str, target: SqlType) -> SqlType:
    """The type of a number that a text stands for, beside `target`. Raises KsqlError."""
    try:
        number = decimal(text.strip())
    except (ValueError, ArithmeticError):
        raise _syntax(text, target) from None
    whole = not set(text) & set(".eE") and number == number.to_integral_value()
    if whole and abs(number) < 1 << 31:
        source = t.INTEGER
    elif whole and abs(number) < 1 << 63:
        source = t.BIGINT
    else:
        source = t.decimal_of(number)
    return t.common_number(source, target)


def _can(kind: SqlType, target: SqlType, *, lax: bool) -> SqlType | None:
    """The type that values of `kind` become beside those of `target`, None where they do not."""
    if kind.is_number and target.is_number:
        return t.common_number(kind, target) if _widens(kind, target) else None
    if kind.name == "STRING" and target.name in (*_TIMES, "BYTES"):
        return target
    if lax and kind.name != target.name:
        texts = (*_TEXTS, *_TIMES) if target.name == "STRING" else ()
        return target if kind.name in texts or (kind.name == "STRING" and target.name in _TEXTS) else None
    if kind.name != target.name:
        return None
    match target.name:
        case "ARRAY":
            element = _can(_some(kind.element), _some(target.element), lax=lax)
            return None if element is None else t.array(element)
        case "MAP":
            key = _can(_some(kind.key), _some(target.key), lax=lax)
            element = _can(_some(kind.element), _some(target.element), lax=lax)
            return None if key is None or element is None else t.map_of(key, element)
        case "STRUCT":
            return _can_struct(kind, target, lax=lax)
        case _:
            return target


def _can_struct(kind: SqlType, target: SqlType, *, lax: bool) -> SqlType | None:
    fields: dict[str, SqlType] = dict(kind.fields)
    for name, wanted in target.fields:
        both = _can(fields[name], wanted, lax=lax) if name in fields else wanted
        if both is None:
            return None
        fields[name] = both
    return t.struct(tuple(fields.items()))


def _widens(kind: SqlType, target: SqlType) -> bool:
    order = ("INTEGER", "BIGINT", "DECIMAL", "DOUBLE")
    return order.index(kind.name) <= order.index(target.name)


def _converted(emit: Emitter, part: _Part, common: SqlType) -> Typed:
    """A part as a value of the common type. Raises KsqlError for a literal that is none."""
    node, typed = part
    if typed.type == common or typed.type.name == "NULL":
        return emit.convert(typed, common)
    if not isinstance(node, ast.Literal):
        cast = emit.convert(typed, common)
        return cast if typed.type.is_number else Typed(emit.careful(cast), common, caught=True)
    if common.is_number and isinstance(node.value, str):  # as Java reads it, which takes an exponent
        typed = emit.compile(ast.Literal(Decimal(format(decimal(node.value.strip()), "f"))))
    converted = emit.convert(typed, common)
    try:
        value = emit.function(converted)(())
    except (ValueError, ArithmeticError):
        raise _syntax(str(node.value), common) from None
    return Typed(emit.bind(value), common, nullable=False, atom=True)


def _syntax(text: str, target: SqlType) -> CoercionError:
    return CoercionError(f'invalid input syntax for type {target.name}: "{text}".')


def _not_coercible(emit: Emitter, node: ast.Expression, kind: SqlType, target: SqlType) -> _NotCoercible:
    return _NotCoercible(
        f"operator does not exist: {target} = {kind} ({emit.scope.text(node)})\n"
        "Hint: You might need to add explicit type casts."
    )


def _some(kind: SqlType | None) -> SqlType:
    assert kind is not None
    return kind
