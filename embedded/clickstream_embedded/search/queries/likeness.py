"""more_like_this and common: queries whose words are chosen by how frequent they are."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from clickstream_embedded.search.analysis import ANALYZERS
from clickstream_embedded.search.errors import ShardError, illegal, parsing
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.arguments import boost_of, finished, one_field, options, whole
from clickstream_embedded.search.queries.base import NONE, Context, Field, Query, Sql
from clickstream_embedded.search.queries.compound import least_of, summed
from clickstream_embedded.search.queries.texts import words

_MLT = {"fields", "like", "unlike", "max_query_terms", "min_term_freq", "min_doc_freq", "max_doc_freq", "min_word_length",
        "max_word_length", "stop_words", "analyzer", "minimum_should_match", "boost_terms", "include", "fail_on_unsupported_field"}  # fmt: skip
_COMMON = {"query", "cutoff_frequency", "low_freq_operator", "high_freq_operator", "minimum_should_match", "analyzer"}


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]


def more_like_this(body: Any) -> Query:
    given = options("more_like_this", body, _MLT, words="[mlt] query does not support [{}]")
    if not _listed(given.get("like")):
        raise parsing("more_like_this requires 'like' to be specified", body)
    if given.get("fields") == []:
        raise parsing("more_like_this requires 'fields' to be non-empty", body)
    limits = {key: whole(given, key, default) for key, default in (
        ("max_query_terms", 25), ("min_term_freq", 2), ("min_doc_freq", 5), ("max_doc_freq", 2**31 - 1), ("min_word_length", 0),
        ("max_word_length", 0))}  # fmt: skip

    def build(context: Context) -> Sql:
        fields = [field for name in given.get("fields") or [each.name for each in context.leaves("text")]
                  if (field := context.field(str(name))) is not None]  # fmt: skip
        for field in fields:
            if field.kind not in ("text", "keyword") and "fields" in given:
                raise ShardError(
                    "illegal_argument_exception",
                    f"more_like_this doesn't support binary/numeric fields: [{field.name}]",
                )
        texts = [each for each in _listed(given["like"]) if isinstance(each, str)]
        documents = [each for each in _listed(given["like"]) if isinstance(each, dict)]
        clauses = _of_text(context, fields, texts, given, limits) if texts else []
        for each in documents:
            clauses += _of_document(context, fields, each, given, limits)
        found = (
            summed([], clauses, max(least_of(given.get("minimum_should_match", "30%"), len(clauses)), 1))
            if clauses
            else NONE
        )
        if not documents or given.get("include") in (True, "true"):
            return found
        own = [
            str(each.get("_id")) for each in documents if each.get("_index", context.index.name) == context.index.name
        ]
        marks = ", ".join("?" * len(own))
        return Sql(f"({found.where}) AND docs.id NOT IN ({marks})", (*found.values, *own), found.score, found.weights)

    return finished(build, given, {"more_like_this": {**given, "boost": boost_of(given)}})


def _of_text(
    context: Context, fields: list[Field], texts: list[str], given: dict[str, Any], limits: dict[str, int]
) -> list[Sql]:
    first = Counter(word for text in texts for word in words(fields[0], {"query": text})) if fields else Counter[str]()
    counts: dict[str, Counter[str]] = {field.name: Counter() for field in fields}
    for word, often in first.items():
        top = max(fields, key=lambda field: context.count(field.any("= ?", word)))
        counts[top.name][word] = often
    return _chosen(context, fields, counts, given, limits)


def _of_document(
    context: Context, fields: list[Field], like: dict[str, Any], given: dict[str, Any], limits: dict[str, int]
) -> list[Sql]:
    counts: dict[str, Counter[str]] = {}
    for field in fields:
        if "doc" in like:
            value = like["doc"].get(str(field.rule.get("of", field.name)))
            values = words(field, {"query": value}) if value is not None else []
        else:
            index = str(like.get("_index", context.index.name))
            row = context.database.row(
                f"SELECT {field.sql} FROM docs WHERE idx = ? AND id = ?", (index, str(like.get("_id")))
            )
            kept = str(row[0]) if row and row[0] is not None else "[]"
            values = json.loads(kept) if kept.startswith("[") else [kept]
        counts[field.name] = Counter(str(each) for each in values)
    return _chosen(context, fields, counts, given, limits)


def _chosen(
    context: Context,
    fields: list[Field],
    counts: dict[str, Counter[str]],
    given: dict[str, Any],
    limits: dict[str, int],
) -> list[Sql]:
    """The words that tell most: frequent here, rare elsewhere. A word counts in the field where most documents have it."""
    stops = {str(each) for each in _listed(given.get("stop_words"))}
    found: list[tuple[float, Field, str]] = []
    for field in fields:
        known = context.count(field.exists)
        for word, often in counts[field.name].items():
            if word in stops or often < limits["min_term_freq"] or len(word) < limits["min_word_length"]:
                continue
            if limits["max_word_length"] and len(word) > limits["max_word_length"]:
                continue
            many = context.count(field.any("= ?", word))
            if many and limits["min_doc_freq"] <= many <= limits["max_doc_freq"]:
                found.append((often * (math.log((known + 1) / (many + 1)) + 1), field, word))
    found.sort(key=lambda each: -each[0])
    boost = float(given.get("boost_terms", 0))
    best = found[0][0] if found else 1.0
    return [matching.term(field, word, context).scored(boost * score / best if boost else 1.0)
            for score, field, word in found[: limits["max_query_terms"]]]  # fmt: skip


def common(body: Any) -> Query:
    """Rare words choose, frequent ones only add to the score."""
    name, given = one_field("common", body, _COMMON, "query")
    if given.get("query") is None:
        raise parsing("No text specified for text query", body)
    if "analyzer" in given and given["analyzer"] not in ANALYZERS:
        raise illegal(f"[common] analyzer [{given['analyzer']}] not found")
    cut = float(given.get("cutoff_frequency", 0.01))

    def build(context: Context) -> Sql:
        field = context.field(name)
        if field is None:
            return NONE
        low: list[Sql] = []
        high: list[Sql] = []
        most = cut if cut >= 1 else math.ceil(cut * context.count(Sql("1")))
        for word in words(field, given):
            (high if context.count(matching.equals(field, word, context)) > most else low).append(
                matching.term(field, word, context)
            )
        return _joined(low, high, given)

    shown = {"query": given["query"], "high_freq_operator": str(given.get("high_freq_operator", "OR")).upper(),
             "low_freq_operator": str(given.get("low_freq_operator", "OR")).upper(), "cutoff_frequency": cut, "boost": boost_of(given)}  # fmt: skip
    return finished(build, given, {"common": {name: shown}})


def _joined(low: list[Sql], high: list[Sql], given: dict[str, Any]) -> Sql:
    least = given.get("minimum_should_match")
    least = least if isinstance(least, dict) else {"low_freq": least}

    def part(clauses: list[Sql], name: str, operator: Any) -> Sql:
        if str(operator or "or").lower() == "and":
            return summed(clauses)
        wanted = least.get(name)
        return summed([], clauses, least_of(wanted, len(clauses)) if wanted is not None else 1)

    if not low and not high:
        return NONE
    if not low:
        return part(high, "high_freq", given.get("high_freq_operator") or ("and" if "high_freq" not in least else "or"))
    first = part(low, "low_freq", given.get("low_freq_operator"))
    return summed([first], [part(high, "high_freq", given.get("high_freq_operator"))], 0) if high else first
