"""What the charts show: bandwidth from the clicks themselves, errors and sessions from ksqlDB's tables."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import truediv
from typing import TYPE_CHECKING, Any

import msgspec

from clickstream_pipeline import session_windows
from clickstream_pipeline.model import Record, Source

if TYPE_CHECKING:
    from clickstream_pipeline.clients.kafka import KafkaClient
    from clickstream_pipeline.clients.ksqldb import KsqlClient

BUCKET = 5  # seconds
KEPT = 120  # buckets: ten minutes
GAP = 30_000  # ms; the session gap of the tutorial
_WINDOW = 60.0  # seconds; the size of the windows of ERRORS_PER_MIN


class _Size(msgspec.Struct):
    bytes: int | str | None = None


_CLICK = msgspec.json.Decoder(_Size | None).decode


@dataclass(frozen=True, slots=True)
class Series:
    """A named line: times in seconds since the epoch, and values; the last `running` of them are not complete yet."""

    name: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    running: int = 0

    @property
    def complete(self) -> tuple[float, ...]:
        """The values that do not change any more."""
        return self.values[: len(self.values) - self.running]


def still_running(times: Sequence[float], bucket: float, now: float) -> int:
    """How many of the last buckets have not ended yet: the value of each would look like a fall.

    Args:
        times: when each begins, in rising order, in seconds since the epoch.
        bucket: the length of each, in seconds.
        now: seconds since the epoch.
    """
    return len(times) - bisect_right(times, now - bucket)


class Bandwidth:
    """Bytes per second of the clicks that came, in buckets of record time. A thread may add what another one draws."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[int, int] = {}

    def add(self, records: Iterable[Record]) -> None:
        found: dict[int, int] = {}
        for record in records:
            value = record.value.get("bytes") if isinstance(record.value, dict) else None
            try:
                size = int(value or 0)
            except (TypeError, ValueError):
                continue
            bucket = record.timestamp // 1000 // BUCKET
            found[bucket] = found.get(bucket, 0) + size
        self._count(found)

    def add_messages(self, messages: Iterable[Any]) -> None:
        """As `add`, from Kafka's messages: looks at nothing but the one field."""
        found: dict[int, int] = {}
        for message in messages:
            try:
                size = int(_CLICK(message.value() or b"null").bytes or 0)
            except (msgspec.MsgspecError, AttributeError, RecursionError, TypeError, ValueError):
                continue
            bucket = message.timestamp()[1] // 1000 // BUCKET
            found[bucket] = found.get(bucket, 0) + size
        self._count(found)

    def _count(self, found: dict[int, int]) -> None:
        """Adds sums by bucket, and forgets those that are no longer shown."""
        with self._lock:
            for bucket, size in found.items():
                self._buckets[bucket] = self._buckets.get(bucket, 0) + size
            if len(self._buckets) > KEPT * 2:
                for bucket in sorted(self._buckets)[:-KEPT]:
                    del self._buckets[bucket]

    def series(self, now: float | None = None) -> Series:
        """Bytes per second over the last buckets; one without clicks is 0, also those since the last click.

        Args:
            now: seconds since the epoch, up to which there is a bucket; None for the last click. The bucket that runs then
                has the rate of the part that has passed.
        """
        with self._lock:
            buckets = dict(self._buckets)
        if not buckets:
            return Series("bytes/s", (), ())
        last = max(buckets)
        if now is not None:
            # the running bucket is left out where no click has come into it
            last = max(last, min(int(now) // BUCKET - 1, last + KEPT))
        first = max(min(buckets), last - KEPT + 1)
        times = tuple(float(number * BUCKET) for number in range(first, last + 1))
        running = 0 if now is None else still_running(times, BUCKET, now)
        passed = [BUCKET if now is None else max(min(now - begin, BUCKET), 1.0) for begin in times]
        values = (buckets.get(number, 0) for number in range(first, last + 1))
        return Series("bytes/s", times, tuple(map(truediv, values, passed)), running)


async def errors(client: KsqlClient, now: Callable[[], float] = time.time) -> tuple[Series, ...]:
    """Errors per minute by status: one value a hopping window, those that are not over told as running. Raises PipelineError."""
    since = int((now() - KEPT * BUCKET) * 1000)
    rows = await client.rows(f"SELECT STATUS, WINDOWSTART, ERRORS FROM ERRORS_PER_MIN WHERE WINDOWSTART > {since};")
    points: dict[Any, dict[int, int]] = {}
    for status, start, count in rows:
        points.setdefault(status, {})[start] = count
    shown: list[Series] = []
    for status, values in sorted(points.items()):
        times = tuple(start / 1000 for start in sorted(values))
        counts = tuple(float(values[start]) for start in sorted(values))
        shown.append(Series(str(status), times, counts, still_running(times, _WINDOW, now())))
    return tuple(shown)


@dataclass(frozen=True, slots=True)
class Session:
    """A user's session; times in ms. It is open while its last click is younger than the gap."""

    user: str
    start: int
    end: int
    events: int

    def is_open(self, now_ms: int) -> bool:
        return now_ms - self.end < GAP


class OpenSessions:
    """The latest sessions of the table CLICK_USER_SESSIONS, by its topic; each look reads only what is new."""

    def __init__(self) -> None:
        self._rows = session_windows.SessionRows()

    async def look(self, kafka: KafkaClient, topic: str, now_ms: int) -> tuple[Session, ...]:
        """The sessions that were open in the last ten minutes, the latest first. Raises PipelineError."""
        since = max(self._rows.newest - GAP, now_ms - KEPT * BUCKET * 1000)
        self._rows.take(await kafka.scan(topic, str(since), limit=10.0))
        self._rows.forget_before(now_ms - KEPT * BUCKET * 1000)
        found = [
            Session(str(value.get("USERNAME") or key), start, end, int(value.get("EVENTS") or 0))
            for (key, start, end), value in self._rows.rows.items()
        ]
        return tuple(sorted(found, key=lambda session: session.end, reverse=True))


NAMES = ("bandwidth", "errors", "sessions")
_OPEN_KEPT = 300  # points of the line of open sessions


class Feed:
    """The lines of the three charts, as long as somebody asks for them."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.bandwidth = Bandwidth()
        self._now = now
        self._open: list[tuple[float, float]] = []
        self._sessions_seen = OpenSessions()

    async def lines(
        self, name: str, ksqldb: KsqlClient, sources: Iterable[Source], kafka: KafkaClient
    ) -> tuple[Series, ...] | None:
        """What a chart shows now, None while its table is not there. Raises PipelineError."""
        known = {source.name: source.topic for source in sources}
        if name == "bandwidth":
            found = self.bandwidth.series(self._now())
            return (found,) if found.times else ()
        if name == "errors":
            return await errors(ksqldb, self._now) if "ERRORS_PER_MIN" in known else None
        topic = known.get("CLICK_USER_SESSIONS")
        return None if topic is None else await self._sessions(kafka, topic)

    async def _sessions(self, kafka: KafkaClient, topic: str) -> tuple[Series, ...]:
        now = self._now()
        found = await self._sessions_seen.look(kafka, topic, int(now * 1000))
        open_now = float(sum(session.is_open(int(now * 1000)) for session in found))
        self._open = [*self._open[-_OPEN_KEPT:], (now, open_now)]
        times, values = zip(*self._open, strict=True)
        return (Series("open", times, values),) if found else ()
