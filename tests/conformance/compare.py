"""The comparison rules of the cases' README."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conformance.offline import Produced


def same(expected: Any, actual: Any) -> bool:
    """Whether a value is the expected one; numbers of DOUBLE columns with a small tolerance."""
    if expected is None or actual is None:
        return expected is None and actual is None
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, dict):
        if not isinstance(actual, dict) or len(expected) != len(actual):
            return False
        return all(
            same(v, actual.get(k) if actual.get(k) is not None else actual.get(str(k).upper()))
            for k, v in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, int | float | Decimal) and isinstance(actual, int | float | Decimal):
        a, b = float(expected), float(actual)
        return a == b or (a != a and b != b) or abs(a - b) < 1e-6 or abs(a - b) <= 1e-9 * abs(a)
    if isinstance(expected, str) and isinstance(actual, int | Decimal):
        return expected == str(actual)
    return type(expected) is type(actual) and expected == actual


def record_matches(expected: dict[str, Any], actual: Produced, *, any_zero_time: bool) -> str:
    """Why the record is not the expected one, "" where it is."""
    window = expected.get("window")
    if window is None and actual.window is not None:
        return f"unexpected window {actual.window}"
    if window is not None and (actual.window, actual.window_type) != ((window["start"], window["end"]), window["type"]):
        return f"window {window} != {actual.window} {actual.window_type}"
    if not same(expected.get("key"), actual.key):
        return f"key {expected.get('key')!r} != {actual.key!r}"
    if not same(expected.get("value"), actual.value):
        return f"value {expected.get('value')!r} != {actual.value!r}"
    wanted = expected.get("timestamp")
    if wanted is not None and wanted != actual.timestamp and not (any_zero_time and wanted == 0):
        return f"timestamp {wanted} != {actual.timestamp}"
    return ""
