"""A line chart over time, drawn by plotext behind a name of our own so that it can be replaced."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual_plotext import PlotextPlot

from clickstream_widgets.note import Note

_POINTS = 240  # a repaint costs the event loop about 33 ms at 600 points
_MARKERS = ("braille", "dot", "hd")
_TICKS = 4
_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)  # seconds


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
    """Three to five round moments between two, in seconds since the epoch."""
    step = next((each for each in _STEPS if (last - first) / each <= _TICKS), _STEPS[-1])
    offset = datetime.fromtimestamp(first).astimezone().utcoffset()
    zone = offset.total_seconds() if offset else 0.0
    begin = math.ceil((first + zone) / step) * step - zone
    found = [begin + number * step for number in range(int((last - begin) // step) + 1)] if last >= begin else []
    return found if len(found) > 1 else [first, last]


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
        yield PlotextPlot()
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
        fresh = tuple(line for line in map(self._complete, lines) if line.times)
        if fresh or not note:
            self.lines = fresh
        elif self.lines:
            note = f"stale: {note}"
        title = " · ".join(part for part in (self._title, note if self.lines else "", self._told()) if part)
        self.query_one(".chart-title", Note).say(title)
        self.set_class(not self.lines, "-empty")
        self.query_one(".chart-empty", Note).say(note or self.empty)
        self._draw()

    def _told(self) -> str:
        """The current value of each line, and of a single one its least, mean and most."""
        if len(self.lines) != 1:
            return "  ".join(f"{line.name} {human(line.values[-1], self._unit)}" for line in self.lines)
        values = [value for value in self.lines[0].values if value == value]
        if not values:
            return "–"
        least, mean, most = min(values), sum(values) / len(values), max(values)
        now = human(self.lines[0].values[-1], self._unit)
        return f"{now}  min {human(least)} mean {human(mean)} max {human(most)}"

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if not self.lines or not self.display or not self.size.width:
            return  # nothing to draw, or nowhere to draw it
        widget = self.query_one(PlotextPlot)
        plot: Any = widget.plt
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
            draw(
                times, values, marker=_MARKERS[number % len(_MARKERS)], label=line.name if len(self.lines) > 1 else None
            )
        first, last = min(line.times[0] for line in self.lines), max(line.times[-1] for line in self.lines)
        top = round_above(most)
        plot.ylim(least, top)  # the zero is always there: a small change must not look like a large one
        ticks = [least, *[top * part / 2 for part in (1, 2)]] if least < 0 else [0.0, top / 2, top]
        plot.yticks(ticks, [human(tick, self._unit) for tick in ticks])
        moments = clock_ticks(first, last) if last > first else [last]
        plot.xticks(moments, [datetime.fromtimestamp(moment).astimezone().strftime("%H:%M") for moment in moments])
        plot.frame(False)
        widget.refresh()
