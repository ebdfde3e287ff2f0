"""Buckets of terms: terms and rare_terms."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.aggregations import orders
from clickstream_embedded.search.aggregations.found import Column, Found, Keys, Level, Result
from clickstream_embedded.search.aggregations.metrics import decimal
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import SearchError, ShardError, field_failed
from clickstream_embedded.search.mapping import REAL, WHOLE
from clickstream_embedded.search.numbers import hash_of_long, murmur3
from clickstream_embedded.search.queries.regular import PatternError, compiled

Children = Callable[[Level], "Inner"]
Inner = Callable[[Keys, dict[str, Any]], dict[str, Any]]


def shown_key(key: Any, column: Column, node: Node) -> dict[str, Any]:
    """The `key` of a bucket, and its text where it has one."""
    if column.is_date:
        return {"key": int(key), "key_as_string": times.shown(int(key), node.spec.get("format") or column.format)}
    if column.kind == "ip":
        return {"key": kinds.ip_shown(key)}
    if column.kind == "boolean":
        return {"key": int(key), "key_as_string": "true" if key else "false"}
    if column.kind in REAL:
        key = float(key)
    if column.kind in (*REAL, *WHOLE) and node.spec.get("format"):
        return {"key": key, "key_as_string": decimal(float(key), str(node.spec["format"]))}
    return {"key": key}


def check_words(node: Node) -> None:
    """Raises SearchError for an `include` or `exclude` of which the parser makes nothing."""
    for part in ("include", "exclude"):
        _check_part(node, part)
    include, exclude = node.spec.get("include"), node.spec.get("exclude")
    if include is not None and exclude is not None and isinstance(include, list) != isinstance(exclude, list):
        kinds = ("set", "regex") if isinstance(include, list) else ("regex", "set")
        told = f"Cannot mix a {kinds[0]}-based include with a {kinds[1]}-based method"
        raise field_failed("terms", node.spec, "exclude", "illegal_argument_exception", told)


def _check_part(node: Node, part: str) -> None:
    rule = node.spec.get(part)
    if isinstance(rule, str):
        try:
            compiled(rule)
        except PatternError as error:
            raise field_failed(node.kind, node.spec, part, "illegal_argument_exception", str(error)) from None
    if not isinstance(rule, dict):
        return
    odd = next((key for key in rule if key not in ("partition", "num_partitions")), None)
    if odd is not None:
        cause = {"type": "parse_exception", "reason": f"Unknown parameter in Include/Exclude clause: {odd}"}
        raise SearchError(400, "x_content_parse_exception", f"[1:1] [{node.kind}] failed to parse field [{part}]", at=(rule, odd),
                          caused_by=cause, root_cause=[cause])  # fmt: skip
    for key in ("partition", "num_partitions"):
        if key not in rule:
            told = f"Missing [{key}] parameter for partition-based include"
            raise field_failed(node.kind, node.spec, part, "illegal_argument_exception", told)


def chosen(node: Node, column: Column) -> Callable[[Any], bool]:
    """Whether a key is one of those to include. Raises ShardError and SearchError."""
    include, exclude = node.spec.get("include"), node.spec.get("exclude")

    def test(rule: Any) -> Callable[[Any], bool]:
        if isinstance(rule, list):
            wanted = {str(each).lower() if isinstance(each, bool) else str(each) for each in rule}
            numbers = {
                float(each)
                for each in rule
                if isinstance(each, int | float) or re.fullmatch(r"-?\d+(\.\d+)?", str(each))
            }
            return lambda key: (float(key) in numbers) if isinstance(key, int | float) else str(key) in wanted
        if isinstance(rule, dict):
            number, many = int(rule["partition"]), int(rule["num_partitions"])
            if column.kind in ("keyword", ""):
                return lambda key: murmur3(str(key).encode(), 31) % many == number
            return lambda key: hash_of_long(int(key)) % many == number
        if column.kind not in ("keyword", ""):
            raise ShardError("aggregation_execution_exception", f"Aggregation [{node.name}] cannot support regular expression style "
                             "include/exclude settings as they can only be applied to string fields. Use an array of numeric values for "
                "include/exclude clauses used to filter numeric fields", 500)  # fmt: skip
        try:
            pattern = compiled(str(rule))
        except PatternError as error:
            raise ShardError("illegal_argument_exception", str(error)) from None
        return lambda key: pattern.matches(str(key))

    inside = test(include) if include is not None else lambda _: True
    outside = test(exclude) if exclude is not None else lambda _: False
    return lambda key: inside(key) and not outside(key)


def run(found: Found, node: Node, level: Level, children: Children) -> Result:
    """The terms of each group, the first ones by their order."""
    size, least = orders.number(node, "size", 10, 1), orders.number(node, "min_doc_count", 1)
    order = orders.entries(node.spec.get("order", {"_count": "desc"}))
    orders.check(node, order)
    inner, value, column = found.values(node, level, once="{}")
    if column.kind == "geo_point" or column.kind in kinds.RANGES:
        raise ShardError("aggregation_execution_exception", f"terms aggregation cannot be applied to field [{column.name}]. It can only be "
                         "applied to numeric or string fields.", 500)  # fmt: skip
    wanted = chosen(node, column)
    under = inner.under(value)
    groups: dict[Keys, dict[Any, int]] = {}
    for keys, rows in found.rows(under.statement("COUNT(*)"), len(level.keys)).items():
        groups[keys] = {key: count for key, count in rows if wanted(key)}
    every = _every(found, node, column, wanted) if least == 0 else []
    below = children(under)
    sure = order[0] in (("_count", True), ("_key", False), ("_key", True))
    wide = orders.number(node, "shard_size", int(size * 1.5 + 10))
    plain = all(path in ("_count", "_key") for path, _ in order)

    def result(keys: Keys) -> dict[str, Any]:
        counts = {**dict.fromkeys(every, 0), **groups.get(keys, {})}
        buckets = [
            {**shown_key(key, column, node), "doc_count": count, "": key}
            for key, count in counts.items()
            if count >= least
        ]
        left: list[dict[str, Any]] = []
        if plain:  # the order needs nothing of what is within
            orders.sort(buckets, order)
            left, buckets = buckets[size:], buckets[:size]
        for bucket in buckets:
            below((*keys, bucket[""]), bucket)
        if not plain:
            orders.sort(buckets, order)
            left, buckets = buckets[size:], buckets[:size]
        found.made(len(buckets))
        error = 0 if sure or len(counts) < wide else -1
        if node.spec.get("show_term_doc_count_error") in (True, "true"):
            for bucket in buckets:
                bucket["doc_count_error_upper_bound"] = error
        for bucket in buckets:
            del bucket[""]
        rest = sum(bucket["doc_count"] for bucket in left)
        return {"doc_count_error_upper_bound": error, "sum_other_doc_count": rest, "buckets": buckets}

    return result


def _every(found: Found, node: Node, column: Column, chosen: Callable[[Any], bool]) -> list[Any]:
    """Every term that the field has in the indices, also in documents that were not found."""
    keys: set[Any] = set()
    for context, _ in found.contexts:
        field = context.field(column.name)
        if field is None:
            continue
        rows = found.database.rows(
            f"SELECT DISTINCT each.value FROM docs, json_each({field.values}, {field.path}) AS each WHERE docs.idx = ?",
            (context.index.name,),
        )
        keys |= {row[0] for row in rows if row[0] is not None and chosen(row[0])}
    return sorted(keys, key=str)


def rare(found: Found, node: Node, level: Level, children: Children) -> Result:
    """The terms that few documents have, the rarest first."""
    most = orders.number(node, "max_doc_count", 1, 1)
    inner, value, column = found.values(node, level, once="{}")
    wanted = chosen(node, column)
    under = inner.under(value)
    groups = found.rows(under.statement("COUNT(*)"), len(level.keys))
    below = children(under)

    def result(keys: Keys) -> dict[str, Any]:
        buckets: list[dict[str, Any]] = []
        for key, count in sorted(groups.get(keys, []), key=lambda row: (row[1], row[0])):
            if count <= most and wanted(key):
                bucket = {**shown_key(key, column, node), "doc_count": count}
                below((*keys, key), bucket)
                buckets.append(bucket)
        found.made(len(buckets))
        return {"buckets": buckets}

    return result
