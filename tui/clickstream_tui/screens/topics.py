"""Topics: partitions, offsets, configuration, and the records at the end."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from textual.binding import Binding

from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_tui.screens.topic_tail import TopicTailScreen
from clickstream_widgets.figures import ago, count, rate
from clickstream_widgets.status_table import Row


class TopicsScreen(BrowseScreen):
    """All topics; internal ones are hidden until asked for."""

    title_text = "Topics"
    columns = ("topic", "partitions", "records", "rate", "last write", "read as")
    priority = ("read as", "last write", "partitions", "rate")
    stretch = "topic"
    marks = True
    hint = "/ filters · m shows records · I shows internal topics · D deletes · esc goes back"
    server = "Kafka"
    CHANGES = frozenset({"delete"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("I", "internal", "Internal", id="topics.internal", tooltip="Show or hide internal topics"),
        Binding(
            "m",
            "records('-200')",
            "Records",
            id="topics.records",
            tooltip="The last 200 records of each partition, and those that come",
        ),
        Binding(
            "b",
            "records('beginning')",
            "First",
            show=False,
            id="topics.first",
            tooltip="All records, from the beginning",
        ),
        Binding(
            "D", "delete", "Delete", id="topics.delete", tooltip="Delete the topic with all its records (asks first)"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._internal = False

    def rows(self, snapshot: Snapshot) -> list[Row]:
        names: dict[str, list[str]] = {}
        for source in snapshot.sources:
            names.setdefault(source.topic, []).append(source.name)
        now = time.time()
        return [
            (
                topic.name,
                (
                    topic.name,
                    topic.partitions,
                    count(topic.records),
                    rate(topic.rate),
                    ago(topic.last_write, now),
                    ", ".join(names.get(topic.name, ())),
                ),
            )
            for topic in snapshot.topics
            if self._internal or not topic.internal
        ]

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        found = await pipeline.kafka.describe_topic(key)
        partitions = [
            (
                f"partition {p['partition']}",
                f"offsets {p['first']:,} to {p['next']:,}, {p['next'] - p['first']:,} records",
            )
            for p in found["partitions"]
        ]
        return "\n".join([key, "", listing(partitions), "", listing(list(found["config"].items()))])

    def action_records(self, start: str) -> None:
        """The records of the topic, from a place on, and those that come."""
        if self.selected is not None:
            self.app.push_screen(TopicTailScreen(self.selected, start))

    def action_internal(self) -> None:
        self._internal = not self._internal
        self.reload()

    def action_delete(self) -> None:
        """Deletes the marked topics, else the chosen one; asks first, and has the name or the number typed."""
        names, pipeline = self.data.chosen, self.console.pipeline
        if not names or pipeline is None:
            return
        readers = [source.name for source in self.console.snapshot.sources if source.topic in names]
        more = f" ksqlDB reads from there as {', '.join(readers)}." if readers else ""
        what = f"the topic {names[0]}" if len(names) == 1 else f"these {len(names)} topics: {', '.join(names)}"

        async def call() -> None:
            for name in names:
                await pipeline.operations.delete_topic(name)

        self.console.change(
            f"delete {', '.join(names)}", call, question=f"Delete {what}, with all records?{more}", yes="Delete",
            type_name=names[0] if len(names) == 1 else str(len(names)), kind="topic", target=", ".join(names),
        )  # fmt: skip
        self.data.unmark()
