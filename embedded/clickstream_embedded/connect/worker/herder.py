"""The herder: what requests do to connectors. Their tasks are run by the worker, as in Kafka Connect."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any

from clickstream_embedded.connect.config import catalog
from clickstream_embedded.connect.config.validation import Validation
from clickstream_embedded.connect.java_hashes import hash_order
from clickstream_embedded.connect.worker import checks, connectors
from clickstream_embedded.connect.worker.connectors import Connector, RunningTask, task_configs
from clickstream_embedded.connect.worker.refusal import RequestRefused
from clickstream_embedded.connect.worker.source_offsets import SourceOffsets
from clickstream_embedded.connect.worker.store import ConnectorStore, StoreUnavailable
from clickstream_embedded.connect.worker.worker import Worker
from clickstream_embedded.connect.worker.worker_converters import WorkerConverters
from clickstream_embedded.connect.worker.worker_settings import WorkerSettings
from clickstream_embedded.memory import give_back

log = logging.getLogger("connect")
_TRIM = 30.0  # seconds between two returns of free memory
_START_LIMIT = 10.0  # seconds that a request waits for the worker to have read its topics; 90 in Kafka


class Herder:
    """The connectors of one worker, alone in its cluster.

    Args:
        store: what the broker keeps.
        bootstrap: address of the broker.
        worker_id: host and port, as status answers tell it.
        group: the worker's own consumer group.
        converters: of connectors that name none.
        settings: the worker's others.
    """

    def __init__(
        self, store: ConnectorStore, bootstrap: str, worker_id: str, group: str, converters: WorkerConverters,
        settings: WorkerSettings,
    ) -> None:  # fmt: skip
        self.bootstrap, self.worker_id, self.group = bootstrap, worker_id, group
        self.connectors: dict[str, Connector] = {}
        self._most = 0  # connectors that there were at a time
        self.store, self._interval = store, settings.flush_interval
        self._ready = asyncio.Event()
        self._offsets = SourceOffsets(store)
        self._worker = Worker(store, bootstrap, converters)
        self._work: asyncio.Task[None] | None = None

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
        await self._worker.close()
        await asyncio.gather(*(self._worker.end_tasks(each) for each in self.connectors.values()))
        await self._offsets.save(self.connectors.values())
        await self.store.close()

    async def _load_then_save_often(self) -> None:
        for name, saved in (await self.store.load()).items():
            if catalog.find_connector(saved.config.get("connector.class") or "") is None:
                log.error("connector %s is left out: its class is not here", name)
                continue
            given = {key: value for key, value in saved.config.items() if value is not None}
            nulls = tuple(key for key, value in saved.config.items() if value is None)
            connector = Connector(name, given, saved.target, saved.offsets, saved.topics, nulls=nulls)
            self.connectors[name] = connector
            self._offsets.loaded(name, saved.offsets)
            self._worker.begin_tasks(connector, paused=saved.tasks)
        self._most = len(self.connectors)
        self._ready.set()
        passed = 0.0
        while True:
            await asyncio.sleep(self._interval)
            await self._offsets.save(self.connectors.values())
            passed += self._interval
            if passed >= _TRIM:
                passed = 0.0
                give_back()

    async def keep(self, writing: Awaitable[None]) -> None:
        """Waits for the store. Raises RequestRefused where it did not take it."""
        try:
            await writing
        except StoreUnavailable as error:
            raise RequestRefused(500, f"Request timed out: {error}") from None

    @property
    def names(self) -> list[str]:
        """The connectors in the order of the real worker: a copy of a Java map that has held all of them."""
        return hash_order(hash_order(self.connectors, held=self._most), copied=True)

    # -- requests ----------------------------------------------------------------------------------------------

    def get(self, name: str, message: str = "Connector {} not found") -> Connector:
        """A connector. Raises RequestRefused with 404."""
        connector = self.connectors.get(name)
        if connector is None:
            raise RequestRefused(404, message.format(name))
        return connector

    async def validation(self, config: Mapping[str, str | None]) -> Validation:
        """What is wrong with a configuration. Raises RequestRefused."""
        return await checks.validation(config, self.group)

    async def put(
        self, name: str, config: Mapping[str, str | None], *, replace: bool, target: str = "RUNNING"
    ) -> tuple[Connector, bool]:
        """Creates a connector or gives it a new configuration; (connector, whether it is new)."""
        await checks.check(config, self.group)
        known = self.connectors.get(name)
        if known is not None and not replace:
            raise RequestRefused(409, f"Connector {name} already exists")
        given = {key: value for key, value in config.items() if value is not None}
        nulls = tuple(key for key, value in config.items() if value is None)
        configs = task_configs(given)
        if known is not None and known.target == "PAUSED":  # its tasks are not made anew before it is resumed
            configs = [each.config for each in known.tasks]
        elif known is None and target != "RUNNING":
            configs = []
        await self.keep(self.store.save_config(name, config, configs))
        if known is not None:
            await self._worker.end_tasks(known)
            known.config, known.nulls = given, nulls
            self._worker.begin_tasks(known)
            return known, False
        if target != "RUNNING":
            await self.keep(self.store.save_target(name, target))
        self._most = max(self._most, len(self.connectors) + 1)
        known = self.connectors[name] = Connector(name, given, target, self._offsets.of(name), nulls=nulls)
        self._worker.begin_tasks(known)
        return known, True

    async def delete(self, name: str) -> None:
        connector = self.get(name)
        await self.keep(self.store.forget(name, len(connector.tasks), sorted(connector.topics)))
        await self._worker.end_tasks(connector)
        await self._offsets.save(self.connectors.values())
        self.connectors.pop(name, None)

    async def aim(self, name: str, target: str) -> None:
        """Pause, resume or stop."""
        connector = self.get(name, "Unknown connector {}")
        await self.keep(self.store.save_target(name, target))
        before, connector.target = connector.target, target
        if target == "STOPPED" or before == "STOPPED" or connector.trace is not None or not connector.tasks:
            await self._worker.end_tasks(connector)
            self._worker.begin_tasks(connector)
            configs = [each.config for each in connector.tasks]
            await self.keep(self.store.save_config(name, connector.shown(), configs))
            return
        if target == "RUNNING" and [each.config for each in connector.tasks] != task_configs(connector.config):
            await self._worker.end_tasks(connector)  # its configuration was changed while it was paused
            self._worker.begin_tasks(connector)
            return
        for task in connector.tasks:
            if task.state == "FAILED":  # stays so until it is restarted
                continue
            if target == "PAUSED":
                await self._worker.end(task)
                task.state = "PAUSED"
            elif task.runner is None:
                self._worker.begin(connector, task)
        self._worker.report(connector)

    async def restart(self, name: str, *, tasks: bool, only_failed: bool) -> dict[str, Any]:
        """Restarts a connector, its tasks or those that failed; its status with those states as RESTARTING."""
        connector = self.get(name, "Unknown connector: {}")
        shown = connectors.status(connector, self.worker_id)
        if not only_failed or connector.state == "FAILED":
            shown["connector"] = {**shown["connector"], "state": "RESTARTING"}
            if connector.state == "FAILED":
                self._worker.begin_tasks(connector)
        for task, told in zip(connector.tasks, shown["tasks"], strict=False):
            if tasks and (not only_failed or task.state == "FAILED"):
                told["state"] = "RESTARTING"
                await self._worker.restart(connector, task)
        return shown

    def task(self, name: str, number: int, unknown: str) -> tuple[Connector, RunningTask]:
        """A task. Raises RequestRefused with 404."""
        connector = self.connectors.get(name)
        found = None if connector is None else next((each for each in connector.tasks if each.number == number), None)
        if connector is None or found is None:
            raise RequestRefused(404, unknown)
        return connector, found

    async def restart_task(self, connector: Connector, task: RunningTask) -> None:
        """Restarts one task. Raises RequestRefused where it cannot be started."""
        if not await self._worker.restart(connector, task):
            raise RequestRefused(500, f"Failed to start task: {connector.name}-{task.number}")

    async def moved_offsets(self, connector: Connector, changes: dict[str, dict[str, Any] | None]) -> None:
        """Writes new offsets of a source; None forgets one. Raises RequestRefused."""
        await self.keep(self._offsets.move(connector, changes))

    async def forget_topics(self, name: str) -> None:
        """Forgets which topics a connector used (KIP-558)."""
        connector = self.connectors.get(name)
        if connector is not None and connector.topics:
            topics, connector.topics = connector.topics, set()
            await self.keep(self.store.forget_topics(name, sorted(topics)))
