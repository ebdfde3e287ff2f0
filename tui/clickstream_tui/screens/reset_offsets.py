"""The question before offsets are moved, of a group or a connector: it shows first what that does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import OffsetChange
from clickstream_widgets.entry import Entry
from clickstream_widgets.safe_text import printable

Plan = TypeVar("Plan")
Preview = Callable[[str], Awaitable[tuple[str, Plan]]]
"""What a place would do, in words and as what is then sent. Raises PipelineError."""
WAYS = "earliest · latest · an hour ago, -10m · +N or -N (shift) · N (offset) · 2026-01-31T12:00"


def _meaning(change: OffsetChange) -> str:
    if change.skipped:
        return f"skips {change.skipped:,}"
    return f"repeats {change.repeated:,}" if change.repeated else "stays"


def table(changes: Sequence[OffsetChange]) -> str:
    """What a reset does in sum, then to each partition."""
    skipped, repeated = sum(each.skipped for each in changes), sum(each.repeated for each in changes)
    rows = [("partition", "from", "to", "which")]
    for each in changes:
        before = "–" if each.before is None else f"{each.before:,}"
        rows.append((f"{each.topic}-{each.partition}", before, f"{each.after:,}", _meaning(each)))
    name, first, second = (max(len(row[place]) for row in rows) for place in range(3))
    lines = [f"{row[0]:<{name}}  {row[1]:>{first}}  {row[2]:>{second}}  {row[3]}" for row in rows]
    # the sum first: it is seen where there is room for nothing else
    return "\n".join([f"In all: {skipped:,} records are never read, {repeated:,} are read again.", "", *lines])


class ResetScreen(ModalScreen[Plan | None], Generic[Plan]):
    """Asks where to, shows what that does, and gives the plan that was agreed to; the answer at hand is Cancel.

    Args:
        title: whose offsets are moved.
        preview: what a place would do.
        ways: what can be typed.
        obstacle: why it cannot be done now, "" where it can.
    """

    BINDINGS = [Binding("escape,n", "cancel", "Cancel"), Binding("y", "agree", "Yes")]

    def __init__(self, title: str, preview: Preview[Plan], *, ways: str = WAYS, obstacle: str = "") -> None:
        super().__init__()
        self._title = title
        self._preview = preview
        self._ways = ways
        self._obstacle = obstacle
        self._plan: Plan | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide-auto") as box:
            box.border_title = printable(self._title)
            yield Static(self._ways, id="reset-ways", markup=False)
            yield Entry(placeholder="where to", id="reset-where")
            with VerticalScroll(id="reset-scroll"):
                yield Static(printable(self._obstacle), id="reset-preview", markup=False)
            with Horizontal():
                yield Button("Cancel (n)", id="cancel")
                yield Button("Reset (y)", id="yes", variant="error", disabled=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._plan = None
        self.query_one("#yes", Button).disabled = True
        self.look(event.value)

    @work(exclusive=True, group="reset.preview", exit_on_error=False)
    async def look(self, where: str) -> None:
        """Shows what a reset would do, or why it cannot be."""
        text, plan = self._obstacle, None
        if where.strip():
            try:
                words, plan = await self._preview(where)
                text = "\n\n".join(filter(None, (self._obstacle, words)))
            except PipelineError as error:
                text = str(error)
        self._plan = None if self._obstacle else plan
        self.query_one("#reset-preview", Static).update(printable(text))
        self.query_one("#yes", Button).disabled = self._plan is None

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one("#cancel").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(self._plan if event.button.id == "yes" else None)

    def action_agree(self) -> None:
        """Agrees to what is shown; nothing is agreed to before it is."""
        if self._plan is not None:
            self.dismiss(self._plan)

    def action_cancel(self) -> None:
        self.dismiss(None)
