"""Single values of documents, as the types of their fields keep them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.analyzers import BUILT_IN, Analyzer
from clickstream_embedded.search.mapping import WHOLE, MappingError
from clickstream_embedded.search.numbers import RANGES, kept


def _number(value: Any, kind: str) -> float | int:
    if isinstance(value, bool):
        raise ValueError("Current token (VALUE_TRUE) not numeric, can not use numeric value accessors")
    if isinstance(value, dict):
        raise TypeError("an object")
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().lstrip("+-").isdigit() else float(value.strip())
        except ValueError:
            raise ValueError(f'For input string: "{value}"' if value else "empty String") from None
    if kind in WHOLE:
        most = RANGES[kind]
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"Value [{value}] is out of range for {_article(kind)}")
        whole = int(value)
        if not -most <= whole < most:
            raise ValueError(f"Value [{value}] is out of range for {_article(kind)}")
        return whole
    real = kept(float(value), kind)
    if not math.isfinite(real):
        told = (
            kept(float(value), "float") if kind == "half_float" else real
        )  # what it was read as before it was shortened
        shown = f"{told}" if math.isfinite(told) else "Infinity" if told > 0 else "-Infinity"
        raise ValueError(f"[{kind}] supports only finite values, but got [{shown}]")
    return real


def _article(kind: str) -> str:
    return f"{'an' if kind == 'integer' else 'a'} {kind}"


def _completion(value: Any, _: dict[str, Any], name: str) -> list[str]:
    if not isinstance(value, str | dict):
        token = "VALUE_NUMBER" if not isinstance(value, bool) else f"VALUE_{str(value).upper()}"
        raise MappingError(
            "failed to parse",
            ("parsing_exception", f"failed to parse [{name}]: expected text or object, but got {token}"),
        )
    return kinds.completions(value)


def _plain_ip(value: Any, _: dict[str, Any], __: str) -> str:
    if isinstance(value, dict):
        raise TypeError("an object")
    return kinds.ip_kept(value)


# types whose values are read by themselves
_SPECIAL: dict[str, Callable[[Any, dict[str, Any], str], Any]] = {
    "geo_point": lambda value, _, name: kinds.geo_kept(value, name), "completion": _completion, "ip": _plain_ip,
    "binary": lambda value, _, __: str(value), **dict.fromkeys(kinds.RANGES, kinds.range_kept),
}  # fmt: skip


def parsed(value: Any, rule: dict[str, Any], name: str = "", analyzers: dict[str, Analyzer] | None = None) -> Any:
    """A value as the type of its field keeps it: None for what is not kept, a list of terms for a text.

    Raises ValueError, TypeError or OverflowError for what does not fit.
    """
    kind = rule["type"]
    if kind in _SPECIAL:
        return _SPECIAL[kind](value, rule, name)
    if isinstance(value, dict):
        raise TypeError("an object")
    if kind in ("keyword", "text"):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if kind == "text":
            used = str(rule.get("analyzer", "default"))
            return ((analyzers or {}).get(used) or BUILT_IN[used])(text)
        text = text.lower() if rule.get("normalizer") else text
        return text if len(text) <= int(rule.get("ignore_above", 2**31)) else None
    if kind == "boolean":
        if value is True or value == "true":
            return 1
        if value is False or value in ("false", ""):
            return 0
        raise ValueError(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")
    if kind == "date":
        if isinstance(value, bool):
            raise ValueError(
                f"failed to parse date field [{str(value).lower()}] with format [{rule.get('format', times.DEFAULT_FORMAT)}]"
            )
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return times.parse(text, str(rule.get("format", times.DEFAULT_FORMAT)))
    if str(rule.get("coerce", "true")).lower() == "false":
        _check_uncoerced(value, kind)
    return _number(value, kind)


def _check_uncoerced(value: Any, kind: str) -> None:
    """Raises ValueError for a number that a field with `coerce` off does not make of another value."""
    java = {"integer": "Integer", "short": "Short", "byte": "Integer", "long": "Long"}.get(kind, kind.capitalize())
    if isinstance(value, str):
        raise ValueError(f"{java} value passed as String")
    if kind in WHOLE and isinstance(value, float) and not value.is_integer():
        raise ValueError(f"{value} cannot be converted to {java} without data loss")
