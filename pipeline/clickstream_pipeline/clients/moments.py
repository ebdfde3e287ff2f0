"""Moments as a person tells them, in milliseconds since the epoch."""

from __future__ import annotations

from datetime import datetime

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def before(now: float, amount: int, unit: str) -> int:
    """So much before `now`, which is in seconds since the epoch; units begin with s, m, h or d."""
    return int((now - amount * _SECONDS[unit[0]]) * 1000)


def of_iso(text: str) -> int:
    """An ISO 8601 time, of this machine's zone where it names none. Raises ValueError."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)
