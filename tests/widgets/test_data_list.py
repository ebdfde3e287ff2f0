"""A list that is sorted, filtered and marked by keys and by the mouse."""

from __future__ import annotations

from textual.app import App, ComposeResult

from clickstream_widgets.data_list import DataList
from clickstream_widgets.figures import count
from clickstream_widgets.status_table import Row

ROWS: list[Row] = [("b", ("beta", count(5))), ("a", ("alpha", count(None))), ("c", ("gamma", count(70_000)))]


class Host(App[None]):
    """One list."""

    def compose(self) -> ComposeResult:
        yield DataList(("name", "lag"), marks=True)

    def on_mount(self) -> None:
        self.data.show(ROWS)
        self.data.focus()

    @property
    def data(self) -> DataList:
        return self.query_one(DataList)

    @property
    def names(self) -> list[str]:
        return [str(self.data.get_row_at(place)[0]).strip(" ●") for place in range(self.data.row_count)]


async def test_keys_sort_by_each_column_and_the_other_way_round() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.press("o")
        assert (app.data.order, app.names) == ("name", ["alpha", "beta", "gamma"])
        await pilot.press("o")  # numbers begin with the largest; what is not known comes last
        assert (app.data.order, app.names) == ("-lag", ["gamma", "beta", "alpha"])
        await pilot.press("O")
        assert (app.data.order, app.names) == ("lag", ["beta", "gamma", "alpha"])
        await pilot.press("o")
        assert app.data.order == "name"


async def test_a_click_on_a_header_sorts_and_another_turns_it_round() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.click(DataList, offset=(2, 0))
        assert app.data.order == "name"
        await pilot.click(DataList, offset=(2, 0))
        assert (app.data.order, app.names) == ("-name", ["gamma", "beta", "alpha"])


async def test_marks_stay_on_their_rows_and_go_with_them() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.press("space", "space", "o")
        assert set(app.data.marked) == {"b", "a"}
        app.data.show(ROWS[1:])
        assert app.data.chosen == ("a",)
        app.data.filter("!alpha")
        assert app.names == ["gamma"]


async def test_a_key_does_not_hit_what_took_the_place_of_a_row_that_went_by_itself() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.data.selected == "b"
        app.data.show(ROWS[1:], by_itself=True)
        assert app.data.chosen == ()
        app.data.show(ROWS[1:], by_itself=True)
        assert app.data.chosen == ("a",)
