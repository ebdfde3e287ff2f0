"""Which spans of words a text has: for span queries and intervals, whose rules are lists that SQL can carry as text."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search.queries import matching

Span = tuple[int, int, int]  # the first word, the one after the last, and how far its words are apart
_FAR = 2**31
_TESTS: dict[str, Callable[..., Any]] = {
    "is": lambda word, text: word == text, "prefix": lambda word, text: word.startswith(text), "like": matching.like,
    "near": lambda word, text, most, begin: matching.near(word, text, most, begin, 1),
}  # fmt: skip


def _terms(rule: list[Any], there: list[str]) -> list[Span]:
    test = _TESTS[rule[1]]
    return [(at, at + 1, 0) for at, word in enumerate(there) if test(word, *rule[2:])]


def _ordered(parts: list[list[Span]], slop: int) -> list[Span]:
    """For each span of the first part the nearest ones of the others after it (Lucene's NearSpansOrdered)."""
    found: list[Span] = []
    for start, end, _ in parts[0]:
        gaps = 0
        for part in parts[1:]:
            following = next((each for each in part if each[0] >= end), None)
            if following is None:
                return found
            gaps += following[0] - end
            end = following[1]
        if gaps <= slop:
            found.append((start, end, gaps))
    return found


def _unordered(parts: list[list[Span]], slop: int) -> list[Span]:
    """The shortest spans that have one of each part, which do not lie over each other."""
    found: set[Span] = set()

    def extend(at: int, chosen: list[Span]) -> None:
        if at == len(parts):
            start, end = min(each[0] for each in chosen), max(each[1] for each in chosen)
            if end - start - sum(high - low for low, high, _ in chosen) <= slop:
                found.add((start, end, end - start))
            return
        for each in parts[at]:
            if not any(each[0] < high and low < each[1] for low, high, _ in chosen):
                extend(at + 1, [*chosen, each])

    extend(0, [])
    return _shortest(sorted(found))


def _shortest(found: list[Span]) -> list[Span]:
    """Those that have no other one within them."""
    return [
        each
        for each in found
        if not any(other != each and each[0] <= other[0] and other[1] <= each[1] for other in found)
    ]


_HAS: Callable[[Span, Span], bool] = lambda each, other: each[0] <= other[0] and other[1] <= each[1]  # noqa: E731
_IN: Callable[[Span, Span], bool] = lambda each, other: other[0] <= each[0] and each[1] <= other[1]  # noqa: E731
_MEETS: Callable[[Span, Span], bool] = lambda each, other: each[0] < other[1] and other[0] < each[1]  # noqa: E731
# how a span stands to one of others, and whether it is to be none of them
RELATIONS: dict[str, tuple[Callable[[Span, Span], bool], bool]] = {
    "containing": (_HAS, False), "contained_by": (_IN, False), "not_containing": (_HAS, True), "not_contained_by": (_IN, True),
    "overlapping": (_MEETS, False), "not_overlapping": (_MEETS, True), "before": (lambda each, other: each[1] <= other[0], False),
    "after": (lambda each, other: each[0] >= other[1], False),
}  # fmt: skip


def spans(rule: list[Any], there: list[str]) -> list[Span]:
    """The spans of a rule (what it is, and what it is of) in the words of a text, in order."""
    kind, *rest = rule
    if kind == "term":
        return _terms(rule, there)
    if kind == "or":
        return sorted({span for each in rest[0] for span in spans(each, there)})
    if kind == "near":
        parts, slop, ordered = [spans(each, there) for each in rest[0]], rest[1] if rest[1] >= 0 else _FAR, rest[2]
        found = (_ordered if ordered else _unordered)(parts, slop) if all(parts) else []
        return _shortest(found) if rest[3] else found
    inner = spans(rest[0], there)
    if kind == "first":
        return [each for each in inner if each[1] <= rest[1]]
    other = spans(rest[1], there)
    if kind == "not":
        before, after = rest[2], rest[3]
        return [
            each
            for each in inner
            if not any(low < each[1] + after and each[0] - before < high for low, high, _ in other)
        ]
    test, is_none = RELATIONS[kind]
    return [each for each in inner if any(test(each, one) for one in other) != is_none]


def _size(rule: list[Any]) -> int:
    """The least number of words that a span of the rule has."""
    if rule[0] == "term":
        return 1
    sizes = [_size(each) for each in rule[1]] if rule[0] in ("or", "near") else [_size(rule[1])]
    return sum(sizes) if rule[0] == "near" else min(sizes, default=0)


@functools.lru_cache(256)
def _rule(text: str) -> list[Any]:
    return json.loads(text)


def weight(tokens: str | None, text: str, intervals: int) -> float:
    """How often the spans are there: one whose words are apart counts less. A function of the database over JSON arrays."""
    if tokens is None:
        return 0.0
    there: list[str] = json.loads(tokens) if tokens.startswith("[") else [tokens]
    rule = _rule(text)
    found = spans(rule, there)
    if not intervals:
        return sum(1 / (1 + width) for _, _, width in found)
    least = _size(rule)
    return sum(1 / max(high - low - least + 1, 1) for low, high, _ in found)
