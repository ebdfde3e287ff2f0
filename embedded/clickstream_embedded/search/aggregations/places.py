"""Aggregations of places and addresses: grids, distances, bounds, the middle, and ranges of addresses."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import kinds
from clickstream_embedded.search.aggregations import orders
from clickstream_embedded.search.aggregations.filters import of_ranges
from clickstream_embedded.search.aggregations.found import Column, Found, Keys, Level, Result, literal
from clickstream_embedded.search.aggregations.terms import Children, Inner
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import ShardError
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.numbers import java_double
from clickstream_embedded.search.queries import places

Head = tuple[dict[str, Any], str]  # a bucket's head, and the condition on `{}` of its documents


def cell(kept: str | None, kind: str, precision: int) -> str | None:
    """The cell of a grid that a kept place is in. A function of the database."""
    if kept is None:
        return None
    lat, lon = kinds.place(kept)
    return kinds.geohash(lat, lon, precision) if kind == "geohash_grid" else kinds.geotile(lat, lon, precision)


def coordinate(kept: str | None, number: int) -> float | None:
    """The latitude (0) or longitude (1) of a kept place. A function of the database."""
    return None if kept is None else kinds.place(kept)[number]


def cast(given: str, wanted: str) -> ShardError:
    """What Java says of a field whose values are of another kind."""
    one, other = (f"org.elasticsearch.search.aggregations.support.ValuesSource${each}" for each in (given, wanted))
    return ShardError("class_cast_exception", f"class {one} cannot be cast to class {other} ({one} and {other} are in unnamed module of "
                      "loader 'app')", 500)  # fmt: skip


def _check(column: Column, kind: str) -> None:
    if column.kind not in (kind, ""):
        if column.kind in (*NUMBERS, "date", "boolean"):
            raise cast("Numeric$FieldData", "GeoPoint" if kind == "geo_point" else "Bytes")
        told = (f"Expected geo_point type on field [{column.name}], but got [{column.kind}]" if kind == "geo_point" else
                f"Expected ip type on field [{column.name}], but got [{column.kind}]")  # fmt: skip
        raise ShardError("illegal_argument_exception", told)


def grid(found: Found, node: Node, level: Level, children: Children) -> Result:
    """The cells with the most documents first."""
    default = 5 if node.kind == "geohash_grid" else 7
    precision, size = orders.number(node, "precision", default), orders.number(node, "size", 10_000, 1)
    inner, value, column = found.values(node, level, once=f"cell({{}}, '{node.kind}', {precision})")
    _check(column, "geo_point")
    under = inner.under(value)
    groups = found.rows(under.statement("COUNT(*)"), len(level.keys))
    below = children(under)

    def place(key: str) -> tuple[int, ...] | str:
        return tuple(int(each) for each in key.split("/")) if "/" in key else key

    def result(keys: Keys) -> dict[str, Any]:
        rows = sorted(groups.get(keys, []), key=lambda row: (row[1], place(row[0])), reverse=True)[:size]
        buckets = [below((*keys, key), {"key": key, "doc_count": count}) for key, count in rows]
        found.made(len(buckets))
        return {"buckets": buckets}

    return result


def measures(found: Found, node: Node, level: Level) -> Result:
    """geo_bounds and geo_centroid."""
    inner, value, column = found.values(node, level)
    _check(column, "geo_point")
    lat, lon = f"coordinate({value}, 0)", f"coordinate({value}, 1)"
    of_sign = [f"{how}(CASE WHEN {lon} {sign} 0 THEN {lon} END)" for sign in ("<", ">=") for how in ("MIN", "MAX")]
    statement = f"COUNT({value}), MIN({lat}), MAX({lat}), AVG({lat}), AVG({lon}), {', '.join(of_sign)}"
    groups = found.rows(inner.statement(statement), len(level.keys))

    def result(keys: Keys) -> dict[str, Any]:
        row: tuple[Any, ...] = groups[keys][0] if keys in groups else (0,)
        if node.kind == "geo_centroid":
            return {**({"location": {"lat": row[3], "lon": row[4]}} if row[0] else {}), "count": row[0]}
        if not row[0]:
            return {}
        left, right = _sides(row[5:9], node.spec.get("wrap_longitude", True) in (True, "true"))
        return {"bounds": {"top_left": {"lat": row[2], "lon": left}, "bottom_right": {"lat": row[1], "lon": right}}}

    return result


def _sides(found: tuple[Any, ...], wrap: bool) -> tuple[float, float]:
    """The narrower of the two ways around, as one box may reach over the 180th meridian."""
    low_negative, high_negative, low_positive, high_positive = found
    if low_positive is None:
        return low_negative, high_negative
    if low_negative is None:
        return low_positive, high_positive
    if wrap and (high_negative + 360) - low_positive < high_positive - low_negative:
        return low_positive, high_negative
    return low_negative, high_positive


def distances(found: Found, node: Node, level: Level, children: Children) -> Result:
    """A bucket a range of distance from a place."""
    lat, lon = places.point(node.spec["origin"])
    unit = places.UNITS.get(str(node.spec.get("unit", "m")), 1.0)
    if not node.spec.get("ranges"):
        raise ShardError("illegal_argument_exception", f"No [ranges] specified for the [{node.name}] aggregation")
    column = found.column(str(node.spec["field"]), level)
    _check(column, "geo_point")
    heads: list[tuple[float, float, Head]] = []
    for each in node.spec["ranges"]:
        low, high = (None if each.get(key) is None else float(each[key]) for key in ("from", "to"))
        key = (
            each.get("key")
            or f"{'*' if low is None else java_double(low)}-{'*' if high is None else java_double(high)}"
        )
        head = {"key": key, "from": low or 0.0, **({} if high is None else {"to": high})}
        far = f"(away({{}}, {lat!r}, {lon!r}) / {unit!r})"
        tests = [f"{far} {sign} {value!r}" for sign, value in ((">=", low), ("<", high)) if value is not None]
        heads.append(
            (low or 0.0, float("inf") if high is None else high, (head, " AND ".join(tests) or "{} IS NOT NULL"))
        )
    heads.sort(key=lambda each: each[:2])
    return _buckets(found, node, level, children, [head for _, _, head in heads])


def addresses(found: Found, node: Node, level: Level, children: Children) -> Result:
    """A bucket a range of addresses, from included, to not; or a network."""
    if not node.spec.get("ranges"):
        raise ShardError("illegal_argument_exception", f"No [ranges] specified for the [{node.name}] aggregation")
    _check(found.column(str(node.spec["field"]), level), "ip")
    heads: list[tuple[str, str, Head]] = []
    for each in node.spec["ranges"]:
        try:
            low, high, key = _ends(each)
        except kinds.KindError as error:
            raise ShardError(error.kind, str(error)) from None
        head = {"key": key} | {
            name: kinds.ip_shown(value) for name, value in (("from", low), ("to", high)) if value is not None
        }
        tests = [f"{{}} {sign} {literal(value)}" for sign, value in ((">=", low), ("<", high)) if value is not None]
        heads.append((low or "", high or "g", (head, " AND ".join(tests) or "{} IS NOT NULL")))
    heads.sort(key=lambda each: each[:2])
    return _buckets(found, node, level, children, [head for _, _, head in heads])


def _ends(given: dict[str, Any]) -> tuple[str | None, str | None, str]:
    if "mask" in given:
        low, high = kinds.ip_bounds(str(given["mask"]))
        return low, kinds.ip_next(high), str(given.get("key") or given["mask"])
    ends = [None if given.get(key) is None else kinds.ip_kept(given[key]) for key in ("from", "to")]
    shown = ["*" if end is None else kinds.ip_shown(end) for end in ends]
    return ends[0], ends[1], str(given.get("key") or "-".join(shown))


def _buckets(found: Found, node: Node, level: Level, children: Children, heads: list[Head]) -> Result:
    column = found.column(str(node.spec["field"]), level)
    built: list[tuple[dict[str, Any], dict[Keys, Any], Inner]] = []
    for head, condition in heads:
        test = condition.replace("{}", column.sql)
        if column.table:
            inside = condition.replace("{}", "t.value")
            test = f"EXISTS (SELECT 1 FROM {column.table} AS t WHERE t.seq = {level.row} AND {inside})"
        inner = level.restricted(f"({test})")
        built.append((head, found.rows(inner.statement("COUNT(*)"), len(level.keys)), children(inner)))

    return of_ranges(found, node, built)
