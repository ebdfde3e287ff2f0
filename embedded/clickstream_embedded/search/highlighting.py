"""Highlights: the words of a hit that the query asked for, between marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from clickstream_embedded.search.errors import content, parsing
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.base import Context, Query
from clickstream_embedded.search.queries.syntax import Group, Leaf, SyntaxFault, parse

_KNOWN = {"fields", "pre_tags", "post_tags", "fragment_size", "number_of_fragments", "require_field_match", "type", "encoder",
          "order", "no_match_size", "highlight_query", "tags_schema", "boundary_scanner", "phrase_limit", "options"}  # fmt: skip


class Highlighter:
    """What of a document the query's words are marked in."""

    def __init__(self, given: dict[str, Any], query: Query | None, context: Context) -> None:
        """Raises SearchError for an option that is none."""
        for key in given:
            if key not in _KNOWN:
                raise content(f"[highlight] unknown field [{key}], parser not found", given, key)
        fields = given.get("fields")
        if not isinstance(fields, dict | list):
            raise parsing("Expected [START_OBJECT] for [fields]")
        names = fields if isinstance(fields, dict) else {key: rule for each in fields for key, rule in each.items()}
        self._pre, self._post = (given.get("pre_tags") or ["<em>"])[0], (given.get("post_tags") or ["</em>"])[0]
        self._any = given.get("require_field_match", True) in (False, "false")
        self._names = list(names)
        self._context = context
        self._wanted = list(_words(query.shown)) if query is not None else []

    def of(self, document: dict[str, Any]) -> dict[str, list[str]]:
        """The marked texts by field."""
        found: dict[str, list[str]] = {}
        for field in self._context.leaves("text", "keyword"):
            if not any(matching.like(field.name, name) for name in self._names):
                continue
            words = [
                word for name, word in self._wanted if self._any or name is None or matching.like(field.name, name)
            ]
            value = document.get(str(field.rule.get("of", field.name)))
            if words and isinstance(value, str):
                marked = self._marked(value, words, whole=field.kind == "keyword")
                if marked is not None:
                    found[field.name] = [marked]
        return found

    def _marked(self, text: str, words: list[str], *, whole: bool) -> str | None:
        if whole:
            return f"{self._pre}{text}{self._post}" if any(matching.like(text, word) for word in words) else None
        hit = False

        def mark(found: re.Match[str]) -> str:
            nonlocal hit
            if any(matching.like(found[0].lower(), word.lower()) for word in words):
                hit = True
                return f"{self._pre}{found[0]}{self._post}"
            return found[0]

        marked = re.sub(r"\w+", mark, text)
        return marked if hit else None


def _words(shown: Any, field: str | None = None) -> Iterator[tuple[str | None, str]]:
    """(field or None, word or pattern) of all that a query asks for."""
    if not isinstance(shown, dict):
        return
    for kind, body in shown.items():
        if kind in ("query_string", "simple_query_string"):
            yield from _string(str(body.get("query", "")))
        elif kind in ("match", "match_phrase", "term", "prefix", "wildcard"):
            for name, rule in body.items():
                text = (
                    rule.get("query", rule.get("value", rule.get("wildcard", ""))) if isinstance(rule, dict) else rule
                )
                for word in (
                    str(text).split() if kind.startswith("match") else [str(text) + ("*" if kind == "prefix" else "")]
                ):
                    yield name, word
        elif kind == "multi_match":
            for word in str(body.get("query", "")).split():
                yield None, word
        elif kind in ("bool", "dis_max", "constant_score"):
            for key, inner in body.items():
                if key != "must_not":
                    for each in inner if isinstance(inner, list) else [inner]:
                        yield from _words(each)


def _string(text: str) -> Iterator[tuple[str | None, str]]:
    try:
        yield from _leaves(parse(text))
    except SyntaxFault:
        return


def _leaves(group: Group) -> Iterator[tuple[str | None, str]]:
    for clause in group.clauses:
        if clause.modifier == "-":
            continue
        if isinstance(clause.inner, Group):
            yield from _leaves(clause.inner)
        elif clause.inner.kind in ("term", "phrase", "prefix", "wildcard"):
            yield from _of(clause.inner)


def _of(leaf: Leaf) -> Iterator[tuple[str | None, str]]:
    for word in leaf.text.split():
        yield leaf.field, word + ("*" if leaf.kind == "prefix" else "")
