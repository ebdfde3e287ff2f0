"""Topics: partitions, offsets, configuration, and the records at the end."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding

from clickstream_pipeline.model import Snapshot, Topic
from clickstream_pipeline.pipeline import Pipeline
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_widgets.status_table import Row


class TopicsScreen(BrowseScreen):
    """All topics; internal ones are hidden until asked for."""

    title_text = "Topics"
    columns = ("topic", "partitions", "records", "read as")
    hint = "/ filters · i shows internal topics · d deletes · esc goes back"
    BINDINGS: ClassVar[list[Any]] = [
        Binding("i", "internal", "Internal", id="topics.internal", tooltip="Show or hide internal topics"),
        Binding("d", "delete", "Delete", id="topics.delete", tooltip="Delete the topic with all its records"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._internal = False

    def rows(self, snapshot: Snapshot) -> list[Row]:
        names: dict[str, list[str]] = {}
        for source in snapshot.sources:
            names.setdefault(source.topic, []).append(source.name)
        return [
            (topic.name, (topic.name, topic.partitions, _count(topic), ", ".join(names.get(topic.name, ()))))
            for topic in snapshot.topics
            if self._internal or not topic.internal
        ]

    async def detail(self, pipeline: Pipeline, key: str) -> str:
        found = await pipeline.kafka.describe_topic(key)
        partitions = [
            (
                f"partition {p['partition']}",
                f"offsets {p['first']:,} to {p['next']:,}, {p['next'] - p['first']:,} records",
            )
            for p in found["partitions"]
        ]
        return "\n".join([key, "", listing(partitions), "", listing(list(found["config"].items()))])

    def action_internal(self) -> None:
        self._internal = not self._internal
        self.reload()

    def action_delete(self) -> None:
        name, pipeline = self.selected, self.console.pipeline
        if name is None or pipeline is None:
            return
        readers = [source.name for source in self.console.snapshot.sources if source.topic == name]
        more = f" ksqlDB reads it as {', '.join(readers)}." if readers else ""
        self.confirm(f"Delete the topic {name} with all its records?{more}", f"Delete {name}",
                     lambda: pipeline.operations.delete_topic(name))  # fmt: skip


def _count(topic: Topic) -> str:
    return "" if topic.records is None else f"{topic.records:,}"
