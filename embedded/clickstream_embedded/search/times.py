"""Dates: their formats, date maths and rounding, by Elasticsearch's documented rules ("Date math", "format")."""

from __future__ import annotations

import calendar
import datetime
import functools
import re
import zoneinfo
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search import durations

UTC = datetime.UTC
DEFAULT_FORMAT = "strict_date_optional_time||epoch_millis"
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_CALENDAR = {
    "second": "second", "1s": "second", "minute": "minute", "1m": "minute", "hour": "hour", "1h": "hour", "day": "day",
    "1d": "day", "week": "week", "1w": "week", "month": "month", "1M": "month", "quarter": "quarter", "1q": "quarter",
    "year": "year", "1y": "year",
}  # fmt: skip
_ROUNDING = {"s": "second", "m": "minute", "h": "hour", "H": "hour", "d": "day", "w": "week", "M": "month", "y": "year"}
_NAMED = {
    "basic_date": "yyyyMMdd", "basic_date_time": "yyyyMMdd'T'HHmmss.SSSXX", "date": "yyyy-MM-dd",
    "basic_date_time_no_millis": "yyyyMMdd'T'HHmmssXX", "date_hour": "yyyy-MM-dd'T'HH",
    "date_hour_minute": "yyyy-MM-dd'T'HH:mm", "date_hour_minute_second": "yyyy-MM-dd'T'HH:mm:ss",
    "date_hour_minute_second_millis": "yyyy-MM-dd'T'HH:mm:ss.SSS", "date_time": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "date_time_no_millis": "yyyy-MM-dd'T'HH:mm:ssXXX", "hour": "HH", "hour_minute": "HH:mm",
    "hour_minute_second": "HH:mm:ss", "year": "yyyy", "year_month": "yyyy-MM", "year_month_day": "yyyy-MM-dd",
}  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ISO = re.compile(
    r"(?P<y>-?\d{4,9})(?:-(?P<M>\d{1,2})(?:-(?P<d>\d{1,2})(?:T(?:(?P<H>\d{1,2})(?::(?P<m>\d{1,2})"
    r"(?::(?P<s>\d{1,2})(?:[.,](?P<S>\d{1,9}))?)?)?)?(?P<z>Z|[+-]\d\d(?::?\d\d)?)?)?)?)?"
)
_MATHS = re.compile(r"([+\-/])(\d*)([yMwdhHms])")
_ENDS = {"H": 23, "m": 59, "s": 59, "S": 999}


class DateError(ValueError):
    """A text that is no date of the format, or a format that is none; `cause` is what Java said of it."""

    def __init__(self, reason: str, cause: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Interval:
    """The width of a histogram's buckets: of `millis`, or of a `unit` of the calendar."""

    millis: int = 0
    unit: str = ""


def zone(name: str | None) -> datetime.tzinfo:
    """The zone of `Europe/Paris`, `+01:00`, `Z`. Raises DateError."""
    if not name or name in ("Z", "UTC"):
        return UTC
    found = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?", name)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return datetime.timezone(datetime.timedelta(minutes=-minutes if found[1] == "-" else minutes))
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise DateError(f"Unknown time-zone ID: {name}") from None


def to_millis(moment: datetime.datetime) -> int:
    return (moment - _EPOCH) // datetime.timedelta(milliseconds=1)


def to_moment(millis: int, where: datetime.tzinfo = UTC) -> datetime.datetime:
    """Raises DateError for what no calendar of ours has (before year 1, after 9999)."""
    try:
        return (_EPOCH + datetime.timedelta(milliseconds=millis)).astimezone(where)
    except (OverflowError, ValueError):
        raise DateError(f"the date {millis} is out of range") from None


def _build(parts: dict[str, str | None], where: datetime.tzinfo, up: bool) -> int:
    """Milliseconds of the parts y M d H m s S z; what is missing is the first, or with `up` the last of the day."""

    def part(name: str, first: int) -> int:
        given = parts.get(name)
        return int(given) if given else _ENDS.get(name, first) if up else first

    year = int(parts.get("y") or 1970)
    month = part("M", 1)
    given = parts.get("d")
    try:
        day = int(given) if given else 1  # month and day are the first also with `up`, as the server has it
        fraction = parts.get("S")
        micros = int(fraction.ljust(6, "0")[:6]) if fraction else (999_000 if up else 0)
        offset = parts.get("z")
        moment = datetime.datetime(year, month, day, part("H", 0), part("m", 0), part("s", 0), micros,
                                   zone(offset) if offset else where)  # fmt: skip
    except (ValueError, calendar.IllegalMonthError) as error:
        raise DateError(str(error)) from None
    return to_millis(moment)


_JAVA_LETTERS = "GLdQqwWEcFaKkhAnNVOp"  # others that a pattern may have


@functools.lru_cache(256)
def _pattern(text: str) -> re.Pattern[str]:
    """A Java pattern as a regular expression with the groups y M d H m s S z. Raises DateError."""
    shapes = {"y": ("y", r"\d{4}"), "u": ("y", r"\d{4}"), "M": ("M", r"\d{1,2}"), "d": ("d", r"\d{1,2}"),
              "H": ("H", r"\d{1,2}"), "m": ("m", r"\d{1,2}"), "s": ("s", r"\d{1,2}"), "S": ("S", r"\d{1,9}"),
              "X": ("z", r"Z|[+-]\d\d(?::?\d\d)?"), "x": ("z", r"[+-]\d\d(?::?\d\d)?"),
              "Z": ("z", r"Z|[+-]\d\d:?\d\d")}  # fmt: skip
    parts: list[str] = []
    position = 0
    while position < len(text):
        letter = text[position]
        if letter == "'":
            end = text.find("'", position + 1)
            end = len(text) if end < 0 else end
            parts.append(re.escape(text[position + 1 : end] or "'"))
            position = end + 1
            continue
        if letter in "{}#":
            raise DateError(f"Invalid format: [{text}]: Pattern includes reserved character: '{letter}'")
        run = len(text[position:]) - len(text[position:].lstrip(letter))
        if letter in shapes:
            name, shape = shapes[letter]
            if letter == "M" and run >= 3:
                shape = "|".join(_MONTHS)
            elif run == 2 and name in ("M", "d", "H", "m", "s"):
                shape = r"\d\d"
            parts.append(f"(?P<{name}>{shape})")
        elif letter == "E":
            parts.append(f"(?:{'|'.join(_DAYS)})")
        elif letter in "ewYqQ":
            parts.append(r"\d+")
        elif letter in _JAVA_LETTERS:
            parts.append("[^ ]+?")
        elif letter.isalpha():
            raise DateError(f"Invalid format: [{text}]: Unknown pattern letter: {letter}")
        else:
            parts.append(re.escape(letter * run))
        position += run
    try:
        return re.compile("".join(parts))
    except re.error:
        raise DateError(f"Invalid format: [{text}]") from None


def _parse_one(text: str, form: str, where: datetime.tzinfo, up: bool) -> int | None:
    if form in ("epoch_millis", "epoch_second"):
        found = re.fullmatch(r"(-?\d{1,18})(?:\.(\d{1,9}))?", text)
        if not found:
            return None
        return int(found[1]) if form == "epoch_millis" else round(float(text) * 1000)
    strict = form.startswith("strict_")
    bare = form.removeprefix("strict_")
    if bare == "date_optional_time":
        found = _ISO.fullmatch(text)
        if not found or (strict and any(len(found[name] or "00") != 2 for name in "MdHms")):
            return None
    else:
        found = _pattern(_NAMED.get(bare, form)).fullmatch(text)
        if not found:
            return None
    groups = dict(found.groupdict())
    month = groups.get("M")
    if month in _MONTHS:
        groups["M"] = str(_MONTHS.index(month) + 1)
    try:
        return _build(groups, where, up)
    except DateError:
        return None


def pattern_of(form: str) -> str:
    """The letters of a format, also of one that has a name."""
    return _NAMED.get(form.removeprefix("strict_"), form)


def check_format(form: str) -> None:
    """Raises DateError for a format that is none."""
    for one in form.split("||"):
        bare = one.removeprefix("strict_")
        if one not in ("epoch_millis", "epoch_second") and bare != "date_optional_time":
            _pattern(_NAMED.get(bare, one))


def parse(text: str, form: str = DEFAULT_FORMAT, *, where: datetime.tzinfo = UTC, up: bool = False) -> int:
    """Milliseconds since the epoch of a text in one of the formats. Raises DateError.

    Args:
        text: the date.
        form: formats, joined by `||`.
        where: the zone of a text that names none.
        up: parts that are missing are the last of their kind, as an upper bound wants them.
    """
    for one in form.split("||"):
        found = _parse_one(text, one, where, up)
        if found is not None:
            return found
    raise DateError(f"failed to parse date field [{text}] with format [{form}]")


def moment(value: str | float, form: str, now: int, *, where: datetime.tzinfo = UTC, up: bool = False) -> int:
    """Milliseconds of a date with maths: `now-1d/d`, `2020-01-01||+1M/d`, or plain. Raises DateError."""
    text = str(value)
    if text.startswith("now"):
        return _maths(now, text[3:], where, up)
    anchor, bar, rest = text.partition("||")
    return _maths(parse(anchor, form, where=where), rest, where, up) if bar else parse(text, form, where=where, up=up)


def _maths(millis: int, text: str, where: datetime.tzinfo, up: bool) -> int:
    position = 0
    while position < len(text):
        found = _MATHS.match(text, position)
        if not found or (found[1] == "/" and found[2] not in ("", "1")):
            raise _no_maths(text, position)
        position = found.end()
        if found[1] == "/":
            unit = _ROUNDING[found[3]]
            millis = floor(millis, unit, where)
            if up:
                millis = following(millis, unit, where) - 1
        else:
            amount = int(found[2] or 1) * (1 if found[1] == "+" else -1)
            millis = _add(millis, amount, found[3], where)
    return millis


def _no_maths(text: str, position: int) -> DateError:
    rest = text[position:]
    unit = re.match(r"[+\-]\d*(\D)|/(.)", rest)
    if unit:
        return DateError(f"unit [{unit[1] or unit[2]}] not supported for date math [{rest}]")
    if rest[:1] in ("+", "-", "/"):
        return DateError(f"truncated date math [{text}]")
    return DateError(f"operator not supported for date math [{rest}]")


def _add(millis: int, amount: int, unit: str, where: datetime.tzinfo) -> int:
    if unit in "yM":
        at = to_moment(millis, where)
        months = at.year * 12 + at.month - 1 + amount * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        if not 1 <= year <= 9999:
            raise DateError("the date is out of range")
        day = min(at.day, calendar.monthrange(year, month + 1)[1])
        return to_millis(at.replace(year=year, month=month + 1, day=day))
    return millis + amount * {"w": 7 * _FIXED["d"], "H": _FIXED["h"]}.get(unit, _FIXED.get(unit, 0))


@functools.lru_cache(1024)  # windows start at few moments; of moments that are all different each would take 250 bytes
def floor(millis: int, unit: str, where: datetime.tzinfo = UTC) -> int:
    """The start of the unit of the calendar that the moment is in. Raises DateError."""
    at = to_moment(millis, where)
    if unit in ("second", "minute", "hour"):  # offsets of zones are whole minutes; an hour starts at its own minute 0
        shift = round((at.utcoffset() or datetime.timedelta()).total_seconds() * 1000)
        width = {"second": 1000, "minute": 60_000, "hour": 3_600_000}[unit]
        return (millis + shift) // width * width - shift
    day = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match unit:
        case "week":
            day -= datetime.timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case "quarter":
            day = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            day = day.replace(month=1, day=1)
        case _:
            pass
    return to_millis(day)


def following(start: int, unit: str, where: datetime.tzinfo = UTC) -> int:
    """The start of the next unit of the calendar."""
    if unit in ("second", "minute", "hour"):
        return start + {"second": 1000, "minute": 60_000, "hour": 3_600_000}[unit]
    days = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[unit]
    # to the middle of the following unit and back to its start: months and changes of the clock cannot miss it
    return floor(start + (days * 24 + 12) * 3_600_000, unit, where)


def interval(text: str, *, calendars: bool, fixed: bool) -> Interval:
    """The width that `1d`, `month`, `90s` name. Raises DateError with the server's words."""
    if calendars and text in _CALENDAR:
        return Interval(unit=_CALENDAR[text])
    if not fixed:
        raise DateError(f"The supplied interval [{text}] could not be parsed as a calendar interval.")
    wrong = durations.fault(text, "date_histogram.fixedInterval")
    found = re.fullmatch(r"(\d+)(ms|[smhd])", text)
    if wrong or not found:
        raise DateError(*(wrong or (f"failed to parse [{text}]", None)))
    if int(found[1]) == 0:
        raise DateError("Zero or negative time interval not supported")
    return Interval(millis=int(found[1]) * _FIXED[found[2]])


def span(text: str) -> int | None:
    """Milliseconds of a time value such as `90s`, `-6h`; None for what is none."""
    return None if durations.fault(text, "") or text.strip()[-1:].isdigit() else int(durations.millis(text, ""))


def written_span(millis: int) -> str:
    """A time value in the largest unit that it is one of at least, with one decimal where it is no whole number."""
    unit, width = next(((unit, width) for unit, width in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)) if millis >= width),
                       ("ms", 1))  # fmt: skip
    return f"{millis / width:.1f}".removesuffix(".0") + unit


def shown(millis: int, form: str | None = None, where: datetime.tzinfo = UTC) -> str:
    """The moment as text, in the first of the formats. Raises DateError."""
    first = (form or DEFAULT_FORMAT).split("||")[0]
    if first == "epoch_millis":
        return str(millis)
    if first == "epoch_second":
        seconds, rest = divmod(millis, 1000)
        return f"{seconds}.{rest:03d}".rstrip("0").rstrip(".") if rest else str(seconds)
    bare = first.removeprefix("strict_")
    if bare == "date_optional_time":
        first = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"
    return _write(to_moment(millis, where), _NAMED.get(bare, first), iso=bare in _NAMED)


def _write(at: datetime.datetime, pattern: str, *, iso: bool = True) -> str:
    out: list[str] = []
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "'":
            end = pattern.find("'", position + 1)
            end = len(pattern) if end < 0 else end
            out.append(pattern[position + 1 : end] or "'")
            position = end + 1
            continue
        run = len(pattern[position:]) - len(pattern[position:].lstrip(letter))
        if letter in "ewYqQ" and not iso:
            out.append(_of_week(at, letter).zfill(run))
        else:
            out.append(_written(at, letter, run))
        position += run
    return "".join(out)


def _of_week(at: datetime.datetime, letter: str) -> str:
    """The day of the week, the week, its year or the quarter where a week begins on Sunday and the first has January 1st."""
    if letter in "qQ":
        return str((at.month + 2) // 3)
    if letter == "e":
        return str(at.isoweekday() % 7 + 1)
    day = at.date()
    saturday = day + datetime.timedelta(days=6 - at.isoweekday() % 7)
    if letter == "Y":
        return str(saturday.year)
    return str((saturday - datetime.date(saturday.year, 1, 1)).days // 7 + 1)


def _written(at: datetime.datetime, letter: str, run: int) -> str:
    offset = round((at.utcoffset() or datetime.timedelta()).total_seconds() / 60)
    numbers = {"M": at.month, "d": at.day, "H": at.hour, "m": at.minute, "s": at.second, "D": at.timetuple().tm_yday,
               "h": (at.hour - 1) % 12 + 1, "e": at.isoweekday(), "w": at.isocalendar()[1]}  # fmt: skip
    if letter == "M" and run >= 3:
        return _MONTHS[at.month - 1] if run == 3 else calendar.month_name[at.month]
    if letter in numbers:
        return str(numbers[letter]).zfill(run)
    if letter in "yu":
        return f"{at.year % 100:02d}" if run == 2 else str(at.year).zfill(run)
    if letter == "Y":
        return str(at.isocalendar()[0]).zfill(run)
    if letter == "S":
        return f"{at.microsecond:06d}".ljust(run, "0")[:run]
    if letter == "E":
        return _DAYS[at.weekday()] if run <= 3 else calendar.day_name[at.weekday()]
    if letter == "a":
        return "AM" if at.hour < 12 else "PM"
    if letter in "XxZ":
        if letter == "X" and not offset:
            return "Z"
        hours, minutes = divmod(abs(offset), 60)
        colon = ":" if run == 3 else ""
        rest = f"{colon}{minutes:02d}" if run > 1 or letter == "Z" or minutes else ""
        return f"{'-' if offset < 0 else '+'}{hours:02d}{rest}"
    if letter.isalpha():
        raise DateError(f"Invalid format: [{letter * run}]: Unknown pattern letter: {letter}")
    return letter * run
