"""The application: owns the pipeline, polls it, and turns the panes' requests into operations."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import events, work
from textual.app import App, ComposeResult, SystemCommand
from textual.containers import Horizontal, Vertical
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker

from clickstream_pipeline import alerts, charts, recording, sessionize
from clickstream_pipeline.clients.kafka import Tail
from clickstream_pipeline.dashboards import model as dashboards
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.history import History
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.stages import STAGES
from clickstream_pipeline.tail_buffer import TailBuffer
from clickstream_tui import gc_tuning, keymap
from clickstream_tui.composition import make_pipeline, make_stack
from clickstream_tui.console_requests import PaneRequests
from clickstream_tui.panes.base import Pane
from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.services import ServicesPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.screens.browse import BrowseScreen
from clickstream_tui.screens.dashboard import DashboardScreen
from clickstream_tui.screens.dialogs import TextScreen
from clickstream_tui.screens.flow import FlowScreen
from clickstream_tui.screens.queries import QueriesScreen
from clickstream_tui.screens.quickstart import QuickstartScreen
from clickstream_tui.screens.tasks import TasksScreen
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line

POLL, CALM, FLUSH, CHART, ALERTS = 1.0, 3.0, 0.2, 2.0, 5.0  # seconds; CALM is between polls while all is well
TOPIC = "clickstream"
PANES: tuple[type[Pane], ...] = (StagesPane, ServicesPane, ConnectorsPane, TailPane, KsqlPane, ChartsPane)
SCREENS: dict[str, type[BrowseScreen]] = {
    "topics": TopicsScreen, "queries": QueriesScreen, "flow": FlowScreen, "tasks": TasksScreen,
    "quickstart": QuickstartScreen,
}  # fmt: skip
ROWS = {"top": ("stages", "services", "connectors"), "middle": ("tail", "ksql"), "bottom": ("charts",)}


def key_groups() -> list[tuple[str, Iterable[Any]]]:
    """Every table of bindings, by where its keys work."""
    groups: list[tuple[str, Iterable[Any]]] = [("everywhere", keymap.APP_KEYS)]
    groups += [(pane.title.lower(), pane.BINDINGS) for pane in PANES]
    groups += [("lists", BrowseScreen.BINDINGS), ("dashboard", DashboardScreen.BINDINGS)]
    return groups + [
        (screen.title_text.split(":")[0].lower(), screen.__dict__.get("BINDINGS", ())) for screen in SCREENS.values()
    ]


class ConsoleApp(App[int]):
    """The console."""

    TITLE = "clickstream-tui"
    CSS_PATH = Path(__file__).parent / "console.tcss"
    BINDINGS: ClassVar[list[Any]] = keymap.APP_KEYS
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.pipeline: PipelineSession | None = None
        self.snapshot = Snapshot()
        self._buffer: TailBuffer[Any] = TailBuffer()
        self._charts = charts.Feed()
        self._tail: Tail | None = None
        self._sessionizing: Worker[None] | None = None
        self._note = ""
        self._stands = False
        self._active = 1
        self.requests = PaneRequests(self)
        self._refresh = asyncio.Event()
        self._alerts = alerts.Watch(settings.alerts)
        self._dashboard = dashboards.load(settings.dashboard or dashboards.OURS)
        self.set_keymap(keymap.checked_keymap(settings.keys, key_groups()))

    # -- layout ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Static(
            "The terminal is too small: at least 60 columns and 16 lines are needed.", id="too-small", markup=False
        )
        with Vertical(id="body"):
            with Horizontal(id="top"):
                yield StagesPane(id="stages")
                yield ServicesPane(id="services")
                yield ConnectorsPane(id="connectors")
            with Horizontal(id="middle"):
                yield TailPane(id="tail")
                yield KsqlPane(id="ksql")
            with Horizontal(id="bottom"):
                yield ChartsPane(id="charts")
        yield Note("starting", id="status")
        yield KeyBar()

    def on_mount(self) -> None:
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else "textual-dark"
        self.arrange(*self.size)
        self.action_pane(1)
        self.query_one(KsqlPane).history = History(self.settings.home / "history.jsonl")
        self.start()
        self.set_interval(FLUSH, self._flush_tail)
        if self.settings.dashboard is not None:
            self.action_dashboard()

    def on_resize(self, event: events.Resize) -> None:
        self.arrange(*event.size)

    def arrange(self, width: int, height: int) -> None:
        """All panes where there is room, else one at a time."""
        self.screen_stack[0].set_class(width < 120 or height < 34, "narrow")
        self.screen_stack[0].set_class(height < 44, "short")
        self.screen_stack[0].set_class(width < 60 or height < 16, "tiny")

    def action_browse(self, name: str) -> None:
        """Opens one of the screens that list things."""
        self.push_screen(SCREENS[name]())

    def action_dashboard(self) -> None:
        """Opens the dashboard."""
        self.push_screen(DashboardScreen(self._dashboard))

    @property
    def has_charts(self) -> bool:
        """Whether every chart has been drawn with data."""
        return self.query_one(ChartsPane).has_data

    def action_pane(self, number: int) -> None:
        """Shows and focuses a pane."""
        self._active = number
        for pane in self.query(Pane):
            pane.set_class(pane.number == number, "-active")
        chosen = next(pane for pane in self.query(Pane) if pane.number == number)
        for row, members in ROWS.items():
            self.query_one(f"#{row}").set_class(chosen.id in members, "-active")
        chosen.focus_inside()

    def on_descendant_focus(self) -> None:
        focused = self.focused
        pane = next((node for node in focused.ancestors_with_self if isinstance(node, Pane)), None) if focused else None
        if pane is not None and pane.number != self._active and self.screen is self.screen_stack[0]:
            self._active = pane.number
            for each in self.query(Pane):
                each.set_class(each is pane, "-active")
            for row, members in ROWS.items():
                self.query_one(f"#{row}").set_class(pane.id in members, "-active")

    def action_maximise(self) -> None:
        """One pane over the whole screen, and back."""
        self.screen_stack[0].toggle_class("maximised")

    # -- the pipeline ------------------------------------------------------------------------------------------

    @work(exclusive=True, group="app.start", exit_on_error=False)
    async def start(self) -> None:
        """Starts or joins the stack, then keeps looking at it."""
        stack = make_stack(self.settings)
        while True:
            try:
                started = await stack.ensure()
                break
            except PipelineError as error:
                self.say(f"{error} Trying again in 3 s.")
                await asyncio.sleep(3)
        self.pipeline = make_pipeline(self.settings, stack)
        self._tail = self.pipeline.kafka.raw_tail(TOPIC, "-200", self._buffer.add, self._tail_failed)
        self.follow_servers()
        self.chart()
        self.watch_alerts()
        await self._mend()
        if started and not self.settings.read_only:
            self.requests.run_all_stages()

    async def _mend(self) -> None:
        """Resumes what a sessionize that was killed left paused."""
        assert self.pipeline is not None
        try:
            if not self.settings.read_only and await sessionize.mend(self.pipeline.operations, self.pipeline.home):
                text = f"A sessionize had ended in its pause: {sessionize.CONNECTOR} is resumed"
                self.say(text)
                self.notify(text, title="Sessionize", markup=False)
        except PipelineError as error:
            self.say(str(error))

    def _tail_failed(self, reason: str) -> None:
        if self._buffer.received == 0:
            self.call_later(lambda: self.query_one(TailPane).fail(reason))

    @work(exclusive=True, group="app.watch", exit_on_error=False)
    async def follow_servers(self) -> None:
        """Polls, shows, and only then sets the time of the next poll."""
        while self.pipeline is not None:
            snapshot = await self.pipeline.monitor.poll()
            self.show(snapshot)
            if not self.pipeline.stack.connected:
                await self._revive()
            self._refresh.clear()
            try:
                async with asyncio.timeout(CALM if self._is_calm else POLL):
                    await self._refresh.wait()
            except TimeoutError:
                continue

    @property
    def _is_calm(self) -> bool:
        """Whether nothing is expected to change by itself: all servers answer, and all stages are done."""
        return self.snapshot.ready and all(server.ok for server in self.snapshot.servers)

    async def _revive(self) -> None:
        """The supervisor has died: its servers have ended with it, so start them again."""
        assert self.pipeline is not None
        try:
            await self.pipeline.stack.ensure()
        except PipelineError as error:
            self.say(str(error))

    def show(self, snapshot: Snapshot) -> None:
        """Gives a snapshot to all panes."""
        self.snapshot = snapshot
        for pane in self.query(Pane):
            pane.show(snapshot)
        self._show_status()
        if snapshot.ready and not self._stands:
            self._stands = True
            self.call_after_refresh(gc_tuning.keep)

    def say(self, text: str) -> None:
        """The remark in the status line."""
        self._note = text
        self._show_status()

    def _show_status(self) -> None:
        servers = self.snapshot.servers
        shown = "  ".join(f"{'✓' if s.ok else '✗'} {s.name}{'' if s.ok else self._age(s.since)}" for s in servers)
        if self.size.width < 120 and servers and all(server.ok for server in servers):
            shown = "✓ all servers"
        flags = " READ-ONLY" if self.settings.read_only else ""
        if self._alerts.active:
            flags += f"  ⚠ {one_line(', '.join(alert.rule.name for alert in self._alerts.active), 40)} (!)"
        self.query_one("#status", Note).say(f" {self.settings.profile}{flags}  {shown}  {one_line(self._note)}")

    @staticmethod
    def _age(since: float | None) -> str:
        return "" if since is None else f" ({time.monotonic() - since:.0f}s ago)"

    @work(exclusive=True, group="app.alerts", exit_on_error=False)
    async def watch_alerts(self) -> None:
        """Looks at the rules; what is new is said, rung and sent on."""
        while self.pipeline is not None:
            if self.snapshot.number:
                await self._alerts.look(self.snapshot, self.pipeline.ksqldb)
                for alert in self._alerts.news:
                    self._raise(alert)
                self._show_status()
            await asyncio.sleep(ALERTS)

    def _raise(self, alert: alerts.Alert) -> None:
        title = one_line(f"Alert: {alert.rule.name}", 60)
        self.notify(one_line(alert.message), title=title, severity="warning", markup=False)
        if alert.rule.bell:
            self.bell()
        if alert.rule.webhook:
            self.run_worker(self._tell(alert), group="app.webhook", exit_on_error=False)

    async def _tell(self, alert: alerts.Alert) -> None:
        problem = await alerts.call(alert)
        if problem:
            self.say(problem)

    # -- the tail and the charts -------------------------------------------------------------------------------

    def _flush_tail(self) -> None:
        pane = self.query_one(TailPane)
        records = self._buffer.take(limit=2_000)
        self._charts.bandwidth.add_messages(records)
        with contextlib.suppress(NoMatches):  # the pane is on its way out, with the console
            pane.add([] if pane.paused else records, self._buffer.received, self._buffer.dropped)

    @work(exclusive=True, group="app.chart", exit_on_error=False)
    async def chart(self) -> None:
        """Draws the charts, one after the other, then waits: longer while no clicks come, as little changes then."""
        seen = -1
        while self.pipeline is not None:
            came, seen = self._buffer.received != seen, self._buffer.received
            pane = self.query_one(ChartsPane)
            for name in charts.NAMES:
                try:
                    lines = await self._charts.lines(
                        name, self.pipeline.ksqldb, self.snapshot.sources, self.pipeline.kafka
                    )
                except PipelineError as error:
                    pane.draw(name, (), one_line(error.message, 60))
                else:
                    if lines is not None:
                        pane.draw(name, lines)
            await asyncio.sleep(CHART if came or not self.has_charts else 3 * CHART)

    # -- requests of the panes ---------------------------------------------------------------------------------

    def on_pane_act(self, event: Pane.Act) -> None:
        event.stop()
        self.requests.handle(event.pane, event.verb, event.name)

    # -- actions -----------------------------------------------------------------------------------------------

    def action_refresh(self) -> None:
        self._refresh.set()

    def action_help(self) -> None:
        text = keymap.help_text(key_groups()) + "\n\nEvery command is also in the palette: ctrl+p or :"
        self.push_screen(TextScreen("Keys", text))

    def action_alerts(self) -> None:
        """What holds now, what could not be looked at, and all rules."""
        now = time.time()
        watch = self._alerts
        lines = [f"⚠ {a.rule.name}, for {now - a.since:.0f} s: {a.message}" for a in watch.active] or ["Nothing holds."]
        lines += [f"? {name} could not be looked at: {problem}" for name, problem in watch.problems.items()]
        lines += [
            "",
            "Rules ([[alerts]] in the settings):",
            *(f"  {r.name} ({r.kind} {r.target})" for r in self.settings.alerts),
        ]
        self.push_screen(TextScreen("Alerts", "\n".join(lines)))

    def action_command_log(self) -> None:
        """Every request that changed something."""
        commands = self.pipeline.log.commands if self.pipeline else ()
        lines = [c.line + (f"\n# failed: {c.failure}" if c.failure else "") for c in reversed(commands)]
        self.push_screen(TextScreen("Command log (the latest first)", "\n\n".join(lines) or "Nothing was changed yet."))

    def action_sessionize(self) -> None:
        """Starts or stops the cycle of pauses."""
        if self._sessionizing is not None and self._sessionizing.is_running:
            self._sessionizing.cancel()
            self.say("sessionize ended; the clicks go on")
        else:
            self._sessionizing = self.sessionize()

    @work(exclusive=True, group="stages.sessionize", exit_on_error=False)
    async def sessionize(self) -> None:
        """Runs the cycle with a countdown; the connector is running again however it ends."""
        if self.pipeline is None:
            return
        phases = sessionize.sessionize(self.pipeline.operations, self.pipeline.home, sleep=self._countdown)
        try:
            async for phase in phases:
                self._phase = f"sessionize, cycle {phase.cycle}: clicks {phase.name}"
        except PipelineError as error:
            self.say(f"sessionize failed: {error}")
        finally:
            await phases.aclose()

    _phase = ""

    async def _countdown(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.say(f"{self._phase}, {left:.0f} s left (t ends it)")
            await asyncio.sleep(min(1.0, left))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield from super().get_system_commands(screen)
        for each in STAGES:
            yield SystemCommand(
                f"Stage: {each.name}",
                each.title,
                lambda name=each.name: self.requests.handle("stages", "run", name),
            )
        yield SystemCommand(
            "Run all stages",
            "Every stage that is not done",
            lambda: self.requests.handle("stages", "run-all", ""),
        )
        for number, pane in enumerate(PANES, 1):
            yield SystemCommand(
                f"Pane: {pane.title}", f"Go to the pane {pane.title}", lambda number=number: self.action_pane(number)
            )
        yield SystemCommand("Dashboard", f"{self._dashboard.title}, as Grafana shows it", self.action_dashboard)
        yield SystemCommand("Command log", "Every request that changed something", self.action_command_log)
        yield SystemCommand("Sessionize", "Start or stop the cycle of pauses", self.action_sessionize)
        yield SystemCommand(
            "Quit and leave the stack running", "The servers go on without the console", self._quit_running
        )

    def _quit_running(self) -> None:
        self.run_worker(self._pin_and_quit(), exit_on_error=False)

    async def _pin_and_quit(self) -> None:
        if self.pipeline is not None:
            await self.pipeline.stack.pin()
        await self.action_quit()

    async def action_quit(self) -> None:
        """Ends what runs, then leaves."""
        self.say("ending …")
        if self._sessionizing is not None and self._sessionizing.is_running:
            self._sessionizing.cancel()
            try:
                async with asyncio.timeout(5):
                    await asyncio.gather(self._sessionizing.wait(), return_exceptions=True)
            except TimeoutError:
                pass
        self.exit(0)

    async def on_unmount(self) -> None:
        gc_tuning.release()
        self.requests.close()
        if self._tail is not None:
            self._tail.stop()
        if self.pipeline is not None:
            await self.pipeline.close()


def run_console(settings: Settings) -> int:
    """Opens the console; gives the exit code."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise PipelineError("The console needs a terminal", hint="In a script, use the verbs: clickstream-tui --help")
    if settings.replay is not None:
        from clickstream_tui.replay import ReplayApp  # which is built on this module

        return ReplayApp(settings, recording.load(settings.replay)).run() or 0
    return ConsoleApp(settings).run() or 0
