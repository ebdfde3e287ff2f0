"""The services: containers or embedded processes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable

from clickstream_pipeline.model import Service, Snapshot
from clickstream_tui.panes.base import Pane, badge
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import StatusTable


def _state(service: Service) -> str:
    if service.state == "stopped":
        return "off"
    if service.ready:
        return "good"
    return "bad" if service.state == "restarting" else "waiting"


class ServicesPane(Pane):
    """State and readiness of each service; a port that listens is not yet a service that is ready."""

    title = "Services"
    number = 2
    BINDINGS = [
        Binding("r", "act('restart')", "Restart", id="services.restart", tooltip="Restart the service"),
        Binding("s", "act('stop')", "Stop", id="services.stop", tooltip="Stop the service"),
        Binding("S", "act('start')", "Start", id="services.start", tooltip="Start the service"),
        Binding("l", "act('logs')", "Logs", id="services.logs", tooltip="Show the end of the service's log"),
    ]

    def compose(self) -> ComposeResult:
        yield StatusTable(("service", "state", "cpu", "memory", "restarts", "address"), id="services-table")
        yield Note("no services", id="services-note", classes="note")

    def show(self, snapshot: Snapshot) -> None:
        rows = [
            (
                s.name,
                (
                    s.name, badge(_state(s), "ready" if s.ready else s.state), f"{s.cpu_percent:.0f}%",
                    f"{s.memory / 2**20:.0f} MiB", s.restarts, s.address.removeprefix("http://"),
                ),
            )
            for s in snapshot.services
        ]  # fmt: skip
        self.query_one(StatusTable).show(rows)
        reasons = [f"{s.name}: {s.reason}" for s in snapshot.services if s.reason]
        reasons += [server.reason for server in snapshot.servers if not server.ok and server.name == "stack"]
        self.query_one("#services-note", Note).say(
            one_line("; ".join(reasons)) or ("r restart · s stop · S start · l logs" if rows else "no services run yet")
        )

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.ask("logs", self.query_one(StatusTable).selected)

    def action_act(self, verb: str) -> None:
        self.ask(verb, self.query_one(StatusTable).selected)
