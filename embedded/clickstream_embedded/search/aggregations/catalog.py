"""The options that each aggregation takes, with the type of value of each, by Elasticsearch's reference, version 7.5."""

from __future__ import annotations

# the tokens that each type of value may begin with
TEXT, NUMBER, TRUTH = ("VALUE_STRING",), ("VALUE_NUMBER", "VALUE_STRING"), ("VALUE_BOOLEAN", "VALUE_STRING")
OBJECT, OBJECTS = ("START_OBJECT",), ("START_OBJECT", "START_ARRAY")
TYPES: dict[str, tuple[str, ...]] = {
    "text": TEXT, "whole": NUMBER, "long": NUMBER, "real": NUMBER, "truth": TRUTH, "object": OBJECT, "objects": OBJECTS,
    "value": ("VALUE_STRING", "VALUE_NUMBER", "VALUE_BOOLEAN", "VALUE_NULL"), "texts": ("START_ARRAY", "VALUE_STRING"),
    "reals": ("START_ARRAY", "VALUE_NUMBER", "VALUE_STRING"), "words": ("START_OBJECT", "START_ARRAY", "VALUE_STRING"),
    "moment": NUMBER, "script": ("START_OBJECT", "VALUE_STRING"), "any": (), "unit": (*TEXT, "VALUE_NULL"),
}  # fmt: skip
_SOURCE = {"field": "text", "missing": "value", "script": "script", "value_type": "text"}
_VALUES = {**_SOURCE, "format": "text"}
_ZONED = {**_VALUES, "time_zone": "moment"}
_HISTOGRAM = {"order": "objects", "keyed": "truth", "min_doc_count": "long", "extended_bounds": "object"}
_DIGESTS = {"keyed": "truth", "tdigest": "object", "hdr": "object"}
_GRID = {
    "field": "text",
    "missing": "value",
    "precision": "any",
    "size": "whole",
    "shard_size": "whole",
    "bounds": "object",
}
_PIPE = {"buckets_path": "any", "gap_policy": "any", "format": "any"}
# the options that each kind takes, by Elasticsearch's reference "Aggregations", version 7.5
OPTIONS: dict[str, dict[str, str]] = {
    **dict.fromkeys(("avg", "sum", "min", "max", "value_count", "stats"), _VALUES),
    "extended_stats": {**_VALUES, "sigma": "real"}, "cardinality": {**_SOURCE, "precision_threshold": "long", "rehash": "long"},
    "percentiles": {**_VALUES, **_DIGESTS, "percents": "reals"}, "percentile_ranks": {**_SOURCE, **_DIGESTS, "values": "reals"},
    "median_absolute_deviation": {**_VALUES, "compression": "real"},
    "weighted_avg": {"value": "object", "weight": "object", "format": "text", "value_type": "text"},
    "nested": {"path": "any"}, "reverse_nested": {"path": "any"},
    "top_hits": dict.fromkeys(("from", "size", "sort", "_source", "docvalue_fields", "version", "seq_no_primary_term", "track_scores",
                               "stored_fields", "explain", "highlight", "script_fields"), "any"),
    "terms": {**_VALUES, "size": "whole", "shard_size": "whole", "min_doc_count": "long", "shard_min_doc_count": "long",
              "order": "objects", "include": "words", "exclude": "texts", "execution_hint": "text", "collect_mode": "text",
              "show_term_doc_count_error": "truth"},
    "rare_terms": {**_VALUES, "max_doc_count": "long", "include": "words", "exclude": "texts", "precision": "real"},
    "date_histogram": {**_ZONED, **_HISTOGRAM, "interval": "moment", "offset": "moment", "fixed_interval": "text",
                       "calendar_interval": "text"},
    "histogram": {**_VALUES, **_HISTOGRAM, "interval": "real", "offset": "real"},
    "auto_date_histogram": {**_ZONED, "buckets": "whole", "minimum_interval": "unit"},
    "range": {**_VALUES, "ranges": "objects", "keyed": "truth"}, "date_range": {**_ZONED, "ranges": "objects", "keyed": "truth"},
    "missing": _VALUES, "global": {}, "filter": {},
    "filters": {"filters": "any", "other_bucket": "any", "other_bucket_key": "any"},
    "adjacency_matrix": {"filters": "object", "separator": "text"},
    "significant_terms": {**_VALUES, "size": "whole", "shard_size": "whole", "min_doc_count": "long", "shard_min_doc_count": "long",
                          "include": "words", "exclude": "texts", "execution_hint": "text", "background_filter": "object",
                          **dict.fromkeys(("jlh", "chi_square", "gnd", "percentage", "mutual_information"), "object")},
    "significant_text": {"field": "text", "size": "whole", "shard_size": "whole", "min_doc_count": "long", "shard_min_doc_count": "long",
                         "include": "words", "exclude": "texts", "background_filter": "object", "filter_duplicate_text": "truth",
                         "source_fields": "any", "jlh": "object"},
    "sampler": {"shard_size": "whole"},
    "diversified_sampler": {**_SOURCE, "shard_size": "whole", "max_docs_per_value": "whole", "execution_hint": "text"},
    "geohash_grid": {**_GRID}, "geotile_grid": {**_GRID}, "geo_bounds": {"field": "text", "missing": "value", "wrap_longitude": "truth"},
    "geo_centroid": _SOURCE,
    "geo_distance": {"field": "text", "origin": "any", "unit": "text", "distance_type": "text", "ranges": "objects", "keyed": "truth"},
    "ip_range": {"field": "text", "missing": "value", "ranges": "objects", "keyed": "truth"},
    "scripted_metric": {**dict.fromkeys(("init_script", "map_script", "combine_script", "reduce_script"), "any"), "params": "object"},
    "composite": {"sources": "objects", "size": "whole", "after": "object"},
    **dict.fromkeys(("avg_bucket", "sum_bucket", "min_bucket", "max_bucket", "stats_bucket"), _PIPE),
    "extended_stats_bucket": {**_PIPE, "sigma": "any"}, "percentiles_bucket": {**_PIPE, "percents": "any", "keyed": "any"},
    "derivative": {**_PIPE, "unit": "any"}, "cumulative_sum": {"buckets_path": "any", "format": "any"},
    "serial_diff": {**_PIPE, "lag": "any"},
    "moving_avg": {**_PIPE, **dict.fromkeys(("window", "model", "predict", "settings", "minimize"), "any")},
    "moving_fn": {"buckets_path": "text", "script": "script", "window": "whole", "shift": "whole", "gap_policy": "text", "format": "text"},
    "bucket_script": {"buckets_path": "words", "script": "script", "gap_policy": "text", "format": "text"},
    "bucket_selector": {"buckets_path": "any", "gap_policy": "any", "script": "any"},
    "bucket_sort": {"sort": "objects", "from": "whole", "size": "whole", "gap_policy": "text"},
}  # fmt: skip
METRICS = ("avg", "sum", "min", "max", "value_count", "stats", "extended_stats", "cardinality", "percentiles",
           "percentile_ranks", "median_absolute_deviation", "weighted_avg", "top_hits", "geo_bounds", "geo_centroid",
           "scripted_metric")  # fmt: skip
SIBLINGS = ("avg_bucket", "sum_bucket", "min_bucket", "max_bucket", "stats_bucket", "extended_stats_bucket",
            "percentiles_bucket")  # fmt: skip
PARENTS = ("derivative", "cumulative_sum", "serial_diff", "moving_avg", "moving_fn", "bucket_script", "bucket_selector",
           "bucket_sort")  # fmt: skip
