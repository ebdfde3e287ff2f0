"""The pipeline in one row: generators → topics → queries → sinks → indices → dashboard."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from clickstream_pipeline.model import Health, Snapshot
from clickstream_pipeline.overview import Section, sections
from clickstream_widgets.chart import human
from clickstream_widgets.sparkline import sparkline

NAMES = ("generators", "topics", "queries", "sinks", "indices", "dashboard")
_SHORT = {"generators": "gen", "topics": "top", "queries": "qry", "sinks": "snk", "indices": "idx", "dashboard": "dash"}
_KEPT = 60  # looks whose rate is kept
_LOOK = {Health.OK: ("✓", "green"), Health.DEGRADED: ("▲", "yellow"), Health.FAILED: ("✗", "bold red"),
         Health.UNKNOWN: ("?", "dim")}  # fmt: skip


def per_second(rate: float | None) -> str:
    """A rate as people read it: `66/s`, `1.2k/s`; `–` where it is not known."""
    if rate is None:
        return "–"
    return "<0.1/s" if 0 < rate < 0.1 else f"{human(round(rate, 1)).replace(' ', '')}/s"


def waiting(lag: int | None) -> str:
    """How much waits, `1.2k`; `–` where it is not known."""
    return "–" if lag is None else human(lag).replace(" ", "")


class StripBox(Widget, can_focus=True):
    """One part of the pipeline. It is drawn again only when what it says has changed."""

    DEFAULT_CSS = """
    StripBox { width: 1fr; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    StripBox:focus { text-style: reverse; }
    """

    @dataclass
    class Open(Message):
        """The part is to be shown, its failing things first."""

        name: str

    def __init__(self, name: str) -> None:
        super().__init__(id=f"strip-{name}")
        self._section = Section(name)
        self._rates: deque[float | None] = deque(maxlen=_KEPT)
        self._number = 0

    def show(self, section: Section, number: int) -> None:
        """Shows the part as it is at look `number`; one look adds one value to the rate's course."""
        moves = number != self._number and section.name != "dashboard"
        if moves:
            self._number = number
            self._rates.append(section.rate)
        if section != self._section or (moves and any(self._rates)):
            self._section = section
            self.set_class(section.health is Health.FAILED, "-failed")
            self.set_class(section.health is Health.DEGRADED, "-degraded")
            title = f"{self._look[0]} {section.name}"
            if title != self.border_title:
                self.border_title = title
            self.refresh()

    def on_mount(self) -> None:
        self.border_title = f"{_LOOK[Health.UNKNOWN][0]} {self._section.name}"

    @property
    def _look(self) -> tuple[str, str]:
        """Its sign and style: of nothing there is nothing that is well."""
        return ("·", "dim") if self._section.total == 0 else _LOOK[self._section.health]

    @property
    def _count(self) -> str:
        section = self._section
        if section.word:
            return section.word
        if section.total is None:
            return "–"
        running = "–" if section.running is None else str(section.running)
        return running if section.running == section.total else f"{running}/{section.total}"

    @property
    def rank(self) -> int:
        """The order by trouble: 0 is failed."""
        return self._section.health.rank

    def _numbers(self) -> list[str]:
        """The numbers beside the count, what matters more first: a lag comes before the rate where something waits."""
        section = self._section
        if section.name == "dashboard" or section.total is None:
            return []
        rate = per_second(section.rate)
        return (
            [rate] if section.lag is None else [f"lag {waiting(section.lag)}", rate] if section.lag else [rate, "lag 0"]
        )

    def render(self) -> Text:
        section, width = self._section, self.size.width
        sign, style = self._look
        boxed = bool(self.styles.border_top[0])
        line = Text(no_wrap=True, overflow="ellipsis", end="")
        if not boxed:
            line.append(f"{sign} ", style).append(f"{_SHORT[section.name]} ")
        line.append(self._count, "bold" if section.health is Health.OK else style)
        used = line.cell_len
        for piece in self._numbers():
            if used + 1 + len(piece) <= width:
                line.append(f" {piece}")
                used += 1 + len(piece)
        if boxed and any(self._rates):
            tall = self.size.height > 1
            blocks = sparkline(self._rates, width if tall else width - used - 1)
            line.append(("\n" if tall else " ") + blocks, "dim" if section.health is Health.OK else style)
        return line

    def open(self) -> None:
        """Asks for the part to be shown."""
        self.post_message(self.Open(self._section.name))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.open()


class PipelineStrip(Horizontal):
    """All parts side by side; left and right go from one to the next, enter shows one."""

    DEFAULT_CSS = """
    PipelineStrip { height: 1; }
    PipelineStrip > .arrow { width: 1; height: 1; color: $text-muted; }
    """
    BINDINGS = [
        Binding("right", "move(1)", "Next part", show=False, id="strip.next", tooltip="The next part of the pipeline"),
        Binding("left", "move(-1)", "Part before", show=False, id="strip.before", tooltip="The part before it"),
        Binding("enter", "open", "Open", id="strip.open", tooltip="Show the part, what fails first"),
    ]

    def compose(self) -> ComposeResult:
        for place, name in enumerate(NAMES):
            if place:
                yield Static("→", classes="arrow", markup=False)
            yield StripBox(name)

    def show(self, snapshot: Snapshot) -> None:
        """Shows the parts as they are in a snapshot."""
        for section in sections(snapshot):
            self.query_one(f"#strip-{section.name}", StripBox).show(section, snapshot.number)

    def go_to_worst(self) -> None:
        """Gives the focus to the part that is in the greatest trouble, else to the first."""
        boxes = [*self.query(StripBox)]
        worst = min(boxes, key=lambda box: box.rank)
        self.screen.set_focus(worst)

    def action_move(self, step: int) -> None:
        boxes = [*self.query(StripBox)]
        place = next((number for number, box in enumerate(boxes) if box.has_focus), 0)
        self.screen.set_focus(boxes[(place + step) % len(boxes)])

    def action_open(self) -> None:
        box = next((box for box in self.query(StripBox) if box.has_focus), None)
        if box is not None:
            box.open()
