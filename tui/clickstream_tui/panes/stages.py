"""The stages of the pipeline while they are not done; what is broken, once they are."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message
from textual.widgets import DataTable

from clickstream_pipeline.model import Health, Problem, Snapshot, StageState
from clickstream_tui.panes.base import badge, lasting, state_note
from clickstream_tui.panes.events import EventsPanel
from clickstream_tui.panes.filtered import FilteredPane
from clickstream_tui.remedies import remedy
from clickstream_tui.texts import without_name
from clickstream_widgets.data_list import DataList
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import Row

_BADGES = {
    StageState.DONE: "good", StageState.TODO: "none", StageState.RUNNING: "waiting", StageState.FAILED: "bad",
    StageState.OPTIONAL: "none",
}  # fmt: skip


_NAME = 22  # characters of a problem's name


class StagesPane(FilteredPane):
    """Enter runs the selected stage. Once all are done, what is wrong now stands in their place: enter tells all of it."""

    title = "Stages"
    number = 1
    CHANGES = frozenset({"all", "next", "mend"})
    BINDINGS = [
        Binding("a", "all", "Run all", id="stages.all", tooltip="Run every stage that is not done, in order"),
        Binding("n", "next", "Run next", id="stages.next", tooltip="Run the next stage that is not done"),
        Binding("i", "requests", "Requests", id="stages.requests", tooltip="Show the exact requests of the stage"),
        Binding("H", "mend", "Heal", id="problems.mend", tooltip="Do what heals the selected problem"),
        Binding(
            "slash",
            "filter",
            "Filter",
            show=False,
            id="stages.filter",
            key_display="/",
            tooltip="Show what matches a regular expression, ! before it for the opposite",
        ),
        Binding("escape", "unmark", "All", show=False, id="stages.unmark", tooltip="Show all again"),
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

    @dataclass
    class Explain(Message):
        """A problem is to be told in full."""

        problem: Problem

    @dataclass
    class Mend(Message):
        """What mends a problem is to be done."""

        problem: Problem

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._stood = False  # whether all stages have been done since the console began
        self._problems: dict[str, Problem] = {}
        self._silence = ""  # which server does not answer, where there is no other problem
        self._more = ""  # what is to be done besides

    def compose(self) -> ComposeResult:
        with Container(id="stages-box"):
            stages = DataList(("stage", "state", "what"), stretch="what", id="stages-table")
            stages.show_header = False
            yield stages
            table = DataList(
                ("problem", "kind", "since", "why", "heal"),
                priority=("kind", "heal", "since"),  # the line below tells what heals the chosen one
                stretch="why",
                id="problems-table",
            )
            table.display = False
            yield table
            yield EventsPanel(id="events")
        yield self.filter_field()
        yield self.note_line()

    @property
    def data(self) -> DataList:
        return self.query_one("#problems-table" if self.shows_problems else "#stages-table", DataList)

    @property
    def listed(self) -> str:
        return "problems" if self.shows_problems else "stages"

    @property
    def shows_problems(self) -> bool:
        """Whether it shows what is wrong, not the stages."""
        return self.query_one("#problems-table").display

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("mend", "requests") and self.is_mounted and (action == "mend") is not self.shows_problems:
            return False
        return super().check_action(action, parameters)

    def show(self, snapshot: Snapshot) -> None:
        self._stood = self._stood or snapshot.ready
        self._turn(self._wants_problems(snapshot))
        if self.shows_problems:
            self._show_problems(snapshot)
        else:
            self._show_stages(snapshot)

    def _wants_problems(self, snapshot: Snapshot) -> bool:
        """Broken first: a part that has failed comes before stages; else stages take the room while one is not done."""
        if any(each.health is Health.FAILED and each.kind != "stage" for each in snapshot.problems):
            return True
        running = any(each.state is StageState.RUNNING for each in snapshot.stages)
        return snapshot.ready or (self._stood and not running)

    def _turn(self, problems: bool) -> None:
        if problems == self.shows_problems:
            return
        focused = self.data.has_focus
        self._field.close()  # it was the other list's
        self.query_one("#stages-table").display = not problems
        self.query_one("#problems-table").display = problems
        self.set_class(problems, "-problems")
        self.border_title = f"{self.number} {'Problems' if problems else self.title}"
        if focused:
            self.screen.set_focus(self.data)
        self.refresh_bindings()

    def _show_problems(self, snapshot: Snapshot) -> None:
        self._problems = {f"{each.kind} {each.name}": each for each in snapshot.problems}
        rows: list[Row] = [(key, self._cells(each)) for key, each in self._problems.items()]
        silent = [each for each in snapshot.servers if not each.ok]
        table = self.data
        if table.show_header != bool(rows):
            table.show_header = bool(rows)
        self.set_class(bool(rows), "-troubled")
        if not rows:
            self._field.close()  # nothing is left to be filtered, and that nothing is wrong must be seen
            rows = [("", ("" if silent else Text("✓ nothing is wrong", "green"), "", "", "", ""))]
        table.show(rows, by_itself=True)
        stages = [each for each in snapshot.stages if each.state is StageState.TODO]
        self._more = f" · {len(stages)} stages to do: a runs them" if stages else ""
        self._silence = f"✗ {silent[0].reason}" if silent else ""
        self._say_remedy()

    @on(DataTable.RowHighlighted, "#problems-table")
    def _say_remedy(self) -> None:
        """Below the problems: what is done about the chosen one."""
        problem = self._problems.get(self.data.selected or "") if self.shows_problems else None
        text = self._silence if problem is None else f"enter tells all of it · {remedy(problem).words}"
        if self.shows_problems:
            self.say(one_line(text + self._more))

    @staticmethod
    def _cells(problem: Problem) -> tuple[object, ...]:
        failed = problem.health is Health.FAILED
        style = "bold red" if failed else "yellow"
        # a long name would leave no room for why, which is in no other pane
        what = Text(
            f"{'✗' if failed else '▲'} {one_line(problem.name, _NAME)}", style, no_wrap=True, overflow="ellipsis"
        )
        why = Text(one_line(without_name(problem.why, problem.name)), no_wrap=True, overflow="ellipsis")
        return what, problem.kind, lasting(problem.since), why, remedy(problem).words

    def _show_stages(self, snapshot: Snapshot) -> None:
        rows = [
            (s.name, (s.name, badge(_BADGES[s.state], s.state.value), s.reason or s.title)) for s in snapshot.stages
        ]
        self.data.show(rows)
        following = snapshot.next_stage
        running = next((s for s in snapshot.stages if s.state is StageState.RUNNING), None)
        problems = snapshot.problems
        if not snapshot.stages:
            text = state_note(snapshot, "", rows=False, empty="no stages")
        elif running is not None:
            text = f"running: {running.name} {lasting(running.since)}"
        elif problems:
            first = problems[0]
            more = f" (+{len(problems) - 1})" if len(problems) > 1 else ""
            text = f"✗ {first.kind} {first.name} {first.health.value} {lasting(first.since)}{more}: {first.why}"
        else:
            text = "all done" if following is None else f"next: {following.name}: n runs it, a all"
        self.say(one_line(text))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        name = event.row_key.value
        if name is None:
            return
        if not self.shows_problems:
            self.post_message(self.Run(name))
        elif name in self._problems:
            self.post_message(self.Explain(self._problems[name]))

    def action_all(self) -> None:
        self.post_message(self.RunAll())

    def action_next(self) -> None:
        self.post_message(self.RunNext())

    def action_requests(self) -> None:
        name = self.data.selected
        if name is not None and not self.shows_problems:
            self.post_message(self.Requests(name))

    def action_mend(self) -> None:
        problem = self._problems.get(self.data.selected or "")
        if problem is not None and self.shows_problems:
            self.post_message(self.Mend(problem))
