"""All queries by name."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from clickstream_embedded.search.errors import Key, SearchError, illegal, parsing
from clickstream_embedded.search.queries import (
    compound,
    forms,
    intervals,
    likeness,
    nested,
    parts,
    places,
    ranges,
    scoring,
    spans,
    strings,
    terms,
    texts,
)
from clickstream_embedded.search.queries.arguments import boost_of, finished, options
from clickstream_embedded.search.queries.base import ALL, NONE, Query

_MOST_NESTED = 100  # queries within each other


def _match_all(body: Any) -> Query:
    given = options("match_all", body, set(), strict=True)
    return finished(lambda _: ALL, given, {"match_all": {"boost": boost_of(given)}})


def _match_none(body: Any) -> Query:
    given = options("match_none", body, set())
    return finished(lambda _: NONE, given, {"match_none": {"boost": boost_of(given)}})


def _type(body: Any) -> Query:
    """Deprecated in 7, and still there: all documents are of the one type of their index."""
    given = options("type", body, {"value"})
    if given.get("value") is None:
        raise parsing("[type] filter needs to be provided with a value for the type", body)
    kind = str(given["value"])
    return finished(lambda context: ALL if kind == context.index.kind else NONE, given,
                    {"type": {"value": kind, "boost": boost_of(given)}})  # fmt: skip


def _wrapper(body: Any) -> Query:
    """A query as base64."""
    for key in body:
        if key != "query":
            raise parsing(f"[wrapper] query malformed, expected `query` but was {key}", body, key)
    if not isinstance(body.get("query"), str):
        raise parsing("[wrapper] query malformed", body)
    try:
        inner = orjson.loads(base64.b64decode(body["query"], validate=True))
    except binascii.Error:
        first = next((each for each in body["query"] if not (each.isalnum() or each in "+/=")), "")
        raise SearchError(500, "json_parse_exception", f"Failed to decode VALUE_STRING as base64 (MIME-NO-LINEFEEDS): Illegal character "
                          f"'{first}' (code 0x{ord(first or ' '):x}) in base64 content\n at [Source: (byte[]); line: 1, column: 1]"
                          ) from None  # fmt: skip
    except orjson.JSONDecodeError:
        raise illegal("[wrapper] query is no JSON") from None
    return parse(inner)


SIMPLE = {
    "match_all": _match_all, "match_none": _match_none, "term": terms.term, "terms": terms.terms, "prefix": terms.prefix,
    "wildcard": terms.wildcard, "regexp": terms.regexp, "fuzzy": terms.fuzzy, "ids": terms.ids, "exists": terms.exists,
    "range": ranges.range_query, "match": texts.match, "match_phrase": texts.match_phrase,
    "match_phrase_prefix": texts.match_phrase_prefix, "match_bool_prefix": texts.match_bool_prefix,
    "multi_match": texts.multi_match, "query_string": strings.query_string,
    "simple_query_string": strings.simple_query_string, "type": _type, "script": scoring.script,
    "terms_set": terms.terms_set, "wrapper": _wrapper, "geo_distance": places.geo_distance,
    "geo_bounding_box": places.geo_bounding_box, "geo_polygon": places.geo_polygon, "distance_feature": places.distance_feature,
    "intervals": intervals.intervals, "more_like_this": likeness.more_like_this, "common": likeness.common,
}  # fmt: skip
COMPOUND = {"bool": compound.bool_query, "constant_score": compound.constant_score, "dis_max": compound.dis_max,
            "boosting": compound.boosting, "function_score": scoring.function_score, "nested": nested.nested,
            "script_score": scoring.script_score}  # fmt: skip


def parse(body: Any, depth: int = 0) -> Query:
    """The query of a request. Raises SearchError for what is none."""
    if not isinstance(body, dict):
        raise parsing("[_na] query malformed, must start with start_object")
    if not body:
        raise illegal("query malformed, empty clause found at [1:1]", at=(body, None))
    if depth > _MOST_NESTED:
        raise illegal(f"more than {_MOST_NESTED} queries within each other")
    kind, given = next(iter(body.items()))
    if not isinstance(given, dict):
        raise parsing(f"[{kind}] query malformed, no start_object after query name", body, kind)
    if kind in SIMPLE:
        forms.check(kind, given)
        found = SIMPLE[kind](given)
    elif kind in spans.KINDS:
        found = spans.read(kind, given)
    elif kind in COMPOUND:
        parts.check(kind, given)
        found = COMPOUND[kind](given, lambda inner: parse(inner, depth + 1))
    else:
        raise parsing(f"no [query] registered for [{kind}]", body, kind)
    if len(body) > 1:
        second = [*body][1]
        raise parsing(f"[{kind}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]", body, Key(second))
    return found
