"""A line chart over time, drawn by plotext behind a name of our own so that it can be replaced."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.color import Color
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line

_POINTS = 240  # a repaint costs the event loop about 33 ms at 600 points
_MARKERS = (("braille", "⠒"), ("dot", "•"), ("hd", "▀"))  # plotext's name, and what stands for it in the legend
# in the middle between dark and light, so that each theme shows them
_COLOURS = ((64, 120, 242), (80, 161, 79), (228, 86, 73), (193, 132, 1), (166, 38, 164), (1, 132, 188))
_TICKS = (3, 6)
_DAY = 86_400
_MINUTES = (1, 2, 3, 5, 10, 15, 30, 60, 120, 240, 360, 720)
_DAYS = (1, 2, 4, 7, 14, 30, 60, 120, 240, 365, 730, 1825)
_STEPS = (*(60 * minutes for minutes in _MINUTES), *(_DAY * days for days in _DAYS))  # seconds between two moments


@dataclass(frozen=True, slots=True)
class Line:
    """A named line; times are seconds since the epoch. A value of None, or that is no number, is a gap."""

    name: str
    times: Sequence[float]
    values: Sequence[float]


def human(value: float, unit: str = "") -> str:
    """A number as people read it: `334 kB/s`, `1.2 k`, `17`."""
    size = abs(value)
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= factor:
            scaled = value / factor
            digits = 0 if abs(scaled) >= 100 else 1
            return f"{scaled:.{digits}f} {prefix}{unit}".rstrip()
    text = (
        f"{value:.0f}" if float(value).is_integer() or size >= 100 else f"{value:.2g}" if size < 1 else f"{value:.1f}"
    )
    return f"{text} {unit}".rstrip()


def round_above(value: float) -> float:
    """The next number 1, 2, 2.5 or 5 times a power of ten that is not below a value; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))


def clock_ticks(first: float, last: float) -> list[float]:
    """Three to six round moments between two where there are such, else both ends, in seconds since the epoch."""
    offset = datetime.fromtimestamp(first).astimezone().utcoffset()
    zone = offset.total_seconds() if offset else 0.0
    found = [first, last]
    for step in reversed(_STEPS):  # the widest that gives enough
        begin = math.ceil((first + zone) / step) * step - zone
        count = math.floor((last - begin) / step) + 1
        if count > _TICKS[1]:
            break
        if count > 1:
            found = [begin + number * step for number in range(count)]
        if count >= _TICKS[0]:
            break
    return found


def clock_labels(moments: Sequence[float]) -> list[str]:
    """How moments are told apart in as few characters as do: hours and minutes, else with seconds or the day, in local time."""
    times = [datetime.fromtimestamp(moment).astimezone() for moment in moments]
    forms = ("%H:%M", "%H:%M:%S") if moments[-1] - moments[0] < _DAY else ("%m-%d", "%m-%d %H:%M", "%Y-%m-%d")
    told = [[time.strftime(form) for time in times] for form in forms]
    return next((labels for labels in told if len(set(labels)) == len(labels)), told[-1])


class Chart(Vertical):
    """A titled chart of lines, or of `points`. Without data it says `empty`; a `note` (a failure, say) stands in the title.

    Args:
        title: what the chart shows.
        empty: what is said while there are no lines.
        points: whether values are drawn as points.
        unit: of the values, such as `B/s`.
        bucket: seconds that a value stands for: the one that still runs is left out. 0 for values of one moment.
        clock: seconds since the epoch, to know which bucket runs.
    """

    DEFAULT_CSS = """
    Chart { height: 1fr; width: 1fr; }
    Chart > .chart-title { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    Chart > .chart-legend { height: 1; text-wrap: nowrap; text-overflow: ellipsis; display: none; }
    Chart.-several > .chart-legend { display: block; }
    Chart.-empty > .chart-legend { display: none; }
    Chart > PlotextPlot { height: 1fr; }
    Chart > .chart-empty { height: 1fr; content-align: center middle; color: $text-muted; display: none; }
    Chart.-empty > PlotextPlot { display: none; }
    Chart.-empty > .chart-empty { display: block; }
    """

    def __init__(
        self, title: str, empty: str = "no data yet", *, points: bool = False, unit: str = "", bucket: float = 0.0,
        clock: Callable[[], float] = time.time, id: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(id=id, classes="-empty")
        self._points = points
        self._title = title
        self._unit = unit
        self._bucket = bucket
        self._clock = clock
        self.empty = empty
        self.lines: tuple[Line, ...] = ()

    def compose(self) -> ComposeResult:
        yield Note(self._title, classes="chart-title")
        yield Static(classes="chart-legend")
        yield Note(self.empty, classes="chart-empty")

    def _complete(self, line: Line) -> Line:
        """A line without the bucket that still runs: its value would look like a fall."""
        until = self._clock() - self._bucket
        last = len(line.times)
        while self._bucket and last and line.times[last - 1] > until:
            last -= 1
        return Line(line.name, line.times[:last], line.values[:last])

    def show(self, lines: Sequence[Line], note: str = "") -> None:
        """Draws the lines; the last complete value of each stands in the title. A note without lines leaves what was there."""
        fresh, before = tuple(line for line in map(self._complete, lines) if line.times), self.lines
        if fresh or not note:
            self.lines = fresh
        elif self.lines:
            note = f"stale: {note}"
        title = " · ".join(part for part in (self._title, note if self.lines else "", self._told()) if part)
        self.query_one(".chart-title", Note).say(title)
        if self.lines != before:
            self.query_one(".chart-legend", Static).update(self._legend(), layout=False)
        self.set_class(len(self.lines) > 1, "-several")
        self.set_class(not self.lines, "-empty")
        self.query_one(".chart-empty", Note).say(note or self.empty)
        if self.lines != before:
            self._draw()

    def _told(self) -> str:
        """Of a single line its current value, its least, mean and most; several have a legend."""
        if len(self.lines) != 1:
            return ""
        values = [value for value in self.lines[0].values if value == value]
        if not values:
            return "–"
        least, mean, most = min(values), sum(values) / len(values), max(values)
        now = human(self.lines[0].values[-1], self._unit)
        return f"{now}  min {human(least)} mean {human(mean)} max {human(most)}"

    def _legend(self) -> Text:
        """Each line's mark, name and current value, outside the data."""
        text = Text(no_wrap=True, overflow="ellipsis")
        for number, line in enumerate(self.lines if len(self.lines) > 1 else ()):
            mark, colour = _MARKERS[number % len(_MARKERS)][1], _COLOURS[number % len(_COLOURS)]
            text.append(f"{'  ' if number else ''}{mark} ", Style(color=Color.from_rgb(*colour)))
            text.append(f"{one_line(line.name, 60)} {human(line.values[-1], self._unit)}")
        return text

    def on_resize(self) -> None:
        self._draw()

    def _area(self) -> Any:
        """The widget that is drawn on, made with the first data: plotext takes long to import, and the first paint needs none of it."""
        found = self.query("PlotextPlot")
        if found:
            return found.first()
        area = importlib.import_module("textual_plotext").PlotextPlot()
        self.mount(area, before=self.query_one(".chart-empty"))
        return area

    def _draw(self) -> None:
        if not self.lines or not self.display or not self.size.width:
            return  # nothing to draw, or nowhere to draw it
        widget = self._area()
        plot = widget.plt
        plot.clear_data()
        plot.clear_figure()
        most, least = 0.0, 0.0
        for number, line in enumerate(self.lines):
            step = max(1, len(line.times) // _POINTS)
            times, values = [*line.times[::step]], [*line.values[::step]]
            known = [value for value in values if value == value]
            most, least = max([most, *known]), min([least, *known])
            # the marker differs too: colour alone carries no meaning
            draw = plot.scatter if self._points else plot.plot
            draw(times, values, marker=_MARKERS[number % len(_MARKERS)][0], color=_COLOURS[number % len(_COLOURS)])
        first, last = min(line.times[0] for line in self.lines), max(line.times[-1] for line in self.lines)
        top = round_above(most)
        plot.ylim(least, top)  # the zero is always there: a small change must not look like a large one
        ticks = [least, *[top * part / 2 for part in (1, 2)]] if least < 0 else [0.0, top / 2, top]
        plot.yticks(ticks, [human(tick, self._unit) for tick in ticks])
        moments = clock_ticks(first, last) if last > first else [last]
        plot.xticks(moments, clock_labels(moments))
        plot.frame(False)
        widget.refresh()
