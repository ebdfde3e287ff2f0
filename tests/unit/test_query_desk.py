"""The query desk without servers: colours, tabs that are kept, saved queries, rows that are sorted and copied."""

from __future__ import annotations

from pathlib import Path

from textual.message import Message
from textual.widgets import TextArea

from clickstream_ksql.highlight import stretches
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.ksql_results import as_time
from clickstream_tui.query_desk import FIRST, QueryDesk
from clickstream_tui.settings import Settings
from clickstream_widgets.coloured_editor import Span, by_line
from clickstream_widgets.row_table import RowTable
from tests.snapshot.home_states import WELL
from tests.snapshot.test_panes import Still

TEXT = "select count(*), 'a;\n--b' FROM `t` -- it\nWHERE x1 = 1.5 AND ${v} /* open\nend"


def test_what_each_stretch_is() -> None:
    found = [(kind, TEXT[start:stop]) for start, stop, kind in stretches(TEXT)]
    assert found == [
        ("keyword", "select"), ("function", "count"), ("text", "'a;\n--b'"), ("keyword", "FROM"), ("name", "`t`"),
        ("comment", "-- it"), ("keyword", "WHERE"), ("number", "1.5"), ("keyword", "AND"), ("name", "${v}"),
        ("comment", "/* open\nend"),
    ]  # fmt: skip


def test_a_stretch_over_two_lines_is_parted() -> None:
    spans = [Span(*each) for each in stretches(TEXT)]
    lines = by_line(TEXT, spans)
    parts = [[TEXT.split("\n")[number][span.start : span.stop] for span in line] for number, line in enumerate(lines)]
    assert parts == [["select", "count", "'a;"], ["--b'", "FROM", "`t`", "-- it"], ["WHERE", "1.5", "AND", "${v}", "/* open"],
                     ["end"]]  # fmt: skip
    assert by_line("", []) == [[]]


def test_tabs_and_saved_queries_are_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    desk = QueryDesk(file)
    assert desk.tab.text == FIRST
    desk.add()
    desk.write("SHOW TABLES;", 0, 4)
    desk.save("mine", "SHOW STREAMS;")
    again = QueryDesk(file)
    assert [tab.text for tab in again.tabs] == [FIRST, "SHOW TABLES;"]
    assert (again.number, again.tab.column, again.saved) == (1, 4, {"mine": "SHOW STREAMS;"})
    assert again.close().text == "SHOW TABLES;"
    assert again.close().text == FIRST
    assert [tab.text for tab in again.tabs] == [""]
    again.forget("mine")
    assert QueryDesk(file).saved == {}


def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    for content in ("", "[]", '{"tabs": [], "chosen": 9}', '{"tabs": [{"text": 1}]}'):
        file.write_text(content)
        assert QueryDesk(file).tab.text in ("", FIRST)


async def test_tabs_by_keys_and_over_a_restart(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        app.show(WELL)
        await pilot.press("5", "ctrl+n", *"list types")
        editor = app.home.query_one(TextArea)
        assert editor.text == "list types"
        await pilot.press("alt+left")
        assert editor.text == FIRST
        await pilot.press("alt+right")
        assert editor.text == "list types"
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        pane = app.home.query_one(KsqlPane).editor
        assert pane.text == "list types"
        await pilot.press("5", "alt+w")
        assert pane.text == FIRST
        assert pane.history.texts[-1] == "list types"


async def test_a_query_is_saved_found_first_and_forgotten(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        pane = app.home.query_one(KsqlPane).editor
        pane.history.add("SHOW TOPICS;")
        await pilot.press("5", "ctrl+g", *"one user", "enter")
        assert pane.desk.saved == {"one user": FIRST}
        pane.put("")
        await pilot.press("ctrl+t", "enter")
        assert pane.text == FIRST
        await pilot.press("ctrl+t", "ctrl+d", "ctrl+d", "escape")
        assert pane.desk.saved == {}


async def test_rows_are_sorted_copied_and_their_times_are_times(tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5")
        results = app.home.query_one(KsqlPane).results
        table = results.query_one(RowTable)
        rows = [[3, 1_700_000_000_000], [None, 1_700_000_060_000], [20, 1_700_000_120_000]]
        results.begin(["N", "WINDOWSTART"])
        results.rows(rows)
        table.focus()
        await pilot.press("o")
        assert [table.texts(place)[0] for place in range(3)] == ["3", "20", "null"]
        assert table.texts(0)[1] == as_time(rows[0][1])
        await pilot.press("O", "u", "down", "y")
        assert [table.texts(place)[1] for place in range(3)] == [
            "1700000120000",
            "1700000000000",
            "1700000060000",
        ]
        assert app.clipboard == '{"N": 3, "WINDOWSTART": 1700000000000}'


async def test_rows_stay_with_their_statement_whichever_result_is_shown(tmp_path: Path) -> None:
    """`f2` while a push query ran let its rows go to the result that was then shown."""
    app = Still(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5")
        results = app.home.query_one(KsqlPane).results
        table = results.query_one(RowTable)
        results.start(["LIST TABLES;", "SELECT N", "SELECT M"])
        results.begin(["NAME"])
        results.rows([["CLICKS"]])
        results.receive(1)  # what is shown goes along, as nobody has looked at another one
        results.begin(["N"])
        results.rows([[1]])
        assert list(results.result.rows) == [[1]]
        results.step(-1)
        results.rows([[2]], "2 rows")
        results.receive(2)
        results.begin(["M"])
        results.tell("running")
        assert list(results.result.rows) == [["CLICKS"]]
        assert [table.texts(place) for place in range(table.row_count)] == [["CLICKS"]]
        results.step(1)
        assert list(results.result.rows) == [[1], [2]]
        assert results.result.note == "2 rows"
        results.step(1)
        assert (results.result.columns, results.result.note) == (("M",), "running")


class Running(Still):
    """Keeps what the pane asks to be run, in place of running it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.asked: list[str] = []

    async def _on_message(self, message: Message) -> None:
        if isinstance(message, KsqlPane.Run):
            self.asked.append(message.text)
        else:
            await super()._on_message(message)


async def test_the_statement_under_the_cursor_is_explained_once(tmp_path: Path) -> None:
    app = Running(Settings(home=tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5")
        editor = app.query_one(KsqlPane).query_one(TextArea)
        editor.load_text("SHOW TOPICS;\nSELECT * FROM T;\nexplain SELECT 1 FROM T;")
        for row in (1, 2):
            editor.move_cursor((row, 3))
            await pilot.press("ctrl+o")
        await pilot.pause()
        assert app.asked == ["EXPLAIN SELECT * FROM T;", "explain SELECT 1 FROM T;"]
