"""The client's side of a session: properties (SET) and variables (DEFINE), which the server does not keep."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from clickstream_ksql import ast

_VARIABLE = re.compile(r"(\$)?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class UndefinedVariable(ValueError):
    """The text names a variable that was not defined."""


@dataclass(frozen=True, slots=True)
class Session:
    """Properties sent along with each request, and variables put into the text before it is sent."""

    properties: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, str] = field(default_factory=dict[str, str])

    def substitute(self, text: str) -> str:
        """The text with each `${name}` replaced; `$${name}` becomes `${name}`. Raises UndefinedVariable."""

        def value(match: re.Match[str]) -> str:
            if match.group(1):  # `$${name}` is the text `${name}` itself
                return match.group()[1:]
            name = match.group(2).upper()
            if name not in self.variables:
                raise UndefinedVariable(f"The variable {match.group()} is not defined; define it first: "
                                        f"DEFINE {match.group(2)} = 'value';")  # fmt: skip
            return self.variables[name]

        return _VARIABLE.sub(value, text)

    def define(self, name: str, value: str) -> Session:
        return replace(self, variables={**self.variables, name.upper(): value})

    def apply(self, statement: ast.Statement) -> Session:
        """The session after a SET, UNSET, DEFINE or UNDEFINE; the same one after anything else."""
        match statement:
            case ast.SetProperty(name, value):
                return replace(self, properties={**self.properties, name: value})
            case ast.UnsetProperty(name):
                return replace(self, properties={k: v for k, v in self.properties.items() if k != name})
            case ast.Define(name, value):
                return self.define(name, self.substitute(value))
            case ast.Undefine(name):
                return replace(self, variables={k: v for k, v in self.variables.items() if k != name.upper()})
            case _:
                return self
