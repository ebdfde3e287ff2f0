"""The span queries: which words stand where in a text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search.errors import ShardError, illegal, parsing
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.arguments import boost_of, finished, one_field, options, truth, whole
from clickstream_embedded.search.queries.base import NONE, Context, Query, Sql

KINDS = ("span_term", "span_near", "span_or", "span_not", "span_first", "span_multi", "span_containing", "span_within",
         "field_masking_span")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Spans:
    """A rule of spans in one field, and how the server shows it."""

    field: str
    rule: list[Any]
    shown: dict[str, Any]


def _read(body: Any, around: str) -> _Spans:
    """A span query within another one. Raises SearchError."""
    if not isinstance(body, dict) or not body:
        raise parsing(f"[{around}] query malformed, no start_object after query name")
    kind, given = next(iter(body.items()))
    if kind not in _READERS:
        raise parsing(f"{around} [{kind}] must be of type span query" if around != "span_near" else
                      "span_near [clauses] must be of type span query", body, kind)  # fmt: skip
    return _READERS[kind](given)


def _term(body: Any) -> _Spans:
    name, given = one_field("span_term", body, {"value", "term"}, "value")
    value = matching.text_of(given.get("value", given.get("term")))
    return _Spans(name, ["term", "is", value], {"span_term": {name: {"value": value, "boost": boost_of(given)}}})


def _clauses(kind: str, body: dict[str, Any]) -> list[_Spans]:
    given = body.get("clauses")
    if not isinstance(given, list) or not given:
        raise parsing(f"{kind} must include [clauses]", body)
    found = [_read(each, kind) for each in given]
    if len({each.field for each in found}) > 1:
        raise illegal(
            f"[{kind}] clauses must have same field" if kind == "span_or" else "Clauses must have same field."
        )
    return found


def _near(body: Any) -> _Spans:
    given = options("span_near", body, {"clauses", "slop", "in_order"})
    parts = _clauses("span_near", given)
    slop, ordered = whole(given, "slop", 0), truth("span_near", given, "in_order", True)
    shown = {"clauses": [each.shown for each in parts], "slop": slop, "in_order": ordered, "boost": boost_of(given)}
    rule = ["near", [each.rule for each in parts], slop, ordered, False] if len(parts) > 1 else parts[0].rule
    return _Spans(parts[0].field, rule, {"span_near": shown})


def _or(body: Any) -> _Spans:
    given = options("span_or", body, {"clauses"})
    parts = _clauses("span_or", given)
    shown = {"clauses": [each.shown for each in parts], "boost": boost_of(given)}
    return _Spans(parts[0].field, ["or", [each.rule for each in parts]], {"span_or": shown})


def _not(body: Any) -> _Spans:
    given = options("span_not", body, {"include", "exclude", "dist", "pre", "post"})
    for key in ("include", "exclude"):
        if key not in given:
            raise parsing(f"span_not must have [{key}] span query clause", body)
    include, exclude = _read(given["include"], "span_not"), _read(given["exclude"], "span_not")
    dist = whole(given, "dist", 0)
    before, after = whole(given, "pre", dist), whole(given, "post", dist)
    shown = {"include": include.shown, "exclude": exclude.shown, "pre": before, "post": after, "boost": boost_of(given)}
    return _Spans(include.field, ["not", include.rule, exclude.rule, before, after], {"span_not": shown})


def _first(body: Any) -> _Spans:
    given = options("span_first", body, {"match", "end"})
    if "match" not in given:
        raise parsing("spanFirst must have [match] span query clause", body)
    if "end" not in given:
        raise parsing("spanFirst must have [end] set for it", body)
    inner = _read(given["match"], "span_first")
    shown = {"match": inner.shown, "end": whole(given, "end", 0), "boost": boost_of(given)}
    return _Spans(inner.field, ["first", inner.rule, whole(given, "end", 0)], {"span_first": shown})


def _multi(body: Any) -> _Spans:
    """A prefix, a pattern or a fuzzy word as a span."""
    given = options("span_multi", body, {"match"})
    inner = given.get("match")
    if not isinstance(inner, dict) or not inner:
        raise parsing("spanMultiTerm must have [match] multi term query clause", body)
    kind, written = next(iter(inner.items()))
    if kind not in ("prefix", "wildcard", "fuzzy"):
        raise parsing("[span_multi] [match] must be of type multi term query", body, "match")
    known = {"value", kind, "rewrite", "fuzziness", "prefix_length", "max_expansions", "transpositions"}
    name, rule = one_field(kind, written, known, "value")
    text = matching.text_of(rule.get("value", rule.get(kind, "")))
    test: list[Any] = {"prefix": ["prefix", text], "wildcard": ["like", text]}.get(kind) or [
        "near", text, matching.edits(rule.get("fuzziness", "AUTO"), text), whole(rule, "prefix_length", 0)]  # fmt: skip
    return _Spans(name, ["term", *test], {"span_multi": {"match": inner, "boost": boost_of(given)}})


def _pair(kind: str, body: Any) -> _Spans:
    given = options(kind, body, {"big", "little"})
    for key in ("big", "little"):
        if key not in given:
            raise illegal(f"inner clause [{key}] cannot be null.")
    big, little = _read(given["big"], kind), _read(given["little"], kind)
    shown = {kind: {"big": big.shown, "little": little.shown, "boost": boost_of(given)}}
    if kind == "span_containing":
        return _Spans(big.field, ["containing", big.rule, little.rule], shown)
    return _Spans(big.field, ["contained_by", little.rule, big.rule], shown)


def _masked(body: Any) -> _Spans:
    given = options("field_masking_span", body, {"query", "field"})
    inner = _read(given.get("query"), "field_masking_span")
    shown = {"query": inner.shown, "field": given.get("field"), "boost": boost_of(given)}
    return _Spans(str(given.get("field")), inner.rule, {"field_masking_span": shown})


_READERS = {"span_term": _term, "span_near": _near, "span_or": _or, "span_not": _not, "span_first": _first, "span_multi": _multi,
            "span_containing": lambda body: _pair("span_containing", body), "span_within": lambda body: _pair("span_within", body),
            "field_masking_span": _masked}  # fmt: skip


def _words(rule: list[Any]) -> Iterator[list[Any]]:
    """The tests of single words in a rule, of which the score is made."""
    if rule[0] == "term":
        yield rule[1:]
    elif rule[0] in ("or", "near"):
        for each in rule[1]:
            yield from _words(each)
    else:
        yield from _words(rule[1])


def read(kind: str, body: Any) -> Query:
    """A span query. Raises SearchError."""
    found = _READERS[kind](body)

    def build(context: Context) -> Sql:
        field = context.field(found.field)
        if field is None:
            return NONE
        if field.kind not in ("text", "keyword"):
            raise ShardError("illegal_argument_exception", f"Can only use span queries on text fields - not on [{field.name}] which is of "
                             f"type [{field.kind}]")  # fmt: skip
        rule = json.dumps(found.rule)
        call = f"span_weight({field.sql}, ?, 0)"
        if not context.scoring:
            return Sql(f"{call} > 0", (rule,))
        terms = {text for test, *rest in _words(found.rule) for text in _terms(context, found.field, test, rest)}
        idf = sum(context.idf(field, field.any("= ?", each)) for each in terms)
        score = (
            f"bm25_of({call}, json_array_length({field.values}, {field.path}), {idf!r}, {context.mean_length(field)!r})"
        )
        return Sql(f"{call} > 0", (rule,), score, (rule,))

    return finished(build, body, found.shown)


def _terms(context: Context, name: str, test: str, rest: list[Any]) -> list[str]:
    field = context.field(name)
    if test == "is" or field is None:
        return [str(rest[0])]
    sql = {"prefix": ("substr(each.value, 1, length(?)) = ?", rest * 2), "like": ("like_pattern(each.value, ?)", rest),
           "near": ("near_word(each.value, ?, ?, ?, 1)", rest)}[test]  # fmt: skip
    return context.terms(field, sql[0], *sql[1])
