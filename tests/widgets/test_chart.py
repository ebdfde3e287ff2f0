"""A chart tells complete buckets only, and its last data with a failure beside them."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Static

from clickstream_widgets.chart import Chart, Line, clock_labels, clock_ticks
from clickstream_widgets.note import Note

MINUTE = 60.0
TIMES = tuple(MINUTE * number for number in range(10))


class Host(App[None]):
    """One chart of minutes, at a time that the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MINUTE * 9 + 5  # five seconds into the last minute

    def compose(self) -> ComposeResult:
        yield Chart("Bandwidth", unit="B/s", bucket=MINUTE, clock=lambda: self.now)

    @property
    def chart(self) -> Chart:
        return self.query_one(Chart)

    @property
    def title_line(self) -> str:
        return self.query_one(".chart-title", Note).text


def minutes(*values: float) -> Line:
    return Line("bytes", TIMES[: len(values)], values)


async def test_the_bucket_that_still_runs_is_neither_drawn_nor_told() -> None:
    app = Host()
    async with app.run_test():
        line = minutes(*[500.0] * 9, 8.0)  # the running minute has hardly begun: no fall
        app.chart.show([line])
        assert app.chart.lines[0].values == (500.0,) * 9
        assert "500 B/s  min 500 mean 500 max 500" in app.title_line
        app.now = MINUTE * 10
        app.chart.show([line])
        assert app.chart.lines[0].values[-1] == 8.0
        assert "8 B/s" in app.title_line


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
