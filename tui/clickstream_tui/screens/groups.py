"""Consumer groups: who reads what, how far behind, whether that grows, and how long it lasts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding

from clickstream_pipeline import group_readers
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.group_watch import GroupWatch
from clickstream_pipeline.model import ConsumerGroup, OffsetChange, Snapshot
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_tui.screens.reset_offsets import ResetScreen, table
from clickstream_widgets.figures import Figure, count, span
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

_STATES = {"STABLE": "● stable", "EMPTY": "○ empty", "DEAD": "✗ dead", "PREPARING_REBALANCING": "… rebalancing",
           "COMPLETING_REBALANCING": "… rebalancing"}  # fmt: skip


class GroupsScreen(BrowseScreen):
    """All consumer groups, the one that lags most first.

    BINDINGS:
        | key | does |
        |---|---|
        | R | resets the offsets: shows what that skips and repeats, then asks |
        | D | deletes the group with its offsets, once that was agreed to |
    """

    title_text = "Consumer groups"
    columns = ("state", "group", "lag", "trend", "to clear", "members", "topics")
    priority = ("topics", "members", "to clear", "trend")
    sort = "-lag"
    stretch = "group"
    hint = "o sorts · / filters · R resets offsets (shows first what that does) · D deletes · esc goes back"
    server = "Kafka"
    CHANGES = frozenset({"reset", "delete"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("R", "reset", "Reset offsets", id="groups.reset",
                tooltip="Reset the group's offsets: shows what is skipped and repeated, then asks"),
        Binding("D", "delete", "Delete", id="groups.delete", tooltip="Delete the group with its offsets; asks first"),
    ]  # fmt: skip

    def __init__(
        self, *, select: str = "", search: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        super().__init__(select=select, search=search)
        self._clock = clock
        self._groups: dict[str, ConsumerGroup] | None = None
        self._watch = GroupWatch()
        self._asked = 0.0  # monotonic seconds of the last answer
        self._problem = ""
        self._asking = False

    @property
    def is_awaiting(self) -> bool:
        return self._groups is None and not self._problem

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
            self.fail(str(error))
        else:
            self.take(found)
        finally:
            self._asking = False

    def take(self, found: Sequence[ConsumerGroup]) -> None:
        """Shows the groups as they are now."""
        self._problem, self._asked = "", self._clock()
        self._groups = {group.name: group for group in self._watch.with_trends(found, self._asked)}
        self._update()

    def fail(self, reason: str) -> None:
        """Says why there is nothing new; what was known stays, with its age."""
        self._problem = reason
        self._update()

    def _update(self) -> None:
        self._rows = self._shown()
        self._show_rows()
        self.arrived()
        self.describe()

    def _state(self) -> str:
        if self._problem:
            if self._groups is None:
                return f"unreachable: {self._problem}"
            return f"stale, last data of {self._clock() - self._asked:.0f} s ago: {self._problem}"
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

        async def previewed(where: str) -> tuple[str, Sequence[OffsetChange] | None]:
            changes = await pipeline.kafka.preview_group_reset(group.name, where)
            return table(changes), changes or None

        def answered(changes: Sequence[OffsetChange] | None) -> None:
            if changes:
                self.console.change(f"reset offsets of {group.name}",
                                    lambda: pipeline.operations.reset_offsets(group.name, changes),
                                    kind="group", target=group.name)  # fmt: skip

        title = f"Reset the offsets of {group.name}"
        obstacle = self._obstacle(group.name) or with_members(group)
        self.app.push_screen(ResetScreen(title, previewed, obstacle=obstacle), answered)

    def _obstacle(self, name: str) -> str:
        """Which query or connector holds the offsets of a group, "" for none."""
        snapshot = self.console.snapshot
        return group_readers.obstacle(name, snapshot.queries, snapshot.connectors)

    def action_delete(self) -> None:
        """Deletes the chosen group; asks first, and names who is in it. One that is held by a query or a connector is not."""
        group = (self._groups or {}).get(self.selected or "")
        pipeline = self.console.pipeline
        if group is None or pipeline is None:
            return
        if obstacle := self._obstacle(group.name):
            self.console.say(f"{group.name} is not deleted. {obstacle}", failed=True)
            return
        self.console.change(f"delete the group {group.name}", lambda: pipeline.operations.delete_group(group.name),
                            question=deletion(group), yes="Delete", kind="group", target=group.name)  # fmt: skip


def deletion(group: ConsumerGroup) -> str:
    """The question before a group is deleted: what is lost, and who is in it."""
    topics = ", ".join(sorted({place.topic for place in group.partitions})) or "no topic"
    lost = f"Its offsets are lost ({topics}): who reads in it next begins where auto.offset.reset says."
    names = [f"{member.client_id} at {member.host}" for member in group.members]
    some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    members = f"\nMembers, with which Kafka refuses this: {some}." if names else "\nIt has no members."
    return f"Delete the consumer group {group.name}?\n{lost}{members}"


def with_members(group: ConsumerGroup) -> str:
    """Why Kafka moves no offsets of a group now, "" where it does."""
    count = len(group.members)
    if not count:
        return ""
    members = f"{count} member{'s' if count > 1 else ''}"
    return f"It has {members}, and Kafka moves offsets only of a group without: stop its consumers first."


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
