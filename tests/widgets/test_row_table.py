"""A table of rows that come fast."""

from __future__ import annotations

from textual.app import App, ComposeResult

from clickstream_widgets.row_table import Cell, RowTable


def shown(place: int, value: object) -> Cell:
    return ("null", "dim italic") if value is None else (str(value), "")


class Host(App[None]):
    """A table alone on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.clicked: list[int] = []

    def compose(self) -> ComposeResult:
        yield RowTable(cell=shown, capacity=50)

    def on_row_table_header_clicked(self, message: RowTable.HeaderClicked) -> None:
        self.clicked.append(message.column)


async def test_the_newest_row_is_followed_until_the_cursor_is_moved() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        table = app.query_one(RowTable)
        table.begin(["N", "TEXT"], [[n, f"row {n}"] for n in range(30)])
        await pilot.pause()
        assert table.cursor_row == 29
        assert table.scroll_offset.y == table.max_scroll_y > 0
        table.extend([[n, f"row {n}"] for n in range(30, 60)])
        await pilot.pause()
        assert table.row_count == 50
        assert table.row(table.cursor_row) == [59, "row 59"]
        assert "row 59" in table.render_line(11).text
        await pilot.press("up", "up")
        chosen = table.row(table.cursor_row)
        table.extend([[n, f"row {n}"] for n in range(60, 70)])
        await pilot.pause()
        assert table.row(table.cursor_row) is chosen  # it goes up with its row, as the oldest give way
        await pilot.press("end")
        assert table.row(table.cursor_row)[0] == 69
        await pilot.press("home")
        assert (table.cursor_row, table.scroll_offset.y) == (0, 0)


async def test_columns_are_as_wide_as_what_they_hold_and_lines_as_the_table() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        table = app.query_one(RowTable)
        table.begin(["A", "WIDE"], [[None, "日本語"], [12345, "x"]])
        await pilot.pause()
        texts = [table.render_line(y).text for y in range(4)]
        assert [text.rstrip() for text in texts] == [" A      WIDE", " null   日本語", " 12345  x", ""]
        assert {table.render_line(y).cell_length for y in range(4)} == {40}
        dim = [part for part in table.render_line(1) if part.style is not None and part.style.dim]
        assert [part.text.strip() for part in dim] == ["null"]


async def test_a_click_chooses_a_row_or_tells_the_column() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        table = app.query_one(RowTable)
        table.begin(["A", "B"], [[n, n] for n in range(5)])
        await pilot.click(RowTable, offset=(1, 2))
        assert table.cursor_row == 1
        await pilot.click(RowTable, offset=(5, 0))
        await pilot.click(RowTable, offset=(30, 0))  # behind the last column there is none
        assert app.clicked == [1]


async def test_a_table_that_is_begun_anew_has_nothing_of_before() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        table = app.query_one(RowTable)
        table.begin(["A", "B", "C"], [["a long text", 2, 3]] * 40)
        table.begin(["D"])
        await pilot.pause()
        assert (table.row_count, table.cursor_row, table.scroll_offset.y) == (0, 0, 0)
        assert table.render_line(0).text.strip() == "D"
        await pilot.press("up", "down", "pagedown", "end")  # with no row there is nothing to move to
        assert table.cursor_row == 0
