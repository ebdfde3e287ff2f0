"""The worker: the tasks that run for connectors, and what is told of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from clickstream_embedded.connect.java_errors import ConfigError, JavaError
from clickstream_embedded.connect.tasks.topic_creation import groups
from clickstream_embedded.connect.worker.connectors import Connector, RunningTask, task_configs
from clickstream_embedded.connect.worker.store import ConnectorStore, StoreUnavailable
from clickstream_embedded.connect.worker.task_factory import make_task
from clickstream_embedded.connect.worker.worker_converters import WorkerConverters

log = logging.getLogger("connect")


class Worker:
    """Runs the tasks of connectors and writes their states down.

    Args:
        store: what the broker keeps.
        bootstrap: address of the broker.
        converters: of connectors that name none.
    """

    def __init__(self, store: ConnectorStore, bootstrap: str, converters: WorkerConverters) -> None:
        self._store, self._bootstrap, self._converters = store, bootstrap, converters
        self._reports: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Gives up what is yet to be told of tasks; those are ended one by one."""
        for report in self._reports:
            report.cancel()
        await asyncio.gather(*self._reports, return_exceptions=True)

    def begin_tasks(self, connector: Connector, *, paused: int | None = None) -> None:
        """Makes the tasks that the connector's target asks for, and runs them.

        Args:
            connector: whose tasks.
            paused: how many a paused connector has that was just loaded; one that is known keeps its tasks, as a real
                connector makes none while it is paused.
        """
        known = connector.tasks
        before, connector.tasks, connector.trace = len(known), [], None
        if connector.target == "STOPPED":
            self.report(connector, before)
            return
        if connector.plugin.kind == "source":
            try:
                groups(connector.config)
            except ConfigError as error:
                connector.trace = error.trace()
                log.error("connector %s failed: %s", connector.name, error)
                self.report(connector, before)
                return
        configs = task_configs(connector.config)
        if connector.target == "PAUSED" and paused is None:  # what is paused is given no other configuration
            connector.tasks = known
            for task in known:
                task.state = task.state if task.state == "FAILED" else connector.target
            self.report(connector, before)
            return
        if connector.target == "PAUSED":
            configs = configs[:paused]
        connector.tasks = [RunningTask(n, each) for n, each in enumerate(configs)]
        for task in connector.tasks:
            self.begin(connector, task)
        self.report(connector, before)

    def begin(self, connector: Connector, task: RunningTask) -> None:
        """Runs one task, or shows it paused."""
        task.trace = None
        task.state = connector.target
        if connector.target == "RUNNING":
            task.started = asyncio.get_running_loop().create_future()
            task.runner = asyncio.create_task(self._supervise(connector, task), name=f"{connector.name}-{task.number}")

    async def _supervise(self, connector: Connector, task: RunningTask) -> None:
        def used(topic: str) -> None:
            if topic not in connector.topics:
                connector.topics.add(topic)
                self._in_background(self._store.save_topic(connector.name, topic), f"a topic of {connector.name}")

        try:
            body = make_task(connector, task, self._bootstrap, self._converters, used)
            _tell(task, started=True)
            await body.run()
        except JavaError as error:
            self._failed(connector, task, error)
        except Exception:
            # what went wrong is ours: the log has it whole, the answer says it without Python's words
            log.exception("task %s-%d failed", connector.name, task.number)
            self._failed(connector, task, JavaError("The task ended on an internal error; the worker's log has it."))
        finally:
            _tell(task, started=False)

    def _failed(self, connector: Connector, task: RunningTask, error: JavaError) -> None:
        task.trace = error.trace()
        task.state = "FAILED"
        log.error("task %s-%d failed: %s", connector.name, task.number, task.trace.strip().replace("\n", "; "))
        self.report(connector)

    async def end_tasks(self, connector: Connector) -> None:
        await asyncio.gather(*(self.end(each) for each in connector.tasks))

    async def end(self, task: RunningTask) -> None:
        """Ends one task, gracefully: what it has in hand is settled."""
        runner, task.runner = task.runner, None
        if runner is not None:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)
        _tell(task, started=False)  # of one that was ended before it began

    async def restart(self, connector: Connector, task: RunningTask) -> bool:
        """Ends a task and begins it again; whether it could be started."""
        await self.end(task)
        self.begin(connector, task)
        self.report(connector)
        return task.started is None or connector.target != "RUNNING" or await asyncio.shield(task.started)

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

    def report(self, connector: Connector, gone: int = 0) -> None:
        """Writes the states of a connector and its tasks; `gone`: how many tasks it had before."""
        states = [(each.state, each.trace) for each in connector.tasks]
        own = (connector.state, connector.trace)
        self._in_background(
            self._store.save_status(connector.name, own, states, gone), f"the status of {connector.name}"
        )


def _tell(task: RunningTask, *, started: bool) -> None:
    if task.started is not None and not task.started.done():
        task.started.set_result(started)
