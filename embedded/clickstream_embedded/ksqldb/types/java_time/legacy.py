"""What ksqlDB still does with the older date classes: commons-lang's FastDateFormat, and SimpleDateFormat."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from clickstream_embedded.ksqldb.types.java_time.calendar import DAY_MILLIS, hybrid_civil, hybrid_days
from clickstream_embedded.ksqldb.types.java_time.names import NAMES
from clickstream_embedded.ksqldb.types.java_time.pattern import FULL, SHORT
from clickstream_embedded.ksqldb.types.java_time.zones import UTC, Zone, named

_NUMBERS = "yYMLdDhHkKmsSuFwW"
_PARTS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


@dataclass(frozen=True, slots=True)
class _Part:
    letter: str  # "" for a literal
    text: str
    width: int  # of a number that another one follows at once; 0: as many digits as there are


@functools.lru_cache(1000)
def _parts(pattern: str) -> tuple[_Part, ...]:
    found: list[_Part] = []
    at = 0
    while at < len(pattern):
        match = _PARTS.match(pattern, at)
        if match is None:
            raise ValueError("Unterminated quote")
        at = match.end()
        if match[1] is not None:
            found.append(_Part("", match[1].replace("''", "'") or "'", 0))
        elif match[2]:
            letter, text = match[2], match[0]
            if letter not in _NUMBERS + "EGaXzZ":
                raise ValueError(f"Format '{letter}' not supported")
            found.append(_Part(letter, text, len(text) if _is_number(letter, text) else 0))
        else:
            found.append(_Part("", match[0], 0))
    return tuple(
        part if index + 1 < len(found) and found[index + 1].width and part.width else _Part(part.letter, part.text, 0)
        for index, part in enumerate(found)
    )


def _is_number(letter: str, text: str) -> bool:
    return letter in _NUMBERS and not (letter in "ML" and len(text) > 2)


class _Calendar:
    """A lenient calendar: what is beyond a field's range goes on into the next one."""

    def __init__(self) -> None:
        self.year, self.month, self.day, self.of_year = 1970, 1, 1, 0
        self.hour, self.half = 0, 0
        self.half_hour: int | None = None
        self.minute = self.second = self.milli = 0
        self.zone: Zone = UTC

    def millis(self) -> int:
        days = hybrid_days(self.year, self.month, self.day)
        if self.of_year:
            days = hybrid_days(self.year, 1, 1) + self.of_year - 1
        hour = self.hour if self.half_hour is None else self.half_hour + 12 * self.half
        local = days * DAY_MILLIS + ((hour * 60 + self.minute) * 60 + self.second) * 1000 + self.milli
        return self.zone.millis(local)


def _set_number(calendar: _Calendar, letter: str, width: int, value: int) -> None:
    match letter:
        case "y" | "Y":
            calendar.year = value + (2000 if value < 46 else 1900) if width <= 2 and value < 100 else value
        case "M" | "L":
            calendar.month = value
        case "d":
            calendar.day, calendar.of_year = value, 0
        case "D":
            calendar.of_year = value
        case "H":
            calendar.hour, calendar.half_hour = value, None
        case "k":
            calendar.hour, calendar.half_hour = 0 if value == 24 else value, None
        case "h":
            calendar.half_hour = 0 if value == 12 else value
        case "K":
            calendar.half_hour = value
        case "m":
            calendar.minute = value
        case "s":
            calendar.second = value
        case "S":
            calendar.milli = value
        case _:
            pass  # weeks and days of weeks do not move a date that has its day of the month


def _names(letter: str) -> dict[str, int]:
    field = {"M": "MONTH_OF_YEAR", "L": "MONTH_OF_YEAR", "E": "DAY_OF_WEEK", "a": "AMPM_OF_DAY", "G": "ERA"}[letter]
    return {text.lower(): value for style in (SHORT, FULL) for value, text in NAMES[field].get(style, {}).items()}


_ZONES = {
    "X": re.compile(r"Z|[+-]\d\d(?::?\d\d)?"),
    "Z": re.compile(r"Z|[+-]\d\d:?\d\d"),
    "z": re.compile(r"(?:GMT)?[+-]\d\d?:?\d\d|GMT|[A-Za-z_/]+"),
}


def _read(calendar: _Calendar, part: _Part, text: str, at: int) -> int:
    """Where `part` ends. Raises ValueError."""
    if not part.letter:
        if text[at : at + len(part.text)] != part.text:
            raise ValueError(f"Unparseable date: {text}")
        return at + len(part.text)
    if _is_number(part.letter, part.text):
        while not part.width and at < len(text) and text[at].isspace():
            at += 1
        limit = at + part.width if part.width else len(text)
        end = at
        while end < min(limit, len(text)) and text[end].isdigit():
            end += 1
        if end == at:
            raise ValueError(f"Unparseable date: {text}")
        _set_number(calendar, part.letter, len(part.text), int(text[at:end]))
        return end
    if part.letter in _ZONES:
        found = _ZONES[part.letter].match(text, at)
        if found is None:
            raise ValueError(f"Unparseable date: {text}")
        calendar.zone = named(found[0])
        return found.end()
    names = _names(part.letter)
    for name in sorted(names, key=len, reverse=True):
        if text[at : at + len(name)].lower() == name:
            setters: dict[str, Callable[[int], None]] = {
                "M": lambda value: setattr(calendar, "month", value), "a": lambda value: setattr(calendar, "half", value),
            }  # fmt: skip
            setters["L"] = setters["M"]
            setters.get(part.letter, lambda _: None)(names[name])
            return at + len(name)
    raise ValueError(f"Unparseable date: {text}")


def parse_fast(text: str, pattern: str) -> int:
    """Milliseconds since the epoch, as `FastDateFormat.parse` reads a text; more may follow. Raises ValueError."""
    calendar = _Calendar()
    at = 0
    for part in _parts(pattern):
        at = _read(calendar, part, text, at)
    return calendar.millis()


def shown_timestamp(millis: int) -> str:
    """As the REST API writes a TIMESTAMP: `SimpleDateFormat` with yyyy-MM-dd'T'HH:mm:ss.SSS, in UTC."""
    days, rest = divmod(millis, DAY_MILLIS)
    year, month, day = hybrid_civil(days)
    year = year if year > 0 else 1 - year
    seconds, milli = divmod(rest, 1000)
    return f"{year:04d}-{month:02d}-{day:02d}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milli:03d}"
