"""Topics that are made, changed and emptied on their screen, one task that is restarted, and the way back, over real servers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import TextArea

from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.connector import ConnectorScreen
from clickstream_tui.screens.topics import TopicsScreen, wrong_partitions
from clickstream_widgets.figures import setting
from tests.conftest import wait_until
from tests.e2e.console_host import console, text_of, until

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(180)]
TOPIC = "made-by-hand"


async def test_a_topic_is_made_changed_and_emptied(pipeline: PipelineSession, stack_home: Path) -> None:
    async with console(stack_home) as (app, pilot):
        await pilot.press("7", "ctrl+n")
        await until(lambda: app.screen.query(TextArea), "the editor")
        await pilot.press("f5")
        await until(lambda: "name: a topic needs one" in text_of(app, "#edit-note"), "what is wrong")
        app.screen.query_one(TextArea).load_text(f"name={TOPIC}\npartitions=2\nretention.ms=3600000")
        await pilot.press("f5")
        await until(lambda: "partitions: (not set) → 2" in text_of(app, "#edit-note"), "the difference")
        await pilot.press("y")

        async def described() -> dict[str, str]:
            found = await pipeline.kafka.describe_topic(TOPIC)
            return {**found["config"], "partitions": str(len(found["partitions"])), "set": ",".join(found["set"])}

        async def made() -> bool:
            return TOPIC in {each.name for each in await pipeline.kafka.topics()}

        await wait_until(made, what="the topic")
        assert (await described())["set"] == "retention.ms"
        await pipeline.kafka.produce(TOPIC, b"k", b"v", ())
        screen = app.screen
        assert isinstance(screen, TopicsScreen)
        await until(lambda: any(each.name == TOPIC for each in app.snapshot.topics), "the topic in the list")
        screen.reload()
        screen.go_to(TOPIC)
        size = re.compile(r"size of one copy +\d+ B")
        await until(lambda: size.search(text_of(app, "#browse-detail")), "what it takes on disk")
        await pilot.press("d")
        await until(lambda: "partitions=2" in app.screen.query_one(TextArea).text, "its settings")
        app.screen.query_one(TextArea).load_text("partitions=1\nno.such=1")
        await pilot.press("f5")
        await until(lambda: "no.such: Kafka has no such setting" in text_of(app, "#edit-note"), "what is wrong")
        assert "partitions: a number from 2 on" in text_of(app, "#edit-note")
        app.screen.query_one(TextArea).load_text("partitions=3\ncleanup.policy=compact")
        await pilot.press("f5")
        await until(lambda: "retention.ms: 3600000 → (not set)" in text_of(app, "#edit-note"), "the difference")
        await pilot.press("y")

        async def changed() -> bool:
            now = await described()
            return (now["partitions"], now["set"], now["cleanup.policy"]) == ("3", "cleanup.policy", "compact")

        await wait_until(changed, what="the change")
        await pipeline.kafka.set_topic_config(TOPIC, {"cleanup.policy": None})
        await pilot.press("X", *TOPIC, "enter")

        async def emptied() -> bool:
            return not await pipeline.kafka.read(TOPIC, "beginning", 10)

        await wait_until(emptied, what="the topic without records")


async def test_one_task_is_restarted_and_esc_goes_back_one(pipeline: PipelineSession, stack_home: Path) -> None:
    async with console(stack_home) as (app, pilot):
        await until(lambda: app.snapshot.connectors, "the connectors")
        await pilot.press("3", "enter")
        screen = app.screen
        assert isinstance(screen, ConnectorScreen)
        await until(lambda: "configuration" in text_of(app, "#browse-detail"), "the connector in full")
        assert "offsets" in text_of(app, "#browse-detail")
        await pilot.press("down", "r")
        await until(lambda: app.announcements.latest.startswith("restart task 0 of"), "the restart")
        await until(lambda: app.announcements.latest.endswith(": done"), "its end")
        await pilot.press("7", "w", "escape")
        assert isinstance(app.screen, TopicsScreen)
        await pilot.press("escape")
        assert app.screen is screen
        await pilot.press("escape")
        assert len(app.screen_stack) == 1


async def test_settings_are_read_as_people_read_them() -> None:
    assert setting("retention.ms", "604800000") == "604800000 (7 d)"
    assert setting("max.compaction.lag.ms", "9223372036854775807") == "no limit"
    assert setting("retention.bytes", "-1") == "no limit"
    assert setting("compression.zstd.level", "-1") == "-1"
    assert setting("follower.replication.throttled.replicas", "") == "(none)"
    assert wrong_partitions("two", 1) == {"partitions": "a number from 1 on"}
