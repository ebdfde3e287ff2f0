"""Kafka's own quickstart as a page: each step with its command, what to expect, and whether it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import Binding
from textual.widgets import DataTable

from clickstream_pipeline import quickstart
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_tui.screens.browse import BrowseScreen
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession


class QuickstartScreen(BrowseScreen):
    """Five steps; enter does the chosen one."""

    title_text = "Kafka's quickstart: from nothing to events written and read"
    columns = ("step", "state")
    hint = "enter does the step · esc goes back"
    server = "Kafka"
    CHANGES = frozenset({"run_step"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("x", "run_step", "Do the step", id="quickstart.run", tooltip="Do the chosen step; enter does, too"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._states: dict[str, str] = {}
        self._said: dict[str, str] = {}

    def rows(self, snapshot: Snapshot) -> list[Row]:
        self.check()
        return self._steps()

    def _steps(self) -> list[Row]:
        return [
            (step.name, (f"{number}  {step.title}", self._states.get(step.name, "…")))
            for number, step in enumerate(quickstart.STEPS, 1)
        ]

    @work(exclusive=True, group="quickstart.check", exit_on_error=False)
    async def check(self) -> None:
        """Looks which steps are done."""
        pipeline = self.console.pipeline
        if pipeline is None:
            return
        for step in quickstart.STEPS:
            try:
                missing = await quickstart.missing(step, pipeline)
            except PipelineError:  # the detail tells it, and the line below the list
                return
            state = "○ to do" if missing else "✓ done"
            if self._states.get(step.name) != state:
                self._states[step.name] = state
                self._rows = self._steps()
                self._show_rows()

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        step = quickstart.step(key)
        missing = await quickstart.missing(step, pipeline)
        done = f"Not yet: {missing}." if missing else "It happened: checked just now."
        said = self._said.get(key, "")
        return "\n\n".join(
            part for part in (step.text, "From the command line:\n" + "\n".join(step.commands),
                              f"To expect: {step.expect}", done, said) if part
        )  # fmt: skip

    @on(DataTable.RowSelected)
    def _entered_row(self) -> None:
        self.action_run_step()

    def action_run_step(self) -> None:
        pipeline, key = self.console.pipeline, self.selected
        if pipeline is None or key is None:
            return

        async def call() -> None:
            self._said[key] = await quickstart.step(key).run(pipeline)
            self._shown_key = None
            self.reload()

        self.console.change(quickstart.step(key).title, call)
