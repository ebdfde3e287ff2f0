"""Queries that analyze what they are given: match, its phrases and prefixes, and multi_match."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from clickstream_embedded.search.errors import SearchError, ShardError, illegal, parsing
from clickstream_embedded.search.numbers import java_double
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.arguments import boost_of, finished, one_field, options, token, whole
from clickstream_embedded.search.queries.base import ALL, NONE, Context, Field, Query, Sql
from clickstream_embedded.search.queries.compound import best, least_of, summed
from clickstream_embedded.search.queries.terms import check_rewrite, check_text, fuzzy_on

_COMMON = {"query", "analyzer", "zero_terms_query"}
_FUZZY = {"fuzziness", "prefix_length", "max_expansions", "fuzzy_rewrite", "fuzzy_transpositions"}
_MATCH = (
    _COMMON
    | _FUZZY
    | {"operator", "minimum_should_match", "lenient", "cutoff_frequency", "auto_generate_synonyms_phrase_query"}
)
_MULTI = _MATCH | {"fields", "type", "slop", "tie_breaker"}
TYPES = ("best_fields", "most_fields", "cross_fields", "phrase", "phrase_prefix", "bool_prefix")


def words(field: Field, given: dict[str, Any], kind: str = "match") -> list[str]:
    """The terms that the query's text becomes in that field. Raises ShardError for an analyzer that is not there."""
    value = given.get("query")
    text = matching.text_of(value)
    if field.kind != "text" and "analyzer" not in given:
        return [text]
    named = None if given.get("analyzer") is None else matching.text_of(given["analyzer"])
    used = None if named == "" else field.analyzer(named or field.rule.get("search_analyzer"))
    if used is None:
        raise ShardError("query_shard_exception", f"[{kind}] analyzer [{named}] not found")
    return used(text)


def match_on(field: Field, given: dict[str, Any], context: Context) -> Sql:
    """A match of one field. Raises ShardError."""
    check_rewrite(given.get("fuzzy_rewrite"))
    if field.kind == "object":
        return NONE
    if field.kind not in ("text", "keyword"):
        try:
            if given.get("fuzziness") is not None:
                check_text(field, "fuzzy")
            return matching.term(field, given.get("query"), context)
        except ShardError as error:
            if given.get("lenient") in (True, "true"):
                return NONE
            if " is out of range " in str(error) and isinstance(given.get("query"), str):  # the text as its bytes
                told = given["query"].encode().hex(" ")
                raise ShardError(error.kind, f"Value [[{told}]] is{str(error).partition('] is')[2]}") from None
            raise
    terms = words(field, given)
    if not terms:
        return ALL if str(given.get("zero_terms_query", "none")).lower() == "all" else NONE
    found: list[Sql] = []
    for each in terms:
        if given.get("fuzziness") is not None:
            most = matching.edits(given["fuzziness"], each)
            swaps = given.get("fuzzy_transpositions", True) not in (False, "false")
            found.append(fuzzy_on(field, each, most, whole(given, "prefix_length", 0), context, swaps=swaps) if most else
                         matching.term(field, each, context))  # fmt: skip
        else:
            found.append(matching.term(field, each, context))
    if str(given.get("operator", "or")).lower() == "and":
        return summed(found)
    least = given.get("minimum_should_match")
    return summed([], found, least_of(least, len(found)) if least is not None and len(found) > 1 else 1)


def _no_negative_slop(given: dict[str, Any]) -> None:
    if whole(given, "slop", 0) < 0:
        raise illegal("No negative slop allowed.")


def _operator(given: dict[str, Any]) -> None:
    if str(given.get("operator", "or")).lower() not in ("or", "and"):
        raise illegal(f"No enum constant org.elasticsearch.index.query.Operator.{str(given['operator']).upper()}")


def match(body: Any) -> Query:
    name, given = one_field("match", body, _MATCH, "query")
    _needs_query("match", body, given)
    _operator(given)

    def build(context: Context) -> Sql:
        field = context.field(name)
        return match_on(field, given, context) if field is not None else NONE

    if str(given.get("zero_terms_query", "none")).lower() not in ("none", "all"):
        raise parsing(
            f"Unsupported zero_terms_query value [{given['zero_terms_query']}]", body[name], "zero_terms_query"
        )
    fuzziness = {"fuzziness": str(given["fuzziness"]).upper()} if given.get("fuzziness") is not None else {}
    written = {key: {key: matching.text_of(given[key])} if given.get(key) is not None else {}
               for key in ("analyzer", "minimum_should_match", "fuzzy_rewrite")}  # fmt: skip
    shown = {
        "query": given["query"], "operator": str(given.get("operator", "or")).upper(), **written["analyzer"], **fuzziness,
        "prefix_length": whole(given, "prefix_length", 0), "max_expansions": whole(given, "max_expansions", 50),
        **written["minimum_should_match"], **written["fuzzy_rewrite"],
        "fuzzy_transpositions": given.get("fuzzy_transpositions", True) in (True, "true"), "lenient": given.get("lenient") in (True, "true"),
        "zero_terms_query": str(given.get("zero_terms_query", "none")).upper(),
        **({"cutoff_frequency": float(given["cutoff_frequency"])} if "cutoff_frequency" in given else {}),
        "auto_generate_synonyms_phrase_query": given.get("auto_generate_synonyms_phrase_query", True) in (True, "true"),
        "boost": boost_of(given),
    }  # fmt: skip
    return finished(build, given, {"match": {name: shown}})


def _needs_query(kind: str, body: Any, given: dict[str, Any]) -> None:
    if given.get("query") is None:
        raise parsing("No text specified for text query", body)
    if isinstance(given["query"], dict | list):
        raise parsing(f"[{kind}] unknown token [{token(given['query'])}] after [query]", given, "query")


def has_phrase(tokens: str | None, wanted: str, slop: int, is_prefix: int) -> float:
    """How often the words follow each other, with at most `slop` moves. A function of the database over JSON arrays."""
    if tokens is None:
        return 0
    there: list[str] = json.loads(tokens) if tokens.startswith("[") else [tokens]
    phrase: list[str] = json.loads(wanted)

    def fits(at: int, number: int) -> bool:
        last = is_prefix and number == len(phrase) - 1
        return there[at].startswith(phrase[number]) if last else there[at] == phrase[number]

    if not slop:
        return sum(
            all(fits(start + number, number) for number in range(len(phrase)))
            for start in range(len(there) - len(phrase) + 1)
        )
    places = [[at - number for at in range(len(there)) if fits(at, number)] for number in range(len(phrase))]
    if not all(places):
        return 0
    # the words' shifts against the phrase must lie within `slop` of each other
    starts = {place for each in places for place in each}
    spreads = [
        max(min((place - start for place in each if place >= start), default=slop + 1) for each in places)
        for start in starts
    ]
    closest = min(spreads)
    return 1 / (1 + closest) if closest <= slop else 0


def phrase_on(field: Field, given: dict[str, Any], context: Context, *, is_prefix: bool = False) -> Sql:
    """That the words follow each other in the field. Raises ShardError."""
    if field.kind == "object":
        return NONE
    if field.kind != "text":
        if is_prefix:
            raise ShardError("illegal_argument_exception", f"Can only use phrase prefix queries on text fields - not on [{field.name}] "
                             f"which is of type [{field.kind}]")  # fmt: skip
        return matching.term(field, given.get("query"), context)
    terms = words(field, given, "match_phrase_prefix" if is_prefix else "match_phrase")
    if not terms:
        return ALL if str(given.get("zero_terms_query", "none")).lower() == "all" else NONE
    if len(terms) == 1 and not is_prefix:
        return matching.term(field, terms[0], context)
    slop = whole(given, "slop", 0)
    call = f"has_phrase(json_extract({field.values}, {field.path}), ?, {slop}, {int(is_prefix)})"
    wanted = json.dumps(terms)
    if not context.scoring:
        return Sql(f"{call} > 0", (wanted,))
    exact = terms[:-1] if is_prefix else terms
    if is_prefix:
        exact = [*exact, *context.terms(field, "substr(each.value, 1, length(?)) = ?", terms[-1], terms[-1])]
    idf = sum(context.idf(field, field.any("= ?", each)) for each in exact)
    mean = context.mean_length(field)
    length = f"json_array_length({field.values}, {field.path})"
    score = f"bm25_of({call}, {length}, {idf!r}, {mean!r})"
    return Sql(f"{call} > 0", (wanted,), score, (wanted,))


def match_phrase(body: Any) -> Query:
    return _phrase("match_phrase", body, _COMMON | {"slop"}, is_prefix=False)


def match_phrase_prefix(body: Any) -> Query:
    return _phrase("match_phrase_prefix", body, _COMMON | {"slop", "max_expansions"}, is_prefix=True)


def _phrase(kind: str, body: Any, known: set[str], *, is_prefix: bool) -> Query:
    name, given = one_field(kind, body, known, "query")
    _needs_query(kind, body, given)
    _no_negative_slop(given)

    def build(context: Context) -> Sql:
        field = context.field(name)
        return phrase_on(field, given, context, is_prefix=is_prefix) if field is not None else NONE

    shown: dict[str, Any] = {"query": given["query"], "slop": whole(given, "slop", 0)}
    shown |= {"max_expansions": whole(given, "max_expansions", 50)} if is_prefix else {}
    if not is_prefix or str(given.get("zero_terms_query", "none")).lower() != "none":
        shown["zero_terms_query"] = str(given.get("zero_terms_query", "none")).upper()
    shown["boost"] = boost_of(given)
    return finished(build, given, {kind: {name: shown}})


def bool_prefix_on(field: Field, given: dict[str, Any], context: Context) -> Sql:
    """That the words are there, the last one as a prefix."""
    if field.kind not in ("text", "keyword"):
        return match_on(field, given, context)
    terms = words(field, given, "match_bool_prefix")
    if not terms:
        return NONE
    found = [matching.term(field, each, context) for each in terms[:-1]]
    found.append(field.any("substr({}, 1, length(?)) = ?", terms[-1], terms[-1]))
    if str(given.get("operator", "or")).lower() == "and":
        return summed(found)
    least = given.get("minimum_should_match")
    return summed([], found, least_of(least, len(found)) if least is not None and len(found) > 1 else 1)


def match_bool_prefix(body: Any) -> Query:
    known = {"query", "analyzer", "operator", "minimum_should_match", *_FUZZY}
    name, given = one_field("match_bool_prefix", body, known, "query")
    _needs_query("match_bool_prefix", body, given)

    def build(context: Context) -> Sql:
        field = context.field(name)
        return bool_prefix_on(field, given, context) if field is not None else NONE

    shown = {"query": given["query"], "operator": str(given.get("operator", "or")).upper(), "prefix_length": whole(given, "prefix_length", 0),
             "max_expansions": whole(given, "max_expansions", 50), "fuzzy_transpositions": True, "boost": boost_of(given)}  # fmt: skip
    return finished(build, given, {"match_bool_prefix": {name: shown}})


def boosted_fields(names: Any, context: Context) -> list[tuple[Field, float]]:
    """The fields of `name`, `name^2`, `pre*`, each with its boost."""
    found: dict[str, tuple[Field, float]] = {}
    for each in names if isinstance(names, list) else [names]:
        name, _, boost = str(each).partition("^")
        if boost and not re.fullmatch(r"\d+(\.\d+)?", boost):
            raise illegal(f'For input string: "{boost}"')
        if "*" in name:
            fields = [field for field in context.leaves() if matching.like(field.name, name)]
        else:
            fields = [field for field in [context.field(name)] if field is not None]
        for field in fields:
            found[field.name] = (field, float(boost or 1))
    return [*found.values()]


def _crossed(fields: list[tuple[Field, float]], given: dict[str, Any], context: Context) -> Sql:
    """Each word in the best of the fields, all texts taken as one: how rare a word is is the same in each (BlendedTermQuery)."""
    tie = float(given.get("tie_breaker", 0.0))
    plain = [(field, boost) for field, boost in fields if field.kind in ("text", "keyword")]
    groups: dict[int, list[tuple[Field, float]]] = {}
    for field, boost in plain:
        groups.setdefault(id(field.analyzer("keyword" if field.kind == "keyword" else None)), []).append((field, boost))
    joined = [_blended(group, given, context, tie) for group in groups.values()]
    joined += [
        match_on(field, given, context).scored(boost)
        for field, boost in fields
        if field.kind not in ("text", "keyword")
    ]
    return best(joined, tie)


def _blended(fields: list[tuple[Field, float]], given: dict[str, Any], context: Context, tie: float) -> Sql:
    found: list[Sql] = []
    for word in words(fields[0][0], given):
        counts = [(context.count(field.any("= ?", word)), field, boost) for field, boost in fields]
        counts.sort(key=lambda each: -each[0])
        actual, before, parts = counts[0][0], counts[0][0], list[Sql]()
        for count, field, boost in counts:
            if not count:
                continue
            actual += before > count
            before = count
            known = context.count(field.exists)
            idf = math.log(1 + (known - min(actual, known) + 0.5) / (min(actual, known) + 0.5))
            parts.append(matching.term(field, word, context, idf).scored(boost))
        found.append(best(parts, tie))
    if not found:
        return NONE
    if str(given.get("operator", "or")).lower() == "and":
        return summed(found)
    least = given.get("minimum_should_match")
    return summed([], found, least_of(least, len(found)) if least is not None and len(found) > 1 else 1)


def multi_match(body: Any) -> Query:
    given = options("multi_match", body, _MULTI)
    _operator(given)
    if given.get("query") is None:
        raise parsing("No text specified for multi_match query", body)
    kind = str(given.get("type", "best_fields")).lower()
    if kind not in TYPES:
        raise SearchError(
            400, "parse_exception", f"failed to parse [multi_match] query type [{given.get('type')}]. unknown type."
        )
    _no_negative_slop(given)
    if isinstance(given.get("fields"), dict):
        raise parsing("[multi_match] query does not support [fields]", body, "fields")
    if given.get("fuzziness") is not None and kind in ("cross_fields", "phrase", "phrase_prefix"):
        raise parsing(f"Fuzziness not allowed for type [{kind}]", body)
    fields = given.get("fields") or ["*"]
    asked = {**given, **({"lenient": True} if not given.get("fields") else {})}

    def build(context: Context) -> Sql:
        found: list[Sql] = []
        if kind == "cross_fields":
            return _crossed(boosted_fields(fields, context), asked, context)
        for field, boost in boosted_fields(fields, context):
            if kind in ("phrase", "phrase_prefix"):
                one = phrase_on(field, asked, context, is_prefix=kind == "phrase_prefix")
            elif kind == "bool_prefix":
                one = bool_prefix_on(field, asked, context)
            else:
                one = match_on(field, asked, context)
            found.append(one.scored(boost))
        if kind in ("most_fields", "bool_prefix"):
            return summed([], found)
        return best(found, float(given.get("tie_breaker", 0.0)))

    return finished(build, given, {"multi_match": _shown(given, kind)})


def _named(fields: Any) -> list[str]:
    """The fields with their boosts, in the order of their names, as the server writes them."""
    found: dict[str, float] = {}
    for each in fields if isinstance(fields, list) else [fields]:
        name, _, boost = str(each).partition("^")
        found[name] = float(boost or 1)
    return [f"{name}^{java_double(found[name])}" for name in sorted(found)]


def _shown(given: dict[str, Any], kind: str) -> dict[str, Any]:
    """A multi_match as the server writes it in its messages."""
    text, number, on = given.get, whole, ("true", True)
    optional = {
        key: matching.text_of(given[key])
        for key in ("analyzer", "fuzzy_rewrite", "minimum_should_match")
        if text(key) is not None
    }
    return {
        "query": given["query"], "fields": _named(given.get("fields") or []), "type": kind, "operator": str(text("operator", "OR")).upper(),
        **{key: each for key, each in optional.items() if key == "analyzer"}, "slop": number(given, "slop", 0),
        **({"fuzziness": str(given["fuzziness"]).upper()} if text("fuzziness") is not None else {}),
        "prefix_length": number(given, "prefix_length", 0), "max_expansions": number(given, "max_expansions", 50),
        **{key: each for key, each in optional.items() if key != "analyzer"},
        **({"tie_breaker": float(given["tie_breaker"])} if text("tie_breaker") is not None else {}),
        **({"lenient": given["lenient"] in on} if "lenient" in given else {}),
        **({"cutoff_frequency": float(given["cutoff_frequency"])} if text("cutoff_frequency") is not None else {}),
        "zero_terms_query": str(text("zero_terms_query", "NONE")).upper(),
        "auto_generate_synonyms_phrase_query": text("auto_generate_synonyms_phrase_query", True) in on,
        "fuzzy_transpositions": text("fuzzy_transpositions", True) in on, "boost": boost_of(given),
    }  # fmt: skip
