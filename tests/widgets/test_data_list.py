"""A list that is sorted, filtered and marked by keys and by the mouse."""

from __future__ import annotations

from rich.text import Text
from textual.app import App, ComposeResult

from clickstream_widgets.data_list import DataList
from clickstream_widgets.figures import count
from clickstream_widgets.safe_text import shortened
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


async def test_the_arrow_of_the_order_stays_when_the_columns_are_made_anew() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o", "o")
        app.data._stretch = "name"  # pyright: ignore[reportPrivateUsage]
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        labels = [str(column.label) for column in app.data.columns.values()]
        assert labels == ["name", "lag ▾"]


class Shortest(App[None]):
    """A list whose sorting column has cells shorter than its name with the arrow."""

    def compose(self) -> ComposeResult:
        yield DataList(("name", "lag"), sort="-lag")

    @property
    def data(self) -> DataList:
        return self.query_one(DataList)

    def on_mount(self) -> None:
        self.data.show([(name, (name, count(lag))) for name, lag in (("a", 323), ("b", 215))])


async def test_the_arrow_has_room_where_all_cells_are_short() -> None:
    app = Shortest()
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        assert "lag ▾" in app.data.render_line(0).text
        await pilot.press("o")
        assert "name ▴" in app.data.render_line(0).text


async def test_a_list_of_short_names_cuts_no_column_off() -> None:
    class Short(App[None]):
        def compose(self) -> ComposeResult:
            yield DataList(("name", "one", "other"), stretch="name", priority=("other",))

    async with (app := Short()).run_test(size=(25, 8)) as pilot:
        app.query_one(DataList).show([])
        await pilot.pause()
        assert "other" in app.query_one(DataList).render_line(0).text


async def test_the_scrollbar_of_a_long_list_covers_no_column() -> None:
    class Long(App[None]):
        def compose(self) -> ComposeResult:
            yield DataList(("name", "lag"), stretch="name")

    async with (app := Long()).run_test(size=(25, 8)) as pilot:
        app.query_one(DataList).show([(str(n), (f"a_name_that_is_long_{n}", "1")) for n in range(20)])
        await pilot.pause()
        assert "lag" in app.query_one(DataList).render_line(0).crop(0, 23).text


class Narrow(App[None]):
    """A list of names that differ at their ends only, with little room."""

    def compose(self) -> ComposeResult:
        yield DataList(("lag", "name"), stretch="name")

    @property
    def data(self) -> DataList:
        return self.query_one(DataList)

    def on_mount(self) -> None:
        self.data.show([(name, ("1", name)) for name in ("DATAGEN_CLICKSTREAM_CODES", "DATAGEN_CLICKSTREAM_USERS")])


async def test_names_that_differ_at_their_ends_only_are_told_apart() -> None:
    app = Narrow()
    async with app.run_test(size=(28, 8)) as pilot:
        await pilot.pause()
        drawn = [str(app.data.get_row_at(place)[1]) for place in range(2)]
        assert [text[-6:] for text in drawn] == ["_CODES", "_USERS"]
        assert all("…" in text and text.startswith("DATA") for text in drawn)
        app.data.show(
            [(name, ("1", name + "_AGAIN")) for name in ("DATAGEN_CLICKSTREAM_CODES", "DATAGEN_CLICKSTREAM_USERS")]
        )
        assert [str(app.data.get_row_at(place)[1])[-6:] for place in range(2)] == ["_AGAIN", "_AGAIN"]


def test_a_name_loses_its_middle_and_a_sentence_its_end() -> None:
    assert str(shortened(Text("es_sink_ERRORS_PER_MIN_ALERT"), 15)) == "es_s…_MIN_ALERT"
    assert str(shortened(Text("a sentence that is too long"), 15)) == "a sentence tha…"
    assert shortened(Text("名前" * 10), 9).cell_len <= 9
    assert str(shortened(Text("short"), 9)) == "short"
