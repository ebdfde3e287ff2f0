"""Consumer groups: who reads, how far behind, and how long it takes; their offsets can be moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.group_watch import GroupWatch
from clickstream_pipeline.model import ConsumerGroup, Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_tui.screens.offsets import OffsetsScreen
from clickstream_widgets.status_table import Row


def lasting(seconds: float | None) -> str:
    """A time that is to pass, in the largest unit that tells it."""
    if seconds is None:
        return "–"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def trend(group: ConsumerGroup) -> str:
    """Whether the lag grows or shrinks, and by how many records a second."""
    if group.trend is None or group.lag is None:
        return "–"
    if abs(group.trend) < 0.05:
        return "steady"
    return f"{'▲' if group.trend > 0 else '▼'} {abs(group.trend):,.1f}/s"


class GroupsScreen(BrowseScreen):
    """All groups of the cluster, that with the largest lag first."""

    title_text = "Consumer groups"
    columns = ("group", "state", "members", "lag", "trend", "to clear")
    priority = ("members", "to clear", "trend")
    hint = "the largest lag comes first · o moves offsets, after a preview · esc goes back"
    server = "Kafka"
    CHANGES = frozenset({"offsets"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("o", "offsets", "Offsets", id="groups.offsets",
                tooltip="Move the group's offsets: shows first what that skips or repeats"),
    ]  # fmt: skip

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._watch = GroupWatch()
        self._groups: tuple[ConsumerGroup, ...] = ()
        self._looked: float | None = None  # when the groups were last had
        self._problem = ""
        self._looking = False

    def rows(self, snapshot: Snapshot) -> list[Row]:
        groups = self._groups if self._looked is not None else self._watch.with_trends(snapshot.groups, self._clock())
        return [
            (group.name, (
                group.name, group.state.lower() or "–", len(group.members) if self._looked is not None else "–",
                "–" if group.lag is None else f"{group.lag:,}", trend(group), lasting(group.seconds_to_clear),
            ))
            for group in groups
        ]  # fmt: skip

    def note_of_state(self) -> str:
        if self._problem and self._looked is not None:
            return f"{self._problem} · shown is what was {lasting(self._clock() - self._looked)} ago"
        return self._problem or ("" if self._looked is not None or self.console.pipeline is None else "asking Kafka …")

    def reload(self) -> None:
        super().reload()
        self._look()

    @work(group="groups.look", exit_on_error=False)
    async def _look(self) -> None:
        """Asks for all groups, unless that is being done."""
        pipeline = self.console.pipeline
        if pipeline is None or self._looking:
            return
        self._looking = True
        try:
            self._groups = self._watch.with_trends(await pipeline.kafka.groups(), self._clock())
            self._looked, self._problem = self._clock(), ""
        except PipelineError as error:
            self._problem = str(error)
        finally:
            self._looking = False
        if self.is_mounted:
            super().reload()

    def _group(self, name: str | None) -> ConsumerGroup | None:
        known = self._groups if self._looked is not None else self.console.snapshot.groups
        return next((group for group in known if group.name == name), None)

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        group = self._group(key)
        if group is None:
            return "It is not there any more."
        facts = [("state", group.state.lower() or "–"), ("lag", "–" if group.lag is None else f"{group.lag:,}"),
                 ("trend", trend(group)), ("to clear", lasting(group.seconds_to_clear))]  # fmt: skip
        lines = [key, "", listing(facts), "", "PARTITIONS"]
        lines += [
            f"{place.topic}-{place.partition}: "
            + ("nothing committed" if place.committed is None else f"at {place.committed:,}")
            + f" of {place.end:,}, lag {place.lag:,}"
            for place in group.partitions
        ] or ["none: it has committed nothing"]
        lines += ["", "MEMBERS"]
        for member in group.members:
            held = ", ".join(f"{topic}-{number}" for topic, number in member.assigned) or "no partition"
            lines.append(f"{member.client_id} at {member.host}: {held}")
        return "\n".join(lines if group.members else [*lines, "none: nothing reads for it now"])

    def action_offsets(self) -> None:
        """Opens the way to move offsets; what it would do is shown before it is done."""
        group, pipeline = self._group(self.selected), self.console.pipeline
        if group is None or pipeline is None:
            self.note("There is no group to move offsets of." if pipeline else "The stack is still starting.")
            return
        topics = sorted({place.topic for place in group.partitions})
        if not topics:
            self.note(f"{group.name} has committed nothing, so there is nothing to move.")
            return
        self.app.push_screen(OffsetsScreen(pipeline, group, topics))
