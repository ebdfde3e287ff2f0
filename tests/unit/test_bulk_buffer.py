"""The Elasticsearch sink's buffer: what its settings say of how requests are made, by an index that the test holds."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from clickstream_embedded.connect.elasticsearch_sink.bulk_buffer import Arrival, BulkBuffer
from clickstream_embedded.connect.elasticsearch_sink.documents import Action
from clickstream_embedded.connect.elasticsearch_sink.settings import SinkSettings, sink_settings
from clickstream_embedded.connect.java_errors import JavaError

_LONG = 3600.0  # seconds: longer than any test


class Index:
    """Takes requests when it is told to; a request is the list of its documents' ids."""

    def __init__(self, **settings: Any) -> None:
        self.requests: list[list[str]] = []
        self.asked = asyncio.Event()
        self._answers: list[asyncio.Future[None]] = []
        self.buffer = BulkBuffer(_settings(**settings), self._send)

    async def _send(self, actions: Sequence[Action]) -> None:
        self.requests.append([each.id for each in actions])
        self.asked.set()
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        await answer

    async def put(self, *ids: str) -> Arrival:
        arrival = Arrival()
        for each in ids:
            await self.buffer.add(Action("index", "i", each, None, b"{}", record=None), arrival)  # type: ignore[arg-type]
        arrival.one_less()
        await settled()
        return arrival

    async def answers(self, number: int, error: Exception | None = None) -> None:
        """The request of that number is answered."""
        if error is None:
            self._answers[number].set_result(None)
        else:
            self._answers[number].set_exception(error)
        await settled()


def _settings(**changes: Any) -> SinkSettings:
    found = sink_settings({"connection.url": "http://h:1"})
    return dataclasses.replace(found, **{"linger": 0.0, **changes})


async def settled() -> None:
    """Everything that can go on without a clock or an answer has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest_asyncio.fixture
async def made() -> AsyncIterator[list[Index]]:
    """The indices of a test, closed at its end."""
    indices: list[Index] = []
    yield indices
    for each in indices:
        await each.buffer.close(0)


def index(made: list[Index], **settings: Any) -> Index:
    made.append(Index(**settings))
    return made[-1]


def test_the_documented_defaults() -> None:
    found = sink_settings({"connection.url": "http://h:1"})
    assert (found.batch, found.in_flight, found.buffered, found.linger, found.flush_timeout) == (
        2000,
        5,
        20_000,
        0.001,
        10,
    )


async def test_a_request_goes_once_it_is_full(made: list[Index]) -> None:
    there = index(made, batch=2, linger=_LONG)
    arrival = await there.put("a", "b", "c")
    assert there.requests == [["a", "b"]]
    await there.answers(0)
    assert not arrival.done.done()  # the third waits for a fourth
    await there.put("d")
    assert there.requests == [["a", "b"], ["c", "d"]]
    await there.answers(1)
    assert arrival.done.done()


async def test_a_request_that_is_not_full_goes_after_the_linger_of_its_first(made: list[Index]) -> None:
    there = index(made, linger=0.05)
    begun = asyncio.get_running_loop().time()
    await there.put("a")
    assert there.requests == []
    await asyncio.wait_for(there.asked.wait(), 10)
    assert asyncio.get_running_loop().time() - begun >= 0.05


async def test_no_more_requests_are_under_way_than_may_be(made: list[Index]) -> None:
    there = index(made, batch=1, in_flight=2)
    await there.put("a", "b", "c")
    assert there.requests == [["a"], ["b"]]
    await there.answers(1)
    assert there.requests[2:] == [["c"]]


async def test_a_document_is_not_sent_while_an_earlier_one_of_its_id_is_under_way(made: list[Index]) -> None:
    there = index(made, batch=2)
    await there.put("a", "b", "c", "a", "d")
    assert there.requests == [["a", "b"], ["c"]]
    await there.answers(1)
    assert there.requests[2:] == []
    await there.answers(0)
    assert there.requests[2:] == [["a", "d"]]


async def test_who_finds_no_room_waits_for_it_and_fails_after_a_while(made: list[Index]) -> None:
    there = index(made, buffered=2, flush_timeout=_LONG)
    await there.put("a", "b")
    waits = asyncio.create_task(there.put("c"))
    await settled()
    assert not waits.done()
    await there.answers(0)
    await waits
    there = index(made, buffered=1, flush_timeout=0.01)
    await there.put("a")
    with pytest.raises(JavaError, match="Could not make space in the internal buffer fast enough"):
        await there.put("b")


async def test_what_fails_ends_all(made: list[Index]) -> None:
    there = index(made, batch=1, in_flight=1, buffered=2)
    first, second = await there.put("a"), await there.put("b")
    waits = asyncio.create_task(there.put("c"))
    await settled()
    failure = JavaError("Bulk request failed")
    await there.answers(0, failure)
    for arrival in (first, second):
        assert arrival.done.exception() is failure
    with pytest.raises(JavaError, match="Bulk request failed"):
        await waits
    with pytest.raises(JavaError, match="Bulk request failed"):
        await there.put("d")
    assert there.requests == [["a"]]


async def test_a_fault_of_ours_is_told_without_pythons_words(made: list[Index]) -> None:
    there = index(made)
    arrival = await there.put("a")
    await there.answers(0, KeyError("x"))
    error = arrival.done.exception()
    assert isinstance(error, JavaError)
    assert "KeyError" not in error.trace()


@pytest.mark.parametrize("answers", [True, False])
async def test_the_end_sends_what_waits_and_does_not_wait_for_ever(answers: bool) -> None:
    there = Index(linger=_LONG)
    arrival = await there.put("a")
    ending = asyncio.create_task(there.buffer.close(_LONG if answers else 0.01))
    await settled()
    assert there.requests == [["a"]]
    if answers:
        await there.answers(0)
    assert await ending is answers
    assert arrival.done.done() is answers


async def test_nothing_to_do_is_done_at_once() -> None:
    there = Index()
    assert (await there.put()).done.done()
    assert await there.buffer.close(_LONG)
