"""Endless answers of the engine (events, logs, statistics), read in threads that end with their owner."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Protocol

import docker

from clickstream_compose.connection import Connection, guarded
from clickstream_compose.errors import EngineError
from clickstream_compose.model import Usage

_WAITING = 1000  # items that may wait for a slow reader; the engine waits then


class Cancellable(Protocol):
    """What the SDK gives for a stream that can be ended from another thread."""

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None: ...


async def follow(
    connection: Connection, what: str, start: Callable[[docker.APIClient], Cancellable]
) -> AsyncGenerator[Any]:
    """The items of a stream as they come, until the reader leaves or the engine ends it.

    Raises:
        EngineError: where the stream cannot be started or is cut.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Any] = asyncio.Queue(_WAITING)
    end = object()
    client = await asyncio.to_thread(connection.client)
    stream = await asyncio.to_thread(guarded, what, lambda: start(client))
    left = threading.Event()

    def put(item: Any) -> bool:
        if left.is_set():
            return False
        try:
            asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()
        except (RuntimeError, asyncio.CancelledError):
            return False  # the loop has ended
        return True

    def read() -> None:
        try:
            guarded(what, lambda: all(put(item) for item in stream))
        except EngineError as error:
            put(error)
        else:
            put(end)

    thread = threading.Thread(target=read, name=f"docker {what}", daemon=True)
    thread.start()
    try:
        while (item := await queue.get()) is not end:
            if isinstance(item, EngineError):
                raise item
            yield item
    finally:
        left.set()
        with contextlib.suppress(Exception):
            stream.close()
        while not queue.empty():
            queue.get_nowait()
        await asyncio.to_thread(thread.join, 2)
        client.close()


class Statistics:
    """The newest usage of each running container: one stream a container, opened and ended as containers come and go."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._wanted: dict[str, threading.Event] = {}
        self._latest: dict[str, Usage] = {}
        self._lock = threading.Lock()

    def watch(self, ids: set[str]) -> None:
        """Makes these the containers that are watched."""
        with self._lock:
            for gone in self._wanted.keys() - ids:
                self._wanted.pop(gone).set()
                self._latest.pop(gone, None)
            for new in ids - self._wanted.keys():
                self._wanted[new] = ended = threading.Event()
                threading.Thread(
                    target=self._read, args=(new, ended), name=f"docker stats {new[:12]}", daemon=True
                ).start()

    def latest(self, id: str) -> Usage | None:
        """The newest sample, None before the first."""
        return self._latest.get(id)

    def close(self) -> None:
        """Ends the streams; each thread leaves at its next sample, a second at most."""
        self.watch(set())

    def _read(self, id: str, ended: threading.Event) -> None:
        # the engine or the container went: `watch` opens the stream again when it is back
        with contextlib.suppress(Exception):
            client = self._connection.client()
            before: dict[str, Any] = {}
            for sample in client.stats(id, decode=True, stream=True):
                if ended.is_set():
                    break
                found = usage(sample, before)
                before = sample
                if found is not None:
                    self._latest[id] = found
            client.close()
        with self._lock:
            if self._wanted.get(id) is ended:
                del self._wanted[id]
                self._latest.pop(id, None)


def usage(sample: dict[str, Any], before: dict[str, Any]) -> Usage | None:
    """Usage from a sample of the engine and the one before it, as `docker stats` counts it; None where it does not run.

    The page cache that can be given back is not counted: `inactive_file` with cgroups 2, `total_inactive_file` with 1.
    """
    memory = sample.get("memory_stats", {})
    if "usage" not in memory:
        return None
    parts = memory.get("stats", {})
    cache = int(parts.get("inactive_file", parts.get("total_inactive_file", 0)))
    now, then = sample.get("cpu_stats", {}), before.get("cpu_stats") or sample.get("precpu_stats", {})
    used = now.get("cpu_usage", {}).get("total_usage", 0) - then.get("cpu_usage", {}).get("total_usage", 0)
    passed = now.get("system_cpu_usage", 0) - then.get("system_cpu_usage", 0)
    cores = now.get("online_cpus") or len(now.get("cpu_usage", {}).get("percpu_usage") or ()) or 1
    first = not then.get("system_cpu_usage")
    percent = 0.0 if first or passed <= 0 or used < 0 else used / passed * cores * 100
    return Usage(percent, max(int(memory["usage"]) - cache, 0), int(memory.get("limit", 0)))
