"""Searches: queries, sorting, pages, parts of the answer, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange

# each is the `query` of a search over all documents, in the order of their numbers
QUERIES: dict[str, list[Any]] = {
    "term": [
        {"term": {"n": 3}}, {"term": {"n": "3"}}, {"term": {"n": 3.5}}, {"term": {"k": "get"}}, {"term": {"k": {"value": "post"}}},
        {"term": {"b": True}}, {"term": {"b": "false"}}, {"term": {"tags": "red"}}, {"term": {"o.q": 2}}, {"term": {"o.p.r": "deep1"}},
        {"term": {"d": "2020-01-02"}}, {"term": {"d": 1577836800000}}, {"term": {"x": 1.5}}, {"term": {"f": 0.1}}, {"term": {"t": "quick"}},
        {"term": {"t": "Quick"}}, {"term": {"t.raw": "The quick brown fox"}}, {"term": {"none": 1}}, {"term": {"_id": "3"}},
        {"term": {"_index": "a1"}}, {"term": {"nums": 7}}, {"term": {"o": 1}},
        {"terms": {"n": [1, 2, "5"]}}, {"terms": {"k": ["get", "head"]}}, {"terms": {"tags": ["red", "blue"]}}, {"terms": {"n": []}},
        {"terms": {"b": [True]}}, {"terms": {"d": ["2020-01-01", "2020-01-03"]}}, {"terms": {"_id": ["1", "2"]}}, {"terms": {"f": [0.1, 0.2]}},
        {"ids": {"values": ["1", "9", "77"]}}, {"ids": {"values": "4"}}, {"exists": {"field": "tags"}}, {"exists": {"field": "o"}},
        {"exists": {"field": "t"}}, {"exists": {"field": "none"}}, {"exists": {"field": "o.p"}}, {"exists": {"field": "m"}},
    ],
    "range": [
        {"range": {"n": {"gte": 3, "lt": 6}}}, {"range": {"n": {"gt": 2.5}}}, {"range": {"n": {"from": 2, "to": 4}}},
        {"range": {"n": {"from": 2, "to": 4, "include_lower": False, "include_upper": False}}}, {"range": {"k": {"gte": "get", "lte": "post"}}},
        {"range": {"d": {"gte": "2020-01-02"}}}, {"range": {"d": {"lte": "2020-01-02"}}}, {"range": {"d": {"gt": "2020-01-02"}}},
        {"range": {"d": {"lt": "2020-01-02"}}}, {"range": {"d": {"gte": "2020-01-02||/M", "lt": "2020-01-02||+1d"}}},
        {"range": {"d": {"gte": "now-1d/d"}}}, {"range": {"d": {"lte": "now/y"}}}, {"range": {"d": {"gte": "02/01/2020", "format": "dd/MM/yyyy"}}},
        {"range": {"d": {"gte": 1577923200000, "format": "epoch_millis"}}}, {"range": {"d": {"gte": 1577923200, "format": "epoch_second"}}},
        {"range": {"d": {"gte": "2020-01-02T00:00:00", "time_zone": "+01:00"}}}, {"range": {"d": {"gte": "2020-01", "lt": "2020-02"}}},
        {"range": {"x": {"gte": 1.5}}}, {"range": {"f": {"lte": 0.3}}}, {"range": {"nums": {"gte": 9}}}, {"range": {"o.q": {"gte": 3}}},
        {"range": {"n": {}}}, {"range": {"t": {"gte": "quick"}}}, {"range": {"n": {"gte": "2", "lte": "3"}}}, {"range": {"none": {"gte": 1}}},
        {"range": {"d": {"gte": "2020-01-02||/d", "lte": "2020-01-02||/d"}}}, {"range": {"d": {"gte": "2020-01-01T12:00:00+02:00"}}},
        {"range": {"b": {"gte": True}}}, {"range": {"d": {"gt": "2020-01-02||/d"}}}, {"range": {"d": {"gte": "2020", "lt": "2021"}}},
    ],
    "pattern": [
        {"prefix": {"k": "p"}}, {"prefix": {"k": {"value": "ge"}}}, {"prefix": {"t": "qui"}}, {"prefix": {"tags": "bl"}}, {"prefix": {"none": "x"}},
        {"wildcard": {"k": "*et"}}, {"wildcard": {"k": {"value": "p?st"}}}, {"wildcard": {"t": "*o*"}}, {"wildcard": {"k": {"wildcard": "g*"}}},
        {"regexp": {"k": "ge.|po.*"}}, {"regexp": {"k": "[a-h].{2,3}"}}, {"regexp": {"k": "~(get)"}}, {"regexp": {"o.p.r": "deep<1-2>"}},
        {"regexp": {"t": {"value": "qu@"}}}, {"fuzzy": {"k": "gat"}}, {"fuzzy": {"k": {"value": "psot", "fuzziness": 1}}},
        {"fuzzy": {"t": {"value": "quikc", "fuzziness": "AUTO"}}}, {"fuzzy": {"k": {"value": "xet", "prefix_length": 1}}},
    ],
    "text": [
        {"match": {"t": "quick dog"}}, {"match": {"t": {"query": "quick dog", "operator": "and"}}}, {"match": {"t": {"query": "quick lazy fox", "minimum_should_match": 2}}},
        {"match": {"t": {"query": "quick lazy fox", "minimum_should_match": "75%"}}}, {"match": {"n": 4}}, {"match": {"n": "4"}}, {"match": {"k": "get"}},
        {"match": {"t": {"query": "quikc", "fuzziness": "AUTO"}}}, {"match": {"none": "x"}}, {"match": {"b": True}}, {"match": {"t": ""}},
        {"match": {"t": {"query": "", "zero_terms_query": "all"}}}, {"match": {"n": {"query": "abc", "lenient": True}}}, {"match": {"d": "2020-01-02"}},
        {"match_phrase": {"t": "quick brown"}}, {"match_phrase": {"t": "brown quick"}}, {"match_phrase": {"t": {"query": "quick fox", "slop": 1}}},
        {"match_phrase": {"k": "get"}}, {"match_phrase_prefix": {"t": "quick bro"}}, {"match_phrase_prefix": {"t": "qui"}},
        {"match_bool_prefix": {"t": "lazy qui"}}, {"multi_match": {"query": "quick", "fields": ["t", "k"]}},
        {"multi_match": {"query": "get", "fields": ["k^3", "t"]}}, {"multi_match": {"query": "quick dog", "fields": ["t", "u"], "type": "most_fields"}},
        {"multi_match": {"query": "quick brown", "fields": ["t"], "type": "phrase"}}, {"multi_match": {"query": "quick", "fields": ["t*"]}},
        {"multi_match": {"query": "quick bro", "fields": ["t", "u"], "type": "phrase_prefix"}}, {"match_all": {}}, {"match_none": {}},
        {"match": {"t": {"query": "fox", "boost": 2}}}, {"match_all": {"boost": 1.5}},
    ],
    "compound": [
        {"bool": {"must": [{"term": {"b": True}}], "must_not": {"term": {"n": 2}}}}, {"bool": {"should": [{"term": {"n": 1}}, {"term": {"n": 2}}]}},
        {"bool": {"should": [{"term": {"k": "get"}}, {"range": {"n": {"lt": 5}}}], "minimum_should_match": 2}},
        {"bool": {"should": [{"term": {"n": 1}}, {"range": {"n": {"lt": 5}}}, {"term": {"b": True}}], "minimum_should_match": "67%"}},
        {"bool": {"should": [{"term": {"n": 1}}, {"range": {"n": {"lt": 5}}}, {"term": {"b": True}}], "minimum_should_match": -1}},
        {"bool": {"should": [{"term": {"n": 1}}, {"range": {"n": {"lt": 5}}}, {"term": {"b": True}}], "minimum_should_match": "2<50%"}},
        {"bool": {"filter": [{"term": {"k": "get"}}], "should": [{"term": {"n": 1}}]}},
        {"bool": {"filter": [{"term": {"k": "get"}}], "should": [{"term": {"n": 1}}], "minimum_should_match": 1}}, {"bool": {}},
        {"bool": {"must_not": [{"exists": {"field": "tags"}}]}}, {"bool": {"filter": {"bool": {"must": [{"term": {"b": True}}]}}}},
        {"constant_score": {"filter": {"term": {"k": "get"}}, "boost": 1.2}}, {"dis_max": {"queries": [{"term": {"n": 1}}, {"match": {"t": "fox"}}]}},
        {"boosting": {"positive": {"match_all": {}}, "negative": {"term": {"b": True}}, "negative_boost": 0.5}},
        {"bool": {"must": {"match": {"t": "fox"}}, "should": {"match": {"t": "quick"}}}},
        {"dis_max": {"tie_breaker": 0.5, "queries": [{"match": {"t": "quick"}}, {"match": {"t": "fox"}}]}},
        {"bool": {"must": [{"match": {"t": "fox"}}], "filter": [{"range": {"n": {"gte": 0}}}], "boost": 2.0}},
    ],
}  # fmt: skip
STRINGS = [
    "*", "*:*", "quick", "quick AND fox", "quick OR dog", "quick AND NOT fox", "NOT quick", "k:get", "k:(get OR post)", "n:3", "n:>=5", "n:<3",
    "n:[2 TO 4]", "n:{2 TO 4}", "n:[2 TO 4}", "n:[* TO 3]", "n:[3 TO *]", "k:get AND n:>3", "k:get OR (k:post AND b:true)", '"quick brown"',
    't:"brown quick"', 't:"quick fox"~2', "_exists_:tags", "NOT _exists_:tags", "_exists_:none", "k:g*", "k:p?st", "t:qui*", "k:/ge.*/", "tags:red", "o.q:2",
    "o.p.r:deep1", "-k:get", "+k:get -n:1", "k:get n:3", "d:[2020-01-01 TO 2020-01-02]", 'd:["2020-01-02" TO *]', "d:2020-01-02", "b:true", "t:quikc~",
    "t:quikc~1", "path:\\/a\\/b", 'path:"/a/b"', "path:\\/a*", "k:GET", "QUICK", "k:get^2 OR k:post", "n:\\-1", "!k:get", "k:get && b:true", "k:get || b:true",
    "none:1", "f:0.1", "x:[1 TO 2]", "(quick OR lazy) AND t:fox", "t:(quick lazy)", "t:(+quick -lazy)", "k:*", "*:get", "o.\\*:2", "the", "k:get AND k:post",
    "tags:(red AND blue)", "n:(1 OR 2 OR 3)", "k:\"get\"", "n:>2 AND n:<=4", "d:>=2020-01-03", "d:{2020-01-01 TO 2020-01-03}", "k:[get TO post]", "a-b", "quick-brown", "t:br*n",
]  # fmt: skip
STRING_OPTIONS = [
    {"query": "quick fox", "default_operator": "AND"}, {"query": "get", "default_field": "k"}, {"query": "get", "fields": ["k", "t"]},
    {"query": "quick lazy dog", "minimum_should_match": 2, "fields": ["t"]}, {"query": "abc", "fields": ["n"], "lenient": True},
    {"query": "quick", "fields": ["t^2", "u"]}, {"query": "k:get", "analyze_wildcard": True}, {"query": "d:[2020-01-02T00:00 TO *]", "time_zone": "+02:00"},
    {"query": '"quick fox"', "phrase_slop": 2, "fields": ["t"]}, {"query": "quick OR fox AND dog", "fields": ["t"]},
]  # fmt: skip
SIMPLE = [
    {"query": "quick"}, {"query": "quick + fox", "fields": ["t"]}, {"query": "quick | dog", "fields": ["t"]}, {"query": "-quick", "fields": ["t"]},
    {"query": '"quick brown"', "fields": ["t"]}, {"query": "qui*", "fields": ["t"]}, {"query": "(quick | lazy) + fox", "fields": ["t"]},
    {"query": "quick fox", "fields": ["t"], "default_operator": "and"}, {"query": "get", "fields": ["k^5"]}, {"query": "quick (", "fields": ["t"]},
    {"query": "quikc~1", "fields": ["t"]}, {"query": "quick +-fox", "fields": ["t"]}, {"query": "a | b", "flags": "NONE", "fields": ["t"]},
    {"query": "*"}, {"query": "foo\\(bar", "fields": ["t"]},
]  # fmt: skip
BAD_QUERIES = [
    {"term": {"n": "abc"}}, {"term": {"n": [1]}}, {"term": {"n": 1, "k": 2}}, {"term": {}}, {"term": 3}, {}, {"foo": {}}, {"range": {"n": 5}},
    {"range": {"n": {"gte": "x"}}}, {"range": {"n": {"foo": 1}}}, {"bool": {"foo": 1}}, {"bool": {"must": 1}}, {"ids": {"foo": 1}}, {"exists": {}},
    {"exists": {"field": [1]}}, {"match": {"t": {"query": "a", "foo": 1}}}, {"match": {"t": {"operator": "and"}}}, {"match": {"t": {"query": "a", "operator": "xx"}}},
    {"terms": {"n": 1}}, {"terms": {"n": [1], "k": [2]}}, {"prefix": {"n": "1"}}, {"wildcard": {"n": "1*"}}, {"regexp": {"k": "a("}}, {"fuzzy": {"n": "1"}},
    {"nested": {"path": "o", "query": {"match_all": {}}}}, {"term": {"b": "x"}}, {"multi_match": {"fields": ["t"]}}, {"multi_match": {"query": "a", "type": "foo"}},
    {"match_all": {"foo": 1}}, {"term": {"n": 1}, "match_all": {}}, {"constant_score": {}}, {"query_string": {"foo": 1}}, {"query_string": {}},
    {"simple_query_string": {"query": "a", "flags": "FOO"}}, {"bool": {"must": [{"term": {"n": "x"}}], "filter": {"range": {"n": {"gte": 1}}}}},
    {"match_phrase_prefix": {"n": "1"}}, {"terms": {"n": ["x"]}}, {"term": {"n": None}}, {"match": {"t": None}}, {"range": {"d": {"gte": "x"}}},
    {"range": {"d": {"gte": "now/x"}}}, {"bool": {"minimum_should_match": "x", "should": [{"term": {"n": 1}}]}}, [1], {"term": {"n": {"valu": 1}}},
    {"range": {"n": {"gte": 1}, "k": {"gte": 1}}}, {"query_string": {"query": "n:abc", "fields": ["n"]}}, {"range": {"n": {"gte": 1, "time_zone": "+01:00"}}},
]  # fmt: skip
# whole bodies
BODIES: dict[str, list[Any]] = {
    "sort": [
        {"sort": "n"}, {"sort": [{"n": "desc"}]}, {"sort": [{"k": "asc"}, {"n": "desc"}]}, {"sort": [{"m": "asc"}]}, {"sort": [{"m": "desc"}]},
        {"sort": [{"m": {"order": "asc", "missing": "_first"}}]}, {"sort": [{"m": {"order": "asc", "missing": 5}}]}, {"sort": [{"zz": {"order": "asc", "unmapped_type": "long"}}, "n"]},
        {"sort": [{"nums": "asc"}]}, {"sort": [{"nums": {"order": "desc"}}]}, {"sort": [{"nums": {"order": "asc", "mode": "max"}}]}, {"sort": [{"nums": {"order": "asc", "mode": "avg"}}]},
        {"sort": [{"d": "desc"}]}, {"sort": [{"x": "asc"}]}, {"sort": [{"f": "desc"}]}, {"sort": [{"b": "asc"}, {"n": "asc"}]}, {"sort": [{"o.q": "desc"}, "n"]},
        {"query": {"match": {"t": "fox"}}, "sort": ["_score", "n"]}, {"query": {"match": {"t": "fox"}}, "sort": [{"n": "asc"}], "track_scores": True},
        {"sort": [{"tags": "asc"}, "n"]}, {"sort": [{"t.raw": "asc"}]}, {"sort": ["_doc"], "size": 1, "_source": False, "query": {"term": {"n": 0}}},
        {"sort": "n", "search_after": [4], "size": 3}, {"sort": [{"k": "asc"}, {"n": "desc"}], "search_after": ["get", 5], "size": 4},
        {"sort": [{"d": "asc"}, {"n": "asc"}], "search_after": [1577923200000, 4]}, {"sort": [{"n": "desc"}], "search_after": [0]}, {"sort": [{"m": "asc"}, "n"], "search_after": [3, 1]},
    ],
    "page": [
        {"size": 0}, {"size": 2}, {"from": 3, "size": 2}, {"from": 100}, {"size": 0, "track_total_hits": False}, {"size": 1, "track_total_hits": 3}, {"size": 1, "track_total_hits": True},
        {"size": 2, "terminate_after": 100}, {"min_score": 0.5, "query": {"match": {"t": "fox"}}}, {"post_filter": {"term": {"k": "get"}}, "aggs": {"k": {"terms": {"field": "k"}}}},
        {"collapse": {"field": "k"}, "sort": [{"n": "desc"}]}, {"collapse": {"field": "o.q"}, "sort": ["n"]}, {"size": 1, "version": True, "sort": ["n"]},
        {"size": 1, "seq_no_primary_term": True, "sort": ["n"]}, {"timeout": "10s", "size": 1, "sort": ["n"]}, {"size": "2", "sort": ["n"]}, {"stored_fields": "_none_", "size": 1, "sort": ["n"]},
        {"query": {"bool": {"should": [{"term": {"n": {"value": 1, "_name": "one"}}}, {"range": {"n": {"lt": 3, "_name": "few"}}}]}}, "sort": ["n"]},
    ],
    "parts": [
        {"_source": False, "size": 2, "sort": ["n"]}, {"_source": "n", "sort": ["n"]}, {"_source": ["o.*", "k"], "sort": ["n"]}, {"_source": {"includes": ["o"], "excludes": ["o.p"]}, "sort": ["n"]},
        {"_source": {"excludes": ["t*", "o"]}, "sort": ["n"]}, {"_source": ["*.q"], "sort": ["n"]}, {"docvalue_fields": ["n", "d", "tags", "x", "b"], "_source": False, "sort": ["n"]},
        {"docvalue_fields": [{"field": "d", "format": "epoch_millis"}, {"field": "d"}], "_source": False, "sort": ["n"]}, {"docvalue_fields": ["o.*"], "_source": False, "sort": ["n"]},
        {"docvalue_fields": [{"field": "d", "format": "yyyy/MM/dd"}], "_source": False, "sort": ["n"]}, {"_source": [], "size": 1, "sort": ["n"]}, {"_source": ["none"], "size": 1, "sort": ["n"]},
        {"query": {"match": {"t": "fox"}}, "highlight": {"fields": {"t": {}}}, "sort": ["n"]}, {"query": {"match": {"t": "fox"}}, "highlight": {"fields": {"*": {}}, "pre_tags": ["@@"], "post_tags": ["##"]}, "sort": ["n"]},
    ],
    "refused": [
        {"foo": 1}, {"foo": {}}, {"sort": "zz"}, {"sort": [{"t": "asc"}]}, {"sort": [{"n": {"order": "up"}}]}, {"sort": [{"n": {"foo": 1}}]}, {"from": 9999, "size": 2}, {"size": -2}, {"size": "x"},
        {"query": {"query_string": {"query": "a AND ("}}}, [1], {"from": -5}, {"sort": "n", "search_after": [1, 2]}, {"search_after": [1]}, {"sort": "n", "search_after": [1], "from": 2},
        {"aggs": {"a": {"foo": {}}}}, {"_source": {"foo": 1}}, {"collapse": {"field": "t"}}, {"collapse": {"field": "zz"}}, {"docvalue_fields": ["t"]}, {"min_score": "x"}, {"query": None}, {"timeout": "abc"},
        {"terminate_after": -1}, {"track_total_hits": "abc"}, {"size": 20000}, {"collapse": {}}, {"post_filter": {"foo": {}}}, {"highlight": {"foo": 1}}, {"sort": [1]},
    ],
}  # fmt: skip
PARAMETERS = [
    "q=k:get", "q=get&df=k", "q=quick fox&default_operator=AND", "size=2&sort=n:desc", "size=2&from=1&sort=n", "_source=false&size=1&sort=n", "_source=n,k&sort=n&size=2", "_source_includes=o&sort=n&size=2",
    "_source_excludes=o,t&sort=n&size=2", "filter_path=hits.total", "filter_path=hits.hits._id&sort=n", "filter_path=-hits,-took", "filter_path=**._id&sort=n&size=2", "rest_total_hits_as_int=true&size=0",
    "track_total_hits=false&size=0", "foo=1", "siz=1", "foo=1&bar=2", "size=x", "ignore_unavailable=true&size=0", "docvalue_fields=n&_source=false&sort=n&size=1", "version=true&sort=n&size=1", "search_type=foo",
    "q=n:[2 TO 3]&sort=n", "sort=n:up", "allow_no_indices=false&size=0", "typed_keys=true&size=0", "terminate_after=2&size=0", "sort=k,n:desc&size=3", "q=*&size=1&sort=n",
]  # fmt: skip


def of_queries(
    queries: dict[str, list[Any]], strings: list[Any], options: list[Any], simple: list[Any], bad: list[Any]
) -> Iterator[Exchange]:
    """A search a query: by kind, as texts of query_string, with its options, as simple_query_string, and refused ones."""
    for kind, each in queries.items():
        for query in each:
            yield Exchange(f"query {kind}", "POST", "/a1/_search", {"query": query, "_source": False, "size": 20})
    for text in strings:
        body = {"query": {"query_string": {"query": text}}, "_source": False, "size": 20, "sort": ["n"]}
        yield Exchange("query_string", "POST", "/a1/_search", body)
    for option in options:
        body = {"query": {"query_string": option}, "_source": False, "size": 20}
        yield Exchange("query_string", "POST", "/a1/_search", body)
    for option in simple:
        body = {"query": {"simple_query_string": option}, "_source": False, "size": 20, "sort": ["n"]}
        yield Exchange("simple_query_string", "POST", "/a1/_search", body)
    for query in bad:
        yield Exchange("query refused", "POST", "/a1/_search", {"query": query})


def exchanges() -> Iterator[Exchange]:
    yield from of_queries(QUERIES, STRINGS, STRING_OPTIONS, SIMPLE, BAD_QUERIES)
    for kind, bodies in BODIES.items():
        for body in bodies:
            yield Exchange(f"search {kind}", "POST", "/a1/_search", body)
    for text in PARAMETERS:
        yield Exchange("parameters", "GET", f"/a1/_search?{text}")
    yield from _others()


def _others() -> Iterator[Exchange]:
    yield Exchange("count", "GET", "/a1/_count")
    yield Exchange("count", "GET", "/a1/_count?q=k:get")
    yield Exchange("count", "POST", "/a1/_count", {"query": {"term": {"b": True}}})
    yield Exchange("count", "POST", "/a1/_count", {"size": 1})
    yield Exchange("count", "POST", "/nope/_count")
    yield Exchange("count", "POST", "/a*,nope/_count?ignore_unavailable=true")
    yield Exchange("indices", "GET", "/nope/_search")
    yield Exchange("indices", "GET", "/nope*/_search")
    yield Exchange("indices", "GET", "/nope*/_search?allow_no_indices=false")
    yield Exchange("indices", "GET", "/a1/_search/?size=0")
    yield Exchange("indices", "GET", "/_all/_search?size=0")
    yield Exchange("indices", "GET", "/a1,a2/_search?size=0")
    yield Exchange("indices", "GET", "/*,-a2/_search?size=0")
    yield Exchange(
        "indices",
        "POST",
        "/a1,a2/_search",
        {"query": {"term": {"only": 1}}, "sort": [{"n": {"order": "asc", "unmapped_type": "long"}}]},
    )
    for body in ('{"query":', "{", "nonsense", '{"query":{"term":{"n":1}}', ""):
        yield Exchange("malformed", "POST", "/a1/_search", body.encode())
    yield Exchange("malformed", "POST", "/a1/_search", b"{}", {"Content-Type": "text/plain"})
    yield Exchange(
        "msearch",
        "POST",
        "/_msearch",
        [
            {"index": "a1"},
            {"size": 0},
            {"index": "nope"},
            {"size": 0},
            {"index": ["a1", "a2"]},
            {"size": 0, "query": {"term": {"n": 1}}},
        ],
    )
    yield Exchange("msearch", "POST", "/a1/_msearch", [{}, {"size": 1, "sort": ["n"]}, {}, {"query": {"foo": {}}}])
    yield Exchange("msearch", "POST", "/_msearch", [{"index": "a1", "foo": 1}, {}])
    yield Exchange(
        "msearch",
        "POST",
        "/_msearch",
        [{"index": "nope", "ignore_unavailable": True, "search_type": "query_then_fetch"}, {"size": 0}],
    )
    yield Exchange("msearch", "POST", "/_msearch", b'{"index":"a1"}\n{}')
    yield Exchange("scroll", "POST", "/a1/_search?scroll=1m", {"size": 4, "sort": ["n"]})
    for _ in range(3):
        yield Exchange("scroll", "POST", "/_search/scroll", '{"scroll":"1m","scroll_id":"$SCROLL"}')
    yield Exchange("scroll", "DELETE", "/_search/scroll", '{"scroll_id":"$SCROLL"}')
    yield Exchange("scroll", "DELETE", "/_search/scroll", '{"scroll_id":["$SCROLL"]}')
    yield Exchange("scroll", "POST", "/a1/_search?scroll=1m", {"size": 0})
    yield Exchange("scroll", "POST", "/a1/_search?scroll=1m", {"from": 2})
    yield Exchange("scroll", "POST", "/a1/_search?scroll=abc", {})
    yield Exchange("scroll", "POST", "/a1/_search?scroll=2d", {})
    yield Exchange("scroll", "POST", "/_search/scroll", {})
    yield Exchange("scroll", "DELETE", "/_search/scroll/_all")
    yield Exchange("validate", "GET", "/a1/_validate/query", {"query": {"term": {"n": 1}}})
    yield Exchange("validate", "GET", "/a1/_validate/query", {"query": {"foo": {}}})
    yield Exchange("validate", "GET", "/a1/_validate/query?q=n:1")
