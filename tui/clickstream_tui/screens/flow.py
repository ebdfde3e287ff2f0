"""The flow of records from connectors to indices, as a tree."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.text import Text

from clickstream_pipeline import lineage as flow
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.status_table import Row


class FlowScreen(BrowseScreen):
    """Every part in its place, with its state, and documents a second where they come to an end."""

    title_text = "Flow: connector → topic → stream or table → query → topic → sink → index"
    columns = ("part", "state", "rate")
    hint = "/ filters · arrows move · esc goes back"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._counts: dict[str, tuple[float, int]] = {}
        self._rates: dict[str, float] = {}
        self._lines: dict[str, flow.Line] = {}

    def rows(self, snapshot: Snapshot) -> list[Row]:
        self._measure(snapshot)
        self._lines = {f"{line.number}": line for line in flow.lines(flow.build(snapshot))}
        return [(key, self._cells(line)) for key, line in self._lines.items()]

    def _cells(self, line: flow.Line) -> tuple[object, ...]:
        node = line.node
        mark = "✗ " if node.bad else ""
        rate = self._rates.get(node.name) if node.kind == "index" else None
        return (
            Text(line.indent + one_line(node.label)), mark + node.state, "" if rate is None else f"{rate:.1f}/s"
        )  # fmt: skip

    def _measure(self, snapshot: Snapshot) -> None:
        """Documents a second between two looks."""
        now = self._clock()
        for index in snapshot.indices:
            at, count = self._counts.get(index.name, (now, index.documents))
            if now - at >= 1.0:
                self._rates[index.name] = max(index.documents - count, 0) / (now - at)
            if now == at or now - at >= 1.0:
                self._counts[index.name] = (now, index.documents)

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        line = self._lines.get(key)
        if line is None:
            return ""
        node, snapshot = line.node, self.console.snapshot
        if node.kind == "topic":
            found = await pipeline.kafka.describe_topic(node.name)
            places = [
                (f"partition {p['partition']}", f"offsets {p['first']:,} to {p['next']:,}") for p in found["partitions"]
            ]
            return "\n".join([f"topic {node.name}", "", listing(places)])
        if node.kind == "query":
            query = next((q for q in snapshot.queries if q.query_id == node.name), None)
            return f"query {node.name}, {node.state}\n\n{query.text if query else ''}"
        if node.kind == "connector":
            connector = next((c for c in snapshot.connectors if c.name == node.name), None)
            tasks = [f"task {t.number}: {t.state}\n{t.trace}" for t in connector.tasks] if connector else []
            return "\n".join([f"connector {node.name}, {node.state}", "", *tasks])
        return f"{node.kind} {node.name}\n{node.state}"
