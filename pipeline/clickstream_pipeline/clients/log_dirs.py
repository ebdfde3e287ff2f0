"""What each topic takes on the brokers' disks: DescribeLogDirs, which confluent-kafka has not, by the protocol itself."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from clickstream_pipeline.credentials import Credentials

_DESCRIBE_LOG_DIRS = (35, 1)  # with the version that is asked
_LARGEST = 64 * 1024 * 1024  # bytes of an answer
Broker = tuple[str, int]
Sizes = Mapping[tuple[str, int], int]  # bytes by topic and partition


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

    def text(self) -> str:
        size = max(self.number("h"), 0)
        self.place += size
        return self.data[self.place - size : self.place].decode("utf-8", "replace")


def _sizes(answer: _Reader) -> Sizes:
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


async def _ask(broker: Broker, access: Credentials | None) -> Sizes:
    tls = access.tls_context() if access is not None and access.tls else None
    reader, writer = await asyncio.open_connection(*broker, ssl=tls)
    try:
        request = struct.pack(">hhi", *_DESCRIBE_LOG_DIRS, 1) + _text("clickstream-tui") + struct.pack(">i", -1)
        writer.write(struct.pack(">i", len(request)) + request)
        await writer.drain()
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        if not 4 <= size <= _LARGEST:
            raise OSError(f"an answer of {size} bytes is no answer of Kafka's")
        return _sizes(_Reader(await reader.readexactly(size), 4))
    finally:
        writer.close()


async def _answer(broker: Broker, access: Credentials | None) -> Sizes:
    """Raises OSError, which names the broker."""
    try:
        return await _ask(broker, access)
    except (OSError, EOFError, struct.error) as error:
        raise OSError(f"{broker[0]}:{broker[1]} did not tell: {error}") from error


def whole(answers: Iterable[Sizes]) -> dict[str, int]:
    """Bytes of one copy of each topic: of a partition's replicas the largest, as the others may lag behind it."""
    largest: dict[tuple[str, int], int] = {}
    for answer in answers:
        for place, size in answer.items():
            largest[place] = max(size, largest.get(place, 0))
    found: dict[str, int] = {}
    for (topic, _), size in largest.items():
        found[topic] = found.get(topic, 0) + size
    return found


@dataclass(frozen=True, slots=True)
class TopicSizes:
    """Bytes on disk of one copy of each topic; `why` says why none are known."""

    by_topic: Mapping[str, int] = field(default_factory=dict[str, int])
    why: str = ""


async def topic_sizes(brokers: Sequence[Broker], access: Credentials | None, limit: float) -> TopicSizes:
    """What each topic takes; nothing where a broker cannot be asked, as a part would look like the whole.

    Args:
        brokers: the host and port of each.
        access: how it is asked; a cluster that asks for SASL is not, as only librdkafka signs in here.
        limit: seconds that all of it is waited for.
    """
    if access is not None and access.mechanism:
        return TopicSizes(why="the cluster asks for SASL, with which sizes are not asked")
    try:
        async with asyncio.timeout(limit):
            return TopicSizes(whole(await asyncio.gather(*(_answer(each, access) for each in brokers))))
    except TimeoutError:
        return TopicSizes(why=f"no answer from all brokers within {limit:g} s")
    except OSError as error:
        return TopicSizes(why=str(error))
