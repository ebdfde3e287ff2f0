"""One connector in full: its tasks with their traces, its offsets, its configuration, and where its dead letters go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.binding import Binding

from clickstream_pipeline.connector_offsets import OffsetPlan, plan
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.group_readers import group_of
from clickstream_pipeline.model import Connector, OffsetChange, Snapshot, Task
from clickstream_tui.panes.base import badge, lasting
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_tui.screens.reset_offsets import WAYS, ResetScreen, table
from clickstream_tui.screens.topic_tail import TopicTailScreen
from clickstream_widgets.figures import count, rate
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

_STATES = {"RUNNING": "good", "FAILED": "bad", "PAUSED": "off", "STOPPED": "off"}
_DEAD_LETTERS = "errors.deadletterqueue.topic.name"
_WHOLE = "connector"
_SINK_WAYS = f"reset (all offsets are forgotten) · {WAYS}"
_SOURCE_WAYS = (
    "reset (all offsets are forgotten) · an offset as JSON, as it is shown: for all partitions, or for one as "
    '{"partition": …, "offset": …}'
)


class ConnectorScreen(BrowseScreen):
    """A row for the connector and one for each task; one that has failed is chosen at first.

    BINDINGS:
        | key | does |
        |---|---|
        | r | restarts the task under the cursor, or the connector with all its tasks |
        | F | restarts what has failed |
        | s, S | stops it, starts it again |
        | R | moves or forgets its offsets: shows first what that does, then asks |
        | m | shows the records of its topic; on a sink with dead letters, these |

    Args:
        name: of the connector.
    """

    title_text = "Connector"
    columns = ("state", "part", "worker", "why")
    priority = ("worker", "why")
    hint = "r restarts the chosen task · F what failed · s stops · S starts · R offsets · m its records, or its dead letters"
    server = "Connect"
    CHANGES = frozenset({"restart", "restart_failed", "stop", "start", "offsets"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("r", "restart", "Restart", id="connector.restart", tooltip="Restart the chosen task, or all of the connector"),
        Binding("F", "restart_failed", "Restart failed", id="connector.failed", tooltip="Restart what has failed"),
        Binding("s", "stop", "Stop", id="connector.stop", tooltip="Stop the connector: its tasks end; asks first"),
        Binding("S", "start", "Start", show=False, id="connector.start", tooltip="Start it again"),
        Binding("R", "offsets", "Reset offsets", id="connector.offsets",
                tooltip="Move or forget its offsets: shows first what that does, then asks"),
        Binding("m", "records", "Records", id="connector.records", tooltip="The records of its topic, or its dead letters"),
    ]  # fmt: skip

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._began = False

    @property
    def heading(self) -> str:
        return f"Connector {one_line(self._name)}"

    @property
    def _connector(self) -> Connector | None:
        return next((each for each in self.console.snapshot.connectors if each.name == self._name), None)

    def _state(self) -> str:
        snapshot = self.console.snapshot
        if snapshot.number and self._connector is None:
            return f"gone: there is no connector {one_line(self._name)}"
        return super()._state()

    def rows(self, snapshot: Snapshot) -> list[Row]:
        found = next((each for each in snapshot.connectors if each.name == self._name), None)
        if found is None:
            return []
        failed = next((task for task in found.tasks if task.state == "FAILED"), None)
        if failed is not None and not self._began:
            self._wanted = str(failed.number)
        self._began = True
        whole = (badge(_STATES.get(found.state, "waiting"), found.state), "connector", "", one_line(found.why, 60))
        return [(_WHOLE, whole), *((str(task.number), self._cells(task)) for task in found.tasks)]

    @staticmethod
    def _cells(task: Task) -> tuple[object, ...]:
        why = task.trace.splitlines()[0] if task.trace else ""
        state = badge(_STATES.get(task.state, "waiting"), task.state)
        return state, f"task {task.number}", task.worker, Text(one_line(why, 60), "red" if why else "")

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        found = self._connector
        if found is None:
            return "It is not there any more."
        if key != _WHOLE:
            task = next((each for each in found.tasks if str(each.number) == key), None)
            return (
                ""
                if task is None
                else f"task {key}: {task.state} on {task.worker}\n\n{task.trace or 'It has no trace.'}"
            )
        facts: list[tuple[str, Any]] = [
            ("class", found.class_name), ("kind", found.kind), ("topics", ", ".join(found.topics)),
            ("rate", rate(found.rate)), ("lag", count(found.lag)),
        ]  # fmt: skip
        if (letters := dict(found.config).get(_DEAD_LETTERS)) is not None:
            facts.append(("dead letters", letters))
        why = [f"{found.health.value} {lasting(found.since)}: {found.why}", ""] if found.why else []
        try:
            offsets = [
                f"{_place(each['partition'])}: {_place(each['offset'])}"
                for each in await pipeline.connect.offsets(found.name)
            ]
        except PipelineError as error:
            offsets = [str(error)]
        return "\n".join([found.name, "", *why, listing(facts), "", "offsets", *(offsets or ["none yet"]), "",
                          "configuration", listing(found.config), *(["", found.trace] if found.trace else [])])  # fmt: skip

    def action_restart(self) -> None:
        """Restarts the chosen part."""
        key, pipeline = self.selected, self.console.pipeline
        if key is None or pipeline is None:
            return
        name, operations = self._name, pipeline.operations
        if key == _WHOLE:
            self.console.change(
                f"restart {name}", lambda: operations.connector("restart", name), kind="connector", target=name
            )
        else:
            self.console.change(f"restart task {key} of {name}", lambda: operations.restart_task(name, int(key)),
                                kind="connector", target=name)  # fmt: skip

    def action_restart_failed(self) -> None:
        """Restarts what has failed of it, and leaves the rest."""
        pipeline = self.console.pipeline
        if pipeline is not None:
            self.console.change(f"restart what failed of {self._name}", lambda: pipeline.operations.restart_failed(self._name),
                                kind="connector", target=self._name)  # fmt: skip

    def action_stop(self) -> None:
        """Stops it, as in the pane: asks first."""
        self.post_message(ConnectorsPane.Stop(self._name))

    def action_start(self) -> None:
        """Starts it again."""
        self.post_message(ConnectorsPane.Resume(self._name))

    def action_offsets(self) -> None:
        """Asks where its offsets are to be, shows what that does, and sends it once that was agreed to."""
        found, pipeline = self._connector, self.console.pipeline
        if found is None or pipeline is None:
            return
        name = found.name

        async def moves(where: str) -> Sequence[OffsetChange]:
            return await pipeline.kafka.preview_group_reset(group_of(found), where)

        async def previewed(where: str) -> tuple[str, OffsetPlan]:
            wanted = await plan(found.kind, await pipeline.connect.offsets(name), where, moves)
            return planned(found.kind, wanted), wanted

        def answered(wanted: OffsetPlan | None) -> None:
            if wanted is not None:
                self.console.change(f"reset offsets of {name}", lambda: pipeline.operations.connector_offsets(name, wanted),
                                    kind="connector", target=name)  # fmt: skip

        ways = _SINK_WAYS if found.kind == "sink" else _SOURCE_WAYS
        title = f"Reset the offsets of {name}"
        self.app.push_screen(ResetScreen(title, previewed, ways=ways, obstacle=running(found)), answered)

    def action_records(self) -> None:
        """Goes to its records."""
        found = self._connector
        topic = "" if found is None else dict(found.config).get(_DEAD_LETTERS) or next(iter(found.topics), "")
        if topic:
            self.app.push_screen(TopicTailScreen(topic))
        else:
            self.note("The connector names no topic.")


def running(connector: Connector) -> str:
    """Why Connect would not touch the offsets of a connector now, "" where it would."""
    if connector.state == "STOPPED":
        return ""
    return f"{connector.name} is {connector.state}, and Connect moves offsets only of a connector that is STOPPED: s stops it."


def planned(kind: str, wanted: OffsetPlan) -> str:
    """What a plan does, in words."""
    if wanted.pairs is None:
        again = "reads its topics from the beginning" if kind == "sink" else "begins anew"
        gone = [f"{_place(each['partition'])}: {_place(each['offset'])} is forgotten" for each in wanted.before]
        return "\n".join([*(gone or ["It has no offset yet."]), "", f"Once it is started it {again}."])
    if kind == "sink":
        return table(wanted.changes)
    before = {_place(each["partition"]): _place(each["offset"]) for each in wanted.before}
    return "\n".join(
        f"{(partition := _place(each['partition']))}: from {before.get(partition, '–')} to {_place(each['offset'])}"
        for each in wanted.pairs
    )


def _place(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 120)
