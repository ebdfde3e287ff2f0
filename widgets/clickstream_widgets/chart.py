"""A line chart over time, drawn by plotext behind a name of our own so that it can be replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual_plotext import PlotextPlot

from clickstream_widgets.note import Note

_POINTS = 240  # a repaint costs the event loop about 33 ms at 600 points
_MARKERS = ("braille", "dot", "hd")


@dataclass(frozen=True, slots=True)
class Line:
    """A named line; times are seconds since the epoch."""

    name: str
    times: Sequence[float]
    values: Sequence[float]


class Chart(Vertical):
    """A titled chart of lines, or of `points`. Without data it says `empty`; a `note` (a failure, say) stands in the title."""

    DEFAULT_CSS = """
    Chart { height: 1fr; width: 1fr; }
    Chart > .chart-title { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    Chart > PlotextPlot { height: 1fr; }
    Chart > .chart-empty { height: 1fr; content-align: center middle; color: $text-muted; display: none; }
    Chart.-empty > PlotextPlot { display: none; }
    Chart.-empty > .chart-empty { display: block; }
    """

    def __init__(self, title: str, empty: str = "no data yet", *, points: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, classes="-empty")
        self._points = points
        self._title = title
        self._empty = empty
        self.lines: tuple[Line, ...] = ()

    def compose(self) -> ComposeResult:
        yield Note(self._title, classes="chart-title")
        yield PlotextPlot()
        yield Note(self._empty, classes="chart-empty")

    def show(self, lines: Sequence[Line], note: str = "") -> None:
        """Draws the lines; the last value of each stands in the title."""
        self.lines = tuple(line for line in lines if line.times)
        latest = "  ".join(f"{line.name} {line.values[-1]:g}" for line in self.lines)
        title = " · ".join(part for part in (self._title, note if self.lines else "", latest) if part)
        self.query_one(".chart-title", Note).say(title)
        self.set_class(not self.lines, "-empty")
        self.query_one(".chart-empty", Note).say(note or self._empty)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if not self.lines or not self.display or not self.size.width:
            return  # nothing to draw, or nowhere to draw it
        widget = self.query_one(PlotextPlot)
        plot: Any = widget.plt
        plot.clear_data()
        plot.clear_figure()
        newest = max(line.times[-1] for line in self.lines)
        for number, line in enumerate(self.lines):
            step = max(1, len(line.times) // _POINTS)
            times = [(moment - newest) / 60 for moment in line.times[::step]]
            # the marker differs too: colour alone carries no meaning
            draw = plot.scatter if self._points else plot.plot
            draw(times, list(line.values[::step]), marker=_MARKERS[number % len(_MARKERS)], label=line.name)
        plot.xlabel("minutes")
        widget.refresh()
