"""The application: owns the pipeline, polls it, and turns the panes' requests into operations."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import events, work
from textual.app import App, ComposeResult, SystemCommand
from textual.containers import Horizontal, Vertical
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Footer, Static
from textual.worker import Worker

from clickstream_ksql import completion
from clickstream_pipeline import alerts, charts, recording, sessionize
from clickstream_pipeline.clients.kafka import Tail
from clickstream_pipeline.dashboards import model as dashboards
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.history import History
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.pipeline import Pipeline
from clickstream_pipeline.stages import STAGES, stage
from clickstream_pipeline.tail_buffer import TailBuffer
from clickstream_tui import keymap
from clickstream_tui.composition import make_pipeline, make_stack
from clickstream_tui.console_queries import QueryRunner, ServerNames
from clickstream_tui.panes.base import Pane
from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.services import ServicesPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.screens.browse import BrowseScreen
from clickstream_tui.screens.dashboard import DashboardScreen
from clickstream_tui.screens.dialogs import ConfirmScreen, TextScreen
from clickstream_tui.screens.flow import FlowScreen
from clickstream_tui.screens.queries import QueriesScreen
from clickstream_tui.screens.quickstart import QuickstartScreen
from clickstream_tui.screens.tasks import TasksScreen
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_tui.settings import Settings
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
        self.pipeline: Pipeline | None = None
        self.snapshot = Snapshot()
        self._buffer: TailBuffer[Any] = TailBuffer()
        self._charts = charts.Feed()
        self._tail: Tail | None = None
        self._sessionizing: Worker[None] | None = None
        self._note = ""
        self._active = 1
        self._queries = QueryRunner(self)
        self._names = ServerNames()
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
        yield Footer(compact=True)

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
            self.run_stages([each.name for each in STAGES if not each.optional])

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
        """Draws the charts, one after the other, then waits."""
        while self.pipeline is not None:
            pane = self.query_one(ChartsPane)
            for name in charts.NAMES:
                try:
                    lines = await self._charts.lines(name, self.pipeline.ksqldb, self.snapshot.sources)
                except PipelineError as error:
                    pane.draw(name, (), one_line(error.message, 60))
                else:
                    if lines is not None:
                        pane.draw(name, lines)
            await asyncio.sleep(CHART)

    # -- requests of the panes ---------------------------------------------------------------------------------

    def on_pane_act(self, event: Pane.Act) -> None:
        event.stop()
        handlers: dict[str, Callable[[str, str], None]] = {
            "stages": self._on_stages, "services": self._on_services, "connectors": self._on_connectors, "ksql": self._on_ksql,
            "tail": self._on_tail,
        }  # fmt: skip
        if self.pipeline is None and event.pane != "tail":  # what the tail asks for needs no server
            self.say("The stack is still starting.")
        else:
            handlers[event.pane](event.verb, event.name)

    def _on_stages(self, verb: str, name: str) -> None:
        assert self.pipeline is not None
        if verb == "requests":
            lines = stage(name).requests(self.pipeline.context) or ["This stage makes no request of its own."]
            self.push_screen(TextScreen(f"Requests of the stage {name}", "\n\n".join(lines)))
        elif verb == "run-all":
            self.run_stages([each.name for each in STAGES if not each.optional])
        elif verb == "run-next":
            following = self.snapshot.next_stage
            self.run_stages([following.name] if following else [])
        elif name == "sessionize":
            self.action_sessionize()
        else:
            self.run_stages([name])

    @work(exclusive=True, group="stages.run", exit_on_error=False)
    async def run_stages(self, names: list[str]) -> None:
        """Runs stages in order; stops at the first that fails and says why."""
        assert self.pipeline is not None
        for name in names:
            self.say(f"stage {name} …")
            try:
                await self.pipeline.run_stage(name, lambda note, name=name: self.say(f"{name}: {note}"))
            except PipelineError as error:
                self.say(f"stage {name} failed: {error}")
                self.notify(one_line(str(error)), title=f"Stage {name} failed", severity="error", markup=False)
                return
            self.say(f"stage {name} is done")
            self._refresh.set()

    def _on_services(self, verb: str, name: str) -> None:
        if verb == "logs":
            self.show_log(name)
        else:
            assert self.pipeline is not None
            self.operate(self.pipeline.operations.service(verb, name), f"{name}: {verb}")

    def _on_tail(self, verb: str, text: str) -> None:
        """Writes the records that the tail shows to a file of the home folder."""
        file = self.settings.home / "exports" / time.strftime("tail-%Y%m%d-%H%M%S.jsonl")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n" if text else "", "utf-8")
        except OSError as error:
            self.say(f"The records could not be written to {file} ({error.strerror})")
        else:
            self.say(f"{len(text.splitlines())} records are in {file}")

    @work(exclusive=True, group="app.log", exit_on_error=False)
    async def show_log(self, name: str) -> None:
        """Shows the end of a service's log."""
        assert self.pipeline is not None
        try:
            text = "\n".join((await self.pipeline.stack.logs(name)).splitlines()[-400:])
        except PipelineError as error:
            text = str(error)
        self.push_screen(TextScreen(f"Log of {name}", text))

    def _on_connectors(self, verb: str, name: str) -> None:
        assert self.pipeline is not None
        operations = self.pipeline.operations
        if verb == "describe":
            self.push_screen(TextScreen(f"Connector {name}", self._describe(name)))
        elif verb == "delete":

            def answered(yes: bool | None) -> None:
                if yes:
                    self.operate(operations.connector("delete", name), f"{name}: delete")

            self.push_screen(
                ConfirmScreen(f"Delete the connector {name}? Its offsets are kept by Kafka.", "Delete"), answered
            )
        else:
            self.operate(operations.connector(verb, name), f"{name}: {verb}")

    def _describe(self, name: str) -> str:
        found = next((c for c in self.snapshot.connectors if c.name == name), None)
        if found is None:
            return "It is not there any more."
        lines = [f"{found.class_name} ({found.kind}), {found.state}, topics: {', '.join(found.topics)}", ""]
        for task in found.tasks:
            lines += [f"task {task.number}: {task.state} on {task.worker}", *task.trace.splitlines()]
        return "\n".join([*lines, "", *(f"{key} = {value}" for key, value in found.config)])

    @work(group="app.operate", exit_on_error=False)
    async def operate(self, call: Coroutine[Any, Any, None], what: str) -> None:
        """Runs one operation and shows what came of it."""
        self.say(f"{what} …")
        try:
            await call
        except PipelineError as error:
            self.say(f"{what} failed: {error}")
            self.notify(one_line(str(error)), title=f"{what} failed", severity="error", markup=False)
        else:
            self.say(f"{what} done")
        self._refresh.set()

    def _on_ksql(self, verb: str, text: str) -> None:
        if verb == "cancel":
            self._queries.cancel()
        elif verb == "complete":
            self.complete(text)
        else:
            self._queries.run(text)

    @work(exclusive=True, group="ksql.complete", exit_on_error=False)
    async def complete(self, text: str) -> None:
        """Offers what may come next in the editor, with the names that the server knows now."""
        assert self.pipeline is not None
        pane = self.query_one(KsqlPane)
        try:
            known = await self._names.known(self.pipeline.ksqldb, self.snapshot)
        except PipelineError as error:
            pane.say(f"{error} Keywords are known all the same.")
            known = completion.Names()
        pane.offer(completion.complete(text, pane.cursor, known))

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
                lambda name=each.name: self._on_stages("run", name) if self.pipeline else None,
            )
        yield SystemCommand(
            "Run all stages",
            "Every stage that is not done",
            lambda: self._on_stages("run-all", "") if self.pipeline else None,
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
        self._queries.cancel()
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
