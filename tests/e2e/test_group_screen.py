"""Consumer groups in the console, over the real broker: lag, order, and a reset that shows first what it does."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from textual.widgets import Button

from clickstream_pipeline.clients.kafka_groups import ResetTo
from clickstream_pipeline.errors import Refused
from clickstream_pipeline.model import OffsetChange
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.groups import GroupsScreen
from clickstream_tui.screens.reset_offsets import ResetScreen
from clickstream_widgets.note import Note
from tests.conftest import wait_until
from tests.e2e.console_host import console, text_of, until

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(120)]
RECORDS, READ = 20, 15


async def _group(pipeline: PipelineSession, name: str) -> None:
    """A group without members that has read 15 of 20 records: 10 of two hours ago, 10 of now."""
    topic, bootstrap = f"of_{name}", pipeline.addresses.kafka
    await pipeline.kafka.create_topic(topic, 1, {})
    producer = Producer({"bootstrap.servers": bootstrap})
    now = int(time.time() * 1000)
    for number in range(RECORDS):
        producer.produce(topic, b"x", timestamp=now - 7_200_000 if number < 10 else now)
    assert producer.flush(10) == 0
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": name, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 0, READ)], asynchronous=False)
    consumer.close()


async def _committed(pipeline: PipelineSession, name: str) -> int | None:
    return next(group for group in await pipeline.kafka.groups() if group.name == name).partitions[0].committed


async def test_offsets_are_reset_to_an_hour_ago_once_it_was_shown_and_agreed_to(
    pipeline: PipelineSession, stack_home: Path
) -> None:
    await _group(pipeline, "reset-me")
    async with console(stack_home) as (app, pilot):
        await pilot.press("f12")
        screen: Any = app.screen
        assert isinstance(screen, GroupsScreen)
        await until(lambda: "reset-me" in {key for key, _ in screen._rows}, "the group")
        await pilot.press("/", *"^.*reset-me", "enter")
        await until(lambda: screen.data.matching == 1)
        assert screen.selected == "reset-me"
        await until(lambda: "lag 5" in text_of(app, "#browse-detail"), "the lag of its partition")
        await pilot.press("R", *"-1h")
        assert isinstance(app.screen, ResetScreen)
        await until(lambda: "repeats 5" in text_of(app, "#reset-preview"), "what the reset repeats")
        await pilot.press("enter", "enter")  # Cancel is at hand
        await until(lambda: app.screen is screen)
        assert await _committed(pipeline, "reset-me") == READ
        await pilot.press("R", *"earliest")
        await until(lambda: "15 are read again" in text_of(app, "#reset-preview"))
        await pilot.press("enter", "y")

        async def moved() -> bool:
            return await _committed(pipeline, "reset-me") == 0

        await wait_until(moved, what="the offsets at the beginning")


async def test_a_group_with_members_is_shown_what_would_be_but_cannot_be_reset(stack_home: Path) -> None:
    async with console(stack_home) as (app, pilot):
        await app.push_screen(GroupsScreen(select="connect-DATAGEN", search="connect-"))
        screen: Any = app.screen
        await until(lambda: screen.data.matching > 0, "the groups of the sinks")
        await pilot.press("R", *"latest")
        await until(lambda: "In all" in text_of(app, "#reset-preview"))
        assert "Stop the connector first" in text_of(app, "#reset-preview")
        assert app.screen.query_one("#yes", Button).disabled
        await pilot.press("enter", "y")
        assert isinstance(app.screen, ResetScreen)


async def test_nothing_is_reset_where_nothing_may_be_changed(stack_home: Path) -> None:
    async with console(stack_home, read_only=True) as (app, pilot):
        await pilot.press("f12")
        screen: Any = app.screen
        await until(lambda: screen.data.total > 0)
        await pilot.press("R")
        assert app.screen is screen
        assert "read-only" in app.announcements.latest


@pytest.mark.parametrize("text", ["an hour ago", "1h", "-1h", "60 minutes ago", "-60m"])
async def test_an_hour_ago_in_any_words(text: str) -> None:
    assert ResetTo.parse(text, 10_000.0) == ResetTo("time", 6_400_000)


async def test_a_broker_that_hangs_makes_the_list_stale_not_silent(pipeline: PipelineSession, stack_home: Path) -> None:
    """Its refusal takes longer than the time between two looks: a look must not end the one before."""
    pid = next(each.pid for each in await pipeline.stack.services() if each.name == "kafka")
    assert pid
    async with console(stack_home) as (app, pilot):
        await pilot.press("f12")
        screen: Any = app.screen
        await until(lambda: screen.data.total > 0)
        os.kill(pid, signal.SIGSTOP)
        try:
            await until(lambda: "stale" in app.screen.query_one("#browse-note", Note).text, "the age of the data", 40)
            assert screen.data.total > 0
        finally:
            os.kill(pid, signal.SIGCONT)
        await until(lambda: "stale" not in app.screen.query_one("#browse-note", Note).text, "fresh data", 40)


async def _named(pilot: Any, app: Any, name: str) -> Any:
    """The groups' screen with one group chosen."""
    await pilot.press("f12")
    screen = app.screen
    await until(lambda: name in {key for key, _ in screen._rows}, f"the group {name}")
    assert screen.data.choose(name)
    await pilot.pause()
    return screen


async def test_a_group_is_deleted_once_that_was_agreed_to(pipeline: PipelineSession, stack_home: Path) -> None:
    await _group(pipeline, "delete-me")
    async with console(stack_home) as (app, pilot):
        screen = await _named(pilot, app, "delete-me")
        await pilot.press("D")
        question = str(app.screen.query("Static").first().render())
        assert "delete-me" in question
        assert "of_delete-me" in question
        assert "It has no members" in question
        await pilot.press("enter")  # Cancel is at hand
        await until(lambda: app.screen is screen)
        assert await _committed(pipeline, "delete-me") == READ
        await pilot.press("D", "y")
        await until(lambda: "delete-me" not in {key for key, _ in screen._rows}, "the list without it")
        assert app.pipeline is not None
        assert any("kafka-consumer-groups" in each.line and "--delete --group delete-me" in each.line
                   for each in app.pipeline.operations.log.commands)  # fmt: skip


async def test_a_group_with_members_is_named_with_them_and_refused_in_kafkas_words(
    pipeline: PipelineSession, stack_home: Path
) -> None:
    await _group(pipeline, "busy")
    consumer = Consumer({"bootstrap.servers": pipeline.addresses.kafka, "group.id": "busy", "client.id": "who-reads"})
    consumer.subscribe(["of_busy"])
    try:

        async def joined() -> bool:
            consumer.poll(0.1)
            return bool(consumer.assignment())

        await wait_until(joined, what="the member")
        async with console(stack_home) as (app, pilot):
            screen = await _named(pilot, app, "busy")
            await until(lambda: bool(screen._groups["busy"].members), "its member in the list")
            await pilot.press("D")
            assert "who-reads" in str(app.screen.query("Static").first().render())
            await pilot.press("y")
            await until(lambda: "The group is not empty" in app.announcements.latest, "Kafka's refusal")
    finally:
        consumer.close()


async def test_the_group_of_a_query_that_runs_is_neither_reset_nor_deleted(
    pipeline: PipelineSession, stack_home: Path
) -> None:
    """It is empty as Kafka sees it: what is set there the query would not read."""

    async def committed() -> str:
        names = [each.name for each in await pipeline.kafka.groups()]
        return next((name for name in names if name.startswith("_confluent-ksql-")), "")

    group = str(await wait_until(committed, what="a query's group"))
    query_id = group.partition("query_")[2]
    with pytest.raises(Refused, match=f"The ksqlDB query {query_id} reads in it"):
        await pipeline.operations.reset_offsets(group, [OffsetChange("clickstream", 0, 1, 0, 0, 1)])
    with pytest.raises(Refused, match="Terminate the query first"):
        await pipeline.operations.delete_group(group)
    assert "is in use" in pipeline.operations.log.commands[-1].failure
    async with console(stack_home) as (app, pilot):
        screen = await _named(pilot, app, group)
        await pilot.press("R", *"earliest")
        await until(lambda: "In all" in text_of(app, "#reset-preview"))
        assert query_id in text_of(app, "#reset-preview")
        assert app.screen.query_one("#yes", Button).disabled
        await pilot.press("escape", "D")
        assert app.screen is screen
        assert query_id in app.announcements.latest
