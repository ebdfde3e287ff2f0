"""What the home screen's strip, problems and messages ask for."""

from __future__ import annotations

import contextlib
from typing import Any

from textual import on
from textual.css.query import NoMatches

from clickstream_pipeline.model import Health, Problem
from clickstream_tui.console import Console
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.panes.base import PartWanted
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.panes.services import ServicesPane
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.panes.strip import StripBox
from clickstream_tui.remedies import remedy
from clickstream_widgets.status_table import StatusTable

# where a part is shown, as an action of the application
_PLACES = {"service": "pane(2)", "connector": "pane(3)", "stage": "pane(1)", "topic": "browse('topics')",
           "query": "browse('queries')", "source": "browse('queries')", "index": "browse('flow')"}  # fmt: skip


class HomeActions(Console):
    """Goes to the parts of the pipeline, tells problems in full, mends them, and shows what was said."""

    @on(StripBox.Open)
    async def _open_section(self, message: StripBox.Open) -> None:
        """Shows a section of the strip with what is in the greatest trouble chosen."""
        if message.name == "dashboard":
            await self.run_action("dashboard")
            return
        snapshot = self.snapshot
        sections: dict[str, tuple[str, list[Any]]] = {
            "generators": ("connector", [each for each in snapshot.connectors if each.kind == "source"]),
            "topics": ("topic", [each for each in snapshot.topics if not each.internal]),
            "queries": ("query", [*snapshot.queries]),
            "sinks": ("connector", [each for each in snapshot.connectors if each.kind == "sink"]),
            "indices": ("index", [*snapshot.indices]),
        }
        kind, parts = sections[message.name]
        worst = min(parts, key=lambda each: each.health.rank, default=None)
        name = "" if worst is None else getattr(worst, "query_id", None) or worst.name
        await self.show_part(kind, name if kind == "connector" or (worst and worst.health is not Health.OK) else "")

    @on(PartWanted)
    async def _part_wanted(self, message: PartWanted) -> None:
        await self.show_part(message.kind, message.name)

    async def show_part(self, kind: str, name: str) -> None:
        """Goes to where a part is shown, and chooses it there; "" chooses none.

        Args:
            kind: service, connector, topic, query, source, index or stage.
            name: its name.
        """
        await self.run_action(_PLACES[kind])
        if kind == "query":
            # the list has streams and tables: the one that the query writes
            found = next((each for each in self.snapshot.queries if each.query_id == name), None)
            name = next(iter(found.sinks), "") if found is not None else ""
        if name:
            self._choose(kind, name)  # now: the next key is already for it

    def _choose(self, kind: str, name: str) -> None:
        from clickstream_tui.screens.browse import BrowseScreen

        if isinstance(self.screen, BrowseScreen):
            self.screen.choose(f"index:{name}" if kind == "index" else name)
            return
        with contextlib.suppress(NoMatches):  # the screen has been left again
            self.screen.query_one(f"#{kind}s-table", StatusTable).choose(name)

    @on(StagesPane.Explain)
    def _explain(self, message: StagesPane.Explain) -> None:
        from clickstream_pipeline.health import explain

        problem = message.problem
        text = f"{explain(problem, self.snapshot)}\n\nWhat to do: {remedy(problem).words} (in the pane Problems)"
        self.push_screen(TextScreen(f"Problem: {problem.kind} {problem.name}", text))

    @on(StagesPane.Mend)
    async def _mend(self, message: StagesPane.Mend) -> None:
        problem: Problem = message.problem
        action = remedy(problem).action
        if action == "show":
            await self.show_part(problem.kind, problem.name)
        elif problem.kind == "stage":
            self.post_message(StagesPane.Run(problem.name))
        elif problem.kind == "service":
            self.post_message((ServicesPane.Start if action == "start" else ServicesPane.Restart)(problem.name))
        else:
            self.post_message((ConnectorsPane.Resume if action == "resume" else ConnectorsPane.Restart)(problem.name))

    # -- what was said -----------------------------------------------------------------------------------------

    def action_message(self) -> None:
        """The last message in full."""
        text = self.announcements.latest or "Nothing was said yet."
        self.announcements.read()
        self.push_screen(TextScreen("Message", text))

    def action_events(self) -> None:
        """Everything that happened: messages, changes, restarts, failures, alerts, commands."""
        self._open_events(commands=False)

    def action_command_log(self) -> None:
        """Every request that changed something."""
        self._open_events(commands=True)

    def _open_events(self, *, commands: bool) -> None:
        from clickstream_tui.screens.events import EventsScreen

        if not isinstance(self.screen, EventsScreen):
            self.push_screen(EventsScreen(commands=commands))
