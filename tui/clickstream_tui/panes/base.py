"""What all panes share: a border with a number and a title, a snapshot to show, and messages to the controllers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from clickstream_pipeline.model import Health, Snapshot
from clickstream_tui.guard import Guarded
from clickstream_widgets.framed import Framed

_STYLES = {
    "good": ("✓", "green"),
    "waiting": ("…", "yellow"),
    "warning": ("▲", "yellow"),
    "bad": ("✗", "bold red"),
    "off": ("‖", "cyan"),
    "none": ("·", "dim"),
}


def badge(kind: str, text: str) -> Text:
    """A state as a sign and a word, so that colour is never alone."""
    sign, style = _STYLES[kind]
    return Text(f"{sign} {text}", style=style, no_wrap=True)


def health_kind(health: Health, otherwise: str) -> str:
    """The look of a part's health; `otherwise` is that of its state, for a part that is well or not known."""
    return {Health.FAILED: "bad", Health.DEGRADED: "warning"}.get(health, otherwise)


def lasting(since: int, now: float | None = None) -> str:
    """How long something has been so, from epoch ms: `12 s`, `3 min`, `2 h`; "" where it is not known."""
    if not since:
        return ""
    seconds = max((time.time() if now is None else now) - since / 1000, 0)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def state_note(snapshot: Snapshot, server: str, *, rows: bool, empty: str, clock: float | None = None) -> str:
    """What is to be said of a list: loading, unreachable, stale with its age, empty; "" while it is as it should be.

    Args:
        snapshot: the latest one.
        server: the name of the server that the list is asked of.
        rows: whether the list shows something.
        empty: what is said where the server answers that there is nothing.
        clock: monotonic seconds; now by default.
    """
    if not snapshot.number:
        return "loading: waiting for the first look at the servers …"
    found = next((each for each in snapshot.servers if each.name == server), None)
    if found is None or found.ok:
        return "" if rows else empty
    if not rows or found.since is None:
        return f"unreachable: {found.reason}"
    age = (time.monotonic() if clock is None else clock) - found.since
    return f"stale, last data of {age:.0f} s ago: {found.reason}"


@dataclass
class PartWanted(Message):
    """A part of the pipeline is to be shown where it can be worked on: its kind (connector, topic, query …) and name."""

    kind: str
    name: str


class Pane(Guarded, Framed, Vertical):
    """A pane. Subclasses override `show`."""

    title: ClassVar[str] = ""
    number: ClassVar[int] = 0

    def on_mount(self) -> None:
        self.border_title = f"{self.number} {self.title}"

    def show(self, snapshot: Snapshot) -> None:
        """Shows what the snapshot says of this pane's things."""

    @property
    def main_widget(self) -> Widget | None:
        """What has the focus when the pane is gone to."""
        if self.can_focus:
            return self
        return next((widget for widget in self.query("*") if widget.focusable and widget.display), None)

    def focus_inside(self) -> None:
        """Gives the focus to the pane's main widget, now: the next key is already for it."""
        widget = self.main_widget
        if widget is not None:
            self.screen.set_focus(widget)
