"""The stages of the pipeline with the next action."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable

from clickstream_pipeline.model import Snapshot, StageState
from clickstream_tui.panes.base import Pane, badge
from clickstream_widgets.note import Note
from clickstream_widgets.status_table import StatusTable

_BADGES = {
    StageState.DONE: "good", StageState.TODO: "waiting", StageState.RUNNING: "waiting", StageState.FAILED: "bad",
    StageState.OPTIONAL: "none",
}  # fmt: skip


class StagesPane(Pane):
    """Enter runs the selected stage."""

    title = "Stages"
    number = 1
    BINDINGS = [
        Binding("a", "all", "Run all", id="stages.all", tooltip="Run every stage that is not done, in order"),
        Binding("n", "next", "Run next", id="stages.next", tooltip="Run the next stage that is not done"),
        Binding("i", "requests", "Requests", id="stages.requests", tooltip="Show the exact requests of the stage"),
    ]

    def compose(self) -> ComposeResult:
        yield StatusTable(("stage", "state", "what"), id="stages-table")
        yield Note("waiting for the first look at the servers", id="stages-next", classes="note")

    def show(self, snapshot: Snapshot) -> None:
        rows = [
            (s.name, (s.name, badge(_BADGES[s.state], s.state.value), s.reason or s.title)) for s in snapshot.stages
        ]
        self.query_one(StatusTable).show(rows)
        following = snapshot.next_stage
        text = "all done" if following is None else f"next: {following.name} — press n (or enter on it), a for all"
        if not snapshot.stages:
            text = "waiting for the first look at the servers"
        self.query_one("#stages-next", Note).say(text)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.ask("run", self.query_one(StatusTable).selected)

    def action_all(self) -> None:
        self.ask("run-all")

    def action_next(self) -> None:
        self.ask("run-next")

    def action_requests(self) -> None:
        self.ask("requests", self.query_one(StatusTable).selected)
