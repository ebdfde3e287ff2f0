"""Charts of bandwidth, errors and sessions."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from clickstream_pipeline.charts import NAMES as CHARTS
from clickstream_pipeline.charts import Series
from clickstream_tui.panes.base import Pane
from clickstream_widgets.chart import Chart, Line


class ChartsPane(Pane, can_focus=True):
    """All three side by side where there is room, else one at a time."""

    title = "Charts"
    number = 6
    BINDINGS = [
        Binding("v", "cycle(1)", "Next chart", id="charts.next", tooltip="Show the next chart"),
        Binding(
            "left",
            "cursor(-1)",
            "Earlier",
            key_display="←",
            id="charts.earlier",
            tooltip="The values at an earlier moment",
        ),
        Binding(
            "right", "cursor(1)", "Later", key_display="→", id="charts.later", tooltip="Those of a later one, up to now"
        ),
        Binding("V", "cycle(-1)", "Previous chart", show=False, id="charts.previous"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chosen = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Chart("Bandwidth", "no clicks yet", unit="B/s", id="bandwidth")
            yield Chart("Errors per minute, by status", "no errors yet", parts=True, id="errors")
            yield Chart("Open sessions", "no sessions yet", id="sessions")

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        wide = self.size.width >= 96
        for number, name in enumerate(CHARTS):
            self.query_one(f"#{name}", Chart).display = wide or number == self._chosen

    def action_cycle(self, step: int) -> None:
        self._chosen = (self._chosen + step) % len(CHARTS)
        self._arrange()

    def action_cursor(self, step: int) -> None:
        """Moves the cursor of the charts that are shown."""
        for chart in self.query(Chart):
            if chart.display:
                chart.move(step)

    def draw(self, name: str, series: Sequence[Series], note: str = "") -> None:
        """Draws one of the charts."""
        self.query_one(f"#{name}", Chart).show([Line(s.name, s.times, s.values, s.running) for s in series], note)

    @property
    def has_data(self) -> bool:
        """Whether every chart has something to show."""
        return not any(chart.has_class("-empty") for chart in self.query(Chart))

    def focus_inside(self) -> None:
        self.focus()
