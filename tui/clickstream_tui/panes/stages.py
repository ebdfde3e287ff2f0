"""The stages of the pipeline with the next action."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable

from clickstream_pipeline.model import Snapshot, StageState
from clickstream_tui.panes.base import Pane, badge, lasting, state_note
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import StatusTable

_BADGES = {
    StageState.DONE: "good", StageState.TODO: "none", StageState.RUNNING: "waiting", StageState.FAILED: "bad",
    StageState.OPTIONAL: "none",
}  # fmt: skip


class StagesPane(Pane):
    """Enter runs the selected stage. Once all are done, what is wrong now stands in their place."""

    title = "Stages"
    number = 1
    CHANGES = frozenset({"all", "next"})
    BINDINGS = [
        Binding("a", "all", "Run all", id="stages.all", tooltip="Run every stage that is not done, in order"),
        Binding("n", "next", "Run next", id="stages.next", tooltip="Run the next stage that is not done"),
        Binding("i", "requests", "Requests", id="stages.requests", tooltip="Show the exact requests of the stage"),
    ]

    @dataclass
    class Run(Message):
        """A stage is to be run."""

        name: str

    @dataclass
    class RunAll(Message):
        """Every stage that is not done is to be run."""

    @dataclass
    class RunNext(Message):
        """The next stage that is not done is to be run."""

    @dataclass
    class Requests(Message):
        """The requests of a stage are to be shown."""

        name: str

    def compose(self) -> ComposeResult:
        yield StatusTable(("stage", "state", "what"), id="stages-table")
        yield Note("loading: waiting for the first look at the servers …", id="stages-next", classes="note")

    def show(self, snapshot: Snapshot) -> None:
        rows = [
            (s.name, (s.name, badge(_BADGES[s.state], s.state.value), s.reason or s.title)) for s in snapshot.stages
        ]
        self.query_one(StatusTable).show(rows)
        following = snapshot.next_stage
        running = next((s for s in snapshot.stages if s.state is StageState.RUNNING), None)
        problems = snapshot.problems
        if not snapshot.stages:
            text = state_note(snapshot, "", rows=False, empty="no stages")
        elif problems:
            first = problems[0]
            more = f" (+{len(problems) - 1})" if len(problems) > 1 else ""
            text = f"✗ {first.kind} {first.name} {first.health.value} {lasting(first.since)}{more}: {first.why}"
        elif running is not None:
            text = f"running: {running.name}"
        else:
            text = "all done" if following is None else f"next: {following.name}: n runs it, a all"
        self.query_one("#stages-next", Note).say(one_line(text))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if event.row_key.value is not None:
            self.post_message(self.Run(event.row_key.value))

    def action_all(self) -> None:
        self.post_message(self.RunAll())

    def action_next(self) -> None:
        self.post_message(self.RunNext())

    def action_requests(self) -> None:
        name = self.query_one(StatusTable).selected
        if name is not None:
            self.post_message(self.Requests(name))
