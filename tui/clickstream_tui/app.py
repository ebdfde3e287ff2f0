"""The application: shows what its source has, on the home screen and the screens over it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import os
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import ComposeResult, ScreenStackError, SystemCommand
from textual.css.query import NoMatches
from textual.screen import Screen

from clickstream_pipeline import recording
from clickstream_pipeline.charts import Series
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.history import History
from clickstream_pipeline.model import Snapshot
from clickstream_tui import gc_tuning, keymap, layout, screens, tour
from clickstream_tui.controllers.alerts import AlertActions
from clickstream_tui.controllers.commands import CommandActions
from clickstream_tui.controllers.connectors import ConnectorActions
from clickstream_tui.controllers.home import HomeActions
from clickstream_tui.controllers.leaving import LeavingActions
from clickstream_tui.controllers.queries import QueryActions
from clickstream_tui.controllers.replay import ReplayActions
from clickstream_tui.controllers.services import ServiceActions
from clickstream_tui.controllers.topics import TopicActions
from clickstream_tui.controllers.tour import TourActions
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.keymap import KeyGroups
from clickstream_tui.layout import PANES, Home
from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.events import EventsPanel
from clickstream_tui.panes.header import Header
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.strip import PipelineStrip
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.panes.tour import TourPanel
from clickstream_tui.query_desk import QueryDesk
from clickstream_tui.settings import Settings, switched
from clickstream_tui.sources import FLUSH, LiveSource, ReplaySource, Source
from clickstream_tui.terminal_watch import TerminalWatch
from clickstream_tui.texts import badges_text, servers_text
from clickstream_widgets.calm_screen import CalmScreen
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.safe_text import one_line

if TYPE_CHECKING:
    from clickstream_pipeline.dashboards.model import Dashboard

LEAVING = (NoMatches, IndexError, ScreenStackError)  # the panes are on their way out, with the console
_MADE = 20.0  # seconds in which a pipeline is made, as a rule
EXPIRY = 0.5  # seconds between two looks at the line of messages


class ConsoleApp(TourActions, HomeActions, ReplayActions, ServiceActions, ConnectorActions, LeavingActions, QueryActions, TopicActions,
                 CommandActions, AlertActions):  # fmt: skip
    """The console over a source: servers, or a recording. With `with_tour` it begins with the tour."""

    TITLE = "clickstream-tui"
    CSS_PATH = Path(__file__).parent / "console.tcss"
    BINDINGS: ClassVar[list[Any]] = keymap.APP_KEYS
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, settings: Settings, source: Source | None = None, *, with_tour: bool = False) -> None:
        super().__init__(settings)
        self._with_tour = with_tour
        self.source: Source = LiveSource(settings) if source is None else source
        self._made = asyncio.Event()  # all stages have been done
        self._stands: bool | None = None  # whether all was ready when what stands was kept
        self._standing: tuple[object, str] | None = None  # the screen and the message that it shows
        if settings.dashboard is not None:
            _ = self.dashboard  # one that cannot be read is told before anything is drawn
        if settings.keys:
            self.set_keymap(keymap.checked_keymap(settings.keys, self.key_groups))

    @functools.cached_property
    def dashboard(self) -> Dashboard:
        """What `F9` shows. Raises PipelineError where its file is no dashboard."""
        from clickstream_pipeline.dashboards import model

        return model.load(self.settings.dashboard or model.OURS)

    # -- layout ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield layout.too_small()
        yield Header(self.settings.profile_name or self.settings.profile, self.settings.color, self.announcements.now)
        yield Home()
        yield TourPanel()
        yield MessageLine("M", id="status")
        yield KeyBar()

    def get_default_screen(self) -> Screen[Any]:
        # with the classes of its size from the start: to set them later styles everything a second time
        return CalmScreen(id="_default", classes=" ".join(layout.classes_of(*self.size)))

    @property
    def home(self) -> Home:
        return self.screen_stack[0].query_one(Home)

    def on_mount(self) -> None:
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else "textual-dark"
        layout.arrange(self.screen_stack[0], *self.size)
        self.home.go_to(1)
        desk = self.home.query_one(KsqlPane).editor
        desk.history = History(self.settings.home / "history.jsonl")
        desk.use(QueryDesk(self.settings.home / "query_desk.json"))
        self.end_on_signals()
        self.show_message()
        if self._with_tour:
            self.action_tour()
        self.call_after_refresh(self.start)  # what that imports, in threads, would hold up the first paint
        self._flushing = self.set_interval(FLUSH, self._show_records)
        self.set_interval(EXPIRY, self._renew_message)
        if self.settings.dashboard is not None:
            self.action_dashboard()

    @work(group="app.import")
    async def _import_the_rest(self) -> None:
        """The screens over the home screen, so that none is waited for when it is opened first; ends the console where a
        key has two meanings. While the pipeline is made its servers and its stages want the processor more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MADE):
                await self._made.wait()
        for each in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
            await asyncio.to_thread(importlib.import_module, each.name)
        keymap.check_one_meaning(self.key_groups)

    def on_resize(self, event: events.Resize) -> None:
        layout.arrange(self.screen_stack[0], *event.size)

    async def action_browse(self, name: str, wanted: str = "") -> None:
        """Opens one of the screens that list things, over what is open: `esc` goes back to that. `wanted` is what it shows.

        Where it is open already, all that lies over it is closed, so that no way through the screens is longer than they are.
        """
        from clickstream_tui.key_tables import SCREENS
        from clickstream_tui.screens.browse import BrowseScreen

        if not self._back_to(SCREENS[name]):
            await self.push_screen(SCREENS[name]())
        if wanted and isinstance(self.screen, BrowseScreen):
            self.screen.go_to(wanted)

    def action_dashboard(self) -> None:
        """Opens the dashboard; once."""
        from clickstream_tui.screens.dashboard import DashboardScreen

        if not self._back_to(DashboardScreen):
            self.push_screen(DashboardScreen(self.dashboard))

    def _back_to(self, kind: type[Screen[Any]]) -> bool:
        """Closes what lies over a screen of a kind; False where none is open."""
        if not any(isinstance(screen, kind) for screen in self.screen_stack):
            return False
        while not isinstance(self.screen, kind):
            self.pop_screen()
        return True

    def _go_home(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_pane(self, number: int) -> None:
        """Shows and focuses a pane of the home screen."""
        self._go_home()
        self.home.go_to(number)

    def action_reach(self, number: int, wanted: str = "") -> None:
        """A pane, and in it the row of a name."""
        self.action_pane(number)
        if wanted and not self.home.choose(number, wanted):
            self.say(f"There is no '{wanted}' in the pane {PANES[number - 1].title}", failed=True)

    def action_run_all(self) -> None:
        """Runs every stage that is not done."""
        self.run_all_stages()

    def action_stage(self, name: str) -> None:
        """Runs one stage."""
        self.run_stages([name])

    def on_descendant_focus(self) -> None:
        screen = self.open_screen  # on the way out what had the focus is told when no screen is left
        if screen is not None and screen is self.screen_stack[0]:
            self.home.focused(screen.focused)

    def action_strip(self) -> None:
        """Gives the focus to the part of the pipeline that is in the greatest trouble."""
        self._go_home()
        self.home.query_one(PipelineStrip).go_to_worst()

    def action_maximise(self) -> None:
        """One pane over the whole screen, and back."""
        self.screen_stack[0].toggle_class("maximised")

    @property
    def has_charts(self) -> bool:
        """Whether every chart has been drawn with data."""
        return self.home.query_one(ChartsPane).has_data

    @property
    def key_groups(self) -> KeyGroups:
        """Every table of keys, by where they work."""
        from clickstream_tui.key_tables import key_groups

        return key_groups()

    @property
    def bound(self) -> dict[str, str]:
        return keymap.bound_keys(self.key_groups, self.settings.keys)

    # -- what the source has -----------------------------------------------------------------------------------

    @work(exclusive=True, group="app.start", exit_on_error=False)
    async def start(self) -> None:
        """Starts or joins the stack, then keeps looking at it."""
        source = self.source
        if isinstance(source, ReplaySource):
            return
        self.say("starting: the servers come up …", progress=True)
        self.pipeline = await source.open(self)
        self._import_the_rest()
        self.announcements.follow(self.pipeline.events)
        self.in_background(source.follow(self), "app.watch")
        self.in_background(source.chart(self), "app.chart")
        self.watch_alerts()
        await source.mend(self)
        if source.started_here and not self.settings.read_only:
            self.run_all_stages()

    def _show_records(self) -> None:
        with contextlib.suppress(*LEAVING):
            if isinstance(self.source, ReplaySource):
                self.source.advance(self)
                self._show_status()
            elif not self.source.flush(self, watched=self.home.query_one(TailPane).has_class("-active")):
                self._flushing.pause()  # until there are some

    def show(self, snapshot: Snapshot) -> None:
        """Gives a snapshot to all panes."""
        self.snapshot = snapshot
        for event in self.announcements.look(snapshot):
            if event.outcome:
                self.say(f"{event.kind} {event.target} {event.action}: {event.outcome}", progress=True)
        with contextlib.suppress(*LEAVING):
            for pane in self.home.panes:
                pane.show(snapshot)
            self.home.query_one(PipelineStrip).show(snapshot)
        self._show_status()
        # with the first snapshot, whatever it says (a server that never answers must not cost keys), and when all is ready
        if snapshot.ready:
            self._made.set()
        if snapshot.number and (self._stands is None or snapshot.ready > self._stands):
            self._stands = snapshot.ready
            self.call_after_refresh(gc_tuning.keep)

    def draw(self, name: str, lines: Iterable[Series], note: str = "") -> None:
        """Draws one of the charts."""
        with contextlib.suppress(*LEAVING):
            self.home.query_one(ChartsPane).draw(name, tuple(lines), one_line(note))

    def add_records(self, records: list[Any], received: int, dropped: int) -> None:
        """Shows records of the tail, unless it is paused."""
        pane = self.home.query_one(TailPane)
        pane.add([] if pane.paused else records, received, dropped)

    def records_wait(self) -> None:
        """There are records to be shown where there were none."""
        self._flushing.resume()

    def fail_tail(self, reason: str) -> None:
        """Says why no records come."""
        with contextlib.suppress(*LEAVING):
            self.home.query_one(TailPane).fail(reason)

    # -- the line of messages ----------------------------------------------------------------------------------

    def show_message(self) -> None:
        super().show_message()
        self._show_status()

    def _renew_message(self) -> None:
        """Shows the message anew where it has expired, or where another screen is open."""
        with contextlib.suppress(*LEAVING):
            standing = (self.screen, self.announcements.message)
            if standing != self._standing:
                self._standing = standing
                self.show_message()

    def _show_status(self) -> None:
        badge = self.source.position if isinstance(self.source, ReplaySource) else ""
        badge = badge or ("READ-ONLY" if self.settings.read_only else "")
        # the home screen's first line has the badges; the others have only the last one
        profile = self.settings.profile_name or self.settings.profile
        with contextlib.suppress(*LEAVING):
            home = self.screen_stack[0]
            badges = "" if self.screen is home else badges_text(badge or profile, self.snapshot)
            for line in self.message_lines:
                line.stand(badges, servers_text(self.snapshot, self.size.width))
            home.query_one(Header).show(self.snapshot, badge, self.active_alerts)
            self.home.query_one(EventsPanel).show(self.announcements.events)

    # -- actions -----------------------------------------------------------------------------------------------

    def action_refresh(self) -> None:
        if isinstance(self.source, LiveSource):
            self.source.refresh()

    def action_help(self) -> None:
        self.push_screen(TextScreen("Keys", keymap.help_of(self.screen, self.key_groups, self.settings.keys)))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        from clickstream_pipeline.stages import STAGES
        from clickstream_tui.key_tables import SCREENS

        yield from (each for each in super().get_system_commands(screen) if each.title != "Quit")
        refused = f" ({self.unchangeable})" if self.unchangeable else ""
        for each in STAGES:
            yield SystemCommand(
                f"Stage: {each.name}", each.title + refused, lambda name=each.name: self.run_stages([name])
            )
        yield SystemCommand("Run all stages", "Every stage that is not done" + refused, self.run_all_stages)
        for number, pane in enumerate(PANES, 1):
            yield SystemCommand(
                f"Pane: {pane.title}", f"Go to the pane {pane.title}", lambda number=number: self.action_pane(number)
            )
        for name, kind in SCREENS.items():
            yield SystemCommand(f"Screen: {name}", kind.title_text, lambda name=name: self.action_browse(name))
        yield SystemCommand("Dashboard", f"{self.dashboard.title}, as Grafana shows it", self.action_dashboard)
        yield SystemCommand("Events", "Everything that happened", self.action_events)
        yield SystemCommand("Command log", "Every request that changed something", self.action_command_log)
        yield SystemCommand("Sessionize", "Start or stop the cycle of pauses" + refused, self.action_sessionize)
        yield SystemCommand("Quit", "Leave; asks where the stack stops with the console", self.action_quit)
        yield SystemCommand(
            "Quit and leave the stack running", "The servers go on without the console", self.action_leave_running
        )

    def action_replay_jump(self, seconds: float) -> None:
        self.home.query_one(TailPane).action_clear()
        self.jump_to(self, seconds)

    # -- the end -----------------------------------------------------------------------------------------------

    async def on_unmount(self) -> None:
        gc_tuning.release()
        with contextlib.suppress(*LEAVING):
            self.home.query_one(KsqlPane).editor.keep()
        self.end_queries()
        # what runs has ended before its clients are closed: none of its failures is left for nobody
        self.workers.cancel_all()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.gather(*(worker.wait() for worker in self.workers), return_exceptions=True)
        if isinstance(self.source, LiveSource):
            await self.source.close()


def run_console(settings: Settings) -> int:
    """Opens the console; gives the exit code."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise PipelineError("The console needs a terminal", hint="In a script, use the verbs: clickstream-tui --help")
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        name = os.environ.get("TERM") or "empty"
        raise PipelineError(f"The console cannot be drawn in this terminal (TERM is {name})",
                            hint="Use the verbs, such as: clickstream-tui status")  # fmt: skip
    for name in (
        "COLUMNS",
        "LINES",
    ):  # exported by a shell they would count more than the terminal, which knows its size
        os.environ.pop(name, None)
    source = ReplaySource(recording.load(settings.replay)) if settings.replay is not None else None
    while True:
        app = ConsoleApp(settings, source, with_tour=tour.is_due(settings))
        with TerminalWatch(sys.stdin.fileno()):
            code = app.run() or 0
        if not app.next_profile:
            return code
        settings, source = switched(settings, app.next_profile), None
