"""What each topic takes on the brokers' disks: DescribeLogDirs, which confluent-kafka has not, by the protocol itself."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clickstream_pipeline.clients.scram import Scram
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import Refused

_DESCRIBE_LOG_DIRS, _SASL_HANDSHAKE, _SASL_AUTHENTICATE = (
    (35, 1),
    (17, 1),
    (36, 0),
)  # each with the version that is asked
_LARGEST = 64 * 1024 * 1024  # bytes of an answer
_MECHANISMS = ("", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
Broker = tuple[str, int]


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">h", len(data)) + data


@dataclass(slots=True)
class _Reader:
    """Takes values from an answer, one after the other."""

    data: bytes
    place: int = 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(f">{form}", self.data, self.place)
        self.place += struct.calcsize(f">{form}")
        return int(value)

    def blob(self, form: str) -> bytes:
        size = max(self.number(form), 0)
        self.place += size
        return self.data[self.place - size : self.place]

    def text(self) -> str:
        return self.blob("h").decode("utf-8", "replace")


class _Connection:
    """One broker's connection, for requests that wait for their answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, api: tuple[int, int], body: bytes) -> _Reader:
        request = struct.pack(">hhi", *api, 1) + _text("clickstream-tui") + body
        self._writer.write(struct.pack(">i", len(request)) + request)
        await self._writer.drain()
        (size,) = struct.unpack(">i", await self._reader.readexactly(4))
        if not 4 <= size <= _LARGEST:
            raise OSError(f"an answer of {size} bytes is no answer of Kafka's")
        return _Reader(await self._reader.readexactly(size), 4)

    async def sign_in(self, access: Credentials) -> None:
        """SASL as a client does it. Raises Refused."""
        answer = await self.ask(_SASL_HANDSHAKE, _text(access.mechanism))
        if answer.number("h"):
            raise Refused(f"The broker does not take {access.mechanism}")
        if access.mechanism == "PLAIN":
            await self._authenticate(f"\0{access.username}\0{access.password.reveal()}".encode())
            return
        scram = Scram(access.mechanism, access.username, access.password)
        await self._authenticate(scram.last(await self._authenticate(scram.first)))

    async def _authenticate(self, token: bytes) -> bytes:
        answer = await self.ask(_SASL_AUTHENTICATE, struct.pack(">i", len(token)) + token)
        code, message = answer.number("h"), answer.text()
        if code:
            raise Refused(f"The broker did not accept the credentials: {message}")
        return answer.blob("i")

    def close(self) -> None:
        self._writer.close()


def _sizes(answer: _Reader) -> dict[tuple[str, int], int]:
    """Bytes by topic and partition; a copy that is on its way to another folder does not count."""
    found: dict[tuple[str, int], int] = {}
    answer.number("i")  # the time that it was held back for
    for _ in range(answer.number("i")):
        answer.number("h")  # a folder that failed has no topics
        answer.text()
        for _ in range(answer.number("i")):
            topic = answer.text()
            for _ in range(answer.number("i")):
                partition, size, _lag, moves = (answer.number(form) for form in "iqqb")
                if not moves:
                    found[topic, partition] = size
    return found


async def _ask(broker: Broker, access: Credentials | None) -> dict[tuple[str, int], int]:
    host, port = broker
    tls = access.tls_context() if access is not None and access.tls else None
    connection = _Connection(*await asyncio.open_connection(host, port, ssl=tls))
    try:
        if access is not None and access.mechanism:
            await connection.sign_in(access)
        return _sizes(await connection.ask(_DESCRIBE_LOG_DIRS, struct.pack(">i", -1)))
    finally:
        connection.close()


def _whole(answers: Iterable[dict[tuple[str, int], int]]) -> dict[str, int]:
    """Bytes of one copy of each topic: of a partition's replicas the largest, as the others may lag behind it."""
    largest: dict[tuple[str, int], int] = {}
    for answer in answers:
        for place, size in answer.items():
            largest[place] = max(size, largest.get(place, 0))
    found: dict[str, int] = {}
    for (topic, _), size in largest.items():
        found[topic] = found.get(topic, 0) + size
    return found


async def topic_sizes(brokers: Sequence[Broker], access: Credentials | None, limit: float) -> dict[str, int]:
    """Bytes on disk of one copy of each topic; none where a broker cannot be asked, as a part would look like the whole.

    Args:
        brokers: the host and port of each.
        access: who asks, and how; a mechanism beside PLAIN and SCRAM is left to librdkafka.
        limit: seconds that all of it is waited for.
    """
    if access is not None and access.mechanism not in _MECHANISMS:
        return {}
    try:
        async with asyncio.timeout(limit):
            return _whole(await asyncio.gather(*(_ask(each, access) for each in brokers)))
    except (OSError, EOFError, TimeoutError, struct.error, Refused):
        return {}
