"""The task that a connector's class has."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from clickstream_embedded.connect.config.catalog import DATAGEN, ELASTICSEARCH
from clickstream_embedded.connect.datagen.source import DatagenSource
from clickstream_embedded.connect.elasticsearch_sink.settings import sink_settings
from clickstream_embedded.connect.elasticsearch_sink.writer import IndexWriter
from clickstream_embedded.connect.tasks.file_stream import FileSink, FileSource
from clickstream_embedded.connect.tasks.sink_task import SinkTask
from clickstream_embedded.connect.tasks.source_record import Offset, Partition
from clickstream_embedded.connect.tasks.source_task import SourceTask
from clickstream_embedded.connect.tasks.tolerance import Tolerance
from clickstream_embedded.connect.worker.connectors import Connector, RunningTask
from clickstream_embedded.connect.worker.store import partition_key
from clickstream_embedded.connect.worker.worker_converters import WorkerConverters

log = logging.getLogger("connect")


class TaskBody(Protocol):
    """What a task does until it is cancelled or fails."""

    async def run(self) -> None: ...


def make_task(
    connector: Connector, task: RunningTask, bootstrap: str, converters: WorkerConverters, used: Callable[[str], None]
) -> TaskBody:
    """The body of a task.

    Args:
        connector: whose task it is; offsets of a source are kept in it as records arrive.
        task: its number and configuration.
        bootstrap: address of the broker.
        converters: of connectors that name none.
        used: told each topic that records come from or go to.

    Raises:
        JavaError: the configuration does not fit together.
    """
    config, plugin = converters.completed(task.config), connector.plugin
    tolerance = Tolerance(connector.name, task.number, config, bootstrap)
    if config.get("offsets.storage.topic"):
        log.warning("%s: offsets.storage.topic is not used: the offsets are in the worker's own topic", connector.name)
    if plugin.kind == "sink":
        writer = (
            IndexWriter(sink_settings(config), tolerance) if plugin.class_name == ELASTICSEARCH else FileSink(config)
        )
        return SinkTask(connector.name, config, bootstrap, writer, tolerance, used)

    def moved(partition: Partition, offset: Offset) -> None:
        connector.offsets[partition_key(partition)] = dict(offset)

    if plugin.class_name == DATAGEN:
        offset = connector.offsets.get(partition_key({"task.id": task.number}), {})
        source = DatagenSource(config, task.number, offset)
    else:
        source = FileSource(config, connector.offsets.get(partition_key({"filename": config.get("file", "")}), {}))
    return SourceTask(connector.name, config, bootstrap, source, tolerance, moved, used)
