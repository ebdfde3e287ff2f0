"""Commands that are typed: what they complete to, what they do, and what is said of those that there are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from clickstream_pipeline.log_follow import LogFollow
from clickstream_tui import command_table
from clickstream_tui.screens.command import CommandScreen
from clickstream_tui.screens.logs import LogScreen
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_tui.settings import Settings, switched
from clickstream_widgets.data_list import DataList
from clickstream_widgets.line_view import LineView
from clickstream_widgets.list_filter import row_filter
from clickstream_widgets.status_table import StatusTable
from tests.snapshot.home_states import ILL
from tests.snapshot.states import LINKED
from tests.snapshot.test_panes import Still


def test_names_are_found_with_letters_left_out() -> None:
    found = [text for text, _ in command_table.completions("grp", LINKED, {})]
    assert found[0] == "groups"
    assert "topic clickstream" in [text for text, _ in command_table.completions("topic clks", LINKED, {})]
    assert command_table.completions("flow x", LINKED, {}) == []
    assert [text for text, _ in command_table.completions("profile pr", LINKED, {"profile": ("prod", "embedded")})] == [
        "profile prod"
    ]


def test_every_command_is_an_action_of_the_console(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    for command in command_table.COMMANDS:
        assert hasattr(app, f"action_{command.action}"), command
    names = [name for command in command_table.COMMANDS for name in command.names]
    assert len(names) == len(set(names))


async def test_a_typed_command_opens_what_it_names(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(LINKED)
        await pilot.press(":", *"topic EVENTS", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TopicsScreen)
        assert app.screen.query_one(StatusTable).selected == "EVENTS_PER_MIN"
        await pilot.press("colon")
        line = app.screen.query_one(Input)
        await pilot.press("alt+up")
        assert line.value == "topic EVENTS", "what was typed before is recalled"
        await pilot.press("escape")
        assert isinstance(app.screen, TopicsScreen)


async def test_a_word_shows_what_matches_of_a_pane(tmp_path: Path) -> None:
    """`:connectors failed` said that there was no connector of that name."""
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(ILL)
        await app.run_command("connectors failed")
        await pilot.pause()
        data = app.query_one("#connectors-table", DataList)
        assert 0 < data.matching < data.total
        await pilot.press("escape")
        await app.run_command("connectors es_sink_PAGES_PER_MIN")  # a name is a name
        await pilot.pause()
        assert (data.selected, data.matching) == ("es_sink_PAGES_PER_MIN", data.total)
        await app.run_command("services nonsense")
        assert app.announcements.latest == "There is no 'nonsense' in the pane Services"


@pytest.mark.parametrize(
    ("number", "table", "text"), [(2, "services-table", "!ksql"), (3, "connectors-table", "PAGES")]
)
async def test_the_last_filter_of_a_pane_is_offered_again(tmp_path: Path, number: int, table: str, text: str) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(ILL)
        data = app.query_one(f"#{table}", DataList)
        await pilot.press(str(number), "slash", *text, "enter", "escape")
        await pilot.pause()
        assert data.matching == data.total
        await pilot.press("slash", "enter")
        await pilot.pause()
        assert 0 < data.matching < data.total
        await pilot.press("escape", "slash", "x")  # or typed over
        field = app.focused
        assert isinstance(field, Input)
        assert field.value == "x"


async def test_the_last_filter_of_the_tail_is_offered_again(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("4", "slash", *"status=404", "enter", "escape", "slash")
        assert app.query_one("#tail-filter", Input).value == "status=404"


async def test_the_last_filter_of_a_log_is_offered_again(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = LogScreen("kafka")
        await app.push_screen(screen)
        screen.take({"kafka": "one\ntwo"})
        await pilot.press("slash", *"two", "enter", "escape", "slash")
        assert screen.query_one(Input).value == "two"


async def test_all_logs_are_one_by_time(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = LogScreen("all")
        await app.push_screen(screen)
        first = {"kafka": "2026-01-01 00:00:01,000 INFO a\n  trace", "connect": "[2026-01-01T00:00:00.500] INFO b"}
        screen.take(first)
        screen.take({**first, "kafka": first["kafka"] + "\n2026-01-01 00:00:02,000 INFO c"})
        await pilot.pause()
        assert screen.query_one(LineView).lines == (
            "connect │ [2026-01-01T00:00:00.500] INFO b", "kafka   │ 2026-01-01 00:00:01,000 INFO a", "kafka   │   trace",
            "kafka   │ 2026-01-01 00:00:02,000 INFO c",
        )  # fmt: skip


async def test_a_theme_is_a_command(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test():
        await app.run_command("theme textual-light")
        assert app.theme == "textual-light"
        await app.run_command("theme pink")
        assert "no theme 'pink'" in app.announcements.latest
        assert app.theme == "textual-light"


async def test_what_is_no_command_is_said_with_what_was_meant(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test() as pilot:
        await app.run_command("topcis x")
        assert app.announcements.latest == "There is no command 'topcis'. Did you mean 'topics'?"
        await app.run_command("topic '),quit('")  # a name is a name, whatever is in it
        await pilot.pause()
        assert isinstance(app.screen, TopicsScreen)
        assert app.screen.query_one(Input).value == "'),quit('"


async def test_tab_completes_and_escape_leaves(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test() as pilot:
        await pilot.press(":", *"tas", "tab")
        assert isinstance(app.screen, CommandScreen)
        assert app.screen.query_one(Input).value == "tasks "
        await pilot.press("escape")
        assert len(app.screen_stack) == 1


def test_a_log_tells_what_is_new() -> None:
    follow = LogFollow()
    assert follow.new(["a", "b"]) == ["a", "b"]
    assert follow.new(["a", "b", "c"]) == ["c"]
    assert follow.new(["a", "b", "c"]) == []
    assert follow.new(["c", "d"]) == ["c", "d"], "rotated: what cannot be placed is shown again"


def test_lines_are_filtered_by_expressions_and_their_opposites() -> None:
    warn, rest = row_filter("warn"), row_filter("!warn")
    assert warn is not None
    assert rest is not None
    assert [warn("WARNING x"), warn("info"), rest("WARNING x"), rest("info")] == [True, False, False, True]
    assert row_filter(" ") is None
    with pytest.raises(Exception, match="no regular expression"):
        row_filter("(")


def test_another_profile_keeps_what_the_command_line_said(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    servers = "\n".join(
        f'[profiles.prod.{name}]\n{key} = "{value}"'
        for name, key, value in (("kafka", "bootstrap", "k:9092"), ("connect", "url", "http://c:8083"),
                                 ("ksqldb", "url", "http://k:8088"), ("elasticsearch", "url", "http://e:9200"))
    )  # fmt: skip
    file.write_text(f'[profiles.prod]\nkind = "remote"\ncolor = "red"\n{servers}\n')
    settings = Settings(home=tmp_path, config=file)
    there = switched(settings, "prod")
    assert (there.profile, there.profile_name, there.read_only, there.color) == ("remote", "prod", True, "red")
    back = switched(there, "embedded")
    assert (back.profile, back.read_only) == ("embedded", False)
    asked = switched(Settings(home=tmp_path, config=file, read_only=True), "embedded")
    assert asked.read_only
