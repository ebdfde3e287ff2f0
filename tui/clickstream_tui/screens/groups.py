"""Consumer groups: who reads what, how far behind, whether that grows, and how long it lasts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.group_watch import GroupWatch
from clickstream_pipeline.model import ConsumerGroup, OffsetChange, Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_tui.screens.reset_offsets import ResetScreen
from clickstream_widgets.figures import Figure, count, span
from clickstream_widgets.status_table import Row

_STATES = {"STABLE": "● stable", "EMPTY": "○ empty", "DEAD": "✗ dead", "PREPARING_REBALANCING": "… rebalancing",
           "COMPLETING_REBALANCING": "… rebalancing"}  # fmt: skip


class GroupsScreen(BrowseScreen):
    """All consumer groups, the one that lags most first.

    BINDINGS:
        | key | does |
        |---|---|
        | R | resets the offsets: shows what that skips and repeats, then asks |
    """

    title_text = "Consumer groups"
    columns = ("state", "group", "lag", "trend", "to clear", "members", "topics")
    priority = ("topics", "members", "to clear", "trend")
    sort = "-lag"
    stretch = "group"
    hint = "o sorts · / filters · R resets offsets (shows first what that does) · esc goes back"
    server = "Kafka"
    CHANGES = frozenset({"reset"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("R", "reset", "Reset offsets", id="groups.reset",
                tooltip="Reset the group's offsets: shows what is skipped and repeated, then asks"),
    ]  # fmt: skip

    def __init__(self, *, select: str = "", search: str = "") -> None:
        super().__init__(select=select, search=search)
        self._groups: dict[str, ConsumerGroup] | None = None
        self._watch = GroupWatch()
        self._asked = 0.0  # monotonic seconds of the last answer
        self._problem = ""
        self._asking = False

    def rows(self, snapshot: Snapshot) -> list[Row]:
        self.ask()
        return self._shown()

    def _shown(self) -> list[Row]:
        return [(group.name, cells(group)) for group in (self._groups or {}).values()]

    @work(group="groups.ask", exit_on_error=False)
    async def ask(self) -> None:
        """Asks for all groups; a failure leaves what was known, with its age."""
        pipeline = self.console.pipeline
        if pipeline is None or self._asking:  # an answer may take longer than the time between two looks
            return
        self._asking = True
        try:
            found = await pipeline.kafka.groups()
        except PipelineError as error:
            self._problem = str(error)
        else:
            self._problem, self._asked = "", time.monotonic()
            self._groups = {group.name: group for group in self._watch.with_trends(found, self._asked)}
        finally:
            self._asking = False
        self._rows = self._shown()
        self._show_rows()
        self.describe()

    def _state(self) -> str:
        if self._problem:
            if self._groups is None:
                return f"unreachable: {self._problem}"
            return f"stale, last data of {time.monotonic() - self._asked:.0f} s ago: {self._problem}"
        if self._groups is None:
            return "loading: asking for the groups …"
        return "" if self._groups else "empty: no consumer group has committed anything yet"

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        group = (self._groups or {}).get(key)
        return described(group) if group is not None else "It is not there any more."

    def action_reset(self) -> None:
        group = (self._groups or {}).get(self.selected or "")
        pipeline = self.console.pipeline
        if group is None or pipeline is None:
            return

        async def previewed(where: str) -> Sequence[OffsetChange]:
            return await pipeline.kafka.preview_group_reset(group.name, where)

        def answered(changes: Sequence[OffsetChange] | None) -> None:
            if changes:
                self.console.change(f"reset offsets of {group.name}",
                                    lambda: pipeline.operations.reset_offsets(group.name, changes),
                                    kind="group", target=group.name)  # fmt: skip

        self.app.push_screen(ResetScreen(group, previewed), answered)


def cells(group: ConsumerGroup) -> tuple[object, ...]:
    """A group as the cells of a row."""
    topics = ", ".join(sorted({place.topic for place in group.partitions}))
    return (
        Text(_STATES.get(group.state, group.state.lower()), "green" if group.state == "STABLE" else ""), group.name,
        count(group.lag), trend(group), to_clear(group), len(group.members), topics,
    )  # fmt: skip


def trend(group: ConsumerGroup) -> Figure:
    """How the lag changes, in records a second, with an arrow."""
    if group.trend is None:
        return Figure(None)
    arrow = "→" if abs(group.trend) < 0.5 else "↗" if group.trend > 0 else "↘"
    return Figure(group.trend, f"{arrow} {group.trend:+.0f}/s" if arrow != "→" else arrow)


def to_clear(group: ConsumerGroup) -> Figure:
    """How long the lag lasts as it is worked off now."""
    left = group.seconds_to_clear
    if left == 0:
        return Figure(0.0, "clear")
    return Figure(left, "never: it does not shrink") if left is None and group.lag and group.trend is not None else (
        Figure(None) if left is None else Figure(left, span(left))
    )  # fmt: skip


def described(group: ConsumerGroup) -> str:
    """A group in full: what each partition has left, and who reads it."""
    places = [
        (f"{place.topic}-{place.partition}",
         f"at {'–' if place.committed is None else f'{place.committed:,}'} of {place.end:,}, lag {place.lag:,}")
        for place in group.partitions
    ]  # fmt: skip
    lines = [group.name, "", listing([("state", group.state.lower()), ("lag", count(group.lag)),
             ("trend", trend(group)), ("to clear", to_clear(group))]), "", listing(places)]  # fmt: skip
    for member in group.members:
        assigned = ", ".join(f"{topic}-{number}" for topic, number in member.assigned) or "no partition"
        lines += ["", f"member {member.client_id} at {member.host}: {assigned}"]
    return "\n".join(lines if group.members else [*lines, "", "No member: nobody reads in this group now."])
