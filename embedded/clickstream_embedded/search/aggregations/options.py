"""What each aggregation takes: its options, the type of value of each, and what is said of other values.

The server has four kinds of parser for them, whose words differ; which kind has which words was seen on Elasticsearch 7.5.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search import durations
from clickstream_embedded.search.aggregations.catalog import (
    NUMBER,
    OBJECT,
    OBJECTS,
    OPTIONS,
    PARENTS,
    SIBLINGS,
    TEXT,
    TRUTH,
    TYPES,
)
from clickstream_embedded.search.errors import (
    SearchError,
    ShardError,
    content,
    field_failed,
    illegal,
    parsing,
    value_refused,
)
from clickstream_embedded.search.numbers import java_double
from clickstream_embedded.search.queries.arguments import token

_OF_NUMBERS = ("avg", "sum", "min", "max", "stats", "extended_stats", "percentiles", "percentile_ranks", "range",
               "median_absolute_deviation", "auto_date_histogram", "date_range")  # fmt: skip
_VALUE_TYPES = (
    "string",
    "double",
    "float",
    "long",
    "integer",
    "short",
    "byte",
    "date",
    "ip",
    "numeric",
    "number",
    "geo_point",
    "boolean",
)
_BUILT = ("moving_fn", "bucket_script", "bucket_sort")  # pipelines whose parser is one of declared fields
_PARSERS = {"min": "avg"}  # the server's own parser of `min` calls itself so
_ILLEGAL = "illegal_argument_exception"
_WHOLE = "[{java}] must be greater than {low}. Found [{value}] in [{name}]"
_NOT_LESS = "[{java}] must be greater than or equal to {low}. Found [{value}] in [{name}]"
# (option of a kind, or of all): the least that it may be, whether that is allowed itself, what is said of less
_LEAST: dict[str, tuple[float, bool, str]] = {
    "sigma": (0, True, _NOT_LESS), "precision_threshold": (0, True, _NOT_LESS), "compression": (0, False, _WHOLE),
    "min_doc_count": (0, True, _NOT_LESS), "shard_min_doc_count": (0, True, _NOT_LESS), "shard_size": (0, False, _WHOLE),
    "terms.size": (0, False, _WHOLE), "max_doc_count": (0, False, _WHOLE),
    "precision": (0.00001, True, "[precision] must be greater than 0.00001"),
    "buckets": (0, False, "buckets must be greater than 0 for [{name}]"),
    "histogram.interval": (0, False, "[interval] must be >0 for histogram aggregation [{name}]"),
}  # fmt: skip
_JAVA = {"min_doc_count": "minDocCount", "shard_min_doc_count": "shardMinDocCount", "shard_size": "shardSize",
         "precision_threshold": "precisionThreshold"}  # fmt: skip


def check(kind: str, name: str, spec: dict[str, Any]) -> None:
    """Raises SearchError and ShardError for options that the kind does not take."""
    if kind in SIBLINGS or (kind in PARENTS and kind not in _BUILT):
        _pipeline(kind, name, spec)
    elif kind == "top_hits":
        _top_hits(name, spec)
    elif kind == "global":
        for key in spec:
            raise parsing(
                f"Expected [FIELD_NAME] under a [START_OBJECT], but got a [{token(spec[key])}] in [{name}]", spec, key
            )
    elif kind in ("nested", "reverse_nested"):
        _nested(kind, name, spec)
    elif kind == "filters":
        _filters(kind, name, spec)
    elif kind != "filter":
        _declared(kind, name, spec)


def _declared(kind: str, name: str, spec: dict[str, Any]) -> None:
    known, parser = OPTIONS[kind], _PARSERS.get(kind, kind)
    for key, value in spec.items():
        if key not in known and kind == "sampler":
            raise parsing(f'Unsupported property "{key}" for aggregation "{name}', spec, key)
        if key not in known:
            raise content(f"[{parser}] unknown field [{key}], parser not found", spec, key)
        if TYPES[known[key]] and token(value) not in TYPES[known[key]]:
            raise value_refused(f"[{parser}] {key} doesn't support values of type: {token(value)}", spec, key)
        if kind == "date_histogram" and key == "offset" and isinstance(value, str):
            _offset_read(spec, value)
        problem = _problem(kind, name, key, value, known[key])
        if kind in _BUILT:
            _built(kind, spec, key, value)
        if problem is not None:
            kinds, reason = problem
            failed = field_failed(parser, spec, key, kinds, reason)
            odd = _odd_number(value) if known[key] == "reals" and isinstance(value, list) else None
            failed.at = failed.at if odd is None else (value, odd)
            if kinds == "parse_exception":  # one of Elasticsearch's own is the root, one of Java's is not
                failed.root = [failed.entry["caused_by"]]
            raise failed
    _complete(kind, name, spec)


def _complete(kind: str, name: str, spec: dict[str, Any]) -> None:
    """Raises SearchError and ShardError for what is found out once all options were read."""
    if kind == "weighted_avg":
        for part in ("value", "weight"):
            if "field" not in (spec.get(part) or {}):
                raise ShardError(_ILLEGAL, f"Could not find field name [{part}] in multiValuesSource")
    if kind == "geo_distance" and "origin" not in spec:
        raise illegal(f"Aggregation [{name}] must define an [origin].")
    if kind == "scripted_metric":
        for part, java in (("combine_script", "combineScript"), ("reduce_script", "reduceScript")):
            if spec.get(part) is None and spec.get("map_script") is not None:
                raise ShardError(_ILLEGAL, f"[{java}] must not be null: [{name}]")
        _no_script(spec.get("map_script"))
    if "script" in spec and kind not in _BUILT:  # those find out where the results are put together
        _no_script(spec["script"])


def _odd_number(values: list[Any]) -> int | None:
    """Where in a list of numbers one stands that is none."""
    for at, each in enumerate(values):
        try:
            float(each)
        except (TypeError, ValueError):
            return at
    return None


def _offset_read(spec: dict[str, Any], text: str) -> None:
    wrong = durations.fault(text[1:] if text[:1] in ("+", "-") else text, "DateHistogramAggregationBuilder.parseOffset")
    if wrong is not None:
        more = {} if wrong[1] is None else {"caused_by": wrong[1]}
        raise field_failed("date_histogram", spec, "offset", _ILLEGAL, wrong[0], **more)


def _built(kind: str, spec: dict[str, Any], key: str, value: Any) -> None:
    """Raises SearchError for a page or a policy that makes no sense: the parser builds at its end, and fails there."""
    if key == "gap_policy" and value.lower() not in ("skip", "insert_zeros"):
        cause = {"type": "parsing_exception", "reason": f"Invalid gap policy: [{value}], accepted values: [insert_zeros, skip]",
                 "line": 1, "col": 1}  # fmt: skip
        raise SearchError(400, "x_content_parse_exception", f"[1:1] [{kind}] failed to parse field [gap_policy]", at=(spec, key),
                          caused_by=cause, root_cause=[cause])  # fmt: skip
    if kind != "bucket_sort" or key not in ("from", "size") or not isinstance(value, int) or value >= (key == "size"):
        return
    word = "a positive integer" if key == "size" else "a non-negative integer"
    cause = {"type": "x_content_parse_exception", "reason": f"[1:1] [bucket_sort] failed to parse field [{key}]",
             "caused_by": {"type": _ILLEGAL, "reason": f"[{key}] must be {word}: [{value}]"}}  # fmt: skip
    raise SearchError(400, "x_content_parse_exception", "[1:1] failed to build [bucket_sort] after last required field arrived",
                      at=(spec, key), root_cause=[{each: cause[each] for each in ("type", "reason")}], caused_by=cause)  # fmt: skip


def _no_script(script: Any) -> None:
    lang = script.get("lang", "painless") if isinstance(script, dict) else "painless"
    raise ShardError(_ILLEGAL, f"script_lang not supported [{lang}]")


def _problem(kind: str, name: str, key: str, value: Any, wanted: str) -> tuple[str, str] | None:
    """(type, reason) of why a value that has the right form is not taken."""
    if wanted in ("whole", "long", "real"):
        try:
            number = float(value)
        except ValueError:
            return _ILLEGAL if wanted == "long" else "number_format_exception", f'For input string: "{value}"'
        return _too_small(kind, name, key, number, wanted)
    if wanted == "truth" and value not in (True, False, "true", "false"):
        return _ILLEGAL, f"Failed to parse value [{value}] as only [true] or [false] are allowed."
    if key == "missing" and value is None:
        return _ILLEGAL, f"[missing] must not be null: [{name}]"
    if key == "value_type" and str(value).lower() not in _VALUE_TYPES:
        return _ILLEGAL, f"[valueType] must not be null: [{name}]"
    if key == "collect_mode" and str(value).lower() not in ("breadth_first", "depth_first"):
        return "parse_exception", f"no [collect_mode] found for value [{value}]"
    if key == "minimum_interval" and value not in (None, "hour", "minute", "day", "month", "year", "second"):
        return _ILLEGAL, "minimum_interval must be one of [[hour, minute, day, month, year, second]]"
    if kind == "date_histogram" and key == "interval" and isinstance(value, int) and value <= 0:
        return _ILLEGAL, "[interval] must be 1 or greater for aggregation [date_histogram]"
    if key == "precision" and kind.endswith("_grid"):
        low, high, what = (1, 12, "geohash") if kind == "geohash_grid" else (0, 29, "geotile_grid")
        if isinstance(value, int) and not low <= value <= high:
            return _ILLEGAL, (f"Invalid geohash aggregation precision of {value}. Must be between 1 and 12." if what == "geohash" else
                              f"Invalid geotile_grid precision of {value}. Must be between 0 and 29.")  # fmt: skip
    if wanted == "reals":
        return _list_problem(kind, name, key, value)
    if kind == "histogram" and key == "extended_bounds" and isinstance(value, dict):
        return _bounds_problem(value)
    return None


def _too_small(kind: str, name: str, key: str, number: float, wanted: str) -> tuple[str, str] | None:
    least = _LEAST.get(f"{kind}.{key}") or _LEAST.get(key)
    if kind == "rare_terms" and key == "max_doc_count" and number > 100:
        return _ILLEGAL, f"[max_doc_count] must be smallerthan 100in [{name}]"
    if least is None or number > least[0] or (least[1] and number == least[0]):
        return None
    shown = java_double(number) if wanted == "real" else str(int(number))
    return _ILLEGAL, least[2].format(java=_JAVA.get(key, key), low=int(least[0]), value=shown, name=name)


def _list_problem(kind: str, name: str, key: str, value: Any) -> tuple[str, str] | None:
    try:
        given = [float(each) for each in (value if isinstance(value, list) else [value])]
    except (TypeError, ValueError):
        odd = next(
            (each for each in (value if isinstance(value, list) else [value]) if not isinstance(each, int | float)),
            value,
        )
        return "number_format_exception", f'For input string: "{odd}"'
    if not given and kind == "percentiles":
        return _ILLEGAL, f"[{key}] must not be empty: [{name}]"
    return None


def _bounds_problem(given: dict[str, Any]) -> tuple[str, str] | None:
    low, high = given.get("min"), given.get("max")
    for bound, word in (
        (low, "minBound must be finite, got: Infinity"),
        (high, "maxBound must be finite, got: -Infinity"),
    ):
        if not isinstance(bound, int | float) or not math.isfinite(bound):
            return (_ILLEGAL, word) if not {*given} - {"min", "max"} else None
    if low is not None and high is not None and high < low:
        return (
            _ILLEGAL,
            f"maxBound [{java_double(float(high))}] must be greater than minBound [{java_double(float(low))}]",
        )
    return None


# -- the aggregations that read others -----------------------------------------------------------------------------

_NUMBERED: dict[str, Callable[[Any, str], str | None]] = {
    "lag": lambda value, name: None if value > 0 else (
        f"Lag must be a positive, non-zero integer.  Value supplied was{value} in [{name}]: [lag]."),
    "window": lambda value, name: None if value > 0 else (
        f"[window] value must be a positive, non-zero integer.  Value supplied was [null] in [{name}]."),
    "predict": lambda value, name: None if value > 0 else (
        f"[predict] value must be a positive integer.  Value supplied was [{value}] in [{name}]."),
    "shift": lambda value, name: None, "sigma": lambda value, name: None,
}  # fmt: skip
_TEXTS = ("buckets_path", "gap_policy", "format", "unit", "model")
_MODELS = ("simple", "linear", "ewma", "holt", "holt_winters")


def _fits(kind: str, key: str, value: Any) -> bool:
    if key not in OPTIONS[kind]:
        return False
    if key in ("buckets_path", "script"):
        return isinstance(value, str | list) or (isinstance(value, dict) and kind == "bucket_selector")  # fmt: skip
    if key in _TEXTS:
        return isinstance(value, str)
    if key in _NUMBERED:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if key in ("keyed", "minimize"):
        return isinstance(value, bool)
    return isinstance(value, list if key == "percents" else dict)


def _unfit(kind: str, name: str, key: str, value: Any) -> str:
    """What is said of a key or a value that is not taken: each of the parsers has its own words."""
    found = token(value)
    if kind in SIBLINGS:
        return f"Unexpected token {found} [{key}] in [{name}]"
    named = ["VALUE_STRING", "START_ARRAY"]
    named += ["VALUE_NUMBER"] if kind in ("serial_diff", "moving_avg") else []
    named += (
        ["START_OBJECT", "VALUE_BOOLEAN"]
        if kind == "moving_avg"
        else ["START_OBJECT"]
        if kind == "bucket_selector"
        else []
    )
    return (
        f"Unknown key for a {found} in [{name}]: [{key}]."
        if found in named
        else f"Unexpected token {found} in [{name}]."
    )


def _pipeline(kind: str, name: str, spec: dict[str, Any]) -> None:
    for key, value in spec.items():
        if not _fits(kind, key, value):
            raise parsing(_unfit(kind, name, key, value), spec, key)
        if key == "gap_policy" and str(value).lower() not in ("skip", "insert_zeros"):
            raise parsing(f"Invalid gap policy: [{value}], accepted values: [insert_zeros, skip]", spec, key)
        told = _NUMBERED[key](value, name) if key in _NUMBERED else None
        if told is not None:
            raise parsing(told, spec, key)
        if key == "model" and value not in _MODELS:
            raise parsing(f"no [moving_avg_model] registered for [{value}]", spec)
        if key == "buckets_path" and value == []:
            raise SearchError(500, "array_index_out_of_bounds_exception", "Index 0 out of bounds for length 0")
    if "buckets_path" not in spec:
        what = "derivative aggregation" if kind in ("derivative", "cumulative_sum") else (
            "aggregation" if kind in SIBLINGS else f"{kind} aggregation" if kind == "serial_diff" else "aggregation")  # fmt: skip
        raise parsing(f"Missing required field [buckets_path] for {what} [{name}]", spec)
    if kind == "percentiles_bucket" and any(
        not isinstance(each, int | float) or not 0 <= each <= 100 for each in spec.get("percents", [])
    ):
        raise illegal("percents must only contain non-null doubles from 0.0-100.0 inclusive")
    if spec.get("sigma", 0) < 0:
        raise illegal("sigma must be a non-negative double")


# -- top_hits and filters -------------------------------------------------------------------------------------------

_HIT_TYPES: dict[str, tuple[str, ...]] = {
    "from": NUMBER, "size": NUMBER, "version": TRUTH, "seq_no_primary_term": TRUTH, "track_scores": TRUTH, "explain": TRUTH,
    "docvalue_fields": ("START_ARRAY",), "highlight": OBJECT, "script_fields": OBJECT,
    "stored_fields": ("START_ARRAY", "VALUE_STRING"), "sort": ("VALUE_STRING", "VALUE_NUMBER", "VALUE_BOOLEAN", *OBJECTS),
    "_source": ("VALUE_STRING", "VALUE_BOOLEAN", "VALUE_NUMBER", *OBJECTS),
}  # fmt: skip


def _top_hits(name: str, spec: dict[str, Any]) -> None:
    for key, value in spec.items():
        if key == "stored_fields" and token(value) in ("VALUE_NUMBER", "VALUE_BOOLEAN"):
            raise parsing(
                f"Expected [VALUE_STRING] or [START_ARRAY] in [stored_fields] but found [{token(value)}]", spec, key
            )
        if key not in _HIT_TYPES or token(value) not in _HIT_TYPES[key]:
            raise parsing(f"Unknown key for a {token(value)} in [{key}].", spec, key)
        if _HIT_TYPES[key] == TRUTH and value not in (True, False, "true", "false"):
            raise illegal(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")
        if _HIT_TYPES[key] == NUMBER:
            _not_negative(name, key, value)
    if spec.get("script_fields"):
        raise ShardError(_ILLEGAL, "script_lang not supported [painless]")
    start, size = int(spec.get("from", 0)), int(spec.get("size", 3))
    if start + size > 100:
        raise ShardError(_ILLEGAL, f"Top hits result window is too large, the top hits aggregator [{name}]'s from + size must be less "
                         f"than or equal to: [100] but was [{start + size}]. This limit can be set by changing the "
                         "[index.max_inner_result_window] index level setting.")  # fmt: skip
    if not size:
        raise ShardError(
            _ILLEGAL, "numHits must be > 0; please use TotalHitCountCollector if you just need the total hit count"
        )


def _not_negative(name: str, key: str, value: Any) -> None:
    try:
        number = int(value)
    except ValueError:
        raise SearchError(400, "number_format_exception", f'For input string: "{value}"') from None
    if number < 0:
        raise illegal(f"[{key}] must be greater than or equal to 0. Found [{number}] in [{name}]")


_FILTER_TYPES: dict[str, tuple[str, ...]] = {
    "filters": OBJECTS, "other_bucket": ("VALUE_BOOLEAN",), "other_bucket_key": TEXT,
}  # fmt: skip


def _nested(kind: str, name: str, spec: dict[str, Any]) -> None:
    """What the parser finds out of a path by itself."""
    for key, value in spec.items():
        if key != "path" or not isinstance(value, str):
            raise parsing(f"Unexpected token {token(value)} in [{name}].", spec, key)
    if kind == "nested" and "path" not in spec:
        raise parsing(f"Missing [path] field for nested aggregation [{name}]", spec)


def _filters(kind: str, name: str, spec: dict[str, Any]) -> None:
    for key, value in spec.items():
        if key not in OPTIONS[kind] or token(value) not in _FILTER_TYPES[key]:
            raise parsing(f"Unknown key for a {token(value)} in [{name}]: [{key}].", spec, key)
    if kind == "filters" and not spec.get("filters"):
        raise illegal("[filters] cannot be empty.")


NO_FIELD = "value source config is invalid; must have either a field context or a script or marked as unwrapped"


def check_source(kind: str, spec: dict[str, Any]) -> None:
    """Raises ShardError for an aggregation of a field that names none: the shard finds out."""
    if "field" in OPTIONS.get(kind, {}) and "field" not in spec:
        raise ShardError("illegal_state_exception", NO_FIELD, 500)
