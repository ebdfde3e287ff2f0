"""Fields to a date and a time, by `ResolverStyle.SMART`."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_embedded.ksqldb.types.java_time import calendar as c
from clickstream_embedded.ksqldb.types.java_time.parsing import Fields
from clickstream_embedded.ksqldb.types.java_time.printing import Temporal
from clickstream_embedded.ksqldb.types.java_time.zones import Zone

_DAY_NANOS = 86_400 * 10**9
_RANGES = {
    "HOUR_OF_DAY": (0, 23), "MINUTE_OF_HOUR": (0, 59), "SECOND_OF_MINUTE": (0, 59), "NANO_OF_SECOND": (0, 999_999_999),
    "HOUR_OF_AMPM": (0, 11), "AMPM_OF_DAY": (0, 1), "CLOCK_HOUR_OF_DAY": (1, 24), "CLOCK_HOUR_OF_AMPM": (1, 12),
    "NANO_OF_DAY": (0, _DAY_NANOS - 1), "MILLI_OF_DAY": (0, c.DAY_MILLIS - 1), "MONTH_OF_YEAR": (1, 12),
    "DAY_OF_MONTH": (1, 31), "DAY_OF_YEAR": (1, 366), "DAY_OF_WEEK": (1, 7), "LOCAL_DAY_OF_WEEK": (1, 7),
    "QUARTER": (1, 4), "YEAR": (-999_999_999, 999_999_999), "YEAR_OF_ERA": (1, 1_000_000_000), "ERA": (0, 1),
    "WEEK_OF_YEAR": (1, 53), "WEEK_OF_MONTH": (0, 6), "ALIGNED_WEEK_OF_MONTH": (1, 7),
}  # fmt: skip
DATE_FIELDS = frozenset((
    "YEAR", "YEAR_OF_ERA", "ERA", "MONTH_OF_YEAR", "DAY_OF_MONTH", "DAY_OF_YEAR", "DAY_OF_WEEK",
    "ALIGNED_WEEK_OF_MONTH", "MODIFIED_JULIAN_DAY",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolved:
    """A date (days) and a time of day (nanoseconds) where the fields give such, what is left of them, and the zone."""

    days: int | None
    nanos: int | None
    left: dict[str, int]
    zone: Zone | None


def _check(name: str, value: int) -> int:
    low, high = _RANGES.get(name, (value, value))
    if not low <= value <= high:
        raise ValueError(f"Invalid value for {name} (valid values {low} - {high}): {value}")
    return value


def _put(values: dict[str, int], name: str, value: int) -> None:
    if values.setdefault(name, value) != value:
        raise ValueError(f"Conflict found: {name} {values[name]} differs from {name} {value}")


def resolve(fields: Fields) -> Resolved:
    """Raises ValueError where fields contradict each other or are out of range."""
    values = dict(fields.values)
    values.pop("OFFSET_SECONDS", None)
    days = _date(values)
    nanos, excess = _time(values)
    if days is not None:
        _cross_check(values, days)
        days += excess
    return Resolved(days, nanos, values, fields.zone)


def _date(values: dict[str, int]) -> int | None:
    if "MODIFIED_JULIAN_DAY" in values:
        return values.pop("MODIFIED_JULIAN_DAY") - 40_587
    _years(values)
    if "YEAR" in values:
        year = _check("YEAR", values["YEAR"])
        if "MONTH_OF_YEAR" in values and "DAY_OF_MONTH" in values:
            month = _check("MONTH_OF_YEAR", values.pop("MONTH_OF_YEAR"))
            day = _check("DAY_OF_MONTH", values.pop("DAY_OF_MONTH"))
            del values["YEAR"]
            return c.days_of(year, month, min(day, c.month_length(year, month)))
        if "MONTH_OF_YEAR" in values and "WEEK_OF_MONTH" in values and (found := _of_week(values)) is not None:
            month, week = _check("MONTH_OF_YEAR", values.pop("MONTH_OF_YEAR")), values.pop("WEEK_OF_MONTH")
            del values["YEAR"]
            first = c.days_of(year, month, 1)
            return first - c.local_day_of_week(first) + found + (week - c.week_of_month(first)) * 7
        if "DAY_OF_YEAR" in values:
            day = _check("DAY_OF_YEAR", values.pop("DAY_OF_YEAR"))
            if day == 366 and not c.is_leap(year):
                raise ValueError(f"Invalid date 'DayOfYear 366' as '{year}' is not a leap year")
            del values["YEAR"]
            return c.days_of(year, 1, 1) + day - 1
    if "WEEK_BASED_YEAR" in values and "WEEK_OF_YEAR" in values and (found := _of_week(values)) is not None:
        week = _check("WEEK_OF_YEAR", values.pop("WEEK_OF_YEAR"))
        return c.days_of_week(values.pop("WEEK_BASED_YEAR"), week, found)
    return None


def _of_week(values: dict[str, int]) -> int | None:
    """The day of the week counted from Sunday, as it was read by number or by name."""
    if "LOCAL_DAY_OF_WEEK" in values:
        return _check("LOCAL_DAY_OF_WEEK", values["LOCAL_DAY_OF_WEEK"])
    if "DAY_OF_WEEK" in values:
        return values["DAY_OF_WEEK"] % 7 + 1
    return None


def _years(values: dict[str, int]) -> None:
    if "YEAR_OF_ERA" in values:
        of_era = _check("YEAR_OF_ERA", values.pop("YEAR_OF_ERA"))
        era = values.pop("ERA", None)
        if era is None:
            year = values.get("YEAR")
            _put(values, "YEAR", of_era if year is None or year > 0 else 1 - of_era)
        else:
            _put(values, "YEAR", of_era if era == 1 else 1 - of_era)
    elif "ERA" in values:
        _check("ERA", values["ERA"])


def _time(values: dict[str, int]) -> tuple[int | None, int]:
    """(nanoseconds of the day, days that 24:00 goes beyond it)."""
    if "CLOCK_HOUR_OF_DAY" in values:
        hour = values.pop("CLOCK_HOUR_OF_DAY")
        _put(values, "HOUR_OF_DAY", 0 if (hour and _check("CLOCK_HOUR_OF_DAY", hour)) == 24 else hour)
    if "CLOCK_HOUR_OF_AMPM" in values:
        hour = values.pop("CLOCK_HOUR_OF_AMPM")
        _put(values, "HOUR_OF_AMPM", 0 if (hour and _check("CLOCK_HOUR_OF_AMPM", hour)) == 12 else hour)
    if "AMPM_OF_DAY" in values and "HOUR_OF_AMPM" in values:
        half = _check("AMPM_OF_DAY", values.pop("AMPM_OF_DAY"))
        _put(values, "HOUR_OF_DAY", half * 12 + _check("HOUR_OF_AMPM", values.pop("HOUR_OF_AMPM")))
    if "NANO_OF_DAY" in values:
        return _check("NANO_OF_DAY", values.pop("NANO_OF_DAY")), 0
    if "MILLI_OF_DAY" in values:
        millis = _check("MILLI_OF_DAY", values.pop("MILLI_OF_DAY"))
        return millis * 1_000_000 + values.pop("NANO_OF_SECOND", 0) % 1_000_000, 0
    for name in ("HOUR_OF_AMPM", "AMPM_OF_DAY", "MINUTE_OF_HOUR", "SECOND_OF_MINUTE", "NANO_OF_SECOND"):
        if name in values:
            _check(name, values[name])
    hour, minute = values.get("HOUR_OF_DAY"), values.get("MINUTE_OF_HOUR")
    second, nano = values.get("SECOND_OF_MINUTE"), values.get("NANO_OF_SECOND")
    gap = (minute is None and (second is not None or nano is not None)) or (second is None and nano is not None)
    if hour is None or gap:
        if hour is not None:
            _check("HOUR_OF_DAY", hour)
        return None, 0
    for name in ("HOUR_OF_DAY", "MINUTE_OF_HOUR", "SECOND_OF_MINUTE", "NANO_OF_SECOND"):
        values.pop(name, None)
    if (hour, minute or 0, second or 0, nano or 0) == (24, 0, 0, 0):
        return 0, 1
    _check("HOUR_OF_DAY", hour)
    return ((hour * 60 + (minute or 0)) * 60 + (second or 0)) * 10**9 + (nano or 0), 0


def _cross_check(values: dict[str, int], days: int) -> None:
    """What else was read of the date must say the same."""
    date = Temporal(days=days)
    for name in list(values):
        if name in _TIMES:
            continue
        if date.get(name) != values[name]:
            raise ValueError(f"Conflict found: Field {name} {date.get(name)} differs from {name} {values[name]}")
        del values[name]


_TIMES = frozenset(
    ("HOUR_OF_DAY", "MINUTE_OF_HOUR", "SECOND_OF_MINUTE", "NANO_OF_SECOND", "HOUR_OF_AMPM", "AMPM_OF_DAY")
)


def moment(found: Resolved, zone: Zone) -> int:
    """Milliseconds since the epoch, with 1970-01-01T00:00 for what was not read. Raises ValueError.

    As ksqlDB's `StringToTimestampParser` completes it: field by field, in the order of ChronoField.
    """
    left = dict(found.left)
    for name in left:
        if name not in DATE_FIELDS | _TIMES and name not in (
            "QUARTER",
            "WEEK_BASED_YEAR",
            "WEEK_OF_YEAR",
            "WEEK_OF_MONTH",
            "LOCAL_DAY_OF_WEEK",
        ):
            raise ValueError(f"Unsupported temporal field: {name}")
    nanos = found.nanos if found.nanos is not None else _part_of_day(left)
    days = found.days if found.days is not None else _part_of_date(left)
    return (found.zone or zone).millis(days * c.DAY_MILLIS + nanos // 1_000_000)


def _part_of_day(left: dict[str, int]) -> int:
    hour = left.get("HOUR_OF_DAY", left.get("HOUR_OF_AMPM", 0) + 12 * left.get("AMPM_OF_DAY", 0))
    seconds = (hour * 60 + left.get("MINUTE_OF_HOUR", 0)) * 60 + left.get("SECOND_OF_MINUTE", 0)
    return seconds * 10**9 + left.get("NANO_OF_SECOND", 0)


def _part_of_date(left: dict[str, int]) -> int:
    days = 0
    if "DAY_OF_WEEK" in left:
        days += left["DAY_OF_WEEK"] - c.day_of_week(days)
    year, month, day = c.civil(days)
    day = left.get("DAY_OF_MONTH", day)
    if not 1 <= day <= c.month_length(year, month):
        raise ValueError(f"Invalid date: {year}-{month}-{day}")
    if "DAY_OF_YEAR" in left:
        if left["DAY_OF_YEAR"] > 365:
            raise ValueError("Leap day cannot be parsed without supplying the year field")
        year, month, day = c.civil(c.days_of(year, 1, 1) + left["DAY_OF_YEAR"] - 1)
    if "MONTH_OF_YEAR" in left:
        month = _check("MONTH_OF_YEAR", left["MONTH_OF_YEAR"])
        day = min(day, c.month_length(year, month))
    if "YEAR" in left:
        year = left["YEAR"]
        day = min(day, c.month_length(year, month))
    if left.get("ERA", 1) == 0 and year > 0:
        year = 1 - year
    return c.days_of(year, month, day)
