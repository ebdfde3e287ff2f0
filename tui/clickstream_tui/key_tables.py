"""Every table of keys that the console has, and the screens that list things by name."""

from __future__ import annotations

from clickstream_tui import keymap
from clickstream_tui.keymap import KeyGroups
from clickstream_tui.layout import PANES
from clickstream_tui.panes.ksql_editor import QueryEditor
from clickstream_tui.panes.ksql_results import QueryResults
from clickstream_tui.screens.browse import BrowseScreen
from clickstream_tui.screens.connector import ConnectorScreen
from clickstream_tui.screens.dashboard import DashboardScreen, PanelView
from clickstream_tui.screens.flow import FlowScreen
from clickstream_tui.screens.groups import GroupsScreen
from clickstream_tui.screens.logs import LogScreen
from clickstream_tui.screens.queries import QueriesScreen
from clickstream_tui.screens.quickstart import QuickstartScreen
from clickstream_tui.screens.tasks import TasksScreen
from clickstream_tui.screens.topic_tail import TopicTailScreen
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_widgets.data_list import DataList

SCREENS: dict[str, type[BrowseScreen]] = {
    "topics": TopicsScreen, "queries": QueriesScreen, "flow": FlowScreen, "tasks": TasksScreen,
    "quickstart": QuickstartScreen, "groups": GroupsScreen,
}  # fmt: skip


def key_groups() -> KeyGroups:
    """Every table of bindings, by where its keys work."""
    groups: KeyGroups = [("everywhere", keymap.APP_KEYS)]
    groups += [(pane.title.lower(), pane.BINDINGS) for pane in PANES]
    groups += [("lists", BrowseScreen.BINDINGS), ("rows", DataList.BINDINGS), ("dashboard", [*DashboardScreen.BINDINGS, *PanelView.BINDINGS]),
               ("records of a topic", TopicTailScreen.BINDINGS), ("editor", QueryEditor.BINDINGS), ("results", QueryResults.BINDINGS)]  # fmt: skip
    groups += [("logs", LogScreen.BINDINGS), ("one connector", ConnectorScreen.__dict__["BINDINGS"])]
    return groups + [
        (screen.title_text.split(":")[0].lower(), screen.__dict__.get("BINDINGS", ())) for screen in SCREENS.values()
    ]
