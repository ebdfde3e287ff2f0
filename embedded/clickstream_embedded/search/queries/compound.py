"""Queries made of queries: bool, constant_score, dis_max, boosting, function_score without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search.errors import ShardError, parsing
from clickstream_embedded.search.queries.arguments import boost_of, finished, options, truth
from clickstream_embedded.search.queries.base import ALL, NONE, Context, Query, Sql

Parser = Callable[[Any], Query]


def least_of(written: Any, clauses: int) -> int:
    """How many of the optional clauses must match by `minimum_should_match`: 2, -1, 75%, -25%, `2<75% 9<-3`."""
    text = str(written).strip()
    if "<" in text:
        chosen = clauses
        for part in text.split():
            bound, _, value = part.partition("<")
            if not bound.lstrip("-").isdigit():
                raise ShardError("number_format_exception", f'For input string: "{bound}"')
            if clauses <= int(bound):
                break
            chosen = least_of(value, clauses)
        return chosen
    found = re.fullmatch(r"(-?\d+)(%?)", text)
    if not found:
        raise ShardError("number_format_exception", f'For input string: "{text}"')
    number = int(found[1])
    if found[2]:
        part = int(clauses * number / 100)
        return part + clauses if number < 0 else part
    return number + clauses if number < 0 else number


def _case(each: Sql) -> str:
    return f"CASE WHEN COALESCE(({each.where}), 0) THEN {each.score} ELSE 0.0 END"


def summed(must: list[Sql], should: list[Sql] | None = None, least: int = 0) -> Sql:
    """All of `must` and at least `least` of `should`; the scores are added."""
    should = should or []
    if least == 0 and not must and should:
        least = 1
    if least > len(should):
        return NONE
    parts = [f"({each.where})" for each in must]
    values = [value for each in must for value in each.values]
    if least == 1:
        parts.append("(" + " OR ".join(f"COALESCE(({each.where}), 0)" for each in should) + ")")
    elif least > 1:
        parts.append("(" + " + ".join(f"(COALESCE(({each.where}), 0) <> 0)" for each in should) + f") >= {least}")
    if least:
        values += [value for each in should for value in each.values]
    scores = [f"({each.score})" for each in must] + [_case(each) for each in should]
    weights = [weight for each in must for weight in each.weights]
    weights += [weight for each in should for weight in (*each.values, *each.weights)]
    return Sql(" AND ".join(parts) or "1", tuple(values), " + ".join(scores) or "0.0", tuple(weights))


def best(found: list[Sql], tie: float = 0.0) -> Sql:
    """One of them at least; the best score counts, and of the others' a part."""
    if not found:
        return NONE
    if len(found) == 1:
        return found[0]
    where = " OR ".join(f"COALESCE(({each.where}), 0)" for each in found)
    values = tuple(value for each in found for value in each.values)
    weights = tuple(weight for each in found for weight in (*each.values, *each.weights))
    top = f"MAX({', '.join(map(_case, found))})"
    if tie:
        total = " + ".join(map(_case, found))
        return Sql(where, values, f"{top} + {tie!r} * (({total}) - {top})", (*weights, *weights, *weights))
    return Sql(where, values, top, weights)


def _clauses(body: dict[str, Any], key: str, parse: Parser) -> list[Query]:
    given = body.get(key, [])
    if isinstance(given, list):
        for each in given:
            if not isinstance(each, dict):
                raise parsing("[_na] query malformed, must start with start_object", given)
    return [parse(each) for each in (given if isinstance(given, list) else [given])]


def _without_nothing(body: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """A bool without what its parser passes over: nulls, and arrays without elements under any key. Raises SearchError."""
    for key, value in body.items():
        if key not in known and isinstance(value, list) and value:
            raise parsing(f"bool query does not support [{key}]", value, 0)
    if all(value is not None and value != [] for value in body.values()):
        return body  # as it is, so that errors find their place in it
    return {key: value for key, value in body.items() if value is not None and value != []}


def bool_query(body: Any, parse: Parser) -> Query:
    known = {
        "must",
        "filter",
        "should",
        "must_not",
        "mustNot",
        "minimum_should_match",
        "adjust_pure_negative",
        "disable_coord",
    }
    body = _without_nothing(body, known) if isinstance(body, dict) else body
    given = options("bool", body, known)
    for key in ("must", "filter", "should", "must_not"):
        if key in given and not isinstance(given[key], dict | list):
            raise parsing(f"[bool] query does not support [{key}]", body, key)
    groups = {key: _clauses(given, key, parse) for key in ("must", "filter", "should", "must_not")}
    groups["must_not"] += _clauses(given, "mustNot", parse)
    least = given.get("minimum_should_match")
    if isinstance(least, list | dict):
        inside = isinstance(least, list) and bool(least)
        raise parsing("bool query does not support [minimum_should_match]", least if inside else body,
                      0 if inside else "minimum_should_match")  # fmt: skip
    pure = truth("bool", given, "adjust_pure_negative", True)

    def build(context: Context) -> Sql:
        built = {key: [each.build(context) for each in queries] for key, queries in groups.items()}
        needed = built["must"] + [each.constant(0) for each in built["filter"]]
        wanted = least_of(least, len(built["should"])) if least is not None else int(not needed)
        if built["should"]:
            found = summed(needed, built["should"], max(wanted, int(not needed)))
        elif least is not None and wanted > 0 and any(built.values()):
            return NONE  # so many of no optional clauses
        else:
            found = summed(needed)
        if built["must_not"] and not pure and not needed and not built["should"]:
            return NONE
        if built["must_not"]:
            parts = [f"({found.where})", *(each.negated().where for each in built["must_not"])]
            values = [*found.values, *(value for each in built["must_not"] for value in each.values)]
            found = Sql(" AND ".join(parts), tuple(values), found.score, found.weights)
        if not any(built.values()):
            found = ALL
        return found

    shown: dict[str, Any] = {}
    for key in ("must", "filter", "must_not", "should"):
        if groups[key]:
            shown[key] = [each.shown for each in groups[key]]
    shown["adjust_pure_negative"] = pure
    if least is not None:
        shown["minimum_should_match"] = str(least)
    shown["boost"] = boost_of(given)
    return finished(build, given, {"bool": shown})


def constant_score(body: Any, parse: Parser) -> Query:
    given = options("constant_score", body, {"filter"})
    if "filter" not in given:
        raise parsing("[constant_score] requires a 'filter' element", body)
    if isinstance(given["filter"], list):
        raise parsing("unexpected token [START_ARRAY]", body, "filter")
    inner = parse(given["filter"])
    shown = {"constant_score": {"filter": inner.shown, "boost": boost_of(given)}}
    return finished(lambda context: inner.build(context).constant(), given, shown)


def dis_max(body: Any, parse: Parser) -> Query:
    given = options("dis_max", body, {"queries", "tie_breaker"})
    queries = _clauses(given, "queries", parse)
    if not queries and "queries" in given:
        raise parsing("[_na] query malformed, must start with start_object", given["queries"])
    if not queries:
        raise parsing("[dis_max] requires 'queries' field with at least one clause", body)
    tie = float(given.get("tie_breaker", 0.0))
    shown = {"dis_max": {"tie_breaker": tie, "queries": [each.shown for each in queries], "boost": boost_of(given)}}
    return finished(lambda context: best([each.build(context) for each in queries], tie), given, shown)


def boosting(body: Any, parse: Parser) -> Query:
    given = options("boosting", body, {"positive", "negative", "negative_boost"})
    for key, words in (("positive", "[boosting] query requires 'positive' query to be set'"),
                       ("negative", "[boosting] query requires 'negative' query to be set'")):  # fmt: skip
        if key not in given:
            raise parsing(words, body)
    if float(given.get("negative_boost", -1)) < 0:
        raise parsing("[boosting] query requires 'negative_boost' to be set to be a positive value'", body)
    good, bad, part = parse(given["positive"]), parse(given["negative"]), float(given["negative_boost"])

    def build(context: Context) -> Sql:
        one, other = good.build(context), bad.build(context)
        score = f"({one.score}) * CASE WHEN COALESCE(({other.where}), 0) THEN {part!r} ELSE 1.0 END"
        return Sql(one.where, one.values, score, (*one.weights, *other.values))

    return finished(build, given, {"boosting": {"positive": good.shown, "negative": bad.shown, "negative_boost": part,
                                                "boost": boost_of(given)}})  # fmt: skip
