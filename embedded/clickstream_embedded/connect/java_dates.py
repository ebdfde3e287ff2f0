"""Dates by the patterns of Java's `SimpleDateFormat`, in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LETTERS = "GyYMLwWDdFEuaHkKhmsSzZX"


class BadDatePattern(ValueError):
    """The text is no pattern of dates."""


@lru_cache(maxsize=64)
def parts(pattern: str) -> tuple[tuple[str, int], ...]:
    """The pattern as (letter, count) and, for literal text, (text, 0). Raises BadDatePattern."""
    found: list[tuple[str, int]] = []
    for token in re.finditer(r"''|'((?:[^']|'')*)('?)|([A-Za-z])\3*|[^A-Za-z']+", pattern):
        text = token[0]
        if text == "''":
            found.append(("'", 0))
        elif text.startswith("'"):
            if not token[2]:
                raise BadDatePattern("Unterminated quote")
            found.append((token[1].replace("''", "'"), 0))
        elif text[0].isalpha() and text[0].isascii():
            if text[0] not in _LETTERS:
                raise BadDatePattern(f"Illegal pattern character '{text[0]}'")
            found.append((text[0], len(text)))
        else:
            found.append((text, 0))
    return tuple(found)


def _week(moment: datetime) -> tuple[int, int]:
    """Year and number of a week that begins on Sunday; the week of the first of January is the first."""
    saturday = moment + timedelta(days=6 - moment.isoweekday() % 7)
    if saturday.year > moment.year:
        return saturday.year, 1
    first = moment.replace(month=1, day=1).isoweekday() % 7
    return moment.year, (moment.timetuple().tm_yday - 1 + first) // 7 + 1


_SHOWN: dict[str, Callable[[datetime], int]] = {
    "D": lambda t: t.timetuple().tm_yday, "d": lambda t: t.day, "F": lambda t: (t.day - 1) // 7 + 1,
    "u": lambda t: t.isoweekday(), "H": lambda t: t.hour, "k": lambda t: t.hour or 24, "K": lambda t: t.hour % 12,
    "h": lambda t: t.hour % 12 or 12, "m": lambda t: t.minute, "s": lambda t: t.second,
    "S": lambda t: t.microsecond // 1000, "w": lambda t: _week(t)[1],
    "W": lambda t: (t.day + t.replace(day=1).isoweekday() % 7 - 1) // 7 + 1,
}  # fmt: skip


def formatted(ms: int, pattern: str) -> str:
    """A moment as text.

    Args:
        ms: milliseconds since the epoch.
        pattern: as of SimpleDateFormat.
    """
    moment = _EPOCH + timedelta(milliseconds=ms)
    return "".join(letter if count == 0 else _shown(moment, letter, count) for letter, count in parts(pattern))


def _shown(moment: datetime, letter: str, count: int) -> str:
    match letter:
        case "y" | "Y":
            year = moment.year if letter == "y" else _week(moment)[0]
            return f"{year % 100:02d}" if count == 2 else f"{year:0{count}d}"
        case "M" | "L":
            name = _MONTHS[moment.month - 1]
            return name if count > 3 else name[:3] if count == 3 else f"{moment.month:0{count}d}"
        case "E":
            name = _DAYS[moment.weekday()]
            return name if count > 3 else name[:3]
        case "a":
            return "AM" if moment.hour < 12 else "PM"
        case "G":
            return "AD"
        case "z":
            return "UTC" if count < 4 else "Coordinated Universal Time"
        case "Z":
            return "+0000"
        case "X":
            return "Z"
        case _:
            return f"{_SHOWN[letter](moment):0{count}d}"


@lru_cache(maxsize=64)
def _reader(pattern: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    listed = parts(pattern)
    text, letters = "", []
    for place, (letter, count) in enumerate(listed):
        if count == 0:
            text += re.escape(letter)
            continue
        letters.append(letter)
        following = listed[place + 1][1] if place + 1 < len(listed) else 0
        if letter in "ML" and count >= 3:
            text += "(" + "|".join([*_MONTHS, *(name[:3] for name in _MONTHS)]) + ")"
        elif letter == "E":
            text += "(" + "|".join([*_DAYS, *(name[:3] for name in _DAYS)]) + ")"
        elif letter == "a":
            text += "(AM|PM)"
        elif letter == "G":
            text += "(AD|BC)"
        elif letter in "zZX":
            text += r"(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)"
        else:
            text += rf"\s*(-?\d{{{count}}})" if following else r"\s*(-?\d+)"
    return re.compile(text, re.IGNORECASE), tuple(letters)


def parsed(text: str, pattern: str) -> int:
    """Milliseconds since the epoch of a text; what follows the pattern's end is passed over, as Java does.

    Raises:
        ValueError: the text does not fit the pattern.
    """
    reader, letters = _reader(pattern)
    found = reader.match(text)
    if found is None:
        raise ValueError(text)
    fields = dict(zip(letters, found.groups(), strict=True))

    def number(name: str, default: int) -> int:
        return int(fields[name]) if name in fields else default

    year = number("y", number("Y", 1970))
    if len(fields.get("y", "0000")) <= 2 and ("y", 2) in parts(pattern):
        year += 2000 if year < 46 else 1900
    month = fields.get("M", fields.get("L", "1"))
    months = int(month) if month.lstrip("-").isdigit() else _month(month)
    hour = number("H", number("k", 0) % 24)
    if "h" in fields or "K" in fields:
        hour = number("h", number("K", 0)) % 12 + (12 if fields.get("a", "").upper() == "PM" else 0)
    # lenient, as Java is: a 13th month or a 32nd day goes on into the next
    whole = datetime(year + (months - 1) // 12, (months - 1) % 12 + 1, 1, tzinfo=UTC)
    days = number("D", 0) - 1 if "D" in fields else number("d", 1) - 1
    moment = whole + timedelta(
        days=days, hours=hour, minutes=number("m", 0), seconds=number("s", 0), milliseconds=number("S", 0)
    )
    zone = next((fields[letter] for letter in "zZX" if letter in fields), "Z")
    return round((moment - _EPOCH).total_seconds() * 1000) - _zone(zone)


def _month(name: str) -> int:
    return next(number for number, each in enumerate(_MONTHS, 1) if each.lower().startswith(name.lower()[:3]))


def _zone(text: str) -> int:
    if text[0] not in "+-":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (1 if text[0] == "+" else -1) * (int(digits[:2]) * 60 + int(digits[2:4])) * 60_000
