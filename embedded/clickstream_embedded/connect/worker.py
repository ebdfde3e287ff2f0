"""Connectors and their states, kept in topics of the broker so that a restart goes on where it was."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaException

from clickstream_embedded.connect import plugins, sink_offsets
from clickstream_embedded.connect.plugins import Config
from clickstream_embedded.connect.store import Store, StoreUnavailable
from clickstream_embedded.connect.tasks import ElasticsearchSink, TaskFailed, generate

log = logging.getLogger("connect")
_SAVE_INTERVAL = 5.0  # seconds between two saves of source offsets; offset.flush.interval.ms is 60 s in Kafka
_START_LIMIT = 10.0  # seconds that a request waits for the worker to have read its topics; 90 in Kafka


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


def task_config(config: Config) -> Config:
    """The configuration of a connector's one task."""
    plugin = plugins.find(config["connector.class"])
    assert plugin is not None
    return config | {"task.class": plugin.class_name.replace("Connector", "Task"), "task.id": "0"}


class Worker:
    """One Connect worker, alone in its cluster."""

    def __init__(self, store: Store, bootstrap: str, worker_id: str) -> None:
        self.bootstrap = bootstrap
        self.worker_id = worker_id
        self.connectors: dict[str, Connector] = {}
        self._store = store
        self._ready = asyncio.Event()
        self._saved: dict[str, dict[str, Any]] = {}  # source offsets, as the topic has them
        self._work: asyncio.Task[None] | None = None
        self._reports: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begins to read the topics; `ready` tells when that is done."""
        self._work = asyncio.create_task(self._load_then_save_often())

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    async def ready(self) -> None:
        """Returns once the connectors are known. Raises Refused where that takes too long."""
        try:
            async with asyncio.timeout(_START_LIMIT):
                await self._ready.wait()
        except TimeoutError:
            raise Refused(
                500,
                "Request timed out. The worker is currently starting up: it reads its topics from the broker at "
                f"{self.bootstrap}.",
            ) from None

    async def stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
        for report in self._reports:
            report.cancel()
        await asyncio.gather(*(self._end(connector) for connector in self.connectors.values()))
        await self._save_offsets()
        await self._store.close()

    async def _load_then_save_often(self) -> None:
        for name, saved in (await self._store.load()).items():
            connector = self.connectors[name] = Connector(name, saved.config, saved.target, saved.offset)
            self._saved[name] = dict(saved.offset)
            self._run(connector)
        self._ready.set()
        while True:
            await asyncio.sleep(_SAVE_INTERVAL)
            await self._save_offsets()

    async def _save_offsets(self) -> None:
        now = {name: dict(connector.offset) for name, connector in self.connectors.items()}
        changed = {name: offset for name, offset in now.items() if offset != self._saved.get(name, {})}
        if not changed:
            return
        try:
            await self._store.save_offsets(changed)
            self._saved |= changed
        except StoreUnavailable as error:  # they come again with the next save
            log.warning("source offsets are not saved: %s", error)

    async def _keep(self, writing: Awaitable[None]) -> None:
        """Waits for the store. Raises Refused where it did not take it."""
        try:
            await writing
        except StoreUnavailable as error:
            raise Refused(500, f"Request timed out: {error}") from None

    def _report(self, connector: Connector) -> None:
        """Writes the status in the background: it is told, nothing depends on it."""
        shown = self.status(connector)
        task = shown["tasks"][0] if shown["tasks"] else {}

        async def report() -> None:
            try:
                await self._store.save_status(
                    connector.name, shown["connector"]["state"], task.get("state"), task.get("trace")
                )
            except StoreUnavailable as error:
                log.warning("the status of %s is not written: %s", connector.name, error)

        writing = asyncio.create_task(report())
        self._reports.add(writing)
        writing.add_done_callback(self._reports.discard)

    # -- tasks -------------------------------------------------------------------------------------------------

    def _run(self, connector: Connector) -> None:
        if connector.target != "RUNNING" or connector.task is not None:
            return
        connector.trace = None
        connector.task = asyncio.create_task(self._supervise(connector), name=connector.name)
        self._report(connector)

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
            self._report(connector)
        except Exception:
            connector.trace = traceback.format_exc()
            log.exception("task %s-0 failed", connector.name)
            self._report(connector)

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
        await self._keep(self._store.save_config(name, config, task_config(config)))
        if known is not None:
            await self._end(known)
            known.config = config
            self._run(known)
            return known, False
        if target != "RUNNING":
            await self._keep(self._store.save_target(name, target))
        known = self.connectors[name] = Connector(name, config, target, dict(self._saved.get(name, {})))
        self._run(known)
        return known, True

    async def delete(self, name: str) -> None:
        connector = self.get(name)
        await self._keep(self._store.forget(name))
        await self._end(connector)
        self.connectors.pop(name, None)

    async def aim(self, name: str, target: str) -> None:
        """Pause, resume or stop."""
        connector = self.get(name, "Unknown connector {}")
        await self._keep(self._store.save_target(name, target))
        connector.target = target
        if target == "RUNNING":
            if connector.task is not None and connector.task.done() and connector.trace is None:
                connector.task = None
            self._run(connector)
        else:
            await self._end(connector)
            self._report(connector)

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

    def _stopped(self, name: str) -> Connector:
        connector = self.get(name)
        if connector.target != "STOPPED":
            raise Refused(400, "Connectors must be in the STOPPED state before their offsets can be modified. This can "
                               f"be done for the specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint")  # fmt: skip
        return connector

    async def _move(self, connector: Connector, offset: dict[str, Any]) -> None:
        await self._keep(self._store.save_offsets({connector.name: offset}))
        connector.offset = offset
        self._saved[connector.name] = dict(offset)

    async def reset_offsets(self, name: str) -> None:
        """DELETE of the offsets: a source begins anew, a sink reads its topics from the beginning (KIP-875)."""
        connector = self._stopped(name)
        if connector.plugin.type == "sink":
            await self._places(sink_offsets.reset, connector)
        else:
            await self._move(connector, {})

    async def alter_offsets(self, name: str, offsets: Any) -> None:
        """PATCH of the offsets, a list of {partition, offset} (KIP-875). Raises Refused for another shape."""
        connector = self._stopped(name)
        pairs = offsets if isinstance(offsets, list) else []
        if not pairs or not all(isinstance(each, dict) and isinstance(each.get("partition"), dict) for each in pairs):
            raise Refused(400, "Partitions / offsets need to be provided for an alter offsets request")
        if connector.plugin.type == "sink":
            await self._places(sink_offsets.alter, connector, pairs)
            return
        for each in pairs:
            if each["partition"] != {"task.id": 0}:
                raise Refused(
                    400, f"The connector {name} has no partition {each['partition']}: it has {{'task.id': 0}}"
                )
        await self._move(connector, dict(pairs[-1].get("offset") or {}))

    async def offsets(self, name: str) -> list[dict[str, Any]]:
        """What the connector has done, as {partition, offset}."""
        connector = self.get(name)
        if connector.plugin.type == "sink":
            return await self._places(sink_offsets.committed, connector)
        return [{"partition": {"task.id": 0}, "offset": connector.offset}] if connector.offset else []

    async def _places(self, call: Callable[..., Any], connector: Connector, *more: Any) -> Any:
        try:
            return await asyncio.to_thread(call, self.bootstrap, connector.name, connector.topics, *more)
        except sink_offsets.Malformed as error:
            raise Refused(400, str(error)) from None
        except KafkaException as error:
            raise Refused(500, f"The offsets of {connector.name} cannot be reached: {error.args[0]}") from None

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
