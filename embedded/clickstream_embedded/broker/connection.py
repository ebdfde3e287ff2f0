"""One client's connection: frames in, answers out, in order (Kafka protocol guide, "Protocol Primitives").

Produce and Fetch of the versions that clients use are read and answered by hand, without a task or a timer of their
own; all else goes through the schemas.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from clickstream_embedded.broker import data_api, fetch_api, fetch_wire, produce_wire
from clickstream_embedded.broker.admission import Admission
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError, Malformed
from clickstream_embedded.broker.purgatory import Delayed
from clickstream_embedded.broker.wire import body_of, client_of

log = logging.getLogger("broker")

MAX_FRAME = 100 * 1024 * 1024  # socket.request.max.bytes
_SMALLEST = 8  # bytes of a request's header without its client
_AHEAD = 4 * 1024 * 1024  # bytes of further requests that are taken in while one is answered
_LARGE = 32 * 1024  # bytes that cost more to copy than to send by themselves
_HEADER = struct.Struct(">hhi")  # API key, version, correlation
_LENGTH = struct.Struct(">i")
_PRODUCE, _FETCH = 0, 1


Answered = tuple[bytes | None, float]  # the answer, if any; for how many seconds its client is not heard then
Answering = Callable[[Broker, str, bytes], Awaitable[Answered]]  # of (broker, peer, frame)


class Connection(asyncio.Protocol):
    """One client: its requests are answered in order.

    Args:
        broker: Who answers.
        answering: Answers the requests that are not read by hand. Raises Malformed.
        connections: All that are open; this one is among them while it is.
        admission: Says whether it may come in, and when.
    """

    def __init__(
        self, broker: Broker, answering: Answering, connections: set[Connection], admission: Admission
    ) -> None:
        self._broker, self._answering, self._connections = broker, answering, connections
        self._admission = admission
        self._transport: Any = None
        self._peer = "?"
        self._buffer = bytearray()
        self._working = self._held = False
        self._busy = True  # until it is admitted
        self._writable = True
        self._task: asyncio.Task[Answered] | None = None
        self._delayed: Delayed | None = None

    # -- of the transport --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._peer = str((transport.get_extra_info("peername") or ("?",))[0])
        self._connections.add(self)
        self._admission.arrive(self, self._peer)

    def admitted(self) -> None:
        """There is room: what it sent meanwhile is answered."""
        self._busy = False
        self._work()

    def refused(self) -> None:
        """There are too many of its address."""
        log.info("too many connections from %s", self._peer)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._admission.leave(self)
        self._busy = True  # nothing more is answered
        self._buffer.clear()
        if self._task is not None:
            self._task.cancel()
        if self._delayed is not None:
            self._broker.purgatory.cancel(self._delayed)

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._work()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._working:
            self._work()
        if len(self._buffer) > _AHEAD and (self._busy or not self._writable) and not self._held:
            self._held = True
            self._transport.pause_reading()

    async def close(self) -> None:
        """Ends it, and what is under way for it."""
        self._transport.abort()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -- frames ------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Answers what has come, until a request has to wait."""
        self._working = True
        try:
            while not self._busy and self._writable and (frame := self._frame()) is not None:
                self._busy = True
                self._take(frame)
        except Malformed as error:
            log.warning("closing a connection from %s: %s", self._peer, error)
            self._busy = True
            self._transport.close()
        finally:
            self._working = False
        if self._held and len(self._buffer) <= _AHEAD and not self._busy:
            self._held = False
            self._transport.resume_reading()

    def _frame(self) -> bytes | None:
        """The next whole frame, without its length."""
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        (size,) = _LENGTH.unpack_from(buffer)
        if not _SMALLEST <= size <= MAX_FRAME:
            raise Malformed(f"a frame of {size} bytes is no Kafka request")
        if len(buffer) < 4 + size:
            if self._held:  # it is larger than what is taken in ahead
                self._held = False
                self._transport.resume_reading()
            return None
        with memoryview(buffer) as view:
            frame = bytes(view[4 : 4 + size])
        del buffer[: 4 + size]
        return frame

    def _take(self, frame: bytes) -> None:
        key, version, correlation = _HEADER.unpack_from(frame)
        begun = time.perf_counter() if self._broker.quotas else 0.0
        if key == _PRODUCE and version in produce_wire.VERSIONS:
            request = self._read(lambda: produce_wire.read(frame, body_of(frame), version))
            values = data_api.append(self._broker, request)
            pause = self._paused(frame, begun, _LENGTH.size + len(frame)) if self._broker.quotas else 0.0
            answer = None if values is None else produce_wire.answer(correlation, values, round(pause * 1000))
            self._reply(None if answer is None else [answer], pause)
        elif key == _FETCH and version in fetch_wire.VERSIONS:
            request = self._read(lambda: fetch_wire.read(frame, body_of(frame), version))
            try:
                client = client_of(frame) if self._broker.quotas else ""
                self._look(fetch_api.Fetching(self._broker, request, client), correlation, version)
            except KafkaApiError as error:
                self._reply(fetch_wire.answer(correlation, version, fetch_api.refused(error, request, version)))
        else:
            self._task = asyncio.ensure_future(self._answering(self._broker, self._peer, frame))
            self._task.add_done_callback(self._answered)

    def _paused(self, frame: bytes, begun: float, size: int) -> float:
        """For how long a client is not heard that sent so many bytes and was worked for since `begun`."""
        client, quotas = self._read(lambda: client_of(frame)), self._broker.quotas
        return max(quotas.produced(client, size), quotas.handled(client, time.perf_counter() - begun))

    @staticmethod
    def _read(reading: Callable[[], Any]) -> Any:
        try:
            return reading()
        except (struct.error, IndexError, ValueError) as error:
            raise Malformed(f"a request could not be read: {error}") from error

    def _look(self, fetching: fetch_api.Fetching, correlation: int, version: int) -> None:
        """Answers a fetch, or has it wait."""
        self._delayed = None
        found = fetching.look()
        if found is not None:
            found, pause = fetching.throttled(found)
            self._reply(fetch_wire.answer(correlation, version, found, round(pause * 1000)), pause)
            return
        self._delayed = self._broker.purgatory.wait(
            fetching.places, fetching.missing, fetching.deadline,
            lambda: self._look_again(fetching, correlation, version),
        )  # fmt: skip

    def _look_again(self, fetching: fetch_api.Fetching, correlation: int, version: int) -> None:
        try:
            if not self._transport.is_closing():
                self._look(fetching, correlation, version)
        except OSError as error:
            log.error("closing a connection from %s: a log cannot be read: %s", self._peer, error)
            self._transport.close()

    def _answered(self, task: asyncio.Task[Answered]) -> None:
        self._task = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            answer, pause = task.result()
            self._reply(None if answer is None else [answer], pause)
            return
        if isinstance(error, Malformed):
            log.warning("closing a connection from %s: %s", self._peer, error)
        else:
            log.error("closing a connection from %s: a request could not be answered", self._peer, exc_info=error)
        self._transport.close()

    def _reply(self, parts: Sequence[bytes | memoryview] | None, pause: float = 0.0) -> None:
        if parts is not None:
            self._write(parts)
        if pause > 0:  # it is told, and is not heard meanwhile (KIP-219)
            asyncio.get_running_loop().call_later(pause, self._heard_again)
            return
        self._busy = False
        if not self._working:
            self._work()

    def _write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Sends an answer behind its length: small parts together, large ones as they are."""
        together: list[bytes | memoryview] = [_LENGTH.pack(sum(map(len, parts)))]
        for part in parts:
            if len(part) < _LARGE:
                together.append(part)
                continue
            self._transport.write(b"".join(together))
            self._transport.write(part)
            together = []
        if together:
            self._transport.write(b"".join(together))

    def _heard_again(self) -> None:
        if not self._transport.is_closing():
            self._busy = False
            self._work()
