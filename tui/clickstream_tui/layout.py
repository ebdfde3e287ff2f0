"""How the home screen is laid out: its panes, and which of them are shown."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from clickstream_tui.panes.base import Pane
from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.panes.filtered import FilteredPane
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.services import ServicesPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.panes.strip import PipelineStrip
from clickstream_tui.panes.tail import TailPane
from clickstream_widgets.status_table import StatusTable

PANES: tuple[type[Pane], ...] = (StagesPane, ServicesPane, ConnectorsPane, TailPane, KsqlPane, ChartsPane)
ROWS = {"top": ("stages", "services", "connectors"), "middle": ("tail", "ksql"), "bottom": ("charts",)}


class Home(Vertical):
    """The strip, and the six panes: all of them where there is room, else one at a time."""

    def __init__(self) -> None:
        super().__init__(id="body")
        self.active = 1

    def compose(self) -> ComposeResult:
        yield PipelineStrip(id="strip")
        with Horizontal(id="top"):
            yield StagesPane(id="stages")
            yield ServicesPane(id="services")
            yield ConnectorsPane(id="connectors")
        with Horizontal(id="middle"):
            yield TailPane(id="tail")
            yield KsqlPane(id="ksql")
        with Horizontal(id="bottom"):
            yield ChartsPane(id="charts")

    @property
    def panes(self) -> list[Pane]:
        """All panes, shown or not; a query would go through everything that is in them."""
        return [each for row in self.children for each in row.children if isinstance(each, Pane)]

    def mark(self, pane: Pane) -> None:
        """Makes a pane the active one: the only one that is shown where there is no room for all."""
        if pane.number == self.active and pane.has_class("-active"):
            return
        self.active = pane.number
        # styles are worked out anew for all that is inside: only where the style sheet makes something of the class
        one, short = self._shows_one, self.screen.has_class("short")
        self.set_class(pane.title == KsqlPane.title, "-querying", update=short)
        for each in self.panes:
            each.set_class(each is pane, "-active", update=one)
        for row, members in ROWS.items():
            self.query_one(f"#{row}").set_class(pane.id in members, "-active", update=one)

    @property
    def _shows_one(self) -> bool:
        """Whether the active pane is the only one that is shown."""
        return self.screen.has_class("narrow") or self.screen.has_class("maximised")

    def go_to(self, number: int) -> None:
        """Shows a pane and gives it the focus, at once: the next key is for it."""
        chosen = next(pane for pane in self.panes if pane.number == number)
        self.mark(chosen)
        chosen.focus_inside()

    def choose(self, number: int, key: str) -> bool:
        """Puts the cursor of a pane's list on an entry, else shows the entries that match; False where none does."""
        chosen = next(pane for pane in self.panes if pane.number == number)
        if any(table.choose(key) for table in chosen.query(StatusTable)):
            return True
        return isinstance(chosen, FilteredPane) and chosen.show_matching(key)

    def focused(self, widget: Widget | None) -> None:
        """The pane of what has the focus becomes the active one."""
        pane = next((node for node in widget.ancestors_with_self if isinstance(node, Pane)), None) if widget else None
        if pane is not None:
            self.mark(pane)


def too_small() -> Static:
    """What is shown in place of the panes where there is no room for any."""
    text = "The terminal is too small: at least 60 columns and 16 lines are needed."
    return Static(text, id="too-small", markup=False)


SIZES = frozenset({"narrow", "short", "wide", "tiny"})


def classes_of(width: int, height: int) -> frozenset[str]:
    """The classes by which the style sheet chooses what is shown."""
    holds = {
        "narrow": width < 120 or height < 34,
        "short": height < 44,
        "wide": width >= 160 and height >= 40,
        "tiny": width < 60 or height < 16,
    }
    return frozenset(name for name, holding in holds.items() if holding)


def arrange(screen: Screen[object], width: int, height: int) -> None:
    """Sets the classes of a size, at once: each change looks at every widget."""
    before = frozenset(screen.classes)
    wanted = (before - SIZES) | classes_of(width, height)
    if wanted != before:
        screen.set_classes(wanted)
