"""Topics: partitions, offsets, configuration, and the records at the end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding

from clickstream_pipeline.clients.connect_settings import PluginSetting
from clickstream_pipeline.clients.log_dirs import TopicSizes
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_tui import config_text
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_tui.screens.edit_config import Draft, EditConfigScreen
from clickstream_tui.screens.produce import ProduceScreen
from clickstream_tui.screens.topic_tail import TopicTailScreen
from clickstream_widgets.figures import ago, count, rate, setting, size
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

_NEW = (
    "name=\npartitions=1\n#cleanup.policy=delete\n#retention.ms=604800000\n#retention.bytes=-1\n#min.insync.replicas=1"
)


_MEASURED = 5.0  # seconds between two looks at the sizes


class TopicsScreen(BrowseScreen):
    """All topics; internal ones are hidden until asked for."""

    title_text = "Topics"
    columns = ("topic", "partitions", "replicas", "records", "size", "rate", "last write", "read as")
    priority = ("read as", "replicas", "last write", "partitions", "size", "rate")
    stretch = "topic"
    marks = True
    hint = "space marks · o sorts · / filters · I internal ones · X deletes all records · N writes a record"
    server = "Kafka"
    CHANGES = frozenset({"delete", "create", "edit", "purge", "produce"})
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
        Binding("ctrl+n", "create", "New", id="topics.create", tooltip="Make a topic; shown before it is made"),
        Binding(
            "d",
            "edit",
            "Edit",
            id="topics.edit",
            tooltip="Change settings, add partitions; the difference is shown before it is sent",
        ),
        Binding("N", "produce", "Produce", show=False, id="topics.produce", tooltip="Write a new record to the topic"),
        Binding(
            "X",
            "purge",
            "Purge",
            show=False,
            id="topics.purge",
            tooltip="Delete all records of the topic, and keep the topic (asks first)",
        ),
        Binding(
            "D", "delete", "Delete", id="topics.delete", tooltip="Delete the topic with all its records (asks first)"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._internal = False
        self._sizes = TopicSizes()

    def on_mount(self) -> None:
        super().on_mount()
        self._measure()
        self.set_interval(_MEASURED, self._measure)

    @work(exclusive=True, group="topics.sizes", exit_on_error=False)
    async def _measure(self) -> None:
        """Asks what the topics take on disk, which no other screen wants to know."""
        pipeline = self.console.pipeline
        if pipeline is None or not self.is_current:
            return
        with contextlib.suppress(PipelineError):  # what was known stays; that Kafka is away is told below the list
            self._sizes = await pipeline.kafka.sizes()
            self.reload()

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
                    topic.replicas,
                    count(topic.records),
                    size(self._sizes.by_topic.get(topic.name)),
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
        own, config = found["set"], found["config"]
        topic = next((each for each in self.console.snapshot.topics if each.name == key), None)
        facts: list[tuple[str, Any]] = [("replicas", topic.replicas)] if topic else []
        taken = self._sizes.by_topic.get(key)
        why = f"– ({self._sizes.why})" if self._sizes.why else "–"
        facts += [("size of one copy", why if taken is None else size(taken))]
        facts += [(name, setting(name, config[name])) for name in own]
        rest = [(name, setting(name, value)) for name, value in config.items() if name not in own]
        return "\n".join(
            [key, "", listing(partitions), "", listing(facts), "", "as the broker has it by default:", listing(rest)]
        )

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

    # -- topics that are made or changed -----------------------------------------------------------------------

    def action_create(self) -> None:
        """Asks for a name, partitions and settings, and makes the topic."""
        pipeline = self.console.pipeline
        if pipeline is None:
            return

        async def fetch() -> Draft:
            return Draft(_NEW)

        async def check(wanted: dict[str, str]) -> Mapping[str, str]:
            taken = {topic.name for topic in self.console.snapshot.topics}
            name = wanted.get("name", "")
            problem = (
                "a topic needs one" if not name else "a topic of this name is there already" if name in taken else ""
            )
            return {**({"name": problem} if problem else {}), **wrong_partitions(wanted.get("partitions", ""), 1)}

        def answered(wanted: dict[str, str] | None) -> None:
            if wanted is not None:
                name, partitions = wanted["name"], int(wanted["partitions"])
                config = {key: value for key, value in wanted.items() if key not in ("name", "partitions")}
                self.console.change(f"create {name}", lambda: pipeline.operations.create_topic(name, partitions, config),
                                    kind="topic", target=name)  # fmt: skip

        self.app.push_screen(EditConfigScreen("A new topic", fetch, check, checker="The console"), answered)

    def action_edit(self) -> None:
        """Asks for other settings, or for more partitions."""
        name, pipeline = self.selected, self.console.pipeline
        if name is None or pipeline is None:
            return
        known: dict[str, str] = {}
        before: dict[str, str] = {}

        async def fetch() -> Draft:
            found = await pipeline.kafka.describe_topic(name)
            known.update({key: value or "" for key, value in found["config"].items()})
            before.update({key: known[key] for key in found["set"]}, partitions=str(len(found["partitions"])))
            settings = {
                key: PluginSetting(key, "of a topic", False, value, "", "", False) for key, value in known.items()
            }
            text = config_text.with_others(config_text.written(before), settings.values())
            return Draft(text, before, settings)

        async def check(wanted: dict[str, str]) -> Mapping[str, str]:
            odd = {
                key: "Kafka has no such setting of a topic"
                for key in wanted
                if key not in known and key != "partitions"
            }
            return {**odd, **wrong_partitions(wanted.get("partitions", ""), int(before["partitions"]))}

        def answered(wanted: dict[str, str] | None) -> None:
            if wanted is not None:
                self.console.change(f"configure {name}", lambda: _configure(pipeline, name, before, wanted),
                                    kind="topic", target=name)  # fmt: skip

        self.app.push_screen(EditConfigScreen(f"Settings of {name}", fetch, check, checker="The console"), answered)

    def action_purge(self) -> None:
        """Deletes the records of the topic; asks first, and has the name typed."""
        name, pipeline = self.selected, self.console.pipeline
        if name is None or pipeline is None:
            return
        readers = [source.name for source in self.console.snapshot.sources if source.topic == name]
        more = f" ksqlDB reads from there as {', '.join(readers)}." if readers else ""
        self.console.change(
            f"purge {name}", lambda: pipeline.operations.purge_topic(name), yes="Purge", type_name=name, kind="topic",
            question=f"Delete all records of the topic {name}? The topic stays, empty.{more}", target=name,
        )  # fmt: skip

    def _produce(self, name: str, record: tuple[bytes | None, bytes]) -> None:
        pipeline = self.console.pipeline
        if pipeline is not None:
            key, value = record
            self.console.change(f"produce to {name}", lambda: pipeline.operations.produce(name, key, value),
                                kind="topic", target=name)  # fmt: skip

    def action_produce(self) -> None:
        """Asks for a record and writes it."""
        name = self.selected
        if name is None:
            return

        def answered(record: tuple[bytes | None, bytes] | None) -> None:
            if record is not None:
                self._produce(name, record)

        self.app.push_screen(ProduceScreen(name), answered)


def wrong_partitions(text: str, least: int) -> dict[str, str]:
    """What is wrong with a number of partitions: it is none, or less than there are, which Kafka cannot do."""
    if text.isdecimal() and int(text) >= least:
        return {}
    return {
        "partitions": f"a number from {least} on: Kafka takes no partition away" if least > 1 else "a number from 1 on"
    }


async def _configure(
    pipeline: PipelineSession, name: str, before: Mapping[str, str], wanted: Mapping[str, str]
) -> None:
    """Sends what differs: settings, with None for those that are the broker's again, and partitions."""
    changed = {key: value for key, value in wanted.items() if before.get(key) != value and key != "partitions"}
    gone = {key: None for key in before if key not in wanted and key != "partitions"}
    if changed or gone:
        await pipeline.operations.configure_topic(name, {**changed, **gone})
    if wanted["partitions"] != before["partitions"]:
        await pipeline.operations.add_partitions(name, int(wanted["partitions"]))
