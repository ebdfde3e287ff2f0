"""Operations that are tried again (KIP-298): `errors.retry.timeout` and `errors.retry.delay.max.ms`.

Only what passes by itself is tried again, which Connect calls a RetriableException: of what this worker has, a Schema
Registry that does not answer in time. One that refuses connections ends the task at once, as it does the real worker's.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from clickstream_embedded.connect.converters.converter import Converter
from clickstream_embedded.connect.data import Schema
from clickstream_embedded.connect.java_errors import TransientError

_T = TypeVar("_T")
_FIRST = 0.3  # seconds before the first retry; each further one waits twice as long


class Retries:
    """How the operations of one task are tried again. They wait in threads; `stop` ends that.

    Args:
        config: the connector's.
        clock: seconds.
        wait: waits for some seconds; whether it was stopped meanwhile.
    """

    def __init__(
        self, config: Mapping[str, str], clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:  # fmt: skip
        timeout = int(config.get("errors.retry.timeout", "0"))
        self._timeout = timeout / 1000 if timeout >= 0 else float("inf")
        self._longest = int(config.get("errors.retry.delay.max.ms", "60000")) / 1000
        self._stopped = threading.Event()
        self._clock, self._wait = clock, wait or self._stopped.wait

    def stop(self) -> None:
        """Nothing is tried again from now on."""
        self._stopped.set()

    def call(self, operation: Callable[[], _T]) -> _T:
        """What the operation gives. Raises what it raised last."""
        deadline, attempt = self._clock() + self._timeout, 0
        while True:
            attempt += 1
            try:
                return operation()
            except TransientError:
                left = deadline - self._clock()
                if left <= 0 or self._stopped.is_set() or self._wait(min(self._pause(attempt), left)):
                    raise

    def _pause(self, attempt: int) -> float:
        delay = _FIRST * 2.0 ** min(attempt - 1, 60)
        return delay if delay <= self._longest else random.uniform(0, self._longest)


class PatientConverter:
    """A converter that may have to wait for another server, with retries."""

    asks = True

    def __init__(self, converter: Converter, retries: Retries) -> None:
        self._converter, self._retries = converter, retries

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        return self._retries.call(lambda: self._converter.to_bytes(topic, schema, value))

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        return self._retries.call(lambda: self._converter.from_bytes(topic, data))
