"""Functions by name, with signatures such as `SUBSTRING(STRING, INTEGER) -> STRING`.

In a signature `ANY` takes every type; a single capital letter is a type variable; `DECIMAL` any decimal; a
trailing `...` makes the last parameter variadic; `LAMBDA(T) -> R` stands for a lambda of those parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

Bindings = dict[str, SqlType]
# categories, as SHOW FUNCTIONS names them
CONDITIONAL, STRINGS, MATHS = "CONDITIONAL", "STRING", "MATHEMATICAL"
ARRAYS, MAPS, JSON, OTHER = "ARRAY", "MAP", "JSON", "OTHER"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parameter's type in a signature."""

    name: str
    arguments: tuple[Pattern, ...] = ()
    result: Pattern | None = None

    def __str__(self) -> str:
        if self.name == "LAMBDA":
            return f"LAMBDA ({', '.join(map(str, self.arguments))}) => {self.result}"
        return self.name + (f"<{', '.join(map(str, self.arguments))}>" if self.arguments else "")


def _split(text: str) -> list[str]:
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


def _pattern(text: str) -> Pattern:
    lambda_match = re.fullmatch(r"LAMBDA\((.*)\) -> (.*)", text)
    if lambda_match:
        return Pattern("LAMBDA", tuple(_pattern(p) for p in _split(lambda_match[1])), _pattern(lambda_match[2]))
    generic = re.fullmatch(r"(ARRAY|MAP)<(.*)>", text)
    if generic:
        return Pattern(generic[1], tuple(_pattern(p) for p in _split(generic[2])))
    return Pattern(text)


def _match(pattern: Pattern, kind: SqlType | None, bindings: Bindings) -> int | None:  # noqa: C901
    """How badly `kind` fits: 0 is exact, None is not at all."""
    if pattern.name == "LAMBDA":
        return 0 if kind is None else None
    if kind is None:
        return None
    if kind.name == "NULL":
        return 1
    if pattern.name == "ANY":
        return 3
    if len(pattern.name) == 1:
        known = bindings.get(pattern.name)
        if known is None or known.name == "NULL":
            bindings[pattern.name] = kind
            return 2
        if known == kind:
            return 2
        if known.is_number and kind.is_number:
            bindings[pattern.name] = t.common_number(known, kind)
            return 3
        return None
    if pattern.name in ("ARRAY", "MAP"):
        if kind.name != pattern.name:
            return None
        inner = [kind.element] if kind.name == "ARRAY" else [kind.key, kind.element]
        if not pattern.arguments:
            return 0
        costs = [_match(p, k, bindings) for p, k in zip(pattern.arguments, inner, strict=True)]
        return None if None in costs else sum(c for c in costs if c is not None)
    if pattern.name == "STRUCT":
        return 0 if kind.name == "STRUCT" else None
    if pattern.name == kind.name:
        return 0
    order = ("INTEGER", "BIGINT", "DECIMAL", "DOUBLE")
    if pattern.name in order and kind.name in order and order.index(kind.name) < order.index(pattern.name):
        return 1 + order.index(pattern.name) - order.index(kind.name)
    return None


def _fill(pattern: Pattern, bindings: Bindings) -> SqlType | None:
    if len(pattern.name) == 1:
        return bindings.get(pattern.name)
    if pattern.name == "ARRAY" and pattern.arguments:
        inner = _fill(pattern.arguments[0], bindings)
        return t.array(inner) if inner else None
    if pattern.name == "MAP" and pattern.arguments:
        key, value = (_fill(p, bindings) for p in pattern.arguments)
        return t.map_of(key, value) if key and value else None
    if pattern.name in ("ANY", "DECIMAL", "STRUCT", "LAMBDA"):
        return None
    return t.resolve(ast.TypeName(pattern.name), {})


ReturnRule = Callable[[list[SqlType], Sequence[ast.Expression]], SqlType]


@dataclass(frozen=True, slots=True)
class Variant:
    """One signature of a function.

    `nulls`: the implementation is called with nulls too. `typed`: it is a factory that gets the result type and the
    argument types and gives the implementation.
    """

    parameters: tuple[Pattern, ...]
    variadic: bool
    result: Pattern
    function: Callable[..., Any]
    nulls: bool = False
    typed: bool = False
    rule: ReturnRule | None = None

    def parameter_pattern(self, number: int) -> Pattern:
        return self.parameters[min(number, len(self.parameters) - 1)]

    def parameter(self, number: int, bindings: Bindings) -> SqlType | None:
        """The type that argument `number` is converted to, None where it is taken as it is."""
        return _fill(self.parameter_pattern(number), bindings)

    def lambda_parameters(self, number: int, bindings: Bindings) -> list[SqlType]:
        kinds = [_fill(p, bindings) for p in self.parameter_pattern(number).arguments]
        return [kind for kind in kinds if kind is not None]

    def bind_lambda_result(self, kind: SqlType, bindings: Bindings) -> None:
        for pattern in self.parameters:
            if pattern.name == "LAMBDA" and pattern.result is not None and pattern.result.name not in bindings:
                bindings[pattern.result.name] = kind
                return

    def returns(self, bindings: Bindings, kinds: list[SqlType], written: Sequence[ast.Expression]) -> SqlType:
        if self.rule is not None:
            return self.rule(kinds, written)
        kind = _fill(self.result, bindings)
        return kind if kind is not None else t.NULL

    def implementation(self, kind: SqlType, kinds: list[SqlType]) -> Callable[..., Any]:
        return self.function(kind, kinds) if self.typed else self.function


@dataclass
class Function:
    """A scalar function with its signatures."""

    name: str
    category: str
    description: str
    variants: list[Variant] = field(default_factory=list["Variant"])

    def choose(self, kinds: list[SqlType | None]) -> tuple[Variant, Bindings]:
        """The signature that fits these arguments best (None stands for a lambda). Raises KsqlError."""
        best: tuple[int, Variant, Bindings] | None = None
        for variant in self.variants:
            least = len(variant.parameters) - (1 if variant.variadic else 0)
            if not (len(kinds) == len(variant.parameters) or (variant.variadic and len(kinds) >= least)):
                continue
            bindings: Bindings = {}
            costs = [_match(variant.parameter_pattern(i), kind, bindings) for i, kind in enumerate(kinds)]
            if None in costs:
                continue
            cost = sum(c for c in costs if c is not None) + (1 if variant.variadic else 0)
            if best is None or cost < best[0]:
                best = (cost, variant, bindings)
        if best is None:
            given = ", ".join("LAMBDA" if k is None else str(k) for k in kinds)
            valid = "\n".join(
                f"{self.name}({', '.join(map(str, v.parameters))}{'...' if v.variadic else ''})" for v in self.variants
            )
            raise KsqlError(
                f"Function '{self.name.lower()}' does not accept parameters ({given}).\nValid alternatives are:\n{valid}\n"
                f"For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;"
            )
        return best[1], best[2]


SCALARS: dict[str, Function] = {}


def scalar(
    *signatures: str,
    category: str,
    description: str = "",
    nulls: bool = False,
    typed: bool = False,
    rule: ReturnRule | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers the decorated function under the names of its signatures."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for signature in signatures:
            head, result = signature.rsplit(" -> ", 1)
            name, inner = head.split("(", 1)
            inner = inner.rsplit(")", 1)[0]
            variadic = inner.endswith("...")
            parameters = tuple(_pattern(p) for p in _split(inner.removesuffix("...")))
            known = SCALARS.setdefault(name, Function(name, category, description or (function.__doc__ or "")))
            known.variants.append(Variant(parameters, variadic, _pattern(result), function, nulls, typed, rule))
        return function

    return register


def same_as_first(kinds: list[SqlType], _: Sequence[ast.Expression]) -> SqlType:
    """The result has the type of the first argument that is not NULL."""
    return next((kind for kind in kinds if kind.name != "NULL"), t.NULL)


def widest(kinds: list[SqlType], _: Sequence[ast.Expression]) -> SqlType:
    """The result has the type that all arguments widen to."""
    known = [kind for kind in kinds if kind.name != "NULL"]
    if not known:
        raise KsqlError("Function does not accept parameters (): all arguments are null")
    result = known[0]
    for kind in known[1:]:
        result = t.common_number(result, kind) if kind.is_number and result.is_number else result
    return result
