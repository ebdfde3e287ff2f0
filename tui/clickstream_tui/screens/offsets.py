"""Moving the offsets of a consumer group: where to, what that skips or repeats, and only then the deed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Select, Static

from clickstream_pipeline.clients.kafka_groups import ResetTo
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import ConsumerGroup, OffsetChange
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.console import console_of
from clickstream_widgets.safe_text import one_line, printable

_PLACES = "earliest · latest · -1h (ago; s, m, h, d) · 2026-01-31T12:00 · -100 or +100 (a shift) · 4711 (an offset)"


def preview_text(changes: Sequence[OffsetChange]) -> str:
    """What would happen, a line a partition, and in sum."""
    lines = [
        f"{each.topic}-{each.partition}: {'nothing committed' if each.before is None else f'{each.before:,}'} → {each.after:,}"
        + (f", skips {each.skipped:,} records" if each.skipped else "")
        + (f", repeats {each.repeated:,} records" if each.repeated else "")
        + ("" if each.skipped or each.repeated else ", no change")
        for each in changes
    ]
    skipped, repeated = sum(each.skipped for each in changes), sum(each.repeated for each in changes)
    lines.append(f"In all {skipped:,} records are never read, and {repeated:,} are read again.")
    return "\n".join(lines)


class OffsetsScreen(ModalScreen[None]):
    """Asks for a place, shows what a reset to it would do, and does it when told to."""

    BINDINGS = [
        Binding("escape", "dismiss", "Cancel"),
        Binding("y", "reset", "Reset", show=False),
        Binding("n", "dismiss", "Cancel", show=False),
    ]

    def __init__(self, pipeline: PipelineSession, group: ConsumerGroup, topics: Sequence[str]) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._group = group
        self._topics = list(topics)
        self._changes: tuple[OffsetChange, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide offsets"):
            yield Static(printable(f"Move the offsets of {self._group.name} to:"), markup=False)
            if len(self._topics) > 1:
                yield Select([(one_line(name), name) for name in self._topics], value=self._topics[0],
                             allow_blank=False, id="offsets-topic")  # fmt: skip
            yield Input(placeholder="-1h", id="offsets-to")
            yield Static(_PLACES + " · enter shows what it does", classes="note", markup=False)
            yield Static(self._warning(), id="offsets-preview", markup=False)
            with Horizontal():
                yield Button("Cancel (n)", id="cancel")
                reset = Button("Reset (y)", id="yes", variant="error")
                reset.disabled = True
                yield reset

    def _warning(self) -> str:
        if not self._group.members:
            return ""
        return (f"It has {len(self._group.members)} members now: Kafka moves offsets only of a group without. "
                "Stop or pause its consumers first.")  # fmt: skip

    def on_mount(self) -> None:
        self.query_one("#offsets-to", Input).focus()

    @property
    def _topic(self) -> str:
        return str(self.query_one("#offsets-topic", Select).value) if len(self._topics) > 1 else self._topics[0]

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self) -> None:
        """What is shown no longer belongs to what is typed."""
        self._show((), self._warning())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self._look(event.value)

    @work(exclusive=True, group="offsets.look", exit_on_error=False)
    async def _look(self, text: str) -> None:
        self._show((), "asking Kafka …")
        try:
            place = ResetTo.parse(text, time.time())
            changes = await self._pipeline.kafka.preview_reset(self._group.name, self._topic, place)
        except PipelineError as error:
            self._show((), str(error))
            return
        self._show(changes, preview_text(changes))
        self.query_one("#cancel", Button).focus()

    def _show(self, changes: tuple[OffsetChange, ...], text: str) -> None:
        self._changes = changes
        self.query_one("#yes", Button).disabled = not changes
        self.query_one("#offsets-preview", Static).update(printable(text))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "yes":
            self.action_reset()
        else:
            self.dismiss()

    def action_reset(self) -> None:
        """Does what is shown; nothing before something is shown."""
        changes, name = self._changes, self._group.name
        if not changes:
            return

        async def call() -> None:
            await self._pipeline.operations.reset_offsets(name, changes)

        console = console_of(self)
        self.dismiss()
        console.change(f"reset offsets of {name}", call, kind="group", target=name)
