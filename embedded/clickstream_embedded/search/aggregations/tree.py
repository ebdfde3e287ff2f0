"""The aggregations of a request as a tree; what each takes is data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search.errors import Key, SearchError, content, illegal, no_scripts, parsing, value_refused
from clickstream_embedded.search.queries.arguments import token

_VALUES = {"field", "missing", "script", "format", "value_type", "time_zone"}
_PIPE = {"buckets_path", "gap_policy", "format"}
_HISTOGRAM = _VALUES | {"interval", "offset", "order", "keyed", "min_doc_count", "extended_bounds"}
# the options that each kind takes, by Elasticsearch's reference "Aggregations", version 7.5
OPTIONS: dict[str, set[str]] = {
    **dict.fromkeys(("avg", "sum", "min", "max", "value_count", "stats"), _VALUES),
    "extended_stats": _VALUES | {"sigma"}, "cardinality": _VALUES | {"precision_threshold", "rehash"},
    "percentiles": _VALUES | {"percents", "keyed", "tdigest", "hdr"},
    "percentile_ranks": _VALUES | {"values", "keyed", "tdigest", "hdr"},
    "median_absolute_deviation": _VALUES | {"compression"},
    "top_hits": {"from", "size", "sort", "_source", "docvalue_fields", "version", "seq_no_primary_term", "track_scores",
                 "stored_fields", "explain", "highlight", "script_fields"},
    "terms": _VALUES | {"size", "shard_size", "min_doc_count", "shard_min_doc_count", "order", "include", "exclude",
                        "execution_hint", "collect_mode", "show_term_doc_count_error"},
    "rare_terms": _VALUES | {"max_doc_count", "include", "exclude", "precision"},
    "date_histogram": _HISTOGRAM | {"fixed_interval", "calendar_interval"}, "histogram": _HISTOGRAM,
    "auto_date_histogram": _VALUES | {"buckets", "minimum_interval"},
    "range": _VALUES | {"ranges", "keyed"}, "date_range": _VALUES | {"ranges", "keyed"},
    "missing": _VALUES, "global": set(), "filter": set(),
    "filters": {"filters", "other_bucket", "other_bucket_key"},
    "composite": {"sources", "size", "after"},
    **dict.fromkeys(("avg_bucket", "sum_bucket", "min_bucket", "max_bucket", "stats_bucket"), _PIPE),
    "extended_stats_bucket": _PIPE | {"sigma"}, "percentiles_bucket": _PIPE | {"percents", "keyed"},
    "derivative": _PIPE | {"unit"}, "cumulative_sum": {"buckets_path", "format"}, "serial_diff": _PIPE | {"lag"},
    "moving_avg": _PIPE | {"window", "model", "predict", "settings", "minimize"},
    "moving_fn": _PIPE | {"window", "script", "shift"}, "bucket_script": _PIPE | {"script"},
    "bucket_selector": {"buckets_path", "gap_policy", "script"}, "bucket_sort": {"sort", "from", "size", "gap_policy"},
}  # fmt: skip
METRICS = ("avg", "sum", "min", "max", "value_count", "stats", "extended_stats", "cardinality", "percentiles",
           "percentile_ranks", "median_absolute_deviation", "top_hits")  # fmt: skip
SIBLINGS = (
    "avg_bucket",
    "sum_bucket",
    "min_bucket",
    "max_bucket",
    "stats_bucket",
    "extended_stats_bucket",
    "percentiles_bucket",
)
PARENTS = (
    "derivative",
    "cumulative_sum",
    "serial_diff",
    "moving_avg",
    "moving_fn",
    "bucket_script",
    "bucket_selector",
    "bucket_sort",
)
_NAMES = ("aggs", "aggregations")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Node:
    """One aggregation with those within it; `pipelines` are those that read the results of others."""

    name: str
    kind: str
    spec: dict[str, Any]
    children: tuple[Node, ...] = ()
    pipelines: tuple[Node, ...] = ()
    meta: dict[str, Any] | None = None
    body: dict[str, Any] = field(default_factory=dict[str, Any])

    def all(self) -> list[Node]:
        """It and all within it."""
        return [self, *(each for child in self.children for each in child.all())]


def parse(body: Any, depth: int = 0) -> tuple[Node, ...]:
    """Raises SearchError for what the server refuses before it looks at any field."""
    if not isinstance(body, dict):
        raise parsing(
            "Found two aggregation type definitions" if isinstance(body, list) else f"Unexpected token {token(body)}"
        )
    if depth > _DEEPEST:
        raise illegal(f"more than {_DEEPEST} aggregations within each other")
    return tuple(_node(str(name), given, body, depth) for name, given in body.items())


def _node(name: str, given: Any, around: dict[str, Any], depth: int) -> Node:
    if not re.fullmatch(r"[^\[\]>]+", name):
        raise parsing(f"Invalid aggregation name [{name}]. Aggregation names can contain any character except '[', ']', and '>'",
                      around, Key(name))  # fmt: skip
    if not isinstance(given, dict):
        raise parsing(
            f"Aggregation definition for [{name} starts with a [{token(given)}], expected a [START_OBJECT].",
            around,
            name,
        )
    kinds = [key for key in given if key not in (*_NAMES, "meta")]
    if not kinds:
        raise parsing(f"Missing definition for aggregation [{name}]", given)
    kind = kinds[0]
    if len(kinds) > 1:
        raise parsing(f"Found two aggregation type definitions in [{name}]: [{kind}] and [{kinds[1]}]", given, kinds[1])
    spec = given[kind]
    if not isinstance(spec, dict) and not (kind == "filters"):
        raise parsing(f"Expected [START_OBJECT] under [{kind}], but got a [{token(spec)}] in [{name}]", given, kind)
    if kind not in OPTIONS:
        raise SearchError(400, "named_object_not_found_exception",
                          f"[1:1] unable to parse BaseAggregationBuilder with name [{kind}]: parser not found", at=(given, kind))  # fmt: skip
    _check(kind, name, spec)
    inner = parse(next((given[key] for key in _NAMES if key in given), {}), depth + 1)
    if inner and kind in (*METRICS, *SIBLINGS, *PARENTS):
        raise SearchError(500 if kind in METRICS else 400, "aggregation_initialization_exception",
                          f"Aggregator [{name}] of type [{kind}] cannot accept sub-aggregations")  # fmt: skip
    return Node(name, kind, spec, tuple(each for each in inner if each.kind not in (*SIBLINGS, *PARENTS)),
                tuple(each for each in inner if each.kind in (*SIBLINGS, *PARENTS)), given.get("meta"), given)  # fmt: skip


def _check(kind: str, name: str, spec: dict[str, Any]) -> None:
    known = OPTIONS[kind]
    if kind != "filter":
        for key in spec:
            if key not in known:
                if kind in (*SIBLINGS, *PARENTS, "filters", "top_hits", "date_range", "range"):
                    raise parsing(f"Unknown key for a {token(spec[key])} in [{name}]: [{key}].", spec, key)
                raise content(f"[{kind}] unknown field [{key}], parser not found", spec, key)
    if "script" in spec:
        raise no_scripts(spec["script"])
    if kind in ("avg", "sum", "min", "max", "stats") or kind in _NEED_FIELD:
        if "field" in spec and not isinstance(spec["field"], str):
            raise value_refused(f"[{kind}] field doesn't support values of type: {token(spec['field'])}", spec, "field")
        if "field" not in spec:
            raise illegal("Required one of fields [field, script], but none were specified. ")
    if kind in (*SIBLINGS, *PARENTS) and kind != "bucket_sort" and "buckets_path" not in spec:
        raise parsing(f"Missing required field [buckets_path] for aggregation [{name}]", spec)


_NEED_FIELD = ("value_count", "cardinality", "extended_stats", "percentiles", "percentile_ranks", "terms", "histogram",
               "date_histogram", "auto_date_histogram", "range", "date_range", "missing", "rare_terms",
               "median_absolute_deviation")  # fmt: skip


def has(nodes: tuple[Node, ...], kind: str) -> bool:
    return any(each.kind == kind for node in nodes for each in node.all())
