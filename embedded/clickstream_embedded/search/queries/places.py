"""Queries of places: geo_distance, geo_bounding_box, geo_polygon; and distance_feature, which scores by nearness."""

from __future__ import annotations

import re
from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.errors import SearchError, ShardError, illegal, parsing
from clickstream_embedded.search.kinds import KindError
from clickstream_embedded.search.queries.arguments import boost_of, finished, options
from clickstream_embedded.search.queries.base import NONE, Context, Field, Query, Sql

UNITS = {"m": 1.0, "meters": 1.0, "km": 1000.0, "kilometers": 1000.0, "mi": 1609.344, "miles": 1609.344, "yd": 0.9144, "yards": 0.9144,
         "ft": 0.3048, "feet": 0.3048, "in": 0.0254, "inch": 0.0254, "cm": 0.01, "centimeters": 0.01, "mm": 0.001,
         "millimeters": 0.001, "nmi": 1852.0, "NM": 1852.0, "nauticalmiles": 1852.0}  # fmt: skip
_COMMON = {"validation_method", "ignore_unmapped", "_name", "boost"}
_CORNERS = ("top_left", "bottom_right", "top_right", "bottom_left", "top", "left", "bottom", "right", "wkt")


def in_metres(value: Any, unit: str = "m") -> float:
    """A distance such as `12km` in metres. Raises SearchError."""
    found = re.fullmatch(r"\s*(-?[\d.]+(?:[eE]\d+)?)\s*([a-zA-Z]*)\s*", str(value))
    if not found or (found[2] and found[2] not in UNITS):
        raise SearchError(400, "number_format_exception", f'For input string: "{value}"')
    return float(found[1]) * UNITS[found[2] or unit]


def point(value: Any) -> tuple[float, float]:
    """Raises SearchError for a place that is none."""
    try:
        return kinds.point(value)
    except KindError as error:
        raise illegal(str(error)) if error.kind.startswith("illegal") else parsing(str(error)) from None


def _field(context: Context, name: str, ignore: Any) -> Field | None:
    field = context.field(name)
    if field is None:
        if ignore in (True, "true"):
            return None
        raise ShardError("query_shard_exception", f"failed to find geo_point field [{name}]")
    if field.kind != "geo_point":
        told = (
            f"failed to find geo_point field [{name}]"
            if field.kind == "object"
            else f"field [{name}] is not a geo_point field"
        )
        raise ShardError("query_shard_exception", told)
    return field


def _own(kind: str, body: dict[str, Any], known: set[str]) -> tuple[str, Any]:
    """The field of the query and what stands under it."""
    names = [key for key in body if key not in known | _COMMON]
    if not names:
        raise parsing(f"{kind} requires a field name", body)
    place = next((key for key in names if isinstance(body[key], dict | list)), names[0])
    for key in names:
        if key != place:
            told = (
                f"[{kind}] query does not support [{key}]"
                if kind == "geo_polygon"
                else f"failed to parse [{kind}] query. unexpected field [{key}]"
            )
            raise parsing(told, body, key)
    return place, body[place]


def geo_distance(body: Any) -> Query:
    name, given = _own("geo_distance", body, {"distance", "distance_type", "unit"})
    if "distance" not in body:
        raise parsing("geo_distance requires 'distance' to be specified", body)
    unit = str(body.get("unit", "m"))
    far = in_metres(body["distance"], unit if unit in UNITS else "m")
    lat, lon = point(given)
    if far <= 0:
        raise illegal("distance must be greater than zero")

    def build(context: Context) -> Sql:
        field = _field(context, name, body.get("ignore_unmapped"))
        return field.any(f"away({{}}, {lat!r}, {lon!r}) <= {far!r}") if field else NONE

    shown = {name: [lon, lat], "distance": far, "distance_type": str(body.get("distance_type", "arc")), "validation_method": "STRICT",
             "ignore_unmapped": body.get("ignore_unmapped") in (True, "true"), "boost": boost_of(body)}  # fmt: skip
    return finished(build, body, {"geo_distance": shown})


def _no_box(reason: str) -> SearchError:
    return SearchError(400, "parse_exception", f"failed to parse [geo_bounding_box] query. [{reason}]")


_SIDES = {"top": "top latitude", "bottom": "bottom latitude", "left": "left longitude", "right": "right longitude"}


def _box(given: dict[str, Any]) -> tuple[float, float, float, float]:
    """(top, left, bottom, right). Raises SearchError."""
    for key in given:
        if key not in _CORNERS:
            raise _no_box(f"failed to parse bounding box. unexpected field [{key}]")
    found: dict[str, float] = {key: float(given[key]) for key in ("top", "left", "bottom", "right") if key in given}
    if "wkt" in given:
        numbers = [float(each) for each in re.findall(r"-?[\d.]+", str(given["wkt"]))]
        if len(numbers) != 4:
            raise parsing("failed to parse WKT bounding box", given, "wkt")
        found = {"left": numbers[0], "right": numbers[1], "top": numbers[2], "bottom": numbers[3]}
    for corner, (first, second) in {"top_left": ("top", "left"), "bottom_right": ("bottom", "right"), "top_right": ("top", "right"),
                                    "bottom_left": ("bottom", "left")}.items():  # fmt: skip
        if corner in given:
            found[first], found[second] = point(given[corner])
    missing = [key for key in ("top", "left", "bottom", "right") if key not in found]
    if missing:
        raise illegal(f"{_SIDES[missing[0]]} is invalid: NaN")
    if found["top"] < found["bottom"]:
        raise illegal(f"top is below bottom corner: {found['top']} vs. {found['bottom']}")
    return found["top"], found["left"], found["bottom"], found["right"]


def within_box(kept: str | None, top: float, left: float, bottom: float, right: float) -> int:
    """A function of the database."""
    if kept is None:
        return 0
    lat, lon = kinds.place(kept)
    return int(bottom <= lat <= top and (left <= lon <= right if left <= right else lon >= left or lon <= right))


def geo_bounding_box(body: Any) -> Query:
    name, given = _own("geo_bounding_box", body, {"type"})
    if not isinstance(given, dict):
        raise parsing("failed to parse [geo_bounding_box] query. could not find a box", body, name)
    top, left, bottom, right = _box(given)

    def build(context: Context) -> Sql:
        field = _field(context, name, body.get("ignore_unmapped"))
        return field.any("within_box({}, ?, ?, ?, ?)", top, left, bottom, right) if field else NONE

    shown = {name: {"top_left": [left, top], "bottom_right": [right, bottom]}, "validation_method": "STRICT", "type": "MEMORY",
             "ignore_unmapped": body.get("ignore_unmapped") in (True, "true"), "boost": boost_of(body)}  # fmt: skip
    return finished(build, body, {"geo_bounding_box": shown})


def within_polygon(kept: str | None, corners: str) -> int:
    """Whether a place is in the polygon of "lat,lon lat,lon …". A function of the database."""
    if kept is None:
        return 0
    lat, lon = kinds.place(kept)
    points = [kinds.place(each) for each in corners.split()]
    inside = False
    for (y1, x1), (y2, x2) in zip(points, [*points[1:], points[0]], strict=True):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return int(inside)


def geo_polygon(body: Any) -> Query:
    name, given = _own("geo_polygon", body, set())
    if not isinstance(given, dict) or "points" not in given:
        raise parsing("no points defined for geo_polygon query", body, name)
    points = [point(each) for each in given["points"]]
    if len(points) < 3:
        raise parsing("too few points defined for geo_polygon query", body)
    corners = " ".join(f"{lat!r},{lon!r}" for lat, lon in points)

    def build(context: Context) -> Sql:
        field = _field(context, name, body.get("ignore_unmapped"))
        return field.any("within_polygon({}, ?)", corners) if field else NONE

    shown = {name: {"points": [[lon, lat] for lat, lon in points]}, "validation_method": "STRICT", "ignore_unmapped": False,
             "boost": boost_of(body)}  # fmt: skip
    return finished(build, body, {"geo_polygon": shown})


def distance_feature(body: Any) -> Query:
    """boost * pivot / (pivot + distance) for the documents that have the field."""
    given = options("distance_feature", body, {"field", "origin", "pivot"}, strict=True)
    for key in ("field", "origin", "pivot"):
        if key not in given:
            raise illegal(f"Required [{', '.join(each for each in ('field', 'origin', 'pivot') if each not in given)}]")
    name = str(given["field"])

    def build(context: Context) -> Sql:
        field = context.field(name)
        if field is None:
            return NONE
        if field.kind == "geo_point":
            lat, lon = point(given["origin"])
            return _near(field, f"away({{}}, {lat!r}, {lon!r})", in_metres(given["pivot"]))
        if field.kind == "date":
            origin = times.moment(str(given["origin"]), str(field.rule.get("format", times.DEFAULT_FORMAT)), context.now,
                                  up=True)  # fmt: skip
            return _near(field, f"ABS({{}} - {origin})", float(times.span(str(given["pivot"])) or 1))
        raise ShardError("illegal_argument_exception", f"Illegal data type of [{field.kind}]![distance_feature] query can only be run on a "
                         "date, date_nanos or geo_point field type!")  # fmt: skip

    shown = {key: given[key] for key in ("field", "origin", "pivot")}
    return finished(build, given, {"distance_feature": {**shown, "boost": boost_of(given)}})


def _near(field: Field, distance: str, pivot: float) -> Sql:
    value = distance.replace("{}", field.sql)
    if field.is_many:
        each = distance.replace("{}", "each.value")
        value = f"(SELECT MIN({each}) FROM json_each({field.values}, {field.path}) AS each)"
    return Sql(field.exists.where, (), f"{pivot!r} / ({pivot!r} + {value})")
