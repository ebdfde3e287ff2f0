"""One supervised server process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
import psutil

from clickstream_embedded.process import LOG_VARIABLE

log = logging.getLogger("supervisor")
_BACKOFF = (0.3, 0.6, 1.0, 2.0, 4.0, 8.0)  # seconds
_STEADY = 20.0  # seconds of life after which a process is no longer failing
_CHILDREN = 15.0  # seconds between two looks for children
_END = 8.0  # seconds from SIGTERM to SIGKILL


@dataclass(frozen=True, slots=True)
class Definition:
    """What a service is: its module, port, further arguments and where it says that it is ready."""

    name: str
    module: str
    port: int
    arguments: tuple[str, ...]
    probe: str | None


class Service:
    """Keeps its process running while it is wanted."""

    def __init__(self, definition: Definition, home: Path) -> None:
        self.definition = definition
        self.restarts = 0
        self.state = "stopped"
        self.ready = False
        self.reason = ""
        self._home = home
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._usage: list[psutil.Process] = []
        self._look_again = 0.0
        self.log_file = home / "logs" / f"{definition.name}.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def start(self) -> None:
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name=self.definition.name)

    async def stop(self) -> None:
        """Ends the process, by force where it does not end by itself."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._end()
        self.state, self.ready, self.reason = "stopped", False, "stopped on request"

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            try:
                async with asyncio.timeout(_END):
                    await process.wait()
            except TimeoutError:
                log.warning("%s did not end within %.0f s and is killed", self.definition.name, _END)
                process.kill()
                await process.wait()

    def _open_log(self) -> IO[bytes]:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        return self.log_file.open("ab")

    async def _keep(self) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            self.state, self.ready, self.reason = "starting", False, "starting"
            with self._open_log() as output:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", self.definition.module,
                    "--data", str(self._home / "data" / self.definition.name),
                    "--port", str(self.definition.port), "--watch-parent", *self.definition.arguments,
                    stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
                    env={**os.environ, LOG_VARIABLE: str(self.log_file)},
                )  # fmt: skip
            self._usage = []
            prober = asyncio.create_task(self._probe())
            try:
                code = await self._process.wait()
            finally:
                prober.cancel()
                await asyncio.gather(prober, return_exceptions=True)
            failures = 0 if time.monotonic() - started > _STEADY else failures + 1
            delay = _BACKOFF[min(failures, len(_BACKOFF) - 1)]
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            self.state, self.ready = "restarting", False
            self.reason = f"{how}; starting again in {delay:.1f} s; its log: {self.log_file}"
            log.warning("%s %s", self.definition.name, self.reason)
            self.restarts += 1
            await asyncio.sleep(delay)

    async def _probe(self) -> None:
        """Asks until the service answers: a port that listens is not yet a service that is ready."""
        async with httpx.AsyncClient(timeout=2.0) as client:
            while not await self._is_ready(client):  # noqa: ASYNC110 - another process has no event to wait for
                await asyncio.sleep(0.1)
        self.state, self.ready, self.reason = "running", True, ""

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        address = ("127.0.0.1", self.definition.port)
        try:
            if self.definition.probe is None:
                _, writer = await asyncio.open_connection(*address)
                writer.close()
                return True
            answer = await client.get(f"http://{address[0]}:{address[1]}{self.definition.probe}")
        except (OSError, httpx.HTTPError):
            return False
        return answer.is_success

    def _family(self) -> list[psutil.Process]:
        """The process and its children, which are looked for now and then: that goes through all processes there are."""
        if self.pid is None:
            return []
        now = time.monotonic()
        if not self._usage or now >= self._look_again:
            self._look_again = now + _CHILDREN
            with contextlib.suppress(psutil.Error):
                known = {process.pid: process for process in self._usage}
                found = psutil.Process(self.pid)
                # a process that is known remembers its times, from which its share of the processor is told
                self._usage = [known.get(process.pid, process) for process in (found, *found.children())]
        return self._usage

    def status(self) -> dict[str, object]:
        """What the control connection tells of the service."""
        cpu, memory = 0.0, 0
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                cpu, memory = cpu + process.cpu_percent(), memory + process.memory_info().rss
        return {
            "name": self.definition.name, "state": self.state, "ready": self.ready, "pid": self.pid,
            "port": self.definition.port, "restarts": self.restarts, "reason": self.reason,
            "cpu_percent": cpu, "memory": memory, "log": str(self.log_file),
        }  # fmt: skip
