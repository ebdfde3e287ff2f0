"""Functions of dates and times, with the patterns of Java's DateTimeFormatter."""

from __future__ import annotations

import time
from collections.abc import Callable

from clickstream_embedded.ksqldb.functions.registry import DATES, scalar
from clickstream_embedded.ksqldb.types.java_time import legacy, sql
from clickstream_embedded.ksqldb.types.java_time.calendar import DAY_MILLIS
from clickstream_embedded.ksqldb.types.java_time.zones import GMT, UTC, zone


@scalar("TIMESTAMPTOSTRING(BIGINT, STRING) -> STRING", "TIMESTAMPTOSTRING(BIGINT, STRING, STRING) -> STRING",
        category=DATES)  # fmt: skip
def timestamp_to_string(millis: int, pattern: str, where: str | None = None) -> str:
    """Milliseconds as text, by a Java pattern."""
    return sql.format_moment(millis, pattern, UTC if where is None else zone(where))


@scalar("FORMAT_TIMESTAMP(TIMESTAMP, STRING) -> STRING", "FORMAT_TIMESTAMP(TIMESTAMP, STRING, STRING) -> STRING",
        category=DATES)  # fmt: skip
def format_timestamp(millis: int, pattern: str, where: str | None = None) -> str:
    """A time as text, by a Java pattern."""
    return sql.format_moment(millis, pattern, GMT if where is None else zone(where))


@scalar("STRINGTOTIMESTAMP(STRING, STRING) -> BIGINT", "STRINGTOTIMESTAMP(STRING, STRING, STRING) -> BIGINT",
        "PARSE_TIMESTAMP(STRING, STRING) -> TIMESTAMP", "PARSE_TIMESTAMP(STRING, STRING, STRING) -> TIMESTAMP",
        category=DATES)  # fmt: skip
def string_to_timestamp(text: str, pattern: str, where: str | None = None) -> int:
    """A text as a time, by a Java pattern."""
    return sql.check_millis(sql.parse_moment(text, pattern, UTC if where is None else zone(where)))


@scalar("FORMAT_DATE(DATE, STRING) -> STRING", "DATETOSTRING(INTEGER, STRING) -> STRING", category=DATES)
def format_date(days: int, pattern: str) -> str:
    """A date as text, by a Java pattern."""
    return sql.format_day(days, pattern)


@scalar("PARSE_DATE(STRING, STRING) -> DATE", category=DATES)
def parse_date(text: str, pattern: str) -> int:
    """A text as a date, by a pattern of SimpleDateFormat: lenient, and more may follow."""
    days, rest = divmod(legacy.parse_fast(text, pattern), DAY_MILLIS)
    if rest:
        raise ValueError("Date format contains time field.")
    return days


@scalar("STRINGTODATE(STRING, STRING) -> INTEGER", category=DATES)
def string_to_date(text: str, pattern: str) -> int:
    """A text as days since 1970-01-01, by a Java pattern."""
    return sql.parse_day(text, pattern)


@scalar("FORMAT_TIME(TIME, STRING) -> STRING", category=DATES)
def format_time(millis: int, pattern: str) -> str:
    """A time of day as text, by a Java pattern."""
    return sql.format_of_day(millis, pattern)


@scalar("PARSE_TIME(STRING, STRING) -> TIME", category=DATES)
def parse_time(text: str, pattern: str) -> int:
    """A text as a time of day, by a Java pattern."""
    return sql.parse_of_day(text, pattern)


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


_UNIT_MILLIS = {"MILLISECOND": 1, "SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": DAY_MILLIS}


def _millis(unit: str, amount: int) -> int:
    return amount * _UNIT_MILLIS[unit.removesuffix("S")]


def _wrapped(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _later_date(days: int, millis: int) -> int:
    total = days * DAY_MILLIS + millis
    return total // DAY_MILLIS if total >= 0 else -(-total // DAY_MILLIS)  # towards 1970, as TimeUnit.toDays


def _shifts(name: str, kind: str, shift: Callable[[int, int], int], what: str) -> None:
    """NAMEADD and NAMESUB for a type: `shift` gets a value and milliseconds."""
    for suffix, sign, word in (("ADD", 1, "later"), ("SUB", -1, "earlier")):

        def function(unit: str, amount: int, value: int, sign: int = sign) -> int:
            return shift(value, sign * _millis(unit, amount))

        scalar(f"{name}{suffix}(INTERVALUNIT, INTEGER, {kind}) -> {kind}", category=DATES,
               description=f"{what}, so much {word}.")(function)  # fmt: skip


_shifts("TIMESTAMP", "TIMESTAMP", lambda value, millis: _wrapped(value + millis), "A time")
_shifts("DATE", "DATE", _later_date, "A date")
_shifts("TIME", "TIME", lambda value, millis: (value + millis) % DAY_MILLIS, "A time of day")


@scalar("CONVERT_TZ(TIMESTAMP, STRING, STRING) -> TIMESTAMP", category=DATES)
def convert_tz(millis: int, source: str, target: str) -> int:
    """A time of one zone as the same moment's time in another."""
    return millis + (zone(target).offset(millis) - zone(source).offset(millis)) * 1000
