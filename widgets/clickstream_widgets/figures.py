"""Numbers as people read them, which are still sorted as numbers."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_widgets.chart import human

UNKNOWN = "–"  # a number that is not known is never 0
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell that reads as `text` and is sorted by `value`; None, which comes last, is one that is not known."""

    value: float | None
    text: str = UNKNOWN

    def __str__(self) -> str:
        return self.text


def count(value: float | None) -> Figure:
    """A number of things: all digits below ten thousand, then `12.3 k`."""
    if value is None:
        return Figure(None)
    return Figure(value, f"{value:,.0f}" if abs(value) < 10_000 else human(value))


def size(value: float | None) -> Figure:
    """A number of bytes."""
    return Figure(None) if value is None else Figure(value, human(value, "B"))


def rate(value: float | None, unit: str = "/s") -> Figure:
    """Something a second."""
    return Figure(None) if value is None else Figure(value, human(round(value, 2), unit))


def span(seconds: float) -> str:
    """A time as its largest unit, such as `12 s`, `3 min`."""
    size, name = next(((size, name) for size, name in _UNITS if seconds >= size), _UNITS[-1])
    return f"{seconds / size:.0f} {name}"


def ago(moment: int | None, now: float) -> Figure:
    """A moment (epoch ms) as how long ago it was; `now` in epoch seconds."""
    if moment is None:
        return Figure(None)
    seconds = max(now - moment / 1000, 0.0)
    return Figure(seconds, "now" if seconds < 1 else f"{span(seconds)} ago")


_NO_LIMIT = ("9223372036854775807", "-1")  # of a LONG, and Kafka's own word for none


def setting(name: str, value: str | None) -> str:
    """A setting's value, and beside a time or a size what people call it: `604800000 (7 d)`."""
    if value is None or value == "":
        return "(none)"
    if not name.endswith((".ms", ".bytes", ".messages")):
        return value
    if value in _NO_LIMIT:
        return "no limit"
    number = float(value) if value.isdecimal() else 0.0
    if name.endswith(".ms") and number >= 1000:
        return f"{value} ({span(number / 1000)})"
    return f"{value} ({human(number, 'B')})" if name.endswith(".bytes") and number >= 1000 else value
