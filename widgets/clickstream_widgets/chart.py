"""A chart over time, its lines drawn by plotext behind a name of our own so that it can be replaced."""

from __future__ import annotations

import importlib
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.color import Color
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from clickstream_widgets import multiples
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line

_POINTS = 240  # a repaint costs the event loop about 33 ms at 600 points
_MARKERS = (("braille", "⠒"), ("dot", "•"), ("hd", "▀"))  # plotext's name, and what stands for it in the legend
# in the middle between dark and light, so that each theme shows them
_COLOURS = ((64, 120, 242), (80, 161, 79), (228, 86, 73), (193, 132, 1), (166, 38, 164), (1, 132, 188))
_DOT = "·"  # what a bucket that still runs is drawn with
_THRESHOLD, _CURSOR = (228, 86, 73), (128, 128, 128)
_TICKS = (3, 6)
_DAY = 86_400
_MINUTES = (1, 2, 3, 5, 10, 15, 30, 60, 120, 240, 360, 720)
_DAYS = (1, 2, 4, 7, 14, 30, 60, 120, 240, 365, 730, 1825)
_STEPS = (*(60 * minutes for minutes in _MINUTES), *(_DAY * days for days in _DAYS))  # seconds between two moments


@dataclass(frozen=True, slots=True)
class Line:
    """A named line; times are seconds since the epoch. A value of None, or that is no number, is a gap.

    The last `running` values belong to buckets that are not over: they are drawn as such, and never told.
    """

    name: str
    times: Sequence[float]
    values: Sequence[float | None]
    running: int = 0

    @property
    def _ended(self) -> int:
        """How many values are complete."""
        return len(self.times) - self.running

    @property
    def complete(self) -> Line:
        """Those of its buckets that are over."""
        return Line(self.name, self.times[: self._ended], self.values[: self._ended])

    @property
    def unfinished(self) -> Line:
        """Those that still run, after the last one that is over; empty where none runs."""
        first = max(self._ended - 1, 0) if self.running else len(self.times)
        return Line(self.name, self.times[first:], self.values[first:])

    @property
    def known(self) -> list[float]:
        """The values without the gaps."""
        return [value for value in self.values if value is not None and not math.isnan(value)]

    def at(self, moment: float | None) -> float | None:
        """The complete value at a moment, at None the last one; None in a gap."""
        place = self._ended if moment is None else min(bisect_right(self.times, moment), self._ended)
        value = self.values[place - 1] if place else None
        return None if value is None or math.isnan(value) else value


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
    What still runs of a line is dotted, and told nowhere.

    More lines than there are markers, and those of a chart of `parts`, stand below each other: they would cover each other,
    and without colour none could be told from another.

    Args:
        title: what the chart shows.
        empty: what is said while there are no lines.
        points: whether values are drawn as points.
        unit: of the values, such as `B/s`.
        threshold: a value that is drawn as a line, None for none.
        parts: whether several lines always stand below each other.
    """

    DEFAULT_CSS = """
    Chart { height: 1fr; width: 1fr; }
    Chart > .chart-title { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    Chart > .chart-legend { height: 1; text-wrap: nowrap; text-overflow: ellipsis; display: none; }
    Chart.-several > .chart-legend { display: block; }
    Chart.-empty > .chart-legend { display: none; }
    Chart > PlotextPlot { height: 1fr; }
    Chart > .chart-parts { height: 1fr; text-wrap: nowrap; display: none; }
    Chart.-parts > .chart-parts { display: block; }
    Chart.-parts > PlotextPlot, Chart.-parts > .chart-legend, Chart.-empty > .chart-parts { display: none; }
    Chart > .chart-empty { height: 1fr; content-align: center middle; color: $text-muted; display: none; }
    Chart.-empty > PlotextPlot { display: none; }
    Chart.-empty > .chart-empty { display: block; }
    """

    def __init__(
        self, title: str, empty: str = "no data yet", *, points: bool = False, unit: str = "",
        threshold: float | None = None, parts: bool = False, id: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(id=id, classes="-empty")
        self._threshold = threshold
        self._parts = parts
        self._points = points
        self._title = title
        self._unit = unit
        self.empty = empty
        self._note = ""
        self.lines: tuple[Line, ...] = ()
        self.cursor: float | None = None
        """The moment whose values are told, None for the latest."""

    def compose(self) -> ComposeResult:
        yield Note(self._title, classes="chart-title")
        yield Static(classes="chart-legend")
        yield Static(classes="chart-parts")
        yield Note(self.empty, classes="chart-empty")

    def show(self, lines: Sequence[Line], note: str = "") -> None:
        """Draws the lines; the last complete value of each stands in the title. A note without lines leaves what was there."""
        fresh, before = tuple(line for line in lines if line.times), self.lines
        if fresh or not note:
            self.lines = fresh
        elif self.lines:
            note = f"stale: {note}"
        self._note = note if self.lines else ""
        self.set_class(len(self.lines) > 1, "-several")
        self.set_class(self._apart, "-parts")
        self.set_class(not self.lines, "-empty")
        self.query_one(".chart-empty", Note).say(note or self.empty)
        self._tell()
        if self.lines != before:
            self._show_legend()
            self._draw()

    @property
    def _apart(self) -> bool:
        """Whether the lines stand below each other."""
        return len(self.lines) > (1 if self._parts else len(_MARKERS))

    def _tell(self) -> None:
        """The line of the title."""
        title = " · ".join(part for part in (self._title, self._note, self._told()) if part)
        self.query_one(".chart-title", Note).say(title)

    def _show_legend(self) -> None:
        self.query_one(".chart-legend", Static).update(self._legend(), layout=False)

    def _told(self) -> str:
        """Of a single line its value now or at the cursor, its least, mean and most; several have a legend."""
        at = "" if self.cursor is None else f"at {clock_labels([self.cursor, self.cursor + 1])[0]}"
        if self._apart:
            return f"{at} 0–{human(self._top, self._unit)}".strip()
        if len(self.lines) != 1:
            return at
        line, values = self.lines[0], self.lines[0].complete.known
        if not values:
            return "–"
        least, mean, most = min(values), sum(values) / len(values), max(values)
        found = line.at(self.cursor)
        told = f"{at} {'–' if found is None else human(found, self._unit)}".strip()
        return f"{told}  min {human(least)} mean {human(mean)} max {human(most)}"

    def move(self, step: int) -> None:
        """Tells the values some moments earlier (less than 0) or later; past the last one those of the latest moment again."""
        moments = sorted({moment for line in self.lines for moment in line.complete.times})
        if not moments:
            return
        last = len(moments) - 1
        place = max((last if self.cursor is None else bisect_left(moments, self.cursor)) + step, 0)
        self.cursor = None if place >= last else moments[place]
        self._tell()
        self._show_legend()
        self._draw()

    def _legend(self) -> Text:
        """Each line's mark, name and current value, outside the data."""
        text = Text(no_wrap=True, overflow="ellipsis")
        for number, line in enumerate(self.lines if len(self.lines) > 1 else ()):
            mark, colour = _MARKERS[number % len(_MARKERS)][1], _COLOURS[number % len(_COLOURS)]
            text.append(f"{'  ' if number else ''}{mark} ", Style(color=Color.from_rgb(*colour)))
            found = line.at(self.cursor)
            text.append(f"{one_line(line.name, 60)} {'–' if found is None else human(found, self._unit)}")
        return text

    def _below(self, width: int, height: int) -> Text:
        """The lines below each other on one scale from zero, each with its name and its value; a line of time under them."""
        shown = self.lines[: max(height - 1, 1)]
        rows = max((height - 1) // len(shown), 1)
        names = [one_line(line.name, 16) for line in shown]
        found = [line.at(self.cursor) for line in shown]
        values = ["–" if value is None else human(value, self._unit) for value in found]
        left, right = max(map(len, names)), max(map(len, values))
        room = max(width - left - right - 2, 1)
        first, last = self._range
        text = Text(no_wrap=True, overflow="crop")
        for number, (line, name, value) in enumerate(zip(shown, names, values, strict=True)):
            columns = multiples.resampled(line.times, line.values, first, last, room)
            colour = Style(color=Color.from_rgb(*_COLOURS[number % len(_COLOURS)]))
            over = self._threshold is not None and (found[number] or 0) >= self._threshold
            runs = line.times[-line.running] if line.running else math.inf
            over_at = multiples.column_of(runs, first, last, room)
            for row, drawn in enumerate(multiples.bars(columns, self._top, rows)):
                last_row = row == rows - 1
                text.append(f"{name if last_row else '':>{left}} ").append(drawn[:over_at], colour)
                text.append(multiples.dotted(drawn[over_at:]), colour)
                text.append(f" {value if last_row else '':>{right}}{'▲' if over and last_row else ''}\n")
        moments = clock_ticks(first, last) if last > first else [last]
        below = multiples.axis(moments, clock_labels(moments), first, last, room).ljust(room)
        if self.cursor is not None and last > first:
            place = round((self.cursor - first) / (last - first) * (room - 1))
            below = f"{below[:place]}▲{below[place + 1 :]}"
        more = len(self.lines) - len(shown)
        return text.append(" " * (left + 1)).append(below).append(f" and {more} more" if more else "", "dim")

    @property
    def _top(self) -> float:
        """The end of the scale that all lines have when they stand below each other."""
        return round_above(max((value for line in self.lines for value in line.known), default=0.0))

    @property
    def _range(self) -> tuple[float, float]:
        """The first and the last moment of all lines."""
        return min(line.times[0] for line in self.lines), max(line.times[-1] for line in self.lines)

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
        if self._apart:
            below = self.query_one(".chart-parts", Static)
            room = self.content_region.size
            below.update(self._below(room.width, room.height - 1), layout=False)
            return
        widget = self._area()
        plot = widget.plt
        plot.clear_data()
        plot.clear_figure()
        most, least = 0.0, 0.0
        for number, line in enumerate(self.lines):
            most, least = max([most, *line.known]), min([least, *line.known])
            # the marker differs too: colour alone carries no meaning
            self._draw_line(plot, line.complete, _MARKERS[number % len(_MARKERS)][0], number)
            self._draw_line(plot, line.unfinished, _DOT, number)
        first, last = self._range
        if self._threshold is not None:
            most = max(most, self._threshold)
            plot.hline(self._threshold, _THRESHOLD)
        if self.cursor is not None:
            plot.vline(self.cursor, _CURSOR)
        top = round_above(most)
        plot.ylim(least, top)  # the zero is always there: a small change must not look like a large one
        ticks = [least, *[top * part / 2 for part in (1, 2)]] if least < 0 else [0.0, top / 2, top]
        plot.yticks(ticks, [human(tick, self._unit) for tick in ticks])
        moments = clock_ticks(first, last) if last > first else [last]
        plot.xticks(moments, clock_labels(moments))
        plot.frame(False)
        widget.refresh()

    def _draw_line(self, plot: Any, line: Line, marker: str, number: int) -> None:
        if not line.times:
            return
        step = max(1, len(line.times) // _POINTS)
        values = [math.nan if value is None else value for value in line.values[::step]]
        draw = plot.scatter if self._points else plot.plot
        draw([*line.times[::step]], values, marker=marker, color=_COLOURS[number % len(_COLOURS)])
