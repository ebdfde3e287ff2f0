"""Time zones by `java.time.ZoneId`'s names and rules."""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo
from dataclasses import dataclass

from clickstream_embedded.ksqldb.types.java_time.calendar import DAY_MILLIS, civil

# ZoneId.SHORT_IDS are not used by ZoneId.of; these are the names that time zone texts (`z`) are read by
_NAMED = {
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "MST": "America/Denver", "MDT": "America/Denver",
    "CST": "America/Chicago", "CDT": "America/Chicago", "EST": "America/New_York", "EDT": "America/New_York",
    "BST": "Europe/London", "CET": "Europe/Paris", "CEST": "Europe/Paris", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata",
    "EET": "Europe/Athens", "EEST": "Europe/Athens", "WET": "Europe/Lisbon", "WEST": "Europe/Lisbon",
    "MSK": "Europe/Moscow", "HST": "Pacific/Honolulu", "AKST": "America/Anchorage", "AKDT": "America/Anchorage",
    "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland",
    "SGT": "Asia/Singapore", "KST": "Asia/Seoul", "HKT": "Asia/Hong_Kong",
}  # fmt: skip
_LIMIT = 18 * 3600  # seconds that an offset may have
_LONG = {
    "America/Los_Angeles": "Pacific", "America/Denver": "Mountain", "America/Chicago": "Central",
    "America/New_York": "Eastern", "Europe/Berlin": "Central European", "Europe/Paris": "Central European",
    "Asia/Tokyo": "Japan", "Asia/Kolkata": "India",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone; `fixed` is its offset in seconds where it has one for all times."""

    id: str
    fixed: int | None = None

    def offset(self, millis: int) -> int:
        """Seconds east of UTC at a moment."""
        if self.fixed is not None:
            return self.fixed
        return _offset(self.id, millis // 1000)

    def millis(self, local: int) -> int:
        """The moment of a local time, both in milliseconds: in a gap later, in an overlap the earlier one."""
        if self.fixed is not None:
            return local - self.fixed * 1000
        moment = _moment(local // 1000)
        found = _info(self.id).utcoffset(moment) or datetime.timedelta(0)
        return local - round(found.total_seconds()) * 1000

    def name(self, millis: int, *, full: bool = False) -> str:
        """As `z` (or, in full, `zzzz`) shows it."""
        if self.id in ("UTC", "GMT"):
            return {"UTC": "Coordinated Universal Time", "GMT": "Greenwich Mean Time"}[self.id] if full else self.id
        if self.fixed is not None:
            return self.id
        info = _info(self.id)
        moment = _moment(millis // 1000).replace(tzinfo=datetime.UTC).astimezone(info)
        if full and self.id in _LONG:
            season = "Summer" if self.id.startswith("Europe/") else "Daylight"
            return f"{_LONG[self.id]} {season if moment.dst() else 'Standard'} Time"
        return moment.tzname() or self.id


UTC, GMT = Zone("UTC", 0), Zone("GMT", 0)


def _moment(seconds: int) -> datetime.datetime:
    """A naive time within Python's years, of the same place in a leap cycle where it lies outside of them."""
    days, rest = divmod(seconds, DAY_MILLIS // 1000)
    year, month, day = civil(days)
    if year > 9998:
        year = 2000 + year % 400
    if year < 2:
        year, month, day = 2, 1, 1
    return datetime.datetime(year, month, day) + datetime.timedelta(seconds=rest)


@functools.lru_cache(1024)
def _info(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def _offset(name: str, seconds: int) -> int:
    moment = _moment(seconds).replace(tzinfo=datetime.UTC).astimezone(_info(name))
    return round((moment.utcoffset() or datetime.timedelta(0)).total_seconds())


def offset_id(seconds: int) -> str:
    """As `java.time.ZoneOffset` writes itself."""
    if seconds == 0:
        return "Z"
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{'+' if seconds > 0 else '-'}{hours:02d}:{rest // 60:02d}"
    return f"{text}:{rest % 60:02d}" if rest % 60 else text


_OFFSET = re.compile(r"([+-])(\d\d?)(?:(\d\d)(\d\d)?|:(\d\d)(?::(\d\d))?)?")


def _fixed(text: str) -> int:
    """As `ZoneOffset.of` reads it. Raises ValueError."""
    found = _OFFSET.fullmatch(text)
    if found is None or (len(found[2]) == 1 and len(text) > 2):
        raise ValueError(f"Invalid ID for ZoneOffset, invalid format: {text}")
    hours, minutes, seconds = int(found[2]), int(found[3] or found[5] or 0), int(found[4] or found[6] or 0)
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > _LIMIT:
        raise ValueError(f"Zone offset not in valid range: {text}")
    return total if found[1] == "+" else -total


@functools.lru_cache(1024)
def zone(name: str) -> Zone:
    """As `ZoneId.of` reads it. Raises ValueError."""
    if name == "Z":
        return Zone("Z", 0)
    if name[:1] in ("+", "-"):
        seconds = _fixed(name)
        return Zone(offset_id(seconds), seconds)
    for prefix in ("UTC", "GMT", "UT"):
        if name == prefix:
            return Zone(prefix, 0)
        if name.startswith((prefix + "+", prefix + "-")):
            seconds = _fixed(name[len(prefix) :])
            return Zone(prefix if seconds == 0 else prefix + offset_id(seconds), seconds)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9~/._+-]+", name):
        raise ValueError(f"Unknown time-zone ID: {name}")
    try:
        _info(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"Unknown time-zone ID: {name}") from None
    return Zone(name)


def named(text: str) -> Zone:
    """A zone by its text, such as `PST`, or by its id. Raises ValueError."""
    known = _NAMED.get(text.upper())
    return zone(known or text)
