"""Produce and Fetch read and answered by hand are what the schemas make of the same bytes."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import asyncio
import io
import struct
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kio.serial import entity_writer

from clickstream_embedded.broker import fetch_wire, produce_wire
from clickstream_embedded.broker.admission import Admission
from clickstream_embedded.broker.batches import marker, rebuilt
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.connection import Connection
from clickstream_embedded.broker.entities import build
from clickstream_embedded.broker.legacy import request_schema
from clickstream_embedded.broker.purgatory import Purgatory
from clickstream_embedded.broker.server import _encode, answer
from clickstream_embedded.broker.wire import Truncated, body_of, put_varint, varint

INT32 = st.integers(-(2**31), 2**31 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)
NAMES = st.text(max_size=200)
IDS = st.one_of(st.none(), st.uuids().filter(lambda found: found.int != 0))
CODES = st.sampled_from([0, 1, 3, 6, 42, 87])
RECORDS = st.binary(max_size=300)

PRODUCED = st.fixed_dictionaries({
    "transactional_id": st.one_of(st.none(), NAMES), "acks": st.integers(-2, 2), "timeout": st.integers(0, 10**6),
    "topic_data": st.lists(st.fixed_dictionaries({
        "name": NAMES,
        "partition_data": st.lists(
            st.fixed_dictionaries({"index": INT32, "records": st.one_of(st.none(), RECORDS)}), max_size=3
        ),
    }), max_size=3),
})  # fmt: skip
PRODUCE_ANSWER = st.fixed_dictionaries({
    "responses": st.lists(st.fixed_dictionaries({
        "name": NAMES,
        "partition_responses": st.lists(st.fixed_dictionaries({
            "index": INT32, "error_code": CODES, "base_offset": INT64, "log_start_offset": INT64,
            "log_append_time": st.one_of(st.none(), st.integers(0, 2**41)),
            "error_message": st.one_of(st.none(), NAMES),
            "record_errors": st.lists(st.fixed_dictionaries(
                {"batch_index": INT32, "batch_index_error_message": st.one_of(st.none(), NAMES)}
            ), max_size=2),
        }), max_size=3),
    }), max_size=3),
})  # fmt: skip
WANTED = st.fixed_dictionaries({
    "partition": INT32, "current_leader_epoch": INT32, "fetch_offset": INT64, "last_fetched_epoch": INT32,
    "log_start_offset": INT64, "partition_max_bytes": INT32,
})  # fmt: skip
FETCHED = st.fixed_dictionaries({
    "max_wait": st.integers(0, 10**6), "min_bytes": INT32, "max_bytes": INT32, "isolation_level": st.integers(0, 1),
    "session_id": INT32, "session_epoch": INT32, "rack_id": NAMES,
    "topics": st.lists(st.fixed_dictionaries(
        {"topic": NAMES, "topic_id": IDS, "partitions": st.lists(WANTED, max_size=3)}
    ), max_size=3),
    "forgotten_topics_data": st.lists(st.fixed_dictionaries(
        {"topic": NAMES, "topic_id": IDS, "partitions": st.lists(INT32, max_size=3)}
    ), max_size=2),
})  # fmt: skip
FETCH_ANSWER = st.fixed_dictionaries({
    "error_code": CODES, "session_id": INT32,
    "responses": st.lists(st.fixed_dictionaries({
        "topic": NAMES, "topic_id": IDS,
        "partitions": st.lists(st.fixed_dictionaries({
            "partition_index": INT32, "error_code": CODES, "high_watermark": INT64, "last_stable_offset": INT64,
            "log_start_offset": INT64, "records": RECORDS,
            "aborted_transactions": st.one_of(st.none(), st.lists(st.fixed_dictionaries(
                {"producer_id": INT64, "first_offset": INT64}
            ), max_size=2)),
        }), max_size=3),
    }), max_size=3),
})  # fmt: skip


def frame_of(key: int, version: int, values: dict[str, Any], client: str | None = "a test") -> bytes:
    """A request as the schemas write it."""
    schema = request_schema(key, version)
    buffer = io.BytesIO()
    header = {"request_api_key": key, "request_api_version": version, "correlation_id": 7, "client_id": client}
    entity_writer(schema.__header_schema__)(buffer, build(schema.__header_schema__, header))
    entity_writer(schema)(buffer, build(schema, values))
    return buffer.getvalue()


@given(values=PRODUCED, version=st.sampled_from(list(produce_wire.VERSIONS)), client=st.one_of(st.none(), NAMES))
def test_a_produce_request_is_read_as_by_its_schema(values: dict[str, Any], version: int, client: str | None) -> None:
    frame = frame_of(0, version, values, client)
    found = produce_wire.read(frame, body_of(frame), version)
    assert found.acks == values["acks"]
    assert [
        (topic.name, [(each.index, None if each.records is None else bytes(each.records)) for each in topic.partition_data])
        for topic in found.topic_data
    ] == [
        (topic["name"], [(each["index"], each["records"]) for each in topic["partition_data"]])
        for topic in values["topic_data"]
    ]  # fmt: skip


@given(values=PRODUCE_ANSWER, version=st.sampled_from(list(produce_wire.VERSIONS)))
def test_a_produce_answer_is_written_as_by_its_schema(values: dict[str, Any], version: int) -> None:
    assert produce_wire.answer(7, values) == _encode(0, version, 7, values)


@given(values=FETCHED, version=st.sampled_from(list(fetch_wire.VERSIONS)))
def test_a_fetch_request_is_read_as_by_its_schema(values: dict[str, Any], version: int) -> None:
    frame = frame_of(1, version, values)
    found = fetch_wire.read(frame, body_of(frame), version)
    name = "topic" if version < 13 else "topic_id"
    for field in ("min_bytes", "max_bytes", "isolation_level", "session_id", "session_epoch"):
        assert getattr(found, field) == values[field]
    assert round(found.max_wait.total_seconds() * 1000) == values["max_wait"]
    assert [
        (getattr(topic, name), [
            {each: getattr(wanted, each) for each in ("partition", "current_leader_epoch", "fetch_offset", "partition_max_bytes")}
            for wanted in topic.partitions
        ]) for topic in found.topics
    ] == [
        (topic[name], [
            {each: wanted[each] for each in ("partition", "current_leader_epoch", "fetch_offset", "partition_max_bytes")}
            for wanted in topic["partitions"]
        ]) for topic in values["topics"]
    ]  # fmt: skip
    assert [(getattr(topic, name), topic.partitions) for topic in found.forgotten_topics_data] == [
        (topic[name], topic["partitions"]) for topic in values["forgotten_topics_data"]
    ]


@given(values=FETCH_ANSWER, version=st.sampled_from(list(fetch_wire.VERSIONS)))
def test_a_fetch_answer_is_written_as_by_its_schema(values: dict[str, Any], version: int) -> None:
    assert b"".join(fetch_wire.answer(7, version, values)) == _encode(1, version, 7, values)


@given(values=FETCHED, data=st.data())
def test_a_request_that_is_cut_short_is_refused(values: dict[str, Any], data: st.DataObject) -> None:
    frame = frame_of(1, 16, values)
    cut = frame[: data.draw(st.integers(8, len(frame) - 1))]
    with pytest.raises((struct.error, IndexError, ValueError)):
        fetch_wire.read(cut, body_of(cut), 16)


@given(junk=st.binary(max_size=200))
def test_junk_is_refused_or_read_but_nothing_else(junk: bytes) -> None:
    frame = struct.pack(">hhihB", 0, 9, 1, -1, 0) + junk
    for read in (
        lambda: produce_wire.read(frame, body_of(frame), 9),
        lambda: fetch_wire.read(frame, body_of(frame), 16),
    ):
        try:
            read()
        except (struct.error, IndexError, ValueError):
            continue


@given(st.integers(0, 2**32 - 1))
def test_varints_come_back(number: int) -> None:
    written = put_varint(number)
    assert varint(written + b"x", 0) == (number, len(written))


def test_a_varint_without_end_is_refused() -> None:
    with pytest.raises(Truncated):
        varint(b"\xff" * 10, 0)


# -- waiting ---------------------------------------------------------------------------------------------------


async def test_a_wait_ends_with_enough_bytes_in_its_own_partition_only() -> None:
    purgatory, woken = Purgatory(), asyncio.Event()
    purgatory.wait([("a", 0), ("a", 1)], 10, time.monotonic() + 60, woken.set)
    purgatory.appended(("b", 0), 100)
    purgatory.appended(("a", 1), 9)
    await asyncio.sleep(0)
    assert not woken.is_set()
    purgatory.appended(("a", 0), 1)
    async with asyncio.timeout(5):
        await woken.wait()
    assert len(purgatory) == 0


async def test_a_wait_ends_with_its_time_and_not_before() -> None:
    purgatory, woken = Purgatory(), asyncio.Event()
    deadline = time.monotonic() + 0.03
    purgatory.wait([("a", 0)], 1, deadline, woken.set)
    async with asyncio.timeout(5):
        await woken.wait()
    assert time.monotonic() >= deadline
    assert len(purgatory) == 0


async def test_what_is_cancelled_is_never_woken() -> None:
    purgatory = Purgatory()
    delayed = purgatory.wait([("a", 0)], 1, time.monotonic() + 60, pytest.fail)
    purgatory.cancel(delayed)
    purgatory.appended(("a", 0), 1)
    purgatory.wake_all()
    await asyncio.sleep(0)
    assert len(purgatory) == 0


# -- a connection ----------------------------------------------------------------------------------------------


class Client:
    """The other end of a connection, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, *frames: bytes) -> None:
        self._writer.write(b"".join(struct.pack(">i", len(frame)) + frame for frame in frames))

    async def receive(self) -> bytes:
        async with asyncio.timeout(10):
            (size,) = struct.unpack(">i", await self._reader.readexactly(4))
            return await self._reader.readexactly(size)

    async def ended(self) -> bool:
        async with asyncio.timeout(10):
            return not await self._reader.read()

    def close(self) -> None:
        self._writer.close()


async def connected(tmp_path: Path) -> tuple[Broker, Client, asyncio.Server, set[Connection]]:
    broker = Broker(tmp_path, "127.0.0.1", 0)
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    admission = Admission(broker.settings, loop.time, loop.call_later)
    server = await loop.create_server(lambda: Connection(broker, answer, connections, admission), "127.0.0.1", 0)
    client = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
    return broker, client, server, connections


def fetch_frame(topic_id: uuid.UUID, wait: int, correlation: int) -> bytes:
    wanted = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1000}
    frame = frame_of(1, 16, {"max_wait": wait, "min_bytes": 1, "max_bytes": 1000, "session_epoch": -1,
                             "topics": [{"topic_id": topic_id, "partitions": [wanted]}]})  # fmt: skip
    return frame[:4] + struct.pack(">i", correlation) + frame[8:]


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


async def test_answers_come_in_the_order_of_the_requests_whoever_gives_them(tmp_path: Path) -> None:
    broker, client, server, _ = await connected(tmp_path)
    topic = broker.topics.create("t", 1, {})
    versions = frame_of(18, 3, {"client_software_name": "a", "client_software_version": "1"})
    client.send(fetch_frame(topic.topic_id, 30, 1), versions, fetch_frame(topic.topic_id, 0, 2))
    heads = [struct.unpack_from(">i", await client.receive())[0] for _ in range(3)]
    assert heads == [1, 7, 2]
    client.close()
    server.close()
    broker.close()


async def test_a_client_that_leaves_while_it_waits_leaves_nothing(tmp_path: Path) -> None:
    broker, client, server, connections = await connected(tmp_path)
    topic = broker.topics.create("t", 1, {})
    client.send(fetch_frame(topic.topic_id, 60_000, 1))
    async with asyncio.timeout(10):
        await until(lambda: len(broker.purgatory) > 0)
        client.close()
        await until(lambda: not connections)
    assert len(broker.purgatory) == 0
    server.close()
    broker.close()


@pytest.mark.parametrize("frame", [b"\0\0\0\x09" + bytes(4), b"\0\x01\0\x10" + bytes(5), b"\x7f\xff\0\0" + bytes(4)])
async def test_a_malformed_request_ends_its_connection(tmp_path: Path, frame: bytes) -> None:
    broker, client, server, _ = await connected(tmp_path)
    client.send(frame)
    assert await client.ended()
    server.close()
    broker.close()


async def test_large_records_are_answered_whole_and_uncopied(tmp_path: Path) -> None:
    broker, client, server, _ = await connected(tmp_path)
    topic = broker.topics.create("t", 1, {})
    for number in range(3):
        header, batch = rebuilt(marker(-1, -1, 0, committed=True)[1], 0, bytes([number]) * 100_000)
        topic.append(topic.partitions[0], header, batch, 0)
    stored = topic.partitions[0].log.read(0, 10**6)
    assert isinstance(stored, memoryview)  # of what was read from the disk
    wanted = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 10**6}
    client.send(frame_of(1, 16, {"max_wait": 0, "min_bytes": 1, "max_bytes": 10**6, "session_epoch": -1,
                                 "topics": [{"topic_id": topic.topic_id, "partitions": [wanted]}]}))  # fmt: skip
    assert bytes(stored) in await client.receive()
    client.close()
    server.close()
    broker.close()
