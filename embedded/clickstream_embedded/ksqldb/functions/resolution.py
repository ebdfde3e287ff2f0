"""Which signature of a function a call means, by the trie and the precedence of ksqlDB's `UdfIndex`.

First signatures that take the arguments as they are, then those that take them after implicit casts; among several one
that is not variadic, then one with more parameters, then one with fewer type variables; two alike are ambiguous.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from clickstream_embedded.ksqldb.functions.signatures import Argument, Bindings, Pattern, accepts


class Signature(Protocol):
    """What is known of a signature: its parameters, the last of which may stand any number of times."""

    @property
    def parameters(self) -> tuple[Pattern, ...]: ...

    @property
    def variadic(self) -> bool: ...


class Ambiguous(Exception):
    """More than one signature fits equally well."""


S = TypeVar("S", bound=Signature)
_Key = tuple[Pattern, bool]  # a parameter, and whether it is a repeated one


@dataclass
class _Node(Generic[S]):
    children: dict[_Key, Any] = field(default_factory=dict[_Key, Any])
    value: S | None = None

    def update(self, function: S) -> None:
        if self.value is None or _weight(function) > _weight(self.value):
            self.value = function


def _weight(function: Signature) -> tuple[int, int]:
    return (0 if function.variadic else 1, len(function.parameters))


def _rank(function: Signature) -> tuple[int, int, int]:
    return (*_weight(function), -sum(each.has_generics for each in function.parameters))


class Index(Generic[S]):
    """The signatures of one function."""

    def __init__(self, signatures: Sequence[S]) -> None:
        self._root: _Node[S] = _Node()
        for signature in signatures:
            self._add(signature)

    def _add(self, function: S) -> None:
        node = parent = self._root
        *first, last = function.parameters or (None,)
        path = [*first, *(() if last is None else (Pattern("ARRAY", (last,)) if function.variadic else last,))]
        for parameter in path:
            assert parameter is not None
            parent, node = node, node.children.setdefault((parameter, False), _Node())
        if function.variadic:
            assert last is not None
            parent.update(function)  # nothing may stand there, too
            leaf: _Node[S] = parent.children.setdefault((last, True), _Node())
            leaf.update(function)
            leaf.children.setdefault((last, True), leaf)
        node.update(function)

    def find(self, arguments: Sequence[Argument]) -> S | None:
        """The signature that a call means, None where none fits. Raises Ambiguous."""
        for casts in (False, True):
            found: list[S] = []
            self._collect(arguments, 0, self._root, found, {}, casts)
            found.sort(key=_rank)
            if len(found) > 1 and _rank(found[-1]) == _rank(found[-2]):
                raise Ambiguous
            if found:
                return found[-1]
        return None

    def _collect(
        self,
        arguments: Sequence[Argument],
        number: int,
        node: _Node[S],
        found: list[S],
        bindings: Bindings,
        casts: bool,
    ) -> None:
        if number == len(arguments):
            if node.value is not None:
                found.append(node.value)
            return
        for (parameter, _), child in node.children.items():
            settled = dict(bindings)
            if accepts(parameter, arguments[number], settled, casts=casts):
                self._collect(arguments, number + 1, child, found, settled, casts)
