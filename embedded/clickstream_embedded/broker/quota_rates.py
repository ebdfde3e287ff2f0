"""How much somebody has used of a quota, and how long he waits then, as Apache Kafka reckons it (KIP-13, KIP-599).

A rate is taken over samples of a second each; it is what was used divided by the time of the samples, which is never
less than ten seconds. Who is above his quota waits until the rate would be back at it.
"""

from __future__ import annotations

from collections import deque

SAMPLES = 11  # quota.window.num, with the one that runs
_WINDOW = 1.0  # seconds: quota.window.size.seconds
_LEAST = (SAMPLES - 1) * _WINDOW


class Rate:
    """What was used in the last samples; times are seconds of one clock."""

    def __init__(self) -> None:
        self._samples: deque[list[float]] = deque()  # [start, used]

    def record(self, amount: float, now: float) -> None:
        """Notes what was used; a negative amount takes back."""
        if not self._samples or now - self._samples[-1][0] >= _WINDOW:
            self._samples.append([now, 0.0])
        self._samples[-1][1] += amount
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._samples and now - self._samples[0][0] >= SAMPLES * _WINDOW:
            self._samples.popleft()

    def is_idle(self, now: float) -> bool:
        """Whether nothing of it counts any more."""
        self._forget(now)
        return not self._samples

    def pause(self, quota: float, now: float) -> float:
        """Seconds to wait until the rate is at the quota; 0 where it is not above."""
        self._forget(now)
        if not self._samples:
            return 0.0
        elapsed = now - self._samples[0][0]
        elapsed += max(_LEAST - elapsed // _WINDOW * _WINDOW, 0.0)
        rate = sum(used for _, used in self._samples) / elapsed
        return (rate - quota) / quota * elapsed if rate > quota else 0.0


class Bucket:
    """Tokens that come back at a quota's rate; they may be owed (KIP-599)."""

    def __init__(self) -> None:
        self._tokens: float | None = None
        self._at = 0.0

    def _refill(self, quota: float, now: float) -> float:
        burst = quota * _LEAST
        known = burst if self._tokens is None else self._tokens + (now - self._at) * quota
        self._tokens, self._at = min(known, burst), now
        return self._tokens

    def record(self, amount: float, quota: float, now: float) -> None:
        """Takes tokens, also those that are not there."""
        self._tokens = self._refill(quota, now) - amount

    def pause(self, quota: float, now: float) -> float:
        """Seconds until nothing is owed; 0 where nothing is."""
        tokens = self._refill(quota, now)
        return -tokens / quota if tokens < 0 else 0.0

    def is_idle(self, now: float) -> bool:
        """Whether it is as full as a new one would be after some time."""
        return now - self._at > SAMPLES * _WINDOW
