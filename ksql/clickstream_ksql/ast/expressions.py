"""Expressions and types as immutable data."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal as Choice


@dataclass(frozen=True, slots=True)
class Expression:
    """Any expression."""


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """NULL, a boolean, a string, or a number: int, Decimal for `1.5`, float for `1E3`."""

    value: bool | int | float | Decimal | str | None


@dataclass(frozen=True, slots=True)
class Column(Expression):
    """A column, with the source it was qualified by, if any; `position` is (line, column), from 1, where it stands."""

    name: str
    source: str | None = None
    position: tuple[int, int] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Dereference(Expression):
    """`base->field`."""

    base: Expression
    field: str


@dataclass(frozen=True, slots=True)
class Subscript(Expression):
    """`base[index]` of an array or a map."""

    base: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function call; `COUNT(*)` has no arguments and `star`."""

    name: str
    arguments: tuple[Expression, ...]
    star: bool = False


@dataclass(frozen=True, slots=True)
class IntervalUnit(Expression):
    """A unit of time as a function's argument, such as DAYS."""

    unit: str


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """`(x, y) => body`."""

    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """`+ - * / %`, where `+` (or `||`) also joins strings."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Negate(Expression):
    """`-x`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Plus(Expression):
    """`+x`: its operand, which must be a number."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """`= <> < <= > >=`, `IS DISTINCT FROM` and `IS NOT DISTINCT FROM`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logical(Expression):
    """AND or OR."""

    operator: Choice["AND", "OR"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """NOT x."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    """`x IS [NOT] NULL`."""

    operand: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class Between(Expression):
    """`x [NOT] BETWEEN low AND high`."""

    operand: Expression
    low: Expression
    high: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class InList(Expression):
    """`x [NOT] IN (…)`."""

    operand: Expression
    items: tuple[Expression, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Like(Expression):
    """`x [NOT] LIKE pattern [ESCAPE 'c']`."""

    operand: Expression
    pattern: Expression
    escape: str | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """CASE; a simple one has an `operand`."""

    operand: Expression | None
    whens: tuple[tuple[Expression, Expression], ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """`CAST(x AS type)`."""

    operand: Expression
    type: TypeName


@dataclass(frozen=True, slots=True)
class ArrayOf(Expression):
    """`ARRAY[…]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Expression):
    """`MAP(k := v, …)`."""

    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class StructOf(Expression):
    """`STRUCT(name := value, …)`."""

    fields: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written. `name` is upper case; STRUCT has `fields`, ARRAY one argument, MAP two."""

    name: str
    parameters: tuple[int, ...] = ()
    arguments: tuple[TypeName, ...] = ()
    fields: tuple[tuple[str, TypeName], ...] = ()
