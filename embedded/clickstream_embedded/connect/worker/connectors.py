"""Connectors with their tasks, and how they are shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.connect.config.catalog import DATAGEN, FILE_SOURCE, Plugin, find_connector
from clickstream_embedded.connect.worker.store import Config, Offsets


@dataclass
class RunningTask:
    """One task: its state, and the trace where it failed."""

    number: int
    config: Config
    state: str = "UNASSIGNED"
    trace: str | None = None
    runner: asyncio.Task[None] | None = None
    started: asyncio.Future[bool] | None = None  # whether it could be made


@dataclass
class Connector:
    """A connector. `target` is what was asked for: RUNNING, PAUSED or STOPPED; `trace` why it failed itself."""

    name: str
    config: Config
    target: str = "RUNNING"
    offsets: Offsets = field(default_factory=dict[str, dict[str, Any]])
    topics: set[str] = field(default_factory=set[str])
    tasks: list[RunningTask] = field(default_factory=list[RunningTask])
    trace: str | None = None
    nulls: tuple[str, ...] = ()  # settings that were given as null, which are shown but do nothing

    def shown(self, config: Config | None = None) -> dict[str, str | None]:
        """A configuration, its own or that of a task, as it was given."""
        return {**(self.config if config is None else config), **dict.fromkeys(self.nulls)}

    @property
    def plugin(self) -> Plugin:
        found = find_connector(self.config["connector.class"])
        assert found is not None
        return found

    @property
    def state(self) -> str:
        return "FAILED" if self.trace is not None and self.target != "STOPPED" else self.target


def task_configs(config: Config) -> list[Config]:
    """The configurations of a connector's tasks, as its class gives them."""
    plugin = find_connector(config["connector.class"])
    assert plugin is not None
    count = 1 if plugin.class_name == FILE_SOURCE else int(config.get("tasks.max", "1"))
    common = config | {"task.class": plugin.task_class}
    return [common | ({"task.id": str(n)} if plugin.class_name == DATAGEN else {}) for n in range(count)]


def task_ids(connector: Connector) -> list[dict[str, Any]]:
    """Its tasks, as `GET /connectors/NAME` names them."""
    return [{"connector": connector.name, "task": each.number} for each in connector.tasks]


def info(connector: Connector, tasks: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """As `GET /connectors/NAME` answers it; after a change with the `tasks` before, as new ones are made later."""
    tasks = task_ids(connector) if tasks is None else tasks
    return {"name": connector.name, "config": connector.shown(), "tasks": tasks, "type": connector.plugin.kind}


def task_status(task: RunningTask, worker_id: str) -> dict[str, Any]:
    """As `GET /connectors/NAME/tasks/N/status` answers it."""
    shown: dict[str, Any] = {"id": task.number, "state": task.state, "worker_id": worker_id}
    return shown if task.trace is None else {**shown, "trace": task.trace}


def status(connector: Connector, worker_id: str) -> dict[str, Any]:
    """As `GET /connectors/NAME/status` answers it."""
    own: dict[str, Any] = {"state": connector.state, "worker_id": worker_id}
    if connector.state == "FAILED":
        own["trace"] = connector.trace
    return {
        "name": connector.name, "connector": own, "tasks": [task_status(each, worker_id) for each in connector.tasks],
        "type": connector.plugin.kind,
    }  # fmt: skip
