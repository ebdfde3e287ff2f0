"""Aggregations over the results of others: of siblings, and along the buckets of a histogram."""

from __future__ import annotations

import math
import re
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.aggregations import orders
from clickstream_embedded.search.aggregations.catalog import PARENTS, SIBLINGS
from clickstream_embedded.search.aggregations.found import Column
from clickstream_embedded.search.aggregations.metrics import decimal, keyed_values, percents, stats
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import SearchError, ShardError, illegal

Bucket = dict[str, Any]
_NUMERIC = Column("", "double", None)


def check(node: Node, siblings: tuple[Node, ...], parent: Node | None) -> None:
    """Raises SearchError for a place or a path that makes no sense."""
    if node.kind in ("moving_fn", "bucket_script", "bucket_selector"):
        return  # a node without a language of scripts finds that out last
    if (
        node.kind in PARENTS
        and node.kind != "bucket_sort"
        and (parent is None or parent.kind not in ("histogram", "date_histogram", "auto_date_histogram"))
    ):
        told = f"{node.kind} aggregation [{node.name}] must have a histogram, date_histogram or auto_date_histogram as parent"
        raise ShardError("illegal_state_exception", told, 500)
    if node.kind == "bucket_sort":
        _check_sort(node, siblings)
    path = node.spec.get("buckets_path")
    paths = [path] if isinstance(path, str) else list(path.values()) if isinstance(path, dict) else path or []
    for each in paths:
        first = str(each).partition(">")[0].split("[")[0].split(".")[0]
        names = [sibling.name for sibling in siblings]
        if node.kind in SIBLINGS:
            if first not in names:
                raise _invalid(f"buckets_path aggregation does not exist for aggregation [{node.name}]: {each}")
            target = next(sibling for sibling in siblings if sibling.name == first)
            if target.kind not in _MANY:
                raise _invalid(f"The first aggregation in buckets_path must be a multi-bucket aggregation for aggregation [{node.name}] found :"
                               f"{_builder(target.kind)} for buckets path: {each}")  # fmt: skip
            _check_path(str(each), target)
        elif first not in (*names, "_count", "_key"):
            raise _invalid(f"No aggregation found for path [{each}]")
    if (
        node.kind in ("derivative", "cumulative_sum", "serial_diff", "moving_avg")
        and parent is not None
        and orders.number(parent, "min_doc_count", 0)
    ):
        raise _invalid(f"parent histogram of {'moving average' if node.kind == 'moving_avg' else node.kind.replace('_', ' ')} aggregation "
                       f"[{node.name}] must have min_doc_count of 0")  # fmt: skip


_MANY = (
    "terms",
    "rare_terms",
    "histogram",
    "date_histogram",
    "auto_date_histogram",
    "filters",
    "range",
    "date_range",
    "composite",
)


_PACKAGES = {"filter": "bucket.filter", "global": "bucket.global", "missing": "bucket.missing"}
_WORDS = {"value_count": "ValueCount", "extended_stats": "ExtendedStats", "percentile_ranks": "PercentileRanks", "top_hits": "TopHits",
          "median_absolute_deviation": "MedianAbsoluteDeviation"}  # fmt: skip


def _builder(kind: str) -> str:
    """The Java class that builds an aggregation, which a message names."""
    name = _WORDS.get(kind, kind.capitalize())
    return f"org.elasticsearch.search.aggregations.{_PACKAGES.get(kind, 'metrics')}.{name}AggregationBuilder"


def _check_path(path: str, target: Node) -> None:
    """Raises ShardError for a path through aggregations that are not there."""
    rest = path.split(">")[1:]
    for part in rest:
        name = re.split(r"[\[.]", part, maxsplit=1)[0]
        if name.startswith("_"):
            return
        child = next((each for each in (*target.children, *target.pipelines) if each.name in (name, part)), None)
        if child is None:
            raise _invalid(f"No aggregation [{name}] found for path [{path}]")
        target = child


def _check_sort(node: Node, siblings: tuple[Node, ...]) -> None:
    """Raises ShardError for a bucket_sort that does nothing, or sorts by what is not there."""
    if not node.spec.get("sort") and "size" not in node.spec and not int(node.spec.get("from", 0)):
        told = f"[{node.name}] is configured to perform nothing. Please set either of [sort, size, from] to use bucket_sort"
        raise ShardError("illegal_state_exception", told, 500)
    names = [sibling.name for sibling in siblings]
    for key in _sort_keys(node):
        for path in key:
            first = re.split(r"[>.\[]", str(path), maxsplit=1)[0]
            if first not in (*names, "_count", "_key"):
                raise _invalid(f"No aggregation found for path [{path}]")


def _sort_keys(node: Node) -> list[dict[str, Any]]:
    given = node.spec.get("sort") or []
    return [{each: "asc"} if isinstance(each, str) else {
        name: rule.get("order", "asc") if isinstance(rule, dict) else rule for name, rule in each.items()}
        for each in (given if isinstance(given, list) else [given])]  # fmt: skip


def _reduce_failed(status: int, kind: str, reason: str) -> SearchError:
    """What is found out only where the results of the shards are put together."""
    return SearchError(status, "search_phase_execution_exception", "", phase="fetch", grouped=True, failed_shards=[], root_cause=[],
                       caused_by={"type": kind, "reason": reason})  # fmt: skip


def _invalid(reason: str) -> ShardError:
    return ShardError("illegal_argument_exception", reason)


def _gap(node: Node) -> bool:
    """Whether gaps count as 0. Raises SearchError."""
    policy = str(node.spec.get("gap_policy", "skip")).lower()
    if policy not in ("skip", "insert_zeros"):
        raise illegal(f"Invalid gap policy: [{node.spec['gap_policy']}], accepted values: [insert_zeros, skip]")
    return policy == "insert_zeros"


def _value(bucket: Bucket, path: str, zeros: bool) -> float | None:
    """The value of a bucket: None where it has no such result, NaN in a gap (where it is empty, or has no value)."""
    found = orders.value_at(bucket, path)
    if path in ("_count", "_key"):
        return float(found)
    if bucket.get("doc_count") == 0 or isinstance(found, bool) or not isinstance(found, int | float):
        name = re.split(r"[>.\[]", path, maxsplit=1)[0]
        if name not in bucket:
            return None
        return 0.0 if zeros else math.nan
    return float(found)


def _path(node: Node) -> str:
    """The one path of a pipeline, which may be written as a list."""
    given = node.spec["buckets_path"]
    return str(given[0] if isinstance(given, list) else given)


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def _as(node: Node, value: float | None) -> Bucket:
    if value is not None and math.isnan(value):
        return {"value": None}
    if value is not None and node.spec.get("format"):
        return {"value": value, "value_as_string": decimal(value, str(node.spec["format"]))}
    return {"value": value}


def along(node: Node, buckets: list[Bucket]) -> list[Bucket]:
    """Adds a pipeline's results to the buckets; the buckets, fewer where it chooses among them."""
    if node.kind == "bucket_sort":
        return _sorted(node, buckets)
    if node.kind in ("moving_fn", "bucket_script", "bucket_selector"):
        script = node.spec.get("script")
        lang = script.get("lang", "painless") if isinstance(script, dict) else "painless"
        raise _reduce_failed(400, "illegal_argument_exception", f"script_lang not supported [{lang}]")
    path, zeros = _path(node), _gap(node) if node.kind != "cumulative_sum" else False
    values = [_value(bucket, path, zeros) for bucket in buckets]
    results = {
        "derivative": _derivative,
        "cumulative_sum": _cumulative,
        "serial_diff": _difference,
        "moving_avg": _moving,
    }[node.kind](node, buckets, values)
    for bucket, result in zip(buckets, results, strict=True):
        if result is not None:
            bucket[node.name] = {**result, **({"meta": node.meta} if node.meta else {})}
    return buckets


def _derivative(node: Node, buckets: list[Bucket], values: list[float | None]) -> list[Bucket | None]:
    unit = node.spec.get("unit")
    width = None
    if unit is not None:
        try:
            found = times.interval(str(unit), calendars=True, fixed=True)
        except times.DateError:
            told = f"failed to parse setting [DerivativePipelineAggregationBuilder.unit] with value [{unit}] as a time value: unit is missing or unrecognized"
            raise ShardError("illegal_argument_exception", told) from None
        names = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000,
                 "month": 2_629_800_000, "quarter": 7_889_400_000, "year": 31_557_600_000}  # fmt: skip
        width = found.millis or names[found.unit]
    out: list[Bucket | None] = []
    last: float | None = None
    last_key: Any = None
    for bucket, value in zip(buckets, values, strict=True):
        result: Bucket | None = None
        if last is not None and value is not None:
            result = _as(node, value - last)
            if width is not None:
                change = (value - last) / ((bucket["key"] - last_key) / width)
                result["normalized_value"] = None if math.isnan(change) else change
        out.append(result)
        last, last_key = value, bucket["key"]
    return out


def _cumulative(node: Node, _: list[Bucket], values: list[float | None]) -> list[Bucket | None]:
    total = 0.0
    out: list[Bucket | None] = []
    for value in values:
        total += value if value is not None and _known(value) else 0.0
        out.append(_as(node, total))
    return out


def _difference(node: Node, _: list[Bucket], values: list[float | None]) -> list[Bucket | None]:
    lag = orders.number(node, "lag", 1, 1)
    out: list[Bucket | None] = []
    for at, value in enumerate(values):
        before = values[at - lag] if at >= lag else None
        known = value is not None and before is not None and _known(value) and _known(before)
        out.append(_as(node, value - before) if known and value is not None and before is not None else None)
    return out


def _moving(node: Node, _: list[Bucket], values: list[float | None]) -> list[Bucket | None]:
    """Simple, linear and exponential means of the values before each bucket and at it."""
    window, model = orders.number(node, "window", 5, 1), str(node.spec.get("model", "simple"))
    settings = node.spec.get("settings") or {}
    if model not in ("simple", "linear", "ewma"):
        raise illegal(
            f"Unknown model [{model}] for moving_avg aggregation [{node.name}] here: simple, linear and ewma are there"
        )
    if node.spec.get("predict"):
        raise illegal(f"[predict] of moving_avg aggregation [{node.name}] is not there")
    alpha = float(settings.get("alpha", 0.3))
    out: list[Bucket | None] = []
    before: list[float] = []
    for value in values:
        if value is None or math.isnan(value):
            out.append(None)
            continue
        out.append(_as(node, _mean(before, model, alpha)) if before else None)
        before = [*before, value][-window:]
    return out


def _mean(values: list[float], model: str, alpha: float) -> float:
    if model == "simple":
        return sum(values) / len(values)
    if model == "linear":
        return sum(value * at for at, value in enumerate(values, 1)) / (1 + sum(range(1, len(values) + 1)))
    mean = values[0]
    for value in values[1:]:
        mean = value * alpha + mean * (1 - alpha)
    return mean


def _sorted(node: Node, buckets: list[Bucket]) -> list[Bucket]:
    start, size = orders.number(node, "from", 0), node.spec.get("size")
    keys = _sort_keys(node)
    if keys:
        order = orders.entries(keys)
        zeros = _gap(node)
        kept = [
            bucket for bucket in buckets if zeros or all(orders.value_at(bucket, path) is not None for path, _ in order)
        ]
        buckets = sorted(kept, key=lambda bucket: 0)
        for path, descending in reversed(order):
            buckets.sort(key=lambda bucket, path=path: _comparable(orders.value_at(bucket, path)), reverse=descending)
    return buckets[start : None if size is None else start + int(size)]


def _comparable(value: Any) -> Any:
    return 0 if value is None else value


def of_siblings(node: Node, results: dict[str, Any]) -> Bucket:
    """One result from the buckets of a sibling."""
    first, _, rest = re.fullmatch(r"([^>.\[]*)([>.]?)(.*)", _path(node), re.DOTALL).groups()  # type: ignore[union-attr]
    if not rest:
        told = ("buckets_path must reference either a number value or a single value numeric metric aggregation, got: [Bucket] "
                f"at aggregation [{first}]")  # fmt: skip
        raise _reduce_failed(500, "aggregation_execution_exception", told)
    buckets = (results.get(first) or {}).get("buckets") or []
    listed = [{**bucket, "key": key} for key, bucket in buckets.items()] if isinstance(buckets, dict) else buckets
    zeros = _gap(node)
    read = [(bucket, _value(bucket, rest or "_count", zeros)) for bucket in listed]
    pairs = [(bucket, value) for bucket, value in read if value is not None and not math.isnan(value)]
    values = [value for _, value in pairs]
    meta = {"meta": node.meta} if node.meta else {}
    match node.kind:
        case "avg_bucket":
            return {**_as(node, sum(values) / len(values) if values else None), **meta}
        case "sum_bucket":
            return {**_as(node, float(sum(values))), **meta}
        case "min_bucket" | "max_bucket":
            best = (min if node.kind == "min_bucket" else max)(values, default=None)
            keys = [str(bucket.get("key_as_string", bucket["key"])) for bucket, value in pairs if value == best]
            return {**_as(node, best), "keys": keys, **meta}
        case "percentiles_bucket":
            given = percents(node)
            ordered = sorted(values)
            found = [(each, _nearest(ordered, each)) for each in given]
            return {**keyed_values(node, found), **meta}
        case _:
            row = (
                len(values),
                min(values, default=None),
                max(values, default=None),
                math.fsum(values),
                math.fsum(v * v for v in values),
            )
            return {**stats(row, _NUMERIC, node), **meta}


def _nearest(values: list[float], percent: float) -> float | None:
    """The value at a percent, one of those there are."""
    if not values:
        return None
    return values[round(percent / 100 * (len(values) - 1) + 1e-9)]
