"""The query desk and the connector's editor over the real servers."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from textual.widgets import TextArea

from clickstream_pipeline import row_export
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.config_text import read, written
from clickstream_tui.controllers.queries import destructive
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.screens.edit_config import EditConfigScreen
from clickstream_tui.screens.statement_history import matching
from clickstream_widgets.row_table import RowTable
from tests.conftest import wait_until
from tests.e2e.console_host import console, text_of, until

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(120)]


async def test_the_second_of_three_statements_is_run_kept_found_and_exported(stack_home: Path) -> None:
    async with console(stack_home) as (app, pilot):
        await pilot.press("5")
        pane = app.home.query_one(KsqlPane)
        editor = pane.query_one(TextArea)
        editor.load_text("SHOW TOPICS;\nSHOW STREAMS;\nSHOW TABLES;")
        editor.move_cursor((1, 3))
        await pilot.press("ctrl+e")
        table = pane.query_one("#ksql-results", RowTable)
        await until(lambda: table.row_count > 0, "the streams", 60.0)
        assert "SHOW STREAMS;" in pane.editor.history.texts[-1]
        editor.load_text("")
        await pilot.press("ctrl+t", *"show str", "enter")
        await until(lambda: editor.text == "SHOW STREAMS;", "the statement that was found")
        await pilot.press("ctrl+s")
        await until(lambda: "rows are in" in app.announcements.latest, "where the rows are")
        file = Path(app.announcements.latest.split(" rows are in ")[1].split(" and beside")[0])
        rows = [*csv.reader(io.StringIO(file.read_bytes().decode()))]
        lines = file.with_suffix(".jsonl").read_text().splitlines()
        assert len(rows) - 1 == len(lines) == table.row_count
        assert set(json.loads(lines[0])) == set(rows[0])


async def test_a_configuration_is_checked_shown_and_only_then_sent(pipeline: PipelineSession, stack_home: Path) -> None:
    async with console(stack_home) as (app, pilot):
        await until(lambda: app.snapshot.connectors, "the connectors")
        await pilot.press("3", "d")
        await until(
            lambda: (
                isinstance(app.screen, EditConfigScreen) and "connector.class=" in app.screen.query_one(TextArea).text
            ),
            "the configuration",
        )
        screen = app.screen
        assert isinstance(screen, EditConfigScreen)
        name = screen._title.rpartition(" ")[2]
        before = await pipeline.connect.config(name)
        editor = screen.query_one(TextArea)
        editor.load_text(editor.text + "\ntasks.max=none")
        await pilot.press("f5")
        await until(lambda: "refuses" in text_of(app, "#edit-note"), "why the plugin refuses it")
        assert "tasks.max" in text_of(app, "#edit-note")
        await pilot.press("y")
        editor.load_text(written(before) + "\nerrors.retry.timeout=1234")
        await pilot.press("f5")
        await until(lambda: "errors.retry.timeout: (not set) → 1234" in text_of(app, "#edit-note"), "the difference")
        assert await pipeline.connect.config(name) == before
        await pilot.press("y")

        async def sent() -> bool:
            return (await pipeline.connect.config(name)).get("errors.retry.timeout") == "1234"

        await wait_until(sent, what="the configuration that was sent")


async def test_a_connector_is_made_from_the_definition_of_its_plugin(
    pipeline: PipelineSession, stack_home: Path
) -> None:
    async with console(stack_home) as (app, pilot):
        await until(lambda: app.snapshot.connectors, "the connectors")
        # all keys at once: the list of plugins and the definition come later
        await pilot.press("3", "ctrl+n", "down", "enter", "m", "a", "d", "e")
        await until(lambda: "name=made" in app.screen.query_one("#edit-text", TextArea).text, "the definition")
        editor = app.screen.query_one("#edit-text", TextArea)
        assert "connector.class=io.confluent.kafka.connect.datagen.DatagenConnector" in editor.text
        assert "#tasks.max=1" in editor.text
        await pilot.press("f5")
        await until(lambda: "refuses" in text_of(app, "#edit-note"), "what the plugin misses")
        assert editor.document.get_line(editor.cursor_location[0]) == "kafka.topic="
        await until(lambda: text_of(app, "#edit-field").startswith("✗ kafka.topic: "), "what is said of the field")
        await pilot.press(*"made_topic", "down", "home")
        editor.insert("quickstart=users\nmax.interval=100000\n")
        await pilot.press("f5")
        await until(lambda: "quickstart: (not set) → users" in text_of(app, "#edit-note"), "the difference")
        await pilot.press("y")

        async def made() -> bool:
            return any(each.name == "made" for each in await pipeline.connect.connectors())

        try:
            await wait_until(made, what="the connector")
            assert (await pipeline.connect.config("made"))["kafka.topic"] == "made_topic"
        finally:
            await pipeline.connect.act("made", "delete")


async def test_a_masked_secret_is_never_written_back() -> None:
    before = {"connection.password": "hunter2", "tasks.max": "1"}
    shown = written(before)
    assert "hunter2" not in shown
    assert read(shown.replace("tasks.max=1", "tasks.max=2"), before) == {**before, "tasks.max": "2"}


async def test_a_verb_with_a_variable_in_it_asks() -> None:
    assert len(destructive("DEFINE x = 'ROP'; D${x} STREAM A;")) == 1
    assert destructive("SELECT '${x}' FROM A;") == []


async def test_the_latest_comes_first_and_every_word_counts() -> None:
    texts = ["SELECT a FROM b;", "SHOW TOPICS;", "SELECT a FROM c;", "SELECT a FROM b;"]
    assert matching(texts, "select from") == ["SELECT a FROM b;", "SELECT a FROM c;"]
    assert matching(texts, "nothing") == []


async def test_rows_as_csv_and_json() -> None:
    columns, rows = ("A", "B", "A"), ((1, None, True), ('x,"y"', {"k": [1]}, "z"))
    assert row_export.as_csv(columns, rows) == 'A,B,A\r\n1,,true\r\n"x,""y""","{""k"": [1]}",z\r\n'
    assert json.loads(row_export.as_jsonl(columns, rows).splitlines()[0]) == {"A": 1, "B": None, "A_2": True}
