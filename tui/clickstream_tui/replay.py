"""The console over a recording in place of servers: what was seen then, with the time in one's hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding

from clickstream_pipeline.recording import Event, Player, Recording
from clickstream_tui import keymap
from clickstream_tui.app import FLUSH, ConsoleApp
from clickstream_tui.panes.base import Pane
from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.settings import Settings

JUMP = 10.0  # seconds
SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class ReplayApp(ConsoleApp):
    """Plays a recording. Nothing can be changed, as there is nothing to change."""

    BINDINGS: ClassVar[list[Any]] = [
        *keymap.APP_KEYS,
        Binding("semicolon", "hold", "Pause", id="replay.hold", key_display=";", tooltip="Stand still, or go on"),
        Binding("comma", f"jump(-{JUMP})", "Back", id="replay.back", key_display=",", tooltip="Ten seconds back"),
        Binding("full_stop", f"jump({JUMP})", "On", id="replay.on", key_display=".", tooltip="Ten seconds on"),
        Binding("plus", "speed(1)", "Faster", id="replay.faster", key_display="+", tooltip="Faster"),
        Binding("minus", "speed(-1)", "Slower", id="replay.slower", key_display="-", tooltip="Slower"),
    ]

    def __init__(self, settings: Settings, recording: Recording) -> None:
        super().__init__(settings)
        self.player = Player(recording)

    @work(exclusive=True, group="app.start", exit_on_error=False)
    async def start(self) -> None:
        """Has the recording go on with the clock; there is no server to start."""
        self._say_position()
        self.set_interval(FLUSH, self._advance)

    def _flush_tail(self) -> None:
        """Records come from the recording."""

    def _advance(self) -> None:
        self._show(self.player.advance(FLUSH))
        self._say_position()

    def _show(self, events: Iterable[Event]) -> None:
        tail, charts = self.query_one(TailPane), self.query_one(ChartsPane)
        for event in events:
            if event.snapshot is not None:
                self.show(event.snapshot)
            elif event.chart:
                charts.draw(event.chart, event.lines)
            else:
                tail.add([] if tail.paused else event.records, event.received, 0)

    def _say_position(self) -> None:
        player = self.player
        state = "paused" if player.paused else "at its end" if player.is_at_end else f"×{player.speed:g}"
        self.say(f"REPLAY {player.position:.0f} s of {player.recording.seconds:.0f} s, {state}")

    def on_pane_act(self, event: Pane.Act) -> None:
        if event.pane == "tail":
            super().on_pane_act(event)
            return
        event.stop()
        self.notify("This is a replay: there is nothing to change or to ask.", markup=False)

    def action_sessionize(self) -> None:
        self.notify("This is a replay: there is nothing to change or to ask.", markup=False)

    def action_hold(self) -> None:
        self.player.paused = not self.player.paused
        self._say_position()

    def action_speed(self, step: int) -> None:
        nearest = min(range(len(SPEEDS)), key=lambda number: abs(SPEEDS[number] - self.player.speed))
        self.player.speed = SPEEDS[min(max(nearest + step, 0), len(SPEEDS) - 1)]
        self._say_position()

    def action_jump(self, seconds: float) -> None:
        """Shows the state of another moment: of snapshots and charts the last, of records the newest."""
        events = self.player.jump(seconds)
        self.query_one(TailPane).action_clear()
        latest: dict[str, Event] = {}
        for event in events:
            if event.snapshot is not None or event.chart:
                latest[event.chart or "snapshot"] = event
        self._show([*latest.values(), *[event for event in events if event.records][-20:]])
        self._say_position()
