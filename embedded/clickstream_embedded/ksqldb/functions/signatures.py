"""Parameters of functions, and whether an argument may stand for one, by ksqlDB's `ParamTypes` and `GenericsUtil`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

Bindings = dict[str, SqlType]


@dataclass(frozen=True, slots=True)
class LambdaArgument:
    """A lambda among the arguments of a call: all that is known of it at first is how many parameters it has."""

    inputs: int

    def __str__(self) -> str:
        return f"LAMBDA ({self.inputs})"


@dataclass(frozen=True, slots=True)
class UnitArgument:
    """A unit of time among the arguments of a call."""

    def __str__(self) -> str:
        return "INTERVALUNIT"


Argument = SqlType | LambdaArgument | UnitArgument


def shown(argument: Argument) -> str:
    """An argument's type as messages show it."""
    return "null" if isinstance(argument, SqlType) and argument.name == "NULL" else str(argument)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parameter's type in a signature."""

    name: str
    arguments: tuple[Pattern, ...] = ()
    result: Pattern | None = None

    def __str__(self) -> str:
        if self.name == "LAMBDA":
            return f"LAMBDA ({', '.join(map(str, self.arguments))}) => {self.result}"
        name = {"STRING": "VARCHAR", "INTEGER": "INT"}.get(self.name, self.name)
        return name + (f"<{', '.join(map(str, self.arguments))}>" if self.arguments else "")

    @property
    def is_generic(self) -> bool:
        return len(self.name) == 1

    @property
    def has_generics(self) -> bool:
        inner = [*self.arguments, self.result] if self.result else self.arguments
        return self.is_generic or any(each.has_generics for each in inner if each)


def split(text: str) -> list[str]:
    """What stands between the commas of a signature."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character in "(<":
            depth += 1
        elif character == ")" or (character == ">" and text[position - 1] != "-"):
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    tail = text[start:].strip()
    return [*parts, tail] if tail else parts


def pattern(text: str) -> Pattern:
    """`MAP<STRING, T>`, `LAMBDA(K, V) -> R`, ..."""
    function = re.fullmatch(r"LAMBDA\((.*)\) -> (.*)", text)
    if function:
        return Pattern("LAMBDA", tuple(pattern(p) for p in split(function[1])), pattern(function[2]))
    generic = re.fullmatch(r"(ARRAY|MAP)<(.*)>", text)
    if generic:
        return Pattern(generic[1], tuple(pattern(p) for p in split(generic[2])))
    return Pattern(text)


def widens(kind: SqlType, name: str) -> bool:
    """Whether a value of `kind` is taken where a base type is wanted (`SqlBaseType.canImplicitlyCast`)."""
    if kind.is_number and name in t.NUMBERS:
        return t.NUMBERS.index(kind.name) <= t.NUMBERS.index(name)
    return kind.name == name or (kind.name == "STRING" and name in ("TIME", "DATE", "TIMESTAMP", "BYTES"))


def accepts(wanted: Pattern, argument: Argument, bindings: Bindings, *, casts: bool) -> bool:
    """Whether the argument may stand for the parameter; type variables that it settles go to `bindings`."""
    if isinstance(argument, SqlType) and argument.name == "NULL":
        return True
    if wanted.has_generics:
        return _reserve(wanted, argument, bindings)
    return _compatible(wanted, argument, casts=casts)


def _compatible(wanted: Pattern, argument: Argument, *, casts: bool) -> bool:
    if wanted.name == "ANY":
        return not isinstance(argument, LambdaArgument)
    if isinstance(argument, LambdaArgument) or wanted.name == "LAMBDA":
        return _takes_lambda(wanted, argument)
    if isinstance(argument, UnitArgument) or wanted.name == "INTERVALUNIT":
        return isinstance(argument, UnitArgument) and wanted.name == "INTERVALUNIT"
    if argument.name == wanted.name in ("ARRAY", "MAP"):
        parts = [part for part in (argument.key, argument.element) if part is not None]
        return all(_compatible(p, part, casts=casts) for p, part in zip(wanted.arguments, parts, strict=True))
    if argument.name == wanted.name:
        return True
    return casts and widens(argument, wanted.name)


def _takes_lambda(wanted: Pattern, argument: Argument) -> bool:
    if wanted.name != "LAMBDA" or not isinstance(argument, LambdaArgument):
        return False
    return argument.inputs == len(wanted.arguments)


def _reserve(wanted: Pattern, argument: Argument, bindings: Bindings) -> bool:
    """Structures must be the same, and a type variable one type throughout: nothing is widened."""
    if wanted.is_generic:
        if not isinstance(argument, SqlType):
            return False
        return bindings.setdefault(wanted.name, argument) == argument
    if wanted.name == "LAMBDA":
        return _takes_lambda(wanted, argument)
    if not isinstance(argument, SqlType) or argument.name != wanted.name:
        return False
    if not wanted.has_generics:
        return True
    parts = [part for part in (argument.key, argument.element) if part is not None]
    return all(_reserve(p, part, bindings) for p, part in zip(wanted.arguments, parts, strict=True))


def fill(wanted: Pattern, bindings: Bindings) -> SqlType | None:
    """The type that a pattern stands for; None for one that takes many (ANY, DECIMAL, STRUCT, a lambda)."""
    if wanted.is_generic:
        return bindings.get(wanted.name)
    if wanted.name == "ARRAY" and wanted.arguments:
        inner = fill(wanted.arguments[0], bindings)
        return t.array(inner) if inner else None
    if wanted.name == "MAP" and wanted.arguments:
        key, value = (fill(p, bindings) for p in wanted.arguments)
        return t.map_of(key, value) if key and value else None
    if wanted.name in ("ANY", "DECIMAL", "STRUCT", "LAMBDA", "INTERVALUNIT"):
        return None
    return t.resolve(ast.TypeName(wanted.name), {})


def unresolved(wanted: Pattern) -> KsqlError:
    return KsqlError(f"Could not find mapping for generic type: {wanted}")
