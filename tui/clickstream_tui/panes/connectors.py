"""Connectors and their tasks."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable

from clickstream_pipeline.model import Connector, Health, Snapshot
from clickstream_tui.panes.base import badge, health_kind, lasting, state_note
from clickstream_tui.panes.filtered import FilteredPane
from clickstream_widgets.data_list import DataList
from clickstream_widgets.figures import count, rate
from clickstream_widgets.safe_text import one_line


def _state(connector: Connector) -> str:
    if connector.failed:
        return "bad"
    by_state = {"RUNNING": "good", "PAUSED": "off", "STOPPED": "off"}.get(connector.state, "waiting")
    return health_kind(connector.health, by_state)


def _word(connector: Connector) -> str:
    if connector.failed:
        return "FAILED"
    bad = connector.state == "RUNNING" and connector.health in (Health.DEGRADED, Health.FAILED)
    return connector.health.value if bad else connector.state


class ConnectorsPane(FilteredPane):
    """The state first, as the last to give way. Enter shows a connector in full, with the trace of a failed task."""

    title = "Connectors"
    number = 3
    CHANGES = frozenset({"pause", "restart", "restart_failed", "stop", "start", "edit", "create", "delete"})
    BINDINGS = [
        Binding("p", "pause", "Pause/resume", id="connectors.pause",
                tooltip="Pause a running connector (asks first), resume a paused one"),
        Binding("r", "restart", "Restart", id="connectors.restart", tooltip="Restart the connector and its tasks"),
        Binding("s", "stop", "Stop", id="connectors.stop", tooltip="Stop the connector: its tasks end (asks first)"),
        Binding("S", "start", "Start", id="connectors.start", tooltip="Resume a stopped connector"),
        Binding("d", "edit", "Edit", id="connectors.edit",
                tooltip="Change the configuration: the plugin checks it, the difference is shown, then it is sent"),
        Binding("ctrl+n", "create", "New", id="connectors.create",
                tooltip="Make a connector: choose a plugin, fill in its settings; checked and shown before it is sent"),
        Binding("F", "restart_failed", "Restart failed", show=False, id="connectors.failed",
                tooltip="Restart what has failed of the connector, and leave the rest"),
        Binding("slash", "filter", "Filter", show=False, id="connectors.filter", key_display="/",
                tooltip="Show what matches a regular expression, ! before it for the opposite"),
        Binding("escape", "unmark", "All", show=False, id="connectors.unmark",
                tooltip="Show all again, and mark none any more"),
        Binding("D", "delete", "Delete", id="connectors.delete", tooltip="Delete the connector (asks first)"),
    ]  # fmt: skip

    @dataclass
    class OfConnector(Message):
        """Something is to be done with a connector, and with others that are marked."""

        name: str
        others: tuple[str, ...] = ()

        @property
        def names(self) -> tuple[str, ...]:
            """All of them."""
            return (self.name, *self.others)

    class Pause(OfConnector):
        """The connector is to be paused."""

    class Resume(OfConnector):
        """The connector is to go on."""

    class Restart(OfConnector):
        """The connector and its tasks are to be restarted."""

    class Stop(OfConnector):
        """The connector is to be stopped."""

    class Delete(OfConnector):
        """The connector is to be deleted."""

    class RestartFailed(OfConnector):
        """What has failed of the connector is to be restarted."""

    class Edit(OfConnector):
        """The connector's configuration is to be changed."""

    class Create(Message):
        """A new connector is to be made."""

    class Describe(OfConnector):
        """The connector is to be shown in full."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._connectors: dict[str, Connector] = {}

    def compose(self) -> ComposeResult:
        yield DataList(
            ("state", "connector", "lag", "rate", "tasks", "type", "topics"), id="connectors-table",
            priority=("topics", "type", "tasks", "rate", "lag"), stretch="connector", marks=True,
        )  # fmt: skip
        yield self.filter_field()
        yield self.note_line()

    def show(self, snapshot: Snapshot) -> None:
        self._connectors = {connector.name: connector for connector in snapshot.connectors}
        broken_first = sorted(snapshot.connectors, key=lambda each: (not each.failed, each.health.rank))
        rows = [
            (
                c.name,
                (
                    badge(_state(c), _word(c)), c.name, count(c.lag), rate(c.rate),
                    " ".join(t.state for t in c.tasks) or "none", c.kind, ", ".join(c.topics),
                ),
            )
            for c in broken_first
        ]  # fmt: skip
        self.query_one(DataList).show(rows, by_itself=True)
        failed = [f"{c.name}: {task.trace.splitlines()[0]}" for c in broken_first for task in c.tasks if task.trace]
        failed += [f"{c.name} {lasting(c.since)}: {c.why}" for c in broken_first if c.why and not c.failed
                   and c.health in (Health.FAILED, Health.DEGRADED)]  # fmt: skip
        note = state_note(snapshot, "Connect", rows=bool(rows), empty="no connectors yet: run the stage 'connectors'")
        hint = "enter details · space marks · ^n new · F restarts what failed · o sorts"
        said = one_line("; ".join([*([note] if note else []), *failed]))
        self.say(said or hint)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if event.row_key.value is not None:
            self.post_message(self.Describe(event.row_key.value))

    def _ask(self, message: type[OfConnector], *, one: bool = False) -> None:
        """Asks for something to be done with the marked connectors, else with the one under the cursor."""
        data = self.query_one(DataList)
        names = data.chosen if not one else tuple(filter(None, [data.selected]))
        if names:
            self.post_message(message(names[0], names[1:]))
            data.unmark()

    def action_pause(self) -> None:
        """Pauses what runs of the chosen ones; resumes them where none does."""
        data = self.query_one(DataList)
        names = [name for name in data.chosen if name in self._connectors]
        running = [name for name in names if self._connectors[name].state == "RUNNING"]
        message, hit = (self.Pause, running) if running else (self.Resume, names)
        if hit:
            self.post_message(message(hit[0], tuple(hit[1:])))
            data.unmark()

    def action_restart(self) -> None:
        self._ask(self.Restart)

    def action_restart_failed(self) -> None:
        self._ask(self.RestartFailed)

    def action_edit(self) -> None:
        self._ask(self.Edit, one=True)

    def action_create(self) -> None:
        self.post_message(self.Create())

    def action_stop(self) -> None:
        self._ask(self.Stop)

    def action_start(self) -> None:
        self._ask(self.Resume)

    def action_delete(self) -> None:
        self._ask(self.Delete)
