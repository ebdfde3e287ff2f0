"""A chart tells complete buckets only, and its last data with a failure beside them."""

from __future__ import annotations

from dataclasses import replace

from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Static

from clickstream_widgets.chart import Chart, Line, clock_labels, clock_ticks
from clickstream_widgets.multiples import axis, bars, resampled
from clickstream_widgets.note import Note

MINUTE = 60.0
TIMES = tuple(MINUTE * number for number in range(10))


class Host(App[None]):
    """One chart of minutes."""

    def compose(self) -> ComposeResult:
        yield Chart("Bandwidth", unit="B/s")

    @property
    def chart(self) -> Chart:
        return self.query_one(Chart)

    @property
    def title_line(self) -> str:
        return self.query_one(".chart-title", Note).text


def minutes(*values: float | None) -> Line:
    return Line("bytes", TIMES[: len(values)], values)


async def test_the_bucket_that_still_runs_is_dotted_and_never_told() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.chart.show([replace(minutes(*[500.0] * 9, 8.0), running=1)])  # it has hardly begun: no fall
        await pilot.pause()
        assert "500 B/s  min 500 mean 500 max 500" in app.title_line
        assert "·" in str(app.query("PlotextPlot").first().render())
        app.chart.move(-1)
        assert "at 00:07:00" in app.title_line  # from the last complete minute on
        app.chart.show([minutes(*[500.0] * 9, 8.0)])
        app.chart.move(9)
        await pilot.pause()
        assert "· 8 B/s  min 8" in app.title_line
        assert "·" not in str(app.query("PlotextPlot").first().render())


async def test_the_first_bucket_is_drawn_while_it_runs() -> None:
    """Nothing was drawn until it was over."""
    app = Host()
    async with app.run_test(size=(60, 12)):
        app.chart.show([replace(minutes(7.0), running=1)])
        assert not app.chart.has_class("-empty")
        assert app.title_line == "Bandwidth · –"
        app.chart.move(-1)
        assert app.chart.cursor is None


async def test_what_still_runs_of_a_chart_of_parts_is_dotted() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        await app.query(Chart).remove()
        await app.mount(Chart("Errors", parts=True))
        app.chart.show([Line(name, TIMES[:4], (8.0, 8.0, 8.0, 7.0), running=1) for name in ("404", "500")])
        await pilot.pause()
        rows = str(app.query_one(".chart-parts", Static).render()).splitlines()
        drawn = next(row for row in rows if row.startswith("404"))
        assert drawn.endswith("8")  # the last complete value
        assert "█" in drawn or "▇" in drawn
        assert drawn.rindex("░") > max(drawn.rfind("█"), drawn.rfind("▇"), drawn.rfind("▆"))


async def test_a_failure_keeps_the_last_data_and_says_that_they_are_old() -> None:
    app = Host()
    async with app.run_test():
        app.chart.show([minutes(1.0, 2.0)])
        app.chart.show([], "ksqlDB does not answer")
        assert app.chart.lines[0].values == (1.0, 2.0)
        assert "stale: ksqlDB does not answer" in app.title_line
        app.chart.show([])  # nothing failed: there is nothing any more
        assert app.chart.has_class("-empty")


async def test_several_lines_have_a_legend_outside_the_data() -> None:
    app = Host()
    async with app.run_test():
        app.chart.show([minutes(1.0, 2.0), Line("other", TIMES[:2], (3.0, 4.0))])
        legend = app.query_one(".chart-legend", Static)
        assert legend.display
        told = legend.render()
        assert isinstance(told, Content)
        assert told.plain == "⠒ bytes 2 B/s  • other 4 B/s"
        app.chart.show([minutes(1.0, 2.0)])
        assert not legend.display


def test_no_two_moments_have_the_same_label_and_no_chart_more_than_six() -> None:
    """Half a minute had one minute twice, a week seven times midnight."""
    assert clock_labels([20.0, 50.0]) == ["00:00:20", "00:00:50"]
    assert clock_labels([0.0, 60.0]) == ["00:00", "00:01"]
    for days in (0.0001, 0.02, 1, 2, 7, 30, 365, 3650):
        labels = clock_labels(clock_ticks(1000.0, 1000.0 + days * 24 * 60 * MINUTE))
        assert 2 <= len(labels) <= 6
        assert len(set(labels)) == len(labels), labels


def test_a_chart_of_some_minutes_and_more_has_three_moments_at_least() -> None:
    """Between eight and ten minutes only both ends were told, as none of the steps gave four parts."""
    for minute in range(3, 3000):
        for start in (0.0, 5.0, 59.0):
            ticks = clock_ticks(start, start + minute * MINUTE + 7)
            assert 3 <= len(ticks) <= 6, (minute, start)
            assert all(tick % MINUTE == 0 for tick in ticks)


async def test_what_is_drawn_on_is_made_with_the_first_data_and_once() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.chart.show([])
        assert not app.query("PlotextPlot")
        app.chart.show([minutes(1.0, 2.0)])
        app.chart.show([minutes(1.0, 3.0)])
        await pilot.pause()
        assert len(app.query("PlotextPlot")) == 1
        drawn = app.query("PlotextPlot").first()
        assert drawn.display
        assert drawn.size.height > 1
        assert any("\u2800" < sign <= "\u28ff" for sign in str(drawn.render()))  # a line, in braille


async def test_several_lines_of_a_chart_of_parts_stand_below_each_other() -> None:
    """Three lines of errors by status covered each other."""
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        await app.query(Chart).remove()
        await app.mount(Chart("Errors", parts=True, threshold=4.0))
        app.chart.show([Line("404", TIMES[:3], (1.0, 2.0, 4.0)), Line("500", TIMES[:3], (0.0, None, 2.0))])
        await pilot.pause()
        shown = str(app.query_one(".chart-parts", Static).render()).splitlines()
        assert app.query_one(".chart-parts", Static).display
        assert not app.query("PlotextPlot")
        assert app.title_line == "Errors · 0–5"
        told = [row for row in shown if row.startswith(("404", "500"))]
        assert told[0].endswith("4▲")  # at the threshold
        assert told[1].endswith(" 2")
        assert "  " in told[1].removeprefix("500 ").rstrip(" 2")  # a gap is a gap
        assert shown[-1].split() == ["00:00", "00:01", "00:02"]


async def test_more_lines_than_markers_stand_below_each_other() -> None:
    """The fourth line had the first one's marker: without colour they were one."""
    app = Host()
    async with app.run_test(size=(40, 12)):
        app.chart.show([Line(name, TIMES[:2], (1.0, 2.0)) for name in "abcd"])
        assert app.chart.has_class("-parts")
        app.chart.show([Line(name, TIMES[:2], (1.0, 2.0)) for name in "abc"])
        assert not app.chart.has_class("-parts")


async def test_the_cursor_tells_the_values_of_its_moment() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)):
        app.chart.show([minutes(1.0, 2.0, None, 8.0)])
        assert "8 B/s  min 1" in app.title_line
        app.chart.move(-1)
        assert "at 00:02:00 –  min 1" in app.title_line
        app.chart.move(-1)
        assert "at 00:01:00 2 B/s" in app.title_line
        app.chart.show([minutes(1.0, 3.0, None, 8.0, 9.0)])  # it stays at its moment while new ones come
        assert "at 00:01:00 3 B/s" in app.title_line
        app.chart.move(9)
        assert app.chart.cursor is None
        assert "Bandwidth · 9 B/s" in app.title_line


async def test_a_threshold_is_a_line_within_the_chart() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        await app.query(Chart).remove()
        await app.mount(Chart("Errors", threshold=20.0))
        app.chart.show([minutes(1.0, 2.0, 3.0)])
        await pilot.pause()
        drawn = str(app.query("PlotextPlot").first().render()).splitlines()
        assert drawn[0].lstrip().startswith("20")
        assert any(row.count("─") > 30 for row in drawn[:2])


def test_columns_between_two_values_hold_the_first_and_a_hole_stays_empty() -> None:
    held = resampled((0.0, 10.0, 20.0, 60.0), (1.0, 2.0, 3.0, 4.0), 0.0, 60.0, 13)
    assert held == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, None, None, None, None, None, 4.0]
    assert resampled((0.0, 1.0, 2.0, 3.0), (1.0, 9.0, 2.0, 3.0), 0.0, 3.0, 2) == [9.0, 3.0]


def test_blocks_begin_at_zero_and_a_zero_is_no_gap() -> None:
    assert bars([0.0, 4.0, 8.0, None], 8.0, 2) == ["  █ ", "▁██ "]


def test_labels_of_moments_never_touch() -> None:
    assert axis((0.0, 1.0, 10.0), ("00:00", "00:01", "00:10"), 0.0, 10.0, 16) == "00:00      00:10"
