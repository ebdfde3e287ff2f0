"""The names of all settings that an index of Elasticsearch 7.5.2 has: those near to a wrong one are named with it."""

from __future__ import annotations

_NEAR = 0.7
# as `GET /INDEX/_settings?include_defaults=true` tells them, without `index.` before each
_NAMES = [
    "allocation.max_retries",
    "analyze.max_token_count",
    "auto_expand_replicas",
    "blocks.metadata",
    "blocks.read",
    "blocks.read_only",
    "blocks.read_only_allow_delete",
    "blocks.write",
    "codec",
    "compound_format",
    "creation_date",
    "data_path",
    "default_pipeline",
    "fielddata.cache",
    "final_pipeline",
    "flush_after_merge",
    "force_memory_term_dictionary",
    "format",
    "gc_deletes",
    "highlight.max_analyzed_offset",
    "indexing.slowlog.level",
    "indexing.slowlog.reformat",
    "indexing.slowlog.source",
    "indexing.slowlog.threshold.index.debug",
    "indexing.slowlog.threshold.index.info",
    "indexing.slowlog.threshold.index.trace",
    "indexing.slowlog.threshold.index.warn",
    "load_fixed_bitset_filters_eagerly",
    "mapper.dynamic",
    "mapping.coerce",
    "mapping.depth.limit",
    "mapping.field_name_length.limit",
    "mapping.ignore_malformed",
    "mapping.nested_fields.limit",
    "mapping.nested_objects.limit",
    "mapping.total_fields.limit",
    "max_adjacency_matrix_filters",
    "max_docvalue_fields_search",
    "max_inner_result_window",
    "max_ngram_diff",
    "max_refresh_listeners",
    "max_regex_length",
    "max_rescore_window",
    "max_result_window",
    "max_script_fields",
    "max_shingle_diff",
    "max_slices_per_scroll",
    "max_terms_count",
    "merge.policy.deletes_pct_allowed",
    "merge.policy.expunge_deletes_allowed",
    "merge.policy.floor_segment",
    "merge.policy.max_merge_at_once",
    "merge.policy.max_merge_at_once_explicit",
    "merge.policy.max_merged_segment",
    "merge.policy.reclaim_deletes_weight",
    "merge.policy.segments_per_tier",
    "merge.scheduler.auto_throttle",
    "merge.scheduler.max_merge_count",
    "merge.scheduler.max_thread_count",
    "number_of_replicas",
    "number_of_routing_shards",
    "number_of_shards",
    "optimize_auto_generated_id",
    "priority",
    "provided_name",
    "queries.cache.enabled",
    "query.default_field",
    "query.parse.allow_unmapped_fields",
    "query_string.lenient",
    "refresh_interval",
    "requests.cache.enable",
    "routing.allocation.enable",
    "routing.allocation.total_shards_per_node",
    "routing.rebalance.enable",
    "routing_partition_size",
    "search.idle.after",
    "search.slowlog.level",
    "search.slowlog.threshold.fetch.debug",
    "search.slowlog.threshold.fetch.info",
    "search.slowlog.threshold.fetch.trace",
    "search.slowlog.threshold.fetch.warn",
    "search.slowlog.threshold.query.debug",
    "search.slowlog.threshold.query.info",
    "search.slowlog.threshold.query.trace",
    "search.slowlog.threshold.query.warn",
    "search.throttled",
    "shard.check_on_startup",
    "soft_deletes.enabled",
    "soft_deletes.retention.operations",
    "soft_deletes.retention_lease.period",
    "sort.field",
    "sort.missing",
    "sort.mode",
    "sort.order",
    "store.fs.fs_lock",
    "store.preload",
    "store.stats_refresh_interval",
    "store.type",
    "translog.durability",
    "translog.flush_threshold_size",
    "translog.generation_threshold_size",
    "translog.retention.age",
    "translog.retention.size",
    "translog.sync_interval",
    "unassigned.node_left.delayed_timeout",
    "uuid",
    "verified_before_close",
    "version.created",
    "warmer.enabled",
    "write.wait_for_active_shards",
]


def _distance(left: str, right: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(right) + 1))
    for number, letter in enumerate(left, 1):
        before, row = row, [number]
        for at, other in enumerate(right, 1):
            row.append(min(row[at - 1] + 1, before[at] + 1, before[at - 1] + (letter != other)))
    return row[-1]


def unknown(name: str) -> str:
    """What is said of a setting that there is not."""
    every = [f"index.{each}" for each in _NAMES]
    scored = [(1 - _distance(name, each) / max(len(name), len(each)), each) for each in every]
    near = [each for score, each in sorted(scored, key=lambda pair: -pair[0]) if score > _NEAR and each != name]
    if not near:
        return (f"unknown setting [{name}] please check that any required plugins are installed, or check the breaking changes "
                "documentation for removed settings")  # fmt: skip
    told = f"[{near[0]}]" if len(near) == 1 else f"any of [{', '.join(near)}]"
    return f"unknown setting [{name}] did you mean {told}?"
