"""Values to text, as `DateTimeFormatter.format` writes them."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_embedded.ksqldb.types.java_time import calendar as c
from clickstream_embedded.ksqldb.types.java_time import pattern as p
from clickstream_embedded.ksqldb.types.java_time.names import NAMES
from clickstream_embedded.ksqldb.types.java_time.zones import Zone, offset_id


class Unsupported(ValueError):
    """What is printed has no such field: a date has no hour."""


@dataclass(frozen=True, slots=True)
class Temporal:
    """A date (`days`), a time of day (`nanos`), or both with a zone at a moment (`millis`)."""

    days: int | None = None
    nanos: int | None = None
    zone: Zone | None = None
    millis: int = 0

    def get(self, field: str) -> int:
        """Raises Unsupported."""
        if field in _DATE_FIELDS:
            if self.days is None:
                raise Unsupported(f"Unsupported field: {field}")
            return _date_field(field, self.days)
        if self.nanos is None:
            raise Unsupported(f"Unsupported field: {field}")
        return _time_field(field, self.nanos)


def _date_field(field: str, days: int) -> int:
    year, month, day = c.civil(days)
    match field:
        case "YEAR":
            return year
        case "YEAR_OF_ERA":
            return year if year > 0 else 1 - year
        case "ERA":
            return int(year > 0)
        case "MONTH_OF_YEAR":
            return month
        case "QUARTER":
            return (month + 2) // 3
        case "DAY_OF_MONTH":
            return day
        case "DAY_OF_YEAR":
            return c.day_of_year(days)
        case "DAY_OF_WEEK":
            return c.day_of_week(days)
        case "LOCAL_DAY_OF_WEEK":
            return c.local_day_of_week(days)
        case "WEEK_BASED_YEAR":
            return c.week_of_year(days)[0]
        case "WEEK_OF_YEAR":
            return c.week_of_year(days)[1]
        case "WEEK_OF_MONTH":
            return c.week_of_month(days)
        case "ALIGNED_WEEK_OF_MONTH":
            return (day - 1) % 7 + 1  # the letter F was the aligned day of the week until JDK 19
        case _:
            return days + 40_587  # modified Julian day


_DATE_FIELDS = frozenset((
    "YEAR", "YEAR_OF_ERA", "ERA", "MONTH_OF_YEAR", "QUARTER", "DAY_OF_MONTH", "DAY_OF_YEAR", "DAY_OF_WEEK",
    "LOCAL_DAY_OF_WEEK", "WEEK_BASED_YEAR", "WEEK_OF_YEAR", "WEEK_OF_MONTH", "ALIGNED_WEEK_OF_MONTH",
    "MODIFIED_JULIAN_DAY",
))  # fmt: skip


def _time_field(field: str, nanos: int) -> int:
    seconds, fraction = divmod(nanos, 1_000_000_000)
    hour = seconds // 3600
    values = {
        "HOUR_OF_DAY": hour, "CLOCK_HOUR_OF_DAY": hour or 24, "HOUR_OF_AMPM": hour % 12,
        "CLOCK_HOUR_OF_AMPM": hour % 12 or 12, "AMPM_OF_DAY": hour // 12, "MINUTE_OF_HOUR": seconds // 60 % 60,
        "SECOND_OF_MINUTE": seconds % 60, "NANO_OF_SECOND": fraction, "MILLI_OF_DAY": nanos // 1_000_000,
        "NANO_OF_DAY": nanos,
    }  # fmt: skip
    return values[field]


def text_of(elements: tuple[p.Element, ...], value: Temporal) -> str:
    """The elements for a value. Raises ValueError."""
    return "".join(_one(element, value) for element in elements)


def _one(element: p.Element, value: Temporal) -> str:
    match element:
        case p.Text(text):
            return text
        case p.Number():
            return _number(element, value.get(element.field))
        case p.TwoDigitYear(field):
            return f"{abs(value.get(field)) % 100:02d}"
        case p.Fraction(width):
            return f"{value.get('NANO_OF_SECOND'):09d}"[:width]
        case p.Name(field, style):
            return NAMES[field][style][value.get(field)]
        case p.Optional(inner):
            try:
                return text_of(inner, value)
            except Unsupported:
                return ""
        case p.Padded(inner, width):
            text = _one(inner, value)
            if len(text) > width:
                raise ValueError(f"Cannot print as output of {len(text)} characters exceeds pad width of {width}")
            return text.rjust(width)
        case _:
            return _zone(element, value)


def _number(element: p.Number, value: int) -> str:
    digits = str(abs(value))
    if len(digits) > element.most:
        raise ValueError(
            f"Field {element.field} cannot be printed as the value {value} exceeds the maximum print width of {element.most}"
        )
    if value < 0:
        if element.sign == p.NOT_NEGATIVE:
            raise ValueError(f"Field {element.field} cannot be printed as the value {value} cannot be negative")
        return "-" + digits.rjust(element.least, "0")
    plus = "+" if element.sign == p.EXCEEDS_PAD and len(digits) > element.least else ""
    return plus + digits.rjust(element.least, "0")


def _zone(element: p.Element, value: Temporal) -> str:
    if value.zone is None:
        raise Unsupported("Unable to extract a zone")
    if isinstance(element, p.ZoneText):
        if element.kind == "id":
            return value.zone.id
        return value.zone.name(value.millis, full=element.kind == p.FULL)
    seconds = value.zone.offset(value.millis)
    if isinstance(element, p.LocalizedOffset):
        return _localized(seconds, full=element.full)
    assert isinstance(element, p.Offset)
    return _offset(element, seconds)


def _localized(seconds: int, *, full: bool) -> str:
    if seconds == 0:
        return "GMT"
    shown = offset_id(seconds)
    if not full:
        shown = shown[0] + str(int(shown[1:3])) + ("" if shown[3:] == ":00" else shown[3:])
    return "GMT" + shown


def _offset(element: p.Offset, seconds: int) -> str:
    if seconds == 0:
        return element.none
    hours, minutes, rest = abs(seconds) // 3600, abs(seconds) // 60 % 60, abs(seconds) % 60
    colon = ":" if ":" in element.form else ""
    text = f"{'+' if seconds > 0 else '-'}{hours:02d}"
    if element.form != "+HHmm" or minutes:
        text += f"{colon}{minutes:02d}"
    if element.form.endswith("ss") and rest:
        text += f"{colon}{rest:02d}"
    return text if hours or minutes or rest else element.none
