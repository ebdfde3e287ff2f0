"""The question before a group's offsets are moved: it shows what that skips and what it repeats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import ConsumerGroup, OffsetChange
from clickstream_widgets.safe_text import printable

Preview = Callable[[str], Awaitable[Sequence[OffsetChange]]]
_WAYS = "earliest · latest · an hour ago, -10m · +N or -N (shift) · N (offset) · 2026-01-31T12:00"


def table(changes: Sequence[OffsetChange]) -> str:
    """What a reset does to each partition, and in sum."""
    skipped, repeated = sum(each.skipped for each in changes), sum(each.repeated for each in changes)
    lines = [f"{'partition':<40} {'from':>12} {'to':>12}  what that means"]
    for each in changes:
        before = "–" if each.before is None else f"{each.before:,}"
        means = (
            f"skips {each.skipped:,}" if each.skipped else f"repeats {each.repeated:,}" if each.repeated else "stays"
        )
        lines.append(f"{each.topic + '-' + str(each.partition):<40} {before:>12} {each.after:>12,}  {means}")
    return "\n".join([*lines, "", f"In all: {skipped:,} records are never read, {repeated:,} are read again."])


class ResetScreen(ModalScreen[Sequence[OffsetChange]]):
    """Asks where to, shows what that does, and gives the changes that were agreed to; the answer at hand is Cancel."""

    BINDINGS = [Binding("escape,n", "cancel", "Cancel"), Binding("y", "agree", "Yes")]

    def __init__(self, group: ConsumerGroup, preview: Preview) -> None:
        super().__init__()
        self._group = group
        self._preview = preview
        self._changes: Sequence[OffsetChange] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide-auto") as box:
            box.border_title = printable(f"Reset the offsets of {self._group.name}")
            yield Static(_WAYS, classes="note", markup=False)
            yield Input(placeholder="where to", id="reset-where")
            with VerticalScroll(id="reset-scroll"):
                yield Static(self._obstacle, id="reset-preview", markup=False)
            with Horizontal():
                yield Button("Cancel (n)", id="cancel")
                yield Button("Reset (y)", id="yes", variant="error", disabled=True)

    @property
    def _obstacle(self) -> str:
        """Why Kafka would refuse, "" where it would not."""
        members = len(self._group.members)
        if not members:
            return ""
        name = self._group.name
        who = f"the connector {name.removeprefix('connect-')}" if name.startswith("connect-") else "its consumers"
        return f"It has {members} member{'s' if members > 1 else ''}, and Kafka moves offsets only of a group without: stop {who} first."

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._changes = ()
        self.query_one("#yes", Button).disabled = True
        self.look(event.value)

    @work(exclusive=True, group="reset.preview", exit_on_error=False)
    async def look(self, where: str) -> None:
        """Shows what a reset would do, or why it cannot be."""
        text, changes = self._obstacle, ()
        if where.strip():
            try:
                changes = tuple(await self._preview(where))
                text = "\n\n".join(filter(None, (self._obstacle, table(changes))))
            except PipelineError as error:
                text = str(error)
        self._changes = () if self._obstacle else changes
        self.query_one("#reset-preview", Static).update(printable(text))
        self.query_one("#yes", Button).disabled = not self._changes

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one("#cancel").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(self._changes if event.button.id == "yes" else ())

    def action_agree(self) -> None:
        """Agrees to what is shown; nothing is agreed to before it is."""
        if self._changes:
            self.dismiss(self._changes)

    def action_cancel(self) -> None:
        self.dismiss(())
