"""Metrics: one number, or some, of each group."""

from __future__ import annotations

import json
import math
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.aggregations.found import Column, Found, Level, Result
from clickstream_embedded.search.aggregations.hdr import Hdr, digits_of
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import SearchError, ShardError, illegal
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.numbers import java_double

_EXPRESSIONS = {
    "avg": "SUM({}), COUNT({})", "sum": "SUM({})", "min": "MIN({})", "max": "MAX({})", "value_count": "COUNT({})",
    "stats": "COUNT({}), MIN({}), MAX({}), SUM({})", "cardinality": "COUNT(DISTINCT {})",
    "extended_stats": "COUNT({}), MIN({}), MAX({}), SUM({}), SUM(CAST({} AS REAL) * {})",
}  # fmt: skip
DEFAULT_PERCENTS = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)


class Collected:
    """An aggregate of SQLite: all values of a group, sorted, as JSON."""

    def __init__(self) -> None:
        self._values: list[float] = []

    def step(self, value: float | None) -> None:
        if value is not None:
            self._values.append(float(value))

    def finalize(self) -> str:
        return json.dumps(sorted(self._values))


def quantile(values: list[float], part: float) -> float:
    """The quantile of sorted values, between them as t-digest has it: each value is the middle of its share."""
    place = part * len(values) - 0.5
    if place <= 0:
        return values[0]
    low = int(place)
    if low >= len(values) - 1:
        return values[-1]
    return values[low] + (values[low + 1] - values[low]) * (place - low)


def rank(values: list[float], value: float) -> float:
    """The share of the values, in percent, that lies below, each spread around itself (t-digest's AVLTreeDigest.cdf)."""
    if len(values) < 2 or value < values[0] or value >= values[-1]:
        return 0.0 if value < values[0] else 100.0
    left = right = (values[1] - values[0]) / 2
    for place in range(len(values) - 2):
        middle = values[place]
        if value < middle + right:
            return 100 * (place + _between(value, middle - left, middle + right)) / len(values)
        left, right = right, (values[place + 2] - values[place + 1]) / 2
    middle = values[-2]
    if value < middle + right:
        return 100 * (len(values) - 2 + _between(value, middle - right, middle + right)) / len(values)
    return 100.0


def _between(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.0


def run(found: Found, node: Node, level: Level) -> Result:
    """A metric's result for each combination of keys. Raises ShardError for a field of a type that it cannot take."""
    kind = node.kind
    if kind == "weighted_avg":
        return _weighted(found, node, level)
    # a document has a text or an address once, however often it is written in it; numbers as often
    texts = kind == "value_count" and found.column(str(node.spec.get("field", "")), level).kind in ("keyword", "ip")
    inner, value, column = found.values(node, level, once="{}" if texts else "")
    if kind not in ("value_count", "cardinality") and column.kind not in (*NUMBERS, "date", "boolean", ""):
        raise ShardError(
            "illegal_argument_exception", f"Expected numeric type on field [{column.name}], but got [{column.kind}]"
        )
    if kind in ("percentiles", "percentile_ranks", "median_absolute_deviation"):
        # an aggregate of ours must not be asked for no rows at all
        filled = bool(level.keys) or found.rows(inner.statement("COUNT(*)"), 0)[()][0][0]
        groups = found.rows(inner.statement(f"collected({value})"), len(level.keys)) if filled else {}
        return lambda keys: _spread(node, column, json.loads(groups[keys][0][0]) if keys in groups else [])
    value = f"CAST({value} AS REAL)" if kind in ("avg", "sum", "stats", "extended_stats") else value
    groups = found.rows(inner.statement(_EXPRESSIONS[kind].replace("{}", value)), len(level.keys))
    none = (
        (0,) if kind in ("value_count", "cardinality") else (None, 0) if kind == "avg" else (0, None, None, None, None)
    )
    none = (None,) if kind in ("sum", "min", "max") else none
    return lambda keys: _shaped(node, column, groups[keys][0] if keys in groups else none)


def _weighted(found: Found, node: Node, level: Level) -> Result:
    """The mean of one field's values, each as often as another field says."""
    part = Node(node.name, node.kind, node.spec["value"]), Node(node.name, node.kind, node.spec["weight"])
    with_value, value, column = found.values(part[0], level)
    inner, weight, _ = found.values(part[1], with_value)
    statement = f"SUM(CAST({value} AS REAL) * {weight}), SUM(CAST({weight} AS REAL))"
    groups = found.rows(inner.statement(statement), len(level.keys))

    def result(keys: tuple[Any, ...]) -> dict[str, Any]:
        total, weights = groups[keys][0] if keys in groups else (0, 0)
        return _one(float(total or 0) / weights if weights else None, column, node)

    return result


def _text(value: float, column: Column, node: Node) -> str:
    form = node.spec.get("format") or column.format
    try:
        return times.shown(int(value), form)
    except times.DateError:
        return str(value)


def _one(value: float | None, column: Column, node: Node) -> dict[str, Any]:
    if value is not None and column.is_date:
        return {"value": value, "value_as_string": _text(value, column, node)}
    if value is not None and column.kind == "boolean" and node.kind in ("min", "max", "avg", "sum"):
        return {"value": value, "value_as_string": "true" if value else "false"}
    if value is not None and node.spec.get("format"):
        if node.kind == "weighted_avg":  # which takes a format, and has none
            return {"value": value}
        return {"value": value, "value_as_string": decimal(value, str(node.spec["format"]))}
    return {"value": value}


def decimal(value: float, pattern: str) -> str:
    """A number by Java's DecimalFormat: `0.00`, `#,##0.0`, `000`, with text around it."""
    start = next((at for at, each in enumerate(pattern) if each in "#0"), 0)
    end = next((len(pattern) - at for at, each in enumerate(reversed(pattern)) if each in "#0"), 0)
    core, before, after = pattern[start:end], pattern[:start], pattern[end:]
    if not core:
        return f"{pattern}{abs(value):.0f}" if value >= 0 else f"-{pattern}{abs(value):.0f}"
    whole, _, part = core.partition(".")
    text = f"{abs(value):{',' if ',' in whole else ''}.{len(part)}f}"
    digits, _, decimals = text.partition(".")
    least = part.count("0")
    while len(decimals) > least and decimals.endswith("0"):
        decimals = decimals[:-1]
    digits = digits.zfill(whole.count("0"))
    sign = "-" if value < 0 else ""
    return f"{sign}{before}{digits}{'.' + decimals if decimals else ''}{after}"


def _real(value: Any) -> float | None:
    return None if value is None else float(value)


def _shaped(node: Node, column: Column, row: tuple[Any, ...]) -> dict[str, Any]:
    match node.kind:
        case "avg":
            return _one(float(row[0]) / row[1] if row[1] else None, column, node)
        case "sum":
            return _one(float(row[0] or 0), column, node)
        case "min" | "max":
            return _one(_real(row[0]), column, node)
        case "value_count" | "cardinality":
            return {"value": row[0]}
        case _:
            return stats(row, column, node)


def stats(row: tuple[Any, ...], column: Column, node: Node) -> dict[str, Any]:
    """Of (count, least, greatest, sum) or with the sum of squares as well."""
    count, low, high, total = row[:4]
    found: dict[str, Any] = {"count": count, "min": _real(low), "max": _real(high),
                             "avg": float(total) / count if count else None, "sum": float(total or 0)}  # fmt: skip
    if column.is_date and count:
        found |= {f"{key}_as_string": _text(found[key], column, node) for key in ("min", "max", "avg", "sum")}
    elif count and node.spec.get("format"):
        form = str(node.spec["format"])
        found |= {f"{key}_as_string": decimal(found[key], form) for key in ("min", "max", "avg", "sum")}
    if node.kind.startswith("extended"):
        squares = float(row[4] or 0) if count else None
        variance = max((squares - total * total / count) / count, 0.0) if squares is not None else None
        deviation = math.sqrt(variance) if variance is not None else None
        sigma = float(node.spec.get("sigma", 2.0))
        bounds = {"upper": None, "lower": None} if deviation is None else {
            "upper": found["avg"] + sigma * deviation, "lower": found["avg"] - sigma * deviation}  # fmt: skip
        found |= {
            "sum_of_squares": squares,
            "variance": variance,
            "std_deviation": deviation,
            "std_deviation_bounds": bounds,
        }
        form = str(node.spec.get("format") or "")
        if count and form and not column.is_date:
            found |= {
                f"{key}_as_string": decimal(found[key], form) for key in ("sum_of_squares", "variance", "std_deviation")
            }
            found["std_deviation_bounds_as_string"] = {
                key: decimal(value, form) for key, value in bounds.items() if value is not None
            }
    return found


def _spread(node: Node, column: Column, values: list[float]) -> dict[str, Any]:
    if node.kind == "median_absolute_deviation":
        if not values:
            return {"value": None}
        middle = quantile(values, 0.5)
        return {"value": quantile(sorted(abs(each - middle) for each in values), 0.5)}
    wanted = percents(node)
    if values and "hdr" in node.spec:
        exact = Hdr(values, digits_of(node.spec))
        found: list[tuple[float, float | None]]
        found = [(each, exact.percentile(each) if node.kind == "percentiles" else exact.rank(each)) for each in wanted]
    elif node.kind == "percentiles":
        found = [(each, quantile(values, each / 100) if values else None) for each in wanted]
    else:
        found = [(each, rank(values, each) if values else None) for each in wanted]
    return keyed_values(node, found, column)


def percents(node: Node) -> list[float]:
    """The percents or values asked for, in order. Raises SearchError."""
    given: Any = node.spec.get("percents" if node.kind.startswith("percentiles") else "values")
    if isinstance(given, str | int | float) and not isinstance(given, bool):
        given = [given]
    if given is None:
        if node.kind == "percentile_ranks":
            raise illegal("Required [values]")
        return list(DEFAULT_PERCENTS)
    listed: list[Any] = given if isinstance(given, list) else [given]
    given = [float(each) for each in listed]
    if not given and node.kind == "percentile_ranks":
        told = "Failed to build [percentile_ranks] after last required field arrived"
        cause = {"type": "illegal_argument_exception", "reason": f"[values] must not be an empty array: [{node.name}]"}
        built = {"type": "x_content_parse_exception", "reason": told}
        raise SearchError(400, "x_content_parse_exception", "[1:1] [percentile_ranks] failed to parse field [values]",
                          at=(node.spec["values"], None), root_cause=[built], caused_by={**built, "caused_by": cause})  # fmt: skip
    if node.kind != "percentile_ranks" and any(not 0 <= each <= 100 for each in given):
        bad = next(each for each in given if not 0 <= each <= 100)
        raise illegal(f"q should be in [0,1], got {java_double(bad / 100)}")
    return sorted(float(each) for each in given)


def keyed_values(node: Node, found: list[tuple[float, float | None]], column: Column | None = None) -> dict[str, Any]:
    """The `values` of percentiles, by their percents or as a list."""
    dated = column is not None and column.is_date and node.kind == "percentiles"

    def text(value: float | None) -> dict[str, Any]:
        return {"as": _text(value, column, node)} if dated and column and value is not None else {}

    if node.spec.get("keyed", True) in (False, "false"):
        return {"values": [
            {"key": key, "value": value, **({"value_as_string": text(value)["as"]} if text(value) else {})} for key, value in found
        ]}  # fmt: skip
    values: dict[str, Any] = {}
    for key, value in found:
        values[java_double(key)] = value
        if text(value):
            values[java_double(key) + "_as_string"] = text(value)["as"]
    return {"values": values}
