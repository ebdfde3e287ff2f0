"""How an answer is compared with the real server's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Probe = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What was compared (`accepted`, `type`, `values`, `status`, `rows`, ...), and what differs: none is a pass."""

    aspects: tuple[str, ...]
    failed: dict[str, str]

    @property
    def passed(self) -> bool:
        return not self.failed


@dataclass
class Score:
    """The verdicts of all probes, by kind."""

    by_kind: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    by_aspect: dict[str, dict[str, Counter[str]]] = field(default_factory=dict[str, dict[str, Counter[str]]])
    failures: list[tuple[Probe, Verdict]] = field(default_factory=list[tuple[Probe, Verdict]])

    def add(self, probe: Probe, verdict: Verdict) -> None:
        kind = probe["kind"]
        self.by_kind.setdefault(kind, Counter())["passed" if verdict.passed else "failed"] += 1
        for aspect in verdict.aspects:
            counts = self.by_aspect.setdefault(kind, {}).setdefault(aspect, Counter())
            counts["failed" if aspect in verdict.failed else "passed"] += 1
        if not verdict.passed:
            self.failures.append((probe, verdict))

    def summary(self) -> dict[str, Any]:
        """The contract's fields, and each aspect's share beside them."""
        return {
            "passed": sum(counts["passed"] for counts in self.by_kind.values()),
            "failed": sum(counts["failed"] for counts in self.by_kind.values()),
            "by_kind": {
                kind: {"passed": counts["passed"], "failed": counts["failed"],
                       "by_aspect": {a: {"passed": c["passed"], "failed": c["failed"]}
                                     for a, c in self.by_aspect.get(kind, {}).items()}}
                for kind, counts in self.by_kind.items()
            },
        }  # fmt: skip


def same(expected: Any, actual: Any) -> bool:
    """Whether a decoded JSON value is the expected one; numbers within 1e-9 of each other, relatively."""
    if isinstance(expected, bool) or isinstance(actual, bool) or expected is None or actual is None:
        return expected is actual
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        return expected == actual or math.isclose(expected, actual, rel_tol=1e-9, abs_tol=0.0)
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(same(value, actual[name]) for name, value in expected.items())
        )
    return type(expected) is type(actual) and expected == actual


def same_rows(expected: list[Any], actual: list[Any], *, ordered: bool) -> bool:
    """Whether the rows are the expected ones: in the same order where there is one."""
    if len(expected) != len(actual):
        return False
    if ordered:
        return same(expected, actual)
    left = list(actual)
    for row in expected:
        found = next((other for other in left if same(row, other)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def compare(probe: Probe, answer: dict[str, Any], checks: dict[str, Callable[[Any, Any], bool]]) -> Verdict:
    """Compares each named field of the probe that it has with the answer's."""
    aspects = tuple(name for name in checks if name in probe)
    failed = {
        name: f"expected {probe[name]!r}, got {answer.get(name)!r}"
        for name in aspects
        if not checks[name](probe[name], answer.get(name))
    }
    return Verdict(aspects, failed)
