"""What topics take on disk, asked by Kafka's protocol: sizes, sign-in, and what cannot be told."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable

from clickstream_pipeline.clients.log_dirs import topic_sizes
from clickstream_pipeline.clients.scram import Scram
from clickstream_pipeline.credentials import Credentials, Secret

Sizes = dict[tuple[str, int], tuple[int, int]]  # by topic and partition: bytes, and 1 while it moves to another folder


def text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def described(sizes: Sizes) -> bytes:
    """A DescribeLogDirs answer, version 1: one folder that failed, and one that has all."""
    topics = b"".join(
        text(topic) + struct.pack(">iiqqb", 1, number, size, 0, moves)
        for (topic, number), (size, moves) in sizes.items()
    )
    failed = struct.pack(">h", 56) + text("/gone") + struct.pack(">i", 0)
    return (
        struct.pack(">ii", 0, 2)
        + failed
        + struct.pack(">h", 0)
        + text("/data")
        + struct.pack(">i", len(sizes))
        + topics
    )


async def with_brokers(
    answers: list[list[bytes]], ask: Callable[[list[tuple[str, int]]], Awaitable[dict[str, int]]]
) -> tuple[dict[str, int], list[bytes]]:
    """What is found of brokers that give these answers in turn, and the bodies of what they were asked."""
    asked: list[bytes] = []

    def broker(bodies: list[bytes]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for body in bodies:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                asked.append(await reader.readexactly(size))
                answer = struct.pack(">i", 1) + body
                writer.write(struct.pack(">i", len(answer)) + answer)
            await writer.drain()
            writer.close()

        return talk

    servers = [await asyncio.start_server(broker(bodies), "127.0.0.1", 0) for bodies in answers]
    try:
        found = await ask([server.sockets[0].getsockname()[:2] for server in servers])
    finally:
        for server in servers:
            server.close()
    return found, asked


async def test_of_replicas_one_copy_counts_and_of_partitions_all() -> None:
    first = described({("a", 0): (100, 0), ("a", 1): (7, 0), ("b", 0): (5, 0), ("b", 1): (999, 1)})
    second = described({("a", 0): (90, 0), ("b", 1): (2, 0)})
    found, asked = await with_brokers([[first], [second]], lambda brokers: topic_sizes(brokers, None, 5.0))
    assert found == {"a": 107, "b": 7}
    assert all(struct.unpack_from(">hh", each) == (35, 1) for each in asked)


async def test_a_broker_that_cannot_be_asked_leaves_all_unknown() -> None:
    """The part that the others hold would look like the whole."""
    good = described({("a", 0): (100, 0)})
    found, _ = await with_brokers([[good], [b"\0"]], lambda brokers: topic_sizes(brokers, None, 5.0))
    assert found == {}
    assert await topic_sizes([("127.0.0.1", 1)], None, 5.0) == {}
    assert await topic_sizes([], Credentials("", mechanism="OAUTHBEARER"), 5.0) == {}


async def test_who_must_sign_in_does() -> None:
    access = Credentials("", "ada", Secret("pw"), mechanism="PLAIN")
    accepted = struct.pack(">hhi", 0, -1, 0)
    bodies = [struct.pack(">hi", 0, 0), accepted, described({("a", 0): (1, 0)})]
    found, asked = await with_brokers([bodies], lambda brokers: topic_sizes(brokers, access, 5.0))
    assert found == {"a": 1}
    assert asked[1].endswith(b"\0ada\0pw")
    refused = [struct.pack(">hi", 0, 0), struct.pack(">h", 58) + text("no") + struct.pack(">i", 0)]
    found, _ = await with_brokers([refused], lambda brokers: topic_sizes(brokers, access, 5.0))
    assert found == {}


def test_scram_proves_the_password_as_rfc_7677_has_it() -> None:
    """The example of RFC 7677, section 3."""
    scram = Scram("SCRAM-SHA-256", "user", Secret("pencil"), "rOprNGfwEbeRWgbNEkqO")
    assert scram.first == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    challenge = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    assert scram.last(challenge) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
