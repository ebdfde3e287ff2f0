"""The ISO calendar without bounds: days since 1970-01-01 and years of any size, as `java.time.LocalDate` has them."""

from __future__ import annotations

DAY_MILLIS = 86_400_000
_JULIAN_END = -141_427  # 1582-10-15, the first day of the Gregorian calendar, in days since 1970-01-01
_DAYS_BEFORE_1970 = 719_468  # from 0000-03-01
Civil = tuple[int, int, int]


def civil(days: int) -> Civil:
    """(year, month, day) of days since the epoch; year 0 is 1 BC."""
    shifted = days + _DAYS_BEFORE_1970
    era, of_era = divmod(shifted, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted_month = (5 * of_year + 2) // 153
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted_month + 2) // 5 + 1


def days_of(year: int, month: int, day: int) -> int:
    """Days since the epoch of a date; `day` may lie outside of the month."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _DAYS_BEFORE_1970


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def day_of_week(days: int) -> int:
    """1 is Monday, 7 Sunday."""
    return (days + 3) % 7 + 1


def day_of_year(days: int) -> int:
    return days - days_of(civil(days)[0], 1, 1) + 1


def hybrid_civil(days: int) -> Civil:
    """As `java.util.GregorianCalendar` has it: Julian before 1582-10-15."""
    if days >= _JULIAN_END:
        return civil(days)
    shifted = days + 719_470  # from 0000-03-01 of the Julian calendar
    era, of_era = divmod(shifted, 1461)
    year = (of_era - of_era // 1460) // 365
    of_year = of_era - 365 * year
    shifted_month = (5 * of_year + 2) // 153
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year + era * 4 + (month <= 2), month, of_year - (153 * shifted_month + 2) // 5 + 1


def hybrid_days(year: int, month: int, day: int) -> int:
    """The inverse of `hybrid_civil`; months and days may lie outside of their ranges."""
    carried, month = divmod(month - 1, 12)
    year, month = year + carried, month + 1
    found = days_of(year, month, 1) + day - 1
    if found >= _JULIAN_END:
        return found
    era, of_era = divmod(year - (month <= 2), 4)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5
    return era * 1461 + of_era * 365 + of_year - 719_470 + day - 1


# -- weeks that begin on Sunday, the first of a year being the one with 1 January: those of the locale en_US -----


def local_day_of_week(days: int) -> int:
    """1 is Sunday."""
    return day_of_week(days) % 7 + 1


def _week_start(day: int, of_week: int) -> int:
    start = (day - of_week) % 7
    return 7 - start if start + 1 > 1 else -start


def _week(offset: int, day: int) -> int:
    return (7 + offset + day - 1) // 7


def week_of_month(days: int) -> int:
    day = civil(days)[2]
    return _week(_week_start(day, local_day_of_week(days)), day)


def week_of_year(days: int) -> tuple[int, int]:
    """(week-based year, week) of a date."""
    year, of_year = civil(days)[0], day_of_year(days)
    offset = _week_start(of_year, local_day_of_week(days))
    week = _week(offset, of_year)
    if week == 0:
        return week_of_year(days - of_year)
    following = _week(offset, (366 if is_leap(year) else 365) + 1)
    return (year + 1, week - following + 1) if week >= following else (year, week)


def days_of_week(year: int, week: int, of_week: int) -> int:
    """Days since the epoch of the `of_week`th day (1 is Sunday) of a week of a week-based year."""
    first = days_of(year, 1, 1)
    return first - local_day_of_week(first) + 1 + (week - 1) * 7 + of_week - 1
