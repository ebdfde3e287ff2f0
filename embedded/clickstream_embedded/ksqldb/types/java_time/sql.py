"""SQL's dates and times as text, by the rules of ksqlDB's `SqlTimeTypes` and its timestamp parsers."""

from __future__ import annotations

import re

from clickstream_embedded.ksqldb.types.java_time import pattern as p
from clickstream_embedded.ksqldb.types.java_time.calendar import DAY_MILLIS, civil
from clickstream_embedded.ksqldb.types.java_time.parsing import fields_of
from clickstream_embedded.ksqldb.types.java_time.printing import Temporal, text_of
from clickstream_embedded.ksqldb.types.java_time.resolving import DATE_FIELDS, moment, resolve
from clickstream_embedded.ksqldb.types.java_time.zones import UTC, Zone, zone

_TIMESTAMP = "yyyy-MM-dd'T'HH:mm:ss.SSS"
_TIME = "HH:mm:ss.SSS"
_SMALLEST, _LARGEST = -(1 << 63), (1 << 63) - 1


# -- by a pattern ------------------------------------------------------------------------------------------------


def format_moment(millis: int, pattern: str, where: Zone = UTC) -> str:
    """A moment in a zone, by a Java pattern. Raises ValueError."""
    local = millis + where.offset(millis) * 1000
    days, rest = divmod(local, DAY_MILLIS)
    return text_of(p.elements(pattern), Temporal(days, rest * 1_000_000, where, millis))


def format_day(days: int, pattern: str) -> str:
    """A date by a Java pattern. Raises ValueError."""
    return text_of(p.elements(pattern), Temporal(days=days))


def format_of_day(millis: int, pattern: str) -> str:
    """A time of day by a Java pattern. Raises ValueError."""
    if not 0 <= millis < DAY_MILLIS:
        raise ValueError(f"Invalid value for NanoOfDay: {millis}")
    return text_of(p.elements(pattern), Temporal(nanos=millis * 1_000_000))


def parse_moment(text: str, pattern: str, where: Zone = UTC) -> int:
    """A moment by a Java pattern; what the text leaves out is that of 1970-01-01T00:00. Raises ValueError."""
    return moment(resolve(fields_of(text, p.elements(pattern), fold=True)), where)


def parse_day(text: str, pattern: str) -> int:
    """The days of a date by a Java pattern. Raises ValueError."""
    found = resolve(fields_of(text, p.elements(pattern), fold=True))
    if found.days is None:
        raise ValueError(f"Text '{text}' could not be parsed: Unable to obtain LocalDate")
    return found.days


def parse_of_day(text: str, pattern: str) -> int:
    """Milliseconds of a time of day by a Java pattern without a date. Raises ValueError."""
    found = resolve(fields_of(text, p.elements(pattern), fold=True))
    if found.days is not None or found.left.keys() & DATE_FIELDS:
        raise ValueError("Unsupported field: a time has no date")
    if found.nanos is None:
        raise ValueError(f"Text '{text}' could not be parsed: Unable to obtain LocalTime")
    return found.nanos // 1_000_000


# -- by SQL's own forms ------------------------------------------------------------------------------------------


def parse_timestamp(text: str) -> int:
    """Milliseconds of an ISO 8601 date and time, UTC where it names no zone; parts may be left out from the right."""
    try:
        return _parse_timestamp(text)
    except ValueError as error:
        raise ValueError(
            f"Failed to parse timestamp '{text}': {error}\nRequired format is: \"{_TIMESTAMP}\", with an optional numeric "
            "4-digit timezone, for example: '2020-05-26T23.59.58.000' or with tz: '2020-05-26T23.59.58.000+0200'. "
            'Partials are also supported, for example "2020-05-26"'
        ) from None


def _parse_timestamp(text: str) -> int:
    day, mark, rest = text.partition("T")
    found = re.search(r"[+-].*", rest, re.DOTALL)
    named = found[0] if found else ""
    if mark:
        rest = rest[: len(rest) - len(named)]
        if rest.endswith("Z"):
            rest, named = rest[:-1], "Z"
    else:
        day = complete_date(text)
    where = zone(named.strip()) if named.strip() else UTC
    return parse_moment(f"{day}T{_complete_time(rest)}", _TIMESTAMP, where)


def complete_date(text: str) -> str:
    """A date with the month and the day that it leaves out."""
    return text + {1: "-01-01", 2: "-01"}.get(len(text.rstrip("-").split("-")), "")


def _complete_time(text: str) -> str:
    zeros = re.sub("[A-Za-z]", "0", _TIME)
    return text + zeros[len(text) :] if len(text) < len(_TIME) else text


def parse_date(text: str) -> int:
    """The days of an ISO 8601 date; the day, or month and day, may be left out. Raises ValueError."""
    try:
        return parse_iso_day(complete_date(text))
    except ValueError as error:
        raise ValueError(
            f"Failed to parse date '{text}': {error}\nRequired format is: \"yyyy-MM-dd\", for example '2020-05-26'. "
            "Partials are also supported, for example '2020-05'"
        ) from None


def parse_iso_day(text: str) -> int:
    """As `LocalDate.parse` reads it, strictly. Raises ValueError."""
    days = parse_day(text, "uuuu-MM-dd")
    if civil(days)[2] != int(text[-2:]):
        raise ValueError(f"Text '{text}' could not be parsed: Invalid date")
    return days


_OF_DAY = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?", re.ASCII)


def parse_time(text: str) -> int:
    """As `LocalTime.parse` reads it: hours and minutes, seconds and their fraction where given. Raises ValueError."""
    found = _OF_DAY.fullmatch(text)
    hour, minute, second = (int(part or 0) for part in found.groups()[:3]) if found else (99, 0, 0)
    if found is None or hour > 23 or minute > 59 or second > 59:
        raise ValueError(
            f"Failed to parse time '{text}': Text '{text}' could not be parsed\nRequired format is: \"{_TIME}\", for "
            "example: '01:34:20.123' or '01:34:20'. Partials are also supported, for example '01:34'"
        )
    return ((hour * 60 + minute) * 60 + second) * 1000 + int((found[4] or "").ljust(3, "0")[:3])


def format_timestamp(value: int) -> str:
    return format_moment(value, _TIMESTAMP)


def format_date(value: int) -> str:
    """As `LocalDate.toString` writes it."""
    year, month, day = civil(value)
    if abs(year) < 1000:
        shown = f"{'-' if year < 0 else ''}{abs(year):04d}"
    else:
        shown = f"+{year}" if year > 9999 else str(year)
    return f"{shown}-{month:02d}-{day:02d}"


def format_time(value: int) -> str:
    """As `LocalTime.toString` writes it, without the fraction of a second."""
    seconds = value // 1000 % 86_400
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def check_millis(value: int) -> int:
    """A Java long. Raises ValueError."""
    if not _SMALLEST <= value <= _LARGEST:
        raise ValueError("long overflow")
    return value
