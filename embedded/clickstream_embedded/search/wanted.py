"""The words that a query asks for, as highlights need them: by field, with phrases and patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search.analysis import Token, standard
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.regular import fits
from clickstream_embedded.search.queries.syntax import Group, Leaf, SyntaxFault, parse

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that follow each other in one field, or (None) in any; each is a test of a token."""

    field: str | None
    tests: tuple[Test, ...]

    def covers(self, name: str) -> bool:
        return self.field is None or matching.like(name, self.field) == 1


def places(words: list[Wanted], tokens: list[Token]) -> list[tuple[int, int]]:
    """Where in the text the words are, in order."""
    found: set[tuple[int, int]] = set()
    for each in words:
        many = len(each.tests)
        for at in range(len(tokens) - many + 1):
            if all(test(tokens[at + step][0]) for step, test in enumerate(each.tests)):
                found |= {(start, end) for _, start, end in tokens[at : at + many]}
    return sorted(found)


def _word(text: str) -> Test:
    return lambda token: token == text


def _pattern(text: str) -> Test:
    return lambda token: bool(matching.like(token, text))


def _single(kind: str, rule: dict[str, Any], value: str) -> Test:
    if kind == "prefix":
        return lambda token: token.startswith(value)
    if kind == "wildcard":
        return _pattern(value)
    if kind == "regexp":
        return lambda token: bool(fits(token, value))
    if kind == "fuzzy":
        most = matching.edits(rule.get("fuzziness", "AUTO"), value)
        return lambda token: matching.distance(token, value, most) <= most
    return _word(value)


def _analyzed(field: str | None, rule: dict[str, Any], kind: str) -> Iterator[Wanted]:
    text = matching.text_of(rule.get("query", ""))
    words = standard(text)
    if "phrase" in kind and words:
        tests = [_word(each) for each in words]
        if kind.endswith("prefix"):
            tests[-1] = _single("prefix", rule, words[-1])
        yield Wanted(field, tuple(tests))
        yield Wanted(field, (_word(text),))  # a field that is not analyzed
        return
    fuzzy = rule.get("fuzziness") is not None
    for place, each in enumerate(words):
        how = "prefix" if kind.endswith("bool_prefix") and place == len(words) - 1 else "fuzzy" if fuzzy else "term"
        yield Wanted(field, (_single(how, rule, each),))
    yield Wanted(field, (_word(text),))


_TERMS = ("term", "prefix", "wildcard", "regexp", "fuzzy", "span_term")
_AROUND = {"bool": ("must", "should", "filter"), "dis_max": ("queries",), "constant_score": ("filter",), "boosting": ("positive",),
           "function_score": ("query",), "nested": ("query",), "script_score": ("query",), "span_near": ("clauses",),
           "span_or": ("clauses",), "span_first": ("match",), "span_multi": ("match",), "span_not": ("include",)}  # fmt: skip


def of(shown: Any) -> Iterator[Wanted]:
    """What a query, as it is shown in messages, asks for."""
    for kind, body in shown.items() if isinstance(shown, dict) else ():
        if kind in _AROUND:
            for key in _AROUND[kind]:
                inner = body.get(key, [])
                for each in inner if isinstance(inner, list) else [inner]:
                    yield from of(each)
        elif kind in ("query_string", "simple_query_string"):
            yield from _string(body)
        elif kind == "multi_match":
            for name in body.get("fields") or ["*"]:
                yield from _analyzed(str(name).partition("^")[0], body, str(body.get("type", "")))
        elif kind == "terms":
            for name, values in body.items():
                for each in values if isinstance(values, list) else ():
                    yield Wanted(name, (_word(matching.text_of(each)),))
        elif kind in _TERMS or kind.startswith("match") or kind == "common":
            yield from _of_field(kind, body)


def _of_field(kind: str, body: dict[str, Any]) -> Iterator[Wanted]:
    for name, given in body.items():
        rule = given if isinstance(given, dict) else {"value": given, "query": given}
        if kind in _TERMS:
            value = rule.get("value", rule.get(kind, ""))
            yield Wanted(name, (_single(kind, rule, matching.text_of(value)),))
        elif "query" in rule:
            yield from _analyzed(name, rule, kind)


def _string(body: dict[str, Any]) -> Iterator[Wanted]:
    fields = [str(each).partition("^")[0] for each in body.get("fields") or [body.get("default_field") or "*"]]
    try:
        group = parse(str(body.get("query", "")))
    except SyntaxFault:
        for field in fields:
            yield from _analyzed(field, body, "match")
        return
    yield from _leaves(group, fields)


def _leaves(group: Group, fields: list[str]) -> Iterator[Wanted]:
    for clause in group.clauses:
        if clause.modifier == "-":
            continue
        if isinstance(clause.inner, Group):
            yield from _leaves(clause.inner, fields)
        elif clause.inner.kind in ("term", "phrase", "prefix", "wildcard"):
            yield from _of_leaf(clause.inner, fields)


def _of_leaf(leaf: Leaf, fields: list[str]) -> Iterator[Wanted]:
    for field in [leaf.field] if leaf.field is not None else fields:
        if leaf.kind in ("prefix", "wildcard"):
            yield Wanted(
                field,
                (
                    _single(
                        leaf.kind, {}, leaf.text.lower().rstrip("*") if leaf.kind == "prefix" else leaf.text.lower()
                    ),
                ),
            )
        else:
            yield from _analyzed(field, {"query": leaf.text}, "match_phrase" if leaf.kind == "phrase" else "match")
