"""Kafka's quickstart, by the command line and by keys, against servers that run."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickstream_pipeline import quickstart
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.app import ConsoleApp
from clickstream_tui.screens.quickstart import QuickstartScreen
from clickstream_tui.settings import Settings
from tests.conftest import FREE_PORTS, wait_until
from tests.e2e.test_pipeline import cli


@pytest.mark.long
async def test_step_by_step_from_the_command_line(pipeline: PipelineSession, stack_home: Path) -> None:
    before = cli(stack_home, "quickstart")
    assert before.returncode == 0
    assert "○ 3  Create a topic" in before.stdout
    early = cli(stack_home, "quickstart", "write")
    assert early.returncode == 1
    assert "Do step 3 first" in early.stderr
    for step in ("1", "start", "create", "write", "read"):
        done = cli(stack_home, "quickstart", step)
        assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == list(quickstart.EVENTS)
    after = cli(stack_home, "quickstart")
    assert "○" not in after.stdout
    assert cli(stack_home, "quickstart", "6").returncode == 64
    await pipeline.kafka.delete_topic(quickstart.TOPIC)


async def test_step_by_step_by_keys(pipeline: PipelineSession, stack_home: Path) -> None:
    app = ConsoleApp(Settings(home=stack_home, ports=FREE_PORTS))
    async with app.run_test(size=(120, 36)) as pilot:

        async def has_servers() -> bool:
            await pilot.pause()
            return app.pipeline is not None and app.snapshot.number > 0

        await wait_until(has_servers, 30)
        await pilot.press("K")
        screen = app.screen
        assert isinstance(screen, QuickstartScreen)
        for name in ("create", "write"):
            number = [step.name for step in quickstart.STEPS].index(name)
            await pilot.press("ctrl+home", *["down"] * number, "enter")

            async def is_done(name: str = name) -> bool:
                await pilot.pause()
                return await quickstart.step(name).check(pipeline) == ""

            await wait_until(is_done, 20, name)
    await pipeline.kafka.delete_topic(quickstart.TOPIC)
