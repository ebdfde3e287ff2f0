"""The six tasks of the tutorial: question, statements, table, and the answer in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding

from clickstream_pipeline import exercises
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_tui.screens.browse import BrowseScreen
from clickstream_widgets.bars import bars
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession


class TasksScreen(BrowseScreen):
    """Each task with its answer over all whole minutes so far."""

    title_text = "The six tasks of the tutorial"
    columns = ("task", "tables")
    hint = "c makes the tables that are missing · esc goes back"
    server = "ksqlDB"
    CHANGES = frozenset({"create"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("c", "create", "Create tables", id="tasks.create", tooltip="Make the tables of the tasks"),
    ]

    def rows(self, snapshot: Snapshot) -> list[Row]:
        known = {source.name for source in snapshot.sources}
        missing = "missing" if snapshot.number else "…"  # nobody has looked yet
        return [
            (task.name, (f"{number}  {task.title}", "there" if set(task.tables) <= known else missing))
            for number, task in enumerate(exercises.EXERCISES, 1)
        ]

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        task = next(task for task in exercises.EXERCISES if task.name == key)
        text = "\n\n".join(statement for _, statement in exercises.statements(task))
        if not exercises.are_there(source.name for source in self.console.snapshot.sources):
            return f"{task.question}\n\nThe tables of the tasks are missing: c makes them.\n\n{text}"
        covered = await exercises.span(pipeline.ksqldb)
        if not covered.minutes:
            return f"{task.question}\n\nThere is no whole minute of clicks yet.\n\n{text}"
        known = await exercises.names(pipeline.ksqldb)
        found = await exercises.answer(pipeline.ksqldb, task, covered, known, pipeline.kafka)
        return "\n".join([task.question, "", found.words, "", *_table(found.columns, found.rows), "", text])

    def action_create(self) -> None:
        pipeline = self.console.pipeline
        if pipeline is None:
            return

        async def call() -> None:
            made = await exercises.prepare(pipeline.context)
            if not made:
                raise PipelineError("All tables of the tasks are there")

        self.console.change("Make the tables of the tasks", call)


def _table(columns: tuple[str, ...], rows: tuple[tuple[Any, ...], ...]) -> list[str]:
    drawn = bars([row[-1] for row in rows]) if columns else []
    cells = [(*columns, ""), *((*map(str, row), bar) for row, bar in zip(rows, drawn, strict=True))]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns) + 1)]
    return ["  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip() for row in cells]
