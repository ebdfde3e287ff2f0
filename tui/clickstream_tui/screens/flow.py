"""The flow of records from connectors to indices, as a tree; what leads to something broken comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.widgets import DataTable

from clickstream_pipeline import lineage as flow
from clickstream_pipeline.model import Health, Snapshot
from clickstream_tui.panes.base import PartWanted
from clickstream_tui.panes.strip import per_second, waiting
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_widgets.safe_text import one_line, shortened
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

_LOOK = {
    Health.FAILED: ("✗", "bold red"),
    Health.DEGRADED: ("▲", "yellow"),
    Health.OK: ("✓", "green"),
    Health.UNKNOWN: (" ", ""),
}
_TRACE = 4_000  # characters of a task's trace beside the tree; the connector's own page has all of it


_WIDE = 110  # cells from which on edges are drawn as long as each other
_STATE = 28  # cells that a narrower screen keeps for a state, with the frame and the paddings; names lose their middle
_NAME = 12  # cells of a name at least


def _edge(node: flow.Node) -> str:
    """What flows into a part, as it stands on the edge: `66/s, 1.2k wait`."""
    edge = node.edge
    known = [] if edge.rate is None else [per_second(edge.rate)]
    known += [] if edge.lag is None else [f"{waiting(edge.lag)} wait"]
    return f"{', '.join(known)} " if known else ""


class FlowScreen(BrowseScreen):
    """Every part in its place with its state; on the edge into it the records a second, and those that wait there."""

    title_text = "Flow: connector → topic (stream or table) → query → topic → sink → index"
    columns = ("part", "state")
    stretch = "state"
    hint = "enter opens the part · / filters · esc goes back"
    BINDINGS: ClassVar[list[Any]] = [
        Binding("enter", "open", "Open", show=False, id="flow.open", tooltip="Open the part where it can be worked on"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, flow.Line] = {}

    def place(self, width: int) -> None:
        """The tree is wide: the detail stands below it but on the widest screens."""
        super().place(width if width >= 180 else 0)

    def rows(self, snapshot: Snapshot) -> list[Row]:
        self._lines = {}
        for line in flow.lines(flow.build(snapshot)):
            # a topic that is read twice has two places
            key, again = line.node.key, 1
            while key in self._lines:
                again += 1
                key = f"{line.node.key}#{again}"
            self._lines[key] = line
        # the edges are as long as the longest, so that parts side by side stand below each other, where there is room
        is_wide = self.size.width >= _WIDE
        length = max((len(_edge(line.node)) for line in self._lines.values()), default=0) if is_wide else 0
        room = self.size.width if is_wide else max(self.size.width - _STATE, _STATE)
        return [(key, self._cells(line, length, room)) for key, line in self._lines.items()]

    @staticmethod
    def _cells(line: flow.Line, length: int, room: int) -> tuple[object, ...]:
        """The path to what is broken is in its colour, and what is broken has its sign: colour is never alone."""
        node = line.node
        sign, style = _LOOK[node.health]
        bad = style if node.health in (Health.FAILED, Health.DEGRADED) else ""
        path = {Health.FAILED: "red", Health.DEGRADED: "yellow"}.get(node.worst, "")
        label = Text(line.indent, path or "dim", no_wrap=True, overflow="ellipsis")
        if line.indent:
            edge = _edge(node)
            label.append(edge, bad or path or "default").append(f"{'─' * (length - len(edge))}▶ ", path or "dim")
        label.append(f"{sign} ", style)
        name = Text(one_line(node.label, 60), bad or path)
        label.append(shortened(name, max(room - label.cell_len, _NAME)))
        return label, Text(one_line(node.state, 200), bad, no_wrap=True, overflow="ellipsis")

    @on(DataTable.RowSelected)
    def _entered_row(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        line = self._lines.get(self.selected or "")
        if line is not None and line.node.kind != "index":  # an index is shown here only
            self.post_message(PartWanted(line.node.kind, line.node.name))

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        line = self._lines.get(key)
        if line is None:
            return ""
        node, snapshot = line.node, self.console.snapshot
        head = [f"{node.kind} {node.label if node.kind == 'topic' else node.name}", node.state, ""]
        head += [listing([("rate", per_second(node.rate)), ("lag", waiting(node.lag))]), ""]
        if node.kind == "topic":
            found = await pipeline.kafka.describe_topic(node.name)
            places = [
                (f"partition {p['partition']}", f"offsets {p['first']:,} to {p['next']:,}") for p in found["partitions"]
            ]
            return "\n".join([*head, listing(places)])
        if node.kind == "query":
            query = next((q for q in snapshot.queries if q.query_id == node.name), None)
            return "\n".join([*head, query.text if query else ""])
        if node.kind == "connector":
            connector = next((c for c in snapshot.connectors if c.name == node.name), None)
            tasks = [f"task {t.number}: {t.state}\n{t.trace[:_TRACE]}" for t in connector.tasks] if connector else []
            return "\n".join([*head, *tasks])
        return "\n".join(head)
