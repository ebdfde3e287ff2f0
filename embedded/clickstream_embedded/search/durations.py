"""Time values such as `30s` (TimeValue.parseTimeValue of Elasticsearch 7.5): read, or refused in its words."""

from __future__ import annotations

import re
from typing import Any

from clickstream_embedded.search.errors import SearchError, illegal

_MILLIS = {"nanos": 1e-6, "micros": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6, "d": 8.64e7}


def fault(text: str, setting: str) -> tuple[str, dict[str, Any] | None] | None:
    """(what is said of the value, its cause); None where it is a time value."""
    unit = _unit(text)
    if unit is None:
        if re.fullmatch(r"-0*1|0+", text.strip()):
            return None
        return (
            f"failed to parse setting [{setting}] with value [{text}] as a time value: unit is missing or unrecognized",
            None,
        )
    number = _number(text, unit)
    if re.fullmatch(r"[+-]?\d{1,18}", number):
        return None
    cause = {"type": "number_format_exception", "reason": f'For input string: "{number}"'}
    try:
        float(number)
    except ValueError:
        return f"failed to parse [{text}]", cause
    return f"failed to parse [{text}], fractional time values are not supported", cause


def millis(text: str, setting: str) -> float:
    """Milliseconds; -1 stands for no end. Raises SearchError."""
    found = fault(text, setting)
    if found is not None:
        raise refused(found)
    unit = _unit(text)
    return float(text.strip()) if unit is None else int(_number(text, unit)) * _MILLIS[unit]


def refused(found: tuple[str, dict[str, Any] | None]) -> SearchError:
    """The error of a value that is no time value."""
    reason, cause = found
    return illegal(reason, **({} if cause is None else {"caused_by": cause}))


def _unit(text: str) -> str | None:
    plain = text.lower().strip()
    for unit in ("nanos", "micros", "ms", "s"):
        if plain.endswith(unit):
            return unit
    if text.endswith("m"):  # a capital one means months
        return "m"
    return next((unit for unit in ("h", "d") if plain.endswith(unit)), None)


def _number(text: str, unit: str) -> str:
    return text.lower().strip()[: -len(unit)].strip()
