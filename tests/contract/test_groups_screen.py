"""The screen of consumer groups over a real broker: what lags is told, and offsets move after a preview only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from textual.widgets import Button, Static

from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.groups import GroupsScreen, lasting
from clickstream_tui.screens.offsets import OffsetsScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.status_table import StatusTable
from tests.conftest import wait_until
from tests.snapshot.test_panes import Still

GROUP = "screen-readers"


def _holds(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return condition()

    return asked


def commit(bootstrap: str, topic: str, offset: int) -> None:
    """A group that has read so far, and went away."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": GROUP, "log_level": 0})
    try:
        consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
    finally:
        consumer.close()


def committed(bootstrap: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": GROUP, "log_level": 0})
    try:
        return int(consumer.committed([TopicPartition(topic, 0)], timeout=10)[0].offset)
    finally:
        consumer.close()


async def test_a_group_is_told_and_moved_after_a_preview(pipeline: PipelineSession, tmp_path: Path) -> None:
    topic = "groups-screen"
    await pipeline.kafka.create_topic(topic, 1, {})
    for number in range(5):
        await pipeline.kafka.produce(topic, None, str(number).encode())
    commit(pipeline.kafka.bootstrap, topic, 4)
    app = Still(Settings(home=tmp_path))
    app.pipeline = pipeline
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("w")
        screen = app.screen
        assert isinstance(screen, GroupsScreen)
        table = screen.query_one(StatusTable)

        def listed() -> bool:
            return GROUP in [str(table.get_row_at(n)[0]) for n in range(table.row_count)]

        await wait_until(_holds(listed), 20)
        screen.choose(GROUP)
        await wait_until(_holds(lambda: screen.selected == GROUP), 10)
        assert str(table.get_row_at(0)[3]) == "1"  # its lag
        await pilot.press("o")
        asked = app.screen
        assert isinstance(asked, OffsetsScreen)
        yes = asked.query_one("#yes", Button)
        assert yes.disabled, "nothing is done before it was shown"
        await pilot.press(*"earliest", "enter")
        await wait_until(_holds(lambda: not yes.disabled), 20)
        assert "repeats 4 records" in str(asked.query_one("#offsets-preview", Static).render())
        assert app.focused is asked.query_one("#cancel", Button), "Cancel is at hand"
        assert committed(pipeline.kafka.bootstrap, topic) == 4, "a preview changes nothing"
        await pilot.press("y")
        await wait_until(_holds(lambda: committed(pipeline.kafka.bootstrap, topic) == 0), 20)
        assert "reset offsets" in " ".join(event.action for event in app.announcements.events)


async def test_a_place_that_is_none_is_refused_in_words(pipeline: PipelineSession, tmp_path: Path) -> None:
    topic = "groups-screen-2"
    await pipeline.kafka.create_topic(topic, 1, {})
    await pipeline.kafka.produce(topic, None, b"x")
    commit(pipeline.kafka.bootstrap, topic, 1)
    app = Still(Settings(home=tmp_path))
    app.pipeline = pipeline
    async with app.run_test(size=(80, 24)) as pilot:
        group = next(each for each in await pipeline.kafka.groups() if each.name == GROUP)
        await app.push_screen(OffsetsScreen(pipeline, group, [topic]))
        await pilot.press(*"noon", "enter")
        preview = app.screen.query_one("#offsets-preview", Static)
        await wait_until(_holds(lambda: "is no place" in str(preview.render())), 10)
        assert app.screen.query_one("#yes", Button).disabled


def test_times_are_told_in_the_largest_unit() -> None:
    assert [lasting(each) for each in (None, 0.0, 59, 90, 7200, 90_000 * 2)] == [
        "–",
        "0 s",
        "59 s",
        "1.5 min",
        "2.0 h",
        "2.1 d",
    ]
