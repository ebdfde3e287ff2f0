"""The variables of a dashboard: which values there are, and what choosing one does."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.app import App

from clickstream_pipeline.dashboards.model import load
from clickstream_pipeline.dashboards.variables import ALL, Variable
from clickstream_pipeline.errors import PipelineError
from clickstream_tui.screens.variables import VariablesScreen, told
from clickstream_tui.settings import Settings
from clickstream_widgets.note import Note
from tests.snapshot.test_panes import Still

HOST = Variable("host", "Host", ("a", "b"), (ALL,), is_multi=True, has_all=True)
CODE = Variable("code", "Code", ("200", "404"), ("200",))


def test_a_value_stands_alone_where_only_one_may() -> None:
    assert CODE.chosen("404").current == ("404",)
    assert CODE.chosen("200").current == ("200",)


def test_several_values_are_picked_and_taken_back_and_one_always_stays() -> None:
    picked = HOST.chosen("a").chosen("b")
    assert picked.current == ("a", "b")
    assert picked.chosen("a").current == ("b",)
    assert picked.chosen("a").chosen("b").current == ("b",)
    assert picked.chosen(ALL).current == (ALL,)
    assert told(HOST) == "Host=All"
    assert told(picked) == "Host=a, b"


async def chosen_in(
    variables: tuple[Variable, ...], ask: Callable[[Variable], Awaitable[Variable]], *keys: str
) -> tuple[tuple[Variable, ...], str]:
    """What the screen gives after some keys, and what it said."""
    app = App[None]()
    given: list[tuple[Variable, ...]] = []
    async with app.run_test(size=(100, 30)) as pilot:
        screen = VariablesScreen(variables, ask)
        app.push_screen(screen, lambda found: given.append(found or ()))
        await pilot.pause()
        said = screen.query_one("#variables-note", Note).text
        await pilot.press(*keys, "escape")
        await pilot.pause()
    return given[0], said


async def test_enter_chooses_and_escape_gives_what_was_chosen() -> None:
    async def ask(variable: Variable) -> Variable:
        return variable

    found, said = await chosen_in((HOST, CODE), ask, "down", "enter", "end", "enter")
    assert [each.current for each in found] == [("a",), ("404",)]
    assert "enter chooses" in said


async def test_values_are_asked_for_and_a_server_that_is_away_is_told() -> None:
    async def ask(variable: Variable) -> Variable:
        if variable.name == "code":
            raise PipelineError("Elasticsearch does not answer")
        return variable.with_options(("x",))

    found, said = await chosen_in((Variable("host", "Host", field="HOST", index="i"), CODE), ask)
    assert found[0].options == ("x",)
    assert found[1] == CODE
    assert "Code: Elasticsearch does not answer" in said


async def test_the_key_is_there_where_the_dashboard_has_variables(tmp_path: Path) -> None:
    panels = [{"type": "text", "options": {"content": "x"}}]
    file = tmp_path / "d.json"
    for listed in ([{"name": "code", "type": "custom", "query": "200,404"}], []):
        file.write_text(json.dumps({"title": "D", "panels": panels, "templating": {"list": listed}}))
        assert len(load(file).variables) == len(listed)
        app = Still(Settings(home=tmp_path, dashboard=file))
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            assert ("dollar_sign" in app.screen.active_bindings) == bool(listed)
            title = app.screen.query_one("#dashboard-title", Note).text
            assert ("code=200" in title) == bool(listed)
