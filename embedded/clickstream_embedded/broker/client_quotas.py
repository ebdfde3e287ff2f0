"""Client quotas in force: who has used more than his share is told for how long, and is not heard meanwhile (KIP-219)."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.quota_rates import SAMPLES, Bucket, Rate
from clickstream_embedded.broker.quota_store import QuotaStore

_PERCENT = 100.0
_LONGEST_OF_REQUESTS = 1.0  # seconds: one window
_TIDY = 60.0  # seconds between two looks for what does not count any more

# (client's id, whether its request knows of THROTTLING_QUOTA_EXCEEDED) while a request is answered
asking: ContextVar[tuple[str, bool]] = ContextVar("asking", default=("", False))


class ClientQuotas:
    """What is set, and how much of it each has used.

    Args:
        file: Where they are kept.
        clock: Seconds, monotonic.
    """

    def __init__(self, file: Path, clock: Callable[[], float]) -> None:
        self.store = QuotaStore(file)
        self._clock = clock
        self._rates: dict[object, Rate] = {}
        self._buckets: dict[object, Bucket] = {}
        self._tidied = clock()

    def __bool__(self) -> bool:
        """Whether any is set: without one nothing is reckoned."""
        return bool(self.store)

    def _rate(self, who: object, now: float) -> Rate:
        if now - self._tidied > _TIDY:
            self._tidied = now
            self._rates = {key: each for key, each in self._rates.items() if not each.is_idle(now)}
            self._buckets = {key: each for key, each in self._buckets.items() if not each.is_idle(now)}
        return self._rates.setdefault(who, Rate())

    def _used(self, name: str, client: str, amount: float) -> float:
        found = self.store.limit(name, client)
        if found is None:
            return 0.0
        quota, who = found
        now = self._clock()
        rate = self._rate(who, now)
        rate.record(amount, now)
        return rate.pause(quota, now)

    def produced(self, client: str, size: int) -> float:
        """A Produce request of so many bytes has come; gives the seconds for which its sender is not heard."""
        return self._used("producer_byte_rate", client, size)

    def most_fetched(self, client: str, size: int) -> int:
        """How many bytes a Fetch may give at the most: what the quota allows in all its windows."""
        found = self.store.limit("consumer_byte_rate", client)
        return size if found is None else min(size, int(found[0] * (SAMPLES - 1)))

    def fetched(self, client: str, size: int) -> float:
        """So many bytes are to be sent; where that takes too much they are not, and nothing is noted."""
        pause = self._used("consumer_byte_rate", client, size)
        if pause > 0:
            self._used("consumer_byte_rate", client, -size)
        return pause

    def handled(self, client: str, seconds: float) -> float:
        """A request took so long to answer; gives the seconds for which its sender is not heard."""
        return min(self._used("request_percentage", client, seconds * _PERCENT), _LONGEST_OF_REQUESTS)

    def mutated(self, partitions: int) -> None:
        """Partitions are made or deleted. Raises KafkaApiError where a client that knows of it asked for too many."""
        client, knows = asking.get()
        found = self.store.limit("controller_mutation_rate", client) if self.store else None
        if found is None:
            return
        quota, who = found
        now = self._clock()
        bucket = self._buckets.setdefault(who, Bucket())
        if knows and bucket.pause(quota, now) > 0:
            raise KafkaApiError(ErrorCode.throttling_quota_exceeded, "The throttling quota has been exceeded.")
        bucket.record(partitions, quota, now)

    def owed(self, client: str) -> float:
        """Seconds until a client's mutations are within its quota."""
        found = self.store.limit("controller_mutation_rate", client)
        if found is None or found[1] not in self._buckets:
            return 0.0
        return self._buckets[found[1]].pause(found[0], self._clock())

    def arrived(self, address: str) -> float:
        """A connection has come from an address; above 0 it is one too many."""
        quota = self.store.of_address(address)
        if quota is None:
            return 0.0
        now = self._clock()
        rate = self._rate(("ip", address), now)
        rate.record(1, now)
        pause = rate.pause(quota, now)
        if pause > 0:
            rate.record(-1, now)
        return pause
