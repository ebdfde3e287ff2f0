"""Connectors and their states, kept in a file so that a restart goes on where it was."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clickstream_embedded.connect import plugins
from clickstream_embedded.connect.plugins import Config
from clickstream_embedded.connect.tasks import ElasticsearchSink, TaskFailed, generate

log = logging.getLogger("connect")
_SAVE_INTERVAL = 5.0  # seconds between two saves of source offsets; offset.flush.interval.ms is 60 s in Kafka


class Refused(Exception):
    """A request that cannot be done, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Connector:
    """A connector with its one task. `target` is what was asked for: RUNNING, PAUSED or STOPPED."""

    name: str
    config: Config
    target: str = "RUNNING"
    offset: dict[str, Any] = field(default_factory=dict[str, Any])
    task: asyncio.Task[None] | None = None
    trace: str | None = None

    @property
    def plugin(self) -> plugins.Plugin:
        found = plugins.find(self.config["connector.class"])
        assert found is not None
        return found

    @property
    def topics(self) -> list[str]:
        if self.plugin.type == "sink":
            return [topic.strip() for topic in self.config.get("topics", "").split(",")]
        return [self.config["kafka.topic"]]


class Worker:
    """One Connect worker, alone in its cluster."""

    def __init__(self, data: Path, bootstrap: str, worker_id: str) -> None:
        self.bootstrap = bootstrap
        self.worker_id = worker_id
        self.connectors: dict[str, Connector] = {}
        self._file = data / "connectors.json"
        self._saver: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._file.exists():
            for name, saved in json.loads(self._file.read_text()).items():
                connector = Connector(name, saved["config"], saved["target"], saved["offset"])
                self.connectors[name] = connector
                self._run(connector)
        self._saver = asyncio.create_task(self._save_often())

    async def stop(self) -> None:
        if self._saver is not None:
            self._saver.cancel()
        await asyncio.gather(*(self._end(connector) for connector in self.connectors.values()))
        self._save()

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_INTERVAL)
            self._save()

    def _save(self) -> None:
        saved = {c.name: {"config": c.config, "target": c.target, "offset": c.offset} for c in self.connectors.values()}
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(saved))
        temporary.chmod(0o600)
        temporary.replace(self._file)

    # -- tasks -------------------------------------------------------------------------------------------------

    def _run(self, connector: Connector) -> None:
        if connector.target != "RUNNING" or connector.task is not None:
            return
        connector.trace = None
        connector.task = asyncio.create_task(self._supervise(connector), name=connector.name)

    async def _supervise(self, connector: Connector) -> None:
        try:
            if connector.plugin.type == "sink":
                await ElasticsearchSink(connector.name, connector.config, self.bootstrap).run()
            else:
                await generate(connector.config, self.bootstrap, connector.offset)
        except asyncio.CancelledError:
            raise
        except TaskFailed as error:
            connector.trace = f"org.apache.kafka.connect.errors.ConnectException: {error}"
            log.error("task %s-0 failed: %s", connector.name, error)
        except Exception:
            connector.trace = traceback.format_exc()
            log.exception("task %s-0 failed", connector.name)

    async def _end(self, connector: Connector) -> None:
        task, connector.task = connector.task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # -- requests ----------------------------------------------------------------------------------------------

    def get(self, name: str, message: str = "Connector {} not found") -> Connector:
        connector = self.connectors.get(name)
        if connector is None:
            raise Refused(404, message.format(name))
        return connector

    def check(self, config: Config) -> None:
        """Raises Refused for a configuration that the connector does not accept."""
        name = config.get("connector.class", "")
        plugin = plugins.find(name)
        if plugin is None:
            known = ", ".join(f"PluginDesc{{klass=class {p.class_name}, name='{p.class_name}', version='{p.version}', "
                              f"type={p.type}}}" for p in plugins.PLUGINS.values())  # fmt: skip
            raise Refused(500, f"Failed to find any class that implements Connector and which name matches {name}, "
                               f"available connectors are: {known}")  # fmt: skip
        found = plugins.errors(plugin, config)
        if found:
            lines = "\n".join(message for messages in found.values() for message in messages)
            raise Refused(
                400,
                f"Connector configuration is invalid and contains the following {len(found)} error(s):\n{lines}\n"
                "You can also find the above list of errors at the endpoint "
                "`/connector-plugins/{connectorType}/config/validate`",
            )

    async def put(self, name: str, config: Config, *, replace: bool, target: str = "RUNNING") -> tuple[Connector, bool]:
        """Creates a connector or gives it a new configuration; (connector, whether it is new)."""
        config = {key: str(value) for key, value in config.items()} | {"name": name}
        known = self.connectors.get(name)
        if known is not None and not replace:
            raise Refused(409, f"Connector {name} already exists")
        self.check(config)
        if known is not None:
            await self._end(known)
            known.config = config
            self._run(known)
        else:
            known = self.connectors[name] = Connector(name, config, target)
            self._run(known)
            self._save()
            return known, True
        self._save()
        return known, False

    async def delete(self, name: str) -> None:
        await self._end(self.get(name))
        self.connectors.pop(name, None)
        self._save()

    async def aim(self, name: str, target: str) -> None:
        """Pause, resume or stop."""
        connector = self.get(name, "Unknown connector {}")
        connector.target = target
        if target == "RUNNING":
            if connector.task is not None and connector.task.done() and connector.trace is None:
                connector.task = None
            self._run(connector)
        else:
            await self._end(connector)
        self._save()

    async def restart(self, name: str, *, only_failed: bool = False) -> None:
        connector = self.get(name, "Unknown connector {}")
        if only_failed and connector.trace is None:
            return
        await self._end(connector)
        self._run(connector)

    def task(self, name: str, number: int) -> Connector:
        connector = self.get(name, "Unknown connector {}")
        if number != 0 or connector.target == "STOPPED":
            raise Refused(404, f"Unknown task: {name}-{number}")
        return connector

    def reset_offsets(self, name: str) -> None:
        connector = self.get(name)
        if connector.target != "STOPPED":
            raise Refused(400, "Connectors must be in the STOPPED state before their offsets can be modified. This can "
                               f"be done for the specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint")  # fmt: skip
        connector.offset = {}
        self._save()

    # -- what is shown -----------------------------------------------------------------------------------------

    def info(self, connector: Connector, *, new: bool = False) -> dict[str, Any]:
        tasks = [] if new or connector.target == "STOPPED" else [{"connector": connector.name, "task": 0}]
        return {"name": connector.name, "config": connector.config, "tasks": tasks, "type": connector.plugin.type}

    def task_status(self, connector: Connector) -> dict[str, Any]:
        state = connector.target
        status: dict[str, Any] = {"id": 0, "state": state, "worker_id": self.worker_id}
        if connector.trace is not None:
            status |= {"state": "FAILED", "trace": connector.trace}
        return status

    def status(self, connector: Connector) -> dict[str, Any]:
        tasks = [] if connector.target == "STOPPED" else [self.task_status(connector)]
        state = {"state": connector.target, "worker_id": self.worker_id}
        return {"name": connector.name, "connector": state, "tasks": tasks, "type": connector.plugin.type}
