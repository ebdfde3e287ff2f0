"""Each reusable widget in the smallest application that shows it: its documentation, its picture and its test.

Run one with `python -m tests.widgets.hosts NAME STATE`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.widget import Widget

from clickstream_widgets.chart import Chart, Line
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.line_view import LineView
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line, printable
from clickstream_widgets.status_table import StatusTable

HOSTILE = "\x1b[2J\x1b]0;evil\x07[red]markup[/red]\u202e"
STATES = ("empty", "loading", "ready", "stale", "failed")


class Host(App[None]):
    """One widget, brought into one state."""

    def __init__(self, make: Callable[[], Widget], bring: Callable[[Any], None]) -> None:
        super().__init__()
        self._make = make
        self._bring = bring

    def compose(self) -> ComposeResult:
        yield self._make()

    def on_mount(self) -> None:
        self._bring(self.screen.children[0])


TIMES = tuple(float(n * 5) for n in range(40))
LINES = (
    Line("404", TIMES, tuple(float(n % 9) for n in range(40))),
    Line(one_line(HOSTILE), TIMES, tuple(float(n % 13) for n in range(40))),
)
ROWS = [("a", ("kafka", "running", "3.0 %")), ("b", (HOSTILE, "failed", 12)), ("c", ("x" * 200, "", None))]


def _chart(state: str) -> Callable[[Chart], None]:
    def bring(chart: Chart) -> None:
        if state in ("ready", "stale"):
            chart.show(LINES, "30 s old" if state == "stale" else "")
        elif state == "failed":
            chart.show((), "ksqlDB does not answer at http://127.0.0.1:8088")

    return bring


def _line_view(state: str) -> Callable[[LineView], None]:
    def bring(view: LineView) -> None:
        if state != "empty":
            view.extend(printable(f"{number} {HOSTILE if number % 7 == 3 else 'a line'}") for number in range(100))
        if state == "stale":  # scrolled up: new lines do not move what is looked at
            view.following = False
            view.scroll_home(animate=False)
            view.extend(["a newer line"])
        if state == "failed":
            view.clear()

    return bring


def _status_table(state: str) -> Callable[[StatusTable], None]:
    def bring(table: StatusTable) -> None:
        if state in ("ready", "stale"):
            table.show(ROWS)
        if state == "stale":  # a second look: one cell changed, the cursor stays on its row
            table.move_cursor(row=1)
            table.show([("new", ("first", "now", "")), *ROWS])
        if state == "failed":
            table.show(ROWS)
            table.show([])

    return bring


def _note(state: str) -> Callable[[Note], None]:
    said = {"loading": "starting …", "ready": "all is well", "stale": "✗ Kafka (12s ago)", "failed": one_line(HOSTILE)}
    return lambda note: note.say(said.get(state, ""))


def _key_bar(state: str) -> Callable[[KeyBar], None]:
    words = {
        "loading": ["Wait"],
        "ready": ["Run", "Filter", "Quit"],
        "stale": ["Run", ""],
        "failed": ["Try again", "[red]markup[/red]", "more than there is room for in a line"],
    }

    def bring(bar: KeyBar) -> None:
        for key, description in zip("rfq", words.get(state, ()), strict=False):
            bar.app.bind(key, f"app.notify('{key}')", description=description)
        bar.screen.refresh_bindings()

    return bring


WIDGETS: dict[str, tuple[Callable[[], Widget], Callable[[str], Callable[[Any], None]]]] = {
    "chart": (lambda: Chart("Errors per minute", "no errors yet"), _chart),
    "points": (lambda: Chart("Alerts", "no alert yet", points=True), _chart),
    "key_bar": (KeyBar, _key_bar),
    "line_view": (LineView, _line_view),
    "note": (Note, _note),
    "status_table": (lambda: StatusTable(("name", "state", "cpu")), _status_table),
}


def host(name: str, state: str) -> Host:
    """The application that shows a widget in a state."""
    make, bring = WIDGETS[name]
    return Host(make, bring(state))


if __name__ == "__main__":
    host(*(sys.argv[1:] or ("chart", "ready"))).run()
