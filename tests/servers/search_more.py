"""Further requests of the kinds of the other modules: other parameters, other values, other ways to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange

QUERIES: dict[str, list[Any]] = {
    "term": [
        {"term": {"n": {"value": 3, "boost": 2.5}}}, {"term": {"n": {"value": 3, "_name": "x"}}}, {"term": {"d": "2020-01-02||/M"}}, {"term": {"x": "abc"}}, {"term": {"m": 3000000000}},
        {"term": {"b": ""}}, {"term": {"b": 1}}, {"term": {"k": 5}}, {"term": {"k": True}}, {"terms": {"k": ["get"], "boost": 2}}, {"terms": {"k": ["get"], "_name": "q"}}, {"terms": {"d": ["2020-01-02", 1577836800000]}},
        {"terms": {"none": [1]}}, {"terms": {"k": {"index": "a1", "id": "1", "path": "k"}}}, {"terms": {"n": {"index": "a1", "id": "1", "path": "nums"}}}, {"terms": {"n": {"index": "a1", "id": "99", "path": "nums"}}}, {"ids": {"values": []}}, {"ids": {"values": [1, 2]}}, {"ids": {"type": "_doc", "values": ["1"]}},
        {"exists": {"field": "n", "boost": 3}}, {"exists": {"field": "nums"}}, {"exists": {"field": "_id"}}, {"exists": {"field": "ta*"}}, {"term": {"t.raw": {"value": "the fox"}}}, {"type": {"value": "_doc"}}, {"terms_set": {"tags": {"terms": ["red", "blue"], "minimum_should_match_field": "n"}}},
        {"term": {"f": 0.3}}, {"term": {"n": "1.0"}}, {"term": {"n": 1.0}}, {"term": {"n": "0x1"}}, {"terms": {"x": ["1.5", 3]}}, {"terms": {"b": ["yes"]}}, {"wrapper": {"query": "eyJ0ZXJtIjp7Im4iOjF9fQ=="}},
    ],
    "range": [
        {"range": {"n": {"gte": 3, "boost": 2}}}, {"range": {"n": {"gte": None, "lte": 4}}}, {"range": {"n": {"gt": "2.5"}}}, {"range": {"m": {"gte": 2.5, "lte": 6.5}}}, {"range": {"x": {"gt": "1.5", "lt": 4}}}, {"range": {"d": {"gte": "2020-01-02||-1d", "lte": "2020-01-02||+1d/d"}}},
        {"range": {"d": {"gte": "2020-W01"}}}, {"range": {"d": {"gte": "2020-01-02", "format": "yyyy-MM-dd||epoch_millis"}}}, {"range": {"d": {"gte": "01-2020", "format": "MM-yyyy"}}}, {"range": {"d": {"gte": "2020-01-02", "time_zone": "America/New_York"}}}, {"range": {"d": {"gte": "now-100y", "lt": "now+1w/w"}}},
        {"range": {"k": {"gt": "get"}}}, {"range": {"t.raw": {"lt": "Q"}}}, {"range": {"o.q": {"from": 1, "to": None}}}, {"range": {"n": {"gte": 5, "relation": "within"}}}, {"range": {"n": {"gte": 5, "_name": "r"}}}, {"range": {"tags": {"gte": "c"}}}, {"range": {"d": {"gte": "1577923200000"}}}, {"range": {"n": {"gte": 9, "lte": 1}}},
        {"range": {"n": {"gte": 9223372036854775807}}}, {"range": {"n": {"lte": 1e30}}}, {"range": {"m": {"lte": 3000000000}}}, {"range": {"n": {"gte": 5, "format": "yyyy"}}},
    ],
    "pattern": [
        {"prefix": {"k": {"value": "ge", "boost": 2}}}, {"prefix": {"k": {"prefix": "ge"}}}, {"prefix": {"t": "Qui"}}, {"prefix": {"k": ""}}, {"wildcard": {"k": "g**t"}}, {"wildcard": {"k": "*"}}, {"wildcard": {"path": "/a/*"}}, {"wildcard": {"k": {"value": "g*", "boost": 3}}}, {"wildcard": {"t": "Qu*"}},
        {"wildcard": {"k": "g\\*t"}}, {"regexp": {"k": "p(os|u)t"}}, {"regexp": {"k": "get|h.*"}}, {"regexp": {"k": ""}}, {"regexp": {"k": {"value": "g.t", "flags": "NONE"}}}, {"regexp": {"k": "g.&~(gut)t"}}, {"regexp": {"path": "/a/[bc]"}}, {"regexp": {"k": {"value": "g.*", "max_determinized_states": 100, "boost": 2}}},
        {"regexp": {"k": "\"get\""}}, {"regexp": {"k": "[^gp].*"}}, {"regexp": {"k": "g(e)?t+"}}, {"regexp": {"k": "po{0,1}st"}}, {"fuzzy": {"k": {"value": "gte", "transpositions": False, "fuzziness": 1}}}, {"fuzzy": {"k": {"value": "gte"}}}, {"fuzzy": {"k": {"value": "ge", "fuzziness": "AUTO:1,3"}}},
        {"fuzzy": {"k": {"value": "haed", "max_expansions": 5}}}, {"fuzzy": {"t": {"value": "foxx", "boost": 2}}},
    ],
    "text": [
        {"match": {"t": {"query": "quick fox", "minimum_should_match": "-1"}}}, {"match": {"t": {"query": "quick fox dog", "minimum_should_match": "2<75%"}}}, {"match": {"t": {"query": "quick the", "analyzer": "whitespace"}}}, {"match": {"t": {"query": "quick", "analyzer": "nope"}}}, {"match": {"t": "QUICK"}},
        {"match": {"t": {"query": "quikc", "fuzziness": 1, "prefix_length": 2}}}, {"match": {"t": {"query": "quikc", "fuzziness": 1, "fuzzy_transpositions": False}}}, {"match": {"t": {"query": "fox", "operator": "OR", "auto_generate_synonyms_phrase_query": False}}}, {"match": {"t.raw": "the fox"}}, {"match": {"tags": "red blue"}},
        {"match": {"x": 1.5}}, {"match": {"o.q": "2"}}, {"match": {"n": "abc"}}, {"match_phrase": {"t": {"query": "quick brown", "boost": 3}}}, {"match_phrase": {"t": {"query": "the quick", "analyzer": "standard"}}}, {"match_phrase": {"t": ""}}, {"match_phrase": {"t": {"query": "", "zero_terms_query": "all"}}},
        {"match_phrase": {"n": 3}}, {"match_phrase": {"t": "fox fox quick"}}, {"match_phrase": {"t": {"query": "dog quick", "slop": 3}}}, {"match_phrase_prefix": {"t": {"query": "quick bro", "max_expansions": 1}}}, {"match_phrase_prefix": {"t": {"query": "lazy d", "slop": 2}}}, {"match_phrase_prefix": {"k": "ge"}},
        {"match_bool_prefix": {"t": {"query": "quick do", "operator": "and"}}}, {"match_bool_prefix": {"t": {"query": "quick lazy do", "minimum_should_match": 2}}}, {"match_bool_prefix": {"t": "fo"}}, {"multi_match": {"query": "quick dog", "fields": ["t", "t.raw"], "operator": "and"}},
        {"multi_match": {"query": "quick fox", "fields": ["t", "u"], "type": "cross_fields"}}, {"multi_match": {"query": "quick fox", "fields": ["t", "k"], "type": "best_fields", "tie_breaker": 0.3}}, {"multi_match": {"query": "quick bro", "fields": ["t", "u"], "type": "bool_prefix"}},
        {"multi_match": {"query": "quikc", "fields": ["t"], "fuzziness": "AUTO"}}, {"multi_match": {"query": "get", "fields": "k"}}, {"multi_match": {"query": "3", "fields": ["n", "m"]}}, {"multi_match": {"query": "abc", "fields": ["n", "t"], "lenient": True}}, {"multi_match": {"query": "quick"}}, {"multi_match": {"query": "", "fields": ["t"]}},
        {"multi_match": {"query": "quick dog", "fields": ["t^2", "t.raw"], "minimum_should_match": 2}}, {"match_none": {"boost": 2}}, {"common": {"t": {"query": "quick the", "cutoff_frequency": 0.1}}}, {"match_all": {"_name": "all"}}, {"more_like_this": {"fields": ["t"], "like": "quick fox", "min_term_freq": 1, "min_doc_freq": 1}},
        {"intervals": {"t": {"match": {"query": "quick fox", "max_gaps": 2}}}}, {"intervals": {"t": {"match": {"query": "fox quick", "ordered": True}}}}, {"span_term": {"t": "quick"}}, {"span_near": {"clauses": [{"span_term": {"t": "quick"}}, {"span_term": {"t": "fox"}}], "slop": 1, "in_order": True}},
    ],
    "compound": [
        {"bool": {"must": {"term": {"b": True}}, "boost": 2}}, {"bool": {"should": [{"term": {"k": "get"}}], "must_not": [{"term": {"n": 0}}, {"term": {"n": 2}}]}}, {"bool": {"filter": {"term": {"k": "get"}}}}, {"bool": {"should": [], "minimum_should_match": 1}}, {"bool": {"should": [{"term": {"n": 1}}], "minimum_should_match": 0}},
        {"bool": {"must": [], "filter": []}}, {"bool": {"must": [{"match_all": {}}], "should": [{"term": {"n": 3}}], "_name": "z"}}, {"bool": {"should": [{"term": {"n": 1}}, {"term": {"n": 2}}, {"term": {"b": True}}], "minimum_should_match": "3<-1"}}, {"bool": {"should": [{"term": {"n": 1}}], "minimum_should_match": 5}},
        {"bool": {"adjust_pure_negative": False, "must_not": {"term": {"n": 1}}}}, {"bool": {"mustNot": {"term": {"n": 1}}}}, {"constant_score": {"filter": {"match": {"t": "fox"}}}}, {"constant_score": {"filter": {"bool": {"must_not": {"term": {"b": True}}}}, "boost": 0}}, {"dis_max": {"queries": [{"term": {"k": "get"}}], "boost": 3}},
        {"dis_max": {"queries": []}}, {"boosting": {"positive": {"match": {"t": "fox"}}, "negative": {"match": {"t": "lazy"}}, "negative_boost": 0.2}}, {"function_score": {"query": {"term": {"k": "get"}}, "boost": 3}}, {"function_score": {"query": {"term": {"k": "get"}}, "weight": 3}}, {"function_score": {"field_value_factor": {"field": "n", "factor": 2, "missing": 1}}},
        {"function_score": {"functions": [{"filter": {"term": {"b": True}}, "weight": 2}, {"weight": 3}], "score_mode": "sum", "boost_mode": "replace"}}, {"function_score": {"query": {"match_all": {}}, "functions": [{"field_value_factor": {"field": "n", "modifier": "log1p"}}], "boost_mode": "sum", "max_boost": 2, "min_score": 1.2}},
        {"function_score": {"linear": {"n": {"origin": 5, "scale": 2}}}}, {"function_score": {"gauss": {"d": {"origin": "2020-01-03", "scale": "2d", "offset": "1d", "decay": 0.3}}}}, {"function_score": {"exp": {"x": {"origin": 1, "scale": 3}}}}, {"function_score": {"random_score": {}}, },
        {"nested": {"path": "none", "query": {"match_all": {}}, "ignore_unmapped": True}},
    ],
}  # fmt: skip
STRINGS = [
    "k:(get AND NOT post)", "t:quick^3 fox", "n:[2 TO 4] OR n:9", "n:{* TO 3}", "d:[2020-01-02 TO now]", "d:>2020-01-02", "d:<=2020-01-02", "d:[2020-01-01||/M TO 2020-01-02]", "x:>=1.5 AND x:<4", "f:[0.1 TO 0.3]", "b:(true OR false)", "tags:(red blue)", "tags:(+red +blue)", "t:\"the quick\"~1 OR k:head",
    "NOT (k:get OR k:post)", "NOT k:get AND NOT k:post", "k:get AND (n:1 OR n:2 OR b:true)", "+t:fox -t:lazy +b:true", "t:fox AND !b:true", "k:[a TO h}", "k:{get TO *]", "k:/[gh].*/", "k:/p(os|u)t/ AND n:>1", "t:/qu.*k/", "t:/Qu.*/", "k:g?t OR k:h*", "t:*ck", "t:?uick", "t:QUI*", "\\*", "k:get\\ post", "(k:get)", "((k:get))",
    "k:get OR", "AND k:get", "k:", "(k:get", "k:get)", "n:[1 TO", "k:get~", "k:gte~2", "quick~ brown~1", '"quick brown"^2', '"quick', "k:\"get\" \"post\"", "_exists_:o", "_exists_:o.q", "_exists_:t AND -_exists_:m", "o.q:>1", "o.p.r:deep*", "o.*:deep1", "t*:quick", "_id:3", "_index:a1", "n:1 n:2", "n:1 AND n:2", "n:abc", "d:abc", "b:maybe",
    "path:/a/b", "path:\"/a/b\" OR path:\"/a/c\"", "path:*b", "nums:7", "nums:[5 TO 9]", "fox -quick", "fox !quick", "fox && quick", "fox || dog", "&&", "!", "+", "t:(quick OR dog) AND t:(fox OR sleeps)", "quick   fox", "the AND fox", "k:get; n:1", "k=get", "café", "t:\"\"", "\"\"", "*ui*", "t:[a TO c]", "n:-1", "n:[-5 TO 1]", "n:>-1", "x:1.50", "d:2020", "d:\"2020-01-02T12:00:00Z\"", "d:2020-01-02T12\\:00\\:00Z",
]  # fmt: skip
STRING_OPTIONS = [
    {"query": "quick brown", "default_operator": "and", "default_field": "t"}, {"query": "quick", "default_field": "*"}, {"query": "quick", "fields": ["t", "k"], "type": "most_fields"}, {"query": "quick fox", "fields": ["t", "u"], "type": "cross_fields"}, {"query": "quick fox", "fields": ["t"], "type": "phrase"}, {"query": "*uick", "allow_leading_wildcard": False},
    {"query": "quick", "analyzer": "whitespace", "fields": ["t"]}, {"query": "quick", "boost": 2, "fields": ["t"]}, {"query": "quikc~", "fuzzy_prefix_length": 3, "fields": ["t"]}, {"query": "quikc~", "fuzziness": 1, "fields": ["t"]}, {"query": "n:abc", "lenient": True}, {"query": "quick", "tie_breaker": 0.5, "fields": ["t", "k"]}, {"query": "a", "default_operator": "xor"},
    {"query": "quick", "fields": ["t"], "default_field": "k"}, {"query": "k:get", "minimum_should_match": "50%"}, {"query": "quick lazy brown", "minimum_should_match": "67%", "default_field": "t"}, {"query": "quick-brown", "auto_generate_synonyms_phrase_query": True, "fields": ["t"]}, {"query": "k:/g.*/", "max_determinized_states": 10}, {"query": "Qui*", "fields": ["t"]}, {"query": "quick", "quote_field_suffix": ".raw", "fields": ["t"]},
    {"query": "d:>now-1d", "time_zone": "+01:00"}, {"query": "k:get", "escape": True}, {"query": "k:get", "enable_position_increments": True}, {"query": "k:get", "_name": "n"}, {"query": "1", "fields": ["n", "m", "k"]}, {"query": "get", "fields": ["k", "n"]}, {"query": "quick", "type": "nope", "fields": ["t"]}, {"query": "quick", "rewrite": "constant_score", "fields": ["t"]},
]  # fmt: skip
SIMPLE = [
    {"query": "quick -fox", "fields": ["t"], "default_operator": "and"}, {"query": "fo*", "fields": ["t", "k"]}, {"query": '"lazy dog"~2', "fields": ["t"]}, {"query": "quick | (lazy + dog)", "fields": ["t"]}, {"query": "quick fox", "fields": ["t"], "minimum_should_match": 2}, {"query": "quick fox", "fields": ["t"], "flags": "AND|OR"}, {"query": "fo* | qu", "flags": "OR", "fields": ["t"]},
    {"query": "a", "fields": ["n"], "lenient": False}, {"query": "", "fields": ["t"]}, {"query": "++quick", "fields": ["t"]}, {"query": "quick~2", "fields": ["t"]}, {"query": "get post", "fields": ["k"]}, {"query": "the", "fields": ["t"], "analyzer": "standard"}, {"query": "quick", "fields": ["t"], "boost": 2}, {"query": "quick", "fields": ["t"], "_name": "x"}, {"query": "quick", "fields": ["t"], "foo": 1}, {"query": "quick\\* fox", "fields": ["t"]},
    {"query": "quick", "fields": ["t"], "default_operator": "xor"}, {"fields": ["t"]}, {"query": '"quick', "fields": ["t"]}, {"query": "-", "fields": ["t"]}, {"query": "fox dog", "fields": ["t^2"], "quote_field_suffix": ".raw"}, {"query": "*", "fields": ["t"]}, {"query": "3", "fields": ["n", "t"]},
]  # fmt: skip
BAD = [
    {"range": {"n": {"gte": [1]}}}, {"range": {}}, {"range": {"d": {"gte": "2020-13-01"}}}, {"range": {"d": {"gte": "2020-01-01", "time_zone": "Foo/Bar"}}}, {"range": {"d": {"gte": "2020-01-01", "format": "qqq{"}}}, {"range": {"n": {"gte": 1, "relation": "foo"}}}, {"range": {"b": {"gte": "x"}}}, {"term": {"n": {"value": 1, "foo": 2}}}, {"term": {"n": {"value": [1]}}}, {"term": {"n": {}}}, {"term": None},
    {"terms": {}}, {"terms": {"n": [[1]]}}, {"terms": {"k": {"index": "a1"}}}, {"terms": {"n": [1], "foo": 1}}, {"ids": {}}, {"ids": {"values": {"a": 1}}}, {"exists": {"field": "n", "foo": 1}}, {"exists": {"field": ""}}, {"exists": 1}, {"exists": {"field": None}}, {"match": {}}, {"match": {"t": ["a"]}}, {"match": {"t": "a", "k": "b"}}, {"match": {"t": {"query": "a", "fuzziness": "x"}}}, {"match": {"t": {"query": "a", "zero_terms_query": "x"}}}, {"match": {"t": {"query": "a", "type": "phrase"}}},
    {"match": {"n": {"query": "1", "fuzziness": 1}}}, {"match_phrase": {"t": {"query": "a", "slop": -1}}}, {"match_phrase": {"t": {"query": "a", "foo": 1}}}, {"match_phrase": {}}, {"match_bool_prefix": {"t": {"query": "a", "foo": 1}}}, {"match_bool_prefix": {"n": "1"}}, {"match_none": {"foo": 1}}, {"match_all": []}, {"match_all": 1}, {"multi_match": {"query": "a", "fields": ["t"], "foo": 1}}, {"multi_match": {"query": "a", "fields": {"t": 1}}}, {"multi_match": {"query": "a", "fields": ["t"], "operator": "x"}},
    {"multi_match": {"query": "a", "fields": ["t"], "type": "phrase", "fuzziness": 1}}, {"multi_match": {"query": "a", "fields": ["t"], "slop": -1}}, {"prefix": {"k": {"foo": "x"}}}, {"prefix": {"k": {"value": "x", "foo": 1}}}, {"prefix": {}}, {"prefix": {"d": "2020"}}, {"wildcard": {"k": {}}}, {"wildcard": {}}, {"wildcard": {"b": "t*"}}, {"regexp": {"n": "1.*"}}, {"regexp": {"k": "[a"}}, {"regexp": {"k": {"value": "a", "flags": "FOO"}}}, {"regexp": {"k": "a{2,1}"}}, {"regexp": {"k": "*"}}, {"regexp": {"k": {"foo": 1}}}, {"fuzzy": {"k": {"foo": 1}}}, {"fuzzy": {"k": ["a"]}}, {"fuzzy": {"k": {"value": "a", "fuzziness": 3}}},
    {"bool": []}, {"bool": {"must": [1]}}, {"bool": {"must": {}}}, {"bool": {"must": [{}]}}, {"bool": {"filter": "x"}}, {"bool": {"should": [{"term": {"n": 1}}, {"nope": {}}]}}, {"bool": {"boost": "x"}}, {"bool": {"minimum_should_match": [1]}}, {"constant_score": {"filter": {"term": {"n": 1}}, "foo": 1}}, {"constant_score": {"query": {"term": {"n": 1}}}}, {"constant_score": {"filter": [{"term": {"n": 1}}]}}, {"dis_max": {}}, {"dis_max": {"queries": [{"term": {"n": 1}}], "foo": 1}}, {"boosting": {"positive": {"match_all": {}}}}, {"boosting": {"positive": {"match_all": {}}, "negative": {"match_all": {}}}},
    {"boosting": {"positive": {"match_all": {}}, "negative": {"match_all": {}}, "negative_boost": -1}}, {"function_score": {"foo": 1}}, {"function_score": {"functions": [{"foo": 1}]}}, {"function_score": {"functions": [{}]}}, {"function_score": {"score_mode": "foo"}}, {"query_string": {"query": "a", "foo": 1}}, {"query_string": {"query": 5}}, {"query_string": {"query": ["a"]}}, {"query_string": "a"}, {"query_string": {"query": "a", "fuzziness": "x"}}, {"query_string": {"query": "a", "time_zone": "Foo"}}, {"simple_query_string": {}}, {"simple_query_string": {"query": "a", "foo": 1}}, {"nested": {}}, {"nested": {"path": "none", "query": {"match_all": {}}}}, {"nested": {"path": "o"}}, {"nested": {"path": "o", "query": {"match_all": {}}, "foo": 1}},
    {"script": {"script": "1"}}, {"terms_set": {"tags": {"terms": ["red"]}}}, {"has_child": {"type": "x", "query": {"match_all": {}}}}, {"geo_distance": {"distance": "1km", "k": {"lat": 1, "lon": 1}}}, {"template": {}}, {"indices": {}}, {"type": {}}, {"more_like_this": {"fields": ["t"]}}, {"wrapper": {"query": "%%"}}, {"wrapper": {}}, {"span_term": {"t": {"foo": 1}}}, {"match": {"n": "9999999999999999999999"}}, {"term": {"n": 99999999999999999999}}, {"term": {"m": "x"}}, {"term": {"d": "foo"}}, {"term": {"x": [1.5]}}, {"ters": {"n": 1}}, {"mach": {"t": 1}}, {"rang": {}}, "x", 5, None,
]  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    for kind, queries in QUERIES.items():
        for query in queries:
            yield Exchange(f"query {kind}", "POST", "/a1/_search", {"query": query, "_source": False, "size": 20})
    for text in STRINGS:
        body = {"query": {"query_string": {"query": text}}, "_source": False, "size": 20, "sort": ["n"]}
        yield Exchange("query_string", "POST", "/a1/_search", body)
    for options in STRING_OPTIONS:
        yield Exchange(
            "query_string", "POST", "/a1/_search", {"query": {"query_string": options}, "_source": False, "size": 20}
        )
    for options in SIMPLE:
        body = {"query": {"simple_query_string": options}, "_source": False, "size": 20, "sort": ["n"]}
        yield Exchange("simple_query_string", "POST", "/a1/_search", body)
    for query in BAD:
        yield Exchange("query refused", "POST", "/a1/_search", {"query": query})
