"""The field types that are neither text nor plain number: addresses, places and ranges, as they are kept and shown.

An address is kept as the 32 hexadecimal digits of its 16 bytes, so that texts compare as addresses do; a place as
"latitude,longitude" rounded as Lucene keeps it; a range as the JSON array of its ends, both included.
"""

from __future__ import annotations

import ipaddress
import json
import math
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.numbers import single

RANGES: dict[str, str] = {"integer_range": "integer", "long_range": "long", "float_range": "float", "double_range": "double",
                          "date_range": "date", "ip_range": "ip"}  # fmt: skip
_BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
_STEPS = 2.0**32
_LIMITS = {"integer": 2**31, "long": 2**63, "date": 2**63}
_LOWEST, _HIGHEST = "0" * 32, "f" * 32


class KindError(ValueError):
    """A value that is none of the type; `kind` is the server's exception."""

    def __init__(self, reason: str, kind: str = "illegal_argument_exception") -> None:
        super().__init__(reason)
        self.kind = kind


# -- addresses ----------------------------------------------------------------------------------------------------


def ip_kept(value: Any) -> str:
    """An address as it is kept. Raises KindError."""
    try:
        found = ipaddress.ip_address(str(value))
    except ValueError:
        raise KindError(f"'{value}' is not an IP string literal.") from None
    return found.packed.rjust(16, b"\x00").hex() if found.version == 6 else "0" * 20 + "ffff" + found.packed.hex()


def ip_shown(kept: str) -> str:
    packed = bytes.fromhex(kept)
    if packed[:12] == b"\x00" * 10 + b"\xff\xff":
        return str(ipaddress.IPv4Address(packed[12:]))
    return str(ipaddress.IPv6Address(packed))


def ip_bounds(mask: str) -> tuple[str, str]:
    """The first and the last address of a network such as 10.0.0.0/8. Raises KindError."""
    address, _, length = mask.partition("/")
    first = ip_kept(address)
    bits = 128 if ":" in address else 32
    if not length.isdigit() or int(length) > bits:
        raise KindError(
            f"Illegal prefix length [{length}] in [{mask}]. Must be 0-32 for IPv4 ranges, 0-128 for IPv6 ranges"
        )
    free = bits - int(length)
    low = int(first, 16) >> free << free
    return f"{low:032x}", f"{low | ((1 << free) - 1):032x}"


def ip_next(kept: str, by: int = 1) -> str:
    """The address after another one, or with -1 the one before it."""
    return f"{min(max(int(kept, 16) + by, 0), 2**128 - 1):032x}"


# -- places -------------------------------------------------------------------------------------------------------


def _of_geohash(text: str) -> tuple[float, float]:
    low, high = [-90.0, -180.0], [90.0, 180.0]
    axis = 1
    for letter in text:
        number = _BASE32.find(letter)
        if number < 0:
            raise KindError(f"unsupported symbol [{letter}] in geohash [{text}]", "parse_exception")
        for bit in (16, 8, 4, 2, 1):
            middle = (low[axis] + high[axis]) / 2
            (low if number & bit else high)[axis] = middle
            axis = 1 - axis
    return low[0], low[1]


def geohash(lat: float, lon: float, precision: int) -> str:
    low, high = [-90.0, -180.0], [90.0, 180.0]
    at, axis, out = (lat, lon), 1, ""
    for _ in range(precision):
        number = 0
        for bit in (16, 8, 4, 2, 1):
            middle = (low[axis] + high[axis]) / 2
            if at[axis] >= middle:
                number |= bit
                low[axis] = middle
            else:
                high[axis] = middle
            axis = 1 - axis
        out += _BASE32[number]
    return out


def geotile(lat: float, lon: float, zoom: int) -> str:
    """zoom/x/y of the map tile that a place is in."""
    tiles = 2**zoom
    x = int((lon + 180) / 360 * tiles)
    sine = math.sin(math.radians(min(max(lat, -85.05112878), 85.05112878)))
    y = int((0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * tiles)
    return f"{zoom}/{min(max(x, 0), tiles - 1)}/{min(max(y, 0), tiles - 1)}"


def _coordinate(value: Any, what: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        told = (
            f"[{what}] must be a valid double value" if what in ("latitude", "longitude") else "numeric value expected"
        )
        raise KindError(told, "parse_exception") from None


def point(value: Any) -> tuple[float, float]:
    """(latitude, longitude) of the forms that a place is written in. Raises KindError."""
    if isinstance(value, dict):
        for key in value:
            if key not in ("lat", "lon", "geohash"):
                raise KindError("field must be either [lat], [lon] or [geohash]", "parse_exception")
        if "geohash" in value:
            return _of_geohash(str(value["geohash"]))
        for key in ("lat", "lon"):
            if key not in value:
                raise KindError(f"field [{key}] missing", "parse_exception")
        return _coordinate(value["lat"], "latitude"), _coordinate(value["lon"], "longitude")
    if isinstance(value, list):
        if not 2 <= len(value) <= 3:
            raise KindError(
                "only two values are supported" if len(value) > 3 else "geo_point expected", "parse_exception"
            )
        return _coordinate(value[1], ""), _coordinate(value[0], "")
    if isinstance(value, str):
        if value.upper().startswith("POINT"):
            lon, _, lat = value[value.index("(") + 1 : value.rindex(")")].strip().partition(" ")
            return _coordinate(lat, ""), _coordinate(lon, "")
        if "," in value:
            lat, _, lon = value.partition(",")
            found: list[float] = []
            for text, name in ((lat, "latitude"), (lon, "longitude")):
                try:
                    found.append(float(text))
                except ValueError:
                    raise KindError(f"{name} must be a number", "parse_exception") from None
            return found[0], found[1]
        return _of_geohash(value)
    raise KindError("geo_point expected", "parse_exception")


def _rounded(value: float, width: float) -> float:
    step = width / _STEPS
    return min(math.floor(value / step), 2**31 - 1) * step


def geo_kept(value: Any, name: str) -> str:
    """A place as it is kept. Raises KindError."""
    lat, lon = point(value)
    for number, most, what in ((lat, 90, "latitude"), (lon, 180, "longitude")):
        if not -most <= number <= most:
            raise KindError(f"illegal {what} value [{number}] for {name}")
    return f"{_rounded(lat, 180.0)!r},{_rounded(lon, 360.0)!r}"


def place(kept: str) -> tuple[float, float]:
    lat, _, lon = kept.partition(",")
    return float(lat), float(lon)


def metres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """How far two places are apart on a sphere (Lucene's SloppyMath, haversine)."""
    one, two = math.radians(lat), math.radians(to_lat)
    part = 1 - math.cos(one - two) + math.cos(one) * math.cos(two) * (1 - math.cos(math.radians(lon - to_lon)))
    return 6_371_008.7714 * 2 * math.asin(min(1.0, math.sqrt(part * 0.5)))


def away(kept: str | None, lat: float, lon: float) -> float | None:
    """`metres` from a kept place. A function of the database."""
    return None if kept is None else metres(*place(kept), lat, lon)


# -- ranges -------------------------------------------------------------------------------------------------------


def _end(value: Any, kind: str, form: str, now: int, *, up: bool) -> Any:
    if kind == "ip":
        return ip_kept(value)
    if kind == "date":
        return times.moment(str(value), form, now, up=up)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise KindError(f'For input string: "{value}"', "number_format_exception") from None
    return single(float(value)) if kind == "float" else float(value) if kind == "double" else math.trunc(value)


def _moved(value: Any, kind: str, by: int) -> Any:
    if kind == "ip":
        return ip_next(value, by)
    if kind in ("float", "double"):
        return math.nextafter(value, math.inf * by) if kind == "double" else value + by * abs(value or 1e-45) * 6e-8
    return value + by


def ends(given: dict[str, Any], kind: str, form: str = times.DEFAULT_FORMAT, now: int = 0) -> tuple[Any, Any]:
    """Both ends of a range, included. Raises KindError and times.DateError."""
    most: Any = _LIMITS.get(kind, 1.7e308)
    low, high = (_LOWEST, _HIGHEST) if kind == "ip" else (-most, most - (kind in _LIMITS))
    for key, value in given.items():
        if value is None:
            continue
        if key in ("gte", "gt"):
            low = _end(value, kind, form, now, up=key == "gt")
            low = _moved(low, kind, 1) if key == "gt" else low
        elif key in ("lte", "lt"):
            high = _end(value, kind, form, now, up=key == "lte")
            high = _moved(high, kind, -1) if key == "lt" else high
    return low, high


def range_kept(value: Any, rule: dict[str, Any], name: str) -> str:
    """A range as it is kept. Raises KindError."""
    kind = RANGES[str(rule["type"])]
    if isinstance(value, str) and kind == "ip":
        return json.dumps(ip_bounds(value) if "/" in value else [ip_kept(value)] * 2)
    if not isinstance(value, dict):
        raise KindError(f"error parsing field [{name}], expected an object but got {name}", "mapper_parsing_exception")
    for key in value:
        if key not in ("gt", "gte", "lt", "lte"):
            raise KindError(f"error parsing field [{name}], with unknown parameter [{key}]", "mapper_parsing_exception")
    low, high = ends(value, kind, str(rule.get("format", times.DEFAULT_FORMAT)))
    if low > high:
        raise KindError(f"min value ({low}) is greater than max value ({high})")
    return json.dumps([low, high])


def meets(kept: str | None, relation: str, low: Any, high: Any) -> int:
    """Whether a kept range intersects, lies within, or contains another one. A function of the database."""
    if kept is None:
        return 0
    first, last = json.loads(kept)
    if relation == "within":
        return int(first >= low and last <= high)
    if relation == "contains":
        return int(first <= low and last >= high)
    return int(first <= high and last >= low)


# -- completions --------------------------------------------------------------------------------------------------


def completions(value: Any) -> list[str]:
    """A value of a completion field as it is kept: each entry with its weight. Raises ValueError."""
    if isinstance(value, str):
        return [json.dumps([value, 1])]
    if not isinstance(value, dict) or "input" not in value:
        raise ValueError(f"failed to parse completion entry [{value}]")
    inputs = value["input"] if isinstance(value["input"], list) else [value["input"]]
    return [json.dumps([str(each), int(value.get("weight", 1))]) for each in inputs]
