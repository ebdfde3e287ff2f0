"""The herder: what requests do to connectors, and the tasks that run for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any

from clickstream_embedded.connect.config import catalog
from clickstream_embedded.connect.config.catalog import Plugin
from clickstream_embedded.connect.config.validation import Validation, validate
from clickstream_embedded.connect.java_errors import ConfigError, JavaError
from clickstream_embedded.connect.java_hashes import hash_order
from clickstream_embedded.connect.tasks.topic_creation import groups
from clickstream_embedded.connect.worker import connectors
from clickstream_embedded.connect.worker.connectors import Connector, RunningTask, task_configs
from clickstream_embedded.connect.worker.refusal import RequestRefused
from clickstream_embedded.connect.worker.store import ConnectorStore, StoreUnavailable
from clickstream_embedded.connect.worker.task_factory import make_task
from clickstream_embedded.memory import give_back

log = logging.getLogger("connect")
_SAVE_INTERVAL = 5.0  # seconds between two saves of source offsets; offset.flush.interval.ms is 60 s in Kafka
_TRIM_EVERY = 6  # saves between two returns of free memory
_START_LIMIT = 10.0  # seconds that a request waits for the worker to have read its topics; 90 in Kafka


class Herder:
    """The connectors of one worker, alone in its cluster.

    Args:
        store: what the broker keeps.
        bootstrap: address of the broker.
        worker_id: host and port, as status answers tell it.
        group: the worker's own consumer group.
    """

    def __init__(self, store: ConnectorStore, bootstrap: str, worker_id: str, group: str) -> None:
        self.bootstrap, self.worker_id, self.group = bootstrap, worker_id, group
        self.connectors: dict[str, Connector] = {}
        self.store = store
        self._ready = asyncio.Event()
        self._saved: dict[str, dict[str, dict[str, Any]]] = {}  # source offsets, as the topic has them
        self._work: asyncio.Task[None] | None = None
        self._reports: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begins to read the topics; `ready` tells when that is done."""
        self._work = asyncio.create_task(self._load_then_save_often())

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    async def ready(self) -> None:
        """Returns once the connectors are known. Raises RequestRefused where that takes too long."""
        try:
            async with asyncio.timeout(_START_LIMIT):
                await self._ready.wait()
        except TimeoutError:
            raise RequestRefused(
                500,
                "Request timed out. The worker is currently starting up: it reads its topics from the broker at "
                f"{self.bootstrap}.",
            ) from None

    async def stop(self) -> None:
        """Ends all tasks and saves their offsets."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        for report in self._reports:
            report.cancel()
        await asyncio.gather(*(self.end_tasks(each) for each in self.connectors.values()))
        await self._save_offsets()
        await self.store.close()

    async def _load_then_save_often(self) -> None:
        for name, saved in (await self.store.load()).items():
            if catalog.find_connector(saved.config.get("connector.class", "")) is None:
                log.error("connector %s is left out: its class is not here", name)
                continue
            connector = Connector(name, saved.config, saved.target, saved.offsets, saved.topics)
            self.connectors[name] = connector
            self._saved[name] = {key: dict(offset) for key, offset in saved.offsets.items()}
            self.begin_tasks(connector, paused=saved.tasks)
        self._ready.set()
        turns = 0
        while True:
            await asyncio.sleep(_SAVE_INTERVAL)
            await self._save_offsets()
            turns += 1
            if turns % _TRIM_EVERY == 0:
                give_back()

    async def _save_offsets(self) -> None:
        changed: dict[str, dict[str, dict[str, Any]]] = {}
        for name, connector in self.connectors.items():
            before = self._saved.get(name, {})
            moved = {key: dict(at) for key, at in connector.offsets.items() if at != before.get(key)}
            if moved:
                changed[name] = moved
        if not changed:
            return
        try:
            await self.store.save_offsets(changed)
        except StoreUnavailable as error:  # they come again with the next save
            log.warning("source offsets are not saved: %s", error)
            return
        for name, moved in changed.items():
            self._saved.setdefault(name, {}).update(moved)

    async def keep(self, writing: Awaitable[None]) -> None:
        """Waits for the store. Raises RequestRefused where it did not take it."""
        try:
            await writing
        except StoreUnavailable as error:
            raise RequestRefused(500, f"Request timed out: {error}") from None

    def _in_background(self, writing: Awaitable[None], what: str) -> None:
        """Writes what is told and nothing depends on."""

        async def report() -> None:
            try:
                await writing
            except StoreUnavailable as error:
                log.warning("%s is not written: %s", what, error)

        task = asyncio.create_task(report())
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    def _report(self, connector: Connector, gone: int = 0) -> None:
        states = [(each.state, each.trace) for each in connector.tasks]
        own = (connector.state, connector.trace)
        self._in_background(
            self.store.save_status(connector.name, own, states, gone), f"the status of {connector.name}"
        )

    # -- tasks -------------------------------------------------------------------------------------------------

    def begin_tasks(self, connector: Connector, *, paused: int | None = None) -> None:
        """Makes the tasks that the connector's target asks for, and runs them.

        Args:
            connector: whose tasks.
            paused: how many a paused connector has; as many as before where it is not told, as a real connector makes
                no tasks while it is paused.
        """
        before, connector.tasks, connector.trace = len(connector.tasks), [], None
        if connector.target == "STOPPED":
            self._report(connector, before)
            return
        if connector.plugin.kind == "source":
            try:
                groups(connector.config)
            except ConfigError as error:
                connector.trace = error.trace()
                log.error("connector %s failed: %s", connector.name, error)
                self._report(connector, before)
                return
        configs = task_configs(connector.config)
        if connector.target == "PAUSED":
            configs = configs[: before if paused is None else paused]
        connector.tasks = [RunningTask(n, each) for n, each in enumerate(configs)]
        for task in connector.tasks:
            self.begin(connector, task)
        self._report(connector, before)

    def begin(self, connector: Connector, task: RunningTask) -> None:
        """Runs one task, or shows it paused."""
        task.trace = None
        task.state = connector.target
        if connector.target == "RUNNING":
            task.runner = asyncio.create_task(self._supervise(connector, task), name=f"{connector.name}-{task.number}")

    async def _supervise(self, connector: Connector, task: RunningTask) -> None:
        def used(topic: str) -> None:
            if topic not in connector.topics:
                connector.topics.add(topic)
                self._in_background(self.store.save_topic(connector.name, topic), f"a topic of {connector.name}")

        try:
            await make_task(connector, task, self.bootstrap, used).run()
        except JavaError as error:
            self._failed(connector, task, error)
        except Exception:
            # what went wrong is ours: the log has it whole, the answer says it without Python's words
            log.exception("task %s-%d failed", connector.name, task.number)
            self._failed(connector, task, JavaError("The task ended on an internal error; the worker's log has it."))

    def _failed(self, connector: Connector, task: RunningTask, error: JavaError) -> None:
        task.trace = error.trace()
        task.state = "FAILED"
        log.error("task %s-%d failed: %s", connector.name, task.number, task.trace.strip().replace("\n", "; "))
        self._report(connector)

    async def end_tasks(self, connector: Connector) -> None:
        await asyncio.gather(*(self.end(each) for each in connector.tasks))

    async def end(self, task: RunningTask) -> None:
        """Ends one task, gracefully: what it has in hand is settled."""
        runner, task.runner = task.runner, None
        if runner is not None:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)

    # -- requests ----------------------------------------------------------------------------------------------

    def get(self, name: str, message: str = "Connector {} not found") -> Connector:
        """A connector. Raises RequestRefused with 404."""
        connector = self.connectors.get(name)
        if connector is None:
            raise RequestRefused(404, message.format(name))
        return connector

    def find_plugin(self, config: Mapping[str, str | None]) -> Plugin:
        """The class that a configuration names. Raises RequestRefused."""
        name = config.get("connector.class")
        if name is None:
            shown = ", ".join(f"{key}={config[key]}" for key in hash_order(config))
            raise RequestRefused(400, f"Connector config {{{shown}}} contains no connector type")
        plugin = catalog.find_connector(name)
        if plugin is None:
            listed = ", ".join(
                f"PluginDesc{{klass=class {each.class_name}, name='{each.class_name}', version='{each.version}', "
                f"encodedVersion={each.version}, type={each.kind}, typeName='{each.kind}', location='classpath'}}"
                for each in catalog.CONNECTORS
            )
            raise RequestRefused(
                500,
                f"Failed to find any class that implements Connector and which name matches {name}, "
                f"available connectors are: {listed}",
            )
        return plugin

    async def validation(self, config: Mapping[str, str | None]) -> Validation:
        """What is wrong with a configuration. Raises RequestRefused."""
        plugin = self.find_plugin(config)
        try:
            return await asyncio.to_thread(validate, plugin, config, self.group)
        except ConfigError as error:  # settings of a client that it cannot read
            raise RequestRefused(500, str(error)) from None

    async def check(self, config: Mapping[str, str | None]) -> None:
        """Raises RequestRefused for a configuration that the connector does not accept."""
        found = (await self.validation(config)).errors
        if found:
            lines = "\n".join(found)
            raise RequestRefused(
                400,
                f"Connector configuration is invalid and contains the following {len(found)} error(s):\n{lines}\n"
                "You can also find the above list of errors at the endpoint "
                "`/connector-plugins/{connectorType}/config/validate`",
            )

    async def put(
        self, name: str, config: Mapping[str, str | None], *, replace: bool, target: str = "RUNNING"
    ) -> tuple[Connector, bool]:
        """Creates a connector or gives it a new configuration; (connector, whether it is new)."""
        await self.check(config)
        known = self.connectors.get(name)
        if known is not None and not replace:
            raise RequestRefused(409, f"Connector {name} already exists")
        given = {key: value for key, value in config.items() if value is not None}
        fresh = known is None and target != "RUNNING"
        await self.keep(self.store.save_config(name, given, [] if fresh else task_configs(given)))
        if known is not None:
            await self.end_tasks(known)
            known.config = given
            self.begin_tasks(known)
            return known, False
        if target != "RUNNING":
            await self.keep(self.store.save_target(name, target))
        offsets = {key: dict(at) for key, at in self._saved.get(name, {}).items()}
        known = self.connectors[name] = Connector(name, given, target, offsets)
        self.begin_tasks(known)
        return known, True

    async def delete(self, name: str) -> None:
        connector = self.get(name)
        await self.keep(self.store.forget(name, len(connector.tasks), sorted(connector.topics)))
        await self.end_tasks(connector)
        await self._save_offsets()
        self.connectors.pop(name, None)

    async def aim(self, name: str, target: str) -> None:
        """Pause, resume or stop."""
        connector = self.get(name, "Unknown connector {}")
        await self.keep(self.store.save_target(name, target))
        before, connector.target = connector.target, target
        if target == "STOPPED" or before == "STOPPED" or connector.trace is not None or not connector.tasks:
            await self.end_tasks(connector)
            self.begin_tasks(connector)
            configs = [each.config for each in connector.tasks]
            await self.keep(self.store.save_config(name, connector.config, configs))
            return
        for task in connector.tasks:
            if task.state == "FAILED":  # stays so until it is restarted
                continue
            if target == "PAUSED":
                await self.end(task)
                task.state = "PAUSED"
            elif task.runner is None:
                self.begin(connector, task)
        self._report(connector)

    async def restart(self, name: str, *, tasks: bool, only_failed: bool) -> dict[str, Any]:
        """Restarts a connector, its tasks or those that failed; its status with those states as RESTARTING."""
        connector = self.get(name, "Unknown connector: {}")
        shown = connectors.status(connector, self.worker_id)
        if not only_failed or connector.state == "FAILED":
            shown["connector"] = {"state": "RESTARTING", "worker_id": self.worker_id}
            if connector.state == "FAILED":
                self.begin_tasks(connector)
        for task, told in zip(connector.tasks, shown["tasks"], strict=False):
            if tasks and (not only_failed or task.state == "FAILED"):
                told["state"] = "RESTARTING"
                told.pop("trace", None)
                await self.restart_task(connector, task)
        return shown

    async def restart_task(self, connector: Connector, task: RunningTask) -> None:
        await self.end(task)
        self.begin(connector, task)
        self._report(connector)

    def task(self, name: str, number: int, unknown: str) -> tuple[Connector, RunningTask]:
        """A task. Raises RequestRefused with 404."""
        connector = self.connectors.get(name)
        found = None if connector is None else next((each for each in connector.tasks if each.number == number), None)
        if connector is None or found is None:
            raise RequestRefused(404, unknown)
        return connector, found

    async def moved_offsets(self, connector: Connector, changes: dict[str, dict[str, Any] | None]) -> None:
        """Writes new offsets of a source; None forgets one."""
        await self.keep(self.store.save_offsets({connector.name: changes}))
        for key, offset in changes.items():
            for known in (connector.offsets, self._saved.setdefault(connector.name, {})):
                if offset is None:
                    known.pop(key, None)
                else:
                    known[key] = dict(offset)

    async def forget_topics(self, name: str) -> None:
        """Forgets which topics a connector used (KIP-558)."""
        connector = self.connectors.get(name)
        if connector is not None and connector.topics:
            topics, connector.topics = connector.topics, set()
            await self.keep(self.store.forget_topics(name, sorted(topics)))
