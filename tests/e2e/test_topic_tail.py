"""The records of any topic in the console, over the real broker: from any place, in any form, sent again and written."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from clickstream_pipeline.clients.tail_start import TailStart
from clickstream_pipeline.errors import Misuse
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.topic_tail import TopicTailScreen
from clickstream_widgets.line_view import LineView
from tests.conftest import wait_until
from tests.e2e.console_host import console, until

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(120)]
TOPIC = "tail-of-any"


async def test_from_any_place_in_any_form_and_sent_again(pipeline: PipelineSession, stack_home: Path) -> None:
    await pipeline.kafka.create_topic(TOPIC, 2, {})
    producer = Producer({"bootstrap.servers": pipeline.addresses.kafka})
    now = int(time.time() * 1000)
    for number in range(6):
        producer.produce(TOPIC, f"v{number}".encode(), f"k{number}".encode(), number % 2,
                         timestamp=now - (3_600_000 if number < 4 else 0), headers=[("h", b"\xff")])  # fmt: skip
    assert producer.flush(10) == 0
    async with console(stack_home) as (app, pilot):
        screen = TopicTailScreen(TOPIC, "beginning")
        await app.push_screen(screen)
        view = screen.query_one(LineView)
        await until(lambda: len(view.lines) == 6, "all records")
        await pilot.press("m", *"10m", "enter")
        await until(lambda: len(view.lines) == 2, "those of the last ten minutes")
        assert {line.split()[-1] for line in view.lines} == {"v4", "v5"}
        await pilot.press("m", *"beginning p1", "enter")
        await until(lambda: len(view.lines) == 3, "one partition")
        await pilot.press("h", "h", "h")
        assert "key 6b31 value 7631" in view.lines[0]
        await pilot.press("k", "B", "enter")  # Cancel is at hand
        assert app.screen is screen
        await pilot.press("B", "y")

        async def twice() -> bool:
            found = await pipeline.kafka.read(TOPIC, "beginning", 100)
            return len(found) == 7

        await wait_until(twice, what="the record that was sent again")
        again = (await pipeline.kafka.read(TOPIC, "beginning", 100))[-1]
        assert (again.key, again.value, len(again.headers)) == ("k5", "v5", 1)
        await pilot.press("N", *"new", "enter", *"value", "f5")

        async def written() -> bool:
            found = await pipeline.kafka.read(TOPIC, "beginning", 100)
            return ("new", "value") in {(each.key, each.value) for each in found}

        await wait_until(written, what="the record that was written")
        await pilot.press("escape")
        assert app.screen is not screen


async def test_nothing_is_written_where_nothing_may_be_changed(stack_home: Path) -> None:
    async with console(stack_home, read_only=True) as (app, pilot):
        screen = TopicTailScreen("clickstream", "-5")
        await app.push_screen(screen)
        await until(lambda: len(screen.query_one(LineView).lines) >= 5)
        await pilot.press("N", "B")
        assert app.screen is screen
        assert "read-only" in app.announcements.latest


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10m", TailStart("9400000")), ("-1h ago", TailStart("6400000")), ("@7 p2", TailStart("@7", 2)),
     ("p0", TailStart("beginning", 0)), ("-200", TailStart("-200")), ("latest", TailStart("end")),
     ("1970-01-01T00:00:01+00:00", TailStart("1000"))],
)  # fmt: skip
async def test_places(text: str, expected: TailStart) -> None:
    assert TailStart.parse(text, 10_000.0) == expected


async def test_a_place_that_is_none_is_refused() -> None:
    with pytest.raises(Misuse, match="no place to start from"):
        TailStart.parse("soon", 0.0)
