"""How many connections there may be: `max.connections`, `.per.ip`, `.per.ip.overrides`, `max.connection.creation.rate`.

As Apache Kafka has it (KIP-402, KIP-612): one too many from an address is closed; one too many in all, or too soon, is
accepted and waits until there is room.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Protocol

from clickstream_embedded.broker.broker_changes import overrides
from clickstream_embedded.broker.broker_settings import BrokerSettings

LISTENER = "plaintext"
_UNLIMITED = 2**31 - 1
_WINDOW = 10.0  # seconds over which the rate is taken: quota.window.num less one, of a second each


class Guest(Protocol):
    """A connection as it is seen at the door."""

    def admitted(self) -> None: ...

    def refused(self) -> None: ...


class Admission:
    """Who may come in, in the order of coming.

    Args:
        settings: Where the limits are; they count from the next look on.
        clock: Seconds, monotonic.
        later: Calls something after so many seconds, as `loop.call_later`.
        arrived: By the quota of an address (KIP-612): for how many seconds one that comes too soon is kept waiting.
    """

    def __init__(
        self, settings: BrokerSettings, clock: Callable[[], float], later: Callable[[float, Callable[[], None]], Any],
        arrived: Callable[[str], float] = lambda _: 0.0,
    ) -> None:  # fmt: skip
        self._settings, self._clock, self._later, self._arrived = settings, clock, later, arrived
        self._inside: dict[Guest, str] = {}
        self._of_address: Counter[str] = Counter()
        self._waiting: dict[Guest, str] = {}
        self._times: deque[float] = deque()  # when the last ones came in, kept while there is a limit
        self._alarm = False
        settings.on_change.append(self._look)

    def arrive(self, guest: Guest, address: str) -> None:
        """Admits it, refuses it, or has it wait; one that is too soon for its address is closed, after its time."""
        pause = self._arrived(address)
        if pause > 0:
            self._later(pause, guest.refused)
            return
        self._waiting[guest] = address
        self._look()

    def leave(self, guest: Guest) -> None:
        """It is gone; another may come in for it."""
        self._waiting.pop(guest, None)
        address = self._inside.pop(guest, None)
        if address is not None:
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]
        if self._waiting:
            self._look()

    def _look(self) -> None:
        while self._waiting and len(self._inside) < self._limit("max.connections"):
            pause = self._pause()
            if pause > 0:
                self._ring(pause)
                return
            guest, address = next(iter(self._waiting.items()))
            del self._waiting[guest]
            if self._of_address[address] >= self._limit_of(address):
                guest.refused()
                continue
            self._inside[guest] = address
            self._of_address[address] += 1
            guest.admitted()

    def _limit(self, name: str) -> int:
        return min(self._settings.number(name), self._settings.number(name, LISTENER))

    def _limit_of(self, address: str) -> int:
        exceptions = overrides(self._settings.value("max.connections.per.ip.overrides") or "")
        names = (address, "localhost") if address in ("127.0.0.1", "::1") else (address,)
        own = next((exceptions[name] for name in names if name in exceptions), None)
        return own if own is not None else self._settings.number("max.connections.per.ip")

    def _pause(self) -> float:
        """Seconds until the next may come in; notes that one does where it is now."""
        rate, now = self._limit("max.connection.creation.rate"), self._clock()
        if rate >= _UNLIMITED:
            self._times.clear()
            return 0
        while self._times and self._times[0] <= now - _WINDOW:
            self._times.popleft()
        if len(self._times) >= rate * _WINDOW:
            return self._times[0] + _WINDOW - now
        self._times.append(now)
        return 0

    def _ring(self, pause: float) -> None:
        if not self._alarm:
            self._alarm = True
            self._later(pause, self._rung)

    def _rung(self) -> None:
        self._alarm = False
        self._look()
