"""Which pictures there are: the keys that lead to each from home, what has to be seen before it is taken, and what it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clickstream_tui.panes.charts import ChartsPane
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.ksql_editor import QueryEditor
from clickstream_tui.panes.ksql_results import QueryResults
from clickstream_tui.panes.services import ServicesPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.screens.browse import BrowseScreen
from clickstream_tui.screens.connector import ConnectorScreen
from clickstream_tui.screens.dashboard import DashboardScreen
from clickstream_tui.screens.events import EventsScreen
from clickstream_tui.screens.flow import FlowScreen
from clickstream_tui.screens.groups import GroupsScreen
from clickstream_tui.screens.logs import LogScreen
from clickstream_tui.screens.queries import QueriesScreen
from clickstream_tui.screens.quickstart import QuickstartScreen
from clickstream_tui.screens.tasks import TasksScreen
from clickstream_tui.screens.topic_tail import TopicTailScreen
from clickstream_tui.screens.topics import TopicsScreen
from clickstream_widgets.data_list import DataList


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture.

    Args:
        name: of its file.
        title: of its part of the page.
        keys: from home, each as a terminal writes it; shown as in `how`.
        how: the keys as a person reads them.
        seen: a text that stands on the screen once all of it is there.
        words: what it is for.
        bindings: tables of the keys that work there.
        moves: whether it is part of the recording.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    how: str
    seen: str
    words: str
    bindings: tuple[Iterable[Any], ...] = ()
    moves: bool = False


ESC, ENTER, DOWN = "\x1b[27u", "\r", "\x1b[B"


def _own(kind: type[Any]) -> Iterable[Any]:
    return kind.__dict__.get("BINDINGS", ())


SCENES = (
    Scene("console", "Home", ("1",), "`1`", "following",
          "All at once: the pipeline from generators to dashboard in a row of boxes, what is wrong and what happened, services, "
          "connectors, the clicks as they come, the ksqlDB editor, charts. What is broken comes first, with why, and the key "
          "that mends it.", (StagesPane.BINDINGS, ServicesPane.BINDINGS, TailPane.BINDINGS, ChartsPane.BINDINGS), True),
    Scene("query", "Query desk", ("5", "\n"), "`5` `ctrl+j`", "WINDOWSTART",
          "Statements above, a result for each below. Tabs and saved queries are there again at the next start; null is told "
          "from an empty text, and times are times.", (KsqlPane.BINDINGS, QueryEditor.BINDINGS, QueryResults.BINDINGS), True),
    Scene("connector", "A connector", ("3", DOWN, DOWN, DOWN, ENTER), "`3`, then `enter` on one", "configuration",
          "Its tasks, each with the trace of its failure, offsets, lag and configuration, its secrets masked.",
          (ConnectorsPane.BINDINGS, _own(ConnectorScreen)), True),
    Scene("new-connector", "A new connector", ("3", "\x0e", DOWN, ENTER, "clicks_again", "\x1b[15~"), "`3` `ctrl+n`",
          "refuses this",
          "A text made from the plugin's own definition. The plugin checks it; each setting that it refuses is marked with why; "
          "the difference is shown before anything is sent. `d` does the same for one that is there.", (), True),
    Scene("topics", "Topics", ("7", DOWN), "`7`", "cleanup.policy",
          "Partitions, records, rate, last write, and the settings that a topic has of its own.", (_own(TopicsScreen),), True),
    Scene("records", "Records of a topic", ("7", DOWN, "m"), "`7` `m`", "following",
          "From any place: the beginning, the end, the last N, an offset, a time, one partition. As columns, JSON, raw or hex.",
          (_own(TopicTailScreen),)),
    Scene("queries", "Streams, tables and queries", ("8", DOWN, DOWN), "`8`", "read by",
          "What writes each and who reads it. Pausing, terminating and dropping tell what depends on it, and ask.",
          (_own(QueriesScreen),), True),
    Scene("groups", "Consumer groups", ("w",), "`w`", "lag ▾",
          "Who reads what, how far behind, whether that grows, how long it lasts. A reset shows first what it skips and repeats.",
          (_own(GroupsScreen),), True),
    Scene("flow", "Flow", ("9",), "`9`", "running",
          "From connector to index, with the rate and the lag of every part; the way to what is broken is red.",
          (_own(FlowScreen),), True),
    Scene("tasks", "The six tasks of the tutorial", ("0",), "`0`", "tables",
          "Question, statements, and the answer in words.", (_own(TasksScreen),)),
    Scene("dashboard", "Dashboard", ("\x1b[20~",), "`f9`", "Errors a minute",
          "The dashboard as Grafana shows it, read from its JSON and from Elasticsearch. The values of its variables are chosen "
          "by `$`.", (DashboardScreen.BINDINGS,), True),
    Scene("events", "Events and the command log", ("E",), "`E`, `L`", "what",
          "Everything that happened. Each change is a line for a shell, too.", (_own(EventsScreen),)),
    Scene("logs", "Logs", (":", "logs all", ENTER), "`2` `l`, `:logs all`", "of all services",
          "The log of a service as it is written, or those of all by time.", (LogScreen.BINDINGS,)),
    Scene("quickstart", "Kafka's quickstart", ("\x1bOS",), "`f4`", "Write some events",
          "Kafka's own first steps, each done by `enter`.", (_own(QuickstartScreen),)),
    Scene("profiles", "Profiles", ("U",), "`U`", "Profiles", "Clusters by name: `c` tests one, `enter` goes there."),
    Scene("command", "Command line", (":", "topic cl"), "`:`", "topic clickstream",
          "Everything that can be opened or done, with completion; letters may be left out."),
)  # fmt: skip
COMMON = (BrowseScreen.BINDINGS, DataList.BINDINGS)
