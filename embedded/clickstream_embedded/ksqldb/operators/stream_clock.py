"""Stream time as part of a query's state: records that moved it may have left nothing else behind."""

from __future__ import annotations

from collections.abc import Callable

from clickstream_embedded.ksqldb.operators.state_store import Changes, StateStore

Times = tuple[int, ...]  # ms; -1 where no record has come yet


class StreamClock(StateStore):
    """The times that an operator has seen, kept with its state at each commit.

    Args:
        name: Of the operator.
        now: Gives the times as they stand.
    """

    __slots__ = ("_kept", "_now")

    def __init__(self, name: str, now: Callable[[], Times]) -> None:
        super().__init__(f"{name}-time")
        self._now = now
        self._kept: Times = ()

    def drain(self) -> Changes:
        """The times, where they have moved since the last commit."""
        times = self._now()
        if times == self._kept:
            return {}
        self._kept = times
        return {0: times}

    @property
    def restored(self) -> Times:
        """The times that were loaded; none where there is no checkpoint of them."""
        return self.data.get(0, ())
