"""Rows of what was wrong in the console that only real servers show: the cycle of pauses asks, errors are whole, what is deleted is gone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from textual.widgets import Static

from clickstream_pipeline.session import PipelineSession
from clickstream_tui.dialogs import ConfirmScreen
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_widgets.data_list import DataList
from tests.e2e.console_host import console, until

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(120)]
GENERATOR = {"connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": "made_for_cases",
             "quickstart": "users", "max.interval": "200"}  # fmt: skip


async def test_the_cycle_of_pauses_is_begun_after_a_question_only(pipeline: PipelineSession, stack_home: Path) -> None:
    async with console(stack_home) as (app, pilot):
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, ConfirmScreen), "the question")
        asked = str(app.screen.query(Static).first().render())
        assert "DATAGEN_CLICKSTREAM" in asked
        assert "No clicks come in each pause" in asked
        await pilot.press("enter")  # Cancel is at hand
        await until(lambda: not isinstance(app.screen, ConfirmScreen), "home")
        assert app.pipeline is not None
        assert not [each for each in app.pipeline.log.commands if "pause" in each.line]


async def test_an_error_is_whole_with_its_place_and_nothing_old_above_it(
    pipeline: PipelineSession, stack_home: Path
) -> None:
    async with console(stack_home) as (app, _):
        pane = app.query_one(KsqlPane)
        pane.post_message(KsqlPane.Run("SHOW TOPICS;"))
        await until(lambda: pane.results.result.rows, "rows")
        pane.post_message(KsqlPane.Run("SELECT USERID,\n  NOWHERE_AT_ALL FROM CLICKSTREAM EMIT CHANGES;"))
        await until(lambda: pane.results.result.error, "the error")
        told = str(pane.results.result.error)
        assert "NOWHERE_AT_ALL" in told
        assert "\\n" not in told
        assert "\n" in told
        assert not pane.results.result.rows


async def test_a_connector_that_was_deleted_is_gone_with_the_next_look(
    pipeline: PipelineSession, stack_home: Path
) -> None:
    name = "made-for-cases"
    await pipeline.connect.create(name, GENERATOR)
    async with console(stack_home) as (app, pilot):
        data = app.query_one("#connectors-table", DataList)
        await until(lambda: data.choose(name), "the connector in the list")
        await pilot.press("3", "D")
        await until(lambda: isinstance(app.screen, ConfirmScreen), "the question")
        before = app.snapshot.number
        await pilot.press("y")
        await until(lambda: name not in {each.name for each in app.snapshot.connectors}, "the end of it")
        assert app.snapshot.number <= before + 3  # those that were under way, and the one that its deletion asks for
        assert not data.choose(name)


async def test_status_loads_no_part_that_it_does_not_need(pipeline: PipelineSession, stack_home: Path) -> None:
    """Its 4 s of processor time were imports: screens, charts, the grammar and Docker's client, for a table of states."""
    command = [sys.executable, "-X", "importtime", "-m", "clickstream_tui", "--home", str(stack_home), "status"]
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)
    assert "ksqlDB" in ran.stdout or "ksqldb" in ran.stdout
    told = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in told}
    assert {"httpx", "clickstream_pipeline"} <= loaded
    assert not loaded & {"textual", "plotext", "lark", "docker", "clickstream_widgets", "clickstream_embedded", "jpype"}
