"""Queries as Lucene writes them: for _validate and for explanations."""

from __future__ import annotations

import math
import re
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.errors import ShardError
from clickstream_embedded.search.mapping import NUMBERS, WHOLE
from clickstream_embedded.search.numbers import RANGES, java_double
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.base import Context, Field, Query
from clickstream_embedded.search.queries.syntax import Group, SyntaxFault, parse
from clickstream_embedded.search.queries.texts import words

_EVERY = "*:*"


def described(shown: dict[str, Any], context: Context, *, inside: bool = False) -> str:
    """A query by what the server shows of it. Raises ShardError for a value that does not fit its field."""
    kind, body = next(iter(shown.items()), ("match_all", {}))
    found = _described(kind, body, context)
    boost = _boost(kind, body)
    many = (
        kind in ("bool", "match", "query_string") and len(re.findall(r":|\*", found)) > 1 and not found.startswith("(")
    )
    if many and (inside or boost != 1):
        found = f"({found})"
    if boost == 1:
        return found
    return f"({found})^{java_double(boost)}" if not found.startswith("(") else f"{found}^{java_double(boost)}"


def _boost(kind: str, body: dict[str, Any]) -> float:
    inner = next((each for each in body.values() if isinstance(each, dict) and "boost" in each), None)
    if kind in ("bool", "constant_score", "match_all", "exists", "terms", "dis_max") or inner is None:
        return float(body.get("boost", 1.0))
    return float(inner["boost"])


def _described(kind: str, body: dict[str, Any], context: Context) -> str:
    if kind == "match_all":
        return _EVERY
    if kind == "match_none":
        return 'MatchNoDocsQuery("MatchNoDocsQuery")'
    if kind == "bool":
        return _bool(body, context)
    if kind == "query_string" and (plain := plain_of(body)) is not None:
        return described(plain, context)
    if kind == "nested":
        return f"ToParentBlockJoinQuery ({described(body['query'], context.nested(str(body['path'])))})"
    if kind == "constant_score":
        return f"ConstantScore({described(body['filter'], context, inside=False)})"
    if kind == "dis_max":
        tie = float(body.get("tie_breaker", 0.0))
        joined = " | ".join(described(each, context, inside=True) for each in body["queries"])
        return f"({joined}){f'~{tie}' if tie else ''}"
    if kind == "exists":
        return _exists(body["field"], context)
    name, rule = next(((key, each) for key, each in body.items() if key not in ("boost", "_name")), ("", {}))
    field = context.field(name)
    if field is None:
        return f'MatchNoDocsQuery("unmapped field{"s" if kind.startswith("match") else ""} [{name}]")'
    return _of_field(kind, field, rule, context)


def _bool(body: dict[str, Any], context: Context) -> str:
    signs = (("must", "+"), ("must_not", "-"), ("should", ""), ("filter", "#"))
    parts = [sign + described(each, context, inside=True) for key, sign in signs for each in body.get(key, [])]
    if body.get("must_not") and not any(body.get(key) for key in ("must", "should", "filter")):
        parts = [*parts, f"#{_EVERY}"]
    joined = " ".join(parts)
    least = body.get("minimum_should_match")
    should = len(body.get("should", []))
    if least is not None and str(least).lstrip("-").isdigit() and should > 1 and int(least) > 0:
        return f"({joined})~{int(least)}"
    if should and (body.get("must") or body.get("filter")):
        return f"({joined})~{least}" if least not in (None, 0) else joined
    return joined or _EVERY


def plain_of(body: dict[str, Any]) -> dict[str, Any] | None:
    """A query_string of words with their fields, as the queries that it stands for; None where it is another one."""
    try:
        group = parse(str(body.get("query", "")))
    except SyntaxFault:
        return None
    return _plain_group(group, body)


def _plain_group(group: Group, body: dict[str, Any]) -> dict[str, Any] | None:
    default = body.get("default_field") or next(iter(body.get("fields") or []), None)
    parts: dict[str, list[dict[str, Any]]] = {"must": [], "should": [], "must_not": []}
    for clause in group.clauses:
        inner = clause.inner
        if isinstance(inner, Group):
            made = _plain_group(inner, body)
        else:
            name = inner.field or default
            made = None if name is None or inner.kind not in ("term", "phrase") or len(body.get("fields") or []) > 1 else {
                "match" if inner.kind == "term" else "match_phrase": {str(name).partition("^")[0]: {"query": inner.text}}}  # fmt: skip
        if made is None:
            return None
        parts[{"+": "must", "-": "must_not"}.get(clause.modifier, "should")].append(made)
    found = {key: each for key, each in parts.items() if each}
    only = [each for listed in found.values() for each in listed]
    return only[0] if len(only) == 1 and "must_not" not in found else {"bool": found}


def _exists(name: str, context: Context) -> str:
    field = context.field(name)
    if field is None:
        return f'MatchNoDocsQuery("No field \\"{name}\\" exists in mappings.")'
    of = "NormsFieldExistsQuery" if field.kind == "text" else "DocValuesFieldExistsQuery"
    return f"ConstantScore({of} [field={name}])"


def _of_field(kind: str, field: Field, rule: Any, context: Context) -> str:
    name = field.name
    given = rule if isinstance(rule, dict) else {"value": rule, "query": rule}
    if kind == "term":
        return term(field, given.get("value"), context)
    if kind == "terms" and isinstance(rule, list):
        values = [matching.text_of(each) for each in rule]
        return f"{name}:{{{' '.join(values)}}}" if field.kind in NUMBERS else f"{name}:({' '.join(values)})"
    if kind == "prefix":
        return f"{name}:{given.get('value')}*"
    if kind in ("wildcard", "regexp", "fuzzy"):
        value = given.get("wildcard", given.get("value"))
        return f"{name}:/{value}/" if kind == "regexp" else f"{name}:{value}{'~' + str(matching.edits(given.get('fuzziness', 'AUTO'), str(value))) if kind == 'fuzzy' else ''}"  # fmt: skip
    if kind == "range":
        return _range(field, given, context)
    if kind.startswith("match"):
        return _match(kind, field, given, context)
    return f"{name}:{kind}"


def _match(kind: str, field: Field, given: dict[str, Any], context: Context) -> str:
    if field.kind not in ("text", "keyword"):
        return term(field, given.get("query"), context)
    terms = words(field, given)
    if "phrase" in kind and len(terms) > 1:
        slop = int(given.get("slop", 0))
        return f'{field.name}:"{" ".join(terms)}{"*" if kind.endswith("prefix") else ""}"{f"~{slop}" if slop else ""}'
    if not terms:
        return 'MatchNoDocsQuery("Matching no documents because no terms present")'
    sign = "+" if str(given.get("operator", "or")).lower() == "and" and len(terms) > 1 else ""
    joined = " ".join(f"{sign}{field.name}:{each}" for each in terms)
    least = given.get("minimum_should_match")
    return f"({joined})~{least}" if least is not None and len(terms) > 1 else joined


def term(field: Field, value: Any, context: Context) -> str:
    """One value of a field. Raises ShardError."""
    if field.kind in WHOLE:
        number = matching.number_of(value, field)
        return f"{field.name}:[{int(number)} TO {int(number)}]"
    if field.kind in NUMBERS:
        number = java_double(float(matching.number_of(value, field)))
        return f"{field.name}:[{number} TO {number}]"
    if field.kind == "boolean":
        return f"{field.name}:{'T' if matching.truth_of(value) else 'F'}"
    if field.kind == "date":
        form = str(field.rule.get("format", times.DEFAULT_FORMAT))
        return f"{field.name}:[{matching.date_of(value, form, context)} TO {matching.date_of(value, form, context, up=True)}]"
    return f"{field.name}:{field.normal(matching.text_of(value))}"


def _range(field: Field, given: dict[str, Any], context: Context) -> str:
    low, high, with_low, with_high = (
        given.get("from"),
        given.get("to"),
        given.get("include_lower"),
        given.get("include_upper"),
    )
    if field.kind in ("keyword", "text"):
        left = ("[" if with_low else "{") + ("*" if low is None else matching.text_of(low))
        return f"{field.name}:{left} TO {'*' if high is None else matching.text_of(high)}{']' if with_high else '}'}"
    if field.kind == "date":
        form = str(given.get("format") or field.rule.get("format", times.DEFAULT_FORMAT))
        zone = given.get("time_zone")
        first = (
            -(2**63) if low is None else matching.date_of(low, form, context, zone, up=not with_low) + (not with_low)
        )
        last = (
            2**63 - 1
            if high is None
            else matching.date_of(high, form, context, zone, up=bool(with_high)) - (not with_high)
        )
        return f"{field.name}:[{first} TO {last}]"
    if field.kind in WHOLE:
        most = RANGES[field.kind]
        first = -most if low is None else int(matching.number_of(low, field)) + (not with_low)
        last = most - 1 if high is None else int(matching.number_of(high, field)) - (not with_high)
        return f"{field.name}:[{first} TO {last}]"
    if field.kind in NUMBERS:
        first = -math.inf if low is None else float(matching.number_of(low, field))
        last = math.inf if high is None else float(matching.number_of(high, field))
        first = first if with_low or low is None else math.nextafter(first, math.inf)
        last = last if with_high or high is None else math.nextafter(last, -math.inf)
        ends = java_double(first), java_double(last)
        return f"{field.name}:[{ends[0]} TO {ends[1]}]"
    raise ShardError("illegal_argument_exception", f"a range of [{field.kind}] cannot be shown")


_KINDS = {"match_all": "MatchAllDocsQuery", "match_none": "MatchNoDocsQuery", "term": "TermQuery", "bool": "BooleanQuery",
          "range": "IndexOrDocValuesQuery", "constant_score": "ConstantScoreQuery", "exists": "ConstantScoreQuery",
          "match_phrase": "PhraseQuery", "prefix": "MultiTermQueryConstantScoreWrapper", "dis_max": "DisjunctionMaxQuery",
          "wildcard": "MultiTermQueryConstantScoreWrapper", "terms": "TermInSetQuery"}  # fmt: skip
_STEPS = ("set_min_competitive_score", "next_doc", "match", "compute_max_score", "advance", "score", "create_weight", "shallow_advance",
          "build_scorer")  # fmt: skip


def profiled(context: Context, query: Query | None) -> dict[str, Any]:
    """What a profile tells of a shard: the query; of its times, as SQLite does all in one, there is none by step."""
    shown = query.shown if query is not None else {"match_all": {}}
    kind = next(iter(shown))
    told = described(shown, context)
    named = "BooleanQuery" if kind == "match" and " " in told else _KINDS.get(kind, "TermQuery")
    steps = {**dict.fromkeys(_STEPS, 0), **{f"{step}_count": 0 for step in _STEPS}}
    one = {"type": named, "description": told, "time_in_nanos": 0, "breakdown": steps}
    inside = {"name": "SimpleTopScoreDocCollector", "reason": "search_top_hits", "time_in_nanos": 0}
    collector = {"name": "CancellableCollector", "reason": "search_cancelled", "time_in_nanos": 0, "children": [inside]}
    search = {"query": [one], "rewrite_time": 0, "collector": [collector]}
    return {"id": f"[n1][{context.index.name}][0]", "searches": [search], "aggregations": []}
