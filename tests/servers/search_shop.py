"""A shop's search, as one with the reference open would write it: products with reviews, places and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange

MAPPING: dict[str, Any] = {"properties": {
    "title": {"type": "text", "fields": {"raw": {"type": "keyword"}}}, "text": {"type": "text"}, "brand": {"type": "keyword"},
    "price": {"type": "double"}, "stock": {"type": "integer"}, "sold": {"type": "boolean"}, "added": {"type": "date"}, "tags": {"type": "keyword"},
    "place": {"type": "geo_point"}, "seller_ip": {"type": "ip"}, "valid": {"type": "integer_range"},
    "reviews": {"type": "nested", "properties": {"user": {"type": "keyword"}, "stars": {"type": "integer"}, "comment": {"type": "text"}, "at": {"type": "date"}}},
    "size": {"properties": {"w": {"type": "float"}, "h": {"type": "float"}}},
}}  # fmt: skip
PRODUCTS: list[dict[str, Any]] = [
    {"title": "Red running shoes", "text": "Light shoes for the road. They are quick and comfortable for long runs.", "brand": "acme", "price": 59.9, "stock": 12, "sold": True, "added": "2019-10-01T08:00:00Z", "tags": ["sport", "shoes"], "place": {"lat": 52.52, "lon": 13.4}, "seller_ip": "192.168.1.10", "valid": {"gte": 1, "lte": 5}, "reviews": [{"user": "ann", "stars": 5, "comment": "great shoes", "at": "2019-10-05"}, {"user": "bob", "stars": 3, "comment": "too small", "at": "2019-10-09"}], "size": {"w": 10.5, "h": 4}},
    {"title": "Blue trail shoes", "text": "Shoes with grip for the trail and the forest.", "brand": "acme", "price": 79.5, "stock": 0, "sold": False, "added": "2019-10-12T10:30:00Z", "tags": ["sport", "shoes", "outdoor"], "place": {"lat": 48.85, "lon": 2.35}, "seller_ip": "192.168.1.20", "valid": {"gt": 5, "lt": 10}, "reviews": [{"user": "cy", "stars": 4, "comment": "good grip", "at": "2019-10-15"}], "size": {"w": 11, "h": 5}},
    {"title": "Quick kitchen knife", "text": "A sharp knife for the kitchen.", "brand": "bolt", "price": 25, "stock": 40, "sold": True, "added": "2019-11-02T12:00:00Z", "tags": ["kitchen"], "place": {"lat": 51.5, "lon": -0.12}, "seller_ip": "10.0.0.7", "valid": {"gte": 3}, "reviews": [], "size": {"w": 3, "h": 1}},
    {"title": "Garden chair", "text": "Comfortable chair of wood for the garden.", "brand": "casa", "price": 120, "stock": 3, "sold": True, "added": "2019-11-15T16:45:00Z", "tags": ["garden", "outdoor"], "place": "40.71,-74.0", "seller_ip": "10.0.0.9", "valid": {"lte": 2}, "reviews": [{"user": "ann", "stars": 2, "comment": "not comfortable", "at": "2019-12-01"}, {"user": "dee", "stars": 4, "comment": "good chair", "at": "2019-12-02"}, {"user": "bob", "stars": 5, "comment": "great", "at": "2019-12-03"}]},
    {"title": "Garden table", "text": "A large table. The wood is oak.", "brand": "casa", "price": 240.75, "stock": 1, "sold": False, "added": "2019-12-20T09:15:00Z", "tags": ["garden"], "place": [151.2, -33.87], "seller_ip": "2001:db8::1"},
    {"title": "Running watch", "text": "Counts your runs and your steps.", "brand": "bolt", "price": 199, "stock": 7, "sold": True, "added": "2020-01-05T20:00:00Z", "tags": ["sport", "watch"], "reviews": {"user": "eve", "stars": 1, "comment": "broken strap", "at": "2020-01-10"}},
]  # fmt: skip


def _bodies() -> list[Any]:
    nested: list[Any] = [
        {"query": {"nested": {"path": "reviews", "query": {"term": {"reviews.user": "ann"}}}}, "_source": ["title"]},
        {"query": {"nested": {"path": "reviews", "query": {"bool": {"must": [{"term": {"reviews.user": "ann"}}, {"range": {"reviews.stars": {"gte": 4}}}]}}, "score_mode": "max"}}, "_source": False},
        {"query": {"nested": {"path": "reviews", "query": {"match": {"reviews.comment": "great"}}, "inner_hits": {}}}, "_source": ["brand"]},
        {"query": {"nested": {"path": "reviews", "query": {"match_all": {}}, "score_mode": "none", "inner_hits": {"size": 1, "sort": [{"reviews.stars": "desc"}], "_source": ["reviews.user"]}}}, "_source": False},
        {"query": {"bool": {"must_not": {"nested": {"path": "reviews", "query": {"exists": {"field": "reviews.user"}}}}}}, "sort": ["price"], "_source": False},
        {"query": {"term": {"reviews.user": "ann"}}, "size": 0},
        {"query": {"nested": {"path": "nope", "query": {"match_all": {}}}}},
        {"query": {"nested": {"path": "nope", "ignore_unmapped": True, "query": {"match_all": {}}}}, "size": 0},
        {"size": 0, "aggs": {"r": {"nested": {"path": "reviews"}, "aggs": {"s": {"avg": {"field": "reviews.stars"}}, "u": {"terms": {"field": "reviews.user"}}}}}},
        {"size": 0, "aggs": {"r": {"nested": {"path": "reviews"}, "aggs": {"u": {"terms": {"field": "reviews.user", "size": 2}, "aggs": {"back": {"reverse_nested": {}, "aggs": {"b": {"terms": {"field": "brand"}}}}}}}}}},
        {"size": 0, "aggs": {"b": {"terms": {"field": "brand"}, "aggs": {"r": {"nested": {"path": "reviews"}, "aggs": {"m": {"max": {"field": "reviews.stars"}}}}}}}},
        {"sort": [{"reviews.stars": {"order": "desc", "mode": "avg", "nested": {"path": "reviews"}}}], "_source": False},
        {"sort": [{"reviews.stars": {"order": "asc", "nested": {"path": "reviews", "filter": {"term": {"reviews.user": "bob"}}}}}], "_source": False},
    ]  # fmt: skip
    geo: list[Any] = [
        {"query": {"bool": {"filter": {"geo_distance": {"distance": "600km", "place": {"lat": 50, "lon": 5}}}}}, "sort": ["price"], "_source": ["place"]},
        {"query": {"geo_distance": {"distance": "1000km", "place": [2.35, 48.85]}}, "sort": ["price"], "_source": False}, {"query": {"geo_distance": {"distance": 200000, "place": "52.5,13.4"}}, "size": 0},
        {"query": {"geo_bounding_box": {"place": {"top_left": {"lat": 60, "lon": -5}, "bottom_right": {"lat": 45, "lon": 20}}}}, "sort": ["price"], "_source": False},
        {"query": {"geo_bounding_box": {"place": {"top": 60, "left": -5, "bottom": 45, "right": 5}}}, "size": 0}, {"query": {"geo_polygon": {"place": {"points": [[0, 40], [0, 60], [20, 60], [20, 40]]}}}, "size": 0},
        {"sort": [{"_geo_distance": {"place": {"lat": 52.52, "lon": 13.4}, "order": "asc", "unit": "km"}}], "_source": False, "size": 4},
        {"query": {"exists": {"field": "place"}}, "size": 0}, {"query": {"term": {"place": "1,2"}}}, {"query": {"geo_distance": {"distance": "10km", "brand": {"lat": 1, "lon": 1}}}}, {"query": {"geo_distance": {"place": {"lat": 1, "lon": 1}}}},
        {"size": 0, "aggs": {"g": {"geo_distance": {"field": "place", "origin": "52.52,13.4", "unit": "km", "ranges": [{"to": 100}, {"from": 100, "to": 1000}, {"from": 1000}]}}}},
        {"size": 0, "aggs": {"g": {"geohash_grid": {"field": "place", "precision": 3}}}}, {"size": 0, "aggs": {"g": {"geotile_grid": {"field": "place", "precision": 4}}}},
        {"size": 0, "aggs": {"g": {"geo_bounds": {"field": "place"}}, "c": {"geo_centroid": {"field": "place"}}}}, {"docvalue_fields": ["place", "seller_ip"], "size": 2, "_source": False, "sort": ["price"]},
    ]  # fmt: skip
    ips: list[Any] = [
        {"query": {"term": {"seller_ip": "192.168.1.0/24"}}, "size": 0}, {"query": {"term": {"seller_ip": "10.0.0.7"}}, "_source": False}, {"query": {"range": {"seller_ip": {"gte": "10.0.0.0", "lt": "10.0.0.9"}}}, "size": 0}, {"query": {"terms": {"seller_ip": ["10.0.0.7", "2001:db8::1"]}}, "size": 0},
        {"query": {"query_string": {"query": "seller_ip:\"10.0.0.0/8\""}}, "size": 0}, {"query": {"term": {"seller_ip": "nonsense"}}}, {"sort": ["seller_ip"], "_source": False},
        {"size": 0, "aggs": {"i": {"terms": {"field": "seller_ip", "order": {"_key": "asc"}}}}}, {"size": 0, "aggs": {"i": {"ip_range": {"field": "seller_ip", "ranges": [{"to": "10.0.0.8"}, {"from": "10.0.0.8"}, {"mask": "192.168.0.0/16"}]}}}}, {"size": 0, "aggs": {"c": {"cardinality": {"field": "seller_ip"}}}},
    ]  # fmt: skip
    ranges: list[Any] = [
        {"query": {"term": {"valid": 4}}, "sort": ["price"], "_source": ["valid"]}, {"query": {"range": {"valid": {"gte": 4, "lte": 6}}}, "sort": ["price"], "_source": False}, {"query": {"range": {"valid": {"gte": 0, "lte": 6, "relation": "within"}}}, "sort": ["price"], "_source": False}, {"query": {"range": {"valid": {"gte": 6, "lte": 7, "relation": "contains"}}}, "size": 0},
    ]  # fmt: skip
    return [*nested, *geo, *ips, *ranges]


def _texts() -> list[Any]:
    return [
        {"query": {"match": {"text": "comfortable garden"}}, "_source": False}, {"query": {"match": {"text": "comfortable garden"}}, "explain": True, "size": 1, "_source": False},
        {"query": {"more_like_this": {"fields": ["title", "text"], "like": "shoes for the garden", "min_term_freq": 1, "min_doc_freq": 1}}, "_source": False}, {"query": {"more_like_this": {"fields": ["title"], "like": [{"_index": "shop", "_id": "0"}], "min_term_freq": 1, "min_doc_freq": 1}}, "_source": False},
        {"query": {"common": {"text": {"query": "the knife", "cutoff_frequency": 0.3}}}, "_source": False}, {"query": {"intervals": {"text": {"match": {"query": "sharp knife", "max_gaps": 0, "ordered": True}}}}, "_source": False},
        {"query": {"intervals": {"text": {"any_of": {"intervals": [{"match": {"query": "oak"}}, {"match": {"query": "grip"}}]}}}}, "_source": False}, {"query": {"span_near": {"clauses": [{"span_term": {"text": "comfortable"}}, {"span_term": {"text": "chair"}}], "slop": 0, "in_order": True}}, "_source": False},
        {"query": {"span_first": {"match": {"span_term": {"text": "shoes"}}, "end": 2}}, "_source": False}, {"query": {"span_or": {"clauses": [{"span_term": {"text": "oak"}}, {"span_term": {"text": "forest"}}]}}, "_source": False}, {"query": {"span_multi": {"match": {"prefix": {"text": {"value": "comf"}}}}}, "_source": False},
        {"suggest": {"s": {"text": "gardn chiar", "term": {"field": "text"}}}, "size": 0}, {"suggest": {"text": "shos", "one": {"term": {"field": "title"}}, "two": {"phrase": {"field": "text"}}}, "size": 0}, {"suggest": {"s": {"text": "garden", "term": {"field": "text", "suggest_mode": "always", "size": 2}}}, "size": 0},
        {"query": {"match": {"title": "shoes"}}, "rescore": {"window_size": 5, "query": {"rescore_query": {"match_phrase": {"title": "trail shoes"}}, "query_weight": 0.7, "rescore_query_weight": 1.2}}, "_source": False},
        {"query": {"match": {"text": "wood"}}, "highlight": {"fields": {"text": {}}}, "_source": False}, {"query": {"match": {"text": "shoes comfortable"}}, "highlight": {"fields": {"text": {"fragment_size": 30, "number_of_fragments": 2}}, "pre_tags": ["<b>"], "post_tags": ["</b>"]}, "_source": False}, {"query": {"match_phrase": {"text": "sharp knife"}}, "highlight": {"fields": {"text": {"type": "plain"}}}, "_source": False}, {"query": {"match": {"title": "garden"}}, "highlight": {"fields": {"title": {"number_of_fragments": 0}, "text": {}}, "require_field_match": False}, "_source": False},
        {"query": {"function_score": {"query": {"match": {"title": "shoes"}}, "gauss": {"price": {"origin": 60, "scale": 10}}}}, "_source": False}, {"query": {"function_score": {"query": {"match_all": {}}, "exp": {"added": {"origin": "2019-11-01", "scale": "10d", "offset": "1d", "decay": 0.3}}}}, "_source": False}, {"query": {"function_score": {"linear": {"place": {"origin": "52.52,13.4", "scale": "500km"}}}}, "_source": False},
        {"query": {"script_score": {"query": {"match_all": {}}, "script": {"source": "1"}}}}, {"query": {"distance_feature": {"field": "added", "origin": "2019-11-01", "pivot": "7d"}}, "_source": False}, {"query": {"distance_feature": {"field": "place", "origin": [13.4, 52.5], "pivot": "100km"}}, "_source": False}, {"query": {"rank_feature": {"field": "stock"}}}, {"query": {"pinned": {"ids": ["1"], "organic": {"match_all": {}}}}},
        {"query": {"boosting": {"positive": {"match": {"text": "wood"}}, "negative": {"term": {"brand": "casa"}}, "negative_boost": 0.5}}, "_source": False}, {"query": {"dis_max": {"queries": [{"match": {"title": "garden"}}, {"match": {"text": "garden"}}], "tie_breaker": 0.7}}, "_source": False}, {"query": {"multi_match": {"query": "quick shoes", "fields": ["title^3", "text"], "type": "cross_fields"}}, "_source": False}, {"query": {"multi_match": {"query": "comfortable wood", "fields": ["title", "text"], "type": "most_fields"}}, "_source": False}, {"query": {"simple_query_string": {"query": "\"garden chair\" | knife -oak", "fields": ["title", "text"], "default_operator": "and"}}, "_source": False}, {"query": {"query_string": {"query": "title:(garden OR kni*) AND price:>30"}}, "_source": False},
        {"profile": True, "query": {"term": {"brand": "acme"}}, "size": 0}, {"script_fields": {"x": {"script": "doc['price'].value * 2"}}}, {"collapse": {"field": "brand", "inner_hits": {"name": "best", "size": 1, "sort": [{"price": "asc"}]}}, "sort": ["price"], "_source": False}, {"query": {"match_all": {}}, "stored_fields": ["title"], "size": 1}, {"query": {"term": {"brand": {"value": "acme", "boost": 2}}}, "track_scores": True, "sort": ["price"], "_source": False}, {"query": {"bool": {"filter": {"term": {"brand": "bolt"}}, "should": {"match": {"text": "runs"}}}}, "_source": False}, {"indices_boost": [{"shop": 2}], "query": {"match": {"title": "watch"}}, "_source": False},
    ]  # fmt: skip


def _aggregations() -> list[Any]:
    over = [
        {"significant_terms": {"field": "tags", "min_doc_count": 1}}, {"sampler": {"shard_size": 3}, "aggs": {"t": {"terms": {"field": "tags"}}}}, {"diversified_sampler": {"shard_size": 4, "field": "brand"}, "aggs": {"t": {"terms": {"field": "brand"}}}}, {"adjacency_matrix": {"filters": {"sport": {"term": {"tags": "sport"}}, "shoes": {"term": {"tags": "shoes"}}, "cheap": {"range": {"price": {"lt": 100}}}}}}, {"rare_terms": {"field": "tags"}}, {"date_range": {"field": "added", "format": "yyyy-MM", "ranges": [{"to": "2019-11"}, {"from": "2019-11", "to": "2020-01"}, {"from": "2020-01", "key": "new"}]}},
        {"matrix_stats": {"fields": ["price", "stock"]}}, {"weighted_avg": {"value": {"field": "price"}, "weight": {"field": "stock", "missing": 1}}}, {"median_absolute_deviation": {"field": "price"}}, {"percentiles": {"field": "price", "percents": [25, 50, 75], "hdr": {"number_of_significant_value_digits": 3}}}, {"percentile_ranks": {"field": "price", "values": [50, 150]}}, {"percentile_ranks": {"field": "price", "values": [50, 150], "keyed": False, "hdr": {"number_of_significant_value_digits": 3}}}, {"scripted_metric": {"map_script": "1", "combine_script": "1", "reduce_script": "1"}}, {"string_stats": {"field": "brand"}}, {"value_count": {"field": "title.raw"}}, {"auto_date_histogram": {"field": "added", "buckets": 4}},
        {"date_histogram": {"field": "added", "calendar_interval": "month", "format": "yyyy-MM"}, "aggs": {"p": {"sum": {"field": "price"}}, "c": {"cumulative_sum": {"buckets_path": "p"}}, "d": {"derivative": {"buckets_path": "p"}}}}, {"date_histogram": {"field": "added", "calendar_interval": "month"}, "aggs": {"p": {"sum": {"field": "price"}}, "x": {"bucket_script": {"buckets_path": {"p": "p"}, "script": "params.p / 2"}}}}, {"date_histogram": {"field": "added", "calendar_interval": "month"}, "aggs": {"p": {"sum": {"field": "price"}}, "x": {"bucket_sort": {"sort": [{"p": {"order": "desc"}}], "size": 2}}}}, {"date_histogram": {"field": "added", "calendar_interval": "month"}, "aggs": {"p": {"avg": {"field": "price"}}, "x": {"serial_diff": {"buckets_path": "p", "lag": 1}}}}, {"date_histogram": {"field": "added", "calendar_interval": "month"}, "aggs": {"p": {"sum": {"field": "price"}}, "x": {"moving_fn": {"buckets_path": "p", "window": 2, "script": "MovingFunctions.max(values)"}}}}, {"date_histogram": {"field": "added", "calendar_interval": "month"}, "aggs": {"p": {"sum": {"field": "price"}}, "x": {"moving_avg": {"buckets_path": "p", "window": 3, "model": "linear"}}}},
        {"date_histogram": {"field": "added", "fixed_interval": "30d", "min_doc_count": 1, "keyed": True, "time_zone": "Europe/Berlin"}}, {"histogram": {"field": "price", "interval": 50, "extended_bounds": {"min": 0, "max": 400}, "min_doc_count": 0}}, {"terms": {"field": "brand", "order": {"s.avg": "desc"}}, "aggs": {"s": {"stats": {"field": "price"}}}}, {"terms": {"field": "brand"}, "aggs": {"t": {"top_hits": {"size": 1, "sort": [{"price": "desc"}], "_source": {"includes": ["title"]}}}}}, {"terms": {"field": "tags", "include": "s.*", "exclude": "sh.*"}}, {"terms": {"field": "sold"}}, {"terms": {"field": "added", "format": "yyyy"}}, {"terms": {"field": "title"}}, {"composite": {"sources": [{"b": {"terms": {"field": "brand"}}}, {"m": {"date_histogram": {"field": "added", "calendar_interval": "month", "format": "yyyy-MM"}}}], "size": 3}}, {"filters": {"other_bucket_key": "rest", "filters": {"cheap": {"range": {"price": {"lte": 60}}}, "sport": {"match": {"tags": "sport"}}}}}, {"missing": {"field": "place"}}, {"global": {}, "aggs": {"m": {"max": {"field": "price"}}}}, {"children": {"type": "x"}},
    ]  # fmt: skip
    return [{"size": 0, "query": {"range": {"price": {"lt": 1000}}}, "aggs": {"a": each}} for each in over]


def _calls() -> Iterator[Exchange]:
    for method, path, body in (
        ("GET", "/shop/_explain/0", {"query": {"term": {"brand": "acme"}}}), ("GET", "/shop/_explain/2", {"query": {"match": {"title": "garden"}}}), ("GET", "/shop/_explain/99", {"query": {"match_all": {}}}), ("GET", "/shop/_explain/0?q=brand:acme", None),
        ("GET", "/shop/_termvectors/2?fields=title", None), ("GET", "/shop/_field_caps?fields=*", None), ("GET", "/shop/_validate/query?explain=true", {"query": {"term": {"brand": "acme"}}}), ("GET", "/shop/_validate/query?rewrite=true", {"query": {"match": {"title": "red shoes"}}}), ("GET", "/shop/_mapping", None), ("GET", "/shop/_mapping/field/reviews.*", None), ("GET", "/shop/_settings?include_defaults=false&flat_settings=true", None),
        ("POST", "/_analyze", {"tokenizer": "standard", "filter": ["lowercase"], "text": "Some TEXT here"}), ("POST", "/shop/_analyze", {"field": "title", "text": "Some TEXT here"}), ("POST", "/_analyze", {"tokenizer": "standard", "text": "John's 3.5 kg"}), ("POST", "/_analyze", {"tokenizer": "standard", "filter": ["stop"], "text": "the quick fox", "explain": True}),
        ("POST", "/shop/_search/template", {"source": {"query": {"match": {"title": "{{q}}"}}}, "params": {"q": "x"}}), ("POST", "/_render/template", {"source": "{}"}), ("GET", "/shop/_count", {"query": {"nested": {"path": "reviews", "query": {"range": {"reviews.stars": {"lt": 3}}}}}}), ("POST", "/shop/_rank_eval", {"requests": []}), ("GET", "/_cat/indices/shop?h=index,docs.count,health&format=json", None), ("GET", "/_cat/count/shop?h=count", None), ("GET", "/_cat/segments/shop?h=index,shard,prirep", None), ("GET", "/_cat/allocation?h=node", None), ("GET", "/_cat/recovery/shop?h=index,shard,stage", None), ("GET", "/_cat/thread_pool/search?h=name", None), ("GET", "/_cat/tasks?help", None), ("GET", "/_cat/shards/shop?h=index,shard,state&format=json", None),
        ("POST", "/shop/_doc/n1?refresh", {"title": "bad", "place": {"lat": 100, "lon": 0}}), ("POST", "/shop/_doc/n2?refresh", {"seller_ip": "300.1.1.1"}), ("POST", "/shop/_doc/n3?refresh", {"reviews": "text"}), ("POST", "/shop/_doc/n4?refresh", {"valid": {"gte": 9, "lte": 2}}), ("POST", "/shop/_doc/n5?refresh", {"price": "abc"}), ("POST", "/shop/_doc/n6?refresh", {"added": "tomorrow"}), ("GET", "/_ingest/processor/grok", None), ("PUT", "/_ingest/pipeline/p1", {"processors": [{"set": {"field": "a", "value": 1}}]}), ("GET", "/shop/_search?q=title:shoes&_source=title&sort=price:desc", None),
    ):  # fmt: skip
        yield Exchange("shop calls", method, path, body)


def exchanges() -> Iterator[Exchange]:
    yield Exchange("shop setup", "PUT", "/shop", {"settings": {"number_of_replicas": 0}, "mappings": MAPPING})
    lines: list[Any] = []
    for number, each in enumerate(PRODUCTS):
        lines += [{"index": {"_index": "shop", "_id": str(number)}}, each]
    yield Exchange("shop setup", "POST", "/_bulk?refresh=true", lines)
    for kind, bodies in (("fields", _bodies()), ("texts", _texts()), ("aggregations", _aggregations())):
        for body in bodies:
            yield Exchange(f"shop {kind}", "POST", "/shop/_search", body)
    yield from _calls()
