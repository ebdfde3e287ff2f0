"""Actions on their way to the index: gathered to bulk requests, a few of them under way at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from clickstream_embedded.connect.elasticsearch_sink.documents import Action
from clickstream_embedded.connect.elasticsearch_sink.settings import SinkSettings
from clickstream_embedded.connect.java_errors import JavaError

log = logging.getLogger("connect")
Send = Callable[[Sequence[Action]], Awaitable[None]]
_Document = tuple[str, str]  # index and id


class Arrival:
    """What ends once some actions have arrived."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = 1  # whoever adds the actions counts too

    def expect(self) -> None:
        self._left += 1

    def one_less(self) -> None:
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: JavaError) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # whoever waits is told; that nobody may wait is no fault


class BulkBuffer:
    """Holds actions until they have arrived.

    A request goes once `batch.size` actions wait or the first of them has waited `linger.ms`; `max.in.flight.requests` are under
    way at most, never two with the same document, as the later one may come first. `max.buffered.records` are held; who adds
    more waits, `flush.timeout.ms` at most.

    Args:
        settings: the connector's.
        send: sends a request; returns once the index has taken all, raises JavaError where it does not.
    """

    def __init__(self, settings: SinkSettings, send: Send) -> None:
        self._settings, self._send = settings, send
        self._waiting: deque[tuple[Action, Arrival, float]] = deque()
        self._held = 0
        self._under_way: set[_Document] = set()
        self._requests: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._failure: JavaError | None = None
        self._in_a_hurry = False
        self._sender: asyncio.Task[None] | None = None

    async def add(self, action: Action, arrival: Arrival) -> None:
        """Takes an action, once there is room. Raises JavaError where there is none in time, or what was added before has failed."""
        if self._held >= self._settings.buffered:
            try:
                async with asyncio.timeout(self._settings.flush_timeout):
                    await self._until(lambda: self._held < self._settings.buffered)
            except TimeoutError:
                raise JavaError("Could not make space in the internal buffer fast enough. Consider increasing "
                                "flush.timeout.ms or max.buffered.records.") from None  # fmt: skip
        if self._failure is not None:
            raise self._failure
        arrival.expect()
        self._held += 1
        self._waiting.append((action, arrival, asyncio.get_running_loop().time()))
        if self._sender is None:
            self._sender = asyncio.create_task(self._work())
        self._tell()

    async def close(self, seconds: float) -> bool:
        """Sends what waits, for `seconds` at most, and ends; whether all has arrived."""
        self._in_a_hurry = True
        self._tell()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until(lambda: not self._held)
        tasks = [*self._requests, *([self._sender] if self._sender is not None else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return not self._held

    def _tell(self) -> None:
        """Something has changed: whoever waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while self._failure is None and not holds():
            await self._changed.wait()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._failure is None:
            await self._until(lambda: bool(self._waiting) and len(self._requests) < self._settings.in_flight)
            if self._failure is not None:
                return
            wait = self._waiting[0][2] + self._settings.linger - loop.time()
            if wait > 0 and not self._in_a_hurry and len(self._waiting) < self._settings.batch:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._until(lambda: self._in_a_hurry or len(self._waiting) >= self._settings.batch)
            batch = self._next()
            if batch:
                self._begin(batch)
            else:  # its first document is under way
                await self._until(lambda: (self._waiting[0][0].index, self._waiting[0][0].id) not in self._under_way)

    def _next(self) -> list[tuple[Action, Arrival]]:
        """What goes in the next request: as much as fits, up to the first document that is under way."""
        taken: list[tuple[Action, Arrival]] = []
        while self._waiting and len(taken) < self._settings.batch:
            action, arrival, _ = self._waiting[0]
            if (action.index, action.id) in self._under_way:
                break
            self._waiting.popleft()
            taken.append((action, arrival))
        return taken

    def _begin(self, batch: list[tuple[Action, Arrival]]) -> None:
        documents = {(action.index, action.id) for action, _ in batch}
        self._under_way |= documents
        task = asyncio.create_task(self._deliver(batch, documents))
        self._requests.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._requests.discard(task)
        self._tell()

    async def _deliver(self, batch: list[tuple[Action, Arrival]], documents: set[_Document]) -> None:
        try:
            await self._send([action for action, _ in batch])
        except JavaError as error:
            self._fail(error, [arrival for _, arrival in batch])
            return
        except Exception:  # what went wrong is ours
            log.exception("a bulk request could not be made")
            why = JavaError("The task ended on an internal error; the worker's log has it.")
            self._fail(why, [arrival for _, arrival in batch])
            return
        self._under_way -= documents
        self._held -= len(batch)
        for _, arrival in batch:
            arrival.one_less()

    def _fail(self, error: JavaError, lost: Sequence[Arrival]) -> None:
        """Nothing is sent any more; what was lost or not sent is not to be counted as arrived."""
        self._failure = self._failure or error
        for arrival in (*lost, *(arrival for _, arrival, _ in self._waiting)):
            arrival.fail(error)
        self._waiting.clear()
        self._tell()
