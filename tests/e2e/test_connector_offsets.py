"""A connector's offsets set in the console, over the real worker (KIP-875): shown first, refused while it runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from confluent_kafka import Producer
from textual.widgets import Button

from clickstream_pipeline.connector_offsets import plan
from clickstream_pipeline.errors import Misuse, PipelineError, Refused
from clickstream_pipeline.model import OffsetChange
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.connector import ConnectorScreen
from clickstream_tui.screens.reset_offsets import ResetScreen
from tests.conftest import wait_until
from tests.e2e.console_host import console, text_of, until

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(120)]
_numbers = count()  # a name of its own for each: Connect keeps the offsets of what was deleted


class Made(NamedTuple):
    """A source, and a sink over a topic with 50 records."""

    pipeline: PipelineSession
    source: str
    sink: str


@pytest_asyncio.fixture
async def connectors(pipeline: PipelineSession) -> AsyncIterator[Made]:
    number = next(_numbers)
    made, topic = Made(pipeline, f"offsets-source-{number}", f"offsets-sink-{number}"), f"offsets_of_{number}"
    converter = {
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
    }
    source = {"connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": f"{topic}_made",
              "quickstart": "users", "max.interval": "100", **converter}  # fmt: skip
    sink = {"connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "topics": topic,
            "connection.url": pipeline.addresses.elasticsearch, "key.ignore": "true", "schema.ignore": "true",
            "type.name": "_doc", **converter}  # fmt: skip
    await pipeline.kafka.create_topic(topic, 1, {})
    producer = Producer({"bootstrap.servers": pipeline.addresses.kafka})
    for number in range(50):
        producer.produce(topic, b'{"n": %d}' % number)
    assert producer.flush(10) == 0
    await pipeline.connect.create(made.source, source)
    await pipeline.connect.create(made.sink, sink)
    yield made
    for name in (made.source, made.sink):
        await pipeline.connect.act(name, "delete")


async def _offsets(pipeline: PipelineSession, name: str) -> list[Any]:
    return [each["offset"] for each in await pipeline.connect.offsets(name)]


async def _opened(pilot: Any, app: Any, name: str) -> None:
    await until(lambda: name in {each.name for each in app.snapshot.connectors}, f"the connector {name}")
    await app.push_screen(ConnectorScreen(name))
    await pilot.pause()


async def _stopped(pilot: Any, app: Any, name: str) -> None:
    await pilot.press("s", "y")
    await until(
        lambda: next(each.state for each in app.snapshot.connectors if each.name == name) == "STOPPED", "the stop"
    )


async def test_a_sink_goes_on_elsewhere_once_it_is_stopped_and_that_was_agreed_to(
    connectors: Made, stack_home: Path
) -> None:
    async def read() -> bool:
        return await _offsets(connectors.pipeline, connectors.sink) == [{"kafka_offset": 50}]

    await wait_until(read, what="the sink at the end")
    async with console(stack_home) as (app, pilot):
        await _opened(pilot, app, connectors.sink)
        await pilot.press("R", *"earliest")
        await until(lambda: "repeats 50" in text_of(app, "#reset-preview"), "what that repeats")
        assert "Connect moves offsets only of a connector that is STOPPED" in text_of(app, "#reset-preview")
        assert app.screen.query_one("#yes", Button).disabled
        await pilot.press("escape")
        await _stopped(pilot, app, connectors.sink)
        await pilot.press("R", *"12")
        await until(lambda: "repeats 38" in text_of(app, "#reset-preview"))
        await pilot.press("enter", "enter")  # Cancel is at hand
        assert isinstance(app.screen, ConnectorScreen)
        assert await _offsets(connectors.pipeline, connectors.sink) == [{"kafka_offset": 50}]
        await pilot.press("R", *"12")
        await until(lambda: "repeats 38" in text_of(app, "#reset-preview"))
        await pilot.press("enter", "y")
        await until(lambda: app.announcements.latest == f"reset offsets of {connectors.sink}: done", "the change")
        assert await _offsets(connectors.pipeline, connectors.sink) == [{"kafka_offset": 12}]
        assert app.pipeline is not None
        assert "curl -sS -X PATCH" in app.pipeline.operations.log.commands[-1].line
        await pilot.press("R", *"reset")
        await until(lambda: "is forgotten" in text_of(app, "#reset-preview"))
        await pilot.press("enter", "y")
        await until(lambda: "-X DELETE" in app.pipeline.operations.log.commands[-1].line)  # pyright: ignore[reportOptionalMemberAccess]
        assert await _offsets(connectors.pipeline, connectors.sink) == []
        await pilot.press("S")
        await wait_until(read, what="the sink at the end again")


async def test_a_sources_offset_is_set_as_json(connectors: Made, stack_home: Path) -> None:
    async with console(stack_home) as (app, pilot):
        await _opened(pilot, app, connectors.source)
        await _stopped(pilot, app, connectors.source)
        before = (await _offsets(connectors.pipeline, connectors.source))[0]
        await pilot.press("R", *"earliest")
        await until(lambda: "is no offset of a source" in text_of(app, "#reset-preview"))
        field = app.screen.query_one("#reset-where")
        wanted = {**before, "current.iteration": 7}
        field.value = json.dumps(wanted)  # pyright: ignore[reportAttributeAccessIssue]
        await until(lambda: f"to {json.dumps(wanted)}" in text_of(app, "#reset-preview"))
        assert f"from {json.dumps(before)}" in text_of(app, "#reset-preview")
        await pilot.press("enter", "y")
        await until(lambda: app.announcements.latest == f"reset offsets of {connectors.source}: done")
        assert await _offsets(connectors.pipeline, connectors.source) == [wanted]


async def test_what_runs_is_refused_in_connects_words_and_nothing_is_done_where_nothing_may_be_changed(
    connectors: Made, stack_home: Path
) -> None:
    wanted = await plan("sink", [], "reset", _none)
    with pytest.raises(PipelineError, match="Connectors must be in the STOPPED state"):
        await connectors.pipeline.operations.connector_offsets(connectors.sink, wanted)
    async with console(stack_home, read_only=True) as (app, pilot):
        await _opened(pilot, app, connectors.sink)
        for key in ("R", "s", "S"):
            await pilot.press(key)
            assert isinstance(app.screen, ConnectorScreen)
            assert "read-only" in app.announcements.latest
        assert not isinstance(app.screen, ResetScreen)


async def _none(_: str) -> list[OffsetChange]:
    return []


async def test_what_can_be_typed() -> None:
    now = [{"partition": {"f": n}, "offset": {"p": n}} for n in range(2)]
    for text in ("5", "nonsense", "[1]", '"x"', ""):
        with pytest.raises(Misuse):
            await plan("source", now, text, _none)
    with pytest.raises(Misuse):
        await plan("source", [], '{"p": 1}', _none)
    with pytest.raises(Misuse):
        await plan("sink", [], "earliest", _none)
    assert (await plan("source", now, " reset ", _none)).pairs is None
    assert (await plan("source", now, "null", _none)).pairs == tuple({**each, "offset": None} for each in now)
    one = {"partition": {"f": 9}, "offset": None}
    assert (await plan("source", [], '{"partition": {"f": 9}, "offset": null}', _none)).pairs == (one,)

    async def refused(_: str) -> list[OffsetChange]:
        raise Refused("no")

    with pytest.raises(Refused):
        await plan("sink", now, "latest", refused)
