"""Queries for terms as they are kept: term, terms, prefix, wildcard, regexp, fuzzy, ids and exists."""

from __future__ import annotations

import functools
import operator
import re
from typing import Any

from clickstream_embedded.search.errors import ShardError, illegal, no_scripts, parsing
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.arguments import boost_of, finished, one_field, options, token, whole
from clickstream_embedded.search.queries.base import ALL, NONE, Context, Field, Query, Sql
from clickstream_embedded.search.queries.compound import summed
from clickstream_embedded.search.queries.regular import FLAGS, PatternError, compiled

_MOST_TERMS = 65_536  # `index.max_terms_count`


def term(body: Any) -> Query:
    name, given = one_field("term", body, {"value", "term"}, "value")
    value = given.get("value", given.get("term"))
    if isinstance(value, list):  # the last token of it is what the server takes for the text
        value = "]"
    if isinstance(value, dict):
        raise parsing(f"[term] query does not support [{name}]", body, name)
    if value is None:
        raise illegal("field name is null or empty" if body.get(name) is None else "value cannot be null")

    def build(context: Context) -> Sql:
        field = context.field(name)
        return matching.term(field, value, context) if field is not None else NONE

    return finished(build, given, {"term": {name: {"value": value, "boost": boost_of(given)}}})


def terms(body: Any) -> Query:
    given = options_of_terms(body)
    name = next((key for key in given if key not in ("boost", "_name")), None)
    if name is None:
        raise parsing(
            "[terms] query requires a field name, followed by array of terms or a document lookup specification", body
        )
    wanted = given[name]
    if isinstance(wanted, dict):
        return _looked_up(name, wanted, given)
    if not isinstance(wanted, list):
        raise parsing(f"[terms] query does not support [{name}]", body, name)
    if len(wanted) > _MOST_TERMS:
        raise illegal(f"The number of terms [{len(wanted)}] used in the Terms Query request has exceeded the allowed maximum of "
                      f"[{_MOST_TERMS}].")  # fmt: skip
    for number, each in enumerate(wanted):
        if each is None:
            raise parsing("No value specified for terms query", wanted, number)
        if isinstance(each, dict | list):
            told = "END_ARRAY" if isinstance(each, list) else "START_OBJECT"
            raise parsing(f"[terms] unknown token [{told}] after [{name}]", wanted,
                          None if told == "END_ARRAY" else number)  # fmt: skip
    return finished(lambda context: one_of(name, wanted, context), given,
                    {"terms": {name: wanted, "boost": boost_of(given)}})  # fmt: skip


def one_of(name: str, wanted: list[Any], context: Context) -> Sql:
    """That a value of the field is one of these. Raises ShardError where one does not fit its type."""
    field = context.field(name)
    if field is None or not wanted:
        return NONE
    found = [matching.equals(field, each, context) for each in wanted]
    if field.kind in ("keyword", "text") and field.name != "_type":  # one look at the values for all terms
        marks = ",".join("?" * len(wanted))
        return field.any(f"IN ({marks})", *(field.normal(matching.text_of(each)) for each in wanted)).constant()
    return either([each for each in found if each is not NONE]).constant()


def _looked_up(name: str, lookup: dict[str, Any], given: dict[str, Any]) -> Query:
    """The terms are those of another document: `index`, `id`, `path`."""
    for key in lookup:
        if key not in ("index", "id", "path", "routing", "type"):
            raise parsing(f"[terms] query does not support [{key}] within lookup element", lookup, key)
    for key in ("index", "id", "path"):
        if lookup.get(key) is None:
            raise illegal(f"[terms] query lookup element requires specifying the {key}.")

    def build(context: Context) -> Sql:
        return one_of(name, context.values_of(str(lookup["index"]), str(lookup["id"]), str(lookup["path"])), context)

    return finished(build, given, {"terms": {name: lookup, "boost": boost_of(given)}})


def options_of_terms(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise parsing("[terms] query malformed, no start_object after query name")
    fields = [key for key in body if key not in ("boost", "_name")]
    for key in fields:
        if not isinstance(body[key], list | dict):
            raise parsing(f"[terms] query does not support [{key}]", body, key)
    if len(fields) > 1:
        raise parsing("[terms] query does not support multiple fields", body, fields[1])
    return body


def either(found: list[Sql]) -> Sql:
    """That one of the conditions holds."""
    if not found:
        return NONE
    where = " OR ".join(f"({each.where})" for each in found)
    return Sql(where, tuple(value for each in found for value in each.values))


def _pattern(kind: str, body: Any, known: set[str], test: str, short: str = "value") -> Query:
    name, given = one_field(kind, body, known, short)
    value = given.get("value", given.get("wildcard", given.get("prefix")))
    if value is None:
        raise illegal("value cannot be null")
    text = matching.text_of(value)

    def build(context: Context) -> Sql:
        field = context.field(name)
        if field is None:
            return NONE
        check_text(field, kind)
        check_rewrite(given.get("rewrite"))
        return field.any(test, *[field.normal(text)] * test.count("?")).constant()

    key = "value" if kind == "prefix" else kind
    return finished(build, given, {kind: {name: {key: text, **_rewrite(given), "boost": boost_of(given)}}})


_REWRITES = re.compile(r"constant_score(_boolean)?|scoring_boolean|top_terms_(boost_|blended_freqs_)?-?\d+")


def check_rewrite(written: Any) -> None:
    """Raises ShardError for a way to widen a query that is none."""
    if written is not None and not _REWRITES.fullmatch(matching.text_of(written).lower()):
        raise ShardError("illegal_argument_exception", f"Failed to parse rewrite_method [{matching.text_of(written)}]")


def _rewrite(given: dict[str, Any]) -> dict[str, Any]:
    return {} if given.get("rewrite") is None else {"rewrite": matching.text_of(given["rewrite"])}


def check_text(field: Field, kind: str) -> None:
    """Raises ShardError for a field whose terms are no texts."""
    if field.kind in (*NUMBERS, "date", "boolean", "ip"):
        named = "illegal_argument_exception" if kind == "fuzzy" else "query_shard_exception"
        raise ShardError(named, f"Can only use {kind} queries on keyword and text fields - not on "
                         f"[{field.name}] which is of type [{field.kind}]")  # fmt: skip


def prefix(body: Any) -> Query:
    return _pattern("prefix", body, {"value", "rewrite"}, "substr({}, 1, length(?)) = ?")


def wildcard(body: Any) -> Query:
    return _pattern("wildcard", body, {"value", "wildcard", "rewrite"}, "like_pattern({}, ?)")


def regexp(body: Any) -> Query:
    name, given = one_field(
        "regexp", body, {"value", "flags", "max_determinized_states", "rewrite", "flags_value"}, "value"
    )
    text = matching.text_of(given.get("value", ""))
    flags = matching.text_of(given.get("flags") or "ALL")
    for flag in flags.split("|"):
        if flag and flag.upper() not in FLAGS:
            raise illegal(f"Unknown regexp flag [{flag}]")
    switched = functools.reduce(operator.or_, (FLAGS[each.upper()] for each in flags.split("|") if each), 0)
    switched = whole(given, "flags_value", switched)
    states = whole(given, "max_determinized_states", 10_000)
    shown = {
        "value": text,
        "flags_value": switched,
        "max_determinized_states": states,
        **_rewrite(given),
        "boost": boost_of(given),
    }

    def build(context: Context) -> Sql:
        field = context.field(name)
        check_rewrite(given.get("rewrite"))
        return regexp_on(field, text, switched).constant() if field is not None else NONE

    return finished(build, given, {"regexp": {name: shown}})


def regexp_on(field: Field, text: str, flags: int = FLAGS["ALL"]) -> Sql:
    """That a term of the field matches the expression with the operators of the flags. Raises ShardError."""
    check_text(field, "regexp")
    try:
        compiled(text, flags)
    except PatternError as error:
        raise ShardError("illegal_argument_exception", str(error)) from None
    return field.any("fits_regular({}, ?, ?)", text, flags)


_TOO_SMALL = {"prefix_length": "prefixLength cannot be negative.", "max_expansions": "maxExpansions must be positive."}


def fuzzy(body: Any) -> Query:
    known = {"value", "fuzziness", "prefix_length", "max_expansions", "transpositions", "rewrite", "term"}
    name, given = one_field("fuzzy", body, known, "value")
    value = given.get("value", given.get("term", ""))
    text, begin = matching.text_of(value), whole(given, "prefix_length", 0)
    swaps = given.get("transpositions", True) not in (False, "false", "")
    shown: dict[str, Any] = {"value": value, "fuzziness": str(given.get("fuzziness", "AUTO")).upper(), "prefix_length": begin,
             "max_expansions": whole(given, "max_expansions", 50), "transpositions": swaps, **_rewrite(given), "boost": boost_of(given)}  # fmt: skip

    def build(context: Context) -> Sql:
        field = context.field(name)
        if field is not None:
            check_text(field, "fuzzy")
        most = matching.edits(given.get("fuzziness", "AUTO"), text)
        for key, told in _TOO_SMALL.items():
            if shown[key] < (key == "max_expansions"):
                raise ShardError("illegal_argument_exception", told)
        check_rewrite(given.get("rewrite"))
        return fuzzy_on(field, text, most, begin, context, swaps=swaps) if field is not None else NONE

    return finished(build, given, {"fuzzy": {name: shown}})


def fuzzy_on(field: Field, text: str, most: int, begin: int, context: Context, *, swaps: bool = True) -> Sql:
    """That a term of the field is at most `most` changes away; with `swaps` neighbours changing places are one.

    Raises ShardError.
    """
    check_text(field, "fuzzy")
    found = field.any("near_word({}, ?, ?, ?, ?)", text, most, begin, int(swaps))
    if not context.scoring:
        return found
    scored: list[Sql] = []
    for word in context.terms(field, "near_word(each.value, ?, ?, ?, ?)", text, most, begin, int(swaps)):
        away = matching.distance(text, word, most)
        scored.append(matching.term(field, word, context).scored(1 - away / max(min(len(word), len(text)), 1)))
    return summed([], scored, 1) if scored else NONE


def ids(body: Any) -> Query:
    given = options("ids", body, {"values", "type", "types"}, strict=True)
    wanted = given.get("values", [])
    if isinstance(wanted, dict) or (wanted is None and "values" in given):
        reason = f"[1:1] [ids] values doesn't support values of type: {token(wanted)}"
        raise parsing(reason, body, "values", caused_by={"type": "x_content_parse_exception", "reason": reason})
    wanted = [str(each) for each in (wanted if isinstance(wanted, list) else [wanted])]

    def build(context: Context) -> Sql:
        marks = ",".join("?" * len(wanted))
        return Sql(f"docs.id IN ({marks})", tuple(wanted)) if wanted else NONE

    return finished(build, given, {"ids": {"type": [], "values": wanted, "boost": boost_of(given)}})


def exists(body: Any) -> Query:
    given = options("exists", body, {"field"})
    name = given.get("field")
    if not isinstance(name, str):
        if "field" in given:
            raise parsing(f"[exists] unknown token [{token(name)}] after [field]", body, "field")
        raise parsing("[exists] must be provided with a [field]", body)
    if not name:
        raise illegal("field name is null or empty")
    shown = {"exists": {"field": name, "boost": boost_of(given)}}
    return finished(lambda context: exists_on(name, context).constant(), given, shown)


def exists_on(name: str, context: Context) -> Sql:
    """That there is a value of the field, or of one within the object, or of one that the pattern matches."""
    if name in ("_id", "_index", "_type", "_seq_no", "_source"):
        return ALL
    flat = context.index.mapping.flat()
    named = [each for each in flat if matching.like(each, name)] if "*" in name else [name]
    found = [
        field.exists
        for each in named
        for inner in (flat if flat.get(each, {}).get("type") == "object" else [each])
        if (inner == each or inner.startswith(each + "."))
        and (field := context.field(inner)) is not None
        and field.kind != "object"
    ]
    return either(found)


def _shown_script(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    script = {"source": given} if isinstance(given, str) else given
    shown = {key: script[key] for key in ("source", "id") if key in script} | {"lang": script.get("lang", "painless")}
    return {"minimum_should_match_script": shown | ({"params": script["params"]} if script.get("params") else {})}


def terms_set(body: Any) -> Query:
    """That so many of the terms are there as another field of the document says."""
    name = next((key for key in body if key not in ("boost", "_name")), "")
    given = body.get(name)
    if not isinstance(given, dict):
        raise parsing(f"[terms_set] unknown token [{token(given)}] after [{name}]", body, name)
    for key in given:
        if key not in ("terms", "minimum_should_match_field", "minimum_should_match_script", "boost", "_name"):
            raise parsing(f"[terms_set] query does not support [{key}]", given, key)
    wanted = given.get("terms")
    if not isinstance(wanted, list):
        raise parsing(
            "No terms specified for terms_set query"
            if wanted is None
            else "[terms_set] query does not support [terms]",
            body,
        )
    least = given.get("minimum_should_match_field")

    def build(context: Context) -> Sql:
        if least is None:
            if "minimum_should_match_script" in given:
                told = no_scripts(given["minimum_should_match_script"]).entry["caused_by"]["reason"]
                raise ShardError("illegal_argument_exception", told)
            raise ShardError("illegal_state_exception", "No minimum should match has been specified")
        field, number = context.field(name), context.field(str(least))
        if field is None or not wanted:
            return NONE
        if number is None:
            raise ShardError("query_shard_exception", f"failed to find minimum_should_match field [{least}]")
        found = summed([], [matching.term(field, each, context) for each in wanted], 1)
        tests = [matching.equals(field, each, context) for each in wanted]
        count = " + ".join(f"(COALESCE(({each.where}), 0) <> 0)" for each in tests)
        values = (*found.values, *(value for each in tests for value in each.values))
        return Sql(f"({found.where}) AND {number.exists.where} AND ({count}) >= MAX({number.sql}, 1)", values, found.score,
                   found.weights)  # fmt: skip

    shown = {
        "terms": wanted,
        **({"minimum_should_match_field": least} if least is not None else {}),
        **_shown_script(given.get("minimum_should_match_script")),
        "boost": boost_of(body),
    }
    return finished(build, body, {"terms_set": {name: shown}})
