"""Functions of dates and times, with the patterns of Java's DateTimeFormatter."""

from __future__ import annotations

import calendar
import datetime
import re
import time
import zoneinfo

from clickstream_embedded.ksqldb.functions.registry import scalar

DATES = "DATE / TIME"
_UTC = datetime.UTC
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=_UTC)
_DAY = 86_400_000
_PATTERN = re.compile(r"'((?:[^']|'')*)'|([a-zA-Z])\2*|.", re.DOTALL)

_DIRECTIVES = {
    "yyyy": "%Y", "uuuu": "%Y", "y": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B",
    "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S",
    "s": "%-S", "a": "%p", "EEE": "%a", "EEEE": "%A", "DDD": "%j", "D": "%-j",
}  # fmt: skip


# abbreviations that Java's formatter knows and the time zone database does not
_SHORT_ZONES = {
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "MST": "America/Denver", "MDT": "America/Denver",
    "CST": "America/Chicago", "CDT": "America/Chicago", "EST": "America/New_York", "EDT": "America/New_York",
    "BST": "Europe/London", "CET": "Europe/Paris", "CEST": "Europe/Paris", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata",
}  # fmt: skip


def _zone(name: str | None) -> datetime.tzinfo:
    if not name or name in ("Z", "z", "UTC", "GMT"):
        return _UTC
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?", name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return datetime.timezone(datetime.timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    return zoneinfo.ZoneInfo(_SHORT_ZONES.get(name, name))


def format_moment(millis: int, pattern: str, zone: str | None = None) -> str:
    """Milliseconds since the epoch by a Java pattern. Raises ValueError for letters it does not know."""
    moment = (_EPOCH + datetime.timedelta(milliseconds=millis)).astimezone(_zone(zone))
    parts: list[str] = []
    for match in _PATTERN.finditer(pattern):
        text = match.group()
        if match.group(1) is not None:
            parts.append(match.group(1).replace("''", "'") or "'")
        elif not text[0].isalpha():
            parts.append(text)
        elif text[0] == "S":
            parts.append(f"{moment.microsecond:06d}000"[: len(text)])
        elif text[0] in "XxZ":
            shown = moment.strftime("%z")
            if text[0] == "X" and moment.utcoffset() == datetime.timedelta(0):
                shown = "Z"
            elif text in ("XXX", "xxx"):
                shown = shown[:3] + ":" + shown[3:]
            elif text in ("X", "x"):
                shown = shown[:3]
            parts.append(shown)
        elif text[0] in "zV":
            parts.append(moment.strftime("%Z") if text[0] == "z" else zone or "UTC")
        elif text in _DIRECTIVES:
            parts.append(moment.strftime(_DIRECTIVES[text]))
        else:
            raise ValueError(f"Unknown pattern letter: {text[0]}")
    return "".join(parts)


_READERS = {
    "yyyy": r"(?P<Y>\d{4})", "uuuu": r"(?P<Y>\d{4})", "y": r"(?P<Y>\d{1,4})", "yy": r"(?P<y>\d\d)",
    "MM": r"(?P<m>\d\d)", "M": r"(?P<m>\d\d?)", "MMM": r"(?P<b>[A-Za-z]{3})", "MMMM": r"(?P<B>[A-Za-z]+)",
    "dd": r"(?P<d>\d\d)", "d": r"(?P<d>\d\d?)", "HH": r"(?P<H>\d\d)", "H": r"(?P<H>\d\d?)", "hh": r"(?P<I>\d\d)",
    "h": r"(?P<I>\d\d?)", "mm": r"(?P<M>\d\d)", "m": r"(?P<M>\d\d?)", "ss": r"(?P<S>\d\d)", "s": r"(?P<S>\d\d?)",
    "a": r"(?P<p>[AaPp][Mm])", "EEE": r"[A-Za-z]{3}", "EEEE": r"[A-Za-z]+",
}  # fmt: skip


def parse_moment(text: str, pattern: str, zone: str | None = None, *, whole: bool = True) -> int:
    """Milliseconds since the epoch of `text` by a Java pattern; unless `whole`, more may follow.

    Raises ValueError where it does not fit.
    """
    parts: list[str] = []
    for match in _PATTERN.finditer(pattern):
        piece = match.group()
        if match.group(1) is not None:
            parts.append(re.escape(match.group(1).replace("''", "'") or "'"))
        elif not piece[0].isalpha():
            parts.append(re.escape(piece))
        elif piece[0] == "S":
            parts.append(rf"(?P<f>\d{{{len(piece)}}})")
        elif piece[0] in "XxZ":
            parts.append(r"(?P<z>[Zz]|[+-]\d\d(?::?\d\d)?)")
        elif piece[0] in "zV":
            parts.append(r"(?P<z>[A-Za-z_/+\-\d:]+)")
        elif piece in _READERS:
            parts.append(_READERS[piece])
        else:
            raise ValueError(f"Unknown pattern letter: {piece[0]}")
    found = (re.fullmatch if whole else re.match)("".join(parts), text)
    if found is None:
        raise ValueError(f"Text '{text}' could not be parsed with the format '{pattern}'")
    g = {name: value for name, value in found.groupdict().items() if value is not None}
    year = int(g["Y"]) if "Y" in g else 2000 + int(g["y"]) if "y" in g else 1970
    month = int(g.get("m", 1))
    if "b" in g:
        month = datetime.datetime.strptime(g["b"].title(), "%b").month
    if "B" in g:
        month = datetime.datetime.strptime(g["B"].title(), "%B").month
    hour = int(g.get("H", 0))
    if "I" in g:
        hour = int(g["I"]) % 12 + (12 if g.get("p", "").lower() == "pm" else 0)
    tz = _zone(g["z"]) if "z" in g else _zone(zone)
    moment = datetime.datetime(year, month, int(g.get("d", 1)), hour, int(g.get("M", 0)), int(g.get("S", 0)), tzinfo=tz)
    return round((moment - _EPOCH).total_seconds()) * 1000 + int(g.get("f", "0").ljust(3, "0")[:3])


@scalar("TIMESTAMPTOSTRING(BIGINT, STRING) -> STRING", "TIMESTAMPTOSTRING(BIGINT, STRING, STRING) -> STRING",
        "FORMAT_TIMESTAMP(TIMESTAMP, STRING) -> STRING", "FORMAT_TIMESTAMP(TIMESTAMP, STRING, STRING) -> STRING",
        category=DATES)  # fmt: skip
def timestamp_to_string(millis: int, pattern: str, zone: str | None = None) -> str:
    """A time as text, by a Java pattern."""
    return format_moment(millis, pattern, zone)


@scalar("STRINGTOTIMESTAMP(STRING, STRING) -> BIGINT", "STRINGTOTIMESTAMP(STRING, STRING, STRING) -> BIGINT",
        "PARSE_TIMESTAMP(STRING, STRING) -> TIMESTAMP", "PARSE_TIMESTAMP(STRING, STRING, STRING) -> TIMESTAMP",
        category=DATES)  # fmt: skip
def string_to_timestamp(text: str, pattern: str, zone: str | None = None) -> int:
    """A text as a time, by a Java pattern."""
    return parse_moment(text, pattern, zone)


@scalar("FORMAT_DATE(DATE, STRING) -> STRING", "DATETOSTRING(INTEGER, STRING) -> STRING", category=DATES)
def format_date(days: int, pattern: str) -> str:
    """A date as text, by a Java pattern."""
    return format_moment(days * _DAY, pattern)


@scalar("PARSE_DATE(STRING, STRING) -> DATE", "STRINGTODATE(STRING, STRING) -> INTEGER", category=DATES)
def parse_date(text: str, pattern: str) -> int:
    """A text as a date, by a Java pattern."""
    return parse_moment(text, pattern, whole=False) // _DAY


@scalar("FORMAT_TIME(TIME, STRING) -> STRING", category=DATES)
def format_time(millis: int, pattern: str) -> str:
    """A time of day as text, by a Java pattern."""
    return format_moment(millis, pattern)


@scalar("PARSE_TIME(STRING, STRING) -> TIME", category=DATES)
def parse_time(text: str, pattern: str) -> int:
    """A text as a time of day, by a Java pattern."""
    return parse_moment(text, pattern) % _DAY


@scalar("FROM_UNIXTIME(BIGINT) -> TIMESTAMP", category=DATES)
def from_unixtime(millis: int) -> int:
    """Milliseconds as a TIMESTAMP."""
    return millis


@scalar("FROM_DAYS(INTEGER) -> DATE", category=DATES)
def from_days(days: int) -> int:
    """Days since the epoch as a DATE."""
    return days


@scalar("UNIX_TIMESTAMP() -> BIGINT", category=DATES)
def unix_timestamp() -> int:
    """The time now, in milliseconds."""
    return int(time.time() * 1000)


scalar("UNIX_TIMESTAMP(TIMESTAMP) -> BIGINT", category=DATES)(from_unixtime)
scalar("UNIX_DATE(DATE) -> INTEGER", category=DATES)(from_days)


@scalar("UNIX_DATE() -> INTEGER", category=DATES)
def unix_date() -> int:
    """Days since the epoch."""
    return int(time.time() // 86400)


_UNIT_MILLIS = {
    "MILLISECONDS": 1,
    "SECONDS": 1000,
    "MINUTES": 60_000,
    "HOURS": 3_600_000,
    "DAYS": _DAY,
    "WEEKS": 7 * _DAY,
}


def _shift_months(millis: int, months: int) -> int:
    moment = _EPOCH + datetime.timedelta(milliseconds=millis)
    number = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    shifted = moment.replace(year=year, month=month + 1, day=min(moment.day, last))
    return round((shifted - _EPOCH).total_seconds() * 1000)


def _shift(unit: str, amount: int, millis: int) -> int:
    name = unit.upper()
    name = name if name.endswith("S") else name + "S"
    if name in ("MONTHS", "YEARS"):
        return _shift_months(millis, amount * (12 if name == "YEARS" else 1))
    return millis + amount * _UNIT_MILLIS[name]


@scalar("TIMESTAMPADD(STRING, INTEGER, TIMESTAMP) -> TIMESTAMP", category=DATES)
def timestamp_add(unit: str, amount: int, millis: int) -> int:
    """A time, so much later."""
    return _shift(unit, amount, millis)


@scalar("TIMESTAMPSUB(STRING, INTEGER, TIMESTAMP) -> TIMESTAMP", category=DATES)
def timestamp_sub(unit: str, amount: int, millis: int) -> int:
    """A time, so much earlier."""
    return _shift(unit, -amount, millis)


@scalar("DATEADD(STRING, INTEGER, DATE) -> DATE", category=DATES)
def date_add(unit: str, amount: int, days: int) -> int:
    """A date, so much later."""
    return _shift(unit, amount, days * _DAY) // _DAY


@scalar("DATESUB(STRING, INTEGER, DATE) -> DATE", category=DATES)
def date_sub(unit: str, amount: int, days: int) -> int:
    """A date, so much earlier."""
    return _shift(unit, -amount, days * _DAY) // _DAY


@scalar("TIMEADD(STRING, INTEGER, TIME) -> TIME", category=DATES)
def time_add(unit: str, amount: int, millis: int) -> int:
    """A time of day, so much later."""
    return _shift(unit, amount, millis) % _DAY


@scalar("TIMESUB(STRING, INTEGER, TIME) -> TIME", category=DATES)
def time_sub(unit: str, amount: int, millis: int) -> int:
    """A time of day, so much earlier."""
    return _shift(unit, -amount, millis) % _DAY


@scalar("CONVERT_TZ(TIMESTAMP, STRING, STRING) -> TIMESTAMP", category=DATES)
def convert_tz(millis: int, source: str, target: str) -> int:
    """A time of one zone as the same moment's time in another."""
    local = (_EPOCH + datetime.timedelta(milliseconds=millis)).replace(tzinfo=_zone(source))
    return round((local.astimezone(_zone(target)).replace(tzinfo=_UTC) - _EPOCH).total_seconds() * 1000)
