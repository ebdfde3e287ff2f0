"""What the modules of requests yield, and how two answers are compared."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request: `kind` is what it is counted under. `place` may take from the answers before what a request needs."""

    kind: str
    method: str
    path: str
    body: Any = None  # JSON, or text, or bytes as they are
    headers: dict[str, str] | None = None
    quiet: bool = False  # sent to both, compared by nothing: it makes what others need

    @property
    def name(self) -> str:
        return f"{self.method} {self.path} {self.body if self.body is not None else ''}"[:220]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body: JSON where it was, else text."""

    status: int
    body: Any


Send = Callable[[Exchange], Answer]


class Side(Protocol):
    """A module of requests: `search_requests`, `connect_requests`, `broker_requests`."""

    NAME: str
    # keys whose values differ from server to server and from run to run: only their type is compared
    VOLATILE: frozenset[str]

    def exchanges(self) -> Iterator[Exchange]: ...

    def ours(self) -> AbstractContextManager[Send]: ...

    def real(self) -> AbstractContextManager[Send]: ...


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _same_number(wanted: float, got: float) -> bool:
    return math.isclose(wanted, got, rel_tol=1e-5, abs_tol=1e-9)


def _plain(text: str) -> str:
    """A message without what names an object of the Java process."""
    return re.sub(r"(at \[Source: ).*?(; line)", r"\1…\2", re.sub(r"@[0-9a-f]{6,}", "", text))


def differences(wanted: Any, got: Any, volatile: frozenset[str], path: str = "") -> list[str]:
    """Where two values differ: keys, types and values; of `volatile` keys only the types."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        found = [f"{path}.{key} is missing" for key in wanted if key not in got]
        found += [f"{path}.{key} is too much" for key in got if key not in wanted]
        for key in wanted:
            if key in got and key not in volatile:
                found += differences(wanted[key], got[key], volatile, f"{path}.{key}")
            elif key in got and _kind(wanted[key]) != _kind(got[key]):
                found.append(f"{path}.{key}: {_kind(wanted[key])} wanted, {_kind(got[key])} there")
        return found
    if isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            return [f"{path}: {len(wanted)} elements wanted, {len(got)} there"]
        pairs = enumerate(zip(wanted, got, strict=True))
        return [each for place, (a, b) in pairs for each in differences(a, b, volatile, f"{path}[{place}]")]
    if _kind(wanted) != _kind(got):
        return [f"{path}: {_shown(wanted)} wanted, {_shown(got)} there"]
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return [] if _same_number(wanted, got) else [f"{path}: {wanted} wanted, {got} there"]
    if isinstance(wanted, str):
        return [] if _plain(wanted) == _plain(got) else [f"{path}: {_shown(wanted)} wanted, {_shown(got)} there"]
    return [] if wanted == got else [f"{path}: {_shown(wanted)} wanted, {_shown(got)} there"]


def _shown(value: Any) -> str:
    return repr(value)[:400]


def canonical(value: Any, volatile: frozenset[str]) -> Any:
    """A value that equal ones share, as `differences` takes them to be equal: numbers to five figures."""
    if isinstance(value, dict):
        return {
            str(key): f"a {_kind(each)}" if key in volatile else canonical(each, volatile)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [canonical(each, volatile) for each in value]
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else f"{value:.5g}"
    return _plain(value) if isinstance(value, str) else value
