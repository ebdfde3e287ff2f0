"""function_score: a query whose score is made by functions of the documents (weights, fields, decays, chance)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.errors import ShardError, illegal, no_scripts, parsing
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.queries import places
from clickstream_embedded.search.queries.arguments import boost_of, finished, token
from clickstream_embedded.search.queries.base import ALL, Context, Field, Query, Sql
from clickstream_embedded.search.queries.values import decimal

Parser = Callable[[Any], Query]
_LARGEST = 3.4028235e38  # of Java's float, as it is written
_DECAYS = ("linear", "gauss", "exp")
_FUNCTIONS = ("field_value_factor", "random_score", "script_score", *_DECAYS)
_KNOWN = {
    "query",
    "score_mode",
    "boost_mode",
    "max_boost",
    "min_score",
    "functions",
    "boost",
    "_name",
    "weight",
    *_FUNCTIONS,
}
_MODES = {"score_mode": ("first", "avg", "max", "sum", "min", "multiply"),
          "boost_mode": ("multiply", "replace", "sum", "avg", "min", "max")}  # fmt: skip
_MODIFIERS: dict[str, Callable[[float], float]] = {
    "none": lambda x: x, "log": math.log10, "log1p": lambda x: math.log10(x + 1), "log2p": lambda x: math.log10(x + 2),
    "ln": math.log, "ln1p": math.log1p, "ln2p": lambda x: math.log1p(x + 1), "square": lambda x: x * x, "sqrt": math.sqrt,
    "reciprocal": lambda x: 1 / x,
}  # fmt: skip


def modified(value: float | None, modifier: str) -> float:
    """A field's value as `field_value_factor` changes it. A function of the database."""
    try:
        found = _MODIFIERS[modifier](float(value or 0))
    except (ValueError, ZeroDivisionError):
        found = math.inf
    return max(found, 0.0)


def decayed(value: float | None, kind: str, origin: float, scale: float, offset: float, decay: float) -> float:
    """How much a value counts by its distance from an origin; without one it counts fully. A function of the database."""
    if value is None:
        return 1.0
    away = max(0.0, abs(value - origin) - offset)
    if kind == "linear":
        reach = scale / (1 - decay)
        return max(0.0, (reach - away) / reach)
    if kind == "exp":
        return math.exp(math.log(decay) / scale * away)
    return math.exp(away * away * math.log(decay) / (scale * scale))


@dataclass(frozen=True, slots=True)
class Function:
    """One function: which documents it counts for, what it gives, and its weight."""

    filter: Query | None
    value: Callable[[Context], Sql] | None  # only the score of it counts
    weight: float
    shown: dict[str, Any]

    def on(self, context: Context) -> tuple[Sql, Sql]:
        """(which documents it counts for, its value times its weight)."""
        condition = self.filter.build(context) if self.filter is not None else ALL
        value = self.value(context) if self.value is not None else ALL
        return condition, value.scored(self.weight)


def function_score(body: Any, parse: Parser) -> Query:
    if any(value is None for value in body.values()):
        body = {key: value for key, value in body.items() if value is not None}
    for key in body:
        if key not in _KNOWN:
            raise parsing(f"failed to parse [function_score] query. field [{key}] is not supported", body, key)
    modes = {key: _mode(body, key) for key in _MODES}
    single = next((key for key in body if key == "weight" or key in _FUNCTIONS), None)
    if single is not None and "functions" in body:
        both = [key for key in body if key in (single, "functions")]
        raise parsing("failed to parse [function_score] query. [you can either define [functions] array or a single function, not "
                      f"both. already found [{both[0]}], now encountering [{both[1]}].]", body, both[1])  # fmt: skip
    if "functions" in body and not isinstance(body["functions"], list):
        raise parsing("no [query] registered for [function_score]", body, "functions")
    inner = parse(body["query"]) if "query" in body else None
    if "functions" in body:
        functions = [_function(each, parse, body["functions"], number) for number, each in enumerate(body["functions"])]
    else:
        functions = (
            [_read({key: body[key] for key in body if key == "weight" or key in _FUNCTIONS}, None)] if single else []
        )
    most = float(body.get("max_boost", _LARGEST))
    least = body.get("min_score")
    shown = {
        "query": inner.shown if inner is not None else {"match_all": {"boost": 1.0}},
        "functions": [each.shown for each in functions], "score_mode": modes["score_mode"],
        **({"boost_mode": modes["boost_mode"]} if "boost_mode" in body else {}), "max_boost": most,
        **({"min_score": float(least)} if least is not None else {}), "boost": boost_of(body),
    }  # fmt: skip
    boost = boost_of(body)

    def build(context: Context) -> Sql:
        query = (inner.build(context) if inner is not None else ALL).scored(boost)
        if not functions:
            return query
        found = _combined([each.on(context) for each in functions], [each.weight for each in functions],
                          modes["score_mode"])  # fmt: skip
        score = f"MIN({found.score}, {most!r})"
        whole = _joined(query, Sql("1", (), score, found.weights), modes["boost_mode"])
        whole = Sql(query.where, query.values, whole.score, whole.weights)
        if least is None:
            return whole
        return Sql(f"({whole.where}) AND ({whole.score}) >= {float(least)!r}", (*whole.values, *whole.weights), whole.score,
                   whole.weights)  # fmt: skip

    return finished(build, {key: value for key, value in body.items() if key != "boost"}, {"function_score": shown})


def _mode(body: dict[str, Any], key: str) -> str:
    mode = str(body.get(key, "multiply")).lower()
    if mode not in _MODES[key]:
        name = "FunctionScoreQuery.ScoreMode" if key == "score_mode" else "CombineFunction"
        raise illegal(f"No enum constant org.elasticsearch.common.lucene.search.function.{name}.{mode.upper()}")
    return mode


def _function(each: Any, parse: Parser, container: list[Any], number: int) -> Function:
    if not isinstance(each, dict):
        raise parsing(f"failed to parse [START_OBJECT]. malformed query, expected a [{token(each)}] while parsing functions but got a "
                      "[function_score] instead", container, number)  # fmt: skip
    for key in each:
        if key not in (*_FUNCTIONS, "weight", "filter") and isinstance(each[key], dict):
            raise parsing("no [query] registered for [function_score]", each, key)
        if key not in (*_FUNCTIONS, "weight") and not isinstance(each[key], dict):
            raise parsing(f"failed to parse [function_score] query. field [{key}] is not supported", each, key)
    if not any(key == "weight" or key in _FUNCTIONS for key in each):
        raise parsing("failed to parse [function_score] query. an entry in functions list is missing a function.", each)
    return _read(each, parse(each["filter"]) if "filter" in each else None)


def _read(given: dict[str, Any], condition: Query | None) -> Function:
    weight = decimal(given, "weight") if "weight" in given else 1.0
    if weight < 0:
        raise illegal("[weight] cannot be negative for a filtering function")
    kind = next((key for key in given if key in _FUNCTIONS), None)
    shown: dict[str, Any] = {"filter": condition.shown if condition is not None else {"match_all": {"boost": 1.0}}}
    weighed = {"weight": weight} if "weight" in given else {}
    if kind is None:
        return Function(condition, None, weight, {**shown, **weighed})
    options = given[kind]
    if kind == "script_score":
        value = _script(options.get("script") if isinstance(options, dict) else options)
    elif kind == "field_value_factor":
        value, options = _factor(options)
    elif kind == "random_score":
        value = _random(options)
    else:
        value = _decay(kind, options)
        options = {**options, "multi_value_mode": str(options.get("multi_value_mode", "MIN")).upper()}
    return Function(condition, value, weight, {**shown, **weighed, kind: options})


def _script(script: Any) -> Callable[[Context], Sql]:
    def value(context: Context) -> Sql:
        cause = no_scripts(script).entry["caused_by"]
        raise ShardError("query_shard_exception", "script_score: the script could not be loaded", 400, cause)

    return value


def _factor(options: dict[str, Any]) -> tuple[Callable[[Context], Sql], dict[str, Any]]:
    for key in options:
        if key not in ("field", "factor", "modifier", "missing"):
            raise parsing(f"field_value_factor query does not support [{key}]", options, key)
    name, modifier = options.get("field"), str(options.get("modifier", "none")).lower()
    if modifier not in _MODIFIERS:
        raise illegal("No enum constant org.elasticsearch.common.lucene.search.function.FieldValueFactorFunction.Modifier."
                      f"{modifier.upper()}")  # fmt: skip
    if name is None:
        raise parsing("[field_value_factor] required field 'field' missing", options)
    factor, missing = float(options.get("factor", 1.0)), options.get("missing")

    def value(context: Context) -> Sql:
        field = context.field(str(name))
        if field is None:
            if missing is None:
                told = f"Unable to find a field mapper for field [{name}]. No 'missing' value defined."
                raise ShardError("exception", told)
            return ALL.constant(modified(float(missing) * factor, modifier))
        if field.kind not in (*NUMBERS, "date", "boolean"):
            raise ShardError(
                "illegal_argument_exception", f"Expected numeric type on field [{name}], but got [{field.kind}]"
            )
        plain = f"COALESCE({_smallest(field)}, {0.0 if missing is None else float(missing)!r})"
        return Sql("1", (), f"modified({plain} * {factor!r}, '{modifier}')")

    shown = {
        "field": name,
        "factor": factor,
        **({"missing": float(missing)} if missing is not None else {}),
        "modifier": modifier,
    }
    return value, shown


def _smallest(field: Field) -> str:
    """The field's value as SQL, of several the smallest."""
    if not field.is_many:
        return field.sql
    return f"(SELECT MIN(each.value) FROM json_each({field.values}, {field.path}) AS each)"


def _random(options: dict[str, Any]) -> Callable[[Context], Sql]:
    for key in options:
        if key not in ("seed", "field"):
            raise parsing(f"random_score query does not support [{key}]", options, key)
    seed = options.get("seed")
    chance = (
        "(ABS(RANDOM()) % 16777216)"
        if seed is None
        else f"((docs.seq * 2654435761 + {hash(str(seed)) % 2**31}) % 16777216)"
    )
    return lambda _: Sql("1", (), f"{chance} / 16777216.0")


def _decay(kind: str, options: dict[str, Any]) -> Callable[[Context], Sql]:
    name = next((key for key in options if key != "multi_value_mode"), None)
    if name is None or not isinstance(options[name], dict):
        raise parsing("malformed score function score parameters.", options)
    given = options[name]
    for key in given:
        if key not in ("origin", "scale", "offset", "decay"):
            raise parsing(f"[{kind}] query does not support [{key}]", given, key)
    decay = float(given.get("decay", 0.5))

    def value(context: Context) -> Sql:
        field = context.field(str(name))
        if field is None or field.kind == "object":
            raise ShardError("parsing_exception", f"unknown field [{name}]")
        if field.kind == "date":
            origin = times.moment(
                str(given.get("origin", "now")), str(field.rule.get("format", times.DEFAULT_FORMAT)), context.now
            )
            scale = float(times.span(str(given.get("scale", ""))) or 0)
            offset = float(times.span(str(given.get("offset", "0d"))) or 0)
        elif field.kind == "geo_point":
            lat, lon = places.point(given.get("origin"))
            scale, offset = places.in_metres(given.get("scale", "0m")), places.in_metres(given.get("offset", "0m"))
            away = f"away({_smallest(field)}, {lat!r}, {lon!r})"
            return Sql("1", (), f"decayed({away}, '{kind}', 0.0, {scale!r}, {offset!r}, {decay!r})")
        elif field.kind in NUMBERS:
            if "origin" not in given or "scale" not in given:
                raise ShardError("parse_exception", "both [scale] and [origin] must be set for numeric fields.")
            origin, scale, offset = float(given["origin"]), float(given["scale"]), float(given.get("offset", 0))
        else:
            raise ShardError("parsing_exception", f"field [{name}] is of type [indexed,omitNorms,indexOptions=DOCS], but only numeric "
                             "types are supported.")  # fmt: skip
        wrong = (
            "scale must be > 0.0." if scale <= 0 else "decay must be in the range [0..1]." if not 0 < decay < 1 else ""
        )
        wrong = wrong or ("offset must be > 0.0" if offset < 0 else "")
        if wrong:
            raise ShardError("illegal_argument_exception", f"function_score : {wrong}")
        return Sql(
            "1",
            (),
            f"decayed({_smallest(field)}, '{kind}', {float(origin)!r}, {float(scale)!r}, {float(offset)!r}, {decay!r})",
        )

    return value


def _combined(found: list[tuple[Sql, Sql]], weights: list[float], mode: str) -> Sql:
    """What several functions give together; those whose filter does not match do not count, none at all is 1."""
    conditions = [f"COALESCE(({condition.where}), 0)" for condition, _ in found]
    values = [value for condition, _ in found for value in condition.values]
    if mode == "first":
        cases = " ".join(f"WHEN {test} THEN {value.score}" for test, (_, value) in zip(conditions, found, strict=True))
        parameters = [each for condition, value in found for each in (*condition.values, *value.weights)]
        return Sql("1", (), f"CASE {cases} ELSE 1.0 END", tuple(parameters))
    nothing = {"multiply": "1.0", "sum": "0.0", "avg": "0.0", "max": "-1e308", "min": "1e308"}[mode]
    cases = [
        f"CASE WHEN {test} THEN {value.score} ELSE {nothing} END"
        for test, (_, value) in zip(conditions, found, strict=True)
    ]
    scored = [each for condition, value in found for each in (*condition.values, *value.weights)]
    any_of = " OR ".join(conditions)
    if mode in ("max", "min"):
        joined = f"{mode.upper()}({', '.join([*cases, nothing])})"
    else:
        joined = (" * " if mode == "multiply" else " + ").join(f"({each})" for each in cases)
    if mode != "avg":
        return Sql("1", (), f"CASE WHEN {any_of} THEN {joined} ELSE 1.0 END", (*values, *scored))
    total = " + ".join(
        f"CASE WHEN {test} THEN {weight!r} ELSE 0.0 END" for test, weight in zip(conditions, weights, strict=True)
    )
    return Sql("1", (), f"CASE WHEN {any_of} THEN ({joined}) / ({total}) ELSE 1.0 END", (*values, *scored, *values))


def _joined(query: Sql, made: Sql, mode: str) -> Sql:
    """The query's score with that of the functions."""
    if mode == "replace":
        return made
    weights = (*query.weights, *made.weights)
    text = {
        "multiply": "({}) * ({})",
        "sum": "({}) + ({})",
        "avg": "(({}) + ({})) / 2.0",
        "max": "MAX({}, {})",
        "min": "MIN({}, {})",
    }[mode]
    return Sql("1", (), text.format(query.score, made.score), weights)


def script_score(body: Any, parse: Parser) -> Query:
    """Refused when it is run, as by a node without the language."""
    for key in body:
        if key not in ("query", "script", "min_score", "boost", "_name"):
            raise parsing(f"[script_score] unknown field [{key}], parser not found", body, key)
    inner = parse(body.get("query", {"match_all": {}}))
    given = body.get("script")
    written = {"source": given, "lang": "painless"} if isinstance(given, str) else {**(given or {}), "lang": "painless"}
    cause = no_scripts(body.get("script")).entry["caused_by"]

    def build(context: Context) -> Sql:
        raise ShardError(cause["type"], cause["reason"])

    return finished(build, body, {"script_score": {"query": inner.shown, "script": written, "boost": boost_of(body)}})


def script(body: Any) -> Query:
    """Refused when it is run, as by a node without the language."""
    for key in body:
        if key not in ("script", "boost", "_name"):
            raise parsing(f"[script] query does not support [{key}]", body, key)
    if body.get("script") is None:
        raise parsing("script must be provided with a [script] filter", body)
    given = body["script"]
    source = {"source": given} if isinstance(given, str) else {"source": given.get("source", given.get("inline", ""))}
    shown = {
        **source,
        "lang": "painless",
        **({} if isinstance(given, str) else {k: v for k, v in given.items() if k not in ("source", "inline")}),
    }
    cause = no_scripts(given).entry["caused_by"]

    def build(context: Context) -> Sql:
        raise ShardError(cause["type"], cause["reason"])

    return finished(build, body, {"script": {"script": shown, "boost": boost_of(body)}})
