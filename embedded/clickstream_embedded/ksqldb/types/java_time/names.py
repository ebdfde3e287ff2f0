"""The texts of months, days, eras and halves of a day, in English."""

from __future__ import annotations

from clickstream_embedded.ksqldb.types.java_time.pattern import FULL, NARROW, SHORT

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _styles(names: tuple[str, ...], first: int = 1) -> dict[str, dict[int, str]]:
    return {
        FULL: dict(enumerate(names, first)),
        SHORT: {n: name[:3] for n, name in enumerate(names, first)},
        NARROW: {n: name[0] for n, name in enumerate(names, first)},
    }


NAMES: dict[str, dict[str, dict[int, str]]] = {
    "MONTH_OF_YEAR": _styles(_MONTHS),
    "DAY_OF_WEEK": _styles(_DAYS),
    "ERA": {
        SHORT: {0: "BC", 1: "AD"},
        FULL: {0: "Before Christ", 1: "Anno Domini"},
        NARROW: {0: "B", 1: "A"},
    },
    "AMPM_OF_DAY": {SHORT: {0: "AM", 1: "PM"}},
    "QUARTER": {
        SHORT: {n: f"Q{n}" for n in range(1, 5)},
        FULL: {n: f"{text} quarter" for n, text in enumerate(("1st", "2nd", "3rd", "4th"), 1)},
        NARROW: {n: str(n) for n in range(1, 5)},
    },
}
