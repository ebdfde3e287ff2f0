"""The order of buckets, and paths to the values of other aggregations (`filter>metric.value`)."""

from __future__ import annotations

import functools
import re
from typing import Any

from clickstream_embedded.search.aggregations.catalog import METRICS
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import SearchError, ShardError, field_failed, parsing
from clickstream_embedded.search.queries.arguments import token

Bucket = dict[str, Any]
_STATS = ("count", "min", "max", "avg", "sum", "sum_of_squares", "variance", "std_deviation")
_JAVA_NAMES = {"min_doc_count": "minDocCount", "shard_size": "shardSize"}
_SINGLE = ("filter", "global", "missing")


def value_at(bucket: Bucket, path: str) -> Any:
    """The value that a path leads to from a bucket; None where there is none."""
    if path == "_count":
        return bucket.get("doc_count")
    if path in ("_key", "_term"):
        return bucket.get("key")
    first, _, rest = path.partition(">")
    if rest:
        inner = bucket.get(first)
        return value_at(inner, rest) if isinstance(inner, dict) else None
    found = re.fullmatch(r"(.+?)\[(.+)\]", first)
    name, key = (found[1], found[2]) if found else (first, "")
    if not found and name not in bucket and "." in name:
        name, _, key = name.partition(".")
    result = bucket.get(name)
    if not isinstance(result, dict):
        return None
    if not key or key == "value":
        return result.get("value", result.get("doc_count"))
    if key == "_count":
        return result.get("doc_count")
    if key == "std_upper" or key == "std_lower":
        return (result.get("std_deviation_bounds") or {}).get(key.removeprefix("std_"))
    if "values" in result and isinstance(result["values"], dict):
        return result["values"].get(key, result["values"].get(f"{float(key)}" if re.fullmatch(r"[\d.]+", key) else key))
    return result.get(key)


def _order_failed(kind: str, told: str, entry: dict[str, Any], path: str | None) -> SearchError:
    cause = {"type": "parsing_exception", "reason": told, "line": 1, "col": 1}
    return SearchError(400, "x_content_parse_exception", f"[1:1] [{kind}] failed to parse field [order]", caused_by=cause,
                       root_cause=[cause], at=(entry, path))  # fmt: skip


def entries(written: Any, kind: str = "terms") -> list[tuple[str, bool]]:
    """The (path, whether descending) of an `order`. Raises SearchError."""
    found: list[tuple[str, bool]] = []
    if written == []:
        raise field_failed(
            kind, {"order": written}, "order", "index_out_of_bounds_exception", "Index 0 out of bounds for length 0"
        )
    for entry in written if isinstance(written, list) else [written]:
        if not isinstance(entry, dict):
            raise parsing(f"Unexpected token [{token(entry)}] for [order]")
        if not entry:
            raise _order_failed(kind, "Must specify at least one field for [order]", entry, None)
        path, direction = next(reversed(entry.items()))  # the last one counts
        if str(direction).lower() not in ("asc", "desc"):
            raise _order_failed(kind, f"Unknown order direction [{direction}]", entry, path)
        found.append(({"_term": "_key", "_time": "_key"}.get(str(path), str(path)), str(direction).lower() == "desc"))
    return found


def check(node: Node, order: list[tuple[str, bool]]) -> None:
    """Raises ShardError for a path that leads to no value."""
    for path, _ in order:
        if path not in ("_key", "_count"):
            _follow(node, path)


def _follow(node: Node, path: str) -> None:
    first, _, rest = path.partition(">")
    name, key = re.split(r"[.\[]", first, maxsplit=1)[0], re.sub(r"^[^.\[]*[.\[]?|\]$", "", first)
    child = next((each for each in node.children if each.name in (name, first)), None)
    if child is None:
        raise _invalid(path, f"Invalid aggregator order path [{path}]. The provided aggregation [{name}] either does not exist, or is a "
                       "pipeline aggregation and cannot be used to sort the buckets.")  # fmt: skip
    if rest:
        if child.kind not in _SINGLE:
            raise _invalid(path, f"Invalid aggregation order path [{path}]. Buckets can only be sorted on a sub-aggregator path that is built "
                           "out of zero or more single-bucket aggregations within the path and a final single-bucket or a metrics "
                           f"aggregation at the path end. Sub-path [{first}] points to non single-bucket aggregation")  # fmt: skip
        _follow(child, rest)
        return
    if child.kind not in (*METRICS, *_SINGLE) or child.kind == "top_hits":
        raise _invalid(path, f"Invalid aggregation order path [{path}]. Buckets can only be sorted on a sub-aggregator path that is built out "
                       "of zero or more single-bucket aggregations within the path and a final single-bucket or a metrics aggregation "
                       "at the path end.")  # fmt: skip
    if child.kind in ("stats", "extended_stats", "percentiles", "percentile_ranks") and not key:
        raise _invalid(path, f"Invalid aggregation order path [{path}]. When ordering on a multi-value metrics aggregation a metric name "
                       "must be specified")  # fmt: skip
    if child.kind in ("stats", "extended_stats") and key not in (*_STATS, "std_upper", "std_lower"):
        raise _invalid(path, f"Invalid aggregation order path [{path}]. Unknown metric name [{key}] on multi-value metrics aggregation "
                       f"[{name}]")  # fmt: skip


def _invalid(_: str, reason: str) -> ShardError:
    return ShardError("aggregation_execution_exception", reason, 500)


def sort(buckets: list[Bucket], order: list[tuple[str, bool]]) -> None:
    """Sorts by the paths, and by the key last; what has no value goes last either way."""

    def compare(left: Bucket, right: Bucket) -> int:
        for path, descending in order:
            a, b = value_at(left, path), value_at(right, path)
            if a is None or b is None:
                if (a is None) != (b is None):
                    return 1 if a is None else -1
                continue
            if a != b:
                return (1 if a > b else -1) * (-1 if descending else 1)
        a, b = left.get("", left["key"]), right.get("", right["key"])
        return 0 if a == b else 1 if a > b else -1

    buckets.sort(key=functools.cmp_to_key(compare))


def number(node: Node, name: str, default: int, least: int = 0) -> int:
    """A whole option of an aggregation. Raises SearchError."""
    value = node.spec.get(name, default)
    try:
        found = int(value)
    except (TypeError, ValueError):
        raise SearchError(400, "number_format_exception", f'For input string: "{value}"') from None
    if found < least:
        words = f"must be greater than 0. Found [{found}] in [{node.name}]" if least else (
            f"must be greater than or equal to 0. Found [{found}] in [{node.name}]")  # fmt: skip
        raise field_failed(
            node.kind, node.spec, name, "illegal_argument_exception", f"[{_JAVA_NAMES.get(name, name)}] {words}"
        )
    return found
