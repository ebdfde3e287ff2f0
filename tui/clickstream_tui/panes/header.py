"""The line above all: which pipeline, in which profile, what is special about it, what is wrong, and the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.color import Color, ColorParseError
from textual.containers import Horizontal
from textual.widgets import Static

from clickstream_pipeline.model import Health, Snapshot, StageState
from clickstream_widgets.safe_text import one_line


class Header(Horizontal):
    """One line. Each half is drawn again only when what it says has changed: the clock alone every second.

    Args:
        profile: the name of the profile in force.
        color: its colour, "" for none.
        clock: seconds since the epoch.
    """

    DEFAULT_CSS = """
    Header { height: 1; background: $panel; }
    Header > #header-text { width: 1fr; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Header > #header-clock { width: 9; height: 1; }
    """

    def __init__(self, profile: str, color: str = "", clock: Callable[[], float] = time.time) -> None:
        super().__init__(id="header")
        self._profile = profile
        self._color = color
        self._clock = clock
        self._shown = Text()
        self._time = ""

    def compose(self) -> ComposeResult:
        yield Static(self._line(Snapshot(), "", ""), id="header-text", markup=False)
        yield Static("", id="header-clock", markup=False)

    def on_mount(self) -> None:
        self.tick()
        self.set_interval(1.0, self.tick)

    def tick(self) -> None:
        """Shows the time, where it has changed."""
        now = datetime.fromtimestamp(self._clock()).astimezone().strftime("%H:%M:%S")
        if now != self._time:
            self._time = now
            self.query_one("#header-clock", Static).update(now, layout=False)

    def show(self, snapshot: Snapshot, badge: str, alerts: str) -> None:
        """Shows the pipeline's state.

        Args:
            snapshot: the latest one.
            badge: what is special, as READ-ONLY or REPLAY with its place; "" for nothing.
            alerts: the names of the alerts that hold; "" for none.
        """
        line = self._line(snapshot, badge, alerts)
        if line != self._shown:
            self._shown = line
            self.query_one("#header-text", Static).update(line, layout=False)

    def _line(self, snapshot: Snapshot, badge: str, alerts: str) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis", end="")
        line.append(" clickstream ", "bold")
        line.append(f" {one_line(self._profile, 40)} ", self._profile_style)
        if badge:
            line.append(" ").append(f" {one_line(badge, 60)} ", "bold black on yellow")
        # a stage that is still to do is no problem, but the way there
        problems = [each for each in snapshot.problems if each.kind != "stage" or each.health is Health.FAILED]
        count = len(problems)
        if not snapshot.number:
            line.append("  … loading", "dim")
        elif count:
            failed = any(each.health is Health.FAILED for each in problems)
            words = f"  {'✗' if failed else '▲'} {count} problem{'s' if count > 1 else ''}"
            line.append(words, "bold red" if failed else "bold yellow")
        elif any(not server.ok for server in snapshot.servers):
            line.append("  ✗ unreachable", "bold red")
        elif not snapshot.ready and snapshot.stages:
            done = sum(each.state is StageState.DONE for each in snapshot.stages)
            line.append(f"  … {done} of {len(snapshot.stages)} stages done", "yellow")
        elif snapshot.ready:
            line.append("  ✓ all well", "green")
        if alerts:
            line.append(f"  ⚠ {one_line(alerts, 40)} (!)", "bold yellow")
        return line

    @property
    def _profile_style(self) -> Style:
        """The profile's colour behind its name; one that is none is left out."""
        try:
            color = Color.parse(self._color) if self._color else None
        except ColorParseError:
            color = None
        if color is None:
            return Style(bold=True, reverse=True)
        return Style(bold=True, color=color.get_contrast_text(1.0).rich_color, bgcolor=color.rich_color)
