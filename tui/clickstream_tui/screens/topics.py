"""Topics: partitions, offsets, configuration, and the records at the end."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Record, Snapshot, Topic
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_widgets.status_table import Row

_READ = 200  # records that are shown at once


class TopicsScreen(BrowseScreen):
    """All topics; internal ones are hidden until asked for."""

    title_text = "Topics"
    columns = ("topic", "partitions", "records", "read as")
    hint = "/ filters · m shows records · I shows internal topics · D deletes · esc goes back"
    server = "Kafka"
    CHANGES = frozenset({"delete"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("I", "internal", "Internal", id="topics.internal", tooltip="Show or hide internal topics"),
        Binding(
            "m", "records('-200')", "Records", id="topics.records", tooltip="The last 200 records of each partition"
        ),
        Binding("b", "records('beginning')", "First", show=False, id="topics.first", tooltip="The first 200 records"),
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
        return [
            (topic.name, (topic.name, topic.partitions, _count(topic), ", ".join(names.get(topic.name, ()))))
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

    @work(exclusive=True, group="topics.records", exit_on_error=False)
    async def action_records(self, start: str) -> None:
        """Records as they are now, from the beginning or before the end."""
        name, pipeline = self.selected, self.console.pipeline
        if name is None or pipeline is None:
            return
        self.note(f"reading {name} …")
        try:
            found = await pipeline.kafka.read(name, start, _READ)
        except PipelineError as error:
            self.note(str(error))
            return
        self.app.push_screen(TextScreen(f"Records of {name}", "\n".join(map(_line, found)) or "It holds no record."))

    def action_internal(self) -> None:
        self._internal = not self._internal
        self.reload()

    def action_delete(self) -> None:
        name, pipeline = self.selected, self.console.pipeline
        if name is None or pipeline is None:
            return
        readers = [source.name for source in self.console.snapshot.sources if source.topic == name]
        more = f" ksqlDB reads it as {', '.join(readers)}." if readers else ""

        async def call() -> None:
            await pipeline.operations.delete_topic(name)

        self.console.change(f"delete {name}", call, question=f"Delete the topic {name} with all its records?{more}",
                            yes=f"Delete {name}", type_name=name, kind="topic", target=name)  # fmt: skip


def _line(record: Record) -> str:
    value = record.value if isinstance(record.value, str) else json.dumps(record.value, default=str)
    window = f" {record.window}" if record.window else ""
    return f"{record.partition}@{record.offset}  {record.key}{window}  {value}"


def _count(topic: Topic) -> str:
    return "" if topic.records is None else f"{topic.records:,}"
