"""Functions by name, with signatures such as `SUBSTRING(STRING, INTEGER) -> STRING`.

In a signature `ANY` takes every type; a single capital letter is a type variable; `DECIMAL` any decimal; a
trailing `...` makes the last parameter variadic; `LAMBDA(T) -> R` stands for a lambda of those parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.resolution import Ambiguous, Index
from clickstream_embedded.ksqldb.functions.signatures import (
    Argument,
    Bindings,
    LambdaArgument,
    Pattern,
    UnitArgument,
    accepts,
    fill,
    pattern,
    shown,
    split,
    unresolved,
)
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.sql_types import SqlType

# categories, as SHOW FUNCTIONS names them
CONDITIONAL, STRINGS, MATHS = "CONDITIONAL", "STRING", "MATHEMATICAL"
ARRAYS, MAPS, JSON, OTHER = "ARRAY", "MAP", "JSON", "OTHER"
REGEX, URLS, DATES, LAMBDAS = "REGULAR EXPRESSION", "URL", "DATE / TIME", "LAMBDA"

_SHOWN = {name.upper(): name for name in (
    "Abs", "Ceil", "Chr", "Floor", "LPad", "RPad", "Round", "ARRAY_CONTAINS", "ARRAY_JOIN", "ARRAY_LENGTH", "AS_MAP",
    "AS_VALUE", "COALESCE", "GENERATE_SERIES", "IFNULL", "NULLIF", "IS_JSON_STRING", "JSON_ARRAY_CONTAINS",
    "JSON_ARRAY_LENGTH", "JSON_CONCAT", "JSON_ITEMS", "JSON_KEYS", "JSON_RECORDS", "TO_JSON_STRING",
)}  # fmt: skip

ReturnRule = Callable[[list[SqlType]], SqlType]


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

    def parameter(self, number: int) -> Pattern:
        """The parameter that argument `number` stands for."""
        return self.parameters[min(number, len(self.parameters) - 1)]

    def wanted(self, number: int, kind: SqlType) -> SqlType | None:
        """The type that an argument of `kind` is converted to, None where it is taken as it is."""
        wanted = self.parameter(number)
        if wanted.has_generics or (kind.name in ("NULL", wanted.name) and kind.name not in ("ARRAY", "MAP")):
            return None
        if wanted.name == "DECIMAL":
            return t.as_decimal(kind)
        return fill(wanted, {})

    def returns(self, arguments: Sequence[Argument], bindings: Bindings) -> SqlType:
        """The type of the result; `bindings` holds what lambdas settled. Raises KsqlError."""
        if self.rule is not None:
            return self.rule([kind for kind in arguments if isinstance(kind, SqlType)])
        if self.result.has_generics:
            for number, argument in enumerate(arguments[: len(self.parameters)]):
                generic = self.parameter(number).has_generics
                if generic and isinstance(argument, SqlType) and argument.name == "NULL":
                    raise KsqlError("Was expecting type as a function argument")
                accepts(self.parameter(number), argument, bindings, casts=False)
        kind = fill(self.result, bindings)
        if kind is None:
            raise unresolved(self.result)
        return kind

    def implementation(self, kind: SqlType, kinds: list[SqlType]) -> Callable[..., Any]:
        return self.function(kind, kinds) if self.typed else self.function

    def __str__(self) -> str:
        return ", ".join(map(str, self.parameters)) + ("..." if self.variadic else "")


@dataclass
class Function:
    """A scalar function with its signatures."""

    name: str
    category: str
    description: str
    variants: list[Variant] = field(default_factory=list["Variant"])
    _index: Index[Variant] | None = None

    def add(self, variant: Variant) -> None:
        self.variants.append(variant)
        self._index = None

    @property
    def shown(self) -> str:
        """Its name as ksqlDB's messages have it: most are in small letters."""
        return _SHOWN.get(self.name, self.name.lower())

    def choose(self, arguments: Sequence[Argument]) -> Variant:
        """The signature that a call with these arguments means. Raises KsqlError."""
        if self._index is None:
            self._index = Index(self.variants)
        given = ", ".join(map(shown, arguments))
        valid = "\n".join(f"{self.name}({variant})" for variant in self.variants)
        detail = "For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;"
        try:
            found = self._index.find(arguments)
        except Ambiguous:
            raise KsqlError(
                f"Function '{self.shown}' cannot be resolved due to ambiguous method parameters ({given}).\n"
                "Use CAST() to explicitly cast your parameters to one of the supported function calls.\n"
                f"Valid function calls are:\n{valid}\n{detail}"
            ) from None
        if found is None:
            raise KsqlError(
                f"Function '{self.shown}' does not accept parameters ({given}).\n"
                f"Valid alternatives are:\n{valid}\n{detail}"
            )
        return found


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
            parameters = tuple(pattern(p) for p in split(inner.removesuffix("...")))
            known = SCALARS.setdefault(name, Function(name, category, description or (function.__doc__ or "")))
            known.add(Variant(parameters, variadic, pattern(result), function, nulls, typed, rule))
        return function

    return register


def same_as_first(kinds: list[SqlType]) -> SqlType:
    """The result has the type of the first argument."""
    return kinds[0]


def widest_decimal(kinds: list[SqlType]) -> SqlType:
    """The result is the decimal that holds all arguments."""
    result: SqlType | None = None
    for kind in kinds:
        if kind.name != "NULL":
            result = t.as_decimal(kind) if result is None else t.common_number(t.as_decimal(kind), result)
    if result is None:
        raise KsqlError("Was expecting type as a function argument")
    return result


__all__ = [
    "ARRAYS", "CONDITIONAL", "DATES", "JSON", "LAMBDAS", "MAPS", "MATHS", "OTHER", "REGEX", "SCALARS", "STRINGS", "URLS",
    "Function", "LambdaArgument", "UnitArgument", "Variant", "same_as_first", "scalar", "widest_decimal",
]  # fmt: skip
