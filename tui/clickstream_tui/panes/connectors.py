"""Connectors and their tasks."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable

from clickstream_pipeline.model import Connector, Snapshot
from clickstream_tui.panes.base import Pane, badge
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import StatusTable


def _state(connector: Connector) -> str:
    if connector.failed:
        return "bad"
    return {"RUNNING": "good", "PAUSED": "off", "STOPPED": "off"}.get(connector.state, "waiting")


class ConnectorsPane(Pane):
    """Enter shows a connector in full, with the trace of a failed task."""

    title = "Connectors"
    number = 3
    BINDINGS = [
        Binding(
            "p",
            "pause_or_resume",
            "Pause/resume",
            id="connectors.pause",
            tooltip="Pause a running connector, resume a paused one",
        ),
        Binding(
            "r", "act('restart')", "Restart", id="connectors.restart", tooltip="Restart the connector and its tasks"
        ),
        Binding("s", "act('stop')", "Stop", id="connectors.stop", tooltip="Stop the connector: its tasks end"),
        Binding("S", "act('resume')", "Start", id="connectors.start", tooltip="Resume a stopped connector"),
        Binding("D", "act('delete')", "Delete", id="connectors.delete", tooltip="Delete the connector (asks first)"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._connectors: dict[str, Connector] = {}

    def compose(self) -> ComposeResult:
        yield StatusTable(("connector", "state", "tasks", "type", "topics"), id="connectors-table")
        yield Note("no connectors yet: run the stage 'connectors'", id="connectors-note", classes="note")

    def show(self, snapshot: Snapshot) -> None:
        self._connectors = {connector.name: connector for connector in snapshot.connectors}
        rows = [
            (c.name, (c.name, badge(_state(c), "FAILED" if c.failed else c.state), " ".join(t.state for t in c.tasks) or "none", c.kind, ", ".join(c.topics)))
            for c in snapshot.connectors
        ]  # fmt: skip
        self.query_one(StatusTable).show(rows)
        failed = [
            f"{c.name}: {task.trace.splitlines()[0]}" for c in snapshot.connectors for task in c.tasks if task.trace
        ]
        note = "p pause/resume · r restart · s stop · S start · D delete · enter details"
        if not rows:
            note = "no connectors yet: run the stage 'connectors'"
        down = next((s.reason for s in snapshot.servers if s.name == "Connect" and not s.ok), "")
        self.query_one("#connectors-note", Note).say(one_line("; ".join([*failed, *([down] if down else [])])) or note)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.ask("describe", self.query_one(StatusTable).selected)

    def action_act(self, verb: str) -> None:
        self.ask(verb, self.query_one(StatusTable).selected)

    def action_pause_or_resume(self) -> None:
        name = self.query_one(StatusTable).selected
        if name in self._connectors:
            self.ask("pause" if self._connectors[name].state == "RUNNING" else "resume", name)
