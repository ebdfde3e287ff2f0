"""Pictures of the screens that ask for themselves, in each state that they can be in; looked at when they were made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from clickstream_pipeline.dashboards import data, model
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import ConsumerGroup, GroupPartition, Member, OffsetChange
from clickstream_pipeline.server_checks import ServerCheck
from clickstream_tui.dialogs import ConfirmScreen
from clickstream_tui.screens import groups
from clickstream_tui.screens.connector import ConnectorScreen
from clickstream_tui.screens.dashboard import DashboardScreen, PanelView
from clickstream_tui.screens.events import EventsScreen
from clickstream_tui.screens.flow import FlowScreen
from clickstream_tui.screens.groups import GroupsScreen
from clickstream_tui.screens.logs import LogScreen
from clickstream_tui.screens.produce import ProduceScreen
from clickstream_tui.screens.profiles import ProfilesScreen
from clickstream_tui.screens.quickstart import QuickstartScreen
from clickstream_tui.screens.reset_offsets import ResetScreen, table
from clickstream_tui.screens.statement_history import StatementHistoryScreen
from clickstream_tui.screens.tasks import TasksScreen
from clickstream_tui.screens.topic_tail import TopicTailScreen
from clickstream_tui.settings import Settings
from clickstream_tui.settings_file import Profile
from tests.snapshot.home_states import ILL, STALE, WELL
from tests.snapshot.states import EMPTY, NOW, RECORDS, SERIES
from tests.snapshot.test_panes import Still

Compare = Callable[..., bool]
pytestmark = pytest.mark.long
SIZES = {"narrow": (80, 24), "wide": (200, 50)}
GONE = "Kafka does not answer at 127.0.0.1:9092 (connection refused). Start it with: clickstream-tui up"
each_size = pytest.mark.parametrize("size", SIZES)


def _picture(compare: Compare, app: Still, size: str, screen: Any, then: Callable[[Pilot[int]], Any] | None = None,
             snapshot: Any = WELL) -> None:  # fmt: skip
    async def show(pilot: Pilot[int]) -> None:
        app.show(snapshot)
        await app.push_screen(screen)
        await pilot.pause()
        if then is not None:
            await then(pilot)
            await pilot.pause()

    assert compare(app, terminal_size=SIZES[size], run_before=show)


# -- consumer groups -------------------------------------------------------------------------------------------------

_MEMBER = Member("m-1", "connector-consumer-es_sink_USER_ACTIVITY-0", "127.0.0.1", (("USER_ACTIVITY", 0),))
GROUPS = (
    ConsumerGroup("connect-es_sink_USER_ACTIVITY", "STABLE", (GroupPartition("USER_ACTIVITY", 0, 40_000, 0, 45_678),),
                  (_MEMBER,), 5_678),
    ConsumerGroup("_confluent-ksql-default_query_CTAS_EVENTS_PER_MIN_3", "EMPTY",
                  (GroupPartition("clickstream", 0, 1_234_560, 0, 1_234_567),), (), 7),
    ConsumerGroup("[red]odd[/red]\x1b[2J", "DEAD", (GroupPartition("gone", 0, None, 5, 9),), (), None),
)  # fmt: skip


@each_size
@pytest.mark.parametrize("state", ["loading", "empty", "ready", "stale", "failed"])
def test_groups(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    clock = [100.0]
    screen = GroupsScreen(clock=lambda: clock[0])

    async def then(_: Pilot[int]) -> None:
        if state in ("ready", "stale"):
            screen.take(GROUPS)
            clock[0] = 110.0
            screen.take((replace(GROUPS[0], lag=4_678), *GROUPS[1:]))
            screen.query_one("#browse-detail", Static).update(groups.described(GROUPS[0]))
        if state == "stale":
            clock[0] = 130.0
        if state in ("stale", "failed"):
            screen.fail(GONE)
        if state == "empty":
            screen.take(())

    _picture(snap_compare, Still(Settings(home=tmp_path)), size, screen, then)


CHANGES = (OffsetChange("USER_ACTIVITY", 0, 40_000, 12_000, 0, 28_000), OffsetChange("USER_ACTIVITY", 1, None, 7, 7, 0),
           OffsetChange("USER_ACTIVITY", 2, 9, 9, 0, 0))  # fmt: skip


async def _previewed(where: str) -> tuple[str, Sequence[OffsetChange]]:
    if where != "earliest":
        raise PipelineError(f"'{where}' is no place to reset offsets to. Use earliest, latest, +N or -N")
    return table(CHANGES), CHANGES


@each_size
@pytest.mark.parametrize("state", ["empty", "ready", "failed", "held"])
def test_reset(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    held = groups.with_members(GROUPS[0]) if state == "held" else ""
    screen = ResetScreen("Reset the offsets of connect-es_sink_USER_ACTIVITY", _previewed, obstacle=held)

    async def then(pilot: Pilot[int]) -> None:
        await pilot.press(*{"empty": "", "failed": "nowhere"}.get(state, "earliest"))

    _picture(snap_compare, Still(Settings(home=tmp_path)), size, screen, then)


def test_deletion_of_a_group(snap_compare: Compare, tmp_path: Path) -> None:
    app = Still(Settings(home=tmp_path))
    screen = GroupsScreen()

    async def then(pilot: Pilot[int]) -> None:
        screen.take([replace(each, members=(_MEMBER,) * 7) for each in GROUPS])

        await app.push_screen(ConfirmScreen(groups.deletion(replace(GROUPS[0], members=(_MEMBER,) * 7)), "Delete"))

    _picture(snap_compare, app, "narrow", screen, then)


# -- logs, records ---------------------------------------------------------------------------------------------------

LOG = "\n".join(f"2023-11-14 22:13:{n:02} INFO broker: segment {n} of clickstream-0 rolled [red]x[/red]" + " long" * (n % 30)
                for n in range(60))  # fmt: skip


@each_size
@pytest.mark.parametrize("state", ["loading", "empty", "ready", "stale", "failed"])
def test_logs(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    screen = LogScreen("kafka")

    async def then(_: Pilot[int]) -> None:
        if state in ("ready", "stale"):
            screen.take({"kafka": LOG})
        if state in ("stale", "failed"):
            screen.fail("There is no log of kafka: the stack does not run. Start it with: clickstream-tui up")
        if state == "empty":
            screen.take({"kafka": ""})

    _picture(snap_compare, Still(Settings(home=tmp_path)), size, screen, then)


class StillTail(TopicTailScreen):
    """The records of a topic without a broker: what comes is given by the test."""

    def begin(self, text: str) -> None:
        self.pane.restart()

    def come(self) -> None:
        """Some records come."""
        self._buffer.add(RECORDS)
        self._show_records()


@each_size
@pytest.mark.parametrize("state", ["loading", "empty", "ready", "stale", "failed", "filtered", "paused"])
def test_records(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    screen = StillTail("clickstream")

    async def then(pilot: Pilot[int]) -> None:
        if state in ("ready", "stale", "filtered", "paused"):
            screen.come()
        if state in ("stale", "failed"):
            screen.pane.fail(GONE)
            screen.pane.add((), len(RECORDS) if state == "stale" else 0, 0)  # the look after it
        if state == "filtered":
            await pilot.press("/", *"userid=7", "enter")
        if state == "paused":
            await pilot.press("p")
        if state == "empty":
            screen.pane.add((), 0, 0)

    _picture(snap_compare, Still(Settings(home=tmp_path)), size, screen, then)


# -- the dashboard ---------------------------------------------------------------------------------------------------


class StillDashboard(DashboardScreen):
    """The dashboard without Elasticsearch: what it answers is given by the test."""

    def __init__(self, state: str) -> None:
        self._now = [NOW]
        super().__init__(model.load(model.OURS), lambda: self._now[0])
        self._state = state

    async def _ask(self) -> None:
        self._say()
        for number, view in enumerate(self.query(PanelView)):
            if self._state in ("ready", "stale"):
                await view.fill(_content(number, view.panel.kind))
            elif self._state == "empty":
                await view.fill(data.Content(note="no data in this time"))
        if self._state in ("stale", "failed"):
            self._now[0] += 20
            reason = "Elasticsearch does not answer at http://127.0.0.1:9200 (connection refused)"
            self._say(reason)
            for view in self.query(PanelView):
                await view.fail(reason)


def _content(number: int, kind: str) -> data.Content:
    if kind == "graph":
        return data.Content(series=tuple(SERIES[("errors", "bandwidth", "sessions")[number % 3]]))
    if kind == "table":
        rows = tuple((f"1.2.3.{n}", "Raleigh [b]x[/b]\x1b[2J", 100 - n) for n in range(12))
        return data.Content(table=data.Table(("IP", "city", "hits"), rows))
    return data.Content(value=42.0)


@each_size
@pytest.mark.parametrize("state", ["loading", "empty", "ready", "stale", "failed"])
def test_dashboard(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    async def then(pilot: Pilot[int]) -> None:
        await pilot.pause()

    _picture(snap_compare, Still(Settings(home=tmp_path)), size, StillDashboard(state), then)


# -- the rest --------------------------------------------------------------------------------------------------------

STATES = {"loading": EMPTY, "stale": STALE, "failed": ILL}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ["tasks", "quickstart"])
def test_pages(snap_compare: Compare, tmp_path: Path, name: str, state: str) -> None:
    kinds = {"tasks": TasksScreen, "quickstart": QuickstartScreen}
    _picture(snap_compare, Still(Settings(home=tmp_path)), "narrow", kinds[name](), snapshot=STATES[state])


def test_flow_while_it_loads(snap_compare: Compare, tmp_path: Path) -> None:
    _picture(snap_compare, Still(Settings(home=tmp_path)), "narrow", FlowScreen(), snapshot=EMPTY)


def test_events_of_nothing(snap_compare: Compare, tmp_path: Path) -> None:
    _picture(snap_compare, Still(Settings(home=tmp_path)), "narrow", EventsScreen(commands=True), snapshot=EMPTY)


@each_size
@pytest.mark.parametrize("state", ["loading", "gone"])
def test_connector(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    name = "not there" if state == "gone" else "es_sink_EVENTS_PER_MIN"
    snapshot = EMPTY if state == "loading" else WELL
    _picture(snap_compare, Still(Settings(home=tmp_path)), size, ConnectorScreen(name), snapshot=snapshot)


def test_produce(snap_compare: Compare, tmp_path: Path) -> None:
    async def then(pilot: Pilot[int]) -> None:
        await pilot.press(*"key", "tab", *'{"a": 1}')

    _picture(snap_compare, Still(Settings(home=tmp_path)), "narrow", ProduceScreen("clickstream"), then)


CHECKS = (
    ServerCheck("kafka", "broker.example:9092", True, "3 brokers, cluster abc", 0.0123),
    ServerCheck("connect", "https://connect.example", False,
                reason="Kafka Connect does not answer at https://connect.example (the name is not known)"),
)  # fmt: skip


@each_size
@pytest.mark.parametrize("state", ["ready", "tested", "failed"])
def test_profiles(snap_compare: Compare, tmp_path: Path, state: str, size: str) -> None:
    settings = Settings(home=tmp_path, profiles={"local": Profile(kind="embedded", color="green"),
                                                 "team": Profile(kind="docker", color="darkred", read_only=True)})  # fmt: skip

    async def check(_: Settings) -> tuple[ServerCheck, ...]:
        if state == "failed":
            raise PipelineError("The embedded servers of this home do not run. Start them with: clickstream-tui up")
        return CHECKS

    async def then(pilot: Pilot[int]) -> None:
        if state != "ready":
            await pilot.press("c")
            await pilot.app.workers.wait_for_complete(
                [each for each in pilot.app.workers if each.group == "profiles.check"]
            )

    _picture(snap_compare, Still(settings), size, ProfilesScreen(settings, check), then)


@pytest.mark.parametrize("state", ["empty", "ready"])
def test_history(snap_compare: Compare, tmp_path: Path, state: str) -> None:
    texts = () if state == "empty" else ("SHOW TABLES;", "SELECT *\nFROM EVENTS_PER_MIN EMIT CHANGES;")
    saved = {} if state == "empty" else {"busy users": "SELECT * FROM EVENTS_PER_MIN WHERE K1 = 5;"}
    screen = StatementHistoryScreen(texts, saved, lambda _: None)
    _picture(snap_compare, Still(Settings(home=tmp_path)), "narrow", screen)
