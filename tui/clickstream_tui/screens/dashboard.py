"""A Grafana dashboard in the terminal: its panels in their order, asked of Elasticsearch as Grafana asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.css.query import NoMatches

from clickstream_pipeline.dashboards import data
from clickstream_pipeline.dashboards.model import COLUMNS, Dashboard, Panel
from clickstream_pipeline.dashboards.variables import Variable
from clickstream_pipeline.errors import PipelineError
from clickstream_tui.console import Console, console_of
from clickstream_tui.screens.variables import VariablesScreen, told
from clickstream_widgets.bars import bars
from clickstream_widgets.calm_screen import CalmScreen
from clickstream_widgets.chart import Chart, Line
from clickstream_widgets.framed import Framed
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import StatusTable

RANGES = (300.0, 900.0, 3600.0, 21_600.0, 86_400.0)  # seconds
_SHOWN_ROWS = 200
_BARS = " "  # the column of bars beside the last column's numbers


def _span(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h" if hours and not minutes else f"{round(seconds / 60)} min"


class PanelView(Framed, Vertical, can_focus=True):
    """One panel: a chart, a table or a value, and under its title whatever keeps it from being shown."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding(
            "left", "cursor(-1)", "Earlier", show=False, id="panel.earlier", tooltip="The values at an earlier moment"
        ),
        Binding("right", "cursor(1)", "Later", show=False, id="panel.later", tooltip="Those of a later one, up to now"),
    ]

    def __init__(self, panel: Panel, clock: Callable[[], float] = time.time) -> None:
        super().__init__(classes="panel")
        self._clock = clock
        self._filled_at = 0.0
        self.panel = panel
        self.border_title = one_line(panel.title)

    def compose(self) -> ComposeResult:
        if self.panel.lacks:
            yield Note(self.panel.lacks, classes="panel-note")
        elif self.panel.kind == "graph":
            points = self.panel.points and not self.panel.lines
            yield Chart("", "loading …", points=points, threshold=self.panel.threshold)
        else:
            yield Note("loading …", classes="panel-note")

    @property
    def is_filled(self) -> bool:
        """Whether the panel shows data."""
        if self.panel.kind == "graph":
            return any(not chart.has_class("-empty") for chart in self.query(Chart))
        return bool(self.query(".panel-value")) or any(table.row_count for table in self.query(StatusTable))

    async def fill(self, content: data.Content) -> None:
        """Shows what the panel's queries gave."""
        self._filled_at = self._clock()
        self.border_subtitle = ""
        if self.panel.kind == "graph":
            chart = self.query_one(Chart)
            chart.empty = "no data in this time"
            chart.show([Line(s.name, s.times, s.values, s.running) for s in content.series], content.note)
        elif self.panel.kind == "stat" and content.value is not None:
            await self._one(Note(f"{content.value:,g}", classes="panel-value"))
        elif content.text:
            await self._one(Note(content.text, classes="panel-value"))
        elif content.table is not None and content.table.rows:
            await self._table(content.table)
        else:
            await self._one(Note(content.note or "no data in this time", classes="panel-note"))

    async def fail(self, reason: str) -> None:
        """Says why there is nothing new; what was shown before stays."""
        if self.is_filled:
            age = self._clock() - self._filled_at
            self.border_subtitle = one_line(f"stale, last data of {age:.0f} s ago: {reason}", 80)
        elif self.panel.kind == "graph":
            self.query_one(Chart).show((), one_line(reason, 80))
        else:
            await self._one(Note(reason, classes="panel-note"))

    def action_cursor(self, step: int) -> None:
        """Moves the cursor of the panel's chart."""
        for chart in self.query(Chart):
            chart.move(step)

    async def _one(self, widget: Note) -> None:
        await self.remove_children()
        await self.mount(widget)

    async def _table(self, found: data.Table) -> None:
        tables = self.query(StatusTable)
        if not tables or tables.first().name != repr(found.columns):
            await self.remove_children()
            columns = [*(one_line(column) for column in found.columns), _BARS]
            await self.mount(StatusTable(columns, priority=(_BARS,), name=repr(found.columns)))
        limit, shown = self.panel.threshold, found.rows[:_SHOWN_ROWS]
        drawn = bars([row[-1] for row in shown])
        rows = [
            ("|".join(map(str, row[:-1])), [*row[:-1], self._cell(row[-1], limit), bar])
            for row, bar in zip(shown, drawn, strict=True)
        ]
        self.query_one(StatusTable).show(rows)
        left = len(found.rows) - _SHOWN_ROWS
        self.border_subtitle = f"{left} more rows are not shown" if left > 0 else ""

    @staticmethod
    def _cell(value: Any, limit: float | None) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return one_line(value, 200)
        return f"{value:,g}" + (" ▲" if limit is not None and value >= limit else "")  # the sign, not a colour, tells


class DashboardScreen(CalmScreen[None]):
    """All panels of a dashboard, asked again at its refresh interval."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,backspace", "leave", "Back", id="dashboard.back", tooltip="Back to the console"),
        Binding("left_square_bracket", "range(-1)", "Shorter", id="dashboard.shorter", tooltip="A shorter time range"),
        Binding("right_square_bracket", "range(1)", "Longer", id="dashboard.longer", tooltip="A longer time range"),
        Binding(
            "dollar_sign",
            "variables",
            "Variables",
            key_display="$",
            id="dashboard.variables",
            tooltip="Choose the values of the dashboard's variables",
        ),
        Binding("p", "pause", "Pause", id="dashboard.pause", tooltip="Stop asking, or go on"),
        Binding("ctrl+r,f6", "reload", "Refresh", show=False, id="dashboard.refresh", tooltip="Ask again now"),
        Binding("z,f10", "maximise_panel", "Full screen", id="dashboard.maximise", tooltip="One panel alone, and back"),
    ]

    def __init__(self, dashboard: Dashboard, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.dashboard = dashboard
        self._clock = clock
        self._seconds = dashboard.seconds
        self._variables = dashboard.variables
        self._paused = False
        self._asked = asyncio.Event()

    @property
    def console(self) -> Console:
        return console_of(self)

    def compose(self) -> ComposeResult:
        yield Note("", id="dashboard-title")
        with VerticalScroll(id="dashboard-panels"):
            for _, panels in groupby(self.dashboard.panels, key=lambda panel: panel.row):
                placed = [*panels]
                with Horizontal(classes="dashboard-row"):
                    for panel in placed:
                        yield PanelView(panel, self._clock)
                    missing = COLUMNS - sum(panel.width for panel in placed)
                    if missing > 0:
                        filler = Vertical(classes="filler")
                        filler.styles.width = f"{missing}fr"
                        yield filler
        yield MessageLine("M")
        yield KeyBar()

    def on_mount(self) -> None:
        self.console.show_message()
        self._say()
        self._place()
        panels = self.query(PanelView)
        if panels:
            panels.first().focus()
        self.follow()

    def on_resize(self) -> None:
        self._place()

    def _place(self) -> None:
        """The panels beside each other as in Grafana where there is room, else below each other."""
        stacked = self.size.width < 110
        self.set_class(stacked, "stacked")
        for view in self.query(PanelView):
            view.styles.width = "100%" if stacked or self.has_class("single") else f"{view.panel.width}fr"

    def _say(self, text: str = "") -> None:
        state = "paused" if self._paused else f"every {self.dashboard.refresh:g} s"
        chosen = [told(each) for each in self._variables if not each.is_hidden]
        parts = (self.dashboard.title, *chosen, f"last {_span(self._seconds)}", state, text)
        self.query_one("#dashboard-title", Note).say(" · ".join(part for part in parts if part))

    @property
    def is_filled(self) -> bool:
        """Whether every panel that can be shown has data."""
        views = [view for view in self.query(PanelView) if not view.panel.lacks]
        return bool(views) and all(view.is_filled for view in views)

    @work(exclusive=True, group="dashboard", exit_on_error=False)
    async def follow(self) -> None:
        """Asks for all panels, then waits for the next time."""
        while True:
            if not self._paused:
                try:
                    await self._ask()
                except NoMatches:  # the screen is on its way out
                    return
            self._asked.clear()
            try:
                async with asyncio.timeout(self.dashboard.refresh):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def _ask(self) -> None:
        pipeline = self.console.pipeline
        if pipeline is None:
            self._say("the servers are still starting")
            return
        end = int(self._clock() * 1000)
        start = end - int(self._seconds * 1000)
        try:
            major = await pipeline.elasticsearch.major()
        except PipelineError as error:
            self._say(error.message)
            for view in self.query(PanelView):
                if not view.panel.lacks:
                    await view.fail(error.message)
            return
        self._say()
        values = {each.name: each.expanded(each.current) for each in self._variables if each.current}
        for view in self.query(PanelView):
            if view.panel.lacks:
                continue
            try:
                content = await data.fetch(pipeline.elasticsearch, view.panel, start, end, major, values)
            except PipelineError as error:
                await view.fail(error.message)
            else:
                await view.fill(content)

    def action_leave(self) -> None:
        """Leaves the single panel first, then the screen."""
        if self.has_class("single"):
            self.action_maximise_panel()
        else:
            self.dismiss()

    def action_range(self, step: int) -> None:
        nearest = min(range(len(RANGES)), key=lambda number: abs(RANGES[number] - self._seconds))
        self._seconds = RANGES[min(max(nearest + step, 0), len(RANGES) - 1)]
        self.action_reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._variables) if action == "variables" else True

    def action_variables(self) -> None:
        """Asks for the values of the variables, then for the panels with them."""
        pipeline = self.console.pipeline
        if pipeline is None:
            return

        def chosen(variables: tuple[Variable, ...] | None) -> None:
            if variables is not None:
                self._variables = variables
                self.action_reload()

        self.app.push_screen(VariablesScreen(self._variables, partial(data.options, pipeline.elasticsearch)), chosen)

    def action_pause(self) -> None:
        self._paused = not self._paused
        self.action_reload()

    def action_reload(self) -> None:
        self._say()
        self._asked.set()

    def action_maximise_panel(self) -> None:
        """The focused panel alone, and back."""
        focused = self.focused
        chosen = next((n for n in focused.ancestors_with_self if isinstance(n, PanelView)), None) if focused else None
        if chosen is None:
            return
        single = not self.has_class("single")
        self.set_class(single, "single")
        for view in self.query(PanelView):
            view.set_class(view is chosen, "-chosen")
        for row in self.query(".dashboard-row"):
            row.set_class(chosen in row.walk_children(), "-chosen")
        self._place()
