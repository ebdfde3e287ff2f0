"""What all kinds of expressions are compiled with: names in reach of the source, null checks, conversions.

In Java a null operand of an operator fails the whole expression, up to the next place where failures are caught: a CAST,
an element of a constructor, an argument that is a call. Where all that stands around it is null for a null too, None is
the same as failing, and faster; where it is not (`hard`), the source raises.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.ksqldb.codegen import runtime
from clickstream_embedded.ksqldb.codegen.scope import Scope, Typed
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.casts import cast_function
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_ksql import ast

NULL = Typed("None", t.NULL, atom=True)


@dataclass
class Emitter:
    """Names and state of the compilation of one query's expressions; subclasses know the kinds of nodes.

    `names` collects the constants and functions that the source refers to.
    """

    scope: Scope
    clause: str = "SELECT"
    names: dict[str, Any] = field(default_factory=dict[str, Any])
    locals: dict[str, Typed] = field(default_factory=dict[str, Typed])
    hard: bool = False
    interpreted: bool = False  # pull queries are not compiled, so what Java does not compile is no matter for them
    unchecked: bool = False  # within NOT and BETWEEN ksqlDB does not look at types before it writes Java
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def compile(self, node: ast.Expression) -> Typed:
        """Types and compiles `node`. Raises KsqlError."""
        raise NotImplementedError

    # -- names -------------------------------------------------------------------------------------------------

    def bind(self, value: Any, prefix: str = "k") -> str:
        """A name for a constant or a function."""
        name = f"{prefix}{next(self._numbers)}"
        self.names[name] = value
        return name

    def temporary(self) -> str:
        """A name for an intermediate result."""
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

    # -- nulls -------------------------------------------------------------------------------------------------

    @contextmanager
    def nulls(self, *, fail: bool) -> Generator[None]:
        """Compiles what is within with operators that raise for a null (`fail`), or come to None for it."""
        before = self.hard
        self.hard = fail
        try:
            yield
        finally:
            self.hard = before

    def compile_hard(self, node: ast.Expression) -> Typed:
        """`node` as it stands where a null does not make everything null."""
        with self.nulls(fail=True):
            return self.compile(node)

    def checked(self, arguments: Sequence[Typed]) -> tuple[list[str], list[str]]:
        """(a source of each argument, the tests that it is None): each argument is evaluated once, in its test."""
        values: list[str] = []
        tests: list[str] = []
        for argument in arguments:
            if argument.atom:
                values.append(argument.source)
                if argument.nullable:
                    tests.append(f"{argument.source} is None")
            else:
                name = self.temporary()
                values.append(name)
                tests.append(f"({name} := {argument.source}) is None")
        return values, tests

    def null_safe(self, arguments: Sequence[Typed], template: str, kind: SqlType, *, total: bool = False) -> Typed:
        """`template` over the arguments, None where one of them is; `total`: else it is not None."""
        values, tests = self.checked(arguments)
        body = template.format(*values)
        nullable = not total or any(argument.nullable for argument in arguments)
        return Typed(f"(None if {' or '.join(tests)} else {body})" if tests else f"({body})", kind, nullable)

    def operator(self, arguments: Sequence[Typed], template: str, kind: SqlType) -> Typed:
        """`template` over operands of an operator, which Java takes out of their objects: a null fails."""
        if self.hard:
            return Typed("(" + template.format(*(a.source for a in arguments)) + ")", kind, nullable=False)
        return self.null_safe(arguments, template, kind, total=True)

    def needed(self, typed: Typed) -> str:
        """Source that raises where the value is null."""
        return f"{self.bind(runtime.needed)}({typed.source})" if typed.nullable else typed.source

    def careful(self, typed: Typed) -> str:
        """Source that is null where the expression fails: one bad part does not take the others with it."""
        return typed.source if typed.atom or typed.caught else f"{self.bind(runtime.or_none)}(lambda: {typed.source})"

    # -- conversions -------------------------------------------------------------------------------------------

    def convert(self, typed: Typed, wanted: SqlType) -> Typed:
        """The value cast to a type. Raises KsqlError where there is no such cast."""
        if typed.type == wanted or typed.type.name == "NULL" or (typed.type, wanted) == (t.INTEGER, t.BIGINT):
            return Typed(typed.source, wanted, typed.nullable, typed.atom, typed.caught)
        convert = self.bind(cast_function(typed.type, wanted))
        return self.null_safe([typed], convert + "({0})", wanted, total=True)
