"""The intervals query: rules of which words are how near to each other, and in which order."""

from __future__ import annotations

import json
from typing import Any

from clickstream_embedded.search.analysis import ANALYZERS
from clickstream_embedded.search.errors import ShardError, content, parsing
from clickstream_embedded.search.queries import positions
from clickstream_embedded.search.queries.arguments import boost_of, finished, token
from clickstream_embedded.search.queries.base import NONE, Context, Query, Sql

_KNOWN = {"match": {"query", "max_gaps", "ordered", "analyzer", "filter", "use_field"},
          "all_of": {"intervals", "max_gaps", "ordered", "filter"}, "any_of": {"intervals", "filter"},
          "prefix": {"prefix", "analyzer", "use_field"}, "wildcard": {"pattern", "analyzer", "use_field"}}  # fmt: skip


def _rule(body: Any) -> list[Any]:
    """The rule of an object with one key. Raises SearchError."""
    if not isinstance(body, dict) or not body:
        raise parsing("Expected [FIELD_NAME] but got [END_OBJECT]", body if isinstance(body, dict) else None)
    kind, given = next(iter(body.items()))
    if kind not in _KNOWN:
        raise parsing(f"Unknown interval type [{kind}], expecting one of [match, any_of, all_of, prefix]", body, kind)
    for key in given:
        if key not in _KNOWN[kind]:
            raise content(f"[{kind}] unknown field [{key}], parser not found", given, key)
    found = _made(kind, given)
    if "filter" not in given:
        return found
    relation, other = next(iter(given["filter"].items()))
    if relation not in positions.RELATIONS:
        raise parsing(f"Unknown filter type [{relation}]", given["filter"], relation)
    return [relation, found, _rule(other)]


def _made(kind: str, given: dict[str, Any]) -> list[Any]:
    gaps, ordered = int(given.get("max_gaps", -1)), given.get("ordered", False) in (True, "true")
    if kind == "match":
        words = [
            ["term", "is", each]
            for each in ANALYZERS[str(given.get("analyzer", "standard"))](str(given.get("query", "")))
        ]
        return words[0] if len(words) == 1 else ["near", words, gaps, ordered, True] if words else ["or", []]
    if kind == "prefix":
        return ["term", "prefix", str(given["prefix"]).lower()]
    if kind == "wildcard":
        return ["term", "like", str(given["pattern"]).lower()]
    inner = [_rule(each) for each in given.get("intervals", [])]
    if kind == "any_of":
        return ["or", inner]
    return inner[0] if len(inner) == 1 else ["near", inner, gaps, ordered, True]


def intervals(body: Any) -> Query:
    name = next((key for key in body if key not in ("boost", "_name")), None)
    if name is None or not isinstance(body[name], dict):
        raise parsing(
            f"Expected [START_OBJECT] but got [{token(body.get(name)) if name else 'END_OBJECT'}]", body, name
        )
    given = {key: each for key, each in body[name].items() if key not in ("boost", "_name")}
    if len(given) > 1:
        first, second = [*given][:2]
        raise parsing(f"Only one interval rule can be specified, found [{first}] and [{second}]", body[name], second)
    beside = {key: each for key, each in body[name].items() if key in ("boost", "_name")}
    if not given:
        raise parsing("Missing intervals from interval query definition", body[name])
    rule = json.dumps(_rule(given if beside else body[name]))

    def build(context: Context) -> Sql:
        field = context.field(name)
        if field is None:
            return NONE
        if field.kind != "text":
            raise ShardError("illegal_argument_exception", f"Can only use interval queries on text fields - not on [{name}] which is of type "
                             f"[{field.kind}]")  # fmt: skip
        call = f"span_weight({field.sql}, ?, 1)"
        return Sql(f"{call} > 0", (rule,), f"({call} / ({call} + 1.0))", (rule, rule))

    return finished(build, {**beside, **body}, {"intervals": {name: {**given, "boost": boost_of(beside)}}})
